"""Pictures: their DOT, their text, their files, and that a name in them is text and nothing else.

The files in tests/golden/drawing/pictures are what the pictures below should be. After a change on
purpose, write them anew with

    UPDATE_GOLDEN=1 python -m pytest tests/drawing/test_pictures.py

and look at the difference before you believe it.
"""

import errno
import os
import pathlib
import re
import stat
import sys
import xml.etree.ElementTree as ElementTree
from importlib import metadata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_mini import Op, Value, files, mistaken, mistakes, nn, step, topological_order, trace
from autograd_mini import sum as add_up
from autograd_mini.clusters.items import Item, Link, Outline
from autograd_mini.drawing import draw as draw_module
from autograd_mini.drawing import rendering
from autograd_mini.drawing.colours import CLASSES, LEGEND, THEMES, class_of
from autograd_mini.drawing.composition import scene_of
from autograd_mini.drawing.dot import scene_lines
from autograd_mini.drawing.draw import Drawing, draw
from autograd_mini.drawing.labels import name_text, number_text
from autograd_mini.drawing.rendering import render, svg_text
from autograd_mini.drawing.scene import Choice
from autograd_mini.drawing.snapshots import Snapshot
from autograd_mini.drawing.text_views import tree_text
from autograd_mini.engine.errors import MissingExtra
from autograd_mini.tracing.graph import graph_of
from autograd_mini.tracing.trace import Trace
from support.examples import one_in
from support.goldens import golden_files, golden_text
from support.places import ATTACKS
from support.random_graphs import graphs
from support.rows import each_row

posix = pytest.mark.skipif(os.name == "nt", reason="a stand-in for dot is a shell script here")


# -- golden pictures -------------------------------------------------------------------------------


def lecture(backward: bool) -> Drawing:
    a, b, c, f = Value(2.0), Value(-3.0), Value(10.0), Value(-2.0)
    e = a * b
    d = e + c
    L = d * f  # noqa: N806 (the loss of the lecture)
    if backward:
        L.backward()
    return draw(L)


def square() -> Drawing:
    a = Value(3.0)
    c = a * a
    c.backward()
    return draw(c)


def neuron() -> Drawing:
    w, b = Value(0.5), Value(0.1)
    out = (w * 2.0 + b).tanh()
    out.backward()
    return draw(out, "down")


def wall() -> Drawing:
    x = Value(2.0)
    y = x.detach() * x - 1.0
    y.backward()
    return draw(y)


def stale() -> Drawing:
    x = Value(2.0)
    y = x * x
    z = 1.0 - y
    z.backward()
    x.data = 5.0
    return draw(z)


def fork() -> Value:
    x, w, b = Value(2.0, "x"), Value(-0.5, "w"), Value(1.0, "b")
    y = (w * x + w * b).tanh()
    y.label = "y"
    y.backward()
    return y


def shared() -> Value:
    a = Value(3.0, "a")
    c = a + a * a
    c.label = "c"
    return c


def network(widths=(2, 1)) -> Value:
    model = nn.MLP(2, list(widths), seed=3)
    y = model([Value(1.0, "x[0]"), Value(-2.0, "x[1]")])
    y.label = "y"
    y.backward()
    return y


PICTURES = {
    "contributions": lambda: draw(fork(), contributions=True),
    "highlight": lambda: draw(fork(), highlight="b"),
    "colour_dark": lambda: draw(fork(), colour=True, theme="dark"),
    "moment_start": lambda: draw(fork(), at=0),
    "moment_forward": lambda: draw(fork(), "down", at=2, theme="print"),
    "moment_backward": lambda: draw(fork(), at=8, contributions=True, colour=True),
    "mistake": lambda: draw(mistaken(shared(), "overwrite")),
    "mistake_down": lambda: draw(mistaken(shared(), "no_upstream"), "down", theme="print"),
    "network_open": lambda: draw(network()),
    "network_neurons": lambda: draw(network(), closed="neurons"),
    "network_layers": lambda: draw(network(), "down", closed="layers", theme="dark"),
    "neuron_expanded": lambda: draw(nn.Neuron(2, seed=1)([1.0, 2.0]), expand=True),
    "lecture_before": lambda: lecture(backward=False),
    "lecture_after": lambda: lecture(backward=True),
    "square": square,
    "neuron": neuron,
    "wall": wall,
    "stale": stale,
}
SUFFIXES = (".dot", ".txt", ".mmd")
GOLDEN = golden_files("drawing/pictures", [f"{name}{s}" for name in PICTURES for s in SUFFIXES])


def test_names_that_are_cut_still_differ():
    a, b = Value(1.0, "n" * 60 + "a"), Value(2.0, "n" * 60 + "b")
    picture = draw(a * b * a)
    names = [row[1] for box in picture._scene.boxes for row in box.rows if row[2] == "name"]
    assert names[:2] == ["n" * 39 + "…", "n" * 39 + "…_2"]
    assert [name for name in names[:2] if name not in repr(picture)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_is_what_it_was(name, suffix, tmp_path):
    drawn = PICTURES[name]().save(tmp_path / f"{name}{suffix}").read_bytes().decode()
    assert drawn == golden_text(GOLDEN / f"{name}{suffix}", drawn)


# -- what a picture shows --------------------------------------------------------------------------


def elements(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter())


def texts(svg: str) -> list[str]:
    """The lines of text in a picture; no-break spaces are how Graphviz keeps several spaces."""
    return [(element.text or "").replace("\xa0", " ") for element in lines_of(elements(svg))]


def lines_of(found: list[ElementTree.Element]) -> list[ElementTree.Element]:
    return [element for element in found if element.tag.endswith("}text")]


def group(svg: str, name: str) -> list[ElementTree.Element]:
    """The elements of one node or edge, by the end of its id."""
    [found] = [element for element in elements(svg) if element.get("id", "").endswith(f"-{name}")]
    return list(found.iter())


def test_a_box_has_name_number_and_gradient():
    a, b = Value(2.0), Value(-3.0)
    c = a * b
    before = texts(svg_text(draw(c).source))
    boxes = [
        line for name, data in [("a", "2"), ("b", "-3"), ("c", "-6")]
        for line in (name, "data", data, "grad", "–")
    ]  # fmt: skip
    assert sorted(text.strip() for text in before) == sorted([*boxes, "*", "-3", "2"])
    c.backward()
    after = texts(svg_text(draw(c).source))
    assert "–" not in after and after.count("1") == 1


def test_every_operand_has_an_edge_with_its_local_derivative():
    a = Value(3.0)
    source = draw(a * a).source
    assert source.count("v0 -> o1 ") == 2 and source.count('label=" 3 "') == 2
    assert source.count("o1 -> v1 ") == 1
    svg = svg_text(source)
    for edge in ("e1-0", "e1-1"):
        assert [element.text for element in lines_of(group(svg, edge))] == [" 3 "]


@given(graphs(results=20))
def test_the_lines_are_the_graph(nodes):
    root = nodes[-1]
    order = topological_order(root)
    place = {node: index for index, node in enumerate(order)}
    edges = [
        edge
        for node in order
        for edge in [(f"v{place[parent]}", f"o{place[node]}") for parent in node.parents]
        + [(f"o{place[node]}", f"v{place[node]}")] * (node.op is not None)
    ]
    source = draw(root).source
    assert re.findall(r"^  (\w+) -> (\w+) \[", source, re.MULTILINE) == edges
    boxes = re.findall(r"^  v(\d+) \[", source, re.MULTILINE)
    assert boxes == [str(index) for index in range(len(order))]


def test_constants_are_lighter_and_have_no_gradient():
    svg = svg_text(draw(Value(2.0, "x") * 3.0).source)
    assert [element.text for element in lines_of(group(svg, "v1"))] == ["3"]
    assert {element.get("stroke") for element in group(svg, "v1")} == {None, "#d1d5db"}
    assert lines_of(group(svg, "e2-1")) == []


def test_a_stale_node_is_marked_in_picture_and_text():
    x = Value(2.0)
    y = x * x
    assert "out of date" not in draw(y).source + repr(draw(y))
    x.data = 3.0
    svg = svg_text(draw(y).source)
    assert "out of date" in [element.text for element in group(svg, "v1")]
    assert any(element.get("stroke-dasharray") for element in group(svg, "v1"))
    lines = repr(draw(y)).splitlines()[:4]
    assert [line.endswith("out of date") for line in lines] == [False, True, False, False]


def test_a_wall_is_marked_in_picture_and_text():
    y = Value(2.0, "x").detach()
    svg = svg_text(draw(y).source)
    assert " stop-gradient " in [element.text for element in group(svg, "e1-0")]
    assert any(element.get("stroke-dasharray") for element in group(svg, "e1-0"))
    lines = repr(draw(y)).splitlines()[:3]
    assert [line.endswith("stop-gradient") for line in lines] == [False, False, True]


def centre(svg: str, name: str) -> tuple[float, float]:
    """The middle of a box or circle; y grows downward."""
    shape = next(e for e in group(svg, name) if e.tag.endswith(("}path", "}ellipse")))
    if shape.tag.endswith("}ellipse"):
        return float(shape.get("cx", 0)), float(shape.get("cy", 0))
    points = [point.split(",") for point in re.findall(r"[-\d.]+,[-\d.]+", shape.get("d", ""))]
    xs, ys = [float(x) for x, _ in points], [float(y) for _, y in points]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("direction", "x", "y"), [("right", 1, 0), ("down", 0, 1), ("left", -1, 0), ("up", 0, -1)]
)
def test_results_stand_in_the_direction(direction, x, y):
    svg = svg_text(draw(-Value(2.0), direction).source)
    start, middle, end = [centre(svg, name) for name in ("v0", "o1", "v1")]
    for (x0, y0), (x1, y1) in [(start, middle), (middle, end)]:
        assert (x1 - x0) * x + (y1 - y0) * y > 20
        assert abs((x1 - x0) * y) + abs((y1 - y0) * x) < 5


