"""Why a gradient is zero, nan, infinite, tiny or huge: every kind of cause has an example here.

The files tests/golden/explaining/reasons are what the texts below should be. After a change on
purpose, write them anew with

    UPDATE_GOLDEN=1 python -m pytest tests/explaining/test_why.py

and read them before you believe them.
"""

import math
import random
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import Op, Value, topological_order
from autograd_mini.engine import ops
from autograd_mini.engine.errors import StaleGraph
from autograd_mini.explaining.anomaly import anomaly
from autograd_mini.explaining.causes import KINDS, verdict_on
from autograd_mini.explaining.derivation import nodes_on_paths
from autograd_mini.explaining.operations import alive
from autograd_mini.explaining.paths import dominant_path
from autograd_mini.explaining.why import Reasons, why
from autograd_mini.tracing.events import CONTRIBUTION
from autograd_mini.tracing.trace import record
from support.goldens import golden_files, golden_text
from support.places import ATTACKS
from support.random_graphs import graphs, random_graph
from support.rows import each_row

INF, NAN = math.inf, math.nan


# -- one minimal example and more for every kind ---------------------------------------------------

WALL = Op("glass", "glass({})", lambda x: x, None)
LEVEL = Op("level", "level({})", lambda x: 1.0, 0.0)
BUMP = Op("bump", "bump({})", lambda x: x * x, lambda x, z: 2.0 * x)
POLE = Op("pole", "pole({})", lambda x: ops.div(1.0, x), lambda x, z: ops.div(-1.0, x * x))
FADE = Op("fade", "fade({})", ops.log.forward, lambda x, z: ops.div(1.0, x))
HARD = Op("hard", "hard({})", lambda x: x, lambda x, z: 0.0 if type(x) is float else x)
ODD = Op("odd", "odd({})", lambda x: x, lambda x, z: NAN)
LOST = Op("lost", "lost({})", lambda x: NAN, lambda x, z: z)


def of(name: str, number: float) -> Value:
    return Value(number, name)


def many(f, count: int):
    def repeated(a):
        for _ in range(count):
            a = f(a)
        return a

    return repeated


