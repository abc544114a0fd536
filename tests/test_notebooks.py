"""Notebooks: what Jupyter and marimo really show, from kernels that really ran.

Each test needs the programs that it is about, and is skipped without them:
pip install nbclient ipykernel marimo
"""

import html
import json
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from importlib.util import find_spec

import pytest

from autograd_mini import Value
from autograd_mini.diagnosis.mistaken import mistaken
from autograd_mini.drawing import rendering
from autograd_mini.drawing.draw import draw
from autograd_mini.drawing.output import text_html
from autograd_mini.explaining.explain import explain
from autograd_mini.page.document import explore
from autograd_mini.stepper.step import step
from support.places import ROOT

PATIENCE = 120  # seconds, for a kernel to start on a busy machine

CELLS = {
    "imports": "from autograd_mini import Value, draw, explain, explore, mistaken\n"
    "from autograd_mini import step\nfrom autograd_mini.drawing import rendering",
    "picture": 'a, b = Value(2.0, "a < b"), Value(-3.0, "b")\nc = a * b\ndraw(c)',
    "same picture": "draw(c)",
    "moment": "step(c).goto(4)",
    "wrong moment": 'step(mistaken(c * a, "overwrite")).run()',
    "derivation": "explain(c)",
    "page": "explore(c)",
    "huge": 'x = Value(1.0, "x")\nfor _ in range(600):\n    x = -x\ndraw(x, closed="none")',
    "huge moment": "step(x)",
    "broken": "rendering._programs = lambda format: iter(())\ndraw(a * 2.0)",
    "broken moment": "step(a * 2.0)",
}


def environment(folder: pathlib.Path) -> dict[str, str]:
    """The surroundings of a kernel: this package, and settings and caches of its own."""
    places = ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "XDG_CONFIG_HOME")
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, **dict.fromkeys(places, str(folder)), "PYTHONPATH": path}


def needs(*programs: str) -> None:
    for program in programs:
        if find_spec(program) is None:
            pytest.skip(f"{program} is not installed: pip install nbclient ipykernel marimo")


def ids_of(text: str) -> list[str]:
    return re.findall(r'id="([^"]*)"', text)


def svg_of(text: str) -> ElementTree.Element:
    """The picture in an output, which has to be well-formed and to fit into its cell."""
    start, end = text.index("<svg "), text.index("</svg>") + len("</svg>")
    svg = ElementTree.fromstring(text[start:end])
    assert svg.get("style") == "max-width:100%;height:auto"
    assert svg.get("viewBox") and svg.get("width")
    return svg


def texts_of(svg: ElementTree.Element) -> list[str]:
    return [(e.text or "").replace("\xa0", " ") for e in svg.iter() if e.tag.endswith("}text")]