def arrow_head(svg: str, name: str) -> tuple[float, float]:
    [head] = [element for element in group(svg, name) if element.tag.endswith("}polygon")]
    points = [point.split(",") for point in head.get("points", "").split()]
    return max(float(x) for x, _ in points), max(float(y) for _, y in points)


@pytest.mark.slow
@pytest.mark.parametrize(("direction", "axis"), [("right", 1), ("left", 1), ("down", 0), ("up", 0)])
def test_the_first_operand_enters_above_or_to_the_left(direction, axis):
    a, b = Value(2.0, "a"), Value(3.0, "b")
    for operands in ([a, b], [b, a]):
        for result in (operands[0] - operands[1] + a * b, operands[0] / operands[1] + b):
            svg = svg_text(draw(result, direction).source)
            first = graph_of(result).nodes[2].index
            heads = [arrow_head(svg, f"e{first}-{position}")[axis] for position in (0, 1)]
            assert heads[0] < heads[1]


def test_an_unknown_direction_names_the_choices():
    with pytest.raises(ValueError, match=r"unknown direction 'sideways'; .*'right', 'down'"):
        draw(Value(1.0), "sideways")


@pytest.mark.parametrize("thing", [2.0, "a", None, [Value(1.0)]])
def test_only_a_value_can_be_drawn(thing):
    with pytest.raises(TypeError, match=f"draw takes a Value, .* not {type(thing).__name__}$"):
        draw(thing)


def test_names_come_from_where_draw_is_called():
    def inside(first):
        return draw(first * 2.0)

    outside = Value(1.0)
    assert "first" in texts(svg_text(inside(outside).source))
    assert "outside" not in inside(outside).source


def test_the_numbers_are_those_of_the_moment(tmp_path):
    x = Value(2.0, "x")
    y = x * x
    picture = draw(y)
    before = picture.source, repr(picture), picture.content(".svg")
    x.data = 7.0
    y.recompute()
    y.backward()
    assert (picture.source, repr(picture), picture.content(".svg")) == before
    assert "7" not in picture.save(tmp_path / "x.txt").read_text(encoding="utf-8")


def test_a_drawing_holds_no_node():
    nameless = [Value(2.0)]
    before = sys.getrefcount(nameless[0])
    picture = draw(-nameless[0])
    after = sys.getrefcount(nameless[0])
    assert after == before and repr(picture)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


EMPHASES = ("", "pale", "strong", "active", "alarm")


def hexadecimal(colour: str) -> str:
    return {"white": "#ffffff"}.get(colour, colour)


def texts_and_grounds(theme):
    """Every pair of colours that a picture in this theme can have as a text and what is behind."""
    grounds = [theme.paper, *[look.fill for look in theme.groups.values()]]
    for emphasis in EMPHASES:
        for kind in theme.boxes:
            for shade in ("", *CLASSES):
                fill = theme.box(kind, emphasis, shade).fill
                yield from [(ink, fill) for ink in theme.inks(kind, emphasis, shade).values()]
        yield theme.circle(emphasis).ink, theme.circle(emphasis).fill
        for kind in theme.arrows:
            yield from [(theme.arrow(kind, emphasis).ink, ground) for ground in grounds]
    yield from [(theme.roles[role], ground) for role in ("caption", "alarm") for ground in grounds]
    yield from [(look.ink, look.fill) for look in theme.groups.values()]
    yield from [(ink, fill) for fill, ink in theme.shades.values()]
    yield theme.roles["note"], theme.paper


@pytest.mark.parametrize("name", THEMES)
def test_every_text_can_be_read_on_what_is_behind_it(name):
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    pairs = {tuple(map(hexadecimal, pair)) for pair in texts_and_grounds(THEMES[name])}
    assert len(pairs) > 15
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


@pytest.mark.parametrize("name", THEMES)
def test_what_is_strong_stands_out(name):
    theme = THEMES[name]
    for emphasis in ("strong", "active", "alarm"):
        looks = [theme.box("leaf", emphasis), theme.arrow("flow", emphasis)]
        assert all(look.width >= 3 for look in looks)
        assert all(contrast(look.line, hexadecimal(theme.paper)) >= 3 for look in looks)
    assert theme.box("leaf", "pale").is_dashed and not theme.box("leaf").is_dashed
    lines = [contrast(theme.arrow("flow", e).line, hexadecimal(theme.paper)) for e in ("pale", "")]
    assert 1.5 < lines[0] < lines[1]


# -- gradients as colours --------------------------------------------------------------------------


@each_row(
    ("gradient", "name"),
    [
        (10.0, "+5"), (9.99, "+4"), (1.0, "+4"), (0.99, "+3"), (0.1, "+3"), (0.099, "+2"),
        (0.01, "+2"), (0.0099, "+1"), (5e-324, "+1"), (0.0, "0"), (-0.0, "0"), (-5e-324, "-1"),
        (-0.01, "-2"), (-0.5, "-3"), (-1.0, "-4"), (-10.0, "-5"), (-1e308, "-5"), (None, ""),
        (float("inf"), "nan, inf"), (float("-inf"), "nan, inf"), (float("nan"), "nan, inf"),
    ],
)  # fmt: skip
def test_the_classes_of_gradients(gradient, name):
    assert class_of(gradient) == name


def test_the_legend_names_the_classes():
    for name, text in zip(CLASSES, LEGEND, strict=True):
        if name == "nan, inf":
            continue
        sign, _, number = text.rpartition(" ")
        edge = float(number)
        inside = {"<": -5e-324, ">": 5e-324}.get(sign, edge)
        assert class_of(inside) == name


@pytest.mark.parametrize("name", THEMES)
def test_colours_of_gradients_go_by_size_also_in_grey(name):
    shades = {key: luminance(fill) for key, (fill, _) in THEMES[name].shades.items()}
    for sign in "+-":
        steps = [shades["0"], *[shades[f"{sign}{size}"] for size in range(1, 6)]]
        assert steps in (sorted(steps), sorted(steps, reverse=True)) and len(set(steps)) == 6
    for size in range(1, 6):  # in grey both signs look the same, and the text has + or -
        assert shades[f"+{size}"] == pytest.approx(shades[f"-{size}"], abs=0.02)
    assert len({fill for fill, _ in THEMES[name].shades.values()}) == (7 if name == "print" else 12)


def fill_of(svg: str, name: str) -> str:
    return next(e.get("fill") for e in group(svg, name) if e.tag.endswith("}path"))