# For each kind: y as a function of a, the number a; of the first cause its consumer, its node and
# its local derivative, - where there is none; words of its sentence.
EXAMPLES = {
    "no_path": [(lambda a: of("b", 3.0) * 2.0, 1.0, "- a -", "No path leads from y down to a.")],
    "stop_gradient": [
        (
            lambda a: am.detach(a) * 2.0,
            2.0,
            "v1 a -",
            "v1 = detach(a) is a stop-gradient: it hands on",
        ),
        (
            lambda a: am.where(a, of("b", 1.0), 0.0),
            1.0,
            "y a -",
            "a stop-gradient for its condition a",
        ),
        (lambda a: WALL(a) * 2.0, 2.0, "v1 a -", "a stop-gradient for a: it has no rule"),
    ],
    "flat": [
        (am.floor, 2.5, "y a 0", "y = floor(a) is level between its jumps, so ∂y/∂a = 0, what"),
        (am.ceil, 2.5, "y a 0", "so ∂y/∂a = 0, whatever a is."),
        (am.sign, 2.5, "y a 0", "between its jumps"),
        (am.heaviside, 2.5, "y a 0", "between its jumps"),
        (lambda a: ops.exceeds(1.0, a), 2.5, "y a 0", "between its jumps"),
        (LEVEL, 2.5, "y a 0", "y = level(a) is level everywhere"),
    ],
    "closed_relu": [
        (am.relu, -4.0, "y a 0", "y = relu(a) is closed: a = -4 is not above 0, so ∂y/∂a ="),
        (am.relu, 0.0, "y a 0", "a = 0 is not above 0, so ∂y/∂a = heaviside(a) = 0. It opens wh"),
    ],
    "not_chosen": [
        (lambda a: am.maximum(a, of("b", 5.0)), 1.0, "y a 0", "did not choose a: a = 1 and b = "),
        (lambda a: am.minimum(a, 0.0), 1.0, "y a 0", "minimum(a, 0) did not choose a: a = 1, so"),
        (lambda a: am.clip(a, 0.0, 1.0), 7.0, "y a 0", "a = 7 is outside the limits, so ∂y/∂a"),
        (lambda a: am.clip(of("b", 5.0), a, 9.0), 1.0, "y a 0", "not choose a: b = 5 and a = 1"),
        (lambda a: am.where(0.0, a, 1.0), 2.0, "y a 0", "not choose a: its condition is 0, so"),
    ],
    "multiplied_by_zero": [
        (lambda a: a * of("z", 0.0), 3.0, "y a 0", "y = a * z multiplies the gradient by 0: z ="),
        (lambda a: 0.0 * a, 3.0, "y a 0", "y = 0 * a multiplies the gradient by 0: ∂y/∂a = 0."),
        (lambda a: a**2, 0.0, "y a 0", "by 0: a = 0, so ∂y/∂a = 2 * a = 0."),
        (lambda a: of("b", 0.0) ** a, 2.0, "y a -0", "by 0: b = 0, so ∂y/∂a"),
        (lambda a: of("b", 0.0) / a, 2.0, "y a -0", "b = 0, so ∂y/∂a = -(y / a) = 0"),
        (lambda a: am.dot([a, 1.0], [of("z", 0.0), 2.0]), 3.0, "y a 0", "z = 0, so ∂y/∂a = z = "),
        (lambda a: am.dot([1.0, of("z", 0.0)], [3.0, a]), 3.0, "y a 0", "z = 0, so ∂y/∂a = z = "),
    ],
    "saturated": [
        (am.tanh, 20.0, "y a 0", "y = tanh(a) is saturated: a = 20, so ∂y/∂a = 1 - y * y = 0. I"),
        (am.tanh, 8.0, "y a 4.50141e-7", "slope is above 0.01 only where -3 < a < 3."),
        (am.sigmoid, 40.0, "y a 0", "where -4.6 < a < 4.6."),
        (am.sigmoid, -800.0, "y a 0", "so ∂y/∂a = y * (1 - y) = 0."),
        (am.erf, 30.0, "y a 0", "where -2.2 < a < 2.2."),
        (am.atan, 1e200, "y a 0", "where -10 < a < 10."),
        (am.exp, -800.0, "y a 0", "where a > -4.7."),
        (am.expm1, -800.0, "y a 0", "where a > -4.7."),
        (am.elu, -800.0, "y a 0", "where a > -4.7."),
        (am.softplus, -800.0, "y a 0", "where a > -4.6."),
        (am.silu, -800.0, "y a -0", "where a > -6.3."),
        (am.gelu, -50.0, "y a 0", "where a > -3.1."),
    ],
    "outweighed": [
        (lambda a: am.logsumexp([a, of("b", 800.0)]), 3.0, "y a 0", "notices a = 3 beside b = 8"),
        (lambda a: am.logsumexp([30.0, a]), 0.0, "y a 9.35762e-14", "beside the constant 30"),
    ],
    "stationary": [
        (am.cos, 0.0, "y a -0", "y = cos(a) is level at a = 0: ∂y/∂a = -sin(a) = 0."),
        (abs, 0.0, "y a 0", "The kink counts as level."),
        (lambda a: a**0, 3.0, "y a 0", "y = a ** 0 is level at a = 3: ∂y/∂a = 0."),
        (lambda a: of("b", 1.0) ** a, 3.0, "y a 0", "level in a at b = 1 and a = 3"),
        (lambda a: 5.0 % a, 7.0, "y a -0", "y = 5 % a is level at a = 7"),
        (lambda a: ops.length(a, 2.0), 0.0, "y a 0", "is level at a = 0"),
        (FADE, INF, "y a 0", "y = fade(a) is level at a = inf"),
        (HARD, 5.0, "y a 0", "y = hard(a) is level at a = 5: ∂y/∂a = 0."),
        (BUMP, 0.0, "y a 0", "y = bump(a) is level at a = 0: ∂y/∂a = 2 * a = 0."),
    ],
    "divided_by_infinity": [
        (lambda a: a / of("b", INF), 3.0, "y a 0", "by an infinity, at a = 3 and b = inf: ∂y/∂a"),
        (lambda a: 1.0 / a, INF, "y a -0", "y = 1 / a divides by an infinity, at a = inf"),
        (am.log, INF, "y a 0", "∂y/∂a = 1 / a = 0."),
    ],
    "underflow": [
        (many(lambda a: a * 1e-200, 2), 1.0, "v1 a 1e-200", "dy/dv1 * ∂v1/∂a = 1e-200 * 1e-200 = "),
        (lambda a: a**3, 1e-200, "y a 0", "= 0 at a = 1e-200: the exact number is nearer to"),
        (lambda a: 1.0 / a, 1e200, "y a -0", "∂y/∂a = -(y / a) = 0 at a = 1e200"),
    ],
    "cancelled": [
        (lambda a: a - a, 3.0, "- a -", "The contributions to a from y cancel: 1 + (-1) = 0."),
        (lambda a: (a - a) * 5.0, 3.0, "- a -", "to a from v1 cancel: 5 + (-5) = 0."),
        (lambda a: a * 1.0000001 - a, 3.0, "- a -", "nearly cancel: -1 + 1.0000001 = 1e-7."),
    ],
    "squeezed": [
        (lambda a: a * 1e-9, 3.0, "y a 1e-9", "y = a * 1e-9 makes the gradient smaller: ∂y/∂a ="),
        (many(am.sigmoid, 30), 1.0, "v1 a 0.196612", "All 30 factors on a path from y d"),
        (many(am.sigmoid, 30), 1.0, "v1 a 0.196612", "about 0.223 each (their geometric"),
        (many(lambda a: a * 0.5 + 0.0, 30), 1.0, "v59 v58 0.5", "30 of the 60 factors"),
    ],
    "stretched": [
        (lambda a: a * 1e9, 3.0, "y a 1e9", "y = a * 1e9 makes the gradient larger: ∂y"),
        (lambda a: 1.0 / a, 1e-5, "y a -1e10", "∂y/∂a = -(y / a) = -1e10."),
        (many(lambda a: a * 3.0, 20), 1.0, "y v19 3", "All 20 factors on a path from y down to "),
        (many(lambda a: a * 3.0, 20), 1.0, "y v19 3", "about 3 each (their geometric mean), 3.4"),
    ],
    "many_paths": [
        (many(lambda a: a + a, 40), 1.0, "- a -", "1,099,511,627,776 paths lead from y down to a")
    ],
    "given": [
        (lambda a: a * a, NAN, "y a nan", "a = nan, as it was given; so ∂y/∂a₁ = a = nan."),
        (lambda a: a * of("b", INF), 1.0, "y a inf", "b = inf, as it was given; so ∂y/∂a = b = in"),
        (lambda a: a * INF, 1.0, "y a inf", "A constant is inf, as it was given; so ∂y/∂a = inf."),
        (lambda a: a * of("b", INF).relu(), 1.0, "y a inf", "given; it makes ∂y/∂a = v1 = inf."),
    ],
    "pole": [
        (am.sqrt, 0.0, "y a inf", "∂y/∂a = 0.5 / y = inf at a = 0: there y = sqrt(a) is infinitel"),
        (am.log, 0.0, "y a inf", "y = log(a) = -inf has a pole at a = 0; so ∂y/∂a = 1 / a = inf. "),
        (am.log2, 0.0, "y a inf", "Keep a above 0, as in log2(maximum(a, 1e-12))."),
        (am.log10, 0.0, "y a inf", "Keep a above 0"),
        (am.log1p, -1.0, "y a inf", "has a pole at a = -1"),
        (am.asin, 1.0, "y a inf", "infinitely steep"),
        (am.acos, -1.0, "y a -inf", "infinitely steep"),
        (am.atanh, -1.0, "y a inf", "has a pole at a = -1"),
        (am.acosh, 1.0, "y a inf", "infinitely steep"),
        (lambda a: 1.0 / a, 0.0, "y a -inf", "has a pole at a = 0; so ∂y/∂a = -(y / a) = -inf. Ke"),
        (lambda a: a / of("b", 0.0), 0.0, "y a inf", "∂y/∂a = 1 / b = inf at a = 0 and b = 0"),
        (lambda a: a / of("b", 0.0), INF, "y a inf", "∂y/∂a = 1 / b = inf at a = inf and b = 0"),
        (lambda a: a ** (-1), 0.0, "y a -inf", "has a pole at a = 0"),
        (lambda a: a**0.5, 0.0, "y a inf", "y = a ** 0.5 is infinitely steep. Keep a"),
        (lambda a: a * am.log(of("b", 0.0)), 2.0, "y a -inf", "pole at b = 0; so ∂y/∂a = v1 = -in"),
        (POLE, 0.0, "y a -inf", "y = pole(a) = inf has a pole"),
    ],
    "overflow": [
        (am.exp, 1000.0, "y a inf", "= inf, too large for a float at a = 1000; so ∂y/∂a = y = inf"),
        (lambda a: a * am.exp(of("b", 1000.0)), 1.0, "y a inf", "v1 = exp(b) = inf, too large for"),
        (am.log, 5e-324, "y a inf", "∂y/∂a = 1 / a = inf at a = 4.94066e-324: the exact number is"),
        (many(lambda a: a * 1e200, 2), 1.0, "v1 a 1e200", "1e200 * 1e200 = inf: the exact numb"),
        (lambda a: a * 1.7e308 + a * 1e308, 1.0, "v1 a 1.7e308", "to a add up to 1e308 + 1.7e30"),
        (many(lambda a: a + a, 1100), 1.0, "v77 v76 1", "The contributions to v76 add up to 8.9"),
    ],
    "outside_domain": [
        (am.sqrt, -1.0, "y a nan", "y = sqrt(a) = nan at a = -1, for sqrt is defined for a >= 0; "),
        (lambda a: am.log(a) ** 2, -1.0, "y v1 nan", "defined for a > 0; so ∂y/∂v1 = 2 * v1 = nan"),
        (lambda a: am.log1p(a) ** 2, -3.0, "y v1 nan", "log1p is defined for a > -1;"),
        (am.asin, 2.0, "y a nan", "asin is defined for -1 <= a <= 1;"),
        (am.acosh, 0.5, "y a nan", "acosh is defined for a >= 1;"),
        (lambda a: am.atanh(a) ** 2, 2.0, "y v1 nan", "atanh is defined for -1 < a < 1;"),
        (lambda a: a ** (1 / 3), -8.0, "y a nan", "** is defined for a >= 0, or a whole number as"),
        (lambda a: (-8.0) ** a, 0.5, "y a nan", "** is defined for x >= 0, or"),
        (lambda a: (a % 0.0) ** 2, 1.0, "y v1 nan", "and a divisor other than 0;"),
        (am.sin, INF, "y a nan", "sin is defined for finite a;"),
        (lambda a: LOST(a) ** 2, 1.0, "y v1 nan", "v1 = lost(a) = nan at a = 1; so"),
    ],
    "undefined_quotient": [
        (lambda a: (a / of("b", 0.0)) ** 2, 0.0, "y v1 nan", "v1 = a / b = nan, for 0 / 0 is no n"),
        (lambda a: a / a, INF, "y a nan", "inf / inf is no number; so ∂y/∂a₂"),
    ],
    "zero_times_infinity": [
        (lambda a: am.where(0.0, am.sqrt(a), 1.0), 0.0, "v1 a inf", "dy/dv1 * ∂v1/∂a = 0 * inf = "),
        (lambda a: am.where(0.0, am.sqrt(a), 1.0), 0.0, "v1 a inf", "dy/dv1 is the 0, and ∂v1/∂a "),
        (lambda a: am.sqrt(am.relu(a)), -1.0, "v1 a 0", "∂v1/∂a is the 0, and dy/dv1 the inf."),
        (lambda a: (a * INF) ** 2, 0.0, "y v1 nan", "v1 = a * inf = nan at a = 0, for it has 0 * "),
        (lambda a: am.dot([a], [INF]) ** 2, 0.0, "y v1 nan", "it has 0 * inf in it; so ∂y/∂v1 = 2"),
    ],
    "infinity_minus_infinity": [
        (lambda a: am.sqrt(a) - am.sqrt(a), 0.0, "v1 a inf", "cannot be added up: -inf + inf = na"),
        (lambda a: (a.exp() - of("b", INF)) ** 2, 1e3, "y v2 nan", "v1 = inf and b = inf, for it "),
        (lambda a: am.dot([a, 1e200], [1e200, -a]) ** 2, 1e200, "y v2 nan", "it has inf - inf in"),
    ],
    "undefined_slope": [
        (ODD, 0.0, "y a nan", "y = odd(a) has no slope at a = 0: ∂y/∂a = nan."),
        (lambda a: am.logsumexp([a, -INF]), -INF, "y a nan", "has no slope at a = -inf: ∂y/∂a ="),
    ],
}
CASES = [(kind, *row) for kind, rows in EXAMPLES.items() for row in rows]


