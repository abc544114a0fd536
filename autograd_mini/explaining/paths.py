"""How many paths lead from the root down to a node, and which of them matter most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from autograd_mini.text.as_text import MOST_SHOWN
from autograd_mini.text.paragraphs import Numbered
from autograd_mini.text.parts import Arrows, Derivative, Factors, Words, title_of
from autograd_mini.tracing.graph import Edge, Node
from autograd_mini.tracing.trace import Trace

if TYPE_CHECKING:
    # The size that paths are sorted by, the product, the last edge, the rank of the path to there.
    Best = tuple[float, float, Edge | None, int]


class Path:
    """A way from the root down to a node; the product of its local derivatives is its share."""

    def __init__(self, edges: list[Edge], end: Node, product: float) -> None:
        self.edges, self.end, self.product = edges, end, product

    @property
    def nodes(self) -> list[Node]:
        return [*[edge.consumer for edge in self.edges], self.end]

    @property
    def factors(self) -> list[float]:
        return [edge.local for edge in self.edges if edge.local is not None]


def open_edges(trace: Trace, consumer: Node, shown: set[int]) -> Iterable[Edge]:
    """The edges along which a gradient passes from a result to the nodes that are shown."""
    for edge in trace.graph.edges_to(consumer):
        if edge.local is not None and edge.node.index in shown:
            yield edge


def count_paths(trace: Trace, nodes: Sequence[Node], targets: Iterable[Node]) -> int:
    """How many paths lead from the root down to the targets, along these nodes.

    Counts are dropped when they have been passed on: they can have thousands of digits.
    """
    ends, shown = {t.index for t in targets}, {node.index for node in nodes}
    counts, found = {trace.root.index: 1}, 0
    for node in nodes:
        count = counts.pop(node.index, 0)
        found += count if node.index in ends else 0
        for edge in open_edges(trace, node, shown):
            counts[edge.node.index] = counts.get(edge.node.index, 0) + count
    return found


def largest_paths(
    trace: Trace, nodes: Sequence[Node], targets: Iterable[Node], most: int = 5
) -> list[Path]:
    """The paths with the largest products, without a walk along every path.

    Whatever is behind a node, the largest paths through it start with one of the largest to it.
    """
    shown = {node.index for node in nodes}
    best: dict[int, list[Best]] = {trace.root.index: [(1.0, 1.0, None, 0)]}
    for node in nodes:
        best[node.index] = _largest(best.get(node.index, []), most)
        for edge in open_edges(trace, node, shown):
            arriving = best.setdefault(edge.node.index, [])
            arriving += [_extended(path, edge, k) for k, path in enumerate(best[node.index])]
    ends = [(path, target) for target in targets for path in best.get(target.index, [])]
    ends.sort(key=lambda end: -end[0][0])
    return [_walked_back(best, target, path) for path, target in ends[:most]]


def _largest(paths: list[Best], most: int) -> list[Best]:
    return sorted(paths, key=lambda path: -path[0])[:most]


def _extended(path: Best, edge: Edge, rank: int) -> Best:
    assert edge.local is not None
    product = path[1] * edge.local
    size = abs(product) if product == product else float("inf")  # nan is what matters most
    return size, product, edge, rank


def _walked_back(best: dict[int, list[Best]], end: Node, path: Best) -> Path:
    edges, at = [], path
    while at[2] is not None:
        edges.append(at[2])
        at = best[at[2].consumer.index][at[3]]
    return Path(edges[::-1], end, path[1])


# -- as text ---------------------------------------------------------------------------------------


def way(number: int | None, path: Path, remark: Words | str = "") -> Numbered:
    """A path: the names along it, the factors, their product, and a remark on that."""
    names = Arrows([title_of(node) for node in path.nodes])
    return Numbered(number, names, factors_of(path), Words(path.product, remark))


def factors_of(path: Path) -> Words:
    """The local derivatives along a path, as a product."""
    count = len(path.factors)
    end = f" ({count:,} factors)" if count > MOST_SHOWN else ""
    return Words(Factors(path.factors or [1.0]), end)


def share(part: float, whole: float | None, symbol: Derivative) -> Words | str:
    """How much of the whole, in percent; "" where that cannot be said."""
    if whole is None or whole == 0.0 or not abs(part / whole) <= 10.0:
        return ""
    return Words(f", which is {100.0 * part / whole:.3g} % of ", symbol)
