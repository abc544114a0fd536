"""How many paths lead from the root down to a node, and which of them matter most."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from autograd_mini.text.as_text import MOST_SHOWN
from autograd_mini.text.paragraphs import Numbered
from autograd_mini.text.parts import Arrows, Derivative, Factors, Words, title_of
from autograd_mini.tracing.graph import Edge, Node
from autograd_mini.tracing.trace import Trace

# The size that paths are sorted by, the product, the last edge, the rank of the path to there.
Ranked = tuple[float, float, Edge | None, int]
# Zeros among the factors, the logarithm of the product of the others, the last edge.
Best = tuple[int, float, Edge | None]


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
    best: dict[int, list[Ranked]] = {trace.root.index: [(1.0, 1.0, None, 0)]}
    for node in nodes:
        best[node.index] = sorted(best.get(node.index, []), key=lambda path: -path[0])[:most]
        for edge in open_edges(trace, node, shown):
            arriving = best.setdefault(edge.node.index, [])
            arriving += [_extended(path, edge, k) for k, path in enumerate(best[node.index])]
    ends = [(path, target) for target in targets for path in best.get(target.index, [])]
    ends.sort(key=lambda end: -end[0][0])
    return [_walked_back(best, target, path) for path, target in ends[:most]]


def _extended(path: Ranked, edge: Edge, rank: int) -> Ranked:
    assert edge.local is not None
    product = path[1] * edge.local
    size = abs(product) if product == product else math.inf  # nan is what matters most
    return size, product, edge, rank


def _walked_back(best: dict[int, list[Ranked]], end: Node, path: Ranked) -> Path:
    edges, at = [], path
    while at[2] is not None:
        edges.append(at[2])
        at = best[at[2].consumer.index][at[3]]
    return Path(edges[::-1], end, path[1])


# -- the dominant path: the one that says most about the size of a gradient ------------------------


def dominant_path(trace: Trace, nodes: Sequence[Node], start: Node, end: Node) -> Path:
    """The path with the fewest zeros among its factors, and the largest product of the others.

    `nodes` are those on the paths to `end`, in the order of the backward pass. An infinite factor,
    or nan, counts as larger than any number.
    """
    shown = {node.index for node in nodes}
    best: dict[int, Best] = {start.index: (0, 0.0, None)}
    for node in nodes:
        if node.index in best:
            for edge in open_edges(trace, node, shown):
                _offer(best, edge)
    edges: list[Edge] = []
    last = best[end.index][2]
    while last is not None:
        edges.append(last)
        last = best[last.consumer.index][2]
    return path_along(edges[::-1], end)


def _offer(best: dict[int, Best], edge: Edge) -> None:
    zeros, size, _ = best[edge.consumer.index]
    offered = (zeros + (edge.local == 0.0), size + size_of(edge), edge)
    held = best.get(edge.node.index)
    # Logarithms, for the product of a thousand factors is often no float.
    if held is None or (-offered[0], offered[1]) > (-held[0], held[1]):
        best[edge.node.index] = offered


def size_of(edge: Edge) -> float:
    """The logarithm of a factor's size; 0 at a zero, which counts for itself."""
    if edge.local is None or edge.local == 0.0:
        return 0.0
    return math.log(abs(edge.local)) if math.isfinite(edge.local) else math.inf


def path_along(edges: list[Edge], end: Node) -> Path:
    """These edges, from the top down, as a path."""
    product = 1.0
    for edge in edges:
        product *= 1.0 if edge.local is None else edge.local
    return Path(edges, end, product)


def path_through(trace: Trace, nodes: Sequence[Node], edge: Edge, end: Node) -> Path:
    """The dominant one of the paths that go along this edge."""
    above = dominant_path(trace, nodes, trace.root, edge.consumer)
    below = dominant_path(trace, nodes, edge.node, end)
    return path_along([*above.edges, edge, *below.edges], end)


def size_along(edges: Iterable[Edge]) -> float:
    """The logarithm of the product of the factors, without zeros."""
    size = 0.0
    for edge in edges:
        size += size_of(edge)
    return size


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
