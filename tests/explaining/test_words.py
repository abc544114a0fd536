"""Derivations: that what they say is true, in every line; their LaTeX; that a name stays text.

The files in tests/golden/explaining/words are what the derivations below should be. After a change
on purpose, write them anew with

    UPDATE_GOLDEN=1 python -m pytest tests/explaining/test_words.py

and read them before you believe them. The LaTeX is rendered by KaTeX and MathJax where Node
and they are: in node_modules here, or in the directory that the environment variable KATEX names.
"""

import html
import json
import math
import os
import pathlib
import random
import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import Op, Value, topological_order
from autograd_mini.engine import ops
from autograd_mini.engine.errors import StaleGraph
from autograd_mini.explaining.derivation import nodes_on_paths
from autograd_mini.explaining.explain import Derivation, explain
from autograd_mini.explaining.paths import count_paths, largest_paths
from autograd_mini.text.names import name_latex
from autograd_mini.tracing.trace import record
from support.goldens import golden_files, golden_text
from support.places import ATTACKS, ROOT
from support.random_graphs import graphs, random_graph
from support.rows import each_row

# -- golden derivations ----------------------------------------------------------------------------


def lecture() -> Derivation:
    a, b, c, f = Value(2.0), Value(-3.0), Value(10.0), Value(-2.0)
    e = a * b
    d = e + c
    L = d * f  # noqa: N806 (the loss of the lecture)
    return explain(L)


def fork() -> Derivation:
    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    e = a * b
    d = e + c
    L = d * a  # noqa: N806
    return explain(L, a)


def square() -> Derivation:
    x1 = Value(3.0)
    y = x1 * x1 + x1
    return explain(y, "x1")


def neuron() -> Derivation:
    w1, w2, x1, x2, b = Value(-3.0), Value(1.0), Value(2.0), Value(0.5), Value(6.881373587)
    n = w1 * x1 + w2 * x2 + b
    out = n.tanh()
    loss = out - 0.1 * w1
    return explain(loss, w1)


def closed_relu() -> Derivation:
    x = Value(-2.0)
    y = am.relu(x)
    z = y * 3.0
    return explain(z, x)


def wall() -> Derivation:
    x = Value(2.0)
    d = x.detach()
    y = d * x
    return explain(y, x)


def only_walls() -> Derivation:
    x, k = Value(2.0), Value(3.0)
    d = x.detach()
    y = d * k
    return explain(y)


def no_path() -> Derivation:
    x, other = Value(2.0), Value(1.0)
    y = x * 2.0
    return explain(y, other)


def unnamed() -> Derivation:
    return explain((Value(2.0) * Value(3.0) + 1.0).exp())


def dot() -> Derivation:
    w = [Value(x, f"w{i}") for i, x in enumerate((0.5, -1.0, 2.0))]
    x = [Value(x, f"x{i}") for i, x in enumerate((1.0, 0.25, -0.5))]
    b = Value(0.1)
    n = am.dot(w, x, b)
    out = am.tanh(n)
    return explain(out, w[1])


def power() -> Derivation:
    x = Value(2.0)
    y = x**3
    return explain(y, x)


def cross_entropy() -> Derivation:
    a, b = Value(1.0), Value(2.0)
    loss = am.logsumexp([a, b]) - a
    return explain(loss)


def gates() -> Derivation:
    a, b, c = Value(1.0), Value(2.0), Value(5.0)
    m = am.maximum(a, b) + am.minimum(a, b)
    k = am.clip(c, 0.0, 1.0)
    y = m + k + am.floor(c) + am.where(am.heaviside(a), b, c)
    return explain(y)


def paths() -> Derivation:
    x = Value(1.0)
    v = x
    for _ in range(12):
        v = v * 0.9 + v.sin() * 0.2
    return explain(v, x)


DERIVATIONS = {
    f.__name__: f
    for f in (
        lecture, fork, square, neuron, closed_relu, wall, only_walls, no_path, unnamed, dot,
        power, cross_entropy, gates, paths,
    )
}  # fmt: skip
GOLDEN = golden_files(
    "explaining/words", [f"{name}{suffix}" for name in DERIVATIONS for suffix in (".txt", ".tex")]
)


