"""A graph as text, for terminals and wherever no picture can be drawn: as a tree, or as a tape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from itertools import islice

from autograd_mini.drawing.labels import DIGITS, LONGEST, number_text, operation_text
from autograd_mini.engine.errors import printable
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import columns
from autograd_mini.text.names import tidied, tidy_names
from autograd_mini.text.parts import Equation, Operation, Piece, made_of, title_of
from autograd_mini.tracing.graph import Edge, Graph, Node, unique_names

Row = tuple[str, ...]

HEADER = ("", "data", "grad", "local", "")
LONGEST_FORMULA = 40  # characters of an operation on more than two operands, written in full
MOST_OPERANDS = 6


def _table(rows: Iterable[Row], graph: Graph, limit: int, sides: str, *header: Row) -> str:
    """Rows in columns, of which numbers stand to the right; no more than `limit` of them."""
    few = list(islice(rows, limit + 1))
    lines = columns([*header, *few[:limit]], sides=sides)
    if len(few) > limit:
        lines.append(f"... cut after {limit} lines, of a graph of {len(graph.nodes):,} nodes")
    return "\n".join(lines)


# -- the tree: what was computed from what ---------------------------------------------------------


def tree_text(graph: Graph, limit: int = 40) -> str:
    """The graph from its root down, a line for each edge, with the local derivative of that edge.

    >>> from autograd_mini import Value
    >>> from autograd_mini.tracing.graph import graph_of
    >>> a = Value(3.0, "a")
    >>> print(tree_text(graph_of(a * a)))
                 data  grad  local
    *               9     –
    ├─ a            3     –      3
    └─ a (above)    3     –      3


    What was shown before is only referred to. After `limit` lines a sentence says how many nodes
    the graph has.
    """
    return _table(_branches(tidied(graph, LONGEST)), graph, limit, "<>>><", HEADER)


def _branches(graph: Graph) -> Iterator[Row]:
    """Depth first, operands in order; with a list, since a graph may be too deep for recursion."""
    seen: set[int] = set()
    to_come: list[tuple[Node, Edge | None, str]] = [(graph.nodes[-1], None, "")]
    while to_come:
        node, edge, lead = to_come.pop()
        yield _branch(node, edge, lead, node.index in seen)
        if node.index not in seen:
            seen.add(node.index)
            to_come += reversed(_children(graph, node, lead))


def _children(graph: Graph, node: Node, lead: str) -> list[tuple[Node, Edge | None, str]]:
    edges = graph.edges_to(node)
    lead = lead.replace("├─ ", "│  ").replace("└─ ", "   ")
    last = len(edges) - 1
    return [(e.node, e, lead + ("└─ " if e.position == last else "├─ ")) for e in edges]


def _branch(node: Node, edge: Edge | None, lead: str, again: bool) -> Row:
    title = f"{_title(node)} (above)" if again else _title(node)
    grad = "" if node.is_constant else number_text(node.grad)
    note = "out of date" if node.is_stale else ""
    return (lead + title, number_text(node.data), grad, _local(edge), note)


def _title(node: Node) -> str:
    kind = operation_text(node.op) if node.op else "leaf" if node.is_leaf else "constant"
    if not node.name:
        return kind
    return f"{node.name} ({kind})" if node.op else node.name


def _local(edge: Edge | None) -> str:
    if edge is None or edge.local is None:
        return "stop-gradient" if edge and edge.stops_gradient else ""
    return number_text(edge.local)


# -- the tape: a line for each number, in the order in which they are computed ---------------------


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
    named = Graph(tuple(map(copy, graph.nodes)))
    for node, name in zip(named.nodes, unique_names(graph), strict=True):
        node.name = name
    tidy_names(named)
    rows = (_line(node, named) for node in named.nodes if node.op or not node.is_constant)
    return _table(rows, graph, limit, "<<><><")


def _line(node: Node, graph: Graph) -> Row:
    sides = [title_of(node), *([_made(node, graph)] if node.op else [])]
    grad = ("", "") if node.is_constant else (" grad", number_text(node.grad))
    note = "out of date" if node.is_stale else ""
    written = printable(as_text(Equation(*sides), DIGITS))
    return (written, "=", number_text(node.data), *grad, note)


def _made(node: Node, graph: Graph) -> Piece:
    """An operation on its operands; of several, only how many where they would be too wide."""
    assert node.op is not None
    made: Piece = made_of(graph, node, MOST_OPERANDS)
    count = len(node.parents)
    if count <= 2 or (
        isinstance(made, Operation) and len(as_text(made, DIGITS)) <= LONGEST_FORMULA
    ):
        return made
    return f"{operation_text(node.op)} of {count:,} operands"
