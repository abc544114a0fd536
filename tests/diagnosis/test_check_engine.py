"""`check_engine`: engines with mistakes are told what they are, and right ones that they are right.

The engines are those of engines_with_mistakes.py, which know nothing of the package. The numbers of
every witness are worked out again: the found ones with the engine itself, the right ones by central
differences of plain Python. After a change of the reports on purpose, write the golden ones anew:

    UPDATE_GOLDEN=1 python -m pytest tests/diagnosis/test_check_engine.py
"""

import itertools
import math
import re
import sys

import numpy as np
import pytest

from autograd_mini import Value
from autograd_mini.diagnosis.checker.check_engine import check_engine
from autograd_mini.diagnosis.checker.hypotheses import Pass
from autograd_mini.diagnosis.checker.loading import load
from autograd_mini.diagnosis.checker.predictions import predictions
from autograd_mini.diagnosis.checker.probes import POWER, by_leaf, pass_probes, probes_of
from autograd_mini.diagnosis.mistakes import mistakes
from autograd_mini.diagnosis.wrong_passes import BackwardPass
from autograd_mini.engine import ops
from support.engines_with_mistakes import (
    HABITS,
    ONLY_STORED,
    VARIANTS,
    Closures,
    Stored,
    closures,
    recursive_order,
    stored,
)
from support.goldens import golden_files, golden_text
from support.rows import each_row

STYLES = {"closures": closures, "stored": stored}
OPERATORS = ["+", "-", "*", "/", "**", "-x", "exp", "log", "relu", "sigmoid", "tanh", "sin"]
WARNING = "repeated_backward"
ROWS = [name for name, mistake in mistakes.items() if "rows" in mistake.changes]
OF_THE_PASS = [name for name in mistakes if name not in ROWS]


def named(report):
    """The names of the known mistakes of the first backward pass."""
    return set(report.mistakes) - {WARNING}


def words(report):
    """The report on one line."""
    return " ".join(report.text.split())


def check(engine_class):
    """The report on a class, after a look at what must be true of every report."""
    report = check_engine(engine_class)
    lines = report.text.splitlines()
    assert max(map(len, lines)) <= 80, report
    assert repr(report) == report.text and not any(line != line.rstrip() for line in lines)
    assert report.passed == (
        bool(report.right) and all(finding.kind == WARNING for finding in report.findings)
    )
    groups = [*report.right, *report.wrong, *report.unjudged]
    assert len(set(groups)) == len(groups)
    for finding in report.findings:
        assert finding.symbol == "" or finding.found != finding.right
    return report


# -- the numbers of a witness, worked out again ----------------------------------------------------


def run(expression, leaves, functions):
    *steps, last = expression.split(";")
    scope = {**functions, **leaves}
    for step in steps:
        exec(step.strip(), scope)
    return eval(last.strip(), scope)


def methods():
    return {name: lambda x, name=name: getattr(x, name)() for name in ("sigmoid", "relu", *MATH)}


MATH = ("exp", "log", "tanh", "sin")
PLAIN = {
    **{name: getattr(math, name) for name in MATH},
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "relu": lambda x: max(x, 0.0),
}


def check_witness(finding, engine_class):
    expression, given = finding.witness.split(" with ")
    numbers = {name: float(x) for name, x in re.findall(r"(\w) = (-?[\d.]+\d|-?\d)", given)}
    leaf = finding.symbol.removeprefix("d")
    leaves = {name: engine_class(x) for name, x in numbers.items()}
    run(expression, leaves, methods()).backward()
    assert finding.found == pytest.approx(leaves[leaf].grad or 0.0, rel=1e-9)
    step = 1e-5
    up, down = [run(expression, numbers | {leaf: numbers[leaf] + s}, PLAIN) for s in (step, -step)]
    assert finding.right == pytest.approx((up - down) / (2 * step), rel=1e-6, abs=1e-8)


# -- right engines ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("habits", [(), *[(habit,) for habit in HABITS], ("composed", "in_sets")])
@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_a_right_engine_passes(style, habits):
    report = check(style(*habits))
    assert report.passed and report.right == OPERATORS and not report.wrong
    assert report.missing == ["a ** b", "2 ** a"]
    assert report.depth == 190 and "512 paths" in report.text
    fresh = "fresh" in habits
    assert report.mistakes == (() if fresh else (WARNING,))
    assert ("starts anew" in report.text) == fresh


@pytest.mark.slow
def test_the_value_of_this_package_passes_with_nothing_missing():
    report = check(Value)
    assert report.passed and not report.missing and not report.findings and not report.unjudged
    assert {*OPERATORS, "%", "abs", "gelu", "acosh"} <= set(report.right)
    assert "as in PyTorch" in report.text


