"""What an outline consists of: items, and the links between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd_mini.tracing.graph import Edge, Graph, Node


class Item:
    """A node, or several nodes that are shown as one thing.

    `nodes` are the recorded nodes, in topological order; the last one is what others use. `title`
    and `note` say what several nodes are ("" for a single one). `within` are the names of the open
    groups around it, from the outside in, such as ("layers[0]", "layers[0].neurons[1]").
    """

    __slots__ = ("key", "nodes", "note", "title", "within")

    def __init__(
        self,
        key: str,
        nodes: Sequence[Node],
        title: str = "",
        note: str = "",
        within: tuple[str, ...] = (),
    ) -> None:
        self.key, self.nodes, self.title, self.note = key, list(nodes), title, note
        self.within = within

    @property
    def node(self) -> Node:
        """The node that others use: the only one, or the last one of several."""
        return self.nodes[-1]

    @property
    def is_closed(self) -> bool:
        """Whether this stands for something that could be opened or counted."""
        return bool(self.title)


class Link:
    """From an item to one that uses it, along one edge of the graph or along many."""

    __slots__ = ("edges", "source", "target")

    def __init__(self, source: Item, target: Item, edges: Sequence[Edge]) -> None:
        self.source, self.target, self.edges = source, target, list(edges)


class Outline:
    """The items of a picture, in the order of the graph, and the links between them.

    `notes` are sentences for the reader about what is not shown one by one.
    """

    __slots__ = ("graph", "items", "links", "notes")

    def __init__(
        self, graph: Graph, items: Sequence[Item], links: Sequence[Link], notes: Iterable[str] = ()
    ) -> None:
        self.graph, self.items, self.links = graph, list(items), list(links)
        self.notes = list(notes)


def linked(graph: Graph, items: Sequence[Item], notes: Iterable[str] = ()) -> Outline:
    """The outline with these items: all edges between the same two are one link, none is inside.

    >>> from autograd_mini import Value
    >>> from autograd_mini.tracing.graph import graph_of
    >>> a = Value(3.0, "a")
    >>> graph = graph_of(-(a * a))
    >>> whole = linked(graph, [Item("a", graph.nodes[:1]), Item("rest", graph.nodes[1:])])
    >>> [(link.source.key, link.target.key, len(link.edges)) for link in whole.links]
    [('a', 'rest', 2)]
    """
    places = places_of(graph, items)
    between: dict[tuple[int, int], list[Edge]] = {}
    for node in graph.nodes:
        there = places[node.index]
        for edge in graph.edges_to(node):
            here = places[edge.node.index]
            if here != there:
                between.setdefault((here, there), []).append(edge)
    links = [Link(items[here], items[there], edges) for (here, there), edges in between.items()]
    return Outline(graph, items, links, notes)


def places_of(graph: Graph, items: Sequence[Item]) -> list[int]:
    """For each node of a graph, which of the items it is in."""
    places = [0] * len(graph.nodes)
    for place, item in enumerate(items):
        for node in item.nodes:
            places[node.index] = place
    return places
