"""Python's arithmetic as IEEE 754 means it: `math` where that does not raise, NumPy where it does.

NumPy is the oracle for infinities, nan and the signs of zeros: it calls C, and raises nothing.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_mini.engine import ieee
from support.rows import each_row

inf, nan = math.inf, math.nan

EDGES = tuple(
    sign * size
    for size in (
        *(0.0, 5e-324, 2.2250738585072014e-308, 1e-300, 1e-154, 1e-16, 0.3, 0.5, 1.0 - 1e-16, 1.0),
        *(1.5, 2.0, 2.5, 3.0, 37.0, 709.0, 710.0, 745.0, 746.0, 1000.0, 2.0**52 + 0.5, 2.0**53),
        *(2.0**53 + 2.0, 1e16, 1e154, 1e300, 1e308, 1.7976931348623157e308, inf, nan),
    )
    for sign in (1.0, -1.0)
)


def drawn(amount: int) -> list[float]:
    source = random.Random(754)
    wide = [math.pow(10.0, source.uniform(-323.0, 308.0)) for _ in range(amount)]
    usual = [source.uniform(0.0, 5.0) for _ in range(amount)]
    return [source.choice((1.0, -1.0)) * x for x in (*wide, *usual)]


SINGLES = [(x,) for x in (*EDGES, *drawn(200))]
PAIRS = [*product(EDGES, repeat=2), *zip(drawn(200), reversed(drawn(200)), strict=True)]


def bits(x: float) -> bytes:
    """All of them, the sign of zero included; every nan is the same."""
    return struct.pack("d", nan if x != x else x)


# -- where `math` and Python have an answer, it is ours --------------------------------------------

# fmt: off
UNARY_OF_MATH = [
    "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "erf", "exp", "expm1",
    "log", "log10", "log1p", "log2", "sin", "sinh", "sqrt", "tan", "tanh",
]
# fmt: on


def modulo(x: float, y: float) -> float:
    return x % y


def quotient(x: float, y: float) -> float:
    return x / y


OF_PYTHON: list[tuple[str, Callable[..., float], list[Any]]] = [
    *[(name, getattr(math, name), SINGLES) for name in UNARY_OF_MATH],
    ("atan2", math.atan2, PAIRS),
    ("power", math.pow, PAIRS),
    ("mod", modulo, PAIRS),
    ("div", quotient, PAIRS),
]


@each_row(("name", "of_python", "points"), OF_PYTHON, ids=lambda x: str(x)[:20])
def test_python_s_own_answer_is_ours(
    name: str, of_python: Callable[..., float], points: list[tuple[float, ...]]
) -> None:
    answered = 0
    for point in points:
        try:
            expected = of_python(*point)
        except (ValueError, ArithmeticError):
            continue
        assert bits(getattr(ieee, name)(*point)) == bits(expected), point
        answered += 1
    assert answered > 100


# -- everywhere, the class of NumPy's answer is ours -----------------------------------------------


def left_to_right(*numbers: float) -> Any:
    total = np.float64(numbers[0])
    for x in numbers[1:]:
        total = np.add(total, x)
    return total


def dot_of_numpy(w: float, x: float, bias: float) -> Any:
    return np.add(bias, np.multiply(w, x))


def power_of_numpy(x: float, y: float) -> Any:
    """Of two exponents: for 0.5 alone, NumPy takes the square root, which makes -0 of -0."""
    return np.power(np.array([x, x]), np.array([y, 3.0]))[0]


def relu_of_numpy(x: float) -> Any:
    """0 for -0 too, which `np.maximum` leaves open."""
    return np.add(np.maximum(x, 0.0), 0.0)


def exceeds_of_numpy(x: float, y: float) -> Any:
    return np.where(np.isnan(x) | np.isnan(y), nan, 0.5 * ((x > y) * 1.0 + (x >= y) * 1.0))


def sign_of_numpy(x: float) -> Any:
    return np.copysign(np.sign(x), x)


def where_of_numpy(condition: float, x: float, y: float) -> Any:
    return np.where(np.isnan(condition), nan, np.where(np.equal(condition, 0.0), y, x))


def sigmoid_of_numpy(x: float) -> Any:
    """As every book writes it, except where exp(-x) overflows."""
    return np.exp(x) if x < -700.0 else np.divide(1.0, 1.0 + np.exp(-x))


def triples() -> Iterator[tuple[float, float, float]]:
    source = random.Random(7)
    for x in EDGES:
        for _ in range(20):
            yield x, source.choice(EDGES), source.choice(EDGES)


TRIPLES = list(triples())

OF_NUMPY: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "acos": (np.arccos, SINGLES),
    "acosh": (np.arccosh, SINGLES),
    "add_all": (left_to_right, TRIPLES),
    "asin": (np.arcsin, SINGLES),
    "asinh": (np.arcsinh, SINGLES),
    "atan": (np.arctan, SINGLES),
    "atan2": (np.arctan2, PAIRS),
    "atanh": (np.arctanh, SINGLES),
    "ceil": (np.ceil, SINGLES),
    "cos": (np.cos, SINGLES),
    "cosh": (np.cosh, SINGLES),
    "div": (np.divide, PAIRS),
    "dot": (dot_of_numpy, TRIPLES),
    "exceeds": (exceeds_of_numpy, PAIRS),
    "exp": (np.exp, SINGLES),
    "expm1": (np.expm1, SINGLES),
    "floor": (np.floor, SINGLES),
    "heaviside": (lambda x: np.heaviside(x, 0.0), SINGLES),
    "log": (np.log, SINGLES),
    "log10": (np.log10, SINGLES),
    "log1p": (np.log1p, SINGLES),
    "log2": (np.log2, SINGLES),
    "maximum": (np.maximum, PAIRS),
    "minimum": (np.minimum, PAIRS),
    "mod": (np.mod, PAIRS),
    "power": (power_of_numpy, PAIRS),
    "relu": (relu_of_numpy, SINGLES),
    "sigmoid": (sigmoid_of_numpy, SINGLES),
    "sign": (sign_of_numpy, SINGLES),
    "sin": (np.sin, SINGLES),
    "sinh": (np.sinh, SINGLES),
    "sqrt": (np.sqrt, SINGLES),
    "tan": (np.tan, SINGLES),
    "tanh": (np.tanh, SINGLES),
    "where": (where_of_numpy, TRIPLES),
}
NOT_IN_NUMPY = {"erf"}


def test_every_function_has_an_oracle() -> None:
    assert set(ieee.__all__) == set(OF_NUMPY) | NOT_IN_NUMPY
    public = {name for name, x in vars(ieee).items() if callable(x) and name[0] != "_"}
    assert set(ieee.__all__) == public - {"Callable", "Mapping", "Function", "copysign", "number"}


def alike(received: float, expected: float) -> bool:
    """Zero with its sign, infinity and nan exactly; else to a few ulps, for NumPy has its own."""
    if expected == 0.0 or not math.isfinite(expected):
        return bits(received) == bits(expected)
    return abs(received - expected) <= 8 * math.ulp(expected)


# The exponent next to -1, which `y % 2.0 == 1.0` takes for odd.
NEXT_TO_ODD = (-0.0, -0.9999999999999999)


def test_the_power_of_negative_zero_next_to_an_odd_exponent() -> None:
    assert ieee.power(*NEXT_TO_ODD) == inf


@pytest.mark.slow
@each_row("name", OF_NUMPY)
def test_the_answer_is_numpy_s(name: str) -> None:
    of_numpy, points = OF_NUMPY[name]
    for point in points:
        with np.errstate(all="ignore"):
            expected = float(of_numpy(*point))
        either = name in ("maximum", "minimum") and point[0] == point[1]  # of two zeros
        received = getattr(ieee, name)(*point)
        assert type(received) is float
        assert alike(received, expected) or (either and received == expected), (point, expected)


@each_row(
    ("function", "point", "expected"),
    [
        (ieee.div, (1.0, 0.0), inf),
        (ieee.div, (1.0, -0.0), -inf),
        (ieee.div, (-1.0, 0.0), -inf),
        (ieee.div, (0.0, -0.0), nan),
        (ieee.div, (nan, 0.0), nan),
        (ieee.div, (inf, 0.0), inf),
        (ieee.mod, (1.0, 0.0), nan),
        (ieee.mod, (inf, 2.0), nan),
        (ieee.mod, (-1.0, inf), inf),
        (ieee.mod, (-4.0, 2.0), 0.0),
        (ieee.mod, (4.0, -2.0), -0.0),
        (ieee.power, (-1.0, 0.5), nan),
        (ieee.power, (0.0, -1.0), inf),
        (ieee.power, (-0.0, -1.0), -inf),
        (ieee.power, (-0.0, -2.0), inf),
        (ieee.power, (-0.0, -0.5), inf),
        (ieee.power, (1e200, 2.0), inf),
        (ieee.power, (-1e200, 3.0), -inf),
        (ieee.power, (-1e200, 4.0), inf),
        (ieee.power, (-1e-200, -3.0), -inf),
        (ieee.power, (-1.0, inf), 1.0),
        (ieee.power, (1.0, nan), 1.0),
        (ieee.power, (nan, 0.0), 1.0),
        (ieee.exp, (710.0,), inf),
        (ieee.expm1, (710.0,), inf),
        (ieee.sinh, (-711.0,), -inf),
        (ieee.cosh, (-711.0,), inf),
        (ieee.log, (0.0,), -inf),
        (ieee.log, (-0.0,), -inf),
        (ieee.log, (-1.0,), nan),
        (ieee.log1p, (-1.0,), -inf),
        (ieee.log1p, (-2.0,), nan),
        (ieee.log2, (0.0,), -inf),
        (ieee.log10, (0.0,), -inf),
        (ieee.sqrt, (-1.0,), nan),
        (ieee.sqrt, (-0.0,), -0.0),
        (ieee.sin, (inf,), nan),
        (ieee.cos, (-inf,), nan),
        (ieee.tan, (inf,), nan),
        (ieee.asin, (1.5,), nan),
        (ieee.acos, (-1.5,), nan),
        (ieee.acosh, (0.5,), nan),
        (ieee.atanh, (1.0,), inf),
        (ieee.atanh, (-1.0,), -inf),
        (ieee.atanh, (1.5,), nan),
        (ieee.erf, (inf,), 1.0),
        (ieee.erf, (-inf,), -1.0),
        (ieee.erf, (nan,), nan),
        (ieee.erf, (-0.0,), -0.0),
        (ieee.sigmoid, (-745.0,), 5e-324),
        (ieee.sigmoid, (-inf,), 0.0),
        (ieee.relu, (-0.0,), 0.0),
        (ieee.relu, (nan,), nan),
        (ieee.sign, (-0.0,), -0.0),
        (ieee.heaviside, (-0.0,), 0.0),
        (ieee.exceeds, (inf, inf), 0.5),
        (ieee.exceeds, (nan, 1.0), nan),
        (ieee.floor, (-0.0,), -0.0),
        (ieee.floor, (-5e-324,), -1.0),
        (ieee.floor, (0.9,), 0.0),
        (ieee.floor, (-inf,), -inf),
        (ieee.ceil, (-0.9,), -0.0),
        (ieee.ceil, (0.0,), 0.0),
        (ieee.ceil, (5e-324,), 1.0),
        (ieee.ceil, (nan,), nan),
        (ieee.maximum, (nan, 1.0), nan),
        (ieee.maximum, (1.0, nan), nan),
        (ieee.minimum, (1.0, nan), nan),
        (ieee.minimum, (nan, -inf), nan),
        (ieee.maximum, (0.0, -0.0), 0.0),
        (ieee.maximum, (-0.0, 0.0), -0.0),
        (ieee.minimum, (0.0, -0.0), 0.0),
        (ieee.minimum, (-0.0, 0.0), -0.0),
        (ieee.power, (0.5, -2001.0), inf),
        (ieee.where, (-0.0, 5.0, 7.0), 7.0),
        (ieee.where, (5e-324, 5.0, 7.0), 5.0),
        (ieee.where, (nan, 5.0, 7.0), nan),
        (ieee.where, (0.0, nan, 7.0), 7.0),
        (ieee.add_all, (1e16, 1.0, -1e16), 0.0),
        (ieee.add_all, (-0.0,), -0.0),
        (ieee.add_all, (1e308, 1e308, -1e308), inf),
        (ieee.dot, (2.0, 3.0, 10.0, 100.0, 1.0), 321.0),
        (ieee.dot, (-0.0,), -0.0),
        (ieee.dot, (0.0, inf, 1.0), nan),
    ],
)
def test_literally(
    function: Callable[..., float], point: tuple[float, ...], expected: float
) -> None:
    assert bits(function(*point)) == bits(expected)


@given(st.tuples(*[st.floats()] * 3))
def test_no_function_ever_raises(numbers: tuple[float, float, float]) -> None:
    for name, (_, points) in OF_NUMPY.items():
        assert type(getattr(ieee, name)(*numbers[: len(points[0])])) is float, name
    assert type(ieee.erf(numbers[0])) is float


@given(st.lists(st.floats(), min_size=1))
def test_sums_of_any_length_are_left_to_right(numbers: list[float]) -> None:
    total = numbers[0]
    for x in numbers[1:]:
        total = total + x
    assert bits(ieee.add_all(*numbers)) == bits(total)
    assert bits(ieee.dot(*[1.0] * (len(numbers) - 1), *numbers[1:], numbers[0])) == bits(total)


# -- numbers ---------------------------------------------------------------------------------------


class Half(float):
    """A float that is none in the strict sense."""


@each_row(
    ("given_number", "expected"),
    [
        (2.5, 2.5),
        (-0.0, -0.0),
        (nan, nan),
        (-inf, -inf),
        (3, 3.0),
        (True, 1.0),
        (False, 0.0),
        (2**53 + 1, 2.0**53),
        (10**400, inf),
        (-(10**400), -inf),
        (Fraction(1, 3), 1 / 3),
        (Fraction(-(10**400), 3), -inf),
        (Fraction(1, 10**400), 0.0),
        (Half(0.5), 0.5),
        (np.float64(0.1), 0.1),
        (np.float32(0.1), 0.10000000149011612),
        (np.float16(0.1), 0.0999755859375),
        (np.int64(-7), -7.0),
        (np.uint8(255), 255.0),
        (np.bool_(True), 1.0),
        (np.bool_(False), 0.0),
        (np.float64(nan), nan),
    ],
    ids=repr,
)
def test_any_real_number_becomes_a_float(given_number: object, expected: float) -> None:
    received = ieee.number(given_number)
    assert type(received) is float
    assert bits(received) == bits(expected)


@pytest.mark.parametrize(
    ("wrong", "shown"),
    [
        ("2", "'2' (str)"),
        (None, "None (NoneType)"),
        (2j, "2j (complex)"),
        ([2.0], "[2.0] (list)"),
        (np.array([1.0, 2.0]), "array([1., 2.]) (ndarray)"),
        (np.array(1.0), "array(1.) (ndarray)"),
        (np.array([True]), "array([ True]) (ndarray)"),
        (Decimal("0.1"), "Decimal('0.1') (Decimal)"),
        (b"2", "b'2' (bytes)"),
    ],
    ids=lambda x: str(x)[:20],
)
def test_everything_else_is_refused_by_name(wrong: object, shown: str) -> None:
    with pytest.raises(TypeError) as refusal:
        ieee.number(wrong)
    assert str(refusal.value) == f"expected a real number such as 2.0, not {shown}"


def test_a_complex_numpy_number_is_refused() -> None:
    with pytest.raises(TypeError, match=r"expected a real number such as 2.0, not .*complex128"):
        ieee.number(np.complex128(2j))