def test_micrograd_is_right_but_for_its_repeated_backward():
    engine = pytest.importorskip("micrograd.engine", reason="micrograd is not installed")
    report = check(engine.Value)
    assert report.passed and report.right == ["+", "-", "*", "/", "**", "-x", "relu"]
    assert report.mistakes == (WARNING,) and report.depth == 190
    assert report.missing == ["a ** b", "2 ** a", "exp", "log", "sigmoid", "tanh"]


@pytest.mark.slow
def test_an_engine_of_32_bits_passes():
    class Single(Stored):
        def __init__(self, data):
            super().__init__(np.float32(data))

        def tanh(self):
            z = np.tanh(self.data)
            return self.result(z, (self, 1 - z * z))

        def exp(self):
            return self.result(np.exp(self.data), (self, np.exp(self.data)))

    report = check(Single)
    assert report.passed and {"tanh", "exp", "/"} <= set(report.right)


@pytest.mark.slow
def test_gradients_may_be_values_and_data_numbers_of_numpy():
    class Wrapped(Stored):
        def __init__(self, data):
            super().__init__(np.float64(data))

        def backward(self):
            super().backward()
            for node in recursive_order(self, Stored.operands):
                if not isinstance(node.grad, Stored):
                    node.grad = Stored(node.grad)

    assert check(Wrapped).right == OPERATORS


# -- one mistake -----------------------------------------------------------------------------------


def one_mistake():
    for name in mistakes:
        for variant in (None, *VARIANTS.get(name, [])):
            for style in STYLES:
                if style == "stored" or variant not in ONLY_STORED:
                    yield style, name, variant


@pytest.mark.slow
@each_row(("style", "name", "variant"), list(one_mistake()))
def test_a_mistake_is_named_and_nothing_else(style, name, variant):
    wrong = [name, *(variant or "").split()]
    engine_class = STYLES[style](*wrong)
    report = check(engine_class)
    assert named(report) == {name} and not report.passed
    finding, *others = report.findings
    assert finding.mistakes == (name,) and {other.kind for other in others} <= {WARNING}
    check_witness(finding, engine_class)
    assert f"1 mistake: {name}" in report.text
    assert " ".join(mistakes[name].sentence.split()) in words(report)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("style", "habits"),
    [
        (closures, ["composed", "in_sets"]),
        (closures, ["none", "recursive"]),
        (stored, ["composed", "rightmost"]),
        (stored, ["in_sets"]),
    ],
)
def test_a_mistake_is_named_whatever_the_habits(style, habits):
    for name in mistakes:
        inside_div_or_sub = name.startswith(("quotient", "subtraction"))
        if not ("composed" in habits and inside_div_or_sub):
            report = check(style(name, *habits))
            assert named(report) == {name}, (name, report)
            assert not any(finding.kind == "unexplained" for finding in report.findings)


@pytest.mark.slow
def test_operators_are_not_to_blame_for_the_pass():
    for name in set(OF_THE_PASS) - {"seed_zero", "outer_at_wrong_point"}:
        assert check(closures(name)).right == OPERATORS, name


@pytest.mark.slow
def test_an_operator_is_to_blame_for_its_rule():
    blamed = {name: check(stored(name)).wrong for name in ROWS}
    symbols = {"product": "*", "subtraction": "-", "quotient": "/", "power": "**"}
    assert blamed == {name: [symbols.get(name.split("_")[0], name.split("_")[0])] for name in ROWS}


def test_where_every_gradient_is_zero_no_operator_is_judged():
    report = check(closures("seed_zero", "tanh_of_input"))
    assert named(report) == {"seed_zero"}
    assert not report.right and not report.wrong and report.unjudged == OPERATORS


def test_gradients_that_stay_none_are_zero():
    members = {"wrong": ("none",), "backward": lambda self: None}
    assert named(check(type("Value", (Closures,), members))) == {"seed_zero"}


def test_operations_made_of_a_wrong_one_are_wrong_and_said_to_follow():
    report = check(closures("power_no_n", "composed"))
    assert report.mistakes[0] == "power_no_n" and report.wrong == ["/", "**"]
    assert "/ is wrong too, as it is if it is made of **; if not, it is quotient_sign" in " ".join(
        report.text.split()
    )


