"""A row of the table applied to names instead of numbers: formulas, as text and as LaTeX.

The only file that knows precedence, and it asks Python: the text of a formula is Python, and has
brackets where Python would read it otherwise without them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from autograd_mini.engine import ops
from autograd_mini.engine.errors import printable
from autograd_mini.engine.facts import facts_of
from autograd_mini.engine.operators import Operators
from autograd_mini.engine.ops import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Term(Operators):
    """What names and formulas have in common: operators and rows make formulas of them."""

    number: float | None = None

    def _apply(self, op: Op, arguments: Sequence[Any]) -> Any:
        return _simplified(op, tuple(arguments))


class Name(Term):
    """A name in a formula, and the number that it stands for, if there is one.

    >>> x = Name("x", 3.0)
    >>> formula = 1.0 - x * x
    >>> text(formula), formula.number
    ('1 - x * x', -8.0)
    """

    def __init__(self, name: str, number: float | None = None) -> None:
        self.name, self.number = name, number


class Formula(Term):
    """An operation applied to names, numbers and formulas."""

    def __init__(self, op: Op, arguments: tuple[Any, ...]) -> None:
        self.op, self.arguments = op, arguments
        numbers = [number_of(argument) for argument in arguments]
        self.number = None if None in numbers else op.forward(*numbers)


def number_of(part: Any) -> float | None:
    """The number that a name or a formula stands for; a number itself.

    >>> number_of(Name("x", 3.0) * 2.0), number_of(2.0), number_of(Name("x"))
    (6.0, 2.0, None)
    """
    return part.number if isinstance(part, Term) else float(part)


def _simplified(op: Op, arguments: tuple[Any, ...]) -> Any:
    """Without what a rule leaves for other numbers: 2 * x ** 1 is 2 * x, and choices are made."""
    condition = number_of(arguments[0]) if op is ops.where else None
    if condition is not None and condition == condition:
        return arguments[2] if condition == 0.0 else arguments[1]
    if op is ops.mul and 1.0 in arguments:
        return arguments[0] if arguments[1] == 1.0 else arguments[1]
    if op is ops.power and arguments[1] == 1.0:
        return arguments[0]
    if op is ops.power and arguments[1] == 0.0:
        return 1.0
    return Formula(op, arguments)


def local_derivatives(op: Op, arguments: Sequence[Any], result: Any) -> list[Any]:
    """The rules of a row applied to names: one formula or number for each argument, None at walls.

    >>> x, z = Name("x"), Name("z")
    >>> [text(rule) for rule in local_derivatives(ops.tanh, [x], z)]
    ['1 - z * z']
    >>> text(local_derivatives(ops.power, [x, 2.0], z)[0])
    '2 * x'

    Constants are given as numbers, and have None in the list.
    """
    rules = op.rules
    if op.variadic:
        assert callable(rules[0])
        rules = tuple([_always(found) for found in rules[0](tuple(arguments), result)])
    return [
        None if type(argument) is float else rule(*arguments, result) if callable(rule) else rule
        for rule, argument in zip(rules, arguments, strict=True)
    ]


def _always(part: Any) -> Any:
    return lambda *arguments: part


# -- text ------------------------------------------------------------------------------------------


def text(part: Any) -> str:
    """A formula as text that Python reads back as the same formula, with no bracket too many.

    >>> a, b, c = Name("a"), Name("b"), Name("c")
    >>> text((a + b) * c), text(a + b * c), text(a - (b - c)), text(-(a + b))
    ('(a + b) * c', 'a + b * c', 'a - (b - c)', '-(a + b)')

    A name that is no plain word is bracketed; numbers are written to six digits.
    """
    if isinstance(part, Formula):
        return _joined(part.op, [text(argument) for argument in part.arguments])
    if isinstance(part, Name):
        return name_text(part.name)
    return number_text(part)


def name_text(name: str) -> str:
    """A name inside a formula: bracketed unless it is a plain word.

    >>> name_text("x"), name_text("layers[0].w[1]"), name_text("a + b")
    ('x', 'layers[0].w[1]', '(a + b)')
    """
    plain = re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*|\[\d+\])*", name)
    return name if plain else f"({name})"


def number_text(number: float) -> str:
    """A number inside a formula, to six digits.

    >>> number_text(2.0), number_text(-1 / 3), number_text(1e-20)
    ('2', '-0.333333', '1e-20')
    """
    return f"{0.0 if number == 0.0 else number:.6g}"


def applied(op: Op, parts: Sequence[str]) -> str:
    """An operation written with these texts as its operands, bracketed where that is needed.

    >>> applied(ops.mul, ["a + b", "-3"])
    '(a + b) * (-3)'
    """
    return _joined(op, list(parts))


def _joined(op: Op, parts: list[str]) -> str:
    form = _format(op, len(parts))
    for i, part in enumerate(parts):
        if _needs_brackets(form, i, part, len(parts)):
            parts[i] = f"({part})"
    return form.format(*parts)


def _format(op: Op, count: int) -> str:
    return op.text(count) if callable(op.text) else op.text


def _needs_brackets(form: str, position: int, part: str, count: int) -> bool:
    if re.fullmatch(r"[\w.]+", part) or (part.startswith("(") and _closes_at_the_end(part)):
        return False
    names = [f"_{i}" for i in range(count)]
    bare, bracketed = [*names], [*names]
    bare[position], bracketed[position] = part, f"({part})"
    if part.startswith("-") and not form.format(*names).startswith(names[position]):
        return not _is_call(form)  # a * -3 means what it should, and reads badly
    return _tree(form.format(*bare)) != _tree(form.format(*bracketed))


def _closes_at_the_end(part: str) -> bool:
    depth = 0
    for i, character in enumerate(part):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return i == len(part) - 1
    return False


def _is_call(form: str) -> bool:
    return re.match(r"\w+\(", form) is not None


def _tree(written: str) -> str:
    try:
        return ast.dump(ast.parse(written, mode="eval"))
    except SyntaxError:  # a notation of one's own, which Python cannot read: bracket to be sure
        return written


# -- LaTeX -----------------------------------------------------------------------------------------


def latex(part: Any) -> str:
    r"""A formula as LaTeX.

    >>> x, y = Name("x"), Name("y_1")
    >>> print(latex(ops.div(1.0 - x * x, y)))
    \frac{1 - x \cdot x}{y_{1}}
    """
    if isinstance(part, Formula):
        return applied_latex(part.op, part.arguments)
    if isinstance(part, Name):
        return name_latex(part.name)
    return number_latex(part)


def applied_latex(op: Op, arguments: Sequence[Any]) -> str:
    r"""An operation on names, numbers and formulas as LaTeX.

    >>> print(applied_latex(ops.power, [Name("x"), 2.0]))
    x^{2}
    """
    form, texts = _format(op, len(arguments)), [text(argument) for argument in arguments]
    apart = facts_of(op).apart
    parts = []
    for i, argument in enumerate(arguments):
        written = latex(argument)
        bracketed = i not in apart and _needs_brackets(form, i, texts[i], len(texts))
        parts.append(rf"\left({written}\right)" if bracketed else written)
    return _latex_format(op, len(parts)).format(*parts)


def _latex_format(op: Op, count: int) -> str:
    known = op.latex or facts_of(op).latex
    if known:
        return known
    form = _format(op, count)
    if not _is_call(form):
        return form.replace("*", r"\cdot")
    slots = ", ".join(["{}"] * count)
    word = _latex_word(op.name).replace("{", "{{").replace("}", "}}")
    return rf"\operatorname{{{{{word}}}}}\left({slots}\right)"


def name_latex(name: str) -> str:
    r"""A name as LaTeX: a letter as it is, a word upright, a number behind it as an index.

    >>> print(name_latex("x"), name_latex("v3"), name_latex("loss"))
    x v_{3} \mathit{loss}
    """
    found = re.fullmatch(r"([A-Za-z]+)_?(\d*)", name)
    if found is None:
        return rf"\text{{{_latex_word(name)}}}"
    letters, digits = found.groups()
    base = letters if len(letters) == 1 else rf"\mathit{{{letters}}}"
    return f"{base}_{{{digits}}}" if digits else base


def number_latex(number: float) -> str:
    r"""A number as LaTeX, to six digits.

    >>> print(number_latex(2.0), number_latex(1.5e-20), number_latex(float("inf")))
    2 1.5 \cdot 10^{-20} \infty
    """
    written = number_text(number)
    if "e" in written:
        mantissa, exponent = written.split("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    return written.replace("inf", r"\infty").replace("nan", r"\text{nan}")


_SPECIAL = {
    **{sign: f"\\{sign}" for sign in "#$%&_{}"},
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}


def _latex_word(name: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in printable(name))
