"""The table of operations: every row, every rule, against mathematics and against PyTorch.

A row of `ops.py` is tested from the moment it exists, and one without an oracle fails.
"""

from __future__ import annotations

import json
import math
import operator
import random
import re
import string
import sys
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pytest
from mpmath import mp, mpf

import autograd_mini as am
from autograd_mini.engine import ieee, ops
from autograd_mini.engine.ops import Op
from autograd_mini.engine.value import Value
from support.oracles import (
    ORACLES,
    WALL,
    Exact,
    Numbers,
    derivative,
    reference_at,
    references,
    second_derivative,
)
from support.places import DATA
from support.rows import each_row

inf, nan = math.inf, math.nan

ROWS = list({id(row): row for row in vars(ops).values() if isinstance(row, Op)}.values())
every_row = each_row("row", ROWS, ids=lambda row: row.name)


def test_each_row_has_a_name_of_its_own_and_an_oracle() -> None:
    """No row without an oracle, no oracle without a row."""
    assert sorted(row.name for row in ROWS) == sorted(ORACLES)


def same(a: float, b: float) -> bool:
    """Bit for bit, the sign of zero included; nan is nan."""
    return repr(a) == repr(b)


# -- 1. values and rules over the whole range ------------------------------------------------------


class Allowance(NamedTuple):
    """How far a row may be off: so many ulps, plus an amount that depends on the point."""

    ulps: float
    extra: Callable[..., float]  # of (what is expected, *arguments)
    reason: str


def fixed(amount: float) -> Callable[..., float]:
    return lambda expected, *x: amount


TINY = 5e-324  # the smallest float
SUBNORMAL = 2.3e-308  # below this, floats lose digits
HALF_ULP = 1.2e-16  # what one rounding can change, relative to the result

FORWARD = Allowance(2, fixed(0.0), "math is right to 1 ulp, and a row rounds once or twice more")
RULE = Allowance(4, fixed(0.0), "a rule is right to 4 ulp")


def rounded_exponent(expected: float, x: float, y: float) -> float:
    """y * x**(y - 1), where y - 1 is rounded; without limit where the power has left the floats."""
    factor = ieee.power(x, y - 1.0)
    if not SUBNORMAL < abs(factor) < inf:
        return inf
    lost = Fraction(y) - 1 - Fraction(y - 1.0)
    return abs(expected * math.log(abs(x)) * lost) * 1.01


def rounded_logarithm(expected: float, *x: float) -> float:
    """exp(d), d = log(expected), where d is rounded and its error grows with its size."""
    return -expected * math.log(expected or 1.0) * HALF_ULP


def cancelled(expected: float, *x: float) -> float:
    """Each of the additions rounds a partial sum, none larger than the sum of all sizes."""
    return len(x) * HALF_ULP * ieee.add_all(*map(abs, x))


def cancelled_dot(expected: float, *numbers: float) -> float:
    n = len(numbers) // 2
    products = [w * x for w, x in zip(numbers[:n], numbers[n:-1], strict=True)]
    return cancelled(expected, *products, *products, numbers[-1]) + n * TINY


# Every row that may be off by more, and why: (name, which derivative, or -1 for the value).
ALLOWANCES: dict[tuple[str, int], Allowance] = {
    ("div", 1): Allowance(
        4, lambda expected, x, y: TINY / abs(y), "-z/y, where a subnormal z has lost digits"
    ),
    ("power", 0): Allowance(  # y * z / x would be right there, but nan where x is 0
        4, rounded_exponent, "y - 1 is rounded, and the power can overflow"
    ),
    ("power", 1): Allowance(
        4, lambda expected, x, y: TINY * abs(math.log(x)), "z*log(x), where z has lost digits"
    ),
    ("atan", 0): Allowance(
        4, fixed(5.6e-309), "x*x overflows, and the textbook's 1/(1 + x*x) is subnormal"
    ),
    ("atan2", 0): Allowance(
        6,
        lambda expected, x, y: 5.6e-309 + TINY / math.hypot(x, y),
        "divided twice by a rounded length, which overflows where the quotient is subnormal",
    ),
    ("tanh", 0): Allowance(4, fixed(2.3e-16), "1 - z*z subtracts from 1"),
    ("sigmoid", 0): Allowance(4, fixed(2.3e-16), "1 - z subtracts from 1"),
    ("silu", 0): Allowance(4, fixed(2.3e-16), "two terms cancel near x = -1.28"),
    ("gelu", 0): Allowance(4, fixed(2.3e-16), "0.5 + 0.5*erf subtracts from 1 for negative x"),
    ("erf", 0): Allowance(
        4,
        lambda expected, x: expected * x * x * HALF_ULP,
        "the exponent of the textbook's exp(-x*x) is rounded",
    ),
    ("silu", -1): Allowance(2, fixed(745 * TINY), "a subnormal sigmoid, up to 745 times"),
    ("gelu", -1): Allowance(2, fixed(5e-16), "0.5 + 0.5*erf subtracts from 1, up to 8 times"),
    ("sum", -1): Allowance(2, cancelled, "what partial sums have lost shows when they cancel"),
    ("dot", -1): Allowance(2, cancelled_dot, "what partial sums have lost shows as they cancel"),
    ("logsumexp", -1): Allowance(
        2, fixed(2.3e-16), "a largest argument below 0 and the logarithm cancel"
    ),
    ("logsumexp", 0): Allowance(4, rounded_logarithm, "the exponent x - peak is rounded"),
}
ALLOWANCES["atan2", 1] = ALLOWANCES["atan2", 0]