def reasons_for(f, number: float) -> Reasons:
    a = Value(number, "a")
    y = f(a)
    y.label = "y"
    return why(y, a)


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.slow
@each_row(("kind", "f", "number", "at", "words"), CASES)
def test_every_kind_of_cause(kind, f, number, at, words):
    reasons = reasons_for(f, number)
    first = reasons.causes[0]
    assert first.kind == kind
    consumer, node, local = at.split()
    assert (first.consumer.name if first.consumer else "-") == consumer and first.node.name == node
    assert first.local is None or re.sub(r"e[+]?(-?)0*", r"e\1", f"{first.local:.6g}") == local
    assert (first.local is None) == (local == "-")
    assert words in first.sentence and one_line(first.sentence) in one_line(reasons.text)
    if first.product is not None:
        assert repr(first.product) == repr(first.upstream * first.local)


def test_a_constant_is_a_cause():
    a = Value(2.0)
    with am.no_grad():
        k = a * 3.0
    y = k * Value(1.0, "b")
    assert why(y, k).causes[0].kind == "constant"
    assert why(y, k).text.startswith(
        "dy/dk = 0: k is a constant.\n\nk is a constant in this graph,"
    )
    assert "2 is a plain number: it gets no gradient." in why(a * 2.0, "2").text
    # a is not in the graph, and k, which is, forgot it
    assert [cause.kind for cause in why(y, a).causes] == ["no_path", "constant"]
    assert [cause.node.name for cause in why(y, a).causes] == ["a", "k"]
    # a constant that is in no graph
    assert [cause.kind for cause in why(a * 2.0, k).causes] == ["no_path", "constant"]


