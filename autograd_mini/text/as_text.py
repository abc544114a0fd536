"""Parts as text, which Python reads back as the same formula, with no bracket too many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_mini.text import parts
from autograd_mini.text.layout import GLUE, joined, plain
from autograd_mini.text.names import name_text
from autograd_mini.text.numbers import DIGITS, number_text
from autograd_mini.text.parts import Derivative, Equation, Name, Operation, Piece, Summation, Words
from autograd_mini.text.precedence import needs_brackets, notation_of

MOST_SHOWN = 30  # of what lies along a path


def as_text(part: Piece, digits: int = DIGITS) -> str:
    """A part as text, on one line.

    >>> a, b, c = Name("a"), Name("b"), Name("c")
    >>> as_text((a + b) * c), as_text(a + b * c), as_text(a - (b - c)), as_text(-(a + b))
    ('(a + b) * c', 'a + b * c', 'a - (b - c)', '-(a + b)')
    >>> as_text(Equation(Derivative(c, a), b * 2.0, 6.0))
    'dc/da = b * 2 = 6'
    """
    return plain(breakable(part, digits))


def breakable(part: Piece, digits: int = DIGITS) -> str:
    """The same, with other signs for the spaces at which a line is not to be broken."""
    if isinstance(part, str):
        return part
    if part is None or isinstance(part, float | int):
        return number_text(part, digits)
    return _WRITERS[type(part)](part, digits)


def _name(part: Name, digits: int) -> str:
    name = name_text(part.name).replace(" ", GLUE)
    if not part.occurrence:
        return name
    small = "".join([chr(ord("₀") + int(digit)) for digit in str(part.occurrence)])
    return f"({name}){small}" if name[-1].isdigit() else name + small


def _number(part: parts.Number, digits: int) -> str:
    return number_text(part.number, part.digits)


def _operation(part: Operation, digits: int) -> str:
    form = notation_of(part.op, len(part.arguments))
    texts = []
    for position, argument in enumerate(part.arguments):
        text = breakable(argument, digits)
        needed = needs_brackets(form, position, argument, text)
        texts.append(f"({text})" if needed else text)
    return joined(form).format(*texts)


def _long(part: parts.Long, digits: int) -> str:
    first, last = breakable(part.first, digits), breakable(part.last, digits)
    return f"{part.op.name}({first}, ..., {last}) of {part.count:,} operands"


def _derivative(part: Derivative, digits: int) -> str:
    return f"{part.sign}{_below(part.of)}/{part.sign}{_below(part.by)}"


def _below(name: Name) -> str:
    """A name behind a d, where more than a word has brackets."""
    text = _name(name, DIGITS)
    return text if name.name.isidentifier() or text.startswith("(") else f"({text})"


def _equation(part: Equation, digits: int) -> str:
    return joined(" = ").join(sides_of(part, digits))


def sides_of(part: Equation, digits: int = DIGITS) -> list[str]:
    """The sides of an equation; of neighbours that look alike only one."""
    return parts.without_repeats([breakable(side, digits) for side in part.sides])


def _arrows(part: parts.Arrows, digits: int) -> str:
    return joined(" → ").join(
        [breakable(item, digits) for item in parts.shortened(part.items, MOST_SHOWN)]
    )


def _factors(part: parts.Factors, digits: int) -> str:
    return breakable(parts.product(parts.shortened(part.items, MOST_SHOWN)), digits)


def _summation(part: Summation, digits: int) -> str:
    letter, over = breakable(part.letter, digits), breakable(parts.listed(part.over), digits)
    each = f"consumer {letter}: {over}"
    if part.places_of is not None:
        each = f"place of {breakable(part.places_of, digits)} in {letter}"
    return f"Σ {breakable(part.term, digits)}, for each {each}"


def _words(part: Words, digits: int) -> str:
    return "".join([breakable(piece, digits) for piece in part.pieces])


_WRITERS: dict[type, Callable[[Any, int], str]] = {
    Name: _name,
    parts.Number: _number,
    Operation: _operation,
    parts.Long: _long,
    Equation: _equation,
    parts.Arrows: _arrows,
    parts.Factors: _factors,
    Summation: _summation,
    Words: _words,
    **dict.fromkeys((Derivative, *Derivative.__subclasses__()), _derivative),
}