def is_near(received: float, expected: Exact, allowance: Allowance, point: Numbers) -> bool:
    distance = expected.distance(received)
    if distance <= allowance.ulps * math.ulp(expected.high):
        return True
    extra = allowance.extra(expected.high, *point)
    return extra == inf or distance <= allowance.ulps * math.ulp(expected.high) + extra


def comparisons(row: Op) -> Iterator[tuple[int, Numbers, Any, Any]]:
    """(which, point, received, expected); the value counts as derivative number -1."""
    for point, value, partials in references(row.name, len(row.rules)):
        z = row.forward(*point)
        yield -1, point, z, value
        received = row.derivatives(point, z)
        for i, pair in enumerate(zip(received, partials, strict=True)):
            yield i, point, *pair


def agrees(key: tuple[str, int], point: Numbers, received: Any, expected: Any) -> bool:
    if received is None or expected is None or expected is WALL:
        return expected is None or (received is None and expected is WALL)
    default = FORWARD if key[1] < 0 else RULE
    return is_near(received, expected, ALLOWANCES.get(key, default), point)


def complaints(row: Op) -> list[str]:
    """Everything that is wrong with a row's value and rules, one sentence for each point."""
    found = []
    for which, point, received, expected in comparisons(row):
        key = (row.name, min(which, 0) if row.variadic else which)
        if not agrees(key, point, received, expected):
            what = "value" if which < 0 else f"derivative {which}"
            found.append(f"{what} of {row.name} at {point}: {received!r}, not {expected}")
    return found


@pytest.mark.slow
@every_row
def test_the_value_and_every_rule_are_right_over_the_whole_range(row: Op) -> None:
    assert len(references(row.name, len(row.rules))) > 60
    assert complaints(row) == []


@pytest.mark.slow
@pytest.mark.parametrize("key", ALLOWANCES, ids=lambda key: f"{key[0]} {key[1]}")
def test_every_allowance_is_needed(key: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ALLOWANCES, key)
    assert any(complaints(row) for row in ROWS if row.name == key[0])


@every_row
def test_the_oracle_is_right(row: Op) -> None:
    """Its derivatives, written by hand, are what differences of its value give."""
    smooth = ORACLES[row.name].smooth
    assert smooth
    for point in smooth:
        for i, partial in enumerate(ORACLES[row.name].partials(*map(mpf, point))):
            if partial is not WALL:
                assert abs(derivative(row.name, i, point) - partial) < 1e-14, (point, i)


def test_the_constants_of_the_rules_are_right_to_the_last_bit() -> None:
    """The allowances above would forgive a last digit."""
    expected = {
        "LOG2_OF_E": 1 / mp.ln2,
        "LOG10_OF_E": 1 / mp.ln10,
        "SQRT_HALF": mp.sqrt(0.5),
        "TWO_OVER_SQRT_PI": 2 / mp.sqrt(mp.pi),
        "ONE_OVER_SQRT_TWO_PI": 1 / mp.sqrt(2 * mp.pi),
        "LARGEST": sys.float_info.max,
        "SMALLEST": TINY,
        "LOG_OF_0": -1e77,
    }
    constants = {name: x for name, x in vars(ops).items() if isinstance(x, float)}
    assert constants == {name: float(x) for name, x in expected.items()}


# -- 2. the test of that test ----------------------------------------------------------------------


def slightly_wrong(x: Any) -> Any:
    """0.1 % more; what is 0 or a wall gets a small derivative."""
    if callable(x):
        return lambda *arguments: slightly_wrong(x(*arguments))
    return 1.001 * x if x else 0.001


def wrong_at(i: int, rule: Callable[..., Sequence[float]]) -> Callable[..., list[float]]:
    """A variadic row's rule, wrong in one of the derivatives that it gives."""

    def wrong(x: Sequence[float], z: float) -> list[float]:
        slopes = list(rule(x, z))
        slopes[i] = slightly_wrong(slopes[i])
        return slopes

    return wrong


def remade(row: Op, forward: Callable[..., Any], rules: Sequence[Any]) -> Op:
    return Op(row.name, row.text, forward, *rules, variadic=row.variadic)


def wrong_rules(row: Op) -> Iterator[list[Any]]:
    rules: list[Any] = list(row.rules)
    if row.variadic:
        yield from [[wrong_at(place, rules[0])] for place in (0, -1)]
        return
    for i, rule in enumerate(rules):
        yield [*rules[:i], slightly_wrong(rule), *rules[i + 1 :]]
        yield [*rules[:i], 1.0 if rule is None else None, *rules[i + 1 :]]


@pytest.mark.slow
@every_row
def test_a_row_with_a_value_wrong_by_a_thousandth_is_reported(row: Op) -> None:
    found = complaints(remade(row, slightly_wrong(row.forward), row.rules))
    assert any(sentence.startswith(f"value of {row.name} at (") for sentence in found)


@pytest.mark.slow
@every_row
def test_a_row_with_a_rule_wrong_by_a_thousandth_or_lost_is_reported(row: Op) -> None:
    for rules in wrong_rules(row):
        found = complaints(remade(row, row.forward, rules))
        assert any(sentence.startswith("derivative ") for sentence in found), rules


# -- 3. edges and kinks, against PyTorch -----------------------------------------------------------

EDGES = json.loads((DATA / "pytorch_edges.json").read_text())

OTHER_NAMES: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "mod": operator.mod,
    "neg": operator.neg,
    "abs": abs,
    "max": ops.maximum,
    "min": ops.minimum,
    "gelu_erf": ops.gelu,
    "clip(-1,1)": lambda x: ops.clip(x, -1, 1),
    "pow_const(x,0.3333)": lambda x: x ** (1 / 3),  # measured with the whole third
}


