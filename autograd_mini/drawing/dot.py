"""A scene as DOT, the language of Graphviz: lines of text, made of nothing but the scene."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from autograd_mini.drawing.colours import CLASSES, LEGEND, LIGHT, Look, Theme
from autograd_mini.drawing.neighbours import has_only_short_arrows, neighbours
from autograd_mini.drawing.output import unknown
from autograd_mini.drawing.scene import Arrow, Box, Group, Row, Scene, arrows_into
from autograd_mini.engine.facts import facts_of

# Where results stand: Graphviz's name for it, and where operands enter an operation, in order.
DIRECTIONS = {
    "right": ("LR", ("nw", "w", "sw")),
    "down": ("TB", ("nw", "n", "ne")),
    "left": ("RL", ("ne", "e", "se")),
    "up": ("BT", ("sw", "s", "se")),
}

OPPOSITE = {"w": "e", "e": "w", "n": "s", "s": "n"}

CHARACTER, LINE = 8.4, 16.8  # points: the size of a character of Courier at 14 points
NOTE_WIDTH = 80  # characters
# Courier, since programs without fonts know the widths of no other.
FONT = {"fontname": "Courier", "fontsize": "14"}
GAP = '<tr><td height="8"></td></tr>'


def scene_lines(scene: Scene, direction: str = "right", theme: Theme = LIGHT) -> Iterator[str]:
    """A scene as the lines of a DOT file: boxes and, before results, circles: their operations.

    Results stand to the "right", "down", "left" or "up" from their operands; another `direction` is
    a `ValueError`. Where the order of operands matters, the first enters above or to the left.
    """
    if direction not in DIRECTIONS:
        raise unknown("direction", direction, DIRECTIONS)
    return _lines(scene, direction, theme)


def _lines(scene: Scene, direction: str, theme: Theme) -> Iterator[str]:
    rankdir, sides = DIRECTIONS[direction]
    arrows = arrows_into(scene.arrows)
    yield "digraph {\n"
    yield from _defaults(rankdir, scene, theme)
    yield from _below(scene, theme)
    # Sideways, Graphviz puts the first of the outer groups at the bottom, and so the first box.
    is_sideways = rankdir in ("LR", "RL")
    for group in reversed(scene.groups) if is_sideways else scene.groups:
        yield from _group(group, theme, "  ", -1 if is_sideways else 1)
    yield from _columns(scene)
    for box in scene.boxes:
        yield f"  {box.key}{_box(box, theme)}\n"
        if box.symbol is not None:  # a group has no operation to show
            yield f"  {box.entry}{_operation(box, box.symbol, theme)}\n"
        for arrow in arrows[box.key]:
            yield f"  {arrow.source} -> {box.entry}{_arrow(arrow, sides, theme)}\n"
        if box.symbol is not None:
            yield f"  {box.entry} -> {box.key}{_joint(box, theme)}\n"
    yield "}\n"


def _defaults(rankdir: str, scene: Scene, theme: Theme) -> Iterator[str]:
    yield f"  graph{_attributes(rankdir=rankdir, bgcolor=theme.paper, **_layout(scene))}\n"
    yield f"  node{_attributes(**FONT, shape='box', style='rounded,filled', margin='0.08,0.04')}\n"
    plain = theme.arrow("flow")
    colours = {"fontcolor": plain.ink, "color": plain.line}
    yield f"  edge{_attributes(**FONT, **colours, arrowsize='0.7')}\n"


def _layout(scene: Scene) -> dict[str, str]:
    layout = {"nodesep": "0.3", "ranksep": "0.35"}
    closed = len([box for box in scene.boxes if box.item.is_closed])
    if 3 * closed >= len(scene.boxes):  # from layer to layer, arrows cross
        layout["ranksep"] = "1.2"
    if closed and has_only_short_arrows(scene):
        layout["splines"] = "line"
    if any(box.item.within for box in scene.boxes):
        layout["newrank"] = "true"  # so that layers can be put behind each other
    return layout


# -- boxes -----------------------------------------------------------------------------------------


def _box(box: Box, theme: Theme) -> str:
    look = theme.box(box.kind, box.emphasis, box.shade)
    attributes = {"id": box.key, "color": look.line, "fillcolor": look.fill}
    if box.kind == "constant":
        attributes |= {"height": "0.35", "width": "0.4"}
    attributes |= _stroke(look)
    if not box.rows:
        attributes["label"] = ""  # instead of the key
    inks = theme.inks(box.kind, box.emphasis, box.shade)
    rows = "".join([_row(row, inks) for row in box.rows])
    return _attributes(**attributes, table=_widened(rows, box.room))


def _row(row: Row, inks: dict[str, str]) -> str:
    side = ' align="left"' if row[0] else ""
    return f"<tr><td{side}>{_shown(row, inks)}</td></tr>"


def _shown(row: Row, inks: dict[str, str]) -> str:
    caption, text, role = row
    shown = _text(text, inks[role])
    if caption:
        return f"{_text(f'{caption} ', inks['caption'])}{shown}"
    return f"<b>{shown}</b>" if role in ("name", "alarm") else shown


def _text(text: str, ink: str) -> str:
    return f'<font color="{ink}">{_escaped(text)}</font>'


def _widened(rows: str, room: int) -> str:
    """A table in which the texts have room for so many characters, 0 for what they are."""
    return rows.replace("<td", f'<td width="{_points(room)}"', 1) if room else rows


def _points(characters: int) -> str:
    return f"{characters * CHARACTER + 4:.0f}"


# -- operations ------------------------------------------------------------------------------------


def _operation(box: Box, symbol: str, theme: Theme) -> str:
    look = theme.circle(box.operation_emphasis)
    attributes = {"id": box.operation_key, "label": symbol, "height": "0.4", "width": "0.4"}
    attributes |= {"color": look.line, "fillcolor": look.fill, "fontcolor": look.ink}
    if len(symbol) <= 2:
        attributes |= {"shape": "circle", "fixedsize": "true"}
    if len(symbol) == 1:
        attributes["fontsize"] = "18"
    return _attributes(**attributes, **_stroke(look))


def _stroke(look: Look) -> dict[str, str]:
    style = {"style": "rounded,filled,dashed"} if look.is_dashed else {}
    return style | _width(look)


def _width(look: Look) -> dict[str, str]:
    return {"penwidth": f"{look.width:g}"} if look.width != 1.0 else {}


def _joint(box: Box, theme: Theme) -> str:
    """From an operation to its result."""
    look, attributes = theme.arrow("flow", box.operation_emphasis), {"id": box.joint_key}
    if box.operation_emphasis:
        attributes |= _line(look, box.flows_back)
    return _attributes(**attributes, weight="8")


def _arrow(arrow: Arrow, sides: tuple[str, ...], theme: Theme) -> str:
    look = theme.arrow(arrow.kind, arrow.emphasis)
    attributes, plain = {"id": arrow.key}, theme.arrow("flow")
    table = _label(arrow, theme, attributes)
    if arrow.rows and (ink := _ink(arrow, theme)) != plain.ink:
        attributes["fontcolor"] = ink
    if arrow.kind == "stop-gradient":
        attributes |= {"style": "dashed", "arrowhead": "tee"}
    if arrow.emphasis or look.line != plain.line:
        attributes |= _line(look, arrow.flows_back)
    attributes |= _ports(arrow, sides)
    return _attributes(**attributes, table=table)


def _ink(arrow: Arrow, theme: Theme) -> str:
    is_count = arrow.rows[:1] and arrow.rows[0][2] == "caption"
    if is_count and arrow.emphasis != "pale":
        return theme.roles["caption"]
    return theme.arrow(arrow.kind, arrow.emphasis).ink


def _line(look: Look, flows_back: bool) -> dict[str, str]:
    direction = {"dir": "back"} if flows_back else {}
    return {"color": look.line, **_width(look), **direction}


def _label(arrow: Arrow, theme: Theme, attributes: dict[str, str]) -> str:
    """The texts at an arrow: a plain label if that will do, else the cell of a table."""
    characters, lines = arrow.room
    if not characters and "alarm" not in {role for _, _, role in arrow.rows}:
        if arrow.rows:
            attributes["label"] = "\n".join([f" {text} " for _, text, _ in arrow.rows])
        return ""
    inks = {**dict.fromkeys(theme.roles, _ink(arrow, theme)), "alarm": theme.roles["alarm"]}
    shown = "<br/>".join([_shown(row, inks) for row in arrow.rows])
    width, height = _points(characters + 2), f"{max(lines, len(arrow.rows)) * LINE + 8:.0f}"
    return f'<tr><td width="{width}" height="{height}">{shown}</td></tr>'


def _ports(arrow: Arrow, sides: tuple[str, ...]) -> dict[str, str]:
    """Where an operand enters, if that matters: `a - b` and `b - a` must not look alike."""
    if arrow.is_at_a_group:  # straight from side to side, as layers do
        return {"headport": sides[1], "tailport": OPPOSITE[sides[1]]}
    (edge,) = arrow.link.edges
    parents, op = edge.consumer.parents, edge.consumer.op
    if facts_of(op).symmetric and len(set(parents)) == len(parents):
        return {}
    places = {2: sides[::2], 3: sides}.get(len(parents), ())
    return {"headport": places[edge.position]} if places else {}


# -- groups, and what stands below -----------------------------------------------------------------


def _group(group: Group, theme: Theme, lead: str, order: int) -> Iterator[str]:
    """A frame, and the keys of what is in it; the first to name a key decides where it stands."""
    look = theme.groups[group.kind]
    yield f"{lead}subgraph cluster_{group.key} {{\n"
    title = _row(("", group.title, "name"), {"name": look.ink})
    yield f"{lead}  graph{_attributes(**_frame(group, look), table=title)}\n"
    for box in group.boxes[::order]:
        keys = dict.fromkeys([box.entry, box.key])
        yield f"{lead}  {' '.join(keys)}\n"
    for inner in group.groups:
        yield from _group(inner, theme, f"{lead}  ", order)
    yield f"{lead}}}\n"


def _columns(scene: Scene) -> Iterator[str]:
    """Nodes and lines that nobody sees, which put a layer behind the one that it uses.

    Without them the weights of a layer would stand beside the neurons of the layer before, and
    the frames of the two, which must not overlap, would stand one above the other.
    """
    for number, (sources, leaves) in enumerate(neighbours(scene)):
        yield f'  a{number} [style="invis", shape="point", width="0"]\n'
        for key in sources:
            yield f'  {key} -> a{number} [style="invis", weight="0"]\n'
        for key in leaves:
            yield f'  a{number} -> {key} [style="invis", weight="0"]\n'


def _frame(group: Group, look: Look) -> dict[str, str]:
    style = "rounded,filled,dashed" if look.is_dashed else "rounded,filled"
    colours = {"color": look.line, "fillcolor": look.fill, "penwidth": f"{look.width:g}"}
    label = {"labelloc": "t", "labeljust": "l"}
    margin = {} if group.kind == "group" else {"margin": "16"}
    return {"id": group.key, "style": style, **colours, **FONT, **label, **margin}


def _below(scene: Scene, theme: Theme) -> Iterator[str]:
    """The caption, the notes and the legend, as the label of the whole picture."""
    inks = {**theme.roles, "name": theme.roles["note"]}
    lines = [(scene.caption, "name")] if scene.caption else []
    for note in scene.notes:
        lines += [(line, "caption") for line in textwrap.wrap(note, NOTE_WIDTH)]
    rows = [_left(_shown(("", *line), inks)) for line in lines]
    if scene.has_legend:
        rows += [*([GAP] if rows else []), _left(_legend(theme))]
    if rows:
        table = GAP + _widened("".join(rows), scene.room)
        yield f"  graph{_attributes(**FONT, labelloc='b', labeljust='l', table=table)}\n"


def _left(shown: str) -> str:
    return f'<tr><td align="left">{shown}</td></tr>'


def _legend(theme: Theme) -> str:
    cells = f'<td border="0">{_text("gradient ", theme.roles["caption"])}</td>'
    for name, text in zip(CLASSES, LEGEND, strict=True):
        fill, ink = theme.shades[name]
        cells += f'<td bgcolor="{fill}">{_text(text, ink)}</td>'
    line = theme.boxes["result"].line
    frame = f'border="0" cellborder="1" cellspacing="0" cellpadding="4" color="{line}"'
    return f"<table {frame}><tr>{cells}</tr></table>"


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
    if not text.strip("]"):  # which dot 2.43 does not read, where there is nothing else
        text = text.replace("]", "&#93;")
    return text.replace('"', "&quot;")
