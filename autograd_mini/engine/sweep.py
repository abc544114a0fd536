"""The general backward pass: over any graph, on whatever can be multiplied and added.

`backward()` has a loop of its own, which is made for speed; this one gives the same, bit for bit.
It runs on numbers, on `Value`s, which make the gradient a graph, and on the symbols of a program.
It shows each step, and can make the mistakes that people make.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

Totals = dict[Any, Any]  # the gradient of each node, as far as it has come
Edge = tuple[int, Any, Any]  # the position of the operand, the operand, the local derivative
Edges = Callable[[Any], Sequence[Edge]]
Step = tuple[Any, ...]
Visit = tuple[Any, Sequence[Edge]]  # a node, and the edges along which it passes on
Arithmetic = Callable[[Any, Any], Any]

SEED, CONTRIBUTION, DONE = "seed", "contribution", "done"

# In which order nodes pass their gradients on. A "list" is the topological order, from the root or
# from the leaves. A "stack" and a "queue" are walks down from the root: they visit nodes, or edges
# one by one; "mark" says that a node which they "enter" is not entered again, or that no "edge"
# leads to an operand that one has led to. Operands that are "distinct" are gone to once.
CONSUMERS_FIRST: Mapping[str, str] = {"walk": "list", "from": "root"}
OPERANDS_FIRST = {"walk": "list", "from": "leaves"}
DEPTH_FIRST = {"walk": "stack", "visit": "node", "mark": "enter"}
BREADTH_FIRST = {"walk": "queue", "visit": "node", "mark": "enter"}
EVERY_PATH = {"walk": "stack", "visit": "node", "mark": "never"}
EVERY_PATH_EDGE_BY_EDGE = {"walk": "stack", "visit": "edge", "mark": "never"}
FIRST_WAY_DOWN = {"walk": "stack", "visit": "edge", "mark": "edge"}


def sweep(
    totals: Totals,
    order: Sequence[Any],
    edges: Edges,
    *,
    visits: Mapping[str, str] = CONSUMERS_FIRST,
    product: Arithmetic = operator.mul,
    total: Arithmetic = operator.add,
    exceptions: Mapping[Any, tuple[Arithmetic, Arithmetic]] | None = None,
) -> Iterator[Step]:
    """Go backwards over a graph, and give each step as (kind, node, ..., total of the node).

    >>> edges = {"b": [(0, "a", 3.0), (1, "a", 3.0)], "a": []}  # b = a * a, where a is 3
    >>> totals = {"b": 1.0}
    >>> for step in sweep(totals, ["a", "b"], edges.get):
    ...     print(*step)
    seed b None None None None None None 1.0
    contribution a b 0 3.0 1.0 3.0 None 3.0
    contribution a b 1 3.0 1.0 3.0 3.0 6.0
    done b None None None None None None 1.0
    done a None None None None None None 6.0
    >>> totals
    {'b': 1.0, 'a': 6.0}

    `totals` has the seed to begin with, and in the end the gradient of each node that one reached.
    `order` has the nodes, operands before results. `edges` gives those of a result along which a
    gradient passes: (position of the operand, operand, local derivative). A contribution is (kind,
    operand, result, position, local, upstream, product, total before, total after); the first one
    that comes to a node has nothing before, and is the total. A node where none came sends nothing.

    The rest is for mistakes, and for other arithmetic: `visits` says who passes on when, `product`
    and `total` are made of (upstream, local) and of (before, product), and `exceptions` has other
    functions (product, total) for single results.
    """
    usual, exceptions = (product, total), exceptions or {}
    for root, seed in totals.items():
        yield SEED, root, *_NOTHING, seed
    for consumer, passing in _visits(totals, order, edges, visits):
        upstream = totals.get(consumer, 0.0)  # as in engines where each gradient starts at 0.0
        times, plus = exceptions.get(consumer, usual)
        for position, node, local in passing:
            come, before = times(upstream, local), totals.get(node)
            totals[node] = after = come if before is None else plus(before, come)
            yield CONTRIBUTION, node, consumer, position, local, upstream, come, before, after
        yield DONE, consumer, *_NOTHING, upstream


_NOTHING = (None,) * 6  # a seed has no edge, with its six facts


def swept(totals: Totals, order: Sequence[Any], edges: Edges, **more: Any) -> Totals:
    """The totals at the end of a sweep.

    >>> edges = {"b": [(0, "a", 3.0), (1, "a", 3.0)], "a": []}
    >>> swept({"b": 1.0}, ["a", "b"], edges.get)
    {'b': 1.0, 'a': 6.0}
    """
    deque(sweep(totals, order, edges, **more), maxlen=0)
    return totals


def edges_of(operands: Sequence[Any], local_derivatives: Sequence[Any]) -> list[Edge]:
    """The edges along which a gradient passes: all but those without a local derivative.

    >>> edges_of(["x", 2.0], (4.0, None))
    [(0, 'x', 4.0)]
    """
    pairs = enumerate(local_derivatives)
    return [(place, operands[place], local) for place, local in pairs if local is not None]


def short_product(upstream: Any, local: Any) -> Any:
    """The product of two factors, without a multiplication where one is 1.0 or -1.0."""
    for one, other in ((upstream, local), (local, upstream)):
        if type(one) is float and abs(one) == 1.0:
            return other if one == 1.0 else -other
    return upstream * local


# -- who passes its gradient on, in which order ----------------------------------------------------


def _visits(
    totals: Mapping[Any, Any], order: Sequence[Any], edges: Edges, visits: Mapping[str, str]
) -> Iterator[Visit]:
    if visits["walk"] == "list" and visits["from"] == "root":
        return ((node, edges(node)) for node in reversed(order) if node in totals)
    edges = cache(edges)  # a walk may come by several times
    if visits["walk"] != "list":
        return _walk(order[-1], edges, visits)
    reached = {node for node, _ in _walk(order[-1], edges, DEPTH_FIRST)}
    return ((node, edges(node)) for node in order if node in reached)


def _walk(root: Hashable, edges: Edges, visits: Mapping[str, str]) -> Iterator[Visit]:
    """Down from the root, without recursion, for graphs are deep."""
    is_stack, mark = visits["walk"] == "stack", visits["mark"]
    waiting, seen = deque(_visits_of([root], edges, visits)), set()
    while waiting:
        node, passing = waiting.pop() if is_stack else waiting.popleft()
        if mark != "never":
            marked = node if mark == "enter" else passing[0][1]
            if marked in seen:
                continue
            seen.add(marked)
        yield node, passing
        waiting.extend(_visits_of([operand for _, operand, _ in passing], edges, visits))


def _visits_of(nodes: Sequence[Any], edges: Edges, visits: Mapping[str, str]) -> list[Visit]:
    """The visits to these nodes, so that a stack has the first one on top."""
    if visits.get("operands") == "distinct":
        nodes = list(dict.fromkeys(nodes))
    if visits["visit"] == "edge":
        found: list[Visit] = [(node, [edge]) for node in nodes for edge in edges(node)]
    else:
        found = [(node, edges(node)) for node in nodes]
    return found[::-1] if visits["walk"] == "stack" else found