def test_a_mistake_in_one_operator_only():
    class Relu(Closures):
        def relu(self):
            out = type(self)(max(self.data, 0.0), (self,))

            def _backward():
                self.grad = (out.data > 0) * out.grad

            out._backward = _backward
            return out

    class Product(Closures):
        def __mul__(self, other):
            other = self._value(other)
            out = type(self)(self.data * other.data, (self, other))

            def _backward():
                self.grad += other.data
                other.grad += self.data

            out._backward = _backward
            return out

    for engine_class, name, operator in (
        (Relu, "overwrite", "relu"),
        (Product, "no_upstream", "*"),
    ):
        report = check(engine_class)
        assert named(report) == {name} and report.wrong == [operator]
        finding = report.findings[0]
        assert finding.mistakes == (name,) and finding.sentence.endswith(
            f"Only {operator} does so."
        )
        check_witness(finding, engine_class)


def test_a_mistake_in_one_use_of_an_operator():
    class Reflected(Closures):
        def __rtruediv__(self, other):
            return self._made(other / self.data, (self,), other / self.data**2)

    report = check(Reflected)
    assert named(report) == {"quotient_sign"} and report.wrong == ["/"]
    assert report.findings[0].witness == "2 / a with a = 3"


@pytest.mark.slow
def test_functions_made_of_exponentials():
    class Composed(Closures):
        def tanh(self):
            power = (self * 2).exp()
            return (power - 1) / (power + 1)

        def sigmoid(self):
            return 1 / (1 + (-self).exp())

    assert check(Composed).passed
    for name in ("overwrite", "recurse_per_path", "add_upstream", "exp_of_input", "preorder"):
        report = check(type("Wrong", (Composed,), {"wrong": (name, "composed")}))
        assert named(report) == {name} and "unexplained" not in report.text, report


# -- two mistakes ----------------------------------------------------------------------------------

# Of these pairs the second is hidden by the first: no gradient of any leaf shows it.
HIDDEN = {
    ("overwrite", "set_parents"): {"overwrite"},
    ("overwrite", "recurse_per_path"): {"overwrite"},
    ("preorder", "no_upstream"): {"no_upstream"},
    ("postorder", "no_upstream"): {"no_upstream"},
    ("breadth_first", "no_upstream"): {"no_upstream"},
    ("seed_output", "no_upstream"): {"no_upstream"},
    ("no_upstream", "outer_at_wrong_point"): {"no_upstream"},
    ("postorder", "outer_at_wrong_point"): {"postorder"},
    ("no_upstream", "quotient_no_numerator"): {"no_upstream"},  # as x * y**-1 has it
    ("quotient_sign", "power_no_n"): {"power_no_n"},  # the same
    ("seed_zero", "no_upstream"): {"no_upstream"},
    ("seed_zero", "add_upstream"): {"seed_zero", "add_upstream"},
}
# These give the same numbers as another pair.
TWINS = [
    ({"overwrite", "postorder"}, {"set_parents", "postorder"}),
    ({"recurse_per_path", "first_path_only"}, {"preorder", "first_path_only"}),
    ({"breadth_first", "first_path_only"}, {"recurse_per_path", "first_path_only"}),
]
TOGETHER_IMPOSSIBLE = [
    {"preorder", "postorder", "breadth_first", "recurse_per_path"},
    {"overwrite", "first_path_only"},
    {"seed_zero", "seed_output"},
    {"no_upstream", "add_upstream"},
    *[
        {name for name in ROWS if name.startswith(operation)}
        for operation in ("quotient", "power", "tanh")
    ],
]
ALL_PAIRS = [
    pair
    for pair in itertools.combinations(mistakes, 2)
    if not any(set(pair) <= few for few in TOGETHER_IMPOSSIBLE)
]
# Each in one of the two styles; of the pairs that are much alike, some.
PAIRS = [
    pair
    for k, pair in enumerate(ALL_PAIRS)
    if k % 4 == 0 or not ("seed_zero" in pair or set(pair) <= set(ROWS))
]


def expected_of(pair):
    """The names that there should be for two mistakes, and those that there may be besides."""
    twins = [one | other for one, other in TWINS if set(pair) in (one, other)]
    if twins:
        return set(), set.union(*twins)
    return HIDDEN.get(pair, {"seed_zero"} if "seed_zero" in pair else set(pair)), set()


def test_most_pairs_are_named():
    alone = [pair for pair in ALL_PAIRS if expected_of(pair) == (set(pair), set())]
    twins = [pair for pair in ALL_PAIRS if expected_of(pair)[1]]
    assert (len(ALL_PAIRS), len(alone), len(twins)) == (264, 228, 5)


@pytest.mark.slow
@pytest.mark.parametrize("quarter", range(4))
def test_two_mistakes_are_named(quarter):
    for k, pair in enumerate(PAIRS[quarter::4]):
        style = (closures, stored)[k % 2]
        report = check(style(*pair))
        needed, possible = expected_of(pair)
        found = named(report)
        assert found and needed <= found <= needed | possible, (pair, report)
        for finding in report.findings:
            if finding.kind == "mistake":
                check_witness(finding, style(*pair))
        assert not any(finding.kind == "unexplained" for finding in report.findings), (pair, report)