def test_every_documented_kind_has_an_example_and_every_example_a_kind():
    assert set(EXAMPLES) | {"constant"} == set(KINDS)
    assert all(KINDS.values())


# -- the verdict -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gradient", "verdict"),
    [
        (None, "zero"), (0.0, "zero"), (-0.0, "zero"), (5e-324, "tiny"), (-9.99e-7, "tiny"),
        (1e-6, "ordinary"), (-1.0, "ordinary"), (1e6, "ordinary"), (1.01e6, "huge"),
        (-1.7e308, "huge"), (INF, "infinite"), (-INF, "infinite"), (NAN, "nan"),
    ],
)  # fmt: skip
def test_the_verdict(gradient, verdict):
    assert verdict_on(gradient) == verdict
    if gradient:
        assert reasons_for(lambda a: a * gradient, 1.0).verdict == verdict


@pytest.mark.parametrize(
    ("f", "number", "headline"),
    [
        (am.relu, -1.0, "dy/da = 0: the gradient is cut on its way from y down to a, in y."),
        (
            lambda a: am.relu(am.floor(a) - 5.0) - 1.0,
            1.0,
            "dy/da = 0: the gradient is cut on its way from y down to a, in v3.",
        ),
        (am.detach, 1.0, "dy/da = 0: the gradient is cut on its way from y down to a, in y."),
        (
            lambda a: a * a,
            0.0,
            "dy/da = 0: the gradient is cut on every way from y down to a, in y.",
        ),
        (lambda a: a - a, 1.0, "dy/da = 0: contributions cancel, at a."),
        (
            lambda a: a - a + am.floor(a),
            1.0,
            "dy/da = 0: the gradient is cut on some ways from y down to a, in v2; "
            "contributions cancel, at a.",
        ),
        (lambda a: of("b", 1.0) * 2.0, 1.0, "dy/da = 0: in this graph y does not depend on a."),
        (am.exp, 1000.0, "dy/da = inf: it began in the forward pass, in y = exp(a)."),
        (am.sqrt, 0.0, "dy/da = inf: it began in the backward pass, between y and a."),
        (lambda a: a * a, NAN, "dy/da = nan, from a number that was given."),
        (lambda a: a * 1e-9, 1.0, "dy/da = 1e-9 is tiny: below 1e-6 in size."),
        (lambda a: a * -1e9, 1.0, "dy/da = -1e9 is huge: above 1e6 in size."),
        (lambda a: a * 2.0, 1.0, "dy/da = 2 is ordinary: neither tiny nor huge in size."),
        (lambda a: a, 1.0, "dy/dy = 1, the start: y changes as y does."),
    ],
)
def test_the_first_sentence_is_the_answer(f, number, headline):
    assert one_line(reasons_for(f, number).text.split("\n\n")[0]) == headline


# -- several causes --------------------------------------------------------------------------------


def kinds_of(f, number: float) -> list[str]:
    return [cause.kind for cause in reasons_for(f, number).causes]


def test_a_zero_is_told_where_it_was_cut_and_not_at_each_later_node():
    def deep(a):
        return many(lambda b: b * 1.5 + 0.5, 50)(a).relu() * 2.0

    assert kinds_of(lambda a: deep(a - 1e9), 1.0) == ["closed_relu"]


def test_cuts_that_would_come_later_are_told_after_the_first():
    reasons = reasons_for(lambda a: am.relu(am.floor(a) - 5.0) + am.floor(a.detach()), 1.5)
    assert [(c.kind, c.is_late) for c in reasons.causes] == [
        ("flat", False), ("closed_relu", False), ("stop_gradient", True), ("flat", True),
    ]  # fmt: skip
    late = "This would cut too, if a gradient came so far."
    assert [c.sentence.endswith(late) for c in reasons.causes] == [False, False, True, True]


def test_cut_ways_and_ways_that_cancel_are_all_told():
    def f(a):
        return a - a + am.relu(-a) + am.floor(a) + a.detach()

    assert sorted(kinds_of(f, 2.0)) == ["cancelled", "closed_relu", "flat", "stop_gradient"]