# -- Jupyter ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory) -> dict[str, dict[str, str]]:
    """The outputs of a notebook, by kind, after its own kernel has run it."""
    needs("nbclient", "ipykernel")
    folder = tmp_path_factory.mktemp("jupyter")
    done = subprocess.run(
        [sys.executable, "-c", RUN], input=json.dumps(list(CELLS.values())), encoding="utf-8",
        env=environment(folder), cwd=folder, capture_output=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(zip(CELLS, json.loads(done.stdout), strict=True))


RUN = f"""
import json, sys
import nbclient, nbformat
cells = [nbformat.v4.new_code_cell(source) for source in json.load(sys.stdin)]
notebook = nbformat.v4.new_notebook(cells=cells)
nbclient.NotebookClient(notebook, timeout={PATIENCE}, kernel_name="python3").execute()
outputs = []
for cell in notebook.cells:
    assert len(cell.outputs) <= 1, cell.outputs
    outputs.append(dict(cell.outputs[0].data) if cell.outputs else {{}})
print(json.dumps(outputs))
"""


def test_jupyter_shows_a_picture(jupyter):
    assert jupyter["imports"] == {}
    assert set(jupyter["picture"]) == {"text/plain", "image/svg+xml"}
    shown = texts_of(svg_of(jupyter["picture"]["image/svg+xml"]))
    assert {"a < b", "b", "c", "*", "-6"} <= set(shown)
    assert jupyter["picture"]["text/plain"].splitlines()[1].split() == ["c", "(*)", "-6", "–"]


def test_jupyter_shows_the_same_picture_twice_without_a_clash_of_ids(jupyter):
    one, other = (jupyter[name]["image/svg+xml"] for name in ("picture", "same picture"))
    assert ids_of(one) and not set(ids_of(one)) & set(ids_of(other))
    assert texts_of(svg_of(one)) == texts_of(svg_of(other))


def test_jupyter_shows_the_picture_of_a_steppers_moment(jupyter):
    shown = jupyter["moment"]["text/html"]
    assert "step 4 of 7 · backward pass · from c to b: 1 * 2 = 2" in texts_of(svg_of(shown))
    text = re.search("</svg>\n<pre [^>]*>(.*)</pre>$", shown, re.DOTALL)[1]
    assert html.unescape(text) == jupyter["moment"]["text/plain"]
    assert "a &lt; b" in text and "a < b" not in text
    wrong = texts_of(svg_of(jupyter["wrong moment"]["text/html"]))
    assert "right" in wrong and "overwrite" in wrong


def test_jupyter_shows_a_derivation_as_formulas(jupyter):
    latex = jupyter["derivation"]["text/latex"]
    assert latex.startswith("$$\n\\begin{gathered}") and latex.endswith("\n$$")
    assert r"\frac{\mathrm{d} c}{\mathrm{d} b}" in latex
    assert jupyter["derivation"]["text/plain"].startswith("c = (a < b) * b = -6")


def page_in(shown):
    """The page in an output: a frame that may run scripts and nothing else."""
    (attributes,) = re.findall(r"^<iframe ([^>]*)></iframe>$", shown)
    assert 'sandbox="allow-scripts"' in attributes
    return html.unescape(re.search('srcdoc="([^"]*)"', attributes)[1])


def the_page() -> str:
    a, b = Value(2.0, "a < b"), Value(-3.0, "b")
    c = a * b
    return explore(c).html


def test_jupyter_shows_a_page_in_a_frame(jupyter):
    assert set(jupyter["page"]) == {"text/plain", "text/html"}
    assert jupyter["page"]["text/plain"] == "Page(3 nodes, 7 steps)"
    assert page_in(jupyter["page"]["text/html"]) == the_page()


def test_jupyter_shows_text_where_no_picture_can_be(jupyter):
    assert set(jupyter["huge"]) == {"text/plain"}
    assert "601 nodes" in jupyter["huge"]["text/plain"]
    assert set(jupyter["broken"]) == {"text/plain"}
    assert "a < b" in jupyter["broken"]["text/plain"]
    assert jupyter["broken moment"]["text/html"].startswith("<pre ")
    assert "step 0 of 5" in jupyter["broken moment"]["text/html"]


# -- a terminal ------------------------------------------------------------------------------------


def test_ipython_in_a_terminal_shows_text_alone(tmp_path):
    needs("IPython")
    lines = [line for name in CELLS for line in (CELLS[name], "") if name != "imports"]
    typed = "\n".join([CELLS["imports"], "", *lines, "exit()"])
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor"],
        input=typed, encoding="utf-8", env=environment(tmp_path), cwd=tmp_path,
        capture_output=True, timeout=PATIENCE,
    )  # fmt: skip
    assert "c (*)" in done.stdout and "step 4 of 7" in done.stdout and "dc/db" in done.stdout
    for sign in ("<svg", "<pre", "Traceback", "Error"):
        assert sign not in done.stdout + done.stderr


# -- marimo ----------------------------------------------------------------------------------------

HEAD = "import marimo\n\napp = marimo.App()\n"


def cell(source: str) -> str:
    body = "\n".join([f"    {line}" for line in source.splitlines()])
    return f"\n\n@app.cell\ndef _():\n{body}\n"


