"""Formulas: what is written is read back as the same thing, with the same numbers."""

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd_mini import Op
from autograd_mini.engine import ops
from autograd_mini.text.as_latex import as_latex as latex
from autograd_mini.text.as_text import as_text as text
from autograd_mini.text.names import name_latex
from autograd_mini.text.numbers import number_latex, number_text
from autograd_mini.text.parts import Name, Operation, local_derivatives, number_of
from support.random_graphs import bits
from support.rows import each_row

ROWS = [op for op in vars(ops).values() if isinstance(op, Op)]


@each_row(
    ("build", "expected"),
    [
        (lambda a, b, c: (a + b) + c, "a + b + c"),
        (lambda a, b, c: a + (b + c), "a + (b + c)"),
        (lambda a, b, c: a - (b + c), "a - (b + c)"),
        (lambda a, b, c: (a * b) * c, "a * b * c"),
        (lambda a, b, c: a * (b * c), "a * (b * c)"),
        (lambda a, b, c: ops.div(a, ops.div(b, c)), "a / (b / c)"),
        (lambda a, b, c: ops.power(ops.power(a, b), c), "(a ** b) ** c"),
        (lambda a, b, c: ops.power(a, ops.power(b, c)), "a ** b ** c"),
        (lambda a, b, c: ops.power(-a, b), "(-a) ** b"),
        (lambda a, b, c: -ops.power(a, b), "-a ** b"),
        (lambda a, b, c: ops.neg(-a), "-(-a)"),
        (lambda a, b, c: a - -b, "a - (-b)"),
        (lambda a, b, c: -2.0 * a, "-2 * a"),
        (lambda a, b, c: a * -2.0, "a * (-2)"),
        (lambda a, b, c: ops.mod(a * b, c), "a * b % c"),
        (lambda a, b, c: ops.mod(a, b * c), "a % (b * c)"),
        (lambda a, b, c: ops.maximum(a + b, -c), "maximum(a + b, -c)"),
        (lambda a, b, c: abs(a + b), "abs(a + b)"),
        (lambda a, b, c: ops.dot(a, b, c), "c + a * b"),
        (lambda a, b, c: ops.dot(a + b, -b, a - c), "a - c + (a + b) * (-b)"),
        (lambda a, b, c: ops.add_all(a, b - c, c), "a + (b - c) + c"),
        (lambda a, b, c: ops.logsumexp(a, b), "logsumexp([a, b])"),
        (lambda a, b, c: 1.0 * a, "a"),
        (lambda a, b, c: ops.power(a, 1.0), "a"),
    ],
)
def test_brackets_where_they_are_needed(build, expected):
    assert text(build(Name("a"), Name("b"), Name("c"))) == expected


def random_formula(chance, depth):
    if depth == 0 or chance.random() < 0.2:
        name, number = chance.choice([("a", 0.75), ("b", -1.5), ("c", 2.5)])
        return Name(name, number) if chance.random() < 0.8 else chance.choice([2.0, -3.0, 0.5])
    op = chance.choice(ROWS)
    count = chance.choice([1, 3, 5]) if op.variadic else len(op.rules)
    arguments = [random_formula(chance, depth - 1) for _ in range(count)]
    if all(type(argument) is float for argument in arguments):
        arguments[0] = Name("a", 0.75)
    return op(*arguments)


@example(17372)  # (-3) ** (0.5 - a)
@given(st.integers(0, 2**32))
def test_a_formula_read_back_has_its_number(seed):
    built = random_formula(random.Random(seed), 4)
    value = eval(text(built), {**NAMESPACE, **SAFE, "__builtins__": {}})
    assert bits([float(value)]) == bits([float(number_of(built))])


class Number(float):
    """A float whose operators are those of the table, so that nothing raises."""

    def __add__(self, other):
        return Number(ops.add(float(self), float(other)))

    def __sub__(self, other):
        return Number(ops.sub(float(self), float(other)))

    def __mul__(self, other):
        return Number(ops.mul(float(self), float(other)))

    def __truediv__(self, other):
        return Number(ops.div(float(self), float(other)))

    def __mod__(self, other):
        return Number(ops.mod(float(self), float(other)))

    def __pow__(self, other):
        return Number(ops.power(float(self), float(other)))

    def __neg__(self):
        return Number(-float(self))

    def __radd__(self, other):
        return Number(ops.add(float(other), float(self)))

    def __rsub__(self, other):
        return Number(ops.sub(float(other), float(self)))

    def __rmul__(self, other):
        return Number(ops.mul(float(other), float(self)))

    def __rpow__(self, other):
        return Number(ops.power(float(other), float(self)))

    def __rtruediv__(self, other):
        return Number(ops.div(float(other), float(self)))

    def __rmod__(self, other):
        return Number(ops.mod(float(other), float(self)))