@pytest.mark.slow
def test_the_same_gradient_has_the_same_colour_and_its_sign():
    a, b = Value(2.0, "a"), Value(-0.5, "b")
    c = a * b
    c.backward()
    svg = svg_text(draw(c, colour=True).source)
    shades = THEMES["light"].shades
    assert [fill_of(svg, f"v{i}") for i in range(3)] == [
        shades[name][0] for name in ("-3", "+4", "+4")
    ]
    picture = draw(c, colour=True)
    grads = [lines_in(picture, f"v{i}")[-1] for i in range(3)]
    assert grads == ["-0.5", "+2", "+1"]
    assert [text for text in texts(svg) if text in LEGEND] == list(LEGEND)
    assert not [text for text in texts(svg_text(draw(c).source)) if text in LEGEND]


def test_a_gradient_that_is_not_computed_has_no_colour():
    svg = svg_text(draw(Value(2.0, "a") * Value(3.0, "b"), colour=True).source)
    look = THEMES["light"].boxes["leaf"]
    assert fill_of(svg, "v0") == look.fill


# -- what to show ----------------------------------------------------------------------------------


def lines_in(picture: Drawing, name: str) -> list[str]:
    """The texts of one box or arrow, captions and texts joined."""
    found = lines_of(group(svg_text(picture.source), name))
    return [(element.text or "").replace("\xa0", " ").strip() for element in found]


@pytest.mark.slow
def test_values_gradients_and_local_derivatives_can_be_left_out():
    y = fork()
    assert lines_in(draw(y), "v0") == ["w", "data", "-0.5", "grad", "0.5421"]
    assert lines_in(draw(y, values=False), "v0") == ["w", "grad", "0.5421"]
    assert lines_in(draw(y, gradients=False), "v0") == ["w", "data", "-0.5"]
    assert lines_in(draw(y, gradients=False, values=False), "v0") == ["w"]
    assert lines_in(draw(y), "e2-0") == ["2"]
    assert lines_in(draw(y, local_derivatives=False), "e2-0") == []
    unnamed = Drawing(graph_of(Value(1.0) * 2.0))
    assert "label" in unnamed.source


def test_a_picture_of_nothing_but_boxes_can_be_drawn():
    bare = scene_of(
        Outline(graph := graph_of(Value(1.0)), [Item("v0", graph.nodes)], []),
        Snapshot(graph),
        Choice(values=False, gradients=False, local_derivatives=False),
    )
    svg = svg_text("".join(scene_lines(bare)))
    assert texts(svg) == []


@pytest.mark.slow
def test_contributions_are_products_that_add_up_to_the_gradient():
    y = fork()
    assert lines_in(draw(y, contributions=True), "e2-0") == ["0.1807 * 2", "= 0.3614"]
    assert lines_in(draw(y, contributions=True), "e4-0") == ["0.1807 * 1", "= 0.1807"]
    a = Value(3.0, "a")
    c = a * a
    before = draw(c, contributions=True)
    assert lines_in(before, "e1-0") == ["3"]  # nothing has come, so the local derivative stands
    assert lines_in(draw(c, contributions=True, local_derivatives=False), "e1-0") == []
    c.backward()
    assert lines_in(draw(c, contributions=True), "e1-0") == ["1 * 3 = 3"]
    b = -a
    b.backward()
    assert lines_in(draw(b, contributions=True), "e1-0") == ["1 * (-1) = -1"]


@pytest.mark.parametrize(
    "option", ["values", "gradients", "local_derivatives", "contributions", "colour"]
)
def test_an_unknown_choice_names_the_choices(option):
    with pytest.raises(ValueError, match=rf"^unknown {option} 'yes'; choose True or False$"):
        draw(Value(1.0), **{option: "yes"})


@pytest.mark.parametrize("theme", ["pink", None, ["light"]])
def test_an_unknown_theme_names_the_choices(theme):
    with pytest.raises(
        ValueError, match=r"unknown theme .*; choose one of 'light', 'dark', 'print'"
    ):
        draw(Value(1.0), theme=theme)


@pytest.mark.slow
def test_a_theme_changes_colours_only():
    def without_colours(theme):
        svg = svg_text(draw(fork(), theme=theme, colour=True, at=8).source)
        return re.sub(
            r"am[0-9a-f]{8}-|#[0-9a-f]{6}|white|stroke-width=\"\d\"| stroke=\"none\"", "", svg
        )

    sizes = {re.search(r'width="\d+pt" height="\d+pt"', without_colours(t))[0] for t in THEMES}
    assert len(sizes) == 1
    assert {svg_text(draw(fork(), theme=theme).source) for theme in THEMES}.__len__() == 3


# -- a moment of the two passes --------------------------------------------------------------------


def emphasis_of(picture: Drawing) -> dict[str, str]:
    scene = picture._scene
    boxes = {box.key: box.emphasis for box in scene.boxes}
    return {**boxes, **{arrow.key: arrow.emphasis for arrow in scene.arrows}}


def test_at_the_start_only_the_leaves_are_there():
    found = emphasis_of(draw(fork(), at=0))
    leaves, results = ("v0", "v1", "v3"), ("v2", "v4", "v5", "v6")
    assert {found[key] for key in leaves} == {""} and {found[key] for key in results} == {"pale"}
    assert {emphasis for key, emphasis in found.items() if key.startswith("e")} == {"pale"}
    picture = draw(fork(), at=0)
    assert lines_in(picture, "v2") == ["v1", "data", "–", "grad", "–"]
    assert lines_in(picture, "e2-0") == []


@pytest.mark.slow
def test_in_the_forward_pass_the_result_and_its_operands_are_active():
    picture = draw(fork(), at=2)
    found = emphasis_of(picture)
    assert [key for key, emphasis in found.items() if emphasis == "active"] == [
        "v4",
        "e4-0",
        "e4-1",
    ]
    assert [key for key, emphasis in found.items() if emphasis == "pale"] == [
        "v5", "v6", "e5-0", "e5-1", "e6-0",
    ]  # fmt: skip
    assert lines_in(picture, "v4") == ["v2", "data", "-0.5", "grad", "–"]
    assert lines_in(picture, "v5") == ["v3", "data", "–", "grad", "–"]
    assert lines_in(picture, "e4-0") == ["1"] and lines_in(picture, "e5-0") == []
    assert 'dir="back"' not in picture.source


@pytest.mark.slow
def test_in_the_backward_pass_the_edge_and_the_node_that_it_leads_to_are_active():
    picture = draw(fork(), at=8, contributions=True)
    found = emphasis_of(picture)
    assert [key for key, emphasis in found.items() if emphasis == "active"] == ["v2", "e5-0"]
    assert [key for key, emphasis in found.items() if emphasis == "pale"] == [
        "v0", "v1", "v3", "v4", "e2-0", "e2-1", "e4-0", "e4-1", "e5-1",
    ]  # fmt: skip
    assert re.findall(r'id="(\w+-?\d*)"[^\n]*dir="back"', picture.source) == ["e5-0", "r5"]
    assert lines_in(picture, "v2") == ["v1", "data", "-1", "grad", "0.1807"]
    assert lines_in(picture, "v4") == ["v2", "data", "-0.5", "grad", "–"]
    assert lines_in(picture, "e5-0") == ["0.1807 * 1", "= 0.1807"]
    assert lines_in(picture, "e5-1") == ["1"]


def test_a_moment_has_a_caption_and_the_text_is_of_that_moment():
    y = fork()
    captions = [draw(y, at=k)._scene.caption for k in (0, 2, 5, 6, 8, 19)]
    assert captions == [
        "step 0 of 19 · start",
        "step 2 of 19 · forward pass · v2 = w * b = -0.5",
        "step 5 of 19 · backward pass · the seed: dy/dy = 1",
        "step 6 of 19 · backward pass · from y to v3: 1 * 0.1807 = 0.1807",
        "step 8 of 19 · backward pass · from v3 to v1: 0.1807 * 1 = 0.1807",
        "step 19 of 19 · end · w is done: its gradient is 0.5421",
    ]
    first, header, root, *_ = repr(draw(y, at=6)).splitlines()
    assert first == captions[3] and header.split() == ["data", "grad", "local"]
    assert root.split() == ["y", "(tanh)", "-0.9051", "1"]
    assert "backward() computes it" not in repr(draw(y, at=0))
    assert captions[3] in texts(svg_text(draw(y, at=6).source))


