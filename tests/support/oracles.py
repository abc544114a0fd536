"""What the rows of the table should give: values and derivatives from mathematics, by mpmath.

Nothing here reads the table. Each derivative is written by hand in the form that mathematics books
give and that does not cancel, and `test_ops.py` holds these forms against `mpmath.diff`. None as
a derivative: there is none at this point (or, in `WALL`, there is meant to be none at all).

>>> oracle = ORACLES["tanh"]
>>> oracle.value(mpf(0)), oracle.partials(mpf(0))
(mpf('0.0'), (mpf('1.0'),))
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from mpmath import mp, mpf

mp.dps = 50

Numbers = tuple[float, ...]
Partials = Callable[..., tuple[Any, ...]]

WALL = "no gradient passes here"


def everywhere(*x: float) -> bool:
    return True


class Oracle(NamedTuple):
    """The value and all first derivatives of a row, where `domain` says that it is smooth."""

    value: Callable[..., Any]
    partials: Partials
    smooth: tuple[Numbers, ...]  # points of moderate size, for the second derivatives too
    domain: Callable[..., bool] = everywhere
    counts: tuple[int, ...] = ()  # the numbers of arguments to try of a variadic row
    near: tuple[float, ...] = (-1.0, 1.0)  # where to look closely
    hard: tuple[Numbers, ...] = ()  # points that no random draw would find


# -- functions that mpmath writes differently -----------------------------------------------------


def is_whole(x: float) -> bool:
    return x == math.floor(x)


def power_partials(x: Any, y: Any) -> tuple[Any, Any]:
    """A negative base takes whole exponents only, where nothing can be varied continuously."""
    slope = y * mp.power(x, y - 1) if y else mpf(0)
    return slope, mp.power(x, y) * mp.log(x) if x > 0 else None


def has_power(x: float, y: float) -> bool:
    """Real, and its logarithm within reach of a float's."""
    return (x > 0 or (x < 0 and is_whole(y))) and abs(y * math.log(abs(x))) < 800


def off_the_jumps(x: float, y: float) -> bool:
    """x is no multiple of y."""
    return y != 0 and math.fmod(x, y) != 0


def quotient(x: Any, y: Any) -> Any:
    """The floor of x / y, which can have 632 digits before the point."""
    with mp.workdps(700):
        return mp.floor(x / y)


def remainder(x: Any, y: Any) -> Any:
    with mp.workdps(1400):
        return x - y * quotient(x, y)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def normal_density(x: Any) -> Any:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def normal_below(x: Any) -> Any:
    """The chance of a standard normal variable to lie below x; 0 or 1 beyond 10,000."""
    return mp.erfc(-min(max(x, mpf(-(10**4))), mpf(10**4)) / mp.sqrt(2)) / 2


def atan2_partials(y: Any, x: Any) -> tuple[Any, Any]:
    square = x * x + y * y
    return x / square, -y / square


def logsumexp(*x: Any) -> Any:
    peak, *others = sorted(x, reverse=True)
    return peak + mp.log1p(mp.fsum(mp.exp(other - peak) for other in others))


def softmax(*x: Any) -> tuple[Any, ...]:
    return tuple(1 / mp.fsum(mp.exp(other - own) for other in x) for own in x)


def dot(*numbers: Any) -> Any:
    n = len(numbers) // 2
    return mp.fdot(numbers[:n], numbers[n:-1]) + numbers[-1]


def dot_partials(*numbers: Any) -> tuple[Any, ...]:
    n = len(numbers) // 2
    return (*numbers[n:-1], *numbers[:n], 1)


def clip_partials(x: Any, low: Any, high: Any) -> tuple[int, int, int]:
    """Of min(max(x, low), high), whichever of the bounds is the larger one."""
    if high < max(x, low):
        return 0, 0, 1
    return (1, 0, 0) if x > low else (0, 1, 0)


def all_different(*x: float) -> bool:
    return len(set(x)) == len(x)


def nonzero(x: float) -> bool:
    return x != 0


def positive(x: float) -> bool:
    return x > 0


def below_one(x: float) -> bool:
    return abs(x) < 1


def off_the_steps(x: float) -> bool:
    return not is_whole(x)


# -- the table of oracles -------------------------------------------------------------------------