@pytest.mark.parametrize("name", DERIVATIONS)
def test_a_derivation_is_what_it_was(name):
    derivation = DERIVATIONS[name]()
    for suffix, written in ((".txt", derivation.text), (".tex", derivation.latex)):
        text = f"{written}\n"
        assert text == golden_text(GOLDEN / f"{name}{suffix}", text)


@pytest.mark.parametrize("name", DERIVATIONS)
def test_a_derivation_fits_in_80_columns_and_shows_itself(name):
    derivation = DERIVATIONS[name]()
    lines = derivation.text.splitlines()
    assert max(map(len, lines)) <= 80 and lines == [line.rstrip() for line in lines]
    assert str(derivation) == repr(derivation) == derivation.text
    assert derivation._repr_latex_() == f"$$\n{derivation.latex}\n$$"


# -- every line is true ----------------------------------------------------------------------------

NAME = r"[A-Za-z]+\d*"
ROWS = {op.name: op for op in vars(ops).values() if isinstance(op, Op)}
PYTHON = {**ROWS, "inf": math.inf, "nan": math.nan}


def unwrapped(text: str) -> list[str]:
    """The lines of the steps, those that were cut joined again."""
    lines: list[str] = []
    for line in text.splitlines():
        if re.match(r" {5,}[^ =]", line):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    return lines


def equations(text: str) -> list[list[str]]:
    """[left, right, further right sides...] of every gradient and every long local derivative."""
    found: list[list[str]] = []
    for line in unwrapped(text):
        start = re.fullmatch(rf"    (d{NAME}/d{NAME}|∂\S+/∂\S+) = (.*)", line)
        if start:
            found.append([*start.groups()])
        elif line.lstrip().startswith("= "):
            found[-1].append(line.lstrip()[2:])
    return found


def local_equations(text: str) -> list[list[str]]:
    short = re.findall(r", so (∂\S+/∂\S+) = (.*)", "\n".join(unwrapped(text)))
    long = [found for found in equations(text) if found[0].startswith("∂")]
    return [[left, *right.split(" = ")] for left, right in short] + long


class Oracle:
    """The graph's own numbers: those of `backward()` and of each node."""

    def __init__(self, derivation: Derivation) -> None:
        values = derivation._trace._values
        for node in values:
            node.grad = None
        list(values)[-1].backward()
        self.by_name = {recorded.name: node for node, recorded in values.items()}

    def local(self, consumer: str, operand: str) -> float:
        name, occurrence = re.fullmatch(rf"\(?({NAME})\)?([₀-₉]*)", operand).groups()
        node, made = self.by_name[name], self.by_name[consumer]
        places = [i for i, parent in enumerate(made.parents) if parent is node]
        which = int(occurrence.translate({0x2080 + d: str(d) for d in range(10)}) or "1")
        assert bool(occurrence) == (len(places) > 1)
        return made.local_derivatives()[places[which - 1]]

    def symbols(self, text: str) -> float:
        text = re.sub(rf"d{NAME}/d({NAME})", lambda m: f"({self.by_name[m[1]].grad!r})", text)
        text = re.sub(
            rf"∂({NAME})/∂(\(?{NAME}\)?[₀-₉]*)", lambda m: f"({self.local(m[1], m[2])!r})", text
        )
        return eval(text, PYTHON)

    def formula(self, text: str) -> float:
        text = re.sub(r"logsumexp\(\[(.*?)\]\)", r"logsumexp(\1)", text)
        copies = {name: Value(node.data) for name, node in self.by_name.items()}
        found = eval(text, {**PYTHON, **copies})
        return found.data if isinstance(found, Value) else found


def close(received, expected, scale=0.0, rel=1e-5):
    if not math.isfinite(expected) or not math.isfinite(scale):
        return repr(received) == repr(expected) or not math.isfinite(scale)
    return abs(received - expected) <= rel * max(abs(expected), scale) + 1e-300