def test_the_gradients_of_a_moment_are_those_of_the_trace():
    y = fork()
    recorded = trace(y)
    for k in range(len(recorded) + 1):
        gradients = [recorded.gradient(node, k) for node in recorded.graph.nodes]
        assert [node.grad for node in draw(y, at=k)._trees[0][1].nodes] == gradients
    assert draw(y, at=k)._trees[0][1].nodes[0].grad == y.parents[0].parents[0].parents[0].grad


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["right", "down"])
def test_nothing_moves_from_step_to_step(direction):
    y = fork()
    options = {"contributions": True, "colour": True}
    places = []
    for k in (0, 2, 4, 6, 8, 13, 17, 19):
        svg = svg_text(draw(y, direction, at=k, **options).source)
        names = ["v0", "v1", "v2", "v3", "v4", "v5", "v6", "o2", "o4", "o5", "o6"]
        places.append([centre(svg, name) for name in names])
    assert [place for place in places if place != places[0]] == []


def test_a_moment_is_given_as_a_number_or_by_a_stepper():
    y = fork()
    stepper = step(y).goto(8)
    expected = draw(y, at=8).source
    assert draw(y, at=stepper).source == draw(stepper).source == expected
    assert draw(stepper.trace, at=stepper).source == draw(trace(y), at=8).source == expected
    assert draw(stepper, at=3).source == draw(y, at=3).source


def test_the_numbers_that_a_stepper_was_given_are_drawn():
    a = Value(3.0, "a")
    c = a * a
    stepper = step(c).set("a", 5.0).run()
    assert lines_in(draw(c, at=stepper), "v0") == ["a", "data", "5", "grad", "10"]
    assert lines_in(draw(c), "v0") == ["a", "data", "3", "grad", "–"]


def test_a_trace_is_drawn_with_its_gradients():
    y = fork()
    recorded = trace(y)
    assert draw(recorded).source == draw(y).source
    assert draw(Trace.from_json(recorded.to_json()), at=8).source == draw(y, at=8).source
    c = shared()
    assert lines_in(draw(trace(c)), "v0") == ["a", "data", "3", "grad", "7"]
    assert lines_in(draw(c), "v0") == ["a", "data", "3", "grad", "–"]


@pytest.mark.parametrize("at", [-1, 20, 10**9])
def test_a_step_that_does_not_exist_is_named(at):
    with pytest.raises(ValueError, match=rf"^there is no step {at}: the steps are 0\.\.19$"):
        draw(fork(), at=at)


@pytest.mark.parametrize("at", [1.0, "3", [3]])
def test_what_is_no_step_is_refused(at):
    with pytest.raises(TypeError, match=r"^at is the number of a step, or a stepper, not "):
        draw(fork(), at=at)


def test_a_stepper_through_another_graph_is_refused():
    for other in (shared(), trace(shared())):
        with pytest.raises(ValueError, match="another graph"):
            draw(other, at=step(fork()))


def test_constants_and_walls_wait_for_nothing():
    x = Value(2.0, "x")
    y = x.detach() * x - 1.0
    last = emphasis_of(draw(y, at=len(trace(y))))
    assert "pale" not in last.values()


# -- highlights ------------------------------------------------------------------------------------


def strong(picture: Drawing) -> list[str]:
    found = emphasis_of(picture)
    assert set(found.values()) <= {"strong", "pale"}
    return [key for key, emphasis in found.items() if emphasis == "strong"]


def test_the_paths_from_a_leaf_are_strong_and_all_else_is_pale():
    y = fork()
    assert strong(draw(y, highlight="b")) == ["v3", "v4", "v5", "v6", "e4-1", "e5-1", "e6-0"]
    assert strong(draw(y, highlight="w")) == [
        "v0", "v2", "v4", "v5", "v6", "e2-0", "e4-0", "e5-0", "e5-1", "e6-0",
    ]  # fmt: skip
    assert strong(draw(y, highlight=y)) == ["v6"]
    operations = {box.key: box.operation_emphasis for box in draw(y, highlight="b")._scene.boxes}
    assert [operations[f"v{i}"] for i in (2, 4, 5, 6)] == ["pale", "strong", "strong", "strong"]


def test_a_highlight_is_a_value_a_name_or_a_recorded_node():
    y = fork()
    inner = y.parents[0]
    recorded = trace(y)
    first = draw(recorded, highlight=inner).source
    assert draw(recorded, highlight="inner").source == first != draw(recorded).source
    assert draw(recorded, highlight=recorded.node(inner)).source == first
    assert strong(draw(trace(y), highlight=inner)) == strong(draw(y, highlight=inner))


def test_no_path_leads_through_a_wall_or_from_a_constant():
    x = Value(2.0, "x")
    y = (x * 3.0).detach() * x
    assert strong(draw(y, highlight="x")) == ["v0", "v4", "e4-1"]
    hidden = (x * 3.0).detach() * Value(1.0, "z")
    assert strong(draw(hidden, highlight="x")) == ["v0"]


@given(graphs(results=15), st.integers(0, 10**6))
def test_what_is_highlighted_is_what_a_nudge_goes_through(nodes, number):
    order = topological_order(nodes[-1])
    start = order[number % len(order)]
    above = {start}
    for node in order:
        pairs = zip(node.parents, node.local_derivatives(), strict=True)
        if any(parent in above and local is not None for parent, local in pairs):
            above.add(node)
    below = {order[-1]}
    for node in reversed(order):
        pairs = zip(node.parents, node.local_derivatives(), strict=True)
        if node in below:
            below.update(parent for parent, local in pairs if local is not None)
    expected = {start} | (above & below if start in below else set())
    picture = draw(order[-1], highlight=start, closed="none")
    boxes = [key for key in strong(picture) if key.startswith("v")]
    assert boxes == [f"v{i}" for i, node in enumerate(order) if node in expected]


def test_what_cannot_be_highlighted_is_named():
    with pytest.raises(
        ValueError, match=r"^cannot highlight 'z': the nodes of this graph are w, x, "
    ):
        draw(fork(), highlight="z")
    with pytest.raises(ValueError, match=r"^cannot highlight Value\(1\.0\): "):
        draw(fork(), highlight=Value(1.0))
    with pytest.raises(TypeError, match="takes one node, a Value or its name, not list"):
        draw(fork(), highlight=["w"])


# -- mistakes --------------------------------------------------------------------------------------


def marked(picture: Drawing) -> list[str]:
    """The keys of what is marked as the place where two passes part."""
    scene = picture._scene
    return [
        thing.key
        for thing in [*scene.boxes, *scene.arrows]
        if ("", "they part here", "alarm") in thing.rows
    ]


@pytest.mark.slow
def test_a_mistake_stands_beside_the_right_pass():
    picture = draw(mistaken(shared(), "overwrite"))
    assert marked(picture) == ["right_e1-0", "wrong_e1-0"]
    assert lines_in(picture, "right_e1-0") == ["1 * 3 = 3", "total 4", "they part here"]
    assert lines_in(picture, "wrong_e1-0") == ["1 * 3 = 3", "total 3", "they part here"]
    assert lines_in(picture, "right_v0") == ["a", "data", "3", "grad", "7"]
    assert lines_in(picture, "wrong_v0") == ["a", "data", "3", "grad", "3", "not", "7"]
    assert lines_in(picture, "wrong_v1") == ["v1", "data", "9", "grad", "1"]
    assert lines_in(picture, "right")[0] == "right" and lines_in(picture, "wrong")[0] == "overwrite"
    sentence = mistakes["overwrite"].sentence
    assert f"overwrite: {sentence}" in " ".join(texts(svg_text(picture.source)))
    assert [line.split(" ")[0] for line in repr(picture).splitlines()].count("c") == 2


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["right", "down", "left", "up"])
def test_the_right_pass_is_above_or_to_the_left(direction):
    svg = svg_text(draw(mistaken(shared(), "overwrite"), direction).source)
    axis = 1 if direction in ("right", "left") else 0
    for name in ("v0", "v1", "v2"):
        assert centre(svg, f"right_{name}")[axis] < centre(svg, f"wrong_{name}")[axis]


