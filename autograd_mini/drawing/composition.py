"""Making a scene: which boxes, arrows and texts an outline becomes at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from autograd_mini.clusters.items import Item, Link, Outline
from autograd_mini.drawing.colours import class_of
from autograd_mini.drawing.highlights import Highlight
from autograd_mini.drawing.labels import name_text, number_text, operation_text, signed_text
from autograd_mini.drawing.scene import Arrow, Box, Choice, Group, Row, Scene, arrows_into
from autograd_mini.drawing.snapshots import Snapshot, place_of
from autograd_mini.engine.errors import printable
from autograd_mini.text.names import distinct
from autograd_mini.tracing.graph import Edge, Node

NOTE_WIDTH = 26  # characters
EN_DASH = 3  # characters: what it takes for programs without fonts, which count bytes


def scene_of(
    outline: Outline,
    snapshot: Snapshot,
    choice: Choice | None = None,
    highlight: Highlight | None = None,
    prefix: str = "",
) -> Scene:
    """The boxes and arrows for an outline; `prefix` keeps two scenes in one picture apart.

    >>> from autograd_mini import Value
    >>> from autograd_mini.tracing.graph import graph_of
    >>> from autograd_mini.clusters.collapsing import outline
    >>> a = Value(3.0, "a")
    >>> graph = graph_of(a * a)
    >>> scene = scene_of(outline(graph), Snapshot(graph))
    >>> [(box.key, box.kind, box.symbol) for box in scene.boxes]
    [('v0', 'leaf', None), ('v1', 'result', '*')]
    """
    composer = _Composer(snapshot, choice or Choice(), highlight, prefix)
    outputs = _outputs(outline)
    boxes = [composer.box(item, outputs[item.key] <= {item.node.index}) for item in outline.items]
    arrows = [arrow for link in outline.links for arrow in composer.arrows(link)]
    arrows.sort(key=lambda arrow: place_of(arrow.link.edges[0]))
    _emphasize_operations(boxes, arrows)
    return Scene(
        boxes,
        arrows,
        _groups(boxes, prefix),
        snapshot.caption,
        snapshot.longest_caption,
        composer.choice.colour,
        list(map(printable, outline.notes)),
    )


@dataclass
class _Composer:
    """What all boxes and arrows of one scene are made with."""

    snapshot: Snapshot
    choice: Choice
    highlight: Highlight | None
    prefix: str
    _cut: dict[str, str] = field(default_factory=dict)  # long names, and what they are cut to

    # -- boxes -------------------------------------------------------------------------------------

    def box(self, item: Item, has_one_output: bool) -> Box:
        """The box for an item; one with several outputs has no number and no gradient."""
        node = item.node
        symbol = operation_text(node.op) if node.op and not item.is_closed else None
        box = Box(item, _kind(item), self._title_rows(item), symbol, self.prefix)
        lit = self.highlight.has_any_node(item.nodes) if self.highlight else None
        results = [each for each in item.nodes if each.op] if item.is_closed else []
        states = [self.snapshot.node_state(each) for each in results or item.nodes]
        box.emphasis = _emphasis(_together(states), lit)
        if has_one_output and not node.is_constant:
            self._add_numbers(box, node)
        if box.kind == "out of date":
            box.rows.append(("", "out of date", "alarm"))
        return box

    def _title_rows(self, item: Item) -> list[Row]:
        node = item.node
        if item.is_closed:
            # Of nodes alike, the note has the range of their numbers.
            is_early = item.key.startswith("m") and not self.snapshot.is_computed(node)
            lines = _wrapped(" " * len(item.note) if is_early else printable(item.note))
            title = ("", self._short(item.title, item.within), "name")
            return [title, *[("", line, "caption") for line in lines]]
        rows = [("", self._short(node.name, item.within), "name")] if node.name else []
        return [*rows, ("", number_text(node.data), "number")] if node.is_constant else rows

    def _short(self, name: str, within: tuple[str, ...]) -> str:
        """A name that there is room for; two long ones never become one."""
        short = _short(name, within)
        if not short.endswith("…"):
            return short
        return self._cut.setdefault(name, distinct([*self._cut.values(), short])[-1])

    def _add_numbers(self, box: Box, node: Node) -> None:
        if self.choice.values:
            box.rows.append(("data", number_text(self.snapshot.value(node)), "data"))
        if self.choice.gradients:
            text = signed_text(node.grad) if self.choice.colour else number_text(node.grad)
            box.rows.append(("grad", text, "gradient"))
        if self.choice.colour:
            box.shade = class_of(node.grad)
        if self.snapshot.step is not None and (self.choice.values or self.choice.gradients):
            gradient = self.snapshot.longest_gradient(node) + self.choice.colour
            box.room = len("data ") + max(EN_DASH, len(number_text(node.data)), gradient)

    # -- arrows ------------------------------------------------------------------------------------

    def arrows(self, link: Link) -> list[Arrow]:
        """One for a link at a closed item, else one for each edge: `a * a` has two."""
        if link.source.is_closed or link.target.is_closed:
            return [self._arrow(link)]
        return [self._arrow(Link(link.source, link.target, [edge])) for edge in link.edges]

    def _arrow(self, link: Link) -> Arrow:
        edges, kind = link.edges, "constant"
        if any(edge.local is not None for edge in edges):
            kind = "flow"
        elif any(edge.stops_gradient for edge in edges):
            kind = "stop-gradient"
        arrow = Arrow(link, kind, self._arrow_rows(link), self.prefix)
        lit = self.highlight.has_any_edge(edges) if self.highlight else None
        state = _together([self.snapshot.edge_state(edge) for edge in edges])
        arrow.emphasis = _emphasis(state, lit)
        arrow.flows_back = arrow.emphasis == "active" and not self.snapshot.is_forward
        if self.snapshot.step is not None and _shows_numbers(link):
            arrow.room = self._arrow_room(edges[0])
        return arrow

    def _arrow_rows(self, link: Link) -> list[Row]:
        edge = link.edges[0]
        if len(link.edges) > 1:
            return [("", f"{len(link.edges)} edges", "caption")]
        if edge.stops_gradient:
            return [("", "stop-gradient", "note")]
        if not _shows_numbers(link):
            return []
        if self.choice.contributions and (lines := self.snapshot.products(edge)):
            return [("", line, "contribution") for line in lines]
        is_known = self.choice.local_derivatives and self.snapshot.is_computed(edge.consumer)
        return [("", number_text(self.snapshot.local(edge)), "local")] if is_known else []

    def _arrow_room(self, edge: Edge) -> tuple[int, int]:
        local = [number_text(self.snapshot.local(edge))] if self.choice.local_derivatives else []
        end = self.snapshot.products(edge, at_the_end=True) if self.choice.contributions else []
        return max(map(len, [*local, *end]), default=0), max(len(local), len(end))


def _shows_numbers(link: Link) -> bool:
    """Whether this is one edge that a gradient passes, into an operation that is to be seen."""
    is_single = len(link.edges) == 1 and not link.target.is_closed
    return is_single and link.edges[0].local is not None


def _outputs(outline: Outline) -> dict[str, set[int]]:
    """For each item, the nodes in it that others use, by index."""
    outputs: dict[str, set[int]] = {item.key: set() for item in outline.items}
    for link in outline.links:
        outputs[link.source.key].update([edge.node.index for edge in link.edges])
    return outputs


def _kind(item: Item) -> str:
    node = item.node
    if item.is_closed:
        return "group"
    if node.is_stale:
        return "out of date"
    return "leaf" if node.is_leaf else "constant" if node.is_constant else "result"


# -- emphasis --------------------------------------------------------------------------------------


def _emphasis(state: str, lit: bool | None) -> str:
    """`lit` says whether this is highlighted, None where nothing is."""
    if state == "active":
        return "active"
    if state == "to come" or lit is False:
        return "pale"
    return "strong" if lit else ""


def _together(states: Sequence[str]) -> str:
    """The state of several things that are shown as one."""
    if "active" in states:
        return "active"
    return "to come" if all(state == "to come" for state in states) else ""


def _emphasize_operations(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> None:
    """An operation is as strong as the strongest arrow into it that a gradient can flow along."""
    into = arrows_into(arrows)
    for box in boxes:
        found = into[box.key]
        flowing = [arrow for arrow in found if arrow.kind == "flow"] or found
        there = {arrow.emphasis for arrow in flowing}
        box.operation_emphasis = next((e for e in ("active", "strong", "") if e in there), "pale")
        box.flows_back = any(arrow.flows_back for arrow in flowing)


# -- groups and their names ------------------------------------------------------------------------


def _groups(boxes: Sequence[Box], prefix: str) -> list[Group]:
    """The open groups around boxes, each inside the one that it belongs to."""
    top = Group("", "")
    made: dict[tuple[str, ...], Group] = {(): top}
    for box in boxes:
        within = box.item.within
        for depth in range(1, len(within) + 1):
            path = within[:depth]
            if path not in made:
                made[path] = Group(f"{prefix}f{len(made) - 1}", _short(path[-1], path[:-1]))
                made[path[:-1]].groups.append(made[path])
        made[within].boxes.append(box)
    return top.groups


def _short(name: str, within: tuple[str, ...]) -> str:
    """A name as text, without the name of the group that it stands in."""
    return name_text(name.removeprefix(f"{within[-1]}.") if within else name)


def _wrapped(note: str) -> list[str]:
    """A note in short lines, so that boxes stay narrow."""
    lines: list[str] = []
    for part in note.split(", ") if note else []:
        if lines and len(f"{lines[-1]}, {part}") <= NOTE_WIDTH:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return lines
