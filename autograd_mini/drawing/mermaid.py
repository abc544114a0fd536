"""A scene as Mermaid, the language of diagrams that GitHub, GitLab and many editors show as is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from autograd_mini.drawing.colours import CLASSES, LEGEND, LIGHT, Look, Theme
from autograd_mini.drawing.dot import DIRECTIONS
from autograd_mini.drawing.scene import Arrow, Box, Group, Scene, arrows_into
from autograd_mini.engine.facts import facts_of

# What stands around the text of a box. Mermaid has a shape for each pair of brackets.
BRACKETS = {
    "leaf": ("([", "])"),  # a stadium
    "constant": ("[", "]"),
    "result": ("(", ")"),
    "out of date": ("{{", "}}"),  # a hexagon
    "group": ("[[", "]]"),
}

ORDINALS = ("1st", "2nd", "3rd")
SHADES = dict(zip(CLASSES[:-1], "n5 n4 n3 n2 n1 zero p1 p2 p3 p4 p5".split(), strict=True))

# Mermaid's own limits, which only the page around a diagram can change.
MOST_ARROWS = 500
LONGEST = 50_000  # characters


def mermaid_lines(scene: Scene, direction: str = "right", theme: Theme = LIGHT) -> Iterator[str]:
    """A scene as the lines of a Mermaid flowchart.

    >>> from autograd_mini import Value
    >>> from autograd_mini.tracing.graph import graph_of
    >>> from autograd_mini.clusters.collapsing import outline
    >>> from autograd_mini.drawing.composition import scene_of
    >>> from autograd_mini.drawing.snapshots import Snapshot
    >>> graph = graph_of(-Value(2.0, "x"))
    >>> lines = list(mermaid_lines(scene_of(outline(graph), Snapshot(graph))))
    >>> [line for line in lines if "v0" in line]
    ['  v0(["x<br/>data 2<br/>grad –"]):::leaf\\n', '  v0 -->|"-1"| o1\\n']

    The directions are those of `draw`. Where the order of operands matters, arrows say which is the
    first. Where something goes against an arrow, which Mermaid cannot draw, it has no head.

    The syntax, and how it quotes text: https://mermaid.js.org/syntax/flowchart.html
    """
    lines = [*_boxes(scene, direction, theme), *_arrows(scene, theme), *_classes(scene, theme)]
    return iter([*_head(theme), *_warning(scene, lines), *lines])


def _head(theme: Theme) -> Iterator[str]:
    """Settings, as YAML: long names on one line, and the colours of what has no class."""
    line, paper = theme.arrow("flow").line, theme.paper
    yield "---\nconfig:\n  theme: base\n"
    yield "  flowchart:\n    wrappingWidth: 800\n"
    yield f'  themeVariables:\n    fontFamily: monospace\n    lineColor: "{line}"\n'
    yield f'    edgeLabelBackground: "{paper}"\n---\n'


def _warning(scene: Scene, lines: Iterable[str]) -> Iterator[str]:
    arrows, characters = len(list(_ends(scene))), sum(map(len, lines))
    if arrows > MOST_ARROWS or characters > LONGEST:
        yield f"%% {arrows:,} arrows in {characters:,} characters: Mermaid shows at most "
        yield f"{MOST_ARROWS} arrows in {LONGEST:,}\n%% characters, unless the page around it sets "
        yield "maxEdges and maxTextSize\n"


# -- boxes and operations --------------------------------------------------------------------------


def _boxes(scene: Scene, direction: str, theme: Theme) -> Iterator[str]:
    towards = DIRECTIONS[direction][0]
    yield f"flowchart {towards}\n"
    grouped = {box.key for group in _and_inner(scene.groups) for box in group.boxes}
    for group in scene.groups:
        yield from _group(group, f"  direction {towards}\n", "  ")
    for box in scene.boxes:
        if box.key not in grouped:
            yield from _box(box, "  ")
    yield from _below(scene)


def _group(group: Group, direction: str, lead: str) -> Iterator[str]:
    yield f"{lead}subgraph {group.key}[{_quoted([group.title])}]\n"
    yield lead + direction  # without it, Mermaid turns a frame that no arrow leads into
    for inner in group.groups:
        yield from _group(inner, direction, f"{lead}  ")
    for box in group.boxes:
        yield from _box(box, f"{lead}  ")
    yield f"{lead}end\n"


def _box(box: Box, lead: str) -> Iterator[str]:
    if box.symbol is not None:
        name = _class("operation", box.operation_emphasis)
        yield f"{lead}{box.operation_key}(({_quoted([box.symbol])})):::{name}\n"
    opening, closing = BRACKETS[box.kind]
    text = _quoted([f"{caption.strip()} {shown}".lstrip() for caption, shown, _ in box.rows])
    name = _class(box.kind, box.emphasis, box.shade)
    yield f"{lead}{box.key}{opening}{text}{closing}:::{name}\n"


def _below(scene: Scene) -> Iterator[str]:
    """The caption and the notes, and the colours of gradients, as boxes that no arrow leads to."""
    lines = [line for line in (scene.caption, *scene.notes) if line]
    if lines:
        yield f"  notes[{_quoted(lines)}]:::note\n"
    if scene.has_legend:
        yield '  subgraph legend["gradient"]\n    direction TB\n'  # which puts them in one row
        for number, (shade, text) in enumerate(zip(CLASSES, LEGEND, strict=True)):
            yield f"    l{number}[{_quoted([text])}]:::{_class('result', '', shade)}\n"
        yield "  end\n"


# -- arrows ----------------------------------------------------------------------------------------


def _ends(scene: Scene) -> Iterator[tuple[Box, Arrow | None]]:
    """All arrows in their order: those into a box, and that from its operation to it as None."""
    into = arrows_into(scene.arrows)
    for box in scene.boxes:
        yield from [(box, arrow) for arrow in into[box.key]]
        if box.symbol is not None:
            yield box, None


def _arrows(scene: Scene, theme: Theme) -> Iterator[str]:
    plain = _line(theme.arrow("flow"), theme.arrow("flow").ink)
    styles: dict[str, list[str]] = {}
    yield f"  linkStyle default {plain}\n"
    for number, (box, arrow) in enumerate(_ends(scene)):
        yield _arrow(box, arrow)
        style = _style(box, arrow, theme)
        if style != plain:
            styles.setdefault(style, []).append(str(number))
    for style, numbers in styles.items():
        yield f"  linkStyle {','.join(numbers)} {style}\n"


def _arrow(box: Box, arrow: Arrow | None) -> str:
    if arrow is None:
        return f"  {box.operation_key} {_stroke(box.flows_back)} {box.key}\n"
    rows = [*_place(arrow), *[text for _, text, _ in arrow.rows]]
    stroke = "-.-x" if arrow.kind == "stop-gradient" else _stroke(arrow.flows_back)
    text = f"|{_quoted(rows)}|" if rows else ""
    return f"  {arrow.source} {stroke}{text} {box.entry}\n"


def _stroke(flows_back: bool) -> str:
    return "---" if flows_back else "-->"


def _place(arrow: Arrow) -> list[str]:
    """Which operand this is, if that matters: `a - b` and `b - a` must not look alike."""
    if arrow.is_at_a_group:
        return []
    (edge,) = arrow.link.edges
    count, op = len(edge.consumer.parents), edge.consumer.op
    is_told = 1 < count <= len(ORDINALS) and not facts_of(op).symmetric
    return [ORDINALS[edge.position]] if is_told else []


def _style(box: Box, arrow: Arrow | None, theme: Theme) -> str:
    if arrow is None:
        look = theme.arrow("flow", box.operation_emphasis)
        return _line(look, look.ink)
    look = theme.arrow(arrow.kind, arrow.emphasis)
    is_alarm = "alarm" in {role for _, _, role in arrow.rows}
    return _line(look, theme.roles["alarm"] if is_alarm else look.ink)


def _line(look: Look, ink: str) -> str:
    return f"stroke:{look.line},stroke-width:{look.width:g}px,color:{ink}"


# -- classes: the looks that are used --------------------------------------------------------------


def _classes(scene: Scene, theme: Theme) -> Iterator[str]:
    looks: dict[str, Look] = {}
    for box in scene.boxes:
        name = _class(box.kind, box.emphasis, box.shade)
        looks[name] = theme.box(box.kind, box.emphasis, box.shade)
        if box.symbol is not None:
            emphasis = box.operation_emphasis
            looks[_class("operation", emphasis)] = theme.circle(emphasis)
    for shade in CLASSES if scene.has_legend else ():
        looks[_class("result", "", shade)] = theme.box("result", "", shade)
    for name, look in looks.items():
        yield f"  classDef {name} {_fill(look)}\n"
    yield from _classes_of_groups(scene, theme)


def _classes_of_groups(scene: Scene, theme: Theme) -> Iterator[str]:
    if scene.caption or scene.notes:
        yield f"  classDef note fill:none,stroke:none,color:{theme.roles['caption']}\n"
    kinds: dict[str, list[str]] = {}
    for group in _and_inner(scene.groups):
        kinds.setdefault(group.kind, []).append(group.key)
    if scene.has_legend:
        kinds.setdefault("group", []).append("legend")
    for kind, keys in kinds.items():
        yield f"  classDef frame_{kind} {_fill(theme.groups[kind])}\n"
        yield f"  class {','.join(keys)} frame_{kind}\n"


def _and_inner(groups: Iterable[Group]) -> Iterator[Group]:
    for group in groups:
        yield group
        yield from _and_inner(group.groups)


def _class(kind: str, emphasis: str = "", shade: str = "") -> str:
    words = [kind.replace(" ", "_"), emphasis, SHADES.get(shade, "unusual") if shade else ""]
    return "_".join([word for word in words if word])


def _fill(look: Look) -> str:
    dashes = ",stroke-dasharray:4 3" if look.is_dashed else ""
    width = f"stroke-width:{look.width:g}px"
    return f"fill:{look.fill},stroke:{look.line},{width},color:{look.ink}{dashes}"


# -- quoting: a name is text and nothing else ------------------------------------------------------

# Mermaid reads a text again after it has resolved the codes in it: for line breaks, formulas,
# icons, lists and its own code of codes. A word joiner, which nobody sees, between two characters
# makes them no sign for that. A name has none, since `name_text` shows what nobody would see.
JOINER = "\u2060"
SIGNS = re.compile(
    r"^(?=([-+*]|\d+[.)])( |$))|(?<=\\)(?=n)|(?<=\$)(?=\$)|(?<=:)(?=fa-)|(?<=ﬂ)(?=°)|(?<=¶)(?=ß)"
)
CODED = re.compile("[!\"#$%&':;<>?@\\\\^`{|}~\xa0\u2060]")


def _quoted(rows: Iterable[str]) -> str:
    """Lines of text as a Mermaid string, in which all that might be syntax is a code: #34; is "."""
    return '"' + ("<br/>".join([_escaped(row) for row in rows]) or " ") + '"'


def _escaped(text: str) -> str:
    joined = SIGNS.sub(JOINER, text)
    wide = re.sub("(?<= ) ", "\xa0", joined)  # browsers show several spaces as one
    return CODED.sub(lambda character: f"#{ord(character[0])};", wide)