@pytest.mark.slow
@each_row("name", mistakes)
def test_every_mistake_shows_on_its_witness(name):
    wrong = mistaken(mistakes[name].expression(), name)
    picture = draw(wrong)
    places = marked(picture)
    assert any(key.startswith("wrong_") for key in places) or "the wrong pass has" in picture.source
    assert any(key.startswith("right_") for key in places) or "the right pass has" in picture.source
    wrong_leaves = [box for box in picture._scene.boxes if "not " in [row[0] for row in box.rows]]
    names = {box.item.node.name for box in wrong_leaves if box.item.node.is_leaf}
    assert names == set(wrong.differences) and all(b.key.startswith("wrong_") for b in wrong_leaves)


def test_a_gradient_that_differs_in_the_sign_of_zero_is_not_wrong():
    a, b, c = Value(2.0, "a"), Value(0.0, "b"), Value(-0.0, "c")
    wrong = mistaken(a * c + a * b, "overwrite")
    gradients = [repr(one.gradient("a")) for one in (wrong, wrong.right)]
    assert gradients == ["-0.0", "0.0"]
    picture = draw(wrong)
    assert marked(picture) and "not " not in [
        row[0] for b in picture._scene.boxes for row in b.rows
    ]


def test_a_mistake_in_the_seed_is_marked_at_the_root():
    assert marked(draw(mistaken(shared(), "seed_output"))) == ["right_v2", "wrong_v2"]


def test_a_mistake_that_does_not_show_is_said_to():
    picture = draw(mistaken(shared(), "tanh_of_input"))
    assert marked(picture) == [] and "the mistake does not show" in picture.source
    assert "alarm" not in emphasis_of(picture).values()


def test_the_local_derivatives_are_those_that_the_mistake_uses():
    picture = draw(mistaken(Value(3.0, "a") - Value(2.0, "b"), "subtraction_sign"), at=2)
    assert lines_in(picture, "right_e2-1") == ["-1"] and lines_in(picture, "wrong_e2-1") == ["1"]


def test_a_mistake_at_a_step_is_marked_from_there_on():
    wrong = mistaken(shared(), "overwrite")
    steps = [marked(draw(wrong, at=k)) for k in range(len(wrong) + 1)]
    first = wrong.parting + 1
    assert steps == [[]] * first + [["right_e1-0", "wrong_e1-0"]] * (len(wrong) + 1 - first)
    assert draw(step(wrong).goto(first)).source == draw(wrong, at=first).source
    assert "not " not in draw(wrong, at=first).source
    assert ">not  <" in draw(wrong, at=len(wrong)).source
    long = mistaken(mistakes["recurse_per_path"].expression(), "recurse_per_path")
    assert len(long) > len(long.right)
    last = draw(long, at=len(long))
    assert marked(last) == ["wrong_e1-0"] and "the right pass has nothing more" in last.source


def test_a_mistake_in_a_network_is_marked_at_the_closed_neuron():
    y = network()
    picture = draw(mistaken(y, "relu_ungated"), closed="neurons")
    for key in marked(picture):
        assert {box.kind for box in picture._scene.boxes if box.key == key} == {"group"}
    assert len(marked(picture)) == 2


# -- groups ----------------------------------------------------------------------------------------


def box_titled(picture: Drawing, title: str):
    (found,) = [box for box in picture._scene.boxes if box.item.title == title]
    return found


def test_a_closed_neuron_shows_its_output_and_what_it_is():
    y = network()
    picture = draw(y, closed="neurons")
    last = box_titled(picture, "layers[1].neurons[0]")
    lines = lines_in(picture, last.key)
    assert lines[0] == "neurons[0]" and lines[-4:] == ["data", number_text(y.data), "grad", "1"]
    assert last.kind == "group" and last.symbol is None
    assert lines_in(picture, "f0")[0] in ("layers[0]", "layers[1]")


def test_a_closed_layer_with_several_outputs_has_no_number():
    picture = draw(network(), closed="layers")
    assert "data" not in lines_in(picture, box_titled(picture, "layers[0]").key)
    assert "data" in lines_in(picture, box_titled(picture, "layers[1]").key)
    arrows = {(arrow.source, arrow.target): arrow for arrow in picture._scene.arrows}
    between = arrows[(box_titled(picture, "layers[0]").key, box_titled(picture, "layers[1]").key)]
    assert lines_in(picture, between.key) == ["2 edges"]


def test_open_groups_are_frames_around_their_boxes():
    picture = draw(network(), closed="none")
    svg = svg_text(picture.source)
    frames = [group(svg, f"f{i}") for i in range(5)]
    titles = [lines_of(found)[0].text for found in frames]
    assert sorted(titles) == ["layers[0]", "layers[1]", "neurons[0]", "neurons[0]", "neurons[1]"]
    names = [box.rows[0][1] for box in picture._scene.boxes if box.item.within]
    assert {"w[0]", "w[1]", "b"} <= set(names) and not [x for x in names if x.startswith("layers")]


def extent(svg: str, name: str) -> tuple[float, float, float, float]:
    """The left, right, upper and lower end of a frame."""
    shape = next(e for e in group(svg, name) if e.tag.endswith("}path"))
    points = [point.split(",") for point in re.findall(r"[-\d.]+,[-\d.]+", shape.get("d", ""))]
    xs, ys = [float(x) for x, _ in points], [float(y) for _, y in points]
    return min(xs), max(xs), min(ys), max(ys)


@pytest.mark.parametrize("closed", ["none", "neurons"])
def test_layers_stand_behind_each_other(closed):
    picture = draw(network((2, 2, 1)), closed=closed)
    svg = svg_text(picture.source)
    ends = {g.title: extent(svg, g.key) for g in picture._scene.groups}
    first, second, third = [ends[f"layers[{i}]"] for i in range(3)]
    assert first[1] < second[0] and second[1] < third[0]


def test_a_loop_of_groups_can_be_drawn():
    cell = nn.MLP(1, [1], seed=1)
    x = Value(1.0, "x")
    for _ in range(3):
        x = cell(x)
    for closed in ("none", "neurons", "layers"):
        assert "<svg" in svg_text(draw(x, closed=closed).source)


def test_groups_that_use_each_other_still_stand_in_the_direction():
    one, other = nn.Neuron(1, seed=1), nn.Neuron(1, seed=2)
    for name, neuron in (("one", one), ("other", other)):
        neuron.w[0].label, neuron.b.label = f"{name}.w[0]", f"{name}.b"
    y = one([other([one([Value(1.0, "x")])])])
    picture = draw(y)
    assert {g.title for g in picture._scene.groups} == {"one", "other"}
    svg = svg_text(picture.source)
    for arrow in picture._scene.arrows:
        assert centre(svg, arrow.source)[0] < centre(svg, arrow.target)[0]


def test_arrows_are_straight_only_where_they_cross_no_box():
    y = network()
    assert 'splines="line"' in draw(y, closed="neurons").source
    assert "splines" not in draw(y).source
    x = Value(1.0, "x")
    model = nn.MLP(1, [1, 1], seed=1)
    around = model([x]) * x
    assert "splines" not in draw(around, closed="neurons").source


def test_a_closed_group_is_highlighted_if_anything_in_it_is():
    y = network()
    picture = draw(y, closed="neurons", highlight="layers[0].neurons[1].b")
    found = {box.item.title: box.emphasis for box in picture._scene.boxes}
    assert found["layers[0].neurons[1]"] == found["layers[1].neurons[0]"] == "strong"
    assert found["layers[0].neurons[0]"] == "pale"


@pytest.mark.slow
def test_a_closed_group_is_active_if_anything_in_it_is():
    y = network()
    states = [
        box_titled(draw(y, closed="neurons", at=k), "layers[0].neurons[0]").emphasis
        for k in range(len(trace(y)) + 1)
    ]
    assert states[0] == "pale" and states[-1] in ("", "active")
    assert set(states) == {"", "pale", "active"}


def test_unknown_groups_and_dots_name_the_choices():
    with pytest.raises(ValueError, match=r"'layers\[7\]'.*layers\[0\]"):
        draw(network(), closed=["layers[7]"])
    with pytest.raises(ValueError, match="'nothing'"):
        draw(network(), expand="nothing")
    with pytest.raises(ValueError, match="a recorded trace cannot be expanded"):
        draw(trace(network()), expand=True)