def safely(op):
    return lambda *arguments: Number(op(*[float(argument) for argument in arguments]))


SAFE = {"a": Number(0.75), "b": Number(-1.5), "c": Number(2.5)}
NAMESPACE = {op.name: safely(op) for op in ROWS if not op.variadic}
NAMESPACE["logsumexp"] = lambda x: Number(ops.logsumexp(*map(float, x)))


@each_row("op", ROWS, ids=lambda op: op.name)
def test_every_local_derivative_is_a_formula_with_the_right_number(op):
    count = 3 if op.variadic else len(op.rules)
    numbers = [0.75, 0.5, 0.25][:count]
    names = [Name(letter, number) for letter, number in zip("abc", numbers, strict=False)]
    z = op(*numbers)
    found = local_derivatives(op, names, Name("z", z))
    expected = op.derivatives(numbers, z) if count else ()
    scope = {**NAMESPACE, "z": Number(z)}
    scope |= {letter: Number(number) for letter, number in zip("abc", numbers, strict=False)}
    for part, number in zip(found, expected, strict=True):
        if number is None:
            assert part is None
            continue
        assert bits([float(number_of(part))]) == bits([float(number)])
        assert float(eval(text(part), {**scope, "__builtins__": {}})) == pytest.approx(
            number, rel=1e-5, nan_ok=True
        )


def test_a_constants_place_is_none():
    x = Name("x", -3.0)
    assert local_derivatives(ops.power, [x, 2.0], Name("z"))[1] is None
    assert local_derivatives(ops.dot, [x, 2.0, 1.0], Name("z"))[1:] == (None, None)


def test_a_choice_is_made_by_the_numbers():
    x, y = Name("x", 2.0), Name("y", 3.0)
    assert text(local_derivatives(ops.power, [x, y], Name("z", 8.0))[1]) == "z * log(x)"


def test_a_choice_by_nan_is_left_open():
    part = ops.where(Name("c", float("nan")), Name("a", 1.0), 2.0)
    assert text(part) == "where(c, a, 2)" and number_of(part) != number_of(part)


@pytest.mark.parametrize(
    ("name", "written", "tex"),
    [
        ("x", "x", "x"),
        ("x1", "x1", "x_{1}"),
        ("w_2", "w_2", r"\text{w}\_\text{2}"),
        ("loss", "loss", r"\mathit{loss}"),
        ("layers[0].w[1]", "layers[0].w[1]", r"\text{layers[0].w[1]}"),
        ("a + b", "(a + b)", r"\text{a + b}"),
        ("50%", "(50%)", r"\text{50}\%"),
        ("a\nb", "(a\N{REPLACEMENT CHARACTER}b)", "\\text{a\N{REPLACEMENT CHARACTER}b}"),
    ],
)
def test_names(name, written, tex):
    assert text(Name(name)) == written and name_latex(name) == tex


@pytest.mark.parametrize(
    ("number", "written", "tex"),
    [
        (2.0, "2", "2"),
        (-0.0, "0", "0"),
        (1 / 3, "0.333333", "0.333333"),
        (1e-20, "1e-20", r"1 \cdot 10^{-20}"),
        (float("-inf"), "-inf", r"-\infty"),
        (float("nan"), "nan", r"\text{nan}"),
    ],
)
def test_numbers(number, written, tex):
    assert number_text(number) == written and number_latex(number) == tex


def test_latex_of_operations():
    a, b = Name("a"), Name("b")
    cases = {
        r"\left(a + b\right) \cdot a": (a + b) * a,
        r"\frac{a + b}{a}": ops.div(a + b, a),
        r"\left(a + b\right)^{a + b}": ops.power(a + b, a + b),
        r"\sqrt{a + b}": ops.sqrt(a + b),
        r"\tanh\left(a\right)": ops.tanh(a),
        r"\mathrm{leaky\_relu}\left(a\right)": ops.leaky_relu(a),
        r"\left|a\right|": abs(a),
        r"-a": -a,
        r"b + a \cdot a": ops.dot(a, a, b),
    }
    for expected, part in cases.items():
        assert latex(part) == expected


def test_a_notation_of_ones_own():
    cube = Op("cube", "{}³", lambda x: x**3, lambda x, z: 3.0 * x * x)
    assert text(Operation(cube, ("a + b",))) == "(a + b)³"
    tex = Op("cube", "{}³", lambda x: x**3, lambda x, z: 3.0 * x * x, latex="{}^3")
    assert latex(tex(Name("a"))) == "a^3"
