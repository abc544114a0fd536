"""Code written for micrograd runs here with the imports changed, and gives the same numbers.

The scripts in `from_micrograd/` go through the idioms of micrograd's README, of its two notebooks
and of the lecture, cell by cell. Each is run as it stands, but for `micrograd` in its imports, in
plain Python and in IPython. What micrograd itself prints is in `data/from_micrograd.json`.
"""

import contextlib
import io
import json
import pathlib
import random
import re
import shutil

import pytest

import autograd_mini as am
from autograd_mini import datasets
from autograd_mini.engine import Value
from autograd_mini.nn import MLP

HERE = pathlib.Path(__file__).parent
SCRIPTS = sorted((HERE / "from_micrograd").glob("*.py"))
PRINTED = json.loads((HERE / "data" / "from_micrograd.json").read_text(encoding="utf-8"))


def cells(script, package="autograd_mini"):
    """The cells of a script, with the package that it imports from exchanged and nothing else."""
    text = script.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^from micrograd\b", f"from {package}", text)
    assert package == "micrograd" or "micrograd" not in re.sub("(?m)^#.*|autograd_mini", "", text)
    return text.split("# %%\n")


def plain_python(cells):
    names = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for cell in cells:
            exec(cell, names)
    return printed.getvalue()


def ipython(cells):
    shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for cell in cells:
            shell.run_cell(cell, store_history=False).raise_error()
    return printed.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("run", [plain_python, ipython])
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_idioms_run_as_typed_and_print_what_micrograd_prints(
    script, run, tmp_path, monkeypatch
):
    if script.stem == "rendered" and not shutil.which("dot"):
        pytest.skip("graphviz's own Digraph needs the program dot")
    monkeypatch.chdir(tmp_path)
    assert run(cells(script)) == PRINTED[script.stem]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_micrograd_prints_that(script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pytest.importorskip("micrograd", reason="micrograd is not installed")
    if script.stem == "rendered" and not shutil.which("dot"):
        pytest.skip("graphviz's own Digraph needs the program dot")
    if script.stem == "broken_down":
        pytest.skip("the lecture has operations that micrograd has not")
    assert plain_python(cells(script, "micrograd")) == PRINTED[script.stem]


def test_every_script_has_what_is_printed():
    assert set(PRINTED) == {script.stem for script in SCRIPTS}


# -- what micrograd has not, or not so -------------------------------------------------------------


def test_operands_are_a_set_for_users_of_micrograd_and_a_tuple_for_all():
    a = Value(3.0)
    square = a * a
    assert square._prev == {a} and square.parents == (a, a)
    assert (a._prev, a._op, square._op) == (set(), "", "*")


def test_a_node_by_itself_adds_its_contributions_each_time():
    a, b = Value(3.0), Value(4.0)
    product = a * b + a * 2.0
    product.backward()
    first = product.parents[0]
    a.grad = b.grad = 0.0
    first.grad = 10.0
    first._backward()
    first._backward()
    assert (a.grad, b.grad, first.grad) == (80.0, 60.0, 10.0)
    a._backward()  # a leaf has nothing to hand on
    product.parents[1].parents[1]._backward()  # nor has a constant
    assert (a.grad, b.grad) == (80.0, 60.0)


@pytest.mark.parametrize("name", ["tanh", "relu", "exp", "sigmoid", "detach", "sign"])
def test_all_nodes_by_hand_come_to_what_backward_gives(name):
    def made(x, y):
        return (getattr(x * y, name)() + x * 3.0) * y

    x, y = Value(0.5), Value(-1.5)
    result = made(x, y)
    result.backward()
    expected = x.grad, y.grad
    result.zero_grad()
    result.grad = 1.0
    for node in reversed(am.topological_order(result)):
        node._backward()
    assert (x.grad, y.grad) == expected


def test_layers_of_one_fit_together():
    model = MLP(3, [1, 4, 1], output="tanh")
    assert isinstance(model([1.0, 2.0, 3.0]), Value)
    assert model([1.0, 2.0, 3.0]).op is am.tanh


def test_numpy_integers_are_classes():
    numpy = pytest.importorskip("numpy")
    logits = [Value(0.5), Value(-1.0), Value(2.0)]
    for label in numpy.array([0, 2]):
        assert am.losses.cross_entropy(logits, label).data == pytest.approx(
            am.losses.cross_entropy(logits, int(label)).data
        )
    data = [([0.0, 1.0], numpy.int64(0)), ([1.0, 0.0], numpy.int64(1))]
    history = am.fit(MLP(2, [4, 2], seed=0), data, epochs=2)
    assert len(history.loss) == 2
    assert 0.0 <= am.accuracy(MLP(2, [4, 1], seed=0), data) <= 1.0


# -- draw_dot --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_draw_dot_gives_a_digraph_with_the_names_of_variables(tmp_path):
    graphviz = pytest.importorskip("graphviz")
    weight, bias = Value(2.0), Value(-1.0)
    result = weight * 3.0 + bias
    dot = am.draw_dot(result, format="png", rankdir="TB")
    assert isinstance(dot, graphviz.Digraph) and 'rankdir="TB"' in dot.source
    assert all(name in dot.source for name in ("weight", "bias", "result"))
    assert dot.pipe()[:4] == b"\x89PNG" and "<svg" in dot.pipe("svg", encoding="utf-8")
    assert dot.render("graph", directory=tmp_path) == str(tmp_path / "graph.png")
    assert (tmp_path / "graph").read_text() == dot.source
    assert dot.render(tmp_path / "other", cleanup=True, format="svg") == str(tmp_path / "other.svg")
    assert {path.name for path in tmp_path.iterdir()} == {"graph", "graph.png", "other.svg"}


def test_draw_dot_shows_itself_in_ipython_and_never_raises_there(monkeypatch):
    dot = am.draw_dot(Value(2.0) * 3.0)
    assert dot._repr_mimebundle_()["image/svg+xml"].startswith("<?xml")

    def nothing(*arguments):
        raise am.MissingExtra("no program")

    monkeypatch.setattr("autograd_mini.drawing.digraph.render", nothing)
    assert dot._repr_mimebundle_() == {}
    with pytest.raises(am.MissingExtra):
        dot.pipe()


def test_draw_dot_names_the_choices():
    with pytest.raises(ValueError, match="unknown rankdir 'up'; choose one of 'LR', 'TB'"):
        am.draw_dot(Value(2.0) * 3.0, rankdir="up")
    with pytest.raises(ValueError, match="unknown format"):
        am.draw_dot(Value(2.0) * 3.0, format="jpgg")


# -- it learns -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_its_demonstration_learns_the_moons():
    """Micrograd's demonstration: a max-margin loss with a penalty, and a falling learning rate."""
    random.seed(1337)
    data = datasets.moons(100, noise=0.1, seed=1)
    xs, ys = data.features, [2 * label - 1 for label in data.labels]
    model = MLP(2, [16, 16, 1])
    history = []
    for k in range(60):
        inputs = [list(map(Value, row)) for row in xs]
        scores = [model(row) for row in inputs]
        losses = [(1 + -y * score).relu() for y, score in zip(ys, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        penalty = 1e-4 * sum(p * p for p in model.parameters())
        total = data_loss + penalty
        right = [(y > 0) == (score.data > 0) for y, score in zip(ys, scores, strict=True)]
        history.append((total.data, sum(right) / len(right)))
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
    assert history[0][1] < 0.9
    assert history[-1][1] >= 0.98 and history[-1][0] < 0.1