def test_an_expanded_neuron_has_its_products_at_a_step_too():
    neuron = nn.Neuron(2, activation="tanh", seed=1)
    y = neuron([Value(1.0, "x0"), Value(-2.0, "x1")])
    y.backward()
    names = [box.item.node.name for box in draw(y, expand=True)._scene.boxes]
    assert {"w[0] * x0", "w[1] * x1"} <= set(names)
    last = draw(y, expand=True, at=22)
    with pytest.raises(ValueError, match=r"the steps are 0\.\.22"):
        draw(y, expand=True, at=23)
    grads = {node.name: node.grad for node in last._trees[0][1].nodes}
    assert grads["w[0]"] == neuron.w[0].grad and grads["b"] == neuron.b.grad
    assert strong(draw(y, expand=True, highlight=neuron.w[0]))[0] == "v0"
    assert strong(draw(y, expand=True, highlight=y)) == ["v8"]


def test_nodes_alike_do_not_tell_their_numbers_before_they_are_computed():
    y = add_up([Value(float(i), f"x{i}").exp() for i in range(60)])
    start, end = draw(y, at=0), draw(y, at=len(trace(y)))
    assert "60 × exp" in start.source and "data from" in end.source
    assert "data from 1 to" not in start.source and "data from 1 to" in end.source
    assert "<svg" in svg_text(start.source)


# -- any options at all ----------------------------------------------------------------------------

OPTIONS = st.fixed_dictionaries(
    {
        "direction": st.sampled_from(["right", "down", "left", "up"]),
        "values": st.booleans(),
        "gradients": st.booleans(),
        "local_derivatives": st.booleans(),
        "contributions": st.booleans(),
        "colour": st.booleans(),
        "theme": st.sampled_from(list(THEMES)),
        "closed": st.sampled_from(["auto", "none", "neurons", "layers"]),
        "expand": st.booleans(),
    }
)


def drawn_twice(v, options, at, highlight):
    options = {**options, "at": at, "highlight": highlight}
    one, other = draw(v, **options), draw(v, **options)
    assert one.source == other.source and repr(one) == repr(other)
    return one


@pytest.mark.slow
@given(graphs(results=12), OPTIONS, st.none() | st.integers(0, 10**6), st.integers(0, 100))
def test_any_graph_can_be_drawn_with_any_options(nodes, options, at, number):
    root = nodes[-1]
    order = topological_order(root)
    if at is not None:
        at %= len(trace(root)) + 1
    highlight = order[number] if number < len(order) and not order[number].is_constant else None
    picture = drawn_twice(root, options, at, highlight)
    assert picture.source.startswith("digraph {\n") and picture.source.endswith("}\n")


@pytest.mark.slow
@one_in(10)
@given(
    graphs(results=8), OPTIONS, st.none() | st.integers(0, 10**6), st.sampled_from(list(mistakes))
)
def test_what_is_drawn_can_be_rendered(nodes, options, at, name):
    root = nodes[-1]
    options.pop("expand")
    recorded = mistaken(root, name)
    if at is not None:
        at %= len(recorded) + 1
    for thing in (root, recorded):
        step_of_it = None if at is None else min(at, len(trace(root)))
        svg = svg_text(draw(thing, **options, at=step_of_it).source)
        keys = [element.get("id") for element in elements(svg) if element.get("id")]
        assert len(keys) == len(set(keys))


# -- names and numbers as text ---------------------------------------------------------------------