def check_gradients(text: str, oracle: Oracle) -> int:
    found = [e for e in equations(text) if e[0].startswith("d")]
    for left, *right in found:
        *_, symbols, numbers, result = right
        expected = oracle.by_name[left.split("/d")[1]].grad
        terms = [abs(eval(term, PYTHON)) for term in numbers.split(" + ")]
        scale = sum(terms)
        assert close(oracle.symbols(symbols), expected, scale, 1e-12), (left, symbols)
        assert close(eval(numbers, PYTHON), expected, scale), (left, numbers)
        assert close(float(result), expected), (left, result)
        assert symbols.count(" + ") + 1 == len(terms)
    return len(found)


def check_locals(text: str, oracle: Oracle) -> int:
    found = local_equations(text)
    for left, *right in found:
        expected = oracle.local(*re.fullmatch(rf"∂({NAME})/∂(\S+)", left).groups())
        assert close(float(right[-1]), expected), (left, right)
        value = oracle.formula(right[0])
        assert close(value, expected, rel=2e-3) or abs(value - expected) < 2e-5, (left, right)
    return len(found)


def check_definitions(text: str, oracle: Oracle) -> None:
    first = "\n".join(unwrapped(text)).split("\n\n")[0]
    for line in first.splitlines():
        left, right, number = re.fullmatch(rf"({NAME}) = (.*) = (\S+)", line).groups()
        expected = oracle.by_name[left].data
        assert close(float(number), expected)
        made = oracle.by_name[left]
        assert set(re.findall(rf"\b{NAME}\b(?!\()", right)) == {
            name for name, node in oracle.by_name.items() if node in made.parents
        } - {name for name, node in oracle.by_name.items() if node.is_constant}


def check_everything(derivation: Derivation) -> int:
    """How many gradients are derived in this text, where every line is true."""
    oracle = Oracle(derivation)
    count = check_gradients(derivation.text, oracle)
    assert count <= check_locals(derivation.text, oracle)
    if "=" in derivation.text.split("\n\n")[0].split(":")[0] and count:
        check_definitions(derivation.text, oracle)
    return count


def told(_root: Value, wrt: Value | str | None = None) -> Derivation:
    """A derivation in which only labels count as names."""
    return explain(_root, wrt)


COUNTS = {"lecture": 6, "fork": 3, "neuron": 6, "dot": 2, "cross_entropy": 3, "no_path": 0}


@pytest.mark.parametrize("name", sorted(set(DERIVATIONS) - {"paths"}))
def test_every_line_of_the_goldens_is_true(name):
    count = check_everything(DERIVATIONS[name]())
    assert count == COUNTS.get(name, count)


@pytest.mark.slow
@given(graphs(results=14, tame=True))
def test_every_line_is_true(nodes):
    derivation = told(nodes[-1])
    if "lead from" not in derivation.text and "leads from" not in derivation.text:
        shown = len(derivation._nodes)
        assert check_everything(derivation) == max(shown - 1, 0)
        assert max(map(len, derivation.text.splitlines())) <= 80


@pytest.mark.slow
@given(graphs(results=14, tame=True))
def test_one_leaf_is_derived_through_all_its_consumers(nodes):
    derivation = told(nodes[-1], topological_order(nodes[-1])[0])
    if "lead from" not in derivation.text and not derivation._targets[0].is_constant:
        check_everything(derivation)


# -- sentences -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("lecture", "dL/dL = 1, the start: L changes as L does."),
        ("fork", "a is used twice, in L and e; the contributions add up."),
        ("fork", "dL/da = Σ dL/dz * ∂z/∂a, for each consumer z: L and e"),
        ("square", "(x1)₁ and (x1)₂ stand for the places of x1 in v1, from left to right."),
        ("square", "x1 is used 3 times, in y and v1 (twice); the contributions add up."),
        ("closed_relu", "x is not above 0, where relu is flat. The gate is closed:"),
        ("wall", "No gradient comes back from d (detach, a stop-gradient)."),
        ("only_walls", "dy/dx = 0: no path leads down to x. No gradient comes back from d"),
        ("no_path", "dy/dother = 0: no path leads from y down to other, so y does not"),
        ("gates", "a is not the larger one, so it does not decide"),
        ("gates", "b is not the smaller one, so it does not decide"),
        ("gates", "but another operand of clip does. The gate is closed"),
        ("gates", "floor is flat between its jumps. The gate is closed"),
        ("gates", "c was not chosen by where. The gate is closed"),
        ("closed_relu", "heaviside(x) is 1 where x > 0, else 0."),
        ("paths", "4,096 paths lead from v down to x"),
        ("lecture", "Altogether: dL/df = 4, dL/dc = -2, dL/db = -4 and dL/da = 6."),
    ],
)
def test_special_cases_have_a_sentence(name, sentence):
    assert sentence in " ".join(DERIVATIONS[name]().text.split())


