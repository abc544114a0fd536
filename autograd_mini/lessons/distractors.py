"""Whether the numbers of an expression tell the right gradient from that of each mistake."""

import math
from collections.abc import Iterator
from itertools import combinations, starmap

from autograd_mini.diagnosis.diagnose import leaves_of, outcomes, with_numbers
from autograd_mini.diagnosis.wrong_passes import BackwardPass
from autograd_mini.engine.value import Value
from autograd_mini.tracing.graph import Graph, graph_of

Numbers = tuple[float, ...]  # one gradient, at the numbers themselves and at those nearby

ROUNDED = 0.05  # how far off a rounded answer may be, as a share of the right one
# How far leaves are moved to see what holds for all numbers: unlike steps, so nothing cancels.
STEPS = ((0.00731, -0.00523, 0.00317, 0.00911, -0.00673), (-0.00419, 0.00857, 0.00599, -0.00277))


def told_apart(x: float, y: float) -> bool:
    """Whether two numbers differ even if they are rounded; whole numbers nobody rounds.

    >>> told_apart(12.0, 12.5), told_apart(12.0, 13.0), told_apart(0.75, 0.7)
    (False, True, False)
    """
    if not x % 1.0 and not y % 1.0:
        return x != y
    return abs(x - y) > 2.0 * ROUNDED * max(abs(x), abs(y))  # for either may be rounded


class Telling:
    """What the mistakes would give for `scale` times the gradient of a node, here and nearby.

    `hidden` are the mistakes that give the right number, or nearly, only because of the numbers
    here. `alike` is how many pairs of mistakes give the same number only because of these. Mistakes
    that give the same number with all other numbers nearby too, as most do where they do not apply,
    count for neither.

    `index` is the place of the node in the topological order.

    >>> a, b = Value(2.0), Value(2.0)
    >>> Telling(a * b, 0).hidden           # 2 * 2 hides what is not swapped
    ['product_not_swapped']
    >>> Telling(Value(3.0) * b, 0).hidden
    []
    """

    def __init__(self, root: Value, index: int, scale: float = 1.0) -> None:
        self.scale, graphs = scale, [graph_of(root), *nearby(root)]
        self.right = tuple([BackwardPass(graph).gradients().get(index, 0.0) for graph in graphs])
        # The name of each mistake, once for each of its variants, with what it gives.
        self.wrong = [
            (made[0][0].name, tuple([gradients.get(index, 0.0) for _, _, gradients in made]))
            for made in zip(*map(outcomes, graphs), strict=True)
        ]
        self.hidden = [name for name, found in self.wrong if self._hides(found, self.right)]
        distinct = dict.fromkeys([found for _, found in self.wrong])
        others = [found for found in distinct if not same(found, self.right)]
        self.alike = list(starmap(self._hides, combinations(others, 2))).count(True)

    @property
    def score(self) -> tuple[int, int]:
        """The smaller, the better the numbers tell."""
        return len(self.hidden), self.alike

    def _hides(self, one: Numbers, other: Numbers) -> bool:
        apart = told_apart(self.scale * one[0], self.scale * other[0])
        return not apart and not same(one, other)


def same(one: Numbers, other: Numbers) -> bool:
    """Whether two gradients are the same wherever one looks."""
    pairs = zip(one, other, strict=True)
    return all(math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12) for x, y in pairs)


def nearby(root: Value) -> Iterator[Graph]:
    """The graph with slightly other numbers for its leaves."""
    for steps in STEPS:
        numbers = [
            leaf.data + steps[place % len(steps)] * (1.0 + 0.1 * (place // len(steps)))
            for place, leaf in enumerate(leaves_of(root))
        ]
        yield graph_of(with_numbers(root, numbers))
