"""Text to graphs: what is allowed means what it means in Python, and nothing else gets through."""

# ruff: noqa: RUF001

import math
import os
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import ExpressionError, Value, parse, topological_order
from autograd_mini.engine import ops
from autograd_mini.engine.parsing import FUNCTIONS, LIST_FUNCTIONS, ROWS, expression_names
from autograd_mini.engine.syntax import LONGEST
from support.places import ATTACKS
from support.random_graphs import bits
from support.rows import each_row


def test_names_become_leaves_with_labels():
    neuron = parse("tanh(w*x + b)", w=0.5, x=2, b=-1)
    leaves = {node.label: node for node in topological_order(neuron) if node.is_leaf}
    assert {name: leaf.data for name, leaf in leaves.items()} == {"w": 0.5, "x": 2.0, "b": -1.0}
    neuron.backward()
    assert leaves["w"].grad == 2.0


def test_a_name_used_twice_is_one_leaf_and_a_value_is_used_as_it_is():
    a = Value(3.0, "mine")
    square = parse("a * a", a=a)
    assert square.parents == (a, a) and a.label == "mine"


@pytest.mark.parametrize(
    "text",
    "a + b * c|-a ** 2|(-a) ** 2|2 ** -a ** 0.5|a - b - c|a / b / c|a % b|+a - -b|1e3 * a|  a  |"
    "a + 0x10|((a))|a * (b + c)|1_000 + a|-a % b|a ** b ** c".split("|"),
)
def test_operators_mean_what_they_mean_in_python(text):
    numbers = {name: n for name, n in {"a": 1.5, "b": 2.25, "c": 0.75}.items() if name in text}
    assert parse(text, **numbers).data == eval(text.strip(), {}, numbers)


@each_row("name", sorted(ROWS))
def test_every_row_can_be_called(name):
    arguments = [0.25, 0.5, 0.75][: len(ROWS[name].rules)]
    letters = "abc"[: len(arguments)]
    value = parse(f"{name}({', '.join(letters)})", **dict(zip(letters, arguments, strict=True)))
    assert bits([value.data]) == bits([ROWS[name](*arguments)]) and value.op is ROWS[name]


def test_steps_name_numbers_and_results_that_are_used_again():
    result = parse(" a = 3; b = a*a ;c = tanh(b*k);  L = c*b + b ;", k=0.01)
    b = result.parents[1]
    assert result.label == "L" and b.label == "b" and b.parents[0].label == "a"
    assert result.parents[0].parents[1] is b and b.parents[0].is_leaf
    assert result.data == math.tanh(9 * 0.01) * 9 + 9


def test_the_last_step_may_have_a_name_or_not_and_a_name_for_a_leaf_is_that_leaf():
    assert parse("b = a; b*b", a=3).parents[0].label == "a"
    assert parse("L = 2").is_leaf and parse("2").is_constant


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("a*a; a", 6, "the step before this one needs a name"),
        ("tanh = a; tanh", 1, "`tanh` is a function"),
        ("a = 2; a*a", 1, "`a` has a number already"),
        ("b = a; b = a; b", 8, "`b` has a number already"),
        ("b = a*a; a", 1, "`b` was given, but is not in it"),
        ("b = c; c = a; b", 5, "`c` has no number"),
        ("b = a*a; b + lan(b)", 14, "`lan` is no function"),
        ("é = a*a; é + lan(é)", 14, "`lan` is no function"),
        ("b = a*a; b + * b", 14, "an operand is missing here"),
        ("b == a", 3, "a comparison"),
        ("b = ; b", 5, "an expression is missing here"),
        (";", 1, "missing here"),
        ("b = a;; b", 7, "missing here"),
        ("b = a; c = ", 11, "missing here"),
    ],
)
def test_what_is_wrong_in_steps_is_shown_at_its_column(text, column, reason):
    with pytest.raises(ExpressionError, match=re.escape(reason)) as caught:
        parse(text, a=3)
    assert caught.value.column == column


def test_functions_of_lists():
    assert parse("dot([a, 2], [3, b], 1)", a=1, b=5).data == 14.0
    assert parse("sum([a, a, 1])", a=2).data == 5.0
    assert parse("mean([a, 4])", a=2).data == 3.0
    assert parse("logsumexp([a, a])", a=1000).data == am.logsumexp([1000.0, 1000.0])
    assert set(LIST_FUNCTIONS) == {"sum", "mean", "dot", "logsumexp"}


