"""A graph as a tree of text, for terminals and wherever no picture can be drawn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from autograd_mini.drawing.labels import LONGEST, number_text, operation_text
from autograd_mini.text.layout import columns
from autograd_mini.text.names import tidied

if TYPE_CHECKING:
    from autograd_mini.tracing.graph import Edge, Graph, Node

    Row = tuple[str, str, str, str, str]

HEADER = ("", "data", "grad", "local", "")
SIDES = "<>>><"  # of the columns: numbers stand to the right


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
    rows = list(islice(_rows(tidied(graph, LONGEST)), limit + 1))
    lines = columns([HEADER, *rows[:limit]], sides=SIDES)
    if len(rows) > limit:
        lines.append(f"... cut after {limit} lines, of a graph of {len(graph.nodes):,} nodes")
    return "\n".join(lines)


def _rows(graph: Graph) -> Iterator[Row]:
    """Depth first, operands in order; with a list, since a graph may be too deep for recursion."""
    seen: set[int] = set()
    to_come: list[tuple[Node, Edge | None, str]] = [(graph.nodes[-1], None, "")]
    while to_come:
        node, edge, lead = to_come.pop()
        yield _row(node, edge, lead, node.index in seen)
        if node.index not in seen:
            seen.add(node.index)
            to_come += reversed(_children(graph, node, lead))


def _children(graph: Graph, node: Node, lead: str) -> list[tuple[Node, Edge | None, str]]:
    edges = graph.edges_to(node)
    lead = lead.replace("├─ ", "│  ").replace("└─ ", "   ")
    last = len(edges) - 1
    return [(e.node, e, lead + ("└─ " if e.position == last else "├─ ")) for e in edges]


def _row(node: Node, edge: Edge | None, lead: str, again: bool) -> Row:
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