POINTS = ((-2.3,), (-0.7,), (0.4,), (1.9,))
INSIDE = ((-0.9,), (-0.3,), (0.2,), (0.8,))
POSITIVE = ((0.1,), (0.7,), (1.0,), (4.2,))
PAIRS = ((0.7, 1.3), (-1.2, 0.4), (2.5, -1.5), (-0.3, -2.0))
TRIPLES = ((0.5, -1.0, 1.0), (-3.0, -1.0, 2.0), (2.5, -1.0, 1.0), (0.5, 2.0, -1.0))
LARGEST = 1.7976931348623157e308
ON_AXES = ((1.0, 1.0), (0.0, 2.0), (-3.0, 3.0), (-2.0, 0.0))

# fmt: off
ORACLES: dict[str, Oracle] = {
    "add":  Oracle(lambda x, y: x + y, lambda x, y: (1, 1), PAIRS),
    "sub":  Oracle(lambda x, y: x - y, lambda x, y: (1, -1), PAIRS),
    "mul":  Oracle(lambda x, y: x * y, lambda x, y: (y, x), PAIRS),
    "div":  Oracle(lambda x, y: x / y, lambda x, y: (1 / y, -x / y**2), PAIRS, lambda x, y: y != 0,
                   hard=((6.84e-321, 0.00021157712496255206),)),
    "times": Oracle(lambda x, y: x * y, lambda x, y: (y, x), PAIRS),
    "power": Oracle(mp.power, power_partials, ((0.7, 1.3), (1.2, -0.4), (2.5, 3.0), (3.0, 0.5)),
                    has_power, near=(1.0, 2.0, 3.0), hard=((5e-324, 1e-10), (4e-160, 2.0))),
    "mod":  Oracle(remainder, lambda x, y: (1, -quotient(x, y)),
                   ((7.3, 2.0), (-7.3, 2.0), (7.3, -2.0), (-0.5, -2.0)), off_the_jumps,
                   hard=((LARGEST, -1e308), (-LARGEST, 1e300), (-1e-300, 1.0))),
    "neg":  Oracle(lambda x: -x, lambda x: (-1,), POINTS),
    "abs":  Oracle(abs, lambda x: (mp.sign(x),), POINTS, nonzero),

    "exp":   Oracle(mp.exp, lambda x: (mp.exp(x),), POINTS, near=(709.0, -745.0, 0.0)),
    "expm1": Oracle(mp.expm1, lambda x: (mp.exp(x),), POINTS, near=(709.0, -37.0, 0.0)),
    "log":   Oracle(mp.log, lambda x: (1 / x,), POSITIVE, positive),
    "log1p": Oracle(mp.log1p, lambda x: (1 / (1 + x),), ((-0.9,), *POSITIVE), lambda x: x > -1),
    "log2":  Oracle(lambda x: mp.log(x, 2), lambda x: (1 / (x * mp.ln2),), POSITIVE, positive),
    "log10": Oracle(mp.log10, lambda x: (1 / (x * mp.ln10),), POSITIVE, positive),
    "sqrt":  Oracle(mp.sqrt, lambda x: (1 / (2 * mp.sqrt(x)),), POSITIVE, positive),

    "sin":   Oracle(mp.sin, lambda x: (mp.cos(x),), POINTS, near=(math.pi, math.pi / 2)),
    "cos":   Oracle(mp.cos, lambda x: (-mp.sin(x),), POINTS, near=(math.pi, math.pi / 2)),
    "tan":   Oracle(mp.tan, lambda x: (mp.sec(x) ** 2,), POINTS, near=(math.pi, math.pi / 2)),
    "asin":  Oracle(mp.asin, lambda x: (1 / mp.sqrt(1 - x * x),), INSIDE, below_one),
    "acos":  Oracle(mp.acos, lambda x: (-1 / mp.sqrt(1 - x * x),), INSIDE, below_one),
    "atan":  Oracle(mp.atan, lambda x: (1 / (1 + x * x),), POINTS),
    "atan2": Oracle(mp.atan2, atan2_partials, (*PAIRS, *ON_AXES), lambda y, x: y != 0 or x > 0,
                    hard=((1e308, LARGEST), (LARGEST, -1e308), (1e-320, 1e-10))),
    "sinh":  Oracle(mp.sinh, lambda x: (mp.cosh(x),), POINTS, near=(710.0, -710.0, 0.0)),
    "cosh":  Oracle(mp.cosh, lambda x: (mp.sinh(x),), POINTS, near=(710.0, -710.0, 0.0)),
    "tanh":  Oracle(mp.tanh, lambda x: (mp.sech(x) ** 2,), POINTS, near=(1.0, -19.0)),
    "asinh": Oracle(mp.asinh, lambda x: (1 / mp.sqrt(x * x + 1),),
                    (*POINTS, (0.0,), (1.0,), (-1.0,))),
    "acosh": Oracle(mp.acosh, lambda x: (1 / mp.sqrt(x * x - 1),), ((1.1,), (2.0,), (30.0,)),
                    lambda x: x > 1),
    "atanh": Oracle(mp.atanh, lambda x: (1 / (1 - x * x),), INSIDE, below_one),
    "erf":   Oracle(mp.erf, lambda x: (2 * mp.exp(-x * x) / mp.sqrt(mp.pi),), POINTS,
                    near=(1.0, -5.0)),

    "sigmoid":    Oracle(sigmoid, lambda x: (sigmoid(x) * sigmoid(-x),), POINTS,
                         near=(36.0, -745.0)),
    "relu":       Oracle(lambda x: max(x, 0), lambda x: (x > 0,), POINTS, nonzero),
    "leaky_relu": Oracle(lambda x: x if x > 0 else x / 100,
                         lambda x: (1 if x > 0 else mpf(1) / 100,), POINTS, nonzero),
    "elu":        Oracle(lambda x: x if x > 0 else mp.expm1(x),
                         lambda x: (1 if x > 0 else mp.exp(x),), POINTS,
                         near=(0.0, -37.0, -745.0)),
    "softplus":   Oracle(lambda x: mp.log1p(mp.exp(x)) if x < 0 else x + mp.log1p(mp.exp(-x)),
                         lambda x: (sigmoid(x),), (*POINTS, (-30.0,)), near=(20.0, -745.0)),
    "silu":       Oracle(lambda x: x * sigmoid(x),
                         lambda x: (sigmoid(x) + x * sigmoid(x) * sigmoid(-x),),
                         POINTS, near=(-1.278464542761074, -745.0)),
    "gelu":       Oracle(lambda x: x * normal_below(x),
                         lambda x: (normal_below(x) + x * normal_density(x),),
                         POINTS, near=(-0.7517916243, -8.3, -38.5)),

    "sign":      Oracle(mp.sign, lambda x: (0,), POINTS, nonzero),
    "heaviside": Oracle(lambda x: x > 0, lambda x: (0,), POINTS, nonzero),
    "exceeds":   Oracle(lambda x, y: x > y, lambda x, y: (0, 0), PAIRS, all_different),
    "floor":     Oracle(mp.floor, lambda x: (0,), POINTS, off_the_steps, near=(2.0, -3.0)),
    "ceil":      Oracle(mp.ceil, lambda x: (0,), POINTS, off_the_steps, near=(2.0, -3.0)),
    "maximum":   Oracle(max, lambda x, y: (x > y, y > x), PAIRS, all_different),
    "minimum":   Oracle(min, lambda x, y: (x < y, y < x), PAIRS, all_different),
    "where":     Oracle(lambda condition, x, y: x if condition else y,
                        lambda condition, x, y: (WALL, condition != 0, condition == 0),
                        (*TRIPLES, (0.0, 2.0, 3.0))),
    "clip":      Oracle(lambda x, low, high: min(max(x, low), high), clip_partials,
                        TRIPLES, all_different),
    "length":    Oracle(mp.hypot, lambda x, y: (x / mp.hypot(x, y), y / mp.hypot(x, y)), PAIRS,
                        lambda x, y: x != 0 or y != 0),
    "leg":       Oracle(lambda x: mp.sqrt(1 - x * x), lambda x: (-x / mp.sqrt(1 - x * x),),
                        INSIDE, below_one),
    "identity":  Oracle(lambda x: x, lambda x: (1,), POINTS),
    "detach":    Oracle(lambda x: x, lambda x: (WALL,), POINTS),

    "sum":       Oracle(lambda *x: mp.fsum(x), lambda *x: (1,) * len(x),
                        ((0.5,), *PAIRS, *TRIPLES), counts=(1, 2, 3, 5)),
    "dot":       Oracle(dot, dot_partials, ((0.5,), *TRIPLES, (0.5, -1.5, 2.0, 3.0, 0.25)),
                        counts=(1, 3, 5, 9),
                        hard=((-1e8, 1.0, -0.1, -1e8, 10.0, -1e9, -1e16),
                              (-0.9999999999766159, -1.000000000976616, -1.0000000019766158))),
    "logsumexp": Oracle(logsumexp, softmax,
                        ((0.5,), (1.0, 1.0), (-4.0, 3.0, 2.5), (30.0, 31.0, 29.5, -2.0, 31.0)),
                        counts=(1, 2, 3, 5), hard=((-0.6931471805599453, -0.693147180559945),)),
}
# fmt: on


