"""The picture of the page: laid out by Graphviz, coloured by the page's own style sheet."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

from autograd_mini.clusters.collapsing import outline
from autograd_mini.clusters.items import Outline
from autograd_mini.drawing.composition import scene_of
from autograd_mini.drawing.dot import scene_lines
from autograd_mini.drawing.rendering import render
from autograd_mini.drawing.scene import Arrow, Box, Scene
from autograd_mini.drawing.snapshots import snapshot
from autograd_mini.engine.errors import MissingExtra
from autograd_mini.page.templates import Places
from autograd_mini.tracing.trace import Trace

Element = ElementTree.Element

DIGITS = 9  # characters that a number has room for, such as -0.123457; longer ones are squeezed
CHARACTER = 8.4
RADIUS = 8.0  # points, of the corners of boxes
MOST_TWICE = 40  # boxes
PATIENCE = 20.0  # seconds
_SVG = "{http://www.w3.org/2000/svg}"
# Colours and fonts are the style sheet's.
_LOOKS = ("fill", "stroke", "font-family", "font-size", "font-weight", "stroke-width",
          "stroke-dasharray", "{http://www.w3.org/XML/1998/namespace}space")  # fmt: skip


class Figure:
    """What is shown of a graph, and its pictures: results to the right, and, for phones, below.

    `wide` and `tall` are SVG elements, "" where no program to lay them out is installed; of a graph
    with more than 40 boxes, which no phone shows without scrolling, there is only one. `notes`
    are sentences about what is not shown one by one. `box_of` has the key of the box of each node,
    `arrow_of` that of the arrow of each edge of the backward pass that is not inside a closed box.
    """

    def __init__(self, trace: Trace, places: Places) -> None:
        self._places, self._snapshot = places, snapshot(trace)
        self.outline: Outline = outline(self._snapshot.graph)
        self.notes = [_without_draw(note) for note in self.outline.notes]
        self.box_of = {node.index: item.key for item in self.outline.items for node in item.nodes}
        self.arrow_of = self._arrows()
        self.wide, self.tall = self._svg("right"), ""
        if len(self.outline.items) <= MOST_TWICE:
            self.tall = self._svg("down")
        if not self.wide:
            self.notes.append(
                "There is no picture, since no program to lay it out was found where this page was "
                "written: pip install graphviz-pure, or install Graphviz."
            )

    def _arrows(self) -> dict[int, str]:
        found = {}
        for arrow in scene_of(self.outline, self._snapshot).arrows:
            for edge in arrow.link.edges:
                index = self._places.edge_at.get((edge.consumer.index, edge.position))
                if index is not None:
                    found[index] = arrow.key
        return found

    def _svg(self, direction: str) -> str:
        scene = _roomy(scene_of(self.outline, self._snapshot))
        try:
            drawn = render("".join(scene_lines(scene, direction)), "svg", PATIENCE)
        except (MissingExtra, RuntimeError):
            return ""
        return _Restyler(scene, self._places).restyled(drawn, direction)


def _without_draw(note: str) -> str:
    """A note without the advice on how to draw it otherwise, which is for Python."""
    return re.sub(r"; draw\(.*?\) opens them|; draw an inner node to see more", "", note)


def _roomy(scene: Scene) -> Scene:
    """With room for any number, and nothing below the picture: that is for the page to say."""
    scene.caption, scene.notes, scene.has_legend, scene.room = "", [], False, 0
    for box in scene.boxes:
        if any(caption for caption, _, _ in box.rows):
            box.room = len("data ") + DIGITS
    for arrow in scene.arrows:
        if [role for _, _, role in arrow.rows] == ["local"]:
            arrow.room = (DIGITS, 1)
    return scene


class _Restyler:
    """Turns Graphviz's SVG into one whose looks are the page's, and whose numbers can change."""

    def __init__(self, scene: Scene, places: Places) -> None:
        self.boxes = {box.key: box for box in scene.boxes}
        self.operations = {box.operation_key: box for box in scene.boxes}
        self.arrows = {arrow.key: arrow for arrow in scene.arrows}
        self.places = places

    def restyled(self, drawn: bytes, direction: str) -> str:
        ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
        svg = ElementTree.fromstring(drawn)
        top = next(svg.iter(f"{_SVG}g"))
        self._plain(top, direction)
        width, height = [float(size.removesuffix("pt")) for size in
                         (svg.attrib["width"], svg.attrib["height"])]  # fmt: skip
        svg.attrib.clear()
        svg.attrib |= {"viewBox": f"0 0 {width:g} {height:g}", "class": f"graph {direction}",
                       "width": f"{width:g}", "height": f"{height:g}",
                       "role": "group", "aria-label": "The graph"}  # fmt: skip
        return ElementTree.tostring(svg, encoding="unicode")

    def _plain(self, top: Element, direction: str) -> None:
        top.attrib = {"transform": top.attrib["transform"]}
        for child in list(top):
            if child.tag != f"{_SVG}g":  # the paper
                top.remove(child)
                continue
            key = child.attrib["id"]
            for title in child.findall(f"{_SVG}title"):
                child.remove(title)
            child.attrib = self._attributes(key)
            self._texts(key, [e for e in child.iter() if e.tag == f"{_SVG}text"])
            for element in child.iter():
                _make_plain(element, "arrow" in child.attrib["class"])

    def _attributes(self, key: str) -> dict[str, str]:
        if key in self.boxes:
            return _box_attributes(self.boxes[key])
        if key in self.operations:
            return {"class": "operation", "data-key": self.operations[key].key}
        if key in self.arrows:
            return {"class": f"arrow {self.arrows[key].kind}", "data-key": key}
        if re.fullmatch(r"r\d+", key):
            return {"class": "arrow joint", "data-key": f"v{key[1:]}"}
        return {"class": "frame"}

    def _texts(self, key: str, texts: list[Element]) -> None:
        if key in self.boxes:
            for element, attributes in zip(texts, self._roles(self.boxes[key]), strict=True):
                element.attrib |= attributes
        elif key in self.arrows:
            for element in texts:
                self._local(self.arrows[key], element)
        for element in texts:
            element.text = (element.text or "").replace("\xa0", " ").rstrip() or None

    def _roles(self, box: Box) -> Iterator[dict[str, str]]:
        """For each text of a box, in order, its class, and which number it shows."""
        index = str(box.item.node.index)
        for caption, _, role in box.rows:
            if caption:
                yield {"class": "caption"}
            place = {"data": {"data-value": index}, "gradient": {"data-gradient": index}}
            yield {"class": role, **place.get(role, {})}

    def _local(self, arrow: Arrow, element: Element) -> None:
        """The text at an arrow stays in the middle of its place when it becomes longer."""
        element.attrib["class"] = arrow.rows[0][2]
        text = (element.text or "").replace("\xa0", " ")
        stripped = text.strip()
        if element.attrib.get("text-anchor") == "start":
            lead = len(text) - len(text.lstrip())
            x = float(element.attrib["x"]) + (lead + len(stripped) / 2) * CHARACTER
            element.attrib |= {"x": f"{x:.2f}", "text-anchor": "middle"}
        edge = arrow.link.edges[0]
        index = self.places.edge_at.get((edge.consumer.index, edge.position))
        if arrow.rows[0][2] == "local" and index is not None:
            element.attrib["data-local"] = str(index)


def _make_plain(element: Element, is_arrow: bool) -> None:
    """Without looks, and shorter: numbers to a tenth of a point, rectangles as rectangles."""
    element.tail = "\n" if element.tag == f"{_SVG}g" else None
    if element.tag != f"{_SVG}text":
        element.text = None
    for look in _LOOKS:
        element.attrib.pop(look, None)
    if element.attrib.get("text-anchor") == "start":  # which it is anyway
        del element.attrib["text-anchor"]
    for name in ("d", "points", "x", "y", "cx", "cy", "rx", "ry"):
        if name in element.attrib:
            element.attrib[name] = re.sub(r"-?\d+\.\d+", _tenths, element.attrib[name])
    if element.tag == f"{_SVG}path" and not is_arrow:
        corners = [float(number) for number in re.findall(r"-?[\d.]+", element.attrib.pop("d"))]
        left, top = min(corners[::2]), min(corners[1::2])
        width, height = max(corners[::2]) - left, max(corners[1::2]) - top
        sides = {"x": left, "y": top, "width": width, "height": height, "rx": RADIUS}
        element.tag = f"{_SVG}rect"
        element.attrib |= {name: f"{side:.1f}".removesuffix(".0") for name, side in sides.items()}


def _tenths(found: re.Match[str]) -> str:
    return f"{float(found[0]):.1f}".removesuffix(".0")


def _box_attributes(box: Box) -> dict[str, str]:
    found = {"class": f"box {box.kind.replace(' ', '-')}", "data-key": box.key}
    node = box.item.node
    if box.kind != "constant" and not box.item.is_closed:
        found["data-node"] = str(node.index)
    return found