def test_mistakes_that_give_the_same_numbers_are_all_named():
    report = check(stored("overwrite", "postorder"))
    assert report.findings[0].mistakes == ("overwrite", "set_parents")
    assert "2 mistakes: overwrite (or set_parents) and postorder" in words(report)


def test_a_witness_shows_the_mistake_even_among_others():
    report = check(closures("seed_output", "outer_at_wrong_point"))
    assert report.findings[0].witness == "a + a with a = 3"
    assert re.search(r"\*\*|exp|log|relu|sigmoid|tanh|sin", report.findings[1].witness)


def test_a_witness_shows_what_the_other_mistake_does_not():
    report = check(closures("seed_output", "product_not_swapped"))
    finding = next(one for one in report.findings if one.mistakes == ("product_not_swapped",))
    assert finding.witness == "a * b with a = 3 and b = -5"  # a * a has only the wrong seed


@pytest.mark.slow
def test_two_mistakes_in_one_operator():
    class Tanh(Closures):
        def tanh(self):
            out = type(self)(math.tanh(self.data), (self,))

            def _backward():
                self.grad += 1 - out.data

            out._backward = _backward
            return out

    report = check(Tanh)
    assert named(report) == {"tanh_no_square", "no_upstream"} and report.wrong == ["tanh"]


@pytest.mark.slow
def test_three_mistakes_in_three_places():
    report = check(closures("overwrite", "tanh_no_square", "subtraction_sign", "fresh"))
    assert named(report) == {"overwrite", "tanh_no_square", "subtraction_sign"}
    assert report.wrong == ["-", "tanh"]


@pytest.mark.slow
def test_predictions_are_those_of_the_engine_in_the_catalogue():
    for name, mistake in mistakes.items():
        for changes in (mistake.changes, *mistake.variants):
            for probe in [*pass_probes(), *probes_of((ops.tanh, (False,))), *probes_of(POWER)]:
                found = predictions(probe, Pass((name, changes)), {})
                engine = BackwardPass(probe.graph, changes)
                assert found == [by_leaf(probe.graph, engine.gradients())], (name, probe.text)


# -- what no known mistake explains ----------------------------------------------------------------


def with_methods(**new):
    return type("Value", (Closures,), new)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("tanh", lambda self: self._made(math.tanh(self.data), (self,), 0.123)),
        ("exp", lambda self: self._made(math.exp(self.data), (self,), -math.exp(self.data))),
        ("__neg__", lambda self: self._made(-self.data, (self,), 1.0)),
        ("__add__", lambda self, y: self._made(self.data + self._value(y).data, (self,), 1.0)),
        ("__sub__", lambda self, y: self._made(self.data - self._value(y).data, (self,), 3.0)),
    ],
    ids=["tanh", "exp", "neg", "add", "sub"],
)
def test_an_unknown_mistake_is_not_given_a_name(name, method):
    report = check(with_methods(**{name: method}))
    symbol = {"__neg__": "-x", "__add__": "+", "__sub__": "-"}.get(name, name)
    assert not named(report) and not report.passed and symbol in report.wrong
    finding = report.findings[0]
    assert [finding.kind for finding in report.findings] in (
        ["unexplained"],
        ["unexplained", WARNING],
    )
    check_witness(finding, with_methods(**{name: method}))
    others = set(OPERATORS) - {symbol, "-"}  # 2 - a uses the minus sign nowhere, a - b may
    assert others <= set(report.right)


class ByNumber(Closures):
    """An engine with an order of its own: the nodes with the largest numbers first."""

    def backward(self):
        self.grad = 1.0
        for node in sorted(set(recursive(self)), key=lambda node: -node.data):
            node._backward()


@pytest.mark.slow
def test_an_unknown_pass_is_not_given_a_name():
    report = check(ByNumber)
    assert not report.mistakes and [finding.kind for finding in report.findings] == ["unexplained"]
    assert "nor any two of them" in report.text
    check_witness(report.findings[0], ByNumber)


@pytest.mark.slow
def test_beside_an_unknown_pass_only_rules_get_a_name():
    class Zero(ByNumber):
        wrong = ("tanh_no_square",)

        def __neg__(self):  # along its only path, upstream 1 and local -1 would add up to 0
            return self._made(-self.data, (self,), 0.0)

    report = check(Zero)
    assert named(report) == {"tanh_no_square"} and "-x" in report.wrong