def test_a_constant_a_root_and_a_leaf():
    x = Value(2.0, "x")
    y = x * 3.0
    assert repr(explain(y, "3")) == "3 is a constant: it cannot change, so it gets no gradient."
    assert explain(y, y).text.endswith("dy/dy = 1, the start: y changes as y does.")
    assert explain(x).text == "dx/dx = 1, the start: x changes as x does."
    assert explain(y, x).gradients == {"x": 3.0} and explain(y, x).paths == 1


def test_a_consumer_behind_a_wall_is_named_too():
    x = Value(2.0, "x")
    k = x * 2.0
    y = k.detach() + x
    assert "No gradient comes back from k (behind a stop-gradient)." in explain(y, x).text


def test_a_row_of_ones_own_that_takes_only_numbers_shows_its_number():
    half = Op("half", "half({})", lambda x: x / 2.0, lambda x, z: math.copysign(0.5, 1.0))
    hard = Op("hard", "hard({})", lambda x: 2.0 * x, lambda x, z: 2.0 if math.isfinite(x) else 0.0)
    x = Value(2.0, "x")
    y = hard(half(x))
    assert "so ∂y/∂v1 = 2\n" in explain(y, x).text
    assert "so ∂v1/∂x = 0.5\n" in explain(y, x).text


def test_nothing_is_altered_and_the_trace_is_of_its_moment():
    x = Value(3.0, "x")
    y = x * x
    derivation = explain(y)
    assert x._grad is None and y._grad is None and y.label == ""
    before = derivation.text
    x.data = 5.0
    assert derivation.text == before
    with pytest.raises(StaleGraph):
        explain(y)


def test_errors_are_sentences():
    x = Value(3.0, "x")
    y = x * x
    with pytest.raises(
        TypeError, match="explain takes a Value, the result to start from, not float"
    ):
        explain(3.0)
    with pytest.raises(TypeError, match="wrt is a Value or a name, not 3 "):
        explain(y, 3)
    with pytest.raises(ValueError, match="'q' is not in this graph; its nodes are x, y"):
        explain(y, "q")
    with pytest.raises(ValueError, match="constant"):
        explain(_constant())


def _constant() -> Value:
    with am.no_grad():
        return Value(1.0) * 2.0


# -- paths -----------------------------------------------------------------------------------------


def all_paths(root: Value, target: Value) -> list[float]:
    """The products along all paths, by walking every one."""
    if root is target:
        return [1.0]
    uses = zip(root.parents, root.local_derivatives(), strict=True)
    return [
        local * rest
        for parent, local in uses
        if local is not None
        for rest in all_paths(parent, target)
    ]


@each_row("seed", range(40))
def test_paths_are_counted_and_the_largest_found(seed):
    root = random_graph(random.Random(seed), results=16, tame=True)[-1]
    target = topological_order(root)[0]
    trace = record(root, {})
    end = [trace.node(target)]
    nodes = nodes_on_paths(trace, end)
    products = all_paths(root, target)
    assert count_paths(trace, nodes, end) == len(products)
    if not all(map(math.isfinite, products)):
        return
    expected = sorted(map(abs, products), reverse=True)[:5]
    found = largest_paths(trace, nodes, end)
    assert [abs(path.product) for path in found] == pytest.approx(expected, rel=1e-9)
    for path in found:
        assert math.prod(path.factors) == pytest.approx(path.product, rel=1e-9)
        assert [edge.node for edge in path.edges] == path.nodes[1:]