def derivative(name: str, argument: int, point: Numbers) -> Any:
    """∂z/∂(that argument), by differences of the value at 50 digits: it knows no derivative."""
    return mp.diff(ORACLES[name].value, point, one_hot(argument, len(point)))


def second_derivative(name: str, first: int, second: int, point: Numbers) -> Any:
    """How the derivative by the argument `first` changes with the argument `second`."""
    partials = ORACLES[name].partials
    return mp.diff(lambda *x: +mpf(partials(*x)[first]), point, one_hot(second, len(point)))


def one_hot(place: int, length: int) -> tuple[int, ...]:
    return tuple(int(i == place) for i in range(length))


# -- points over the whole range -------------------------------------------------------------------

PICKED = tuple(
    sign * size
    for size in (
        *(0.0, 5e-324, 2.2250738585072014e-308, 1e-300, 1e-154, 1e-16, 1e-8, 0.1, 0.5, 1.0),
        *(1.5, math.pi / 2, 2.0, 3.0, math.pi, 10.0, 20.0, 37.0, 700.0, 745.0, 1e8, 2.0**53),
        *(1e16, 1e100, 1e154, 1e160, 1e300, 1e308, LARGEST),
    )
    for sign in (1.0, -1.0)
)


def draw(source: random.Random, near: tuple[float, ...]) -> float:
    """A size anywhere among the floats, or a usual size, or close to a place of interest."""
    sign = source.choice((1.0, -1.0))
    way = source.random()
    if way < 0.25:
        return sign * math.pow(10.0, source.uniform(-323.0, 308.0))
    if way < 0.75:
        return sign * math.pow(10.0, source.uniform(-5.0, 3.0))
    return source.choice(near) + sign * math.pow(10.0, source.uniform(-17.0, 0.5))