@pytest.mark.slow
def test_what_all_wrong_gradients_have_in_common_is_said():
    class Twice(Closures):
        def backward(self):
            self.grad = 2.0
            for node in [*dict.fromkeys(recursive(self))][::-1]:
                node._backward()

    class RootOnly(Closures):
        def backward(self):
            self.grad = 1.0

    for engine_class, said in ((Twice, "2 times what it"), (RootOnly, "no gradient comes to any")):
        report = check(engine_class)
        assert not report.mistakes and len(report.findings) == 1 and said in report.text


def recursive(node):
    return [*[below for child in node._children for below in recursive(child)], node]


@pytest.mark.slow
def test_a_wrong_rule_shows_beside_an_unknown_pass():
    class Odd(Closures):
        wrong = ("tanh_of_input",)

        def backward(self):
            self.grad = 1.0
            self._backward()
            for child in self._children:
                child.grad *= 1.0 if len(child._children) < 2 else 3.0
                child._backward()

    report = check(Odd)
    assert named(report) == {"tanh_of_input"} and "sin" in report.right
    assert [finding.kind for finding in report.findings] == ["mistake", "unexplained"]


# -- what is missing -------------------------------------------------------------------------------

ALL = ["__add__", "__sub__", "__mul__", "__truediv__", "__pow__", "__neg__"]
REFLECTED = ["__radd__", "__rsub__", "__rmul__", "__rtruediv__"]


def without(*names, wrong=()):
    return type("Value", (Closures,), dict.fromkeys(names) | {"wrong": wrong})


def test_reflected_operators_are_missing_and_not_wrong():
    report = check(without(*REFLECTED))
    assert report.passed and report.right == OPERATORS
    assert report.missing == ["2 + a", "2 - a", "2 * a", "2 / a", "a ** b", "2 ** a"]


@pytest.mark.slow
def test_only_plus_and_times():
    functions = ["exp", "log", "relu", "sigmoid", "tanh", "sin"]
    rest = [name for name in (*ALL, *REFLECTED, *functions) if name not in ("__add__", "__mul__")]
    report = check(without(*rest))
    assert report.passed and report.right == ["+", "*"] and report.depth == 190
    assert {"-", "/", "**", "-x", "exp", "log", "relu", "sigmoid", "tanh"} <= set(report.missing)
    for name in OF_THE_PASS[:-1]:  # without a function of one argument the last is nothing
        assert named(check(without(*rest, wrong=(name,)))) == {name}, name


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["__add__", "__mul__"])
def test_one_of_plus_and_times_is_missing(missing):
    gone = [missing, missing.replace("__", "__r", 1)]
    report = check(without(*gone))
    assert report.passed and report.depth == 190
    assert {"__add__": "+", "__mul__": "*"}[missing] in report.missing
    assert named(check(without(*gone, wrong=("overwrite",)))) == {"overwrite"}
    assert named(check(without(*gone, wrong=("tanh_no_square",)))) == {"tanh_no_square"}


def test_nothing_but_a_function():
    others = [*ALL, *REFLECTED, "exp", "log", "relu", "sigmoid", "sin"]
    assert check(without(*others)).right == ["tanh"]
    assert named(check(without(*others, wrong=("seed_output",)))) == {"seed_output"}


def test_no_operator_at_all_is_no_pass():
    report = check(without(*ALL, *REFLECTED, "exp", "log", "relu", "sigmoid", "tanh", "sin"))
    assert not report.passed and not report.findings and "no operator" in report.text


def test_operators_that_take_no_plain_numbers():
    class Strict(Closures):
        def _value(self, x):
            return x if isinstance(x, Closures) else x.data  # AttributeError for a number

        __rsub__ = __rtruediv__ = None

    report = check(Strict)
    assert report.passed and not report.wrong
    assert set(report.missing) >= {"a + 2", "2 + a", "a * 2", "2 * a", "a - 2", "2 / a"}


def test_a_stub_is_missing():
    def stub(self):
        raise NotImplementedError

    report = check(with_methods(tanh=stub, log=lambda self: NotImplemented))
    assert report.passed and {"tanh", "log"} <= set(report.missing)


def test_a_power_that_takes_only_some_exponents():
    class Whole(Closures):
        def __pow__(self, n):
            return Closures.__pow__(self, n) if isinstance(n, int) else NotImplemented

    report = check(Whole)
    assert report.passed and "**" in report.right and "a ** 0.5" in report.missing


def test_a_function_of_another_definition_is_not_judged():
    def leaky(self):
        slope = 1.0 if self.data > 0 else 0.2
        return self._made(slope * self.data, (self,), slope)

    report = check(with_methods(leaky_relu=leaky))
    assert report.passed and report.unjudged == ["leaky_relu"]


