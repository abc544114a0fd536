"""The dominant path to a node: the one that says most about the size of its gradient."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from autograd_mini.explaining.paths import Path, open_edges
from autograd_mini.tracing.graph import Edge, Node
from autograd_mini.tracing.trace import Trace

if TYPE_CHECKING:
    # Zeros among the factors, the logarithm of the product of the others, the last edge.
    Best = tuple[int, float, Edge | None]


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
    return _walked_back(best, end)


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


def _walked_back(best: dict[int, Best], end: Node) -> Path:
    edges: list[Edge] = []
    last = best[end.index][2]
    while last is not None:
        edges.append(last)
        last = best[last.consumer.index][2]
    return path_along(edges[::-1], end)


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