@pytest.mark.slow
def test_a_large_graph_is_a_few_paths():
    x = Value(1.0, "x")
    v = x
    for _ in range(5_000):
        v = v * 0.5 + v * 0.5
    derivation = explain(v, x)
    assert derivation.paths == 2**5_000 and derivation.gradients == {"x": 1.0}
    assert "about 10^1505 paths lead from v down to x, over 15,001 nodes." in " ".join(
        derivation.text.split()
    )
    assert max(map(len, derivation.text.splitlines())) <= 80 and len(derivation.text) < 4000


def test_one_path_of_many_nodes_and_one_node_used_many_times():
    x = Value(2.0, "x")
    v = x
    for _ in range(40):
        v = v + 1.0
    assert "1 path leads from v down to x, over 41 nodes." in explain(v, x).text
    text = explain(am.sum([x] * 1000), x).text
    assert text.startswith("1,000 paths lead from") and "which is 0.1 % of" in text


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.slow
@each_row("attack", ATTACKS, ids=lambda attack: attack["id"])
def test_a_name_is_text(attack):
    x, y = Value(2.0, attack["string"]), Value(3.0, f"{attack['string']}!")
    text = told(x * y + x).text
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.count("\n\n") == told(Value(2.0) * (a := Value(3.0)) + a).text.count("\n\n")


def test_names_that_look_alike_stay_apart():
    x, y = Value(2.0, "x\x00"), Value(3.0, "x\x01")
    assert "with (x\ufffd) = 2, (x\ufffd_2) = 3" in told(x * y).text


# -- LaTeX -----------------------------------------------------------------------------------------

RENDER = """
const katex = require("katex");
const sources = JSON.parse(require("fs").readFileSync(0, "utf8"));
const shownAllTheSame = ["unknownSymbol", "symbolNotInFont"];
const strict = (code) => (shownAllTheSame.includes(code) ? "ignore" : "error");
const options = {throwOnError: true, strict, displayMode: true};
const render = (source) => {
  try { return {html: katex.renderToString(source, options)}; }
  catch (error) { return {error: `${error.message} in ${source}`}; }
};
process.stdout.write(JSON.stringify(sources.map(render)));
"""


MATHJAX = """
const {mathjax} = require("mathjax-full/js/mathjax.js");
const {TeX} = require("mathjax-full/js/input/tex.js");
require("mathjax-full/js/input/tex/AllPackages.js");
const {liteAdaptor} = require("mathjax-full/js/adaptors/liteAdaptor.js");
const {RegisterHTMLHandler} = require("mathjax-full/js/handlers/html.js");
const {SerializedMmlVisitor} = require("mathjax-full/js/core/MmlTree/SerializedMmlVisitor.js");
const {STATE} = require("mathjax-full/js/core/MathItem.js");
RegisterHTMLHandler(liteAdaptor());
const page = mathjax.document("", {InputJax: new TeX({packages: ["base", "ams"]})});
const visitor = new SerializedMmlVisitor();
const render = (source) => {
  const html = visitor.visitTree(page.convert(source, {end: STATE.CONVERT}));
  return /<merror/.test(html) ? {error: `${html.match(/<merror[^]*/)[0]} in ${source}`} : {html};
};
const sources = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(sources.map(render)));
"""
RENDERERS = {"katex": RENDER, "mathjax-full": MATHJAX}