# -- what stops, and forward passes ----------------------------------------------------------------


def test_the_constructor_stops():
    class Broken:
        def __init__(self, data):
            raise RuntimeError("two\nlines")

    report = check(Broken)
    assert not report.passed and report.findings[0].kind == "unusable"
    text = words(report)
    assert "Broken(3.0) stops with RuntimeError: two lines, line " in text
    assert "of test_check_engine.py, in __init__()" in text


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"__init__": lambda self: None}, "stops with TypeError"),
        ({"__init__": lambda self, data: None, "backward": print}, "has no .data"),
        ({"__init__": lambda self, data: setattr(self, "data", data)}, "has no .backward"),
        (
            {"__init__": lambda self, data: setattr(self, "data", data), "backward": 3},
            "backward is no method",
        ),
        (
            {"__init__": lambda self, data: None, "data": property(lambda self: 1 / 0)},
            "has no .data (ZeroDivisionError)",
        ),
    ],
    ids=["arguments", "data", "backward", "method", "property"],
)
def test_a_class_that_is_no_engine(members, said):
    report = check(type("Thing", (), members))
    assert said in report.text and "nothing could be tried" in report.text and not report.passed


@pytest.mark.parametrize("thing", [Value(2.0), 3, "my_engine.py:Value", check_engine])
def test_what_is_no_class_is_a_type_error(thing):
    with pytest.raises(TypeError, match="give the class itself"):
        check_engine(thing)


def test_an_operator_that_stops():
    def divide(self, other):
        return self.data / 0

    report = check(with_methods(__truediv__=divide))
    finding = report.findings[0]
    assert finding.kind == "raises" and report.wrong == ["/"] and not report.passed
    assert "a / a with a = 3: ZeroDivisionError" in finding.sentence
    assert "of test_check_engine.py, in divide()" in finding.sentence


def test_an_operator_without_return():
    report = check(with_methods(__add__=lambda self, other: None, __radd__=None))
    assert report.wrong == ["+"] and "a method without return gives None" in words(report)
    assert "*" in report.right


def test_an_operator_that_gives_a_number():
    report = check(with_methods(sigmoid=lambda self: 0.5))
    assert report.wrong == ["sigmoid"] and "the result is float, without data" in words(report)


@pytest.mark.slow
def test_a_backward_that_stops():
    def backward(self):
        raise KeyError("x")

    report = check(with_methods(backward=backward))
    assert len(report.findings) == 1 and not report.right and not report.wrong
    assert "backward() of a + a with a = 3: KeyError: 'x'" in report.text


def test_a_backward_that_stops_at_one_operator():
    def tanh(self):
        out = type(self)(math.tanh(self.data), (self,))

        def _backward():
            self.grad += out.grad * undefined  # noqa: F821

        out._backward = _backward
        return out

    report = check(with_methods(tanh=tanh))
    assert report.wrong == ["tanh"] and len(report.findings) == 2
    assert "NameError" in report.text and "in _backward()" in report.text


def test_a_backward_that_wants_an_argument():
    report = check(with_methods(backward=lambda self, gradient: None))
    assert "TypeError" in report.text and not report.passed


@pytest.mark.slow
@pytest.mark.parametrize("grad", ["hello", "1.0", [1], object()], ids=["a", "b", "list", "object"])
def test_a_gradient_that_is_no_number(grad):
    class Odd(Closures):
        def backward(self):
            for node in recursive(self):
                node.grad = grad

    report = check(Odd)
    assert ".grad cannot be read as a number" in report.text and not report.passed


@pytest.mark.slow
def test_no_gradient_at_all():
    class Without(Closures):
        def __getattribute__(self, name):
            if name == "grad":
                raise AttributeError("there is no grad")
            return super().__getattribute__(name)

        def backward(self):
            pass

    report = check(Without)
    assert "there is no grad" in report.text and not report.passed
    assert report.unjudged == OPERATORS


def test_a_wrong_forward_pass():
    report = check(with_methods(__rsub__=lambda self, other: self - other))
    finding = report.findings[0]
    assert finding.kind == "wrong_data" and report.wrong == ["-"] and not named(report)
    assert finding.numbers == "the result should be -1, yours is 1"
    assert finding.witness == "2 - a with a = 3"


def test_an_operator_that_changes_its_operand():
    def negative(self):
        self.data = -self.data
        return self._made(self.data, (self,), -1.0)

    report = check(with_methods(__neg__=negative))
    assert not report.passed and report.findings[0].kind == "wrong_data"
    assert "a + (-a)" in report.findings[0].witness


