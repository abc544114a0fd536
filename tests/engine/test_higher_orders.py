"""Second and third derivatives of every row, at zeros, kinks, ends of domains and infinities.

The oracle knows no derivative: it takes differences of mpmath's value, close to the point, closer,
and closer still, on every side where the function is defined. Where all sides tend to one limit,
that is what the rules have to give; where they do not, nothing is demanded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import product
from typing import Any

import pytest
from mpmath import mp, mpf

import autograd_mini as am
from autograd_mini.engine import ops
from autograd_mini.engine.ops import Op
from autograd_mini.engine.value import Value
from support.oracles import ORACLES, Numbers
from support.rows import each_row

inf, nan = math.inf, math.nan

ROWS = list({id(row): row for row in vars(ops).values() if isinstance(row, Op)}.values())
UNARY = [row for row in ROWS if len(row.rules) == 1 and not row.variadic and row is not ops.detach]
BINARY = [row for row in ROWS if len(row.rules) == 2]

SPECIAL = (
    *(0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 40.0, -40.0, 710.0, -750.0, inf, -inf),
    *(1e-308, -1e-160, 1e100, 1e154, -1e160, 1e300),
)
PAIRS = list(product((0.0, 1.0, 2.0, 0.5, -0.5, inf, -inf), repeat=2))
FEW_PAIRS = list(product((0.0, 1.0, 2.0), repeat=2))


# -- limits ----------------------------------------------------------------------------------------


def domain_of(name: str) -> Callable[..., bool]:
    """Where it can be varied: no negative base with its exponent, no multiple of y for x % y."""
    others: dict[str, Callable[..., bool]] = {
        "power": lambda x, y: x > 0,
        "mod": lambda x, y: 1e-9 < abs(y) < inf and abs(x) < 1e9 and x % y != 0,
    }
    return others.get(name, ORACLES[name].domain)


def near(x: float, side: int, step: int) -> Any:
    """A number close to x: 10, 20 and 40 digits are the same, and so many infinity has."""
    digits = 10 * 2**step
    if math.isinf(x):
        return mpf(10) ** digits * (1 if x > 0 else -1)
    return mpf(x) + side * mpf(10) ** -digits


def sides_of(point: Numbers) -> Iterator[tuple[int, ...]]:
    """The ways to the point; a number that is not special is where it is."""
    moves = [(1,) if math.isinf(x) else (1, -1, 0) if x in (0, 1, -1) else (0,) for x in point]
    ways = list(product(*moves))
    yield from [way for way in ways if any(way)] or ways


def approached(name: str, point: Numbers, side: Sequence[int], orders: tuple[int, ...]) -> Any:
    """The derivative at three points on the way; None outside of the domain."""
    found = []

    def value(*x: Any) -> Any:
        return mpf(ORACLES[name].value(*x))

    with mp.workdps(400):
        ways = [[near(x, s, step) for x, s in zip(point, side, strict=True)] for step in range(3)]
    for at in ways if any(side) else ways[:1]:
        size = max([abs(int(mp.log10(abs(x)))) if x else 0 for x in at])
        with mp.workdps(110 + 2 * size):
            if not domain_of(name)(*at):
                return None
            found.append(mp.diff(value, tuple(at), orders))
    return found


def settled(found: Sequence[Any]) -> float:
    """Where three numbers tend to; nan if nowhere."""
    a, b, c = found[0], found[len(found) // 2], found[-1]
    if abs(c - b) <= mpf(10) ** -12 * max(abs(c), mpf(10) ** -12):
        return float(c)
    if abs(c) < abs(b) < abs(a) and abs(c) < 1e-12:
        return 0.0
    grows = abs(c) > 1.5 * abs(b) > 1.5 * abs(a) and mp.sign(c) == mp.sign(b)
    return float(mp.sign(c)) * inf if grows else nan


@cache
def limit(name: str, point: Numbers, orders: tuple[int, ...]) -> float:
    """The derivative there, of so high an order by each argument; nan where there is no limit."""
    found = [approached(name, point, side, orders) for side in sides_of(point)]
    limits = {settled(numbers) for numbers in found if numbers}
    return limits.pop() if len(limits) == 1 else nan


@pytest.mark.parametrize(
    ("name", "point", "orders", "expected"),
    [
        ("asin", (1.0,), (2,), inf),
        ("asin", (-1.0,), (2,), -inf),
        ("acosh", (1.0,), (2,), -inf),
        ("acosh", (1.0,), (3,), inf),
        ("atan", (inf,), (2,), 0.0),
        ("sqrt", (0.0,), (2,), -inf),
        ("abs", (0.0,), (1,), nan),
        ("sin", (inf,), (2,), nan),
        ("exp", (0.0,), (3,), 1.0),
        ("power", (0.0, 2.0), (1, 1), 0.0),
        ("power", (0.0, 2.0), (2, 0), 2.0),
        ("power", (0.0, 1.0), (1, 1), -inf),
        ("power", (2.0, 0.0), (1, 1), 0.5),
    ],
)
def test_the_oracle_finds_limits(
    name: str, point: Numbers, orders: tuple[int, ...], expected: float
) -> None:
    assert limit(name, point, orders) == pytest.approx(expected, nan_ok=True)


# -- what is not the limit, and why ----------------------------------------------------------------

Where = Callable[[Numbers, tuple[int, ...]], Any]

NEGATIVE_ZERO = "-0.0 is taken for a number below 0, outside of the domain, as 1 / -0.0 is -inf"
BY_ZERO = (
    "inf * 0 and inf / inf inside: each factor is right, but the product of limits is not known"
)
CONVENTION = (
    "where x ** y falls to 0 ** 0, which counts as constant, as in PyTorch, or to inf * (1 - inf); "
    "and log(0) counts as -1e77, which shows only here"
)


def at_infinity(point: Numbers, chain: tuple[int, ...]) -> bool:
    return any(map(math.isinf, point))


def at_0_to_the_0(point: Numbers, chain: tuple[int, ...]) -> bool:
    """Each derivative by the base lowers the exponent by 1; some derivative is by the exponent."""
    return point[0] == 0.0 and 1 in chain and point[1] <= chain.count(0)


# (name, where, reason); `chain` are the arguments by which it was differentiated, in order.
ALLOWANCES: list[tuple[str, Where, str]] = [
    *[
        (name, lambda point, chain: str(point[0]) == "-0.0", NEGATIVE_ZERO)
        for name in ("log", "log2", "log10", "sqrt")
    ],
    (
        "div",
        lambda point, chain: at_infinity(point[:1], chain) and at_infinity(point[1:], chain),
        BY_ZERO,
    ),
    ("power", at_infinity, BY_ZERO),
    ("power", at_0_to_the_0, CONVENTION),
]


def is_near(received: float, expected: float) -> bool:
    if math.isinf(expected) or math.isinf(received):
        return received == expected
    return abs(received - expected) <= 1e-11 * abs(expected) + 1e-15


def derivative(row: Op, point: Numbers, chain: Sequence[int]) -> float:
    leaves = [Value(x) for x in point]
    z = row(*leaves)
    for i in chain:
        (z,) = am.gradients(z, [leaves[i]])
    return z.data


Wrong = tuple[Numbers, tuple[int, ...], float, float]


def differences(row: Op, points: Sequence[Numbers], order: int) -> Iterator[Wrong]:
    """(point, chain, received, limit) wherever the rules do not give the limit."""
    places = range(len(row.rules))
    for point, chain in product(points, product(places, repeat=order)):
        expected = limit(row.name, point, tuple([chain.count(i) for i in places]))
        if expected == expected:
            received = derivative(row, point, chain)
            if not is_near(received, expected):
                yield point, chain, received, expected


def complaints(row: Op, points: Sequence[Numbers], order: int) -> list[Wrong]:
    allowed = [where for name, where, _ in ALLOWANCES if name == row.name]
    return [
        wrong
        for wrong in differences(row, points, order)
        if not any(where(*wrong[:2]) for where in allowed)
    ]


# -- every row -------------------------------------------------------------------------------------

POINTS = [(x,) for x in SPECIAL]


@pytest.mark.slow
@each_row("row", UNARY, ids=lambda row: row.name)
def test_the_second_and_third_derivative_are_the_limits(row: Op) -> None:
    assert complaints(row, POINTS, 2) == []
    assert complaints(row, POINTS, 3) == []


@pytest.mark.slow
@each_row("row", BINARY, ids=lambda row: row.name)
def test_the_second_derivatives_by_two_arguments_are_the_limits(row: Op) -> None:
    assert complaints(row, PAIRS, 2) == []


@pytest.mark.slow
@each_row("row", BINARY, ids=lambda row: row.name)
def test_the_third_derivatives_by_two_arguments_are_the_limits(row: Op) -> None:
    assert complaints(row, FEW_PAIRS, 3) == []


@pytest.mark.slow
@each_row("entry", ALLOWANCES, ids=lambda entry: f"{entry[0]}: {entry[2]}")
def test_every_allowance_is_needed(entry: tuple[str, Where, str]) -> None:
    name, where, _ = entry
    row = next(row for row in ROWS if row.name == name)
    points = POINTS if row in UNARY else PAIRS
    wrong = [*differences(row, points, 2), *(differences(row, POINTS, 3) if row in UNARY else ())]
    assert any(where(*each[:2]) for each in wrong)


def remade(row: Op, *rules: Any) -> Op:
    return Op(row.name, row.text, row.forward, *rules)


WRONG = {
    "a thousandth too much": remade(ops.tanh, lambda x, z: 1.001 - 1.001 * z * z),
    "the product of two roots": remade(
        ops.acosh, lambda x, z: ops.div(1.0, ops.sqrt(x - 1.0) * ops.sqrt(x + 1.0))
    ),
    "the root of a product": remade(
        ops.asin, lambda x, z: ops.div(1.0, ops.sqrt((1.0 - x) * (1.0 + x)))
    ),
    "a square of infinity": remade(ops.atan, lambda x, z: ops.div(1.0, 1.0 + x * x)),
    "a choice with a pole beside it": remade(
        ops.power,
        lambda x, y, z: ops.where(y, y * ops.power(x, y - 1.0), 0.0),
        lambda x, y, z: ops.where(x, z * ops.log(x), 0.0),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_row_is_reported(name: str) -> None:
    row = WRONG[name]
    assert complaints(row, POINTS if len(row.rules) == 1 else FEW_PAIRS, 2)


# -- rows of other shapes, and what is made of rows ------------------------------------------------


@pytest.mark.parametrize("row", [ops.where, ops.clip], ids=lambda row: row.name)
def test_a_choice_has_no_second_derivative_anywhere(row: Op) -> None:
    special = (0.0, 1.0, -2.0, inf, -inf)
    for point in product(special, repeat=3):
        for chain in product(range(3), repeat=2):
            if row is not ops.where or chain[0]:
                assert derivative(row, point, chain) == 0.0, (point, chain)


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((0.0, inf), [[0.0, 0.0], [0.0, 0.0]]),
        ((0.0, -inf), [[0.0, 0.0], [0.0, 0.0]]),
        ((1e4, -1e4), [[0.0, 0.0], [0.0, 0.0]]),
        ((7.0, 7.0), [[0.25, -0.25], [-0.25, 0.25]]),
    ],
)
def test_the_second_derivatives_of_logsumexp(point: Numbers, expected: list[list[float]]) -> None:
    assert am.hessian(lambda x, y: am.logsumexp([x, y]))(*point) == expected


@pytest.mark.parametrize(
    ("f", "point", "expected"),
    [
        (lambda x, y: x**y, (0.0, 2.0), [[2.0, 0.0], [0.0, 0.0]]),
        (lambda x, y: x**y, (0.0, 3.5), [[0.0, 0.0], [0.0, 0.0]]),
        (lambda x, y: x**y, (2.0, 0.0), [[0.0, 0.5], [0.5, math.log(2.0) ** 2]]),
        (lambda y: 0**y, (2.0,), [[0.0]]),
        (lambda y: 0**y, (0.5,), [[0.0]]),
        (lambda y: 0**y, (-1.0,), [[inf]]),
        (lambda x: x**2, (0.0,), [[2.0]]),
        (lambda x: x**1, (0.0,), [[0.0]]),
        (lambda x: x**0, (0.0,), [[0.0]]),
        (lambda x: x**0, (nan,), [[0.0]]),
        (lambda x: x**0.5, (0.0,), [[-inf]]),
    ],
)
def test_second_derivatives_of_powers(
    f: Callable[..., Any], point: Numbers, expected: list[list[float]]
) -> None:
    received = am.hessian(f)(*point)
    assert [[float(x) for x in row] for row in received] == [
        pytest.approx(row, rel=1e-15) for row in expected
    ]


def test_a_power_law_is_fitted_with_a_sample_at_0() -> None:
    """loss = sum of (a * x**b - y)²; the sample at 0 adds nothing to any derivative by a and b."""

    def loss(samples: Sequence[tuple[float, float]]) -> Callable[..., Any]:
        return lambda a, b: am.sum([(a * x**b - y) ** 2 for x, y in samples])

    samples = [(1.0, 2.0), (2.0, 5.0), (3.0, 11.0)]
    for derived in (am.jacobian, am.hessian):
        expected = derived(loss(samples))(1.5, 1.2)
        assert derived(loss([(0.0, 0.0), *samples]))(1.5, 1.2) == expected