def edge_function(name: str) -> Callable[..., Any]:
    constant = re.fullmatch(r"r?pow_const\((.*),(.*)\)", name)
    if name in OTHER_NAMES or not constant:
        return OTHER_NAMES.get(name) or vars(ops)[name]
    base, exponent = constant.groups()
    return (lambda x: x ** float(exponent)) if base == "x" else (lambda x: float(base) ** x)


def kind(x: float) -> str:
    return "zero" if x == 0.0 else "finite" if abs(x) < inf else repr(x)


def alike(received: float, expected: float) -> bool:
    if kind(received) != kind(expected):
        return False
    limit = max(4 * math.ulp(expected), 1e-12 * abs(expected)) if abs(expected) < inf else 0.0
    return kind(expected) != "finite" or abs(received - expected) <= limit


def alike_value(received: float, expected: float) -> bool:
    """A value's zero has a sign that counts; a gradient's is free."""
    return alike(received, expected) and (expected != 0.0 or same(received, expected))


class Difference(NamedTuple):
    """One answer that is not PyTorch's: `which` is an argument's number, or -1 for the value."""

    name: str
    which: int
    inputs: Numbers
    received: float
    pytorch: float


def differences_at(name: str, inputs: Numbers, value: Any, gradients: Any) -> Iterator[Difference]:
    leaves = [Value(x) for x in inputs]
    z = edge_function(name)(*leaves)
    z.backward()
    if not alike_value(z.data, float(value)):
        yield Difference(name, -1, inputs, z.data, float(value))
    for i, (leaf, gradient) in enumerate(zip(leaves, gradients, strict=True)):
        if gradient is not None and not alike(leaf.grad, float(gradient)):
            yield Difference(name, i, inputs, leaf.grad, float(gradient))


@cache
def differences() -> list[Difference]:
    return [
        difference
        for name, inputs, value, gradients in EDGES
        for difference in differences_at(name, tuple(map(float, inputs)), value, gradients)
    ]


NAN = "a nan argument gives nan wherever the derivative depends on it"
EARLY = "PyTorch's exp overflows and makes 0 of a subnormal number"
SQUARE = "PyTorch squares the argument, which overflows or underflows"
AT_INFINITY = "the limit; PyTorch multiplies infinity by 0"
IEEE_POWER = "pow as IEEE has it; PyTorch takes sqrt for the exponent 0.5 and rsqrt for -0.5"
PYTHON_MOD = "Python's %: a zero has the sign of the divisor"


def is_gradient_of_nan(which: int, *inputs: float) -> bool:
    return which >= 0 and any(map(math.isnan, inputs))


# Every answer that is not PyTorch's, and why: (name, where, reason).
DELIBERATE: list[tuple[str, Callable[..., bool], str]] = [
    *[
        (name, is_gradient_of_nan, NAN)
        for name in ("relu", "leaky_relu", "elu", "abs", "clip(-1,1)", "max", "min")
    ],
    ("sign", lambda which, x: which < 0 and x != x, NAN),
    ("sign", lambda which, x: which < 0 and same(x, -0.0), "zero stays as it is, sign and all"),
    ("relu", lambda which, x: which < 0 and same(x, -0.0), "0 or more, so never the negative zero"),
    ("sigmoid", lambda which, x: x < -709, EARLY),
    ("silu", lambda which, x: -inf < x < -709, EARLY),
    ("silu", lambda which, x: abs(x) == inf, AT_INFINITY),
    ("gelu_erf", lambda which, x: abs(x) == inf, AT_INFINITY),
    ("softplus", lambda which, x: 20 < x < 37, "PyTorch rounds softplus(x) to x from 20 on"),
    ("expm1", lambda which, x: which == 0 and x <= -20, "exp(x); PyTorch's z + 1 cancels"),
    ("log1p", lambda which, x: which < 0 and abs(x) == TINY, "PyTorch's log1p loses subnormals"),
    ("log10", lambda which, x: which == 0 and abs(x) > 1e307, "PyTorch overflows in x * log(10)"),
    ("asinh", lambda which, x: which == 0 and 1e154 < abs(x) < inf, SQUARE),
    ("acosh", lambda which, x: which == 0 and 1e154 < x < inf, SQUARE),
    ("acosh", lambda which, x: which == 0 and x <= -1, "nan outside of the domain"),
    ("atan2", lambda which, *x: which >= 0 and not 1e-154 < max(map(abs, x)) < 1e154, SQUARE),
    ("atan2", lambda which, y, x: which == 0 and y == 0.0 and 0 < abs(x) < 1e-154, SQUARE),
    ("pow_const(x,0.5)", lambda which, x: which == 0 and same(x, -0.0), IEEE_POWER),
    ("pow_const(x,0.5)", lambda which, x: which < 0 and same(x, -0.0), IEEE_POWER),
    ("pow_const(x,0.5)", lambda which, x: x == -inf, IEEE_POWER),
    ("pow_const(x,-0.5)", lambda which, x: which < 0 and x in (0.0, -inf), IEEE_POWER),
    ("pow_const(x,1.5)", lambda which, x: which == 0 and x == -inf, IEEE_POWER),
    ("mod", lambda which, x, y: which < 0 and y != 0 and math.fmod(x, y) == 0, PYTHON_MOD),
    ("atanh", lambda which, x: which == 0 and abs(x) > 1e8, "outside of the domain"),
    (
        "mod",
        lambda which, x, y: which == 1 and y == 0,
        "what is left of x / y is undetermined, so the quotient is nan",
    ),
]