def rendered(sources: list[str], renderer: str = "katex") -> list[dict[str, str]]:
    """What KaTeX or MathJax makes of these, in one Node process."""
    root = os.environ.get("KATEX") or str(ROOT)
    modules = pathlib.Path(root) / "node_modules"
    if shutil.which("node") is None:
        pytest.skip(f"no node here, which runs {renderer}")
    if not (modules / renderer).is_dir():
        pytest.skip(f"no {renderer} in {modules}: npm install it there, or set KATEX")
    environment = {**os.environ, "NODE_PATH": str(modules)}
    done = subprocess.run(
        ["node", "-e", RENDERERS[renderer]], input=json.dumps(sources), env=environment,
        check=True, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    return json.loads(done.stdout)


LABELS = [attack["string"] for attack in ATTACKS] + [
    *["σ", "α_1", "größe", "шаг", "σ 2", "日本", "x^2", "~", "\\", "w_1", "a  b", "שלום", "50 %"],
    *["#1", "a&b", "{x}", "$x$", "x_", "_", "^", "\\frac", "a\\\\b", "'", '"', "`", "<", "😀"],
]


@pytest.mark.slow
@pytest.mark.parametrize("renderer", RENDERERS)
def test_every_derivation_and_every_name_is_rendered(renderer):
    derivations = [make() for make in DERIVATIONS.values()]
    derivations += [
        told(random_graph(random.Random(seed), 12, tame=seed % 2 == 0)[-1]) for seed in range(50)
    ]
    for label in LABELS:
        x = Value(2.0, label)
        derivations += [told(x * Value(3.0, "y") + x), told(Value(1.0, label), Value(1.0))]
    found = rendered([d.latex for d in derivations] + [r"\frac{1}"], renderer)
    assert "error" in found.pop()
    assert [one["error"] for one in found if "error" in one] == []
    assert not any("<script" in one["html"].split("</annotation>")[-1] for one in found)


@pytest.mark.slow
@pytest.mark.parametrize("renderer", RENDERERS)
def test_what_is_shown_of_a_name_is_the_name(renderer):
    # What HTML writes otherwise, accents, and ^ and ~, whose signs are others.
    odd = re.compile(r"[ö<>&'\"`^~\\\u0300-\u036f]")
    labels = [
        each for each in LABELS if each.isprintable() and each.strip() and not odd.search(each)
    ]
    for label, one in zip(labels, rendered(list(map(name_latex, labels)), renderer), strict=True):
        shown = re.sub(r"<annotation.*?</annotation>|<span class=.katex-html.*", "", one["html"])
        text = re.sub(r"<[^>]*>", "", shown)
        assert "".join(html.unescape(text).split()) == "".join(label.split()), (label, text)


@given(st.lists(st.text("xy1_ ^~\\#$%&{}σ日.w2", min_size=1, max_size=4), min_size=2, max_size=2))
def test_two_names_are_never_written_alike(names):
    one, other = names
    assert (name_latex(one) == name_latex(other)) == (one == other)


def test_greek_names_are_greek_letters():
    latex = told(Value(2.0, "σ") * Value(3.0, "α1"), "σ").latex
    assert r"σ \cdot α_{1}" in latex and r"\text{σ" not in latex


def test_every_gradient_is_in_the_latex():
    latex = DERIVATIONS["fork"]().latex
    assert latex.count(r"\begin{aligned}") == latex.count(r"\end{aligned}") == 6
    assert r"\frac{\mathrm{d} L}{\mathrm{d} a} &= \sum_{z \in \{L, e\}}" in latex
    assert r"&= 1 \cdot 4 + 2 \cdot \left(-3\right)" in latex


def test_nothing_is_gated_where_a_factor_happens_to_be_zero():
    x, zero = Value(2.0, "x"), Value(0.0, "zero")
    y = x * zero
    text = explain(y, x).text
    assert "y does not react to x here: a 0 comes back from y." in text and "gate" not in text


def test_formulas_too_long_to_tell_anything_are_left_out():
    many = [Value(float(i), f"x{i}") for i in range(12)]
    y = am.logsumexp(many)
    assert re.search(r"so ∂y/∂x3 = 0\.000\d+\n|∂y/∂x3 = 0\.000\d+\n", explain(y, "x3").text)
    assert "exp(" not in explain(y, "x3").text.replace("logsumexp(", "")
    wide = am.dot([Value(1.0) for _ in range(40)], [Value(2.0, f"i{k}") for k in range(40)])
    assert "operands" in told(wide, "i3").text and "so ∂" in told(wide, "i3").text


@pytest.mark.slow
@given(graphs(results=25))
def test_no_number_is_too_awkward(nodes):
    root = nodes[-1]
    derivation = told(root)
    leaves = [node for node in topological_order(root) if node.is_leaf]
    root.backward()
    assert list(map(repr, derivation.gradients.values())) == [repr(leaf.grad) for leaf in leaves]
