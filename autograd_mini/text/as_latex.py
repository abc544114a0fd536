"""Parts as LaTeX that KaTeX, MathJax and xelatex read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from autograd_mini.engine.facts import facts_of
from autograd_mini.engine.ops import Op
from autograd_mini.text import parts
from autograd_mini.text.as_text import as_text
from autograd_mini.text.names import AS_MATHEMATICS, name_latex, text_latex
from autograd_mini.text.numbers import number_latex
from autograd_mini.text.parts import Derivative, Equation, Name, Operation, Piece, Summation, Words
from autograd_mini.text.precedence import is_call, needs_brackets, notation_of

MOST_SHOWN = 6  # of what lies along a path: a formula is not broken into lines


def as_latex(part: Piece) -> str:
    r"""A part as LaTeX.

    >>> from autograd_mini.engine import ops
    >>> x, y = Name("x"), Name("y1")
    >>> print(as_latex(ops.div(1.0 - x * x, y)))
    \frac{1 - x \cdot x}{y_{1}}
    >>> print(as_latex(Words("at ", parts.Partial(y, x))))
    \text{at }\frac{\partial y_{1}}{\partial x}
    """
    if isinstance(part, str):
        return r"\cdots" if part == "..." else text_latex(part) if part else ""
    if part is None or isinstance(part, float | int):
        return number_latex(part)
    return _WRITERS[type(part)](part)


def _name(part: Name) -> str:
    name = name_latex(part.name)
    return f"{name}^{{({part.occurrence})}}" if part.occurrence else name


def _number(part: parts.Number) -> str:
    assert part.number is not None
    return number_latex(part.number, part.digits)


def _operation(part: Operation) -> str:
    form = notation_of(part.op, len(part.arguments))
    apart = facts_of(part.op).apart
    written = []
    for position, argument in enumerate(part.arguments):
        text = as_latex(argument)
        if position not in apart and needs_brackets(form, position, argument, as_text(argument)):
            text = rf"\left({text}\right)"
        written.append(text)
    return _notation(part.op, len(written)).format(*written)


def _notation(op: Op, count: int) -> str:
    """The format string of an operation in LaTeX."""
    if known := op.latex or facts_of(op).latex:
        return known
    form = notation_of(op, count)
    if not is_call(form):
        return form.replace("*", r"\cdot")
    slots = ", ".join(["{}"] * count)
    return rf"{_operator(op.name)}\left({slots}\right)"


def _operator(name: str) -> str:
    signs = [AS_MATHEMATICS.get(sign, sign) for sign in name]
    known = "".join(signs) if name.isascii() else text_latex(name)
    # No \operatorname, nor \bmod: MathJax expands them, and only in formulas of up to 5 kB.
    return rf"\mathrm{{{{{known.replace('{', '{{').replace('}', '}}')}}}}}"


def _long(part: parts.Long) -> str:
    of = text_latex(f"{part.op.name} of {part.count:,} operands")
    return rf"{of}\left({as_latex(part.first)}, \ldots, {as_latex(part.last)}\right)"


def _derivative(part: Derivative) -> str:
    sign = r"\partial" if isinstance(part, parts.Partial) else r"\mathrm{d}"
    return rf"\frac{{{sign} {as_latex(part.of)}}}{{{sign} {as_latex(part.by)}}}"


def sides_of(part: Equation) -> list[str]:
    """The sides of an equation; of neighbours that look alike only one."""
    return parts.without_repeats([as_latex(side) for side in part.sides])


def _arrows(part: parts.Arrows) -> str:
    return r" \to ".join(map(as_latex, parts.shortened(part.items, MOST_SHOWN)))


def _factors(part: parts.Factors) -> str:
    return as_latex(parts.product(parts.shortened(part.items, MOST_SHOWN)))


def _summation(part: Summation) -> str:
    letter = as_latex(part.letter)
    index = rf"{letter} \in \{{{', '.join(map(as_latex, part.over))}\}}"
    if part.places_of is not None:
        index = rf"\text{{places in }} {letter}"
    return rf"\sum_{{{index}}} {as_latex(part.term)}"


def _words(part: Words) -> str:
    """Texts that follow each other are one text."""
    found: list[Any] = []
    for is_text, run in groupby(parts.flat(part), lambda piece: isinstance(piece, str)):
        pieces = list(run)
        found += ["".join(pieces)] if is_text else pieces
    return "".join(map(as_latex, found))


_WRITERS: dict[type, Callable[[Any], str]] = {
    Name: _name,
    parts.Number: _number,
    Operation: _operation,
    parts.Long: _long,
    Equation: lambda part: " = ".join(sides_of(part)),
    parts.Arrows: _arrows,
    parts.Factors: _factors,
    Summation: _summation,
    Words: _words,
    **dict.fromkeys((Derivative, parts.Partial), _derivative),
}


# -- blocks ----------------------------------------------------------------------------------------


def aligned(rows: Sequence[str]) -> str:
    r"""Rows, each with one & at which they are aligned."""
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def stacked(blocks: Sequence[str]) -> str:
    """Blocks, one beneath the other."""
    return "\\begin{gathered}\n" + " \\\\[2ex]\n".join(blocks) + "\n\\end{gathered}"
