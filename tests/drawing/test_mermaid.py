"""Mermaid: the flowchart of a picture, as Mermaid itself reads it and shows it.

It runs in Node where it is: in node_modules here, or in the directory that the environment variable
MERMAID names (npm install mermaid jsdom). What a picture is as Mermaid, line by line, is in
tests/golden/drawing/pictures.
"""

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_pictures import PICTURES, network, shared

from autograd_mini import Op, Value
from autograd_mini import sum as add_up
from autograd_mini.diagnosis.mistaken import mistaken
from autograd_mini.drawing.draw import Drawing, draw
from autograd_mini.drawing.labels import name_text
from autograd_mini.drawing.mermaid import JOINER, _quoted
from support.places import ATTACKS, ROOT

# What Mermaid reads again when it has resolved the codes of a text, or would take for its own.
HOSTILE = [
    "$$x$$", "fa:fa-car", "fab:fa-github x", r"two\nlines", "`**bold**`", "#quot;", "#35;", "#lt;b",
    "%%{init: {'theme': 'dark'}}%%", "%% comment", "---", "x]:::y", '"]:::leaf', "a --> b", "end",
    "style x fill:#f9f;", "classDef x fill:#f9f;", "style:#x;", "- a list", "1. a list", "* x", "+",
    "# a heading", "> a quote", "__init__", "x | y", "<br/>", "a<br>b", "&lt;", "ﬂ°lt¶ß", "ﬂ°°60¶ß",
    "¶ß", "ﬂ", "@{ shape: cloud }", "click v0 callback", "~~~", "a;b", "w[0]", "α", "漢字", "😀",
    '<img src=x onerror="window.pwned=1">', "a'b", "two  spaces", "[/x", "(x)", "{x}", "a & b",
]  # fmt: skip
LABELS = [*dict.fromkeys([*HOSTILE, *(attack["string"] for attack in ATTACKS)])]


# -- Mermaid in Node -------------------------------------------------------------------------------

# A DOM without a layout has to be told how large its texts are.
PROLOGUE = r"""
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";
const { window } = new JSDOM("<!DOCTYPE html><body></body>", { pretendToBeVisual: true });
for (const name of ["window", "document", "Element", "SVGElement", "HTMLElement", "Node",
  "CSSStyleSheet", "DOMParser", "XMLSerializer", "MutationObserver", "getComputedStyle"])
  globalThis[name] ??= name === "window" ? window : window[name];
globalThis.btoa = (text) => Buffer.from(text).toString("base64");
window.SVGElement.prototype.getBBox = function () {
  return { x: 0, y: 0, width: 8 * this.textContent.length, height: 20 };
};
window.SVGElement.prototype.getComputedTextLength = function () {
  return 8 * this.textContent.length;
};
const mermaid = (await import("mermaid")).default;
mermaid.initialize({ startOnLoad: false });
const sources = JSON.parse(readFileSync(0));
"""

READ = r"""
const found = [];
for (const source of sources) {
  try {
    const { config } = await mermaid.parse(source);
    const body = source.replace(/^---[^]*?\n---\n/, "");
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(body);
    found.push({
      config,
      direction: db.getDirection(),
      nodes: [...db.getVertices().values()].map((v) => [v.id, v.type, v.classes]),
      arrows: db.getEdges().map((e) => [e.start, e.end, e.type, e.stroke, e.text !== ""]),
      styles: db.getEdges().map((e) => (e.style ?? []).join()),
      groups: db.getSubGraphs().map((g) => [g.id, g.nodes, g.classes]),
      classes: [...db.getClasses().values()].map((c) => [c.id, c.styles]),
    });
  } catch (error) { found.push({ error: String(error) }); }
}
console.log(JSON.stringify(found));
"""

SHOW = r"""
const found = [];
for (const [number, source] of sources.entries()) {
  try {
    const { svg } = await mermaid.render(`picture${number}`, source);
    const page = new JSDOM(svg).window.document;
    page.querySelectorAll("br").forEach((br) => br.replaceWith("\n"));
    const texts = (of) => [...page.querySelectorAll(of)].map((e) => e.textContent);
    found.push({
      nodes: texts(".nodes .nodeLabel"), arrows: texts(".edgeLabels span.edgeLabel"),
      others: page.querySelectorAll("script, img, a, i, math").length,
      pwned: Boolean(window.pwned || window.__pwned),
    });
  } catch (error) { found.push({ error: String(error) }); }
}
console.log(JSON.stringify(found));
"""