@each_row(
    ("number", "text"),
    [
        (2.0, "2"), (-3.0, "-3"), (0.0, "0"), (-0.0, "0"), (0.7071067811865476, "0.7071"),
        (24.70408163265306, "24.7"), (138.8338192419825, "138.8"), (-0.00416493, "-0.004165"),
        (123456.0, "123456"), (999999.0, "999999"), (1e6, "1e6"), (123456.5, "1.235e5"),
        (1e-4, "0.0001"), (1.25e-7, "1.25e-7"), (-5e-324, "-4.941e-324"), (1e308, "1e308"),
        (float("nan"), "nan"), (float("inf"), "inf"), (float("-inf"), "-inf"), (None, "–"),
        (0.99999, "1"), (9999.5, "1e4"), (-12345.678, "-1.235e4"),
    ],
)  # fmt: skip
def test_numbers_as_they_are_written(number, text):
    assert number_text(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_is_close_to_the_number(number):
    assert len(number_text(number)) <= 11
    if abs(number) < 1.79e308:  # beyond it, four digits round to more than a float can be
        written = float(number_text(number))
        assert written == pytest.approx(number, rel=5.1e-4, abs=1e-323)


@each_row(
    ("name", "text"),
    [
        ("x", "x"), ("layers[0].w[2]", "layers[0].w[2]"), ("two words", "two words"), ("", ""),
        (" x", "·x"), ("x  ", "x··"), ("  ", "··"), ("a\tb", "a\ufffdb"),
        ("a\r\nb", "a\ufffd\ufffdb"),
        ("\x1b[31m", "\ufffd[31m"), ("\ud800x", "\ufffdx"), ("a\u202eb", "a\ufffdb"),
        ("a\u200bb", "a\ufffdb"), ("a\u2028b", "a\ufffdb"), ("a\x00b", "a\ufffdb"),
        ("\ufffe\uffff", "\ufffd\ufffd"), ("αβ ∂ é 日本 😀", "αβ ∂ é 日本 😀"),
        ("x" * 40, "x" * 40), ("x" * 41, "x" * 39 + "…"), ("x" * 10**6, "x" * 39 + "…"),
    ],
)  # fmt: skip
def test_names_as_they_are_written(name, text):
    assert name_text(name) == text


@given(st.text(st.characters(), max_size=60))
def test_a_written_name_is_one_line_that_shows_everything_in_it(name):
    written = name_text(name)
    assert written.isprintable() and len(written) == min(len(name), 40)
    assert written == written.strip()
    for before, after in zip(name[:39], written, strict=False):
        assert after == before or after == ("·" if before == " " else "\ufffd")


# -- a name is text and nothing else ---------------------------------------------------------------


def drawn_with(name: str) -> str:
    """A picture with `name` on a leaf, a result and an operation, which is all that has a name."""
    operation = Op(name, lambda n: "{}" * n, lambda *x: 1.0, lambda x, z: (0.0,), variadic=True)
    result = operation(Value(2.0, name))
    result.label = name
    return Drawing(graph_of(result)).source


def shape_of(svg: str) -> list[tuple[str, list[str], str | None]]:
    """The structure of a picture: elements, their attributes, and the ids without their prefix."""
    return [
        (element.tag, sorted(element.attrib), (element.get("id") or "").partition("-")[2])
        for element in elements(svg)
    ]


PLAIN_TAGS = {"svg", "g", "polygon", "path", "ellipse", "polyline", "text"}


def assert_only_text(name: str) -> None:
    svg = svg_text(drawn_with(name))
    like_x = "x" if len(name_text(name)) == 1 else "xx" if len(name_text(name)) == 2 else "xxx"
    assert shape_of(svg) == shape_of(svg_of_x(like_x))
    assert {element.tag.rpartition("}")[2] for element in elements(svg)} <= PLAIN_TAGS
    assert not [key for element in elements(svg) for key in element.attrib if "href" in key]
    expected = [name_text(name) if text == like_x else text for text in texts(svg_of_x(like_x))]
    assert texts(svg) == expected


def svg_of_x(like_x: str, known: dict[str, str] = {}) -> str:  # noqa: B006 (a cache on purpose)
    if like_x not in known:
        known[like_x] = svg_text(drawn_with(like_x))
    return known[like_x]


@pytest.mark.slow
@each_row("attack", [a for a in ATTACKS if a["string"]], ids=lambda a: a["id"])
def test_a_hostile_name_is_only_text(attack):
    assert_only_text(attack["string"])


ESCAPES = [
    "]",
    "]]",
    "\\G",
    "\\N \\E",
    "\\",
    "\\\\",
    "x\\\\",
    "\\n",
    "\\l",
    '\\"',
    "&#71;",
    "\\&#71;",
    "<br/>",
    "]]>",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", ESCAPES)
def test_what_graphviz_would_replace_is_only_text(name):
    assert_only_text(name)


@pytest.mark.slow
@given(st.text(st.sampled_from('<>&"\\|{}[]()\n\r\t ;=#/*-lNGTE1amp\x00\u202e\ud800é'), min_size=1))
def test_any_name_is_only_text(name):
    assert_only_text(name)


def drawn_everywhere(name: str) -> tuple[list[str], str]:
    """A picture with `name` in groups, titles, notes and captions: its texts, and it as SVG."""
    operation = Op(name, lambda n: "{}" * n, lambda *x: 1.0, lambda x, z: (0.0,), variadic=True)
    result = operation(Value(2.0, name))
    result.label = f"{name}{name}"
    graph = graph_of(result)
    items = [
        Item("v0", graph.nodes[:1], within=(name, f"{name}.{name}")),
        Item("g1", graph.nodes[1:], title=name, note=f"{name}, {name}", within=(name,)),
    ]
    links = [Link(*items, graph.edges_to(graph.nodes[1]))]
    scene = scene_of(Outline(graph, items, links, [f"{name} and {name}"]), Snapshot(graph))
    moments = [draw(result, at=k)._scene for k in (1, 3)]
    scene.caption = " ".join([moment.caption for moment in moments])
    rows = [row[1] for thing in (*scene.boxes, *scene.arrows) for row in thing.rows]
    titles = [scene.groups[0].title, scene.groups[0].groups[0].title]
    svg = svg_text("".join(scene_lines(scene)))
    return [*rows, *titles, *scene.notes, scene.caption], svg


@pytest.mark.slow
@each_row(
    "name",
    [a["string"] for a in ATTACKS if a["string"]] + ESCAPES,
    ids=lambda name: repr(name)[:30],
)
def test_a_hostile_name_is_only_text_in_groups_captions_and_notes(name):
    expected, svg = drawn_everywhere(name)
    assert {element.tag.rpartition("}")[2] for element in elements(svg)} <= PLAIN_TAGS
    assert not [key for element in elements(svg) for key in element.attrib if "href" in key]
    plain = drawn_everywhere("xxx")[1]
    ids = [[e[2] for e in shape_of(picture) if e[2]] for picture in (svg, plain)]
    assert ids[0] == ids[1]
    shown = "".join(texts(svg)).replace(" ", "")
    assert [text for text in expected if text.replace(" ", "") not in shown] == []


def test_a_hostile_notation_is_only_text_in_a_caption():
    odd = Op("odd", "a\n<b>\x1b[31m({})", lambda x: x, 1.0)
    y = odd(Value(2.0, "x"))
    assert draw(y, at=1)._scene.caption.endswith("y = a\ufffd<b>\ufffd[31m(x) = 2")


def test_an_empty_name_has_no_line():
    without_names = [text for text in texts(svg_of_x("x")) if text != "x"]
    assert texts(svg_text(drawn_with(""))) == without_names


@each_row("attack", [a for a in ATTACKS if a["string"]], ids=lambda a: a["id"])
def test_a_hostile_name_is_only_text_in_a_terminal(attack):
    a = Value(2.0, attack["string"])
    text = repr(draw(a * a))
    assert len(text.splitlines()) == 5
    assert all(line.isprintable() for line in text.splitlines())
    assert text.count(name_text(attack["string"])) >= 2


def test_an_operation_without_a_symbol_shows_its_name():
    same = Op("same", "{}", lambda x: x, 1.0)
    assert "same" in texts(svg_text(draw(same(Value(1.0))).source))


# -- the text tree ---------------------------------------------------------------------------------


def test_wide_characters_keep_the_columns_straight():
    wide, accented = Value(2.0, "日本"), Value(3.0, "e\u0301")
    assert repr(draw(wide * accented)).splitlines() == [
        "         data  grad  local",
        "v1 (*)      6     –",
        "├─ 日本     2     –      3",
        "└─ e\u0301        3     –      2",
        "– : no gradient yet; backward() computes it",
    ]


@given(graphs(results=15))
def test_the_tree_shows_each_node_once_and_each_edge(nodes):
    root = nodes[-1]
    order = topological_order(root)
    header, *lines = tree_text(graph_of(root), limit=10_000).splitlines()
    assert header.split() == ["data", "grad", "local"]
    assert len(lines) == 1 + sum(len(node.parents) for node in order)
    assert len([line for line in lines if "(above)" not in line]) == len(order)


@pytest.mark.slow
def test_a_long_tree_is_cut_with_a_sentence(tmp_path):
    x = Value(1.0)
    for _ in range(39):
        x = -x
    text = repr(draw(x))
    assert len(text.splitlines()) == 42 and "cut" not in text
    for _ in range(9961):
        x = -x
    picture = draw(x)
    lines = repr(picture).splitlines()
    assert len(lines) == 43
    assert lines[-2] == "... cut after 40 lines, of a graph of 10,001 nodes"
    saved = picture.save(tmp_path / "deep.txt").read_text(encoding="utf-8").splitlines()
    assert len(saved) == 1002 + 1 + 1001  # the tree with its header, an empty line, the tape
    for last in (1001, -1):
        assert saved[last] == "... cut after 1000 lines, of a graph of 10,001 nodes"


# -- rendering -------------------------------------------------------------------------------------


def test_pictures_in_both_formats():
    source = draw(Value(2.0)).source
    assert render(source, "png").startswith(b"\x89PNG\r\n\x1a\n")
    assert b"<svg" in render(source, "svg")


def size_of(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


@pytest.mark.slow
def test_a_large_png_is_scaled_before_memory_runs_out():
    x = Value(1.0)
    for _ in range(60):
        x = -x
    assert max(size_of(render(draw(x).source, "png"))) <= 7680
    small = size_of(render(draw(Value(1.0)).source, "png"))
    assert 150 < small[0] < 400  # and a small one is not scaled up


def test_an_unknown_format_names_the_choices():
    with pytest.raises(
        ValueError, match=r"unknown format 'gif'; choose one of 'svg', 'png', 'pdf'"
    ):
        render("digraph {}", "gif")


def test_an_svg_can_stand_in_a_page_among_others():
    one, other = svg_text(draw(Value(1.0)).source), svg_text(draw(Value(2.0)).source)
    assert one.startswith('<svg style="max-width:100%;height:auto" ')
    assert "<?xml" not in one and "<!DOCTYPE" not in one and "<title" not in one
    ids = [{e.get("id") for e in elements(svg)} - {None} for svg in (one, other)]
    assert len(ids[0]) == 2 and not ids[0] & ids[1]
    assert one == svg_text(draw(Value(1.0)).source)


def test_no_id_comes_twice_in_a_picture():
    a = Value(2.0)
    svg = svg_text(draw(a * a + a * 3.0).source)
    ids = [element.get("id") for element in elements(svg) if element.get("id")]
    assert len(ids) == len(set(ids)) == 1 + 5 + 3 + 6 + 3  # the picture, v, o, e, r


def no_program(monkeypatch, folder):
    def nothing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(rendering.shutil, "which", lambda name: None)
    monkeypatch.setattr(rendering.sysconfig, "get_path", lambda name: str(folder))
    monkeypatch.setattr(metadata, "files", nothing)


def test_without_a_program_there_is_text_and_a_sentence(monkeypatch, tmp_path):
    picture = draw(Value(2.0, "x"))
    no_program(monkeypatch, tmp_path)
    assert picture._repr_svg_() is None
    assert repr(picture).splitlines()[1].split() == ["x", "2", "–"]
    for suffix in ("svg", "png"):
        with pytest.raises(MissingExtra, match=r"pip install graphviz-pure.*apt install graphviz"):
            picture.save(tmp_path / f"x.{suffix}")
    with pytest.raises(MissingExtra, match="PDF needs Graphviz itself"):
        picture.save(tmp_path / "x.pdf")
    assert list(tmp_path.iterdir()) == []
    assert picture.save(tmp_path / "x.dot").read_text(encoding="utf-8") == picture.source


def program(folder, name, lines):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)
    return path


@posix
def test_the_programs_are_tried_in_order(monkeypatch, tmp_path):
    no_program(monkeypatch, tmp_path / "scripts")
    shipped = program(tmp_path / "shipped", "graphviz-pure", "cat; echo shipped")

    other = program(tmp_path / "shipped", "other", "echo wrong")

    class File:
        def __init__(self, path):
            self.stem, self.locate = path.stem, lambda: path

    monkeypatch.setattr(metadata, "files", lambda name: [File(other), File(shipped)])
    assert render("x ", "svg") == b"x shipped\n"
    program(tmp_path / "scripts", "graphviz-pure", "cat; echo scripts")
    assert render("x ", "svg") == b"x scripts\n"
    path = {"graphviz-pure": str(program(tmp_path / "path", "graphviz-pure", "cat; echo path"))}
    monkeypatch.setattr(rendering.shutil, "which", path.get)
    assert render("x ", "svg") == b"x path\n"
    with pytest.raises(MissingExtra, match="PDF needs Graphviz itself"):
        render("x ", "pdf")
    path["dot"] = str(program(tmp_path / "path", "dot", 'cat; echo "$@"'))
    assert render("x ", "svg") == b"x -Tsvg\n"
    assert render("x ", "pdf") == b"x -Tpdf\n"
    assert render("x ", "png").startswith(b"x -Tpng -Gdpi=")


@posix
def test_a_program_that_is_gone_is_passed_over(monkeypatch, tmp_path):
    no_program(monkeypatch, tmp_path)
    monkeypatch.setattr(metadata, "files", lambda name: None)  # installed without a list of files
    with pytest.raises(MissingExtra):
        render("x", "svg")
    (tmp_path / "graphviz-pure").write_text("not a program")
    if os.geteuid():  # anything goes for root
        with pytest.raises(MissingExtra):
            render("x", "svg")


BROKEN = {
    "fails": ("echo no layout >&2; exit 3", "could not draw this graph: no layout"),
    "fails after some output": ("echo '<svg'; exit 1", "could not draw this graph"),
    "prints nothing": ("exit 0", "could not draw this graph"),
    "hangs": ("sleep 2 >/dev/null 2>&1; echo '<svg '", "took more than 0.2 seconds"),
}


@posix
@pytest.mark.parametrize("how", BROKEN)
def test_a_program_that_breaks_is_an_error_but_never_in_a_repr(how, monkeypatch, tmp_path):
    lines, message = BROKEN[how]
    dot = str(program(tmp_path, "dot", lines))
    monkeypatch.setattr(rendering.shutil, "which", {"dot": dot}.get)
    monkeypatch.setattr(draw_module, "PATIENCE_OF_A_CELL", 0.2)
    picture = draw(Value(1.0))
    with pytest.raises(RuntimeError, match=message):
        render(picture.source, "svg", patience=0.2)
    assert picture._repr_svg_() is None and repr(picture)


def test_dot_that_is_wrong_is_an_error():
    with pytest.raises(RuntimeError, match=r"could not draw this graph: .*syntax error"):
        render('digraph { a [label="}', "svg")


@pytest.mark.slow
def test_a_large_graph_is_shown_in_part():
    x = Value(1.0)
    for _ in range(1000):
        x = -x
    picture = draw(x)
    assert picture._repr_svg_() is not None and len(picture._scene.boxes) <= 100
    assert "1,001 nodes: " in picture.source


@pytest.mark.slow
def test_a_picture_that_nobody_could_read_is_shown_as_text(tmp_path):
    x = Value(1.0)
    for _ in range(499):
        x = -x
    assert draw(x, closed="none")._repr_svg_() is not None
    picture = draw(-x, closed="none")
    assert picture._repr_svg_() is None and "501 nodes" in repr(picture)
    assert "v500 " in picture.source
    assert picture.save(tmp_path / "large.svg").stat().st_size > 100_000


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("g.svg", b"<svg "), ("g.png", b"\x89PNG"), ("g.dot", b"digraph {\n"), ("g.txt", b"  "),
        ("G.SVG", b"<svg "), ("a.b.svg", b"<svg "), ("-o.svg", b"<svg "),
        ("$HOME;x `y`.svg", b"<svg "),
    ],
)  # fmt: skip
def test_the_suffix_says_what_to_save(name, start, tmp_path):
    path = tmp_path / name
    assert draw(Value(2.0, "a")).save(path) == path
    assert path.read_bytes().startswith(start)
    assert [found.name for found in tmp_path.iterdir()] == [name]