def test_nothing_is_swallowed_but_exceptions():
    for stop in (KeyboardInterrupt, SystemExit):

        def tanh(self, stop=stop):
            raise stop

        with pytest.raises(stop):
            check_engine(with_methods(tanh=tanh))


def test_what_the_engine_prints_is_let_through(capsys):
    def exp(self):
        print("hello")
        return Closures.exp(self)

    assert check(with_methods(exp=exp)).passed
    assert "hello" in capsys.readouterr().out


# -- calls again -----------------------------------------------------------------------------------


def test_the_warning_has_both_numbers_and_a_cure():
    report = check(closures())
    finding = report.findings[0]
    assert (finding.right, finding.or_else, finding.found) == (-10.0, (-5.0,), -15.0)
    assert "set the gradients of all its nodes to 0" in finding.sentence and report.passed


def test_nodes_that_are_visited_once_and_for_all():
    class Marked(Closures):
        def backward(self):
            self.grad = 1.0
            for node in dict.fromkeys(recursive(self)[::-1]):
                if not hasattr(node, "seen"):
                    node.seen = True
                    node._backward()

    class Sorted(Marked):  # the same, in the right order
        def backward(self):
            self.grad = 1.0
            for node in list(dict.fromkeys(recursive(self)))[::-1]:
                if not hasattr(node, "seen"):
                    node.seen = True
                    node._backward()

    assert named(check(Marked)) == {"preorder"}
    report = check(Sorted)
    assert report.mistakes == (WARNING,) and report.passed
    assert "even when their gradients are set to 0" in words(report)
    assert "the gradients of the leaves set to 0" in report.findings[0].witness


def test_a_call_that_does_nothing_where_a_gradient_is():
    class Done(Closures):
        def backward(self):
            if not self.grad:
                super().backward()

    report = check(Done)
    assert report.mistakes == (WARNING,) and report.passed
    assert report.findings[0].found == 0.0 and "set to 0" in report.findings[0].witness


def test_a_part_that_is_shared_by_two_calls():
    class Forgetful(Closures):  # sets to 0 what it came to in the last call from the same root
        def backward(self):
            nodes = list(dict.fromkeys(recursive(self)))[::-1]
            for node in nodes if hasattr(self, "called") else ():
                node.grad = 0.0
            self.called = True
            self.grad = 1.0
            for node in nodes:
                node._backward()

    report = check(Forgetful)
    assert report.mistakes == (WARNING,)
    assert "backward() from d, then from the whole" in report.findings[0].witness


def test_a_second_call_that_stops_is_said():
    class Once(Closures):
        def backward(self):
            if hasattr(self, "called"):
                raise RuntimeError("a second time")
            self.called = True
            super().backward()

    report = check(Once)
    assert report.passed and not report.mistakes
    assert "a second call stops with RuntimeError: a second time" in words(report)


# -- depth -----------------------------------------------------------------------------------------


def test_a_recursive_engine_is_right_to_its_depth():
    class Shallow(Closures):
        def backward(self):
            if len(set(recursive(self))) > 60:
                raise RecursionError("maximum recursion depth exceeded")
            super().backward()

    report = check(Shallow)
    assert report.passed and report.depth == 50
    assert "right on a chain of 50 results; deeper, its recursion meets" in " ".join(
        report.text.split()
    )


def test_a_real_recursion_error():
    report = []

    def deep(levels):
        if levels:
            deep(levels - 1)
        else:
            report.append(check_engine(closures("recursive")))

    limit = sys.getrecursionlimit()
    frames = len(list(itertools.takewhile(bool, iterate(lambda f: f.f_back, sys._getframe()))))
    deep(limit - frames - 150)
    assert report[0].passed and report[0].depth in (10, 50, 100)


def iterate(function, start):
    while True:
        yield start
        start = function(start)


def test_an_engine_that_stops_early_is_wrong():
    class Lazy(Closures):
        def backward(self):
            self.grad = 1.0
            for node in list(dict.fromkeys(recursive(self)))[::-1][:20]:
                node._backward()

    report = check(Lazy)
    assert not report.passed and report.depth == 10
    assert report.findings[0].witness == "a chain of 50 results"


def test_probes_are_neither_deep_nor_many():
    depths, paths = [0], [0]

    class Counting(Stored):
        def backward(self):
            super().backward()
            depths.append(depth_of(self, {}))
            paths.append(paths_of(self, {}))

    assert check(Counting).passed
    assert 100 < max(depths) < 200 and 500 < max(paths) < 1000
    assert depths.index(max(depths)) > 0.9 * len(depths)  # the deep ones come last