def test_a_fork_that_cancels_above_is_the_one_told():
    reasons = reasons_for(lambda a: many(lambda h: h - h, 1)(a.sin()) * 2.0, 1.0)
    assert [cause.node.name for cause in reasons.causes] == ["v1"]


def test_many_long_contributions_fit_in_80_columns():
    small = 1.23456789012e-100
    text = reasons_for(lambda a: a * small - a * small + a * small - a * small, 1.0).text
    assert max(map(len, text.splitlines())) <= 80 and text.count("1.23456789012e-100") >= 4


def test_both_sides_of_zero_times_infinity_are_traced():
    reasons = reasons_for(lambda a: am.where(am.heaviside(a), am.sqrt(a), 1.0), 0.0)
    assert [(c.kind, c.role) for c in reasons.causes] == [
        ("zero_times_infinity", ""), ("not_chosen", "0"), ("pole", "inf"),
    ]  # fmt: skip
    assert "\n2. The 0: y = where(" in reasons.text and "\n3. The inf: ∂v2/∂a = " in reasons.text
    assert "To keep an infinity out" in reasons.text
    assert "infinity" not in reasons_for(lambda a: am.where(0.0, a, 1.0), 1.0).text
    # the zero of the upstream gradient comes from far above, the infinity of the forward pass too
    reasons = reasons_for(lambda a: many(lambda b: b + 1.0, 3)(a.exp()) * 0.0, 1000.0)
    assert [(c.kind, c.role) for c in reasons.causes] == [
        ("zero_times_infinity", ""), ("multiplied_by_zero", "0"), ("overflow", "inf"),
    ]  # fmt: skip
    # a local derivative of 0 at an infinite upstream gradient
    reasons = reasons_for(lambda a: am.relu(a) * of("b", 1000.0).exp(), -1.0)
    assert [(c.kind, c.role) for c in reasons.causes] == [
        ("zero_times_infinity", ""), ("closed_relu", "0"), ("overflow", "inf"),
    ]  # fmt: skip


def test_an_infinity_behind_several_nans_is_told_once():
    reasons = reasons_for(lambda a: am.sqrt(am.relu(a) + am.relu(a * 2.0)), -1.0)
    assert [(c.kind, c.role) for c in reasons.causes] == [
        ("zero_times_infinity", ""), ("zero_times_infinity", ""), ("closed_relu", "0"),
        ("closed_relu", "0"), ("pole", "inf"),
    ]  # fmt: skip


def test_where_the_0_comes_from_is_told_without_later_cuts():
    kinds = kinds_of(lambda a: am.where(0.0, am.floor(am.sqrt(a)), 1.0), 0.0)
    assert kinds == ["zero_times_infinity", "not_chosen", "pole"]


def test_the_infinities_that_nan_was_made_of_are_told():
    reasons = reasons_for(lambda a: (a.exp() - of("b", INF)) ** 2, 1000.0)
    assert [(c.kind, c.role, c.sentence) for c in reasons.causes[1:]] == [
        ("given", "inf", "b = inf, as it was given."),
        ("overflow", "inf", "v1 = exp(a) = inf, too large for a float at a = 1000."),
    ]
    assert [cause.role for cause in reasons_for(am.sin, INF).causes] == ["", "inf"]
    # only the factor that the local derivative is made of
    reasons = reasons_for(lambda a: am.dot([a, of("c", INF)], [of("b", INF), 1.0]), 1.0)
    assert [cause.origin.name for cause in reasons.causes] == ["b"]


def test_origins_come_in_the_order_of_the_passes():
    def f(a):
        return am.sqrt(a) + a * am.sqrt(of("b", -1.0)) + a * am.log(of("c", -2.0))

    reasons = reasons_for(f, 0.0)
    origins = [cause.origin and cause.origin.name for cause in reasons.causes]
    assert reasons.verdict == "nan" and origins == ["v2", "v5"]
    reasons = reasons_for(lambda a: a * am.exp(of("b", 1e3)) + am.sqrt(a), 0.0)
    assert [cause.kind for cause in reasons.causes] == ["overflow", "pole"]


@pytest.mark.slow
def test_what_led_to_an_overflow_or_underflow_is_told():
    assert kinds_of(many(lambda a: a * 3.0, 2000), 1.0) == ["overflow", "stretched"]
    assert kinds_of(many(lambda a: a + a, 1100), 1.0) == ["overflow", "many_paths"]
    assert kinds_of(many(am.sigmoid, 1000), 1.0) == ["underflow", "squeezed"]
    text = one_line(reasons_for(many(lambda a: a * 3.0, 2000), 1.0).text)
    assert "All 647 factors on a path from y down to v1353 are above 1 in size: about 3" in text
    assert "about 10^309 together" in text and "= inf, for about 10^954 is no float" in text


def test_the_factors_of_a_tiny_gradient_come_smallest_first():
    reasons = reasons_for(lambda a: am.tanh(a * 1e-4) * 1e-3 * 0.5, 1.0)
    found = [(cause.kind, round(cause.local, 8)) for cause in reasons.causes]
    assert found == [("squeezed", 1e-4), ("squeezed", 1e-3)]
    reasons = reasons_for(lambda a: am.tanh(a + 5.0) * 1e-4, 1.0)
    assert [cause.kind for cause in reasons.causes] == ["saturated", "squeezed"]


def test_many_paths_and_large_factors_are_told_in_the_order_of_what_they_do():
    assert kinds_of(lambda a: many(lambda b: b + b, 20)(a) * 1e4, 1.0) == [
        "many_paths",
        "stretched",
    ]
    assert kinds_of(lambda a: many(lambda b: b + b, 11)(a) * 1e4, 1.0) == [
        "stretched",
        "many_paths",
    ]