def test_numbers_alone_give_a_constant():
    assert parse("2 * 3").is_constant and parse("2 * 3").data == 6.0


def test_a_comment_is_no_part_of_it():
    assert parse("a # twice? no", a=1.0).data == 1.0


@each_row(
    ("text", "column", "reason"),
    [
        ("a ? b", 3, r"`\?` cannot be used here; there are numbers"),
        ("a ^ 2", 3, r"a power is written \*\*"),
        ("a // b", 3, "`//` cannot be used here"),
        ("a @ b", 3, "`@` cannot be used here"),
        ("tanh(w*q + b)", 6, "`w` and `q` have no number; give w=... q=... .given: a, b."),
        ("tanh(w*a + b)", 6, "`w` has no number; give w=..."),
        ("thanh(a)", 1, "did you mean tanh"),
        ("tahn(a)", 1, "did you mean tanh"),
        ("a + foo(b)", 5, "`foo` is no function here"),
        ("a + tanh", 5, "`tanh` is a function and takes arguments"),
        ("b + tanh(a, b)", 5, "`tanh` takes 1 argument, not 2"),
        ("b + tanh()", 5, "`tanh` takes 1 argument, not 0"),
        ("a.real", 2, "a dot cannot be used"),
        ("math.sin(a)", 5, "functions are written plainly"),
        ("a[0]", 2, "an index"),
        ("a < b", 3, "a comparison"),
        ("a if b else 1", 3, "`if` is a reserved word of Python; use where"),
        ("'a'", 1, "text cannot be used"),
        ("True", 1, "`True` is a reserved word"),
        ("lambda*a**2", 1, "`lambda` is a reserved word of Python; use a name such as lambda_"),
        ("a*in", 3, "`in` is a reserved word"),
        ("class = a; a", 1, "`class` is a reserved word"),
        ("2j", 2, "a product needs its `*`"),
        ("2 a", 3, "a product needs its `*`"),
        ("2(a+1)", 2, "a product needs its `*`"),
        ("a(a+1)", 2, "a product needs its `*`"),
        ("q(a+1)", 2, "a product needs its `*`"),
        ("(a+1)(a-1)", 6, "a product needs its `*`"),
        ("a²b", 3, "a product needs its `*`"),
        ("sum([a]*2)", 8, "a list stands alone"),
        ("a⁻", 2, "`⁻` is no exponent"),
        ("a¹⁻", 2, "no exponent"),
        ("²", 1, "an operand is missing"),
        ("a, b", 2, "a comma"),
        ("clip(a, low=b)", 12, "by position"),
        ("clip(*a)", 6, "an operand is missing"),
        ("tanh([a])", 6, "a list"),
        ("a + [b]", 5, "a list"),
        ("dot([a], [b, a])", 1, r"dot\(\[w1, w2\]"),
        ("mean([])", 1, "at least one"),
        ("a) + (b", 2, "closes nothing"),
        ("dot([a), b)", 7, "does not fit the one of column 5"),
        ("a + (b + (a*b)", 5, "never closed"),
        ("tanh(a", 1, "never closed"),
        ("a + b + ", 8, "an operand is missing"),
        ("a + b +", 8, "an operand is missing"),
        ("tanh(a*)", 8, "an operand is missing"),
        ("()", 2, "an operand is missing"),
        ("a +\nb", 4, "one line"),
        ("lambda: a", 1, "lambda"),
        ("(a := b)", 4, "`:=` cannot be used"),
        ("[a for a in b]", 1, "a list"),
        ("f'{a}'", 2, "text cannot be used"),
        ("√a", 1, r"sqrt\(x\)"),
        ("__import__('os')", 1, "no function"),
        ("constructor(a)", 1, "no function"),
        ("é * 2", 1, "`é` has no number"),
        ("b * ééé * q", 5, "`ééé` and `q` have no number"),
        ("", 1, "there is nothing here"),
        ("   ", 1, "there is nothing here"),
        ("a\0", 2, "cannot be used here"),
        ("ab\ud800", 3, "cannot be used here"),
        ("a + " + "9" * 400, 5, "too large"),
    ],
)
def test_everything_else_is_refused_with_its_column(text, column, reason):
    with pytest.raises(ExpressionError, match=reason) as caught:
        parse(text, a=1.0, b=2.0)
    assert (caught.value.column, caught.value.text) == (column, text)
    *_, _window, pointer = str(caught.value).split("\n")
    assert len(pointer) == 4 + column and pointer.endswith("^")
    assert isinstance(caught.value, ValueError)
    str(caught.value).encode()


