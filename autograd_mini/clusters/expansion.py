"""A `dot` node opened: the products it adds up, and their sum, as nodes of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy

from autograd_mini.engine import ieee, ops
from autograd_mini.tracing.graph import Graph, Node, unique_names


def expanded(graph: Graph, which: bool | str | Iterable[str] = True) -> Graph:
    """The same graph with `dot` nodes opened: all of them, or those with these names.

    >>> from autograd_mini import Value, dot
    >>> from autograd_mini.tracing.graph import graph_of
    >>> w, x, b = Value(2.0, "w"), Value(3.0, "x"), Value(4.0, "b")
    >>> opened = expanded(graph_of(dot([w], [x], b)))
    >>> [(node.name or node.op.name, node.data) for node in opened.nodes]
    [('w', 2.0), ('x', 3.0), ('b', 4.0), ('mul', 6.0), ('add', 10.0)]

    The sum is the bias and then the products, in the order in which `dot` adds them. It has the
    name, the number and the gradient of the node that it stands for. A name that is not in the
    graph, or is no `dot`, is a `ValueError` that says which there are.
    """
    return expansion(graph, which)[0]


def expansion(graph: Graph, which: bool | str | Iterable[str]) -> tuple[Graph, list[int]]:
    """The expanded graph and, for each node of it, the index of the node that it came from."""
    chosen = _chosen(graph, which)
    if not chosen:
        return graph, [node.index for node in graph.nodes]
    made: list[Node] = []
    origins: list[int] = []
    places: list[int] = []
    for node in graph.nodes:
        parents = tuple([places[parent] for parent in node.parents])
        add = _opened(made, node, parents) if node.index in chosen else [_copy(node, parents)]
        made += add
        origins += [node.index] * len(add)
        places.append(len(made) - 1)
    return _without_unused(made, origins)


def _chosen(graph: Graph, which: bool | str | Iterable[str]) -> set[int]:
    dots = [node.index for node in graph.nodes if node.op is ops.dot]
    if isinstance(which, bool):
        return set(dots) if which else set()
    names = unique_names(graph)
    places = {names[index]: index for index in dots}
    wanted = [which] if isinstance(which, str) else list(which)
    for name in wanted:
        if name not in places:
            raise ValueError(_not_a_dot(name, names, list(places)))
    return {places[name] for name in wanted}


def _not_a_dot(name: object, names: list[str], dots: list[str]) -> str:
    problem = f"{name!r} is no dot node" if name in names else f"there is no node {name!r}"
    known = ", ".join(dots[:12]) + (", ..." if len(dots) > 12 else "")
    return f"{problem}; " + (f"what can be expanded: {known}" if dots else "there is no dot node")


def _copy(node: Node, parents: tuple[int, ...], **changes: object) -> Node:
    """A node with everything that this one has, but for these changes."""
    new = copy(node)
    for slot, thing in {"parents": parents, **changes}.items():
        setattr(new, slot, thing)
    return new


def _opened(made: Sequence[Node], dot: Node, parents: tuple[int, ...]) -> list[Node]:
    """The nodes in place of a dot node: its products, then their sum."""
    count = len(parents) // 2
    products = [_product(made, dot, parents, i) for i in range(count)]
    places = (parents[-1], *range(len(made), len(made) + count))
    terms = [made[parents[-1]], *products]
    fits = repr(ieee.add_all(*[term.data for term in terms])) == repr(dot.data)
    total = _copy(
        dot,
        places,
        op=ops.add if len(terms) == 2 else ops.add_all,
        local_derivatives=tuple([None if term.is_constant else 1.0 for term in terms]),
        is_stale=dot.is_stale and not fits,
    )
    return [*products, total]


def _product(made: Sequence[Node], dot: Node, parents: Sequence[int], i: int) -> Node:
    """A weight times an input, by the numbers that the dot node was computed from."""
    half = len(parents) // 2
    own = (parents[i], parents[half + i])
    to_weight, to_input = dot.local_derivatives[i], dot.local_derivatives[half + i]
    now = [made[parent].data for parent in own]
    weight = now[0] if to_input is None else to_input
    given = now[1] if to_weight is None else to_weight
    if all(made[parent].is_constant for parent in own):
        return _constant(dot, weight * given)
    return _copy(
        dot,
        own,
        op=ops.mul,
        name="",
        data=weight * given,
        local_derivatives=(to_weight, to_input),
        is_stale=repr([weight, given]) != repr(now),
    )


def _constant(dot: Node, number: float) -> Node:
    """The product of two plain numbers is one, and not a node with operands."""
    return _copy(
        dot, (), op=None, name="", data=number, grad=None, local_derivatives=(), is_constant=True,
        is_stale=False,
    )  # fmt: skip


def _without_unused(made: list[Node], origins: list[int]) -> tuple[Graph, list[int]]:
    """The graph of what the last node was made from: factors of plain numbers are gone."""
    used = {len(made) - 1}
    for index in range(len(made) - 1, -1, -1):
        if index in used:
            used.update(made[index].parents)
    kept = [index for index in range(len(made)) if index in used]
    places = {index: place for place, index in enumerate(kept)}
    for index in kept:
        made[index].index = places[index]
        made[index].parents = tuple([places[parent] for parent in made[index].parents])
    return Graph(tuple([made[index] for index in kept])), [origins[index] for index in kept]
