"""The paths from one node to the result: the way that its gradient comes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from autograd_mini.drawing.snapshots import Place, place_of
from autograd_mini.tracing.graph import Edge, Graph, Node


@dataclass
class Highlight:
    """The nodes, by index, and the edges that a picture shows strongly, all others being pale."""

    nodes: Collection[int]
    edges: Collection[Place]

    def has_any_node(self, nodes: Iterable[Node]) -> bool:
        """Whether one of these nodes is highlighted."""
        return any(node.index in self.nodes for node in nodes)

    def has_any_edge(self, edges: Iterable[Edge]) -> bool:
        """Whether one of these edges is highlighted."""
        return any(place_of(edge) in self.edges for edge in edges)


def paths_from(graph: Graph, start: Node) -> Highlight:
    """A node, and all paths from it to the root that let a gradient through.

    >>> from autograd_mini import Value
    >>> from autograd_mini.tracing.graph import graph_of
    >>> a = Value(3.0, "a")
    >>> graph = graph_of(a * a + 1.0)
    >>> found = paths_from(graph, graph.nodes[0])
    >>> sorted(found.nodes), sorted(found.edges)
    ([0, 1, 3], [(1, 0), (1, 1), (3, 0)])

    For a constant or a node behind a stop-gradient that is the node alone: no gradient comes.
    """
    reached = graph.gradients()
    nodes = {start.index}
    edges: set[Place] = set()
    for consumer in graph.nodes[start.index + 1 :]:
        used = graph.edges_to(consumer) if consumer in reached else []
        found = [place_of(e) for e in used if e.local is not None and e.node.index in nodes]
        if found:
            nodes.add(consumer.index)
            edges.update(found)
    return Highlight(nodes, edges)