def test_a_path_may_be_a_string_and_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert draw(Value(2.0)).save("g.dot") == pathlib.Path("g.dot")
    assert (tmp_path / "g.dot").exists()


@pytest.mark.parametrize(
    "name", ["g.jpg", "g", ".svg", "g.svg.exe", "svg", "/dev/full", "g.svg:ads"]
)
def test_other_suffixes_name_the_choices(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"end it in one of \.svg \.png \.pdf \.dot \.txt"):
        draw(Value(2.0)).save(name)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_a_file_is_refused_with_a_sentence(tmp_path):
    picture = draw(Value(2.0))
    for name in ("", ".", str(tmp_path), tmp_path):
        with pytest.raises(IsADirectoryError, match="give the name of a file"):
            picture.save(name)
    with pytest.raises(FileNotFoundError, match="there is no directory"):
        picture.save(tmp_path / "nowhere" / "g.svg")


def test_a_failed_picture_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "g.svg"
    path.write_text("old")
    no_program(monkeypatch, tmp_path)
    with pytest.raises(MissingExtra):
        draw(Value(2.0)).save(path)
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "g.dot"
    path.write_text("old")
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        draw(Value(2.0)).save(path)
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


@posix
def test_a_write_that_the_system_stops_leaves_the_old_file(tmp_path):
    import resource

    path = tmp_path / "g.dot"
    path.write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            draw(Value(2.0)).save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_a_file_is_replaced_only_when_the_new_one_is_complete(tmp_path, monkeypatch):
    path = tmp_path / "g.dot"
    path.write_text("old")
    picture = draw(Value(2.0))
    seen = []

    def replace(temporary, target):
        seen.append((pathlib.Path(temporary).read_text(), pathlib.Path(target).read_text()))
        os.rename(temporary, target)

    monkeypatch.setattr(files.os, "replace", replace)
    picture.save(path)
    assert seen == [(picture.source, "old")]
    assert path.read_text() == picture.source


def test_an_interrupt_leaves_no_half_file(tmp_path, monkeypatch):
    def interrupt(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        draw(Value(2.0)).save(tmp_path / "g.dot")
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_link_is_not_followed(tmp_path):
    outside, link = tmp_path / "outside.txt", tmp_path / "g.dot"
    outside.write_text("keep")
    link.symlink_to(outside)
    with pytest.raises(ValueError, match="is a symbolic link"):
        draw(Value(2.0)).save(link)
    assert outside.read_text() == "keep" and link.is_symlink()


@posix
def test_a_new_file_has_the_usual_permissions(tmp_path):
    usual = tmp_path / "usual"
    usual.write_text("")
    saved = draw(Value(2.0)).save(tmp_path / "g.dot")
    assert stat.S_IMODE(saved.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


def test_show_opens_a_complete_picture(monkeypatch, tmp_path):
    import tempfile
    import webbrowser

    opened = []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(webbrowser, "open", opened.append)
    path = draw(Value(2.0, "seen")).show()
    assert opened == [path.as_uri()] and path.suffix == ".svg" and tmp_path in path.parents
    assert "seen" in texts(path.read_text(encoding="utf-8"))


def test_drawing_needs_no_third_party_package():
    assert "autograd_mini.drawing" in sys.modules
    names = {name for module in (draw_module, rendering, files) for name in vars(module)}
    assert not names & {"graphviz", "rich", "IPython"}


def test_a_wide_operation_has_all_its_edges():
    values = [Value(float(i)) for i in range(50)]
    svg = svg_text(draw(add_up(values)).source)
    assert texts(svg).count(" 1 ") == 50


def test_a_drawing_goes_on_as_an_object_of_the_graphviz_package():
    graphviz = pytest.importorskip("graphviz")
    drawing = draw(Value(2.0, "a") * 3.0)
    source = drawing.to_graphviz()
    assert isinstance(source, graphviz.Source) and source.source == drawing.source