def test_an_ordinary_gradient_shows_its_path_and_the_ways_that_are_cut():
    def f(a):
        return a * 2.0 + am.relu(-a) + am.floor(a)

    reasons = reasons_for(f, 1.0)
    assert [cause.kind for cause in reasons.causes] == ["flat", "closed_relu"]
    assert reasons.text.index("     = 1 * 1 * 2\n") < reasons.text.index("On other ways it is cut")
    assert "On other ways" not in reasons_for(lambda a: a * 2.0, 1.0).text


def test_small_factors_and_what_cancels_are_told_together():
    assert kinds_of(lambda a: (a * 1.0000001 - a) * 1e-7, 1.0) == ["squeezed", "cancelled"]
    assert kinds_of(lambda a: many(lambda b: b + b, 40)(a) * 2.0, 1.0) == ["many_paths"]


def test_on_other_ways_too_only_the_first_cut_is_told():
    assert kinds_of(lambda a: a * 2.0 + am.floor(am.relu(-a)), 1.0) == ["flat"]


def test_a_tiny_gradient_tells_the_other_ways_last():
    assert kinds_of(lambda a: a * 1e-9 + am.floor(a), 1.0) == ["squeezed", "flat"]


# -- the dominant path -----------------------------------------------------------------------------


def all_paths(root: Value, target: Value) -> list[list[float]]:
    """The factors along all paths, by walking every one."""
    if root is target:
        return [[]]
    uses = zip(root.parents, root.local_derivatives(), strict=True)
    return [
        [local, *rest]
        for parent, local in uses
        if local is not None
        for rest in all_paths(parent, target)
    ]


@each_row("seed", range(60))
def test_the_dominant_path_has_the_fewest_zeros_and_the_largest_product(seed):
    root = random_graph(random.Random(seed), results=16, tame=True)[-1]
    for target in [node for node in topological_order(root) if node.is_leaf]:
        paths = all_paths(root, target)
        trace = record(root, {})
        if not paths or not all(math.isfinite(factor) for path in paths for factor in path):
            continue
        end = trace.node(target)
        path = dominant_path(trace, nodes_on_paths(trace, [end]), trace.root, end)
        fewest = min(found.count(0.0) for found in paths)
        sizes = [
            math.prod(abs(factor) for factor in found if factor)
            for found in paths
            if found.count(0.0) == fewest
        ]
        assert path.factors in paths and path.factors.count(0.0) == fewest
        found = math.prod(abs(factor) for factor in path.factors if factor)
        assert found == pytest.approx(max(sizes), rel=1e-9)
        assert path.product == pytest.approx(math.prod(path.factors))


def test_an_infinite_factor_is_larger_than_any_number():
    y = am.sqrt(a := Value(0.0, "a")) + a * 1e300
    trace = record(y, {})
    end = trace.node(a)
    path = dominant_path(trace, nodes_on_paths(trace, [end]), trace.root, end)
    assert path.factors == [1.0, INF] and path.product == INF


def test_a_path_to_nan_leads_through_the_first_cause():
    reasons = reasons_for(lambda a: am.where(0.0, am.sqrt(a), 1.0) + a * 100.0, 0.0)
    assert [node.name for node in reasons.path.nodes] == ["y", "v2", "v1", "a"]
    assert reasons.path.factors == [1.0, 0.0, INF] and reasons.paths == 2
    assert "Of 2 paths, one that leads through the first cause:" in reasons.text


def test_a_product_of_one_factor_is_written_once():
    assert reasons_for(am.relu, -1.0).text.endswith("The only path:\n     y → a\n     = 0")
    assert reasons_for(lambda a: am.relu(a) * 2.0, -1.0).text.endswith("\n     = 2 * 0\n     = 0")


def test_no_path_where_no_gradient_comes():
    assert reasons_for(lambda a: a.detach() * 2.0, 1.0).path is None
    assert reasons_for(lambda a: a.detach() * 2.0, 1.0).gradient is None
    assert "path" not in reasons_for(am.detach, 1.0).text


# -- what is known about operations ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "number", "saturated"),
    [
        (ops.tanh, 3.01, True), (ops.tanh, 2.99, False), (ops.sigmoid, -4.61, True),
        (ops.sigmoid, 4.59, False), (ops.erf, 2.21, True), (ops.erf, -2.19, False),
        (ops.atan, -10.1, True), (ops.atan, 9.9, False), (ops.exp, -4.71, True),
        (ops.exp, 800.0, False), (ops.expm1, -4.71, True), (ops.elu, -4.71, True),
        (ops.elu, 3.0, False), (ops.softplus, -4.61, True), (ops.softplus, 90.0, False),
        (ops.silu, -6.31, True), (ops.silu, -6.2, False), (ops.gelu, -3.11, True),
        (ops.gelu, 30.0, False),
    ],
)  # fmt: skip
def test_beyond_its_limits_the_slope_of_what_saturates_is_below_a_hundredth(op, number, saturated):
    a = Value(number)
    edge = record(op(a), {}).graph
    assert (alive(edge.edges_to(edge.nodes[-1])[0]) is not None) == saturated
    if saturated:
        step = 1e-5
        slope = (op(number + step) - op(number - step)) / (2.0 * step)
        assert 0.008 < abs(slope) < 0.01 or op is ops.erf or op is ops.atan
        assert abs(slope) < 0.01


# -- on graphs of all kinds ------------------------------------------------------------------------


def told(_root: Value, _wrt: Value | str) -> Reasons:
    """Reasons in which only labels count as names."""
    return why(_root, _wrt)


def events_of(trace) -> dict[tuple[int, int], object]:
    found = [event for event in trace if event.kind == CONTRIBUTION]
    return {(event.consumer.index, event.position): event for event in found}


