"""A graph as its tape: a line for each number, in the order in which they are computed."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from itertools import islice
from typing import TYPE_CHECKING, Any

from autograd_mini.drawing.labels import DIGITS, number_text, operation_text
from autograd_mini.engine.errors import printable
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import columns
from autograd_mini.text.names import tidied
from autograd_mini.text.parts import Equation, Operation, made_of, title_of
from autograd_mini.tracing.graph import Graph, unique_names

if TYPE_CHECKING:
    from autograd_mini.tracing.graph import Node

    Row = tuple[str, ...]

LONGEST = 40  # characters of an operation on more than two operands that is written in full
MOST_OPERANDS = 6
SIDES = "<<><><"  # of the columns: numbers stand to the right


def tape_text(graph: Graph, limit: int = 1000) -> str:
    """The tape of a graph: each leaf and each result once, with its gradient.

    >>> from autograd_mini import Value
    >>> from autograd_mini.tracing.graph import graph_of
    >>> w, x = Value(0.5, "w"), Value(3.0, "x")
    >>> loss = (w * x - 1.0) ** 2.0
    >>> loss.backward()
    >>> print(tape_text(graph_of(loss)))
    w             =   0.5   grad    3
    x             =     3   grad  0.5
    v1 = w * x    =   1.5   grad    1
    v2 = v1 - 1   =   0.5   grad    1
    v3 = v2 ** 2  =  0.25   grad    1

    Results without a name are v1, v2, ...; constants stand where they are used.
    After `limit` lines a sentence says how many nodes the graph has. A graph of nothing but a
    constant has no tape: "".
    """
    rows = list(islice(_rows(graph), limit + 1))
    lines = columns(rows[:limit], sides=SIDES)
    if len(rows) > limit:
        lines.append(f"... cut after {limit} lines, of a graph of {len(graph.nodes):,} nodes")
    return "\n".join(lines)


def _rows(graph: Graph) -> Iterator[Row]:
    named = _named(graph)
    return (_row(node, named) for node in named.nodes if node.op or not node.is_constant)


def _row(node: Node, graph: Graph) -> Row:
    sides = [title_of(node), *([_made(node, graph)] if node.op else [])]
    grad = ("", "") if node.is_constant else (" grad", number_text(node.grad))
    note = "out of date" if node.is_stale else ""
    written = printable(as_text(Equation(*sides), DIGITS))
    return (written, "=", number_text(node.data), *grad, note)


def _made(node: Node, graph: Graph) -> Any:
    """An operation on its operands; of several, only how many where they would be too wide."""
    assert node.op is not None
    made, count = made_of(graph, node, MOST_OPERANDS), len(node.parents)
    if count <= 2 or (isinstance(made, Operation) and len(as_text(made, DIGITS)) <= LONGEST):
        return made
    return f"{operation_text(node.op)} of {count:,} operands"


def _named(graph: Graph) -> Graph:
    """The graph with a name for each node that no other has, once they are cut too."""
    nodes = tuple(map(copy, graph.nodes))
    for node, name in zip(nodes, unique_names(graph), strict=True):
        node.name = name
    return tidied(Graph(nodes))