def points_of(oracle: Oracle, arity: int, amount: int) -> Iterator[Numbers]:
    """The points of the table, many of the picked numbers, random ones; always the same."""
    source = random.Random(f"{arity} {oracle.near}")
    yield from [point for point in (*oracle.smooth, *oracle.hard) if len(point) == arity]
    grid = list(product(PICKED, repeat=min(arity, 2)))
    for point in source.sample(grid, min(len(grid), amount // 2)):
        yield (*point, *[source.choice(PICKED) for _ in range(arity - 2)])
    for _ in range(amount):
        point = tuple([draw(source, oracle.near) for _ in range(arity)])
        alike = source.random() < 0.1  # nearly equal arguments, where differences cancel
        yield tuple([point[0] * (1.0 + i * 1e-9) for i in range(arity)]) if alike else point


class Exact(NamedTuple):
    """A number as a float and what that float lacks of it: together about 100 bits."""

    high: float
    low: float

    def distance(self, received: float) -> float:
        """How far `received` is off. The first difference is exact for floats close together."""
        return abs((received - self.high) - self.low)


def exact(x: Any) -> Exact | None:
    """None where no float is near: beyond the largest one."""
    high = float(x)
    return Exact(high, float(x - high)) if math.isfinite(high) else None


class Reference(NamedTuple):
    """One point, with the value and the derivatives there; None where there is none to compare."""

    point: Numbers
    value: Exact
    partials: tuple[Exact | str | None, ...]


def reference_at(oracle: Oracle, point: Numbers) -> Reference | None:
    if not all(map(math.isfinite, point)) or not oracle.domain(*point):
        return None
    numbers = [mpf(x) for x in point]
    value = exact(mpf(oracle.value(*numbers)))
    if value is None:
        return None
    partials = [p if p is None or p is WALL else exact(mpf(p)) for p in oracle.partials(*numbers)]
    return Reference(point, value, tuple(partials))


@cache
def references(name: str, arity: int) -> tuple[Reference, ...]:
    """What the row `name` should give at a few hundred points, the same ones in every run."""
    oracle = ORACLES[name]
    counts = oracle.counts or (arity,)
    points = [point for count in counts for point in points_of(oracle, count, 240 // len(counts))]
    found = (reference_at(oracle, point) for point in points)
    return tuple(reference for reference in found if reference)