@functools.cache
def node() -> pathlib.Path | str:
    """Where Mermaid is installed, or the reason why it cannot run."""
    root = pathlib.Path(os.environ.get("MERMAID") or ROOT)
    missing = [name for name in ("mermaid", "jsdom") if not (root / "node_modules" / name).is_dir()]
    if shutil.which("node") is None:
        return "no node here, which runs Mermaid"
    if missing:
        return f"no {missing[0]} in {root}: npm install mermaid jsdom there, or set MERMAID"
    return root


def root() -> pathlib.Path:
    found = node()
    return pytest.skip(found) if isinstance(found, str) else found


def mermaid(script: str, sources: dict[str, str]) -> dict[str, dict]:
    """What Mermaid makes of these, in one Node process."""
    command = ["node", "--input-type=module", "-e", PROLOGUE + script]
    given = json.dumps([*sources.values()])
    done = subprocess.run(command, input=given, cwd=root(), capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return dict(zip(sources, json.loads(done.stdout.splitlines()[-1]), strict=True))


def mmd(picture: Drawing) -> str:
    return picture.content(".mmd").decode()


def operation(symbol: str) -> Op:
    return Op(symbol, lambda n: "{}" * n, lambda *x: 1.0, lambda x, z: (0.0,), variadic=True)


def labelled(label: str) -> Drawing:
    return draw(operation(label)(Value(2.0, label)) * 3.0)


def chain(length: int) -> Drawing:
    x = Value(1.0, "x")
    for _ in range(length):
        x = -x
    return draw(x, closed="none")


@functools.cache
def read() -> dict[str, dict]:
    """What Mermaid reads in all that is needed below."""
    root()  # which skips before there is any work
    sources = {name: mmd(make()) for name, make in PICTURES.items()}
    sources |= {"500 arrows": mmd(chain(250)), "502 arrows": mmd(chain(251))}
    return mermaid(READ, sources | {f"label {x}": mmd(labelled(x)) for x in ["x", *LABELS]})


@functools.cache
def shown() -> dict[str, dict]:
    """What Mermaid shows, for names in some pictures of many, and for some as operations."""
    root()
    some = [name for name in LABELS if name]
    groups = [some[k : k + 40] for k in range(0, len(some), 40)]
    sources = {f"{k}": mmd(draw(add_up([Value(2.0, x) for x in g]))) for k, g in enumerate(groups)}
    sources["symbols"] = mmd(draw(add_up([operation(x)(Value(1.0)) for x in HOSTILE[:24]])))
    sources["minus"] = mmd(draw(Value(2.0, "x") - Value(1.0, "y")))
    return mermaid(SHOW, sources)


# -- what Mermaid reads ----------------------------------------------------------------------------


SHAPES = {"leaf": "stadium", "constant": "square", "result": "round", "group": "subroutine"}
SHAPES["out of date"] = "hexagon"


@pytest.mark.parametrize("name", PICTURES)
def test_mermaid_reads_the_boxes_and_arrows_of_the_picture(name):
    picture, found = PICTURES[name](), read()[name]
    assert "error" not in found
    boxes = {box.key: SHAPES[box.kind] for box in picture._scene.boxes}
    symbols = {box.operation_key: "circle" for box in picture._scene.boxes if box.symbol}
    shapes = {key: shape for key, shape, _ in found["nodes"]}
    legend = {f"l{k}": "square" for k in range(12)} if picture._scene.has_legend else {}
    below = {"notes": "square"} if picture._scene.caption or picture._scene.notes else {}
    assert shapes == boxes | symbols | legend | below
    drawn = re.findall(r"^  (\w+) -> (\w+) \[(?!style=.invis)", picture.source, re.MULTILINE)
    assert [(start, end) for start, end, *_ in found["arrows"]] == drawn
    defined = {name for name, _ in found["classes"]}
    assert {name for *_, names in found["nodes"] + found["groups"] for name in names} <= defined


def test_mermaid_reads_groups_one_inside_the_other():
    groups = {key: nodes for key, nodes, _ in read()["network_open"]["groups"]}
    outer = [nodes for nodes in groups.values() if set(nodes) & set(groups)]
    inner = [set(nodes) for nodes in groups.values() if not set(nodes) & set(groups)]
    assert sorted(map(len, outer)) == [1, 2]
    boxes = PICTURES["network_open"]()._scene.boxes
    inside = {box.key for box in boxes if box.item.within}
    assert inside <= set().union(*inner) and len(inner) == 3
    assert {tuple(names) for *_, names in read()["network_open"]["groups"]} == {("frame_group",)}
    defined = re.findall(r"^ *(v\d+)[\[(]", mmd(PICTURES["network_open"]()), re.MULTILINE)
    assert len(defined) == len(set(defined)) == len(boxes)


@pytest.mark.parametrize(
    ("direction", "word"), [("right", "LR"), ("left", "RL"), ("down", "TB"), ("up", "BT")]
)
def test_the_direction_is_that_of_the_picture(direction, word):
    source = mmd(draw(network(), direction))
    assert f"flowchart {word}\n" in source
    assert set(re.findall(r"direction (\w+)", source)) == {word}  # of the groups too


def test_a_wall_ends_in_a_cross_and_what_goes_back_has_no_head():
    wall = read()["wall"]["arrows"][0]
    assert wall == ["v0", "o1", "arrow_cross", "dotted", True]
    assert "---" not in mmd(PICTURES["moment_forward"]()).split("\nflowchart ")[1]
    arrows = read()["moment_backward"]["arrows"]
    back = [(start, end) for start, end, kind, *_ in arrows if kind == "arrow_open"]
    assert back == [("v2", "o5"), ("o5", "v5")]


def test_a_moment_and_a_highlight_have_their_looks():
    found = read()["moment_backward"]
    classes = {key: names for key, _, names in found["nodes"]}
    assert classes["v2"] == ["result_active_p3"] and classes["v0"] == ["leaf_pale"]
    styles = dict(found["classes"])
    assert "stroke-width:3px" in styles["result_active_p3"]
    assert "stroke-dasharray:4 3" in styles["leaf_pale"]
    active = [style for style in found["styles"] if "stroke-width:3px" in style]
    assert len(active) == 2 and all("stroke:#111827" in style for style in active)
    found = read()["highlight"]
    strong = [a[:2] for a, s in zip(found["arrows"], found["styles"], strict=True) if "3px" in s]
    assert strong[0] == ["v3", "o4"] and ["v0", "o2"] not in strong


def test_the_arrows_have_the_local_derivatives():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    source = mmd(draw(a * b))
    assert '  v0 -->|"-3"| o2\n  v1 -->|"2"| o2\n  o2 --> v2\n' in source
    assert "-->|" not in mmd(draw(a * b, local_derivatives=False))


def test_the_places_of_operands_are_told_where_they_matter():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    one, other = [mmd(draw(c, local_derivatives=False)) for c in (a - b, b - a)]
    assert 'v0 -->|"1st"| o2' in one and 'v1 -->|"2nd"| o2' in one
    assert 'v0(["a<' in one and 'v0(["b<' in other and 'v0 -->|"1st"| o2' in other
    for symmetric in (a + b, a * b, -a):
        assert "1st" not in mmd(draw(symmetric))


@pytest.mark.slow
def test_below_stand_the_caption_the_notes_and_the_colours():
    source = mmd(draw(mistaken(shared(), "overwrite"), at=3, colour=True))
    (notes,) = re.findall(r"  notes\[(.*)\]:::note", source)
    assert notes.startswith('"step 3 of ') and "<br/>overwrite#58; a contribution" in notes
    assert re.findall(r'l\d+\["(.*)"\]', source)[::11] == ["#60;= -10", "nan, inf"]
    assert "notes" not in mmd(draw(shared())) and "legend" not in mmd(draw(shared()))


def test_each_theme_has_its_colours():
    dark = mmd(draw(shared(), theme="dark"))
    assert "fill:#172554" in dark and 'edgeLabelBackground: "#0f172a"' in dark
    assert "#172554" not in mmd(draw(shared()))


def test_a_diagram_that_mermaid_refuses_says_so_at_its_head():
    assert "error" not in read()["500 arrows"] and "%%" not in mmd(chain(250))
    assert "Edge limit exceeded" in read()["502 arrows"]["error"]
    assert "\n%% 502 arrows in " in mmd(chain(251)) and "maxEdges" in mmd(chain(251))


# -- a name is text and nothing else ---------------------------------------------------------------


def test_no_name_changes_what_mermaid_reads():
    usual = read()["label x"]
    assert len(usual["nodes"]) == 6 and len(usual["arrows"]) == 5
    assert [label for label in LABELS if read()[f"label {label}"] != usual] == []


def test_every_name_is_shown_as_it_is():
    texts = [plain(text) for found in shown().values() for text in found["nodes"]]
    names = {text.partition("\n")[0] for text in texts if text.endswith("\ngrad –")}
    assert {name_text(name) for name in LABELS if name} <= names
    symbols = {plain(text) for text in shown()["symbols"]["nodes"]}
    assert {name_text(symbol) for symbol in HOSTILE[:24]} <= symbols


def test_nothing_but_text_is_made_of_a_name():
    for found in shown().values():
        assert "error" not in found and found["others"] == 0 and not found["pwned"]


def plain(text: str) -> str:
    return text.replace(JOINER, "").replace("\xa0", " ")


def test_rows_and_places_are_shown_in_lines():
    found = shown()["minus"]
    assert sorted(map(plain, found["nodes"])) == [
        "-", "v1\ndata 1\ngrad –", "x\ndata 2\ngrad –", "y\ndata 1\ngrad –",
    ]  # fmt: skip
    assert sorted(found["arrows"]) == ["", "1st\n1", "2nd\n-1"]


def test_what_older_versions_take_for_a_list_is_none():
    """Mermaid 11.4 shows "Unsupported markdown: list" for a text that begins as one."""
    assert '(("#8288;*"))' in mmd(draw(shared())) and '(("#8288;+"))' in mmd(draw(shared()))
    for row in ("- a", "* a", "+", "1. a", "2) a"):
        assert _quoted([row]) == f'"#8288;{row}"'
    for row in ("-1", "a - b", "1.5", "2", "w*x"):
        assert _quoted([row]) == f'"{row}"'


def test_several_spaces_stay_several():
    assert _quoted(["two  spaces", "one space"]) == '"two #160;spaces<br/>one space"'


@given(st.text(max_size=50))
def test_any_text_can_be_read_back_from_its_codes(text):
    quoted = _quoted([name_text(text), "second"])
    inner = quoted.removeprefix('"').removesuffix('<br/>second"')
    assert re.fullmatch(r"(#\d+;|[^]!\"#$%&\':;<>?@\\^`{|}~]|\])*", inner)
    decoded = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), inner)
    assert plain(decoded) == name_text(text).replace("\xa0", " ")


# -- the same text for the same graph --------------------------------------------------------------

SAVE = """
import sys
from autograd_mini.engine.parsing import parse
from autograd_mini.drawing.draw import Drawing, draw
y = parse("tanh(w*x + b) - b", w=0.5, x=2.0, b=1.0)
y.backward()
for suffix in ("dot", "mmd", "txt"):
    draw(y, at=5, colour=True).save("-", suffix)
"""


@pytest.mark.slow
def test_the_same_graph_gives_the_same_bytes_in_every_process():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    runs = [
        subprocess.run(
            [sys.executable, "-c", SAVE], env={**environment, "PYTHONHASHSEED": seed},
            capture_output=True, check=True,
        ).stdout
        for seed in ("0", "1", "2")
    ]  # fmt: skip
    assert b"digraph {" in runs[0] and b"flowchart LR" in runs[0] and b"= w * x" in runs[0]
    assert len(set(runs)) == 1