def covers(entry: tuple[str, Callable[..., bool], str], difference: Difference) -> bool:
    name, where, _ = entry
    return name == difference.name and where(difference.which, *difference.inputs)


@pytest.mark.slow
def test_every_difference_from_pytorch_is_deliberate() -> None:
    assert len(EDGES) == 6027
    unexplained = [
        difference
        for difference in differences()
        if not any(covers(entry, difference) for entry in DELIBERATE)
    ]
    assert unexplained == []


@each_row("entry", DELIBERATE, ids=lambda entry: f"{entry[0]}: {entry[2]}")
def test_every_deliberate_difference_is_one(entry: tuple[str, Callable[..., bool], str]) -> None:
    assert any(covers(entry, difference) for difference in differences())


def test_a_deliberate_difference_is_nan_or_right() -> None:
    """Wherever mathematics has an answer, ours is that one."""
    checked = 0
    for name, which, inputs, received, _ in differences():
        reference = name in ORACLES and reference_at(ORACLES[name], inputs)
        if reference:
            expected = reference.value if which < 0 else reference.partials[which]
            assert agrees((name, which), inputs, received, expected), (name, which, inputs)
            checked += 1
    assert checked > 100


@pytest.mark.parametrize(
    ("received", "expected", "answer"),
    [
        (1.0, 1.0 + 1e-15, True),
        (1.0, 1.0 + 2e-12, False),
        (5e-324, 2e-323, True),
        (5e-324, 0.0, False),
        (0.0, -0.0, True),
        (nan, nan, True),
        (inf, inf, True),
        (inf, -inf, False),
        (nan, inf, False),
        (1.0, nan, False),
        (-1.0, 1.0, False),
    ],
)
def test_what_counts_as_alike(received: float, expected: float, answer: bool) -> None:
    assert alike(received, expected) is answer
    assert alike_value(0.0, -0.0) is False


# -- 4. the subtle ones, one by one ----------------------------------------------------------------


def results(f: Callable[..., Any], *inputs: float) -> tuple[float, ...]:
    """The value and all gradients."""
    leaves = [Value(x) for x in inputs]
    z = f(*leaves)
    z.backward()
    return z.data, *[leaf.grad for leaf in leaves]


