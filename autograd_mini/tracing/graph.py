"""A graph as data: nodes, edges, and the names found in the caller's scope.

What shows a graph reads its live nodes once, here, and works on the copy. So a picture keeps the
numbers of the moment it was made, whatever happens to the nodes afterwards.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import TypeVar

from autograd_mini.engine import contexts
from autograd_mini.engine.ops import Op
from autograd_mini.engine.staleness import is_stale
from autograd_mini.engine.sweep import edges_of, swept
from autograd_mini.engine.value import Value, topological_order
from autograd_mini.tracing import source_lines
from autograd_mini.tracing.scope import names_in

Found = TypeVar("Found")


class Node:
    """One node as it was when the graph was read.

    `index` is its place in the topological order, and `parents` are the indices of its operands.
    `name` is "" where none was found. `grad` is None until it is computed. `op` is None for leaves
    and constants. `local_derivatives` stand beside `parents`, None at constants and stop-gradients.
    """

    __slots__ = (
        "_where", "data", "grad", "index", "is_constant", "is_leaf", "is_stale",
        "local_derivatives", "name", "op", "parents",
    )  # fmt: skip

    def __init__(self, value: Value, index: int, name: str, parents: tuple[int, ...]) -> None:
        self.index, self.name, self.parents = index, name, parents
        self.data = float(value._data)
        self.grad = None if value._grad is None else float(value._grad)
        self.op: Op | None = value.op
        self.is_leaf, self.is_constant = value.is_leaf, value.is_constant
        self.is_stale = is_stale(value)
        self.local_derivatives = tuple(
            [None if local is None else float(local) for local in value.local_derivatives()]
        )
        self._where = contexts.where_recorded(value)

    @property
    def source(self) -> str:
        """The source line of the operation; "" where none was recorded, as `anomaly()` does.

        >>> (node,) = graph_of(Value(2.0)).nodes
        >>> node.source
        ''
        """
        # A node from a file has none.
        return source_lines.source_text(getattr(self, "_where", None))


class Edge:
    """One use of a node: operand number `position`, from 0 on, of the result `consumer`.

    `local` is the local derivative of that result with respect to that operand. It is None where no
    gradient passes: at a constant or, if `stops_gradient`, because the operation lets none through.
    """

    __slots__ = ("consumer", "local", "node", "position", "stops_gradient")

    def __init__(self, node: Node, consumer: Node, position: int) -> None:
        self.node, self.consumer, self.position = node, consumer, position
        self.local = consumer.local_derivatives[position]
        self.stops_gradient = self.local is None and not node.is_constant


class Graph:
    """The nodes of a graph, parents before results; the last one is the root."""

    __slots__ = ("nodes",)

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        self.nodes = nodes

    def passing(self, result: Node) -> list[tuple[int, Node, float]]:
        """The edges along which a gradient passes: (position, operand, local derivative).

        >>> graph = graph_of(Value(3.0, "a") * 2.0)
        >>> graph.passing(graph.nodes[-1]) == [(0, graph.nodes[0], 2.0)]
        True
        """
        operands = [self.nodes[index] for index in result.parents]
        return edges_of(operands, result.local_derivatives)

    def gradients(self) -> dict[Node, float]:
        """The gradient of the root by each node that one comes to, as `backward()` gives it.

        >>> a = Value(3.0)
        >>> graph = graph_of(a * a + 1.0)
        >>> {node.index: gradient for node, gradient in graph.gradients().items()}
        {3: 1.0, 1: 1.0, 0: 6.0}
        """
        return swept({self.nodes[-1]: 1.0}, self.nodes, self.passing)

    def edges_to(self, consumer: Node) -> list[Edge]:
        """The edges from the operands of a result to it, in order; `a * a` has two from one node.

        >>> a = Value(3.0)
        >>> graph = graph_of(a * a)
        >>> [(edge.node.index, edge.local) for edge in graph.edges_to(graph.nodes[-1])]
        [(0, 3.0), (0, 3.0)]
        """
        parents = [self.nodes[index] for index in consumer.parents]
        return [Edge(node, consumer, position) for position, node in enumerate(parents)]


def graph_of(root: Value, names: Mapping[Value, str] | None = None) -> Graph:
    """The graph below a node, as data. A node's label is its name, else what `names` has for it.

    >>> a = Value(2.0, "a")
    >>> b = a * 3.0
    >>> [(node.name, node.data) for node in graph_of(b, {b: "b"}).nodes]
    [('a', 2.0), ('', 3.0), ('b', 6.0)]
    """
    return graph_in_order(topological_order(root), names or {})


def graph_in_order(order: Sequence[Value], names: Mapping[Value, str]) -> Graph:
    """The same for nodes that are in topological order already."""
    place = {value: index for index, value in enumerate(order)}
    nodes = []
    for index, value in enumerate(order):
        parents = tuple([place[parent] for parent in value.parents])
        nodes.append(Node(value, index, str(value.label or names.get(value, "")), parents))
    return Graph(tuple(nodes))


def unique_names(graph: Graph) -> list[str]:
    """A name for each node that no other has: its own, or an invented one such as v1.

    >>> a, b = Value(2.0, "a"), Value(3.0, "a")
    >>> unique_names(graph_of((a * b + Value(1.0)) * 4.0))
    ['a', 'a_2', 'v1', 'x1', 'v2', '4', 'v3']

    Results without a name are v1, v2, ... in the order of the graph, and leaves x1, x2, ...; these
    numbers leave out the names that somebody gave. Of several nodes with the same name the first
    keeps it. Constants go by their numbers.
    """
    return names_beside(graph.nodes, [node.name for node in graph.nodes])


def names_beside(nodes: Sequence[Node | Value], own: Sequence[str]) -> list[str]:
    """The same for nodes in topological order, of a graph or live, with these names or ""."""
    taken = set(own)
    results, leaves = numbered("v", taken), numbered("x", taken)
    others: dict[str, Iterator[str]] = {}  # for each name that several have
    seen: set[str] = set()
    names = []
    for node, name in zip(nodes, own, strict=True):
        if node.is_constant:
            name = name or f"{node.data:g}"
        elif not name:
            name = next(leaves if node.op is None else results)
        elif name in seen:
            name = next(others.setdefault(name, numbered(f"{name}_", taken, start=2)))
        seen.add(name)
        taken.add(name)
        names.append(name)
    return names


def numbered(stem: str, taken: Collection[str], start: int = 1) -> Iterator[str]:
    """The names v1, v2, ... without those that are taken.

    >>> names = numbered("v", {"v2"})
    >>> next(names), next(names)
    ('v1', 'v3')
    """
    return (name for k in count(start) if (name := f"{stem}{k}") not in taken)


def find_name(named: Mapping[str, Found], name: object) -> Found | None:
    """What is called so: by this very name, or by one that Python takes for the same.

    >>> find_name({"μ": 1.0}, "µ"), find_name({"a": 1.0}, "b")
    (1.0, None)
    """
    if name in named or not isinstance(name, str):
        return named.get(name)  # type: ignore[call-overload, no-any-return]
    from autograd_mini.engine.syntax import normalized

    same = [found for other, found in named.items() if normalized(other) == normalized(name)]
    return same[0] if same else None


def caller_names(depth: int = 1) -> dict[Value, str]:
    """The nodes that variables hold, as {value: name}, where this function is called.

    >>> loss, w = Value(2.0), [Value(3.0), Value(4.0)]
    >>> caller_names()[loss], caller_names()[w[1]]
    ('loss', 'w[1]')

    A `depth` of 2 looks where the calling function was called, and so on. Nodes are found in lists,
    tuples, dicts with strings as keys, and in the attributes of objects, such as `rows[1][0]`,
    `weights['b']` and `n.w[0]`, without running anything: no property, no method.

    Of two names for one node the shorter path counts (a variable before an element of a list), then
    locals before globals, then the order of the scope: arguments, then variables as they appear in
    the function. Names with a leading underscore never count, and neither do globals behind a local
    variable of the same name. A search ends after some thousand elements, and goes six steps deep.
    """
    try:
        frame = sys._getframe(depth)
    except ValueError:  # called by the interpreter itself
        return {}
    local = frame.f_locals
    return names_in({**local, **frame.f_globals, **local})