@pytest.fixture(scope="module")
def marimo(tmp_path_factory) -> dict[str, dict[str, str]]:
    """The outputs of marimo's own export, which runs the notebook, by kind."""
    needs("marimo", "nbformat")
    folder = tmp_path_factory.mktemp("marimo")
    (folder / "book.py").write_text(marimo_source(), encoding="utf-8")
    command = [sys.executable, "-m", "marimo", "-q", "export", "ipynb", "book.py"]
    done = subprocess.run(
        [*command, "--include-outputs", "-o", "book.ipynb"], env=environment(folder), cwd=folder,
        capture_output=True, encoding="utf-8", timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads((folder / "book.ipynb").read_text(encoding="utf-8"))["cells"]
    return {name: output_of(found, source) for name, source in CELLS.items()}


def output_of(cells: list[dict], source: str) -> dict[str, str]:
    (cell,) = [cell for cell in cells if "".join(cell["source"]) == source]
    assert len(cell["outputs"]) <= 1, cell["outputs"]
    data = cell["outputs"][0]["data"] if cell["outputs"] else {}
    return {kind: "".join(lines) for kind, lines in data.items()}


def marimo_source() -> str:
    return HEAD + "".join([cell(source) for source in CELLS.values()])


def test_marimo_shows_a_picture(marimo):
    assert marimo["imports"] == {} and set(marimo["picture"]) == {"image/svg+xml"}
    shown = texts_of(svg_of(marimo["picture"]["image/svg+xml"]))
    assert {"a < b", "b", "c", "*", "-6"} <= set(shown)


def test_marimo_shows_the_same_picture_twice_without_a_clash_of_ids(marimo):
    one, other = (marimo[name]["image/svg+xml"] for name in ("picture", "same picture"))
    assert ids_of(one) and not set(ids_of(one)) & set(ids_of(other))


def test_marimo_shows_the_picture_of_a_steppers_moment(marimo):
    shown = marimo["moment"]["text/html"]
    assert "step 4 of 7 · backward pass · from c to b: 1 * 2 = 2" in texts_of(svg_of(shown))
    assert "<pre " in shown and "a &lt; b" in shown


def test_marimo_shows_a_derivation_as_formulas(marimo):
    shown = marimo["derivation"]["text/html"]
    (formula,) = re.findall(r"<marimo-tex[^>]*>\|\|\[(.*)\|\|\]</marimo-tex>", shown, re.DOTALL)
    a, b = Value(2.0, "a < b"), Value(-3.0, "b")
    c = a * b
    assert html.unescape(formula).strip() == explain(c).latex


def test_marimo_shows_a_page_in_a_frame(marimo):
    assert set(marimo["page"]) == {"text/html"}
    assert page_in(marimo["page"]["text/html"].strip()) == the_page()


def test_marimo_shows_text_where_no_picture_can_be(marimo):
    for name in ("huge", "broken", "broken moment"):
        assert marimo[name]["text/html"].startswith("<pre ")
    assert "601 nodes" in marimo["huge"]["text/html"]
    assert "a &lt; b" in marimo["broken"]["text/html"]


# -- without any of them ---------------------------------------------------------------------------


def square() -> Value:
    a = Value(3.0, "<b>a</b>")
    return a * a


def nothing(*arguments, **options):
    raise RuntimeError("no layout")


@pytest.mark.slow
def test_each_showing_has_ids_of_its_own_and_files_stay_the_same():
    picture = draw(square())
    shown = [picture._repr_svg_(), picture._repr_svg_(), draw(square())._repr_svg_()]
    shown += [picture._mime_()[1], step(square())._repr_html_(), step(square())._repr_html_()]
    found = [identifier for svg in shown for identifier in ids_of(svg)]
    assert len(found) > 30 and len(found) == len(set(found))
    assert picture.content(".svg") == draw(square()).content(".svg")


def test_nothing_raises_where_nothing_can_be_drawn(monkeypatch):
    monkeypatch.setattr(rendering.subprocess, "run", nothing)
    assert draw(square())._repr_svg_() is None
    kind, shown = draw(square())._mime_()
    assert (kind, shown) == ("text/html", text_html(repr(draw(square()))))
    assert step(square())._repr_html_() == text_html(repr(step(square())))
    wrong = step(mistaken(square(), "overwrite"))
    monkeypatch.setattr("autograd_mini.stepper.step.draw", nothing)
    assert wrong._repr_html_() == text_html(repr(wrong))


def test_a_stepper_shows_the_moment_that_it_is_at_with_the_numbers_that_were_set():
    stepper = step(square()).set("<b>a</b>", 5.0).run()
    picture, text = stepper._repr_html_().split("<pre ")
    assert "25" in texts_of(svg_of(picture)) and "10" in texts_of(svg_of(picture))
    assert "<b>" not in picture + text and "&lt;b&gt;" in picture and "&lt;b&gt;" in text
    assert "step 6 of 6 · end" in " ".join(texts_of(svg_of(picture)))


# -- the notebook of the demos ---------------------------------------------------------------------

DEMOS = ROOT / "demos" / "notebook.ipynb"


def test_the_notebook_of_the_demos_is_made_of_them_and_has_no_outputs(tmp_path):
    made = tmp_path / "made.ipynb"
    script = ROOT / "demos" / "make_notebook.py"
    subprocess.run([sys.executable, str(script), str(made)], check=True, capture_output=True)
    shipped = DEMOS.read_text(encoding="utf-8")
    assert made.read_text(encoding="utf-8") == shipped, "run python demos/make_notebook.py"
    cells = json.loads(shipped)["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) == 12 and len({cell["id"] for cell in cells}) == len(cells)
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


RUN_DEMOS = f"""
import json
import nbclient, nbformat
notebook = nbformat.read({str(DEMOS)!r}, as_version=4)
nbformat.validate(notebook)
nbclient.NotebookClient(notebook, timeout={PATIENCE}, kernel_name="python3").execute()
code = [cell for cell in notebook.cells if cell.cell_type == "code"]
print(json.dumps([[dict(output) for output in cell.outputs] for cell in code]))
"""


def test_the_notebook_of_the_demos_runs_and_shows_pictures(tmp_path):
    needs("nbclient", "ipykernel")
    done = subprocess.run(
        [sys.executable, "-c", RUN_DEMOS], encoding="utf-8", env=environment(tmp_path),
        cwd=tmp_path, capture_output=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    outputs = json.loads(done.stdout)
    texts, seen = outputs[::2], outputs[1::2]
    for output in texts:  # each demo: its text, with a question at the end
        assert {(one["output_type"], one["name"]) for one in output} == {("stream", "stdout")}
        text = "".join([one["text"] for one in output])
        assert "Notice" in text and "Question" in text.splitlines()[-1]
    kinds = [set(output[-1]["data"]) - {"text/plain"} for output in seen]
    svg, latex, page = {"image/svg+xml"}, {"text/latex"}, {"text/html"}
    assert kinds == [svg, latex, svg, svg, page, svg]
