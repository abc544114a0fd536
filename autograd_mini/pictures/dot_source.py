"""A graph as DOT, the language of Graphviz: lines of text, made of nothing but the graph."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_mini import ops
from autograd_mini.pictures.labels import name_text, number_text, operation_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_mini.graph import Edge, Graph, Node

# Where results stand: Graphviz's name for it, and where operands enter an operation, in order.
DIRECTIONS = {
    "right": ("LR", ("nw", "w", "sw")),
    "down": ("TB", ("nw", "n", "ne")),
    "left": ("RL", ("ne", "e", "se")),
    "up": ("BT", ("sw", "s", "se")),
}

# The border, the inside and the name of a box. Every text has a contrast of at least 4.5 to 1.
BOX_COLOURS = {
    "leaf": ("#1d4ed8", "#eff6ff", "#1d4ed8"),
    "constant": ("#d1d5db", "#ffffff", "#6b7280"),
    "result": ("#475569", "#ffffff", "#111827"),
    "out of date": ("#c2410c", "#fff7ed", "#111827"),
}
INK, CAPTION, LINE, PALE_LINE = "#111827", "#5f6673", "#64748b", "#b6bcc6"
OPERATION, OPERATION_INK = "#334155", "#ffffff"
BACKWARD = "#7e22ce"  # gradients and local derivatives: what the backward pass is made of

# Operations that give the same with their operands exchanged.
SYMMETRIC = (ops.add, ops.mul, ops.maximum, ops.minimum, ops.add_all, ops.logsumexp)


def dot_lines(graph: Graph, direction: str = "right") -> Iterator[str]:
    """The lines of a DOT file: a box for each node and, before a result, a circle: its operation.

    >>> from autograd_mini import Value
    >>> from autograd_mini.graph import graph_of
    >>> list(dot_lines(graph_of(Value(2.0))))[0]
    'digraph {\\n'

    Results stand to the "right", "down", "left" or "up" from their operands; another `direction` is
    a `ValueError`. Where the order of operands matters, the first enters above or to the left.
    """
    if direction not in DIRECTIONS:
        choices = ", ".join(map(repr, DIRECTIONS))
        raise ValueError(f"unknown direction {direction!r}; choose one of {choices}")
    rankdir, sides = DIRECTIONS[direction]
    yield "digraph {\n"
    yield from _defaults(rankdir)
    for node in graph.nodes:
        yield f"  v{node.index}{_box(node)}\n"
        if node.op:
            yield from _operation_lines(graph, node, operation_text(node.op), sides)
    yield "}\n"


def _defaults(rankdir: str) -> Iterator[str]:
    yield f"  graph{_attributes(rankdir=rankdir, bgcolor='white', nodesep='0.3', ranksep='0.35')}\n"
    # Courier, since programs without fonts know the widths of no other.
    font = {"fontname": "Courier", "fontsize": "14"}
    yield f"  node{_attributes(**font, shape='box', style='rounded,filled', margin='0.08,0.04')}\n"
    yield f"  edge{_attributes(**font, fontcolor=BACKWARD, color=LINE, arrowsize='0.7')}\n"


def _operation_lines(
    graph: Graph, node: Node, symbol: str, sides: tuple[str, ...]
) -> Iterator[str]:
    own = f"o{node.index}"
    yield f"  {own}{_operation(own, symbol)}\n"
    for edge in graph.edges_to(node):
        yield f"  v{edge.node.index} -> {own}{_operand(edge, sides)}\n"
    yield f"  {own} -> v{node.index}{_attributes(id=f'r{node.index}', weight='8')}\n"


# -- boxes -----------------------------------------------------------------------------------------


def _box(node: Node) -> str:
    kind = _kind(node)
    line, fill, ink = BOX_COLOURS[kind]
    attributes = {"id": f"v{node.index}", "color": line, "fillcolor": fill}
    if kind == "constant":
        attributes |= {"height": "0.35", "width": "0.4"}
    if kind == "out of date":
        attributes |= {"style": "rounded,filled,dashed", "penwidth": "2"}
    return _attributes(**attributes, table="".join(_rows(node, kind, ink)))


def _kind(node: Node) -> str:
    if node.is_stale:
        return "out of date"
    return "leaf" if node.is_leaf else "constant" if node.is_constant else "result"


def _rows(node: Node, kind: str, ink: str) -> Iterator[str]:
    if node.name:
        yield _row(f"<b>{_text(name_text(node.name), ink)}</b>")
    if kind == "constant":
        yield _row(_text(number_text(node.data), ink))
        return
    yield _number_row("data", number_text(node.data), INK)
    yield _number_row("grad", number_text(node.grad), BACKWARD)
    if kind == "out of date":
        yield _row(f"<b>{_text(kind, BOX_COLOURS[kind][0])}</b>")


def _number_row(caption: str, text: str, ink: str) -> str:
    return f'<tr><td align="left">{_text(f"{caption} ", CAPTION)}{_text(text, ink)}</td></tr>'


def _row(text: str) -> str:
    return f"<tr><td>{text}</td></tr>"


def _text(text: str, ink: str) -> str:
    return f'<font color="{ink}">{_escaped(text)}</font>'


# -- operations ------------------------------------------------------------------------------------


def _operation(own: str, symbol: str) -> str:
    attributes = {"id": own, "label": symbol, "height": "0.4", "width": "0.4"}
    attributes |= {"color": OPERATION, "fillcolor": OPERATION, "fontcolor": OPERATION_INK}
    if len(symbol) <= 2:
        attributes |= {"shape": "circle", "fixedsize": "true"}
    if len(symbol) == 1:
        attributes["fontsize"] = "18"
    return _attributes(**attributes)


def _operand(edge: Edge, sides: tuple[str, ...]) -> str:
    attributes = {"id": f"e{edge.consumer.index}-{edge.position}"}
    if edge.local is not None:
        attributes["label"] = f" {number_text(edge.local)} "
    elif edge.is_wall:
        attributes |= {"label": " wall ", "fontcolor": INK, "style": "dashed", "arrowhead": "tee"}
    else:
        attributes["color"] = PALE_LINE
    if side := _side(edge, sides):
        attributes["headport"] = side
    return _attributes(**attributes)


def _side(edge: Edge, sides: tuple[str, ...]) -> str:
    """Where the operand enters, if that matters: `a - b` and `b - a` must not look alike."""
    parents = edge.consumer.parents
    if edge.consumer.op in SYMMETRIC and len(set(parents)) == len(parents):
        return ""
    places = {2: sides[::2], 3: sides}.get(len(parents), ())
    return places[edge.position] if places else ""


# -- quoting: a name is text and nothing else ------------------------------------------------------


def _attributes(table: str = "", **attributes: str) -> str:
    """An attribute list; the rows of a `table` become an HTML-like label."""
    pairs = [f"{key}={_quoted(text)}" for key, text in attributes.items()]
    if table:
        pairs.append(f'label=<<table border="0" cellspacing="0" cellpadding="2">{table}</table>>')
    return f" [{', '.join(pairs)}]"


def _quoted(text: str) -> str:
    """A DOT string. Graphviz reads backslashes and entities in it, so both are escaped."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{text.replace("&", "&amp;")}"'


def _escaped(text: str) -> str:
    r"""Text inside an HTML-like label, where Graphviz too would read \G as the graph's name."""
    text = text.replace("\\", "\\\\")
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;")
