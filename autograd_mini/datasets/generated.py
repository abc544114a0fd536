"""Data sets drawn from a formula and a seed: flat points with an x and a y."""

from __future__ import annotations

import math

from autograd_mini.datasets.dataset import LARGEST, Dataset, fraction, real, seeded, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

    Point = tuple[float, float]
    # A curve gives the point of one class at one place out of the places on it.
    Curve = Callable[[int, int, int], Point]

_CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Return two half circles that reach into each other, which no straight line separates.

    >>> from autograd_mini.datasets import moons
    >>> moons(200)
    Dataset(200 samples, 2 features, 2 classes)

    Class 0 is the upper half circle, (cos t, sin t), and class 1 the lower,
    (1 - cos t, 0.5 - sin t), for evenly spaced t from 0 to pi; an odd sample goes to the
    lower. `n` is the number of samples, 2 or more. Each coordinate is moved by Gaussian noise
    of standard deviation `noise`, from 0 to 1000000, then the samples are shuffled; both
    follow from `seed`, an int from 0 up.

    Raises ValueError for a number out of range, TypeError for what is not such a number.
    Formula: that of make_moons in scikit-learn.
    """
    return _along(_moon, ("upper", "lower"), n, noise, seed)


def circles(n: int = 100, noise: float = 0.05, seed: int = 0, factor: float = 0.5) -> Dataset:
    """Return a circle within a circle, which only a closed curve separates.

    >>> from autograd_mini.datasets import circles
    >>> circles(200)
    Dataset(200 samples, 2 features, 2 classes)

    Class 0 is the outer circle, of radius 1, and class 1 the inner, of radius `factor`,
    strictly between 0 and 1; both have their centre at (0, 0) and evenly spaced samples, and
    an odd sample goes to the inner. `n` is the number of samples, 2 or more. Each coordinate
    is moved by Gaussian noise of standard deviation `noise`, from 0 to 1000000, then the
    samples are shuffled; both follow from `seed`, an int from 0 up.

    Raises ValueError for a number out of range, TypeError for what is not such a number.
    Formula: that of make_circles in scikit-learn.
    """
    radii = (1.0, fraction("factor", factor))

    def circle(label: int, place: int, places: int) -> Point:
        return _polar(radii[label], math.tau * place / places)

    return _along(circle, ("outer", "inner"), n, noise, seed)


def spirals(
    n: int = 100, noise: float = 0.05, seed: int = 0, classes: int = 2, turns: float = 1.0
) -> Dataset:
    """Return spiral arms wound around each other, so that any boundary has to wind as well.

    >>> from autograd_mini.datasets import spirals
    >>> spirals(300, classes=3)
    Dataset(300 samples, 2 features, 3 classes)

    Each class is one of `classes` arms, 2 or more, spaced evenly around (0, 0). At a distance
    r from there, from above 0 to 1, an arm has wound through r * `turns` full turns,
    anticlockwise; `turns` lies from -1000000 to 1000000. The samples of an arm are evenly
    spaced in r, and the last arms get those left over. `n`, `noise` and `seed` are as in
    `moons`, with at least one sample for each class.

    Raises ValueError for a number out of range, TypeError for what is not such a number.
    Formula: the spiral of Archimedes, whose radius grows in proportion to its angle.
    """
    arms = whole("classes", classes, least=2)
    winding = real("turns", turns, least=-LARGEST)
    return _along(_arm(arms, winding), [f"arm {label}" for label in range(arms)], n, noise, seed)


def xor(n: int = 4, noise: float = 0.0, seed: int = 0) -> Dataset:
    """Return the truth table of exclusive or, the smallest task no single neuron can learn.

    >>> from autograd_mini.datasets import xor
    >>> list(xor())
    [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)]

    The class is 1 where x and y differ. The four corners come in this order, over and over,
    until there are `n` samples, 2 or more; they are not shuffled. Each coordinate is moved by
    Gaussian noise of standard deviation `noise`, from 0 to 1000000, which follows from
    `seed`, an int from 0 up.

    Raises ValueError for a number out of range, TypeError for what is not such a number.
    Source: the truth table of exclusive or.
    """
    corners = [_CORNERS[place % 4] for place in range(whole("n", n, least=2))]
    scatter, generator = real("noise", noise, least=0), seeded(seed)
    points = [_moved(corner, scatter, generator) for corner in corners]
    return Dataset(points, [x ^ y for x, y in corners], ("x", "y"), ("false", "true"))


def _moon(label: int, place: int, places: int) -> Point:
    # The first and the last sample stand on the two tips.
    x, y = _polar(1.0, math.pi * place / max(places - 1, 1))
    return (1.0 - x, 0.5 - y) if label else (x, y)


def _arm(arms: int, winding: float) -> Curve:
    def curve(label: int, place: int, places: int) -> Point:
        # From above 0: at the centre itself the arms would share one point.
        radius = (place + 1) / places
        return _polar(radius, math.tau * (winding * radius + label / arms))

    return curve


def _polar(radius: float, angle: float) -> Point:
    return radius * math.cos(angle), radius * math.sin(angle)


def _along(curve: Curve, names: Iterable[str], n: int, noise: float, seed: int) -> Dataset:
    """Place samples along the curve of each class, then move and shuffle them."""
    label_names = tuple(names)
    classes = len(label_names)
    total = whole("n", n, least=classes)
    counts = [(total + label) // classes for label in range(classes)]  # the last get the rest
    scatter, generator = real("noise", noise, least=0), seeded(seed)
    samples = [
        (_moved(curve(label, place, count), scatter, generator), label)
        for label, count in enumerate(counts)
        for place in range(count)
    ]
    generator.shuffle(samples)
    points, labels = zip(*samples, strict=True)
    return Dataset(points, labels, ("x", "y"), label_names)


def _moved(point: Point, scatter: float, generator: Random) -> list[float]:
    # normalvariate and not gauss: it needs no sine or cosine, whose last bit the platform
    # decides. It draws even at no noise, so a set is shuffled alike whatever its noise.
    return [generator.normalvariate(coordinate, scatter) for coordinate in point]