def test_an_unknown_function_is_told_which_one_is_close_or_which_there_are():
    for text, reason in [
        ("qqq(a)", "`qqq` is no function here; there are abs, acos, acosh, "),
        ("thanh(a)", "`thanh` is no function here; did you mean tanh?"),
        ("arctan(a)", "did you mean atan?"),
        ("pow(a, a)", r"did you mean \*\* for a power?"),
    ]:
        with pytest.raises(ExpressionError, match=reason):
            parse(text, a=1.0)


def test_what_is_known_is_said_of_a_name_without_a_number():
    with pytest.raises(ExpressionError, match=r"give q=\.\.\. \(given: a, b, c\)"):
        parse("c = a*b; c + q", a=1.0, b=2.0)
    with pytest.raises(ExpressionError, match=r"\(given: none yet\)"):
        parse("q")


def test_the_window_of_a_long_text_begins_forty_columns_before_what_is_wrong():
    with pytest.raises(ExpressionError) as caught:
        parse("a + " * 100 + "q", a=1.0)
    assert caught.value.column == 401
    assert str(caught.value).split("\n")[1:] == [
        "    " + ("a + " * 100 + "q")[361:],
        " " * 43 + "^",
    ]


def test_the_window_of_a_long_text_holds_the_column():
    text = "a + " * 100 + "q" + " + a" * 100
    with pytest.raises(ExpressionError) as caught:
        parse(text, a=1.0)
    *_, window, pointer = str(caught.value).split("\n")
    assert len(window) <= 80 and window[len(pointer) - 1] == "q"


def test_a_number_for_a_name_that_is_not_there():
    with pytest.raises(ExpressionError, match="`y` was given, but is not in it; it has: x"):
        parse("x * 2", x=1.0, y=2.0)


def test_what_is_given_must_be_a_number_and_a_string():
    with pytest.raises(TypeError, match="expected a real number"):
        parse("a", a="1")
    with pytest.raises(TypeError, match="an expression is a string"):
        parse(3)


def test_names_may_be_called_text_or_self():
    assert parse("text + self", text=1.0, self=2.0).data == 3.0


# -- characters ------------------------------------------------------------------------------------


@each_row(
    ("pasted", "plain"),
    [
        ("2×a", "2*a"), ("2·a", "2*a"), ("a·a", "a*a"), ("2⋅a", "2*a"), ("a÷2", "a/2"),
        ("a⁄2", "a/2"),
        ("2−a", "2-a"), ("−a – 2", "-a - 2"), ("a²", "a**2"), ("a⁻¹", "a**-1"), ("a¹⁰", "a**10"),
        ("-a²", "-a**2"), ("a ²", "a**2"), ("a⁺²", "a**2"),
        ("(a + 1)³", "(a + 1)**3"), ("a*2²³", "a*2**23"),
        ("（a＋2）＊3", "(a + 2)*3"), ("a\u00a0*\u200b2", "a*2"), ("\ufeffa*2\n", "a*2"),
    ],
)  # fmt: skip
def test_what_is_pasted_means_what_it_says(pasted, plain):
    assert parse(pasted, a=0.75).data == eval(plain, {"a": 0.75})


@each_row(
    ("one", "other"),
    [("µ", "μ"), ("𝑥", "x"), ("ﬁ", "fi"), ("e\u0301", "é"), ("ℎ", "h"), ("ｗ", "w")],
)
def test_a_name_that_only_looks_different_is_the_same_name(one, other):
    for text, name in ((one, one), (one, other), (other, one)):
        square = parse(f"{text}*{text}", **{name: 3.0})
        assert square.data == 9.0 and square.parents[0].label == other
        assert expression_names(f"{text}*2") == [other]
        assert parse(f"{text} = a; {name}*2", a=1.0).data == 2.0