def depth_of(node, known):
    if node not in known:
        known[node] = max([1 + depth_of(below, known) for below in node.operands()], default=0)
    return known[node]


def paths_of(node, known):
    if node not in known:
        known[node] = sum([paths_of(below, known) for below in node.operands()]) or 1
    return known[node]


# -- golden reports --------------------------------------------------------------------------------


def stops_in_division(self, other):
    raise ZeroDivisionError("no division here")


REPORTS = {
    "right": closures("fresh"),
    "overwrite": closures("overwrite"),
    "powers": closures("power_no_n", "composed"),
    "twins": stored("overwrite", "postorder", "tanh_of_input"),
    "missing": without(*REFLECTED, "__pow__", "exp", "log", "sin"),
    "seed": stored("seed_zero"),
}
GOLDEN = golden_files("diagnosis/reports", [f"{name}.txt" for name in REPORTS])


@pytest.mark.slow
@pytest.mark.parametrize("name", REPORTS)
def test_the_golden_reports(name):
    text = f"{check(REPORTS[name])}\n"
    assert text == golden_text(GOLDEN / f"{name}.txt", text)


# -- files -----------------------------------------------------------------------------------------

ENGINE = "class Value:\n    pass\n\n\nclass Scalar:\n    pass\n\n\nnumber = 3\n"


def written(directory, name, text):
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_class_is_loaded_from_a_file(tmp_path):
    path = written(tmp_path, "my_engine.py", ENGINE)
    assert load(path).__name__ == load(f"{path}:Value").__name__ == load(f"{path}:").__name__
    assert load(f"{path}:Scalar").__name__ == "Scalar"
    assert "my_engine" not in sys.modules and str(tmp_path) not in sys.path


def test_a_file_may_import_its_neighbours_and_others_have_their_own(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        written(tmp_path / name, "helping.py", f"NAME = {name!r}\n")
        text = "from helping import NAME\n\nclass Value:\n    name = NAME\n"
        written(tmp_path / name, "my_engine.py", text)
        assert load(str(tmp_path / name / "my_engine.py")).name == name
    assert "helping" not in sys.modules


def test_a_file_is_no_program(tmp_path):
    text = ENGINE + "if __name__ == '__main__':\n    raise SystemExit(3)\n"
    assert load(written(tmp_path, "my_engine.py", text)).__name__ == "Value"


@pytest.mark.parametrize("name", ["my_engine.py", "random.py"])  # the second is there already
def test_a_file_with_a_dataclass_and_another_encoding(tmp_path, name):
    text = "# coding: latin-1\nfrom __future__ import annotations\nimport dataclasses\n"
    text += "@dataclasses.dataclass\nclass Value:\n    data: float\n    name: str = 'é'\n"
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    assert load(f"{tmp_path / name}:Value")(2.0).name == "é"
    import random

    assert random.random() < 1.0


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (ENGINE, "Valu", r"my_engine.py has no class Valu; did you mean Value\? \(its classes are"),
        (ENGINE, "number", r"number in .* is no class but int 3 \(its classes are Value, Scalar\)"),
        ("x = 1\n", "Value", r"has no class Value \(it has no class at all\)"),
        ("x = 1\ny = 1 / 0\n", "Value", "my_engine.py stops with ZeroDivisionError in line 2: div"),
        ("def f(:\n", "Value", "my_engine.py stops with SyntaxError in line 1: "),
        ("\0", "Value", "my_engine.py stops with (SyntaxError|ValueError)"),
        ("import nothing_of_this_name\n", "Value", "ModuleNotFoundError in line 1: No module"),
        ("import sys\nsys.exit('bye')\n", "Value", r"ended the program \(SystemExit: bye\)"),
        ("raise KeyError\n", "Value", "stops with KeyError in line 1$"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, text, name, said):
    path = written(tmp_path, "my_engine.py", text)
    with pytest.raises(ValueError, match=said):
        load(f"{path}:{name}")
    assert "my_engine" not in sys.modules and str(tmp_path) not in sys.path


def test_no_file_and_a_directory(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file nowhere\.py"):
        load("nowhere.py:Value")
    with pytest.raises(ValueError, match="is a directory; name the file in it"):
        load(str(tmp_path))


def test_a_loaded_class_is_checked_and_its_lines_are_named(tmp_path):
    text = (
        "class Value:\n    def __init__(self, data):\n        self.data = data\n\n"
        "    def __add__(self, other):\n        return Value(self.data + missing)\n"
        "    def backward(self):\n        pass\n"
    )
    report = check(load(written(tmp_path, "my_engine.py", text)))
    assert "NameError: name 'missing' is not defined, line 6 of my_engine.py" in " ".join(
        report.text.split()
    )
