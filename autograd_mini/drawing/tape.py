"""A graph as its tape: a line for each number, in the order in which they are computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, count, islice

from autograd_mini.drawing.labels import name_text, number_text, operation_text
from autograd_mini.drawing.text_tree import aligned
from autograd_mini.engine.errors import printable
from autograd_mini.text.formula import applied
from autograd_mini.text.formula import name_text as bracketed
from autograd_mini.tracing.graph import unique_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_mini.tracing.graph import Graph, Node

    Row = tuple[str, ...]

LONGEST_NAME = 30  # characters
LONGEST = 40  # characters of an operation on more than two operands that is written in full
MOST_OPERANDS = 6
RIGHT = (2, 4)  # the columns that stand to the right: the numbers


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
    v2 = w * x    =   1.5   grad    1
    v4 = v2 - 1   =   0.5   grad    1
    v6 = v4 ** 2  =  0.25   grad    1

    Results without a name go by their places, such as v2; constants stand where they are used.
    After `limit` lines a sentence says how many nodes the graph has. A graph of nothing but a
    constant has no tape: "".
    """
    rows = list(islice(_rows(graph), limit + 1))
    lines = aligned(rows[:limit], RIGHT)
    if len(rows) > limit:
        lines.append(f"... cut after {limit} lines, of a graph of {len(graph.nodes):,} nodes")
    return "\n".join(lines)


def _rows(graph: Graph) -> Iterator[Row]:
    names = _names(graph)
    return (_row(node, names) for node in graph.nodes if node.op or not node.is_constant)


def _row(node: Node, names: Sequence[str]) -> Row:
    name = names[node.index]
    written = f"{name} = {_made_of(node, names)}" if node.op else name
    grad = ("", "") if node.is_constant else (" grad", number_text(node.grad))
    note = "out of date" if node.is_stale else ""
    return (written, "=", number_text(node.data), *grad, note)


def _made_of(node: Node, names: Sequence[str]) -> str:
    """An operation on its operands; of several, only how many where they would be too wide."""
    assert node.op is not None
    operands = [names[index] for index in node.parents]
    if len(operands) <= MOST_OPERANDS:
        written = printable(applied(node.op, operands))
        if len(written) <= LONGEST or len(operands) <= 2:
            return written
    return f"{operation_text(node.op)} of {len(operands):,} operands"


def _names(graph: Graph) -> list[str]:
    """What each node is called in a formula; names that are alike once they are cut get numbers."""
    seen: set[str] = set()
    names = []
    for node, name in zip(graph.nodes, unique_names(graph), strict=True):
        if node.is_constant:
            names.append(number_text(node.data))
            continue
        shown = _unused(_cut(name), seen)
        seen.add(shown)
        names.append(bracketed(shown))
    return names


def _cut(name: str) -> str:
    return name_text(name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…")


def _unused(name: str, seen: set[str]) -> str:
    tries = chain([name], (f"{name}_{number}" for number in count(2)))
    return next(new for new in tries if new not in seen)