def test_a_raised_letter_is_an_exponent():
    assert parse("aⁿ", a=3.0, n=2.0).data == 9.0 and expression_names("aⁿ") == ["a", "n"]


def test_a_name_may_have_what_a_name_in_python_may_have():
    names = ["日本", "x_1", "_a", "été", "वर्ष"]
    for name in names:
        assert parse(f"2*{name}", **{name: 4.0}).data == 8.0


def test_the_names_of_an_expression_are_those_that_need_a_number():
    assert am.expression_names("u = tanh(w*x) + 1e5; u * w - 0x1f") == ["w", "x"]
    assert am.expression_names("b = c; c = a; b") == ["c", "a"]
    with pytest.raises(ExpressionError, match="missing"):
        am.expression_names("a +")


# -- bounds ----------------------------------------------------------------------------------------

LONG = {
    "+".join(["a"] * 10_000): 10_000.0,
    "(" * 100_000 + "a" + ")" * 100_000: 1.0,
    "-" * 10_000 + "a": 1.0,
    "1**" * 3_000 + "a": 1.0,
    "relu(" * 2_000 + "a" + ")" * 2_000: 1.0,
    "sum([" * 2_000 + "a" + "])" * 2_000: 1.0,
    "(a+" * 5_000 + "a" + ")" * 5_000: 5_001.0,
}


@each_row("text", LONG, ids=lambda text: text[:8])
def test_a_text_may_be_as_deep_as_it_is_long(text):
    assert parse(text, a=1.0).data == LONG[text]


@each_row(
    "text",
    [
        "a" * (LONGEST + 1),
        "9" * 6000,
        "[" * 200,
        "(" * 100_000,
        "(" * 100_000 + ")",
        "not " * 2000 + "a",
        "a<" * 3000 + "a",
        "2 " * 100_000,
        "=" * 10_000,
        ";" * 100_000,
        "a=1;" * 10_000,
    ],
    ids=lambda text: text[:8],
)
def test_what_is_long_and_wrong_is_an_expression_error(text):
    with pytest.raises(ExpressionError):
        parse(text, a=1.0)


@given(st.text(alphabet="ab12.+-*/%()[], \n\té\ud800\x00'\"\\_:=<>#@^&|~!?;{}", max_size=40))
def test_fuzz_any_text_gives_a_value_or_an_expression_error(text):
    try:
        assert isinstance(parse(text, a=0.5, b=2.0), Value)
    except ExpressionError as error:
        assert 1 <= error.column <= len(text) + 1
        str(error).encode()


WORDS = [*"ab", "1", "2.5", "+", "-", "*", "/", "**", "%", "(", ")", ",", "[", "]", "lambda", ":"]
WORDS += sorted(FUNCTIONS)


@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_fuzz_any_words_give_a_value_or_an_expression_error(words):
    try:
        assert isinstance(parse(" ".join(words), a=0.5, b=2.0), Value)
    except ExpressionError as error:
        assert str(error)


def random_expression(chance, depth):
    if depth == 0 or chance.random() < 0.2:
        return chance.choice(["a", "b", "0.5", "3.0"])
    if chance.random() < 0.3:
        name = chance.choice(sorted(ROWS))
        inside = ", ".join(random_expression(chance, depth - 1) for _ in ROWS[name].rules)
        return f"{name}({inside})"
    left, right = random_expression(chance, depth - 1), random_expression(chance, depth - 1)
    return f"({left}{chance.choice([' + ', ' - ', ' * '])}{right})"


@given(st.integers(0, 2**32))
def test_random_expressions_have_the_value_that_python_gives_them(seed):
    text = random_expression(random.Random(seed), 4)
    names = {"a": 0.75, "b": -1.5}
    expected = eval(text, {**vars(ops), **ROWS}, names)
    used = {name: n for name, n in names.items() if re.search(rf"\b{name}\b", text)}
    assert bits([parse(text, **used).data]) == bits([float(expected)])


@each_row("attack", ATTACKS, ids=lambda attack: attack["id"])
def test_attack_strings_are_refused_or_are_plain_names(attack):
    before = dict(os.environ)
    with pytest.raises(ExpressionError) as caught:
        parse(attack["string"])
    str(caught.value).encode()
    assert dict(os.environ) == before