def check_numbers(reasons: Reasons) -> None:
    """Every cause's numbers are those of its event."""
    trace, events = reasons._trace, events_of(reasons._trace)
    for cause in reasons.causes:
        assert cause.kind in KINDS and cause.sentence.endswith(".")
        if cause.consumer is None:
            assert (cause.local, cause.upstream, cause.product) == (None, None, None)
            continue
        event = events.get((cause.consumer.index, cause.position))
        if event is None:
            assert cause.product is None and cause.node.index in cause.consumer.parents
            continue
        assert cause.node is event.node and cause.consumer is event.consumer
        received = (cause.local, cause.upstream, cause.product)
        assert repr(received) == repr((event.local, event.upstream, event.product))
        assert repr(cause.upstream) == repr(trace.gradient(cause.consumer))


def is_bad(number: float | None) -> bool:
    return number is not None and not math.isfinite(number)


def is_an_origin(trace, cause) -> bool:
    """Whether something that is not finite comes from finite numbers here, or nan from no nan."""
    nodes = trace.graph.nodes
    if cause.origin is not None:
        operands = [nodes[index].data for index in cause.origin.parents]
        return is_bad(cause.origin.data) and not any(map(math.isnan, operands))
    if is_bad(cause.local):
        if math.isinf(cause.local):  # such as that of nan / 0
            return not math.isnan(cause.upstream)
        before = [cause.upstream, *[nodes[i].data for i in cause.consumer.parents]]
        return not any(map(math.isnan, before))
    event = events_of(trace)[cause.consumer.index, cause.position]
    return is_bad(event.after) and not math.isnan(event.before or 0.0)


def check_causes(reasons: Reasons) -> None:
    verdict, first = reasons.verdict, reasons.causes[0] if reasons.causes else None
    if verdict in ("nan", "infinite"):
        assert is_an_origin(reasons._trace, first)
    if verdict == "zero":
        assert first.kind in ("constant", "cancelled") or first.product == 0.0 or not first.local
        assert not first.is_late


@pytest.mark.slow
@given(graphs(results=25), st.booleans())
def test_no_graph_is_too_awkward(nodes, results_too):
    root = nodes[-1]
    for target in topological_order(root):
        if target.is_leaf or (results_too and target.parents):
            reasons = told(root, target)
            root.zero_grad()
            root.backward()
            gradient = 0.0 if reasons.gradient is None else reasons.gradient
            assert repr(target.grad) == repr(gradient) or target._grad is None
            assert (target._grad is None) == (reasons.gradient is None)
            assert reasons.verdict == verdict_on(reasons.gradient)
            check_numbers(reasons)
            check_causes(reasons)
            assert max(map(len, reasons.text.splitlines())) <= 80
            assert len(reasons.text.splitlines()) <= 34


def structural_paths(trace, consumer, target):
    """Every way from the root down, as a list of edges, walls included."""
    if consumer is target:
        return [[]]
    return [
        [edge, *rest]
        for edge in trace.graph.edges_to(consumer)
        for rest in structural_paths(trace, edge.node, target)
    ]


@given(st.integers(0, 2**32))
@example(7)
def test_every_way_to_a_zero_meets_a_cause(seed):
    root = random_graph(random.Random(seed), results=9, tame=True)[-1]
    for target in [node for node in topological_order(root) if node.is_leaf]:
        reasons = told(root, target)
        if reasons.verdict != "zero":
            continue
        trace = reasons._trace
        cut = {(c.consumer.index, c.position) for c in reasons.causes if c.consumer}
        lost = {c.node.index for c in reasons.causes if c.kind == "cancelled"}
        for path in structural_paths(trace, trace.root, trace.node(target)):
            at_edge = any((edge.consumer.index, edge.position) in cut for edge in path)
            assert at_edge or any(edge.node.index in lost for edge in path)
        for cause in reasons.causes:  # and no edge is blamed that lets something through
            if cause.consumer:
                assert cause.product == 0.0 or not cause.local or cause.kind in ("squeezed",)


# -- size ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_chain_of_20_000_sigmoids():
    x = Value(1.0, "x")
    v = many(am.sigmoid, 20_000)(x)
    reasons = why(v, x)
    assert [cause.kind for cause in reasons.causes] == ["underflow", "squeezed"]
    assert len(reasons.path.factors) == 20_000 and reasons.paths == 1
    assert len(reasons.text.splitlines()) <= 25
    assert "= 0, for about 10^-12968 is no float" in reasons.text


@pytest.mark.slow
def test_a_fork_of_depth_10_000():
    x = Value(1.0, "x")
    v = many(lambda v: v + v, 10_000)(x)
    reasons = why(v, x)
    assert reasons.verdict == "infinite" and reasons.paths == 2**10_000
    assert "%" not in reasons.text
    assert len(reasons.text.splitlines()) <= 25
    assert "about 10^3010 paths" in reasons.text


@pytest.mark.slow
def test_a_path_whose_product_is_no_float_of_a_gradient_that_is():
    reasons = reasons_for(many(lambda v: v * 0.5 + v * 0.5, 2_000), 1.0)
    assert reasons.verdict == "ordinary" and reasons.gradient == 1.0
    assert "= 0, for about 10^-602 is no float" in reasons.text


@pytest.mark.slow
def test_many_causes_are_all_there_and_few_are_told():
    x = Value(-1.0, "x")
    reasons = why(am.sum([(x * float(i)).relu() for i in range(1, 500)]), x)
    assert len(reasons.causes) == 499 and len(reasons.text.splitlines()) <= 25
    assert "more in .causes: 491 closed_relu." in reasons.text
    zeros = am.dot([x] * 3000, [Value(0.0)] * 3000)
    assert len(why(zeros, x).causes) == 3000


# -- names and source lines ------------------------------------------------------------------------


