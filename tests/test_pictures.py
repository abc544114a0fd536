"""Pictures: their DOT, their text, their files, and that a name in them is text and nothing else.

The files in tests/golden/pictures are what the pictures below should be. After a change on purpose,
write them anew with

    UPDATE_GOLDEN=1 python -m pytest tests/test_pictures.py

and look at the difference before you believe it.
"""

import errno
import json
import os
import pathlib
import re
import stat
import sys
import xml.etree.ElementTree as ElementTree
from importlib import metadata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import graphs

from autograd_mini import Op, Value, files, topological_order
from autograd_mini import sum as add_up
from autograd_mini.errors import MissingExtra
from autograd_mini.graph import graph_of
from autograd_mini.pictures import Drawing, draw, drawing, rendering
from autograd_mini.pictures.dot_source import (
    BACKWARD,
    BOX_COLOURS,
    CAPTION,
    INK,
    OPERATION,
    OPERATION_INK,
    dot_lines,
)
from autograd_mini.pictures.labels import name_text, number_text
from autograd_mini.pictures.rendering import render, svg_text
from autograd_mini.pictures.text_tree import tree_text

TESTS = pathlib.Path(__file__).parent
GOLDEN = TESTS / "golden" / "pictures"
ATTACKS = json.loads((TESTS / "data" / "attack_strings.json").read_text(encoding="utf-8"))

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


PICTURES = {
    "lecture_before": lambda: lecture(backward=False),
    "lecture_after": lambda: lecture(backward=True),
    "square": square,
    "neuron": neuron,
    "wall": wall,
    "stale": stale,
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("suffix", [".dot", ".txt"])
def test_a_picture_is_what_it_was(name, suffix, tmp_path):
    drawn = PICTURES[name]().save(tmp_path / f"{name}{suffix}").read_bytes()
    golden = GOLDEN / f"{name}{suffix}"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes(drawn)
    assert drawn == golden.read_bytes().replace(b"\r\n", b"\n")


def test_no_golden_file_is_left_over():
    expected = {f"{name}{suffix}" for name in PICTURES for suffix in (".dot", ".txt")}
    assert {path.name for path in GOLDEN.iterdir()} == expected


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


@settings(max_examples=30)
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
    assert " wall " in [element.text for element in group(svg, "e1-0")]
    assert any(element.get("stroke-dasharray") for element in group(svg, "e1-0"))
    lines = repr(draw(y)).splitlines()[:3]
    assert [line.endswith("wall") for line in lines] == [False, False, True]


def centre(svg: str, name: str) -> tuple[float, float]:
    """The middle of a box or circle; y grows downward."""
    shape = next(e for e in group(svg, name) if e.tag.endswith(("}path", "}ellipse")))
    if shape.tag.endswith("}ellipse"):
        return float(shape.get("cx", 0)), float(shape.get("cy", 0))
    points = [point.split(",") for point in re.findall(r"[-\d.]+,[-\d.]+", shape.get("d", ""))]
    xs, ys = [float(x) for x, _ in points], [float(y) for _, y in points]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


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
    source, text, svg = picture.source, repr(picture), picture._repr_svg_()
    x.data = 7.0
    y.recompute()
    y.backward()
    assert (picture.source, repr(picture), picture._repr_svg_()) == (source, text, svg)
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


def test_every_text_can_be_read_on_what_is_behind_it():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    pairs = [(OPERATION_INK, OPERATION), (BACKWARD, "#ffffff"), (INK, "#ffffff")]
    for line, fill, ink in BOX_COLOURS.values():
        pairs += [(ink, fill), (INK, fill), (CAPTION, fill), (BACKWARD, fill)]
        pairs += [(line, fill)] * (line == BOX_COLOURS["out of date"][0])
    assert [(ink, fill) for ink, fill in pairs if contrast(ink, fill) < 4.5] == []


# -- names and numbers as text ---------------------------------------------------------------------


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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
    return "".join(dot_lines(graph_of(result)))


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


@pytest.mark.parametrize("attack", [a for a in ATTACKS if a["string"]], ids=lambda a: a["id"])
def test_a_hostile_name_is_only_text(attack):
    assert_only_text(attack["string"])


ESCAPES = [
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


@pytest.mark.parametrize("name", ESCAPES)
def test_what_graphviz_would_replace_is_only_text(name):
    assert_only_text(name)


@settings(max_examples=30, deadline=None)
@given(st.text(st.sampled_from('<>&"\\|{}[]()\n\r\t ;=#/*-lNGTE1amp\x00\u202e\ud800é'), min_size=1))
def test_any_name_is_only_text(name):
    assert_only_text(name)


def test_an_empty_name_has_no_line():
    without_names = [text for text in texts(svg_of_x("x")) if text != "x"]
    assert texts(svg_text(drawn_with(""))) == without_names


@pytest.mark.parametrize("attack", [a for a in ATTACKS if a["string"]], ids=lambda a: a["id"])
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
        "v2 (*)      6     –",
        "├─ 日本     2     –      3",
        "└─ e\u0301        3     –      2",
        "– : no gradient yet; backward() computes it",
    ]


@settings(max_examples=40)
@given(graphs(results=15))
def test_the_tree_shows_each_node_once_and_each_edge(nodes):
    root = nodes[-1]
    order = topological_order(root)
    header, *lines = tree_text(graph_of(root), limit=10_000).splitlines()
    assert header.split() == ["data", "grad", "local"]
    assert len(lines) == 1 + sum(len(node.parents) for node in order)
    assert len([line for line in lines if "(above)" not in line]) == len(order)


def test_a_long_tree_is_cut_with_a_sentence(tmp_path):
    x = Value(1.0)
    for _ in range(39):
        x = -x
    assert len(repr(draw(x)).splitlines()) == 42 and "cut" not in repr(draw(x))
    for _ in range(9961):
        x = -x
    lines = repr(draw(x)).splitlines()
    assert len(lines) == 43
    assert lines[-2] == "... cut after 40 lines, of a graph of 10,001 nodes"
    saved = draw(x).save(tmp_path / "deep.txt").read_text(encoding="utf-8").splitlines()
    assert len(saved) == 1002
    assert saved[-1] == "... cut after 1000 lines, of a graph of 10,001 nodes"


# -- rendering -------------------------------------------------------------------------------------


def test_pictures_in_both_formats():
    source = draw(Value(2.0)).source
    assert render(source, "png").startswith(b"\x89PNG\r\n\x1a\n")
    assert b"<svg" in render(source, "svg")


def size_of(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


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
    monkeypatch.setattr(drawing, "PATIENCE_OF_A_CELL", 0.2)
    picture = draw(Value(1.0))
    with pytest.raises(RuntimeError, match=message):
        render(picture.source, "svg", patience=0.2)
    assert picture._repr_svg_() is None and repr(picture)


def test_dot_that_is_wrong_is_an_error():
    with pytest.raises(RuntimeError, match=r"could not draw this graph: .*syntax error"):
        render('digraph { a [label="}', "svg")


def test_a_graph_that_nobody_could_read_is_shown_as_text(tmp_path):
    x = Value(1.0)
    for _ in range(499):
        x = -x
    assert draw(x)._repr_svg_() is not None
    picture = draw(-x)
    assert picture._repr_svg_() is None and "501 nodes" in repr(picture)
    assert "v500 " in picture.source
    assert picture.save(tmp_path / "large.svg").stat().st_size > 100_000


# -- files -----------------------------------------------------------------------------------------


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
    assert "autograd_mini.pictures" in sys.modules
    names = {name for module in (drawing, rendering, files) for name in vars(module)}
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