def together(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: f(list(values))


LITERAL: list[tuple[Callable[..., Any], Numbers, tuple[float, ...]]] = [
    (ops.relu, (0.0,), (0.0, 0.0)),
    (ops.relu, (-0.0,), (0.0, 0.0)),
    (ops.relu, (5e-324,), (5e-324, 1.0)),
    (ops.leaky_relu, (0.0,), (0.0, 0.01)),
    (ops.leaky_relu, (-3.0,), (-0.03, 0.01)),
    (ops.leaky_relu, (3.0,), (3.0, 1.0)),
    (ops.elu, (0.0,), (0.0, 1.0)),
    (abs, (0.0,), (0.0, 0.0)),
    (abs, (-0.0,), (0.0, -0.0)),
    (abs, (-inf,), (inf, -1.0)),
    (ops.sign, (-2.0,), (-1.0, 0.0)),
    (ops.heaviside, (0.0,), (0.0, 0.0)),
    (ops.heaviside, (2.0,), (1.0, 0.0)),
    (ops.heaviside, (nan,), (nan, 0.0)),
    (ops.exceeds, (2.0, 1.0), (1.0, 0.0, 0.0)),
    (ops.exceeds, (2.0, 2.0), (0.5, 0.0, 0.0)),
    (ops.exceeds, (inf, inf), (0.5, 0.0, 0.0)),
    (ops.exceeds, (1.0, 2.0), (0.0, 0.0, 0.0)),
    (ops.exceeds, (nan, 2.0), (nan, 0.0, 0.0)),
    (ops.floor, (-0.5,), (-1.0, 0.0)),
    (ops.ceil, (-0.5,), (-0.0, 0.0)),
    (ops.maximum, (2.0, 2.0), (2.0, 0.5, 0.5)),
    (ops.maximum, (0.0, -0.0), (0.0, 0.5, 0.5)),
    (ops.maximum, (inf, inf), (inf, 0.5, 0.5)),
    (ops.maximum, (-inf, -inf), (-inf, 0.5, 0.5)),
    (ops.maximum, (3.0, 2.0), (3.0, 1.0, 0.0)),
    (ops.maximum, (2.0, nan), (nan, nan, nan)),
    (ops.minimum, (2.0, 2.0), (2.0, 0.5, 0.5)),
    (ops.minimum, (inf, inf), (inf, 0.5, 0.5)),
    (ops.minimum, (3.0, 2.0), (2.0, 0.0, 1.0)),
    (ops.minimum, (nan, 2.0), (nan, nan, nan)),
    (ops.clip, (0.5, -1.0, 1.0), (0.5, 1.0, 0.0, 0.0)),
    (ops.clip, (-1.0, -1.0, 1.0), (-1.0, 1.0, 0.0, 0.0)),
    (ops.clip, (1.0, -1.0, 1.0), (1.0, 1.0, 0.0, 0.0)),
    (ops.clip, (-2.0, -1.0, 1.0), (-1.0, 0.0, 1.0, 0.0)),
    (ops.clip, (2.0, -1.0, 1.0), (1.0, 0.0, 0.0, 1.0)),
    (ops.clip, (0.0, 2.0, -2.0), (-2.0, 0.0, 0.0, 1.0)),
    (ops.where, (1.0, 5.0, 7.0), (5.0, 0.0, 1.0, 0.0)),
    (ops.where, (-0.0, 5.0, 7.0), (7.0, 0.0, 0.0, 1.0)),
    (ops.where, (nan, 5.0, 7.0), (nan, 0.0, nan, nan)),
    (lambda x: x**0, (0.0,), (1.0, 0.0)),
    (lambda x: x**0, (3.0,), (1.0, 0.0)),
    (lambda x: x**0, (-inf,), (1.0, 0.0)),
    (lambda x: x**0, (nan,), (1.0, 0.0)),
    (lambda x: x**1, (0.0,), (0.0, 1.0)),
    (lambda x: x**2, (-3.0,), (9.0, -6.0)),
    (lambda x: x**2, (0.0,), (0.0, 0.0)),
    (lambda x: x**-1, (-2.0,), (-0.5, -0.25)),
    (lambda x: 2**x, (3.0,), (8.0, 8 * 0.6931471805599453)),
    (lambda x: 0**x, (3.0,), (0.0, -0.0)),
    (lambda x: 0**x, (-1.0,), (inf, -inf)),
    (lambda x: x**0.5, (0.0,), (0.0, inf)),
    (lambda x: 0**x, (0.0,), (1.0, 0.0)),
    (lambda x: 1**x, (inf,), (1.0, 0.0)),
    (operator.pow, (0.0, 0.0), (1.0, 0.0, 0.0)),
    (operator.pow, (-8.0, 1 / 3), (nan, nan, nan)),
    (operator.mod, (7.5, 2.0), (1.5, 1.0, -3.0)),
    (operator.mod, (-7.5, 2.0), (0.5, 1.0, 4.0)),
    (operator.mod, (6.0, 2.0), (0.0, 1.0, -3.0)),
    (operator.mod, (-5.0, inf), (inf, 1.0, 1.0)),
    (operator.mod, (1.0, -inf), (-inf, 1.0, 1.0)),
    (operator.mod, (5.0, inf), (5.0, 1.0, -0.0)),
    (operator.mod, (-5.0, -inf), (-5.0, 1.0, -0.0)),
    (operator.truediv, (1.0, 0.0), (inf, inf, -inf)),
    (ops.sqrt, (0.0,), (0.0, inf)),
    (ops.sqrt, (-1.0,), (nan, nan)),
    (ops.log, (0.0,), (-inf, inf)),
    (ops.exp, (1000.0,), (inf, inf)),
    (ops.exp, (-inf,), (0.0, 0.0)),
    (ops.atan2, (0.0, 0.0), (0.0, 0.0, -0.0)),
    (ops.atan2, (0.0, -1.0), (3.141592653589793, -1.0, -0.0)),
    (ops.atan2, (-0.0, -1.0), (-3.141592653589793, -1.0, 0.0)),
    (ops.asin, (1.0,), (1.5707963267948966, inf)),
    (ops.acosh, (1.0,), (0.0, inf)),
    (ops.atanh, (-1.0,), (-inf, inf)),
    (ops.tanh, (1000.0,), (1.0, 0.0)),
    (ops.tanh, (-inf,), (-1.0, 0.0)),
    (ops.sigmoid, (-1000.0,), (0.0, 0.0)),
    (ops.sigmoid, (1000.0,), (1.0, 0.0)),
    (ops.sigmoid, (0.0,), (0.5, 0.25)),
    (ops.softplus, (1000.0,), (1000.0, 1.0)),
    (ops.softplus, (-1000.0,), (0.0, 0.0)),
    (ops.softplus, (inf,), (inf, 1.0)),
    (ops.silu, (-inf,), (-0.0, -0.0)),
    (ops.silu, (inf,), (inf, 1.0)),
    (ops.gelu, (-inf,), (-0.0, 0.0)),
    (ops.gelu, (inf,), (inf, 1.0)),
    (ops.identity, (3.0,), (3.0, 1.0)),
    (ops.detach, (3.0,), (3.0, 0.0)),
    (together(am.logsumexp), (1e4, -1e4), (1e4, 1.0, 0.0)),
    (together(am.logsumexp), (1000.0, 1000.0), (1000.6931471805599, 0.5, 0.5)),
    (together(am.logsumexp), (-inf, 2.0), (2.0, 0.0, 1.0)),
    (together(am.logsumexp), (inf, 2.0), (inf, 1.0, 0.0)),
    (together(am.logsumexp), (inf, -inf, inf), (inf, 0.5, 0.0, 0.5)),
    (together(am.logsumexp), (-inf, -inf), (-inf, nan, nan)),
    (together(am.logsumexp), (7.0,), (7.0, 1.0)),
    (together(am.logsumexp), (0.0, -710.0), (4.47628622567513e-309, 1.0, 4.47628622567513e-309)),
    (together(am.logsumexp), (-40.0, 0.0), (4.248354255291589e-18, 4.248354255291589e-18, 1.0)),
    (together(am.sum), (1e16, 1.0, -1e16), (0.0, 1.0, 1.0, 1.0)),
]


@each_row(("f", "inputs", "expected"), LITERAL)
def test_literally(f: Callable[..., Any], inputs: Numbers, expected: tuple[float, ...]) -> None:
    assert repr(results(f, *inputs)) == repr(expected)


def test_the_sum_is_left_to_right_on_numbers_too() -> None:
    """Python's own `sum` gives 0.0 before 3.12 and 1.0 from then on."""
    assert am.sum([1e16, 1.0, -1e16]) == ops.add_all(1e16, 1.0, -1e16) == 0.0


def test_dot_starts_at_the_bias_and_goes_from_left_to_right() -> None:
    weights, inputs, bias = [0.1, 1e16, -1.0], [3.0, 1.0, 1e16], 0.7
    expected = ((bias + 0.1 * 3.0) + 1e16) + -1e16
    others = (
        ((0.1 * 3.0 + 1e16) + -1e16) + bias,
        ((bias + -1e16) + 1e16) + 0.1 * 3.0,
        bias + (0.1 * 3.0 + (1e16 + -1e16)),
    )
    assert expected not in others
    assert am.dot(weights, inputs, bias) == expected
    assert am.dot([Value(w) for w in weights], inputs, bias).data == expected


def test_the_rule_of_a_constant_is_never_run() -> None:
    """`x ** 2` at x = -3 must not take the logarithm of -3."""

    def never(x: Any, y: Any, z: Any) -> float:
        raise AssertionError("the rule of a constant was run")

    power = Op("power", "{} ** {}", ops.power.forward, ops.power.rules[0], never)
    assert results(lambda x: power(x, 2.0), -3.0) == (9.0, -6.0)
    assert power(Value(-3.0), 2.0).local_derivatives() == (-6.0, None)
    with pytest.raises(AssertionError):
        results(power, -3.0, 2.0)


# -- 5. second order: a rule applied to Values -----------------------------------------------------

SPECIAL = (0.0, -0.0, 1.0, -2.5, 1e308, -1e-308, inf, -inf, nan)


def rule_on(row: Op, i: int, arguments: Sequence[Any], z: Any) -> Any:
    """What the rule for the argument `i` answers; for a variadic row, the `i`th of its answers."""
    rules: Sequence[Any] = row.rules
    if row.variadic:
        return rules[0](arguments, z)[i]
    rule = rules[i]
    return rule(*arguments, z) if callable(rule) else rule


def number_of(answer: Any) -> Any:
    return answer.data if isinstance(answer, Value) else answer


@pytest.mark.slow
@every_row
def test_a_rule_on_values_gives_the_bits_of_the_rule_on_floats(row: Op) -> None:
    special = product(SPECIAL, repeat=2 if row.variadic else len(row.rules))
    ordinary = [reference.point for reference in references(row.name, len(row.rules))[::4]]
    for point in (*special, *ordinary):
        if row is ops.dot and len(point) % 2 == 0:
            point = (*point, 1.0)
        leaves = [Value(x) for x in point]
        z = row(*leaves)
        for i in range(len(point)):
            expected = rule_on(row, i, point, row.forward(*point))
            assert same(number_of(rule_on(row, i, leaves, z)), expected), (point, i)


def second_derivatives(name: str, point: Numbers) -> Iterator[list[float]]:
    """One list for each argument: how its derivative changes with every argument."""
    places = range(len(point))
    walls = [partial is WALL for partial in ORACLES[name].partials(*map(mpf, point))]
    for i in places:
        yield [
            0.0 if walls[i] or walls[j] else float(second_derivative(name, i, j, point))
            for j in places
        ]


def second_order(row: Op, i: int, point: Numbers) -> list[float]:
    """How the derivative `i` changes with every argument; z carries gradients too."""
    leaves = [Value(x) for x in point]
    answer = rule_on(row, i, leaves, row(*leaves))
    if isinstance(answer, Value):
        answer.backward()
    return [leaf.grad for leaf in leaves]


@every_row
def test_a_rule_on_values_can_be_differentiated_again(row: Op) -> None:
    for point in ORACLES[row.name].smooth:
        for i, expected in enumerate(second_derivatives(row.name, point)):
            received = second_order(row, i, point)
            assert received == pytest.approx(expected, rel=1e-13, abs=1e-14), (point, i)


def test_the_test_of_second_order_sees_a_rule_that_forgets_z() -> None:
    """With z as a plain number, the derivative of 1 - z*z would be lost."""
    forgetful = Op("tanh", "tanh({})", ieee.tanh, lambda x, z: 1.0 - z.data * z.data)
    assert second_order(forgetful, 0, (0.4,)) == [0.0]
    assert second_order(ops.tanh, 0, (0.4,)) == pytest.approx([-0.65019814], rel=1e-7)


# -- 6. rules and composed forwards never branch ---------------------------------------------------


class Symbol:
    """Stands for any number: it can be computed with, and never says which number it is."""

    def _apply(self, op: Op, arguments: tuple[Any, ...]) -> Symbol:
        assert isinstance(op, Op)
        return self.join(*arguments)

    def join(self, *others: Any) -> Symbol:
        assert all(isinstance(other, (Symbol, float)) for other in others)
        return Symbol()

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = join
    __neg__ = __abs__ = join

    def refuse(self, *others: Any) -> Any:
        raise AssertionError("a symbol was asked which number it is")

    __bool__ = __float__ = __int__ = __index__ = refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = refuse
    __hash__ = object.__hash__


def mixtures(amount: int) -> Iterator[list[Any]]:
    """Symbols in all places, and plain numbers in some of them."""
    for choice in product((True, False), repeat=amount):
        if any(choice):
            yield [Symbol() if symbolic else 2.0 for symbolic in choice]


def counts_of(row: Op) -> tuple[int, ...]:
    return ORACLES[row.name].counts or (len(row.rules),)


def run_rules(row: Op) -> None:
    for count in counts_of(row):
        for arguments in mixtures(count):
            for i in range(count):
                rule_on(row, i, arguments, Symbol())


@every_row
def test_a_rule_never_asks_which_number_it_is_given(row: Op) -> None:
    run_rules(row)


COMPOSED = [row for row in ROWS if row.forward.__module__ == ops.__name__]


@pytest.mark.parametrize("row", COMPOSED, ids=lambda row: row.name)
def test_a_composed_forward_never_asks_which_number_it_is_given(row: Op) -> None:
    for count in counts_of(row):
        for arguments in mixtures(count):
            assert isinstance(row.forward(*arguments), Symbol)


def test_the_composed_rows_are_found() -> None:
    assert {"leaky_relu", "elu", "softplus", "silu", "gelu", "clip", "logsumexp"} <= {
        row.name for row in COMPOSED
    }


@pytest.mark.parametrize(
    "rule",
    [
        lambda x, z: 1.0 if x > 0.0 else 0.0,
        lambda x, z: max(x, 0.0),
        lambda x, z: x and z,
        lambda x, z: math.exp(x),
        lambda x, z: 1.0 / x,
        lambda x, z: x**2,
        lambda x, z: ieee.relu(x),
    ],
)
def test_a_rule_that_asks_is_caught(rule: Callable[..., Any]) -> None:
    with pytest.raises((AssertionError, TypeError)):
        run_rules(Op("tanh", "tanh({})", ieee.tanh, rule))


# -- 7. notation -----------------------------------------------------------------------------------


def text_of(row: Op, count: int) -> str:
    return row.text(count) if callable(row.text) else row.text


def slots_of(text: str) -> list[str]:
    return [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]


@every_row
def test_the_text_has_one_slot_for_each_argument(row: Op) -> None:
    for count in counts_of(row):
        slots = slots_of(text_of(row, count))
        assert slots == [""] * count or sorted(slots) == [str(i) for i in range(count)]
    assert row.latex is None or row.latex.count("{}") == len(row.rules)


LOGSUMEXP = {"logsumexp": lambda numbers: ops.logsumexp(*numbers)}
NAMESPACE: dict[str, Any] = {row.name: row for row in ROWS} | LOGSUMEXP | {"__builtins__": {}}


@every_row
def test_python_reads_the_text_as_the_row(row: Op) -> None:
    source = random.Random(row.name)
    usual = [[source.uniform(0.1, 3.0) for _ in range(n)] for n in counts_of(row) for _ in range(9)]
    for point in (*ORACLES[row.name].smooth, *usual):
        text = text_of(row, len(point)).format(*[f"({x!r})" for x in point])
        assert same(float(eval(text, dict(NAMESPACE))), row.forward(*point)), text


@pytest.mark.parametrize(
    ("row", "count", "text"),
    [
        (ops.add_all, 1, "{}"),
        (ops.add_all, 3, "{} + {} + {}"),
        (ops.dot, 1, "{0}"),
        (ops.dot, 3, "{2} + {0} * {1}"),
        (ops.dot, 5, "{4} + {0} * {2} + {1} * {3}"),
        (ops.logsumexp, 1, "logsumexp([{}])"),
        (ops.logsumexp, 2, "logsumexp([{}, {}])"),
    ],
)
def test_the_text_of_a_variadic_row(row: Op, count: int, text: str) -> None:
    assert text_of(row, count) == text


@every_row
def test_the_symbol_is_the_sign_or_the_name(row: Op) -> None:
    signs = {
        "add": "+",
        "sub": "-",
        "mul": "*",
        "times": "*",
        "div": "/",
        "power": "**",
        "mod": "%",
        "neg": "-",
    }
    assert row.symbol == signs.get(row.name, row.name)


# -- 8. the Op -------------------------------------------------------------------------------------


def product_of(*x: float) -> float:
    result = 1.0
    for factor in x:
        result *= factor
    return result


def others(x: Sequence[Any], z: Any) -> list[Any]:
    return [ops.div(z, factor) for factor in x]


CUBE = Op("cube", "{}³", lambda x: x * x * x, lambda x, z: 3.0 * x * x)
SCALED = Op(
    "scaled",
    "scaled({}, {})",
    lambda x, y: x * y * y,
    lambda x, y, z: y * y,
    lambda x, y, z: 2.0 * x * y,
)
PRODUCT = Op("product", lambda n: " * ".join(["{}"] * n), product_of, others, variadic=True)


@every_row
def test_a_row_gives_a_float_for_any_real_numbers(row: Op) -> None:
    for count in counts_of(row):
        whole = row(*[1, True, Fraction(1), 1.0, 1, 1, 1, 1, 1][:count])
        assert type(whole) is float
        assert same(whole, row.forward(*[1.0] * count))


@pytest.mark.parametrize(
    ("text", "rules", "message"),
    [
        ("f({}, {})", [1.0], "'f' has 1 rules, but 2 arguments in 'f({}, {})'"),
        ("f({})", [1.0, 2.0], "'f' has 2 rules, but 1 arguments in 'f({})'"),
        ("f({})", [], "'f' has 0 rules, but 1 arguments in 'f({})'"),
        ("f", [None], "'f' has 1 rules, but 0 arguments in 'f'"),
        ("f", [], "'f' has 0 rules, but 0 arguments in 'f'"),
    ],
)
def test_an_op_takes_one_rule_for_each_argument(text: str, rules: Any, message: str) -> None:
    with pytest.raises(ValueError) as refusal:
        Op("f", text, abs, *rules)
    assert str(refusal.value).startswith(message)
    assert str(refusal.value).endswith("give as many of each, at least one")


def test_a_variadic_op_takes_one_rule() -> None:
    with pytest.raises(ValueError, match="'f' has 2 rules, but 1 arguments in <function"):
        Op("f", lambda n: "", product_of, others, others, variadic=True)
    with pytest.raises(ValueError, match="variadic=False"):
        Op("f", lambda n: "", product_of, others)


def test_what_a_forward_gives_is_kept_as_a_float() -> None:
    step = Op("step", "step({})", lambda x: 1 if x > 0 else 0, 0.0)
    result = step(Value(2.0))
    result.recompute()
    assert type(result.data) is float
    with pytest.raises(TypeError, match="expected a real number"):
        Op("text", "text({})", str, 0.0)(Value(2.0))


def test_an_op_of_ones_own_works_on_numbers_and_values() -> None:
    assert CUBE(2) == 8.0
    assert results(CUBE, 2.0) == (8.0, 12.0)
    assert SCALED(2, 3) == 18.0
    assert results(SCALED, 2.0, 3.0) == (18.0, 9.0, 12.0)
    assert results(lambda x: SCALED(x, x), 2.0) == (8.0, 12.0)
    assert results(lambda x: CUBE(x * x) + 1.0, -2.0) == (65.0, -192.0)


def test_an_op_of_ones_own_works_beside_constants() -> None:
    z = SCALED(2.0, Value(3.0))
    assert z.local_derivatives() == (None, 12.0)
    assert [parent.is_constant for parent in z.parents] == [True, False]
    assert results(lambda x: SCALED(x, 3.0), 2.0) == (18.0, 9.0)
    assert SCALED(Value(2.0), 3.0).local_derivatives() == (9.0, None)
    assert SCALED(2.0, 3.0) == 18.0


def test_a_variadic_op_of_ones_own_works() -> None:
    assert PRODUCT(2, 3, 4) == 24.0
    assert results(PRODUCT, 2.0, 3.0, 4.0) == (24.0, 12.0, 8.0, 6.0)
    assert results(lambda x: PRODUCT(x, 10.0, x), 3.0) == (90.0, 60.0)
    assert PRODUCT(Value(2.0), 10.0).local_derivatives() == (10.0, None)


def test_an_op_of_ones_own_may_have_numbers_and_walls_for_rules() -> None:
    gate = Op("gate", "gate({}, {}, {})", lambda x, y, u: x * y + u, None, lambda x, y, u, z: x, 1)
    assert results(gate, 2.0, 3.0, 4.0) == (10.0, 0.0, 2.0, 1.0)
    assert gate(Value(2.0), 3.0, 4.0).local_derivatives() == (None, None, None)
    assert gate(2.0, 3.0, Value(4.0)).local_derivatives() == (None, None, 1)


def test_an_op_asks_the_first_argument_that_is_no_number() -> None:
    class Asked(Symbol):
        def _apply(self, op: Op, arguments: tuple[Any, ...]) -> Any:
            return id(self), op.name, list(map(id, arguments))

    one, first, second = 1.0, Asked(), Asked()
    assert ops.clip(one, first, second) == (id(first), "clip", [id(one), id(first), id(second)])


def test_an_op_is_shown_by_its_name() -> None:
    assert repr(ops.add) == "Op('add')"
    assert repr(CUBE) == "Op('cube')"
    assert (CUBE.symbol, ops.add.symbol, PRODUCT.symbol) == ("cube", "+", "product")


@pytest.mark.parametrize("wrong", ["2", None, [1.0], 2j])
def test_an_op_names_what_is_no_number(wrong: object) -> None:
    sentence = f"expected a real number such as 2.0, not {wrong!r} ({type(wrong).__name__})"
    for call in (lambda: ops.tanh(wrong), lambda: ops.add(Value(1.0), wrong)):
        with pytest.raises(TypeError) as refusal:
            call()
        assert str(refusal.value) == sentence


def test_the_rules_of_constants_do_not_run() -> None:
    row = remade(ops.power, ops.power.forward, ops.power.rules)
    assert row.derivatives((3.0, 2.0), 9.0, (True, False)) == (6.0, None)
    assert row.derivatives((3.0, 2.0), 9.0, (False, True)) == (None, 9.0 * math.log(3.0))
    assert row.derivatives((3.0, 2.0), 9.0, (False, False)) == (None, None)
    assert ops.dot.derivatives((3.0, 2.0, 1.0), 7.0, (True, False, True)) == (2.0, None, 1.0)


@pytest.mark.parametrize("count", [1, 3])
def test_the_rule_of_a_variadic_row_gives_as_many_derivatives_as_there_are_arguments(count):
    row = Op("own", lambda n: "own", max, lambda x, z: [1.0] * count, variadic=True)
    with pytest.raises(ValueError, match="argument"):
        row.derivatives((2.0, 3.0), 3.0)
    with pytest.raises(ValueError, match="argument"):
        row(Value(2.0), Value(3.0)).backward()


# -- functions made of rows ------------------------------------------------------------------------


def test_values_may_come_from_a_generator() -> None:
    numbers = [1.0, 2.0, 6.0]
    for function in (am.sum, am.mean, am.logsumexp, am.softmax):
        assert function(x for x in numbers) == function(numbers)
    assert am.dot((x for x in numbers), (x for x in numbers), 1.0) == 42.0
    assert am.mean(Value(x) for x in numbers).data == 3.0


def test_what_is_not_defined_of_no_values_says_so() -> None:
    for name in ("mean", "logsumexp", "softmax"):
        for nothing in ([], iter(())):
            with pytest.raises(ValueError, match=f"{name} of no values is not defined"):
                getattr(am, name)(nothing)
    assert am.sum([]) == am.sum(iter(())) == am.dot([], []) == 0.0
    with pytest.raises(ValueError, match="dot of 2 weights and 1 inputs"):
        am.dot([1.0, 2.0], [3.0])


@pytest.mark.parametrize("condition", [True, np.bool_(False)], ids=repr)
def test_a_choice_that_is_decided_already_is_refused(condition: object) -> None:
    with pytest.raises(TypeError, match="is decided already"):
        am.where(condition, 1.0, 2.0)