@pytest.mark.slow
@each_row("attack", ATTACKS, ids=lambda attack: attack["id"])
def test_a_name_is_text(attack):
    name = attack["string"]
    x, y = Value(-2.0, name), Value(0.0, f"{name}!")
    for root in (x.relu() * 2.0, x * y, y.sqrt() * x, am.where(0.0, y.sqrt(), x)):
        for wrt in topological_order(root):
            text = told(root, wrt).text
            assert all(line.isprintable() for line in text.split("\n"))
    plain = told(Value(-2.0, "x").relu() * 2.0, "x").text
    lines = told(x.relu() * 2.0, x).text.split("\n\n")
    assert len(lines) == len(plain.split("\n\n"))
    outside = told(Value(1.0, "z") * 2.0, x)
    assert all(line.isprintable() for line in outside.text.split("\n"))


def test_the_source_line_is_told_where_it_was_recorded():
    with anomaly():
        a = Value(2.0)
        h = am.relu(a - 5.0)  # closed
        y = h * 3.0
    reasons = why(y, a)
    assert "test_why.py" in reasons.causes[0].source and "relu(a - 5.0)" in reasons.causes[0].source
    assert f"    recorded at {reasons.causes[0].source}" in one_line_of_source(reasons.text)
    assert why(am.relu(a - 5.0), a).causes[0].source == ""
    assert "recorded" not in why(am.relu(a - 5.0), a).text


def one_line_of_source(text: str) -> str:
    return text.replace("\n        ", " ")


def test_a_long_source_line_is_cut_and_a_strange_one_printable(monkeypatch):
    long = 'file "x.py", line 1: ' + "a" * 200 + "\x1b[31m"
    monkeypatch.setattr("autograd_mini.tracing.graph.Node.source", long)
    text = reasons_for(am.relu, -1.0).text
    assert max(map(len, text.splitlines())) <= 80 and "\x1b" not in text
    assert "    recorded at file" in text


def test_the_source_of_an_origin_is_that_of_the_operation_that_made_the_number(monkeypatch):
    monkeypatch.setattr("autograd_mini.tracing.graph.Node.source", property(lambda node: node.name))
    first = reasons_for(lambda a: am.log(a) ** 2, -1.0).causes[0]
    assert first.consumer.name == "y" and first.source == "v1"


# -- the door --------------------------------------------------------------------------------------


def test_names_are_those_of_the_caller():
    w = Value(-2.0)
    h = w.relu()
    loss = h + 1.0
    assert why(loss, w).text.startswith("dloss/dw = 0: ")
    assert why(loss, "w").text == why(loss, w).text == str(why(loss, w)) == repr(why(loss, w))
    assert "down to (the value)." in one_line(why(loss, Value(1.0)).text)


def test_nothing_is_altered_and_the_reasons_are_of_their_moment():
    x = Value(-3.0, "x")
    y = x.relu()
    reasons = why(y, x)
    assert x._grad is None and y._grad is None and y.label == ""
    before, sentence = reasons.text, reasons.causes[0].sentence
    x.data = 5.0
    assert reasons.text == before and reasons.causes[0].sentence == sentence
    with pytest.raises(StaleGraph):
        why(y, x)


def test_errors_are_sentences():
    x = Value(3.0, "x")
    y = x * x
    with pytest.raises(TypeError, match="why takes a Value, the result to start from, not float"):
        why(3.0, x)
    with pytest.raises(TypeError, match="wrt is a Value or a name, not None "):
        why(y, None)
    with pytest.raises(ValueError, match="'q' is not in this graph; its nodes are x, y"):
        why(y, "q")
    with am.no_grad():
        constant = x * 2.0
    with pytest.raises(ValueError, match="constant"):
        why(constant, x)


# -- golden texts ----------------------------------------------------------------------------------


def dead_relu() -> Reasons:
    w, x, b = Value(0.5), Value(2.0), Value(-4.0)
    h = (w * x + b).relu()
    loss = (h - 1.0) ** 2
    return why(loss, w)


def masked_sqrt() -> Reasons:
    x = Value(0.0)
    root = x.sqrt()
    y = am.where(am.heaviside(x), root, 1.0)
    return why(y, x)


def log_of_a_negative() -> Reasons:
    p = Value(0.2)
    margin = p - 0.5
    loss = margin.log() ** 2
    return why(loss, p)


def vanishing() -> Reasons:
    x = Value(1.0)
    v = many(am.sigmoid, 30)(x)
    return why(v, x)


def exploding() -> Reasons:
    w = Value(3.0)
    v = Value(1.0)
    for _ in range(50):
        v = v * w
    return why(v, w)


def forgotten() -> Reasons:
    w = Value(2.0)
    with am.no_grad():
        h = w * 3.0
    y = h * Value(1.0)
    return why(y, w)


def several() -> Reasons:
    a, b = Value(2.0), Value(-1.0)
    h = a * b
    y = h.relu() + am.floor(a) + a - a + a.detach()
    return why(y, a)


def ordinary() -> Reasons:
    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    e = a * b
    d = e + c
    L = d * a + am.relu(e)  # noqa: N806 (the loss of the lecture)
    return why(L, a)


GOLDENS = (
    dead_relu, masked_sqrt, log_of_a_negative, vanishing, exploding, forgotten, several, ordinary,
)  # fmt: skip
GOLDEN = golden_files("explaining/reasons", [f"{make.__name__}.txt" for make in GOLDENS])


@pytest.mark.parametrize("make", GOLDENS)
def test_a_text_is_what_it_was(make):
    reasons, golden = make(), GOLDEN / f"{make.__name__}.txt"
    assert f"{reasons.text}\n" == golden_text(golden, f"{reasons.text}\n")
    lines = reasons.text.splitlines()
    assert max(map(len, lines)) <= 80 and lines == [line.rstrip() for line in lines]
