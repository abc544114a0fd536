"""Mathematics on several lines: sentences, definitions, implications, chains of equations.

A block is a list of these. `text_of` and `latex_of` write blocks, and decide what a line is.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Any

from autograd_mini.engine.errors import printable
from autograd_mini.text import as_latex as latex
from autograd_mini.text import layout
from autograd_mini.text.as_latex import as_latex
from autograd_mini.text.as_text import as_text, breakable, sides_of
from autograd_mini.text.layout import GLUE, INDENT, SELDOM, WIDTH, equation, wrapped
from autograd_mini.text.parts import Equation, Piece, Words, flat


class Paragraph:
    """What stands on lines of its own."""

    def lines(self) -> list[str]:
        """Lines of text."""
        raise NotImplementedError

    def rows(self) -> list[str]:
        """Rows of LaTeX, each with one & at which they are aligned."""
        raise NotImplementedError


Block = Sequence[Paragraph]


class Sentence(Paragraph):
    """Words; in text they start after `start` spaces, further lines after `hang`.

    >>> Sentence("This is one.", start=4).lines()
    ['    This is one.']
    """

    def __init__(self, words: Piece, start: int = 0, hang: int = 0) -> None:
        self.words, self.start, self.hang = words, start, hang

    def lines(self) -> list[str]:
        # Among words a quotient or a sum is kept together, where that can be.
        line = breakable(self.words)
        for sign in "/+":
            line = line.replace(f" {sign}{GLUE}", f"{SELDOM}{sign}{GLUE}")
        return wrapped(" " * self.start + line, self.hang)

    def rows(self) -> list[str]:
        return [f"& {as_latex(Words(*row))}" for row in _rows_of(self.words)]


class Foreign(Paragraph):
    """Text that others wrote, such as a line of a program: cut where it must be, within words too.

    >>> Foreign("seen in x.py", start=4).lines()
    ['    seen in x.py']
    """

    def __init__(self, text: str, start: int = 0, hang: int = 0) -> None:
        self.text, self.start, self.hang = printable(text), start, hang

    def lines(self) -> list[str]:
        return textwrap.wrap(
            self.text, WIDTH, initial_indent=" " * self.start, subsequent_indent=" " * self.hang,
            break_on_hyphens=False,
        )  # fmt: skip

    def rows(self) -> list[str]:
        return [f"& {as_latex(self.text)}"]


def _rows_of(words: Piece) -> list[list[Any]]:
    """A sentence in rows as long as lines of text are, since LaTeX does not break them."""
    rows: list[list[Any]] = [[]]
    room = WIDTH
    for piece in flat(words):
        for word in re.findall(r"\S+\s*|\s+", piece) if isinstance(piece, str) else [piece]:
            width = len(as_text(word).rstrip())
            if rows[-1] and width > room:
                rows.append([])
                room = WIDTH
            rows[-1].append(word)
            room -= len(as_text(word))
    return rows


class Definition(Paragraph):
    """How something was made, and its number: c = a * b = -6."""

    def __init__(self, sides: Equation) -> None:
        self.sides = sides

    def lines(self) -> list[str]:
        return wrapped(breakable(self.sides), len(INDENT))

    def rows(self) -> list[str]:
        first, *others = latex.sides_of(self.sides)
        return [f"{first} &= {' = '.join(others)}"]


class Implication(Paragraph):
    """An equation, and another that follows: c = a * b, so ∂c/∂a = b = -3."""

    def __init__(self, given: Equation, found: Equation, start: int = 4) -> None:
        self.given, self.found, self.start = given, found, start

    def lines(self) -> list[str]:
        left = " " * self.start + f"{breakable(self.given)}, so"
        line = f"{left} {breakable(self.found)}"
        if len(line) <= WIDTH:
            return wrapped(line)
        return [*wrapped(left, 2 * len(INDENT)), *equation(*sides_of(self.found))]

    def rows(self) -> list[str]:
        return [rf"& {as_latex(self.given)} \quad\Rightarrow\quad {as_latex(self.found)}"]


class Announced(Paragraph):
    """Words, and behind a colon an equation; beneath them, where it is too long, side by side."""

    def __init__(self, head: Piece, sides: Equation) -> None:
        self.head, self.sides = head, sides

    def lines(self) -> list[str]:
        line = f"{breakable(self.head)}: {breakable(self.sides)}"
        if len(line) <= WIDTH:
            return wrapped(line)
        first, *others = sides_of(self.sides)
        rows = [f"{breakable(self.head)}:", f"{INDENT}{first}"]
        rows += [f"{INDENT}= {side}" for side in others]
        return [line for row in rows for line in wrapped(row, 2 * len(INDENT))]

    def rows(self) -> list[str]:
        return [f"& {as_latex(Words(self.head, ': ', self.sides))}"]


class Chain(Paragraph):
    """An equation whose right sides stand beneath each other."""

    def __init__(self, sides: Equation) -> None:
        self.sides = sides

    def lines(self) -> list[str]:
        return equation(*map(breakable, self.sides.sides))

    def rows(self) -> list[str]:
        first, *others = map(as_latex, self.sides.sides)
        return [f"{first} &= {others[0]}", *[f"&= {side}" for side in others[1:]]]


class Numbered(Paragraph):
    """One of several: a number, what it is, and what that comes to, line by line."""

    def __init__(self, number: int | None, what: Piece, *sides: Piece) -> None:
        self.number, self.what, self.sides = number, what, Equation(*sides)

    def lines(self) -> list[str]:
        head = "     " if self.number is None else f"{self.number:3}. "
        lines = wrapped(head + breakable(self.what), 9)
        for side in sides_of(self.sides):
            lines += wrapped(f"     = {side}", 9)
        return lines

    def rows(self) -> list[str]:
        return [f"& {as_latex(self.what)}", *[f"&= {side}" for side in latex.sides_of(self.sides)]]


def text_of(blocks: Sequence[Block]) -> str:
    """Blocks as text, with an empty line between them; empty ones are left out."""
    return layout.paragraphs(list(map(lines_of, blocks)))


def lines_of(block: Block) -> list[str]:
    """The lines of a block as text."""
    return [line for paragraph in block for line in paragraph.lines()]


def latex_of(blocks: Sequence[Block]) -> str:
    """Blocks as LaTeX, each aligned for itself."""
    rows = [[row for paragraph in block for row in paragraph.rows()] for block in blocks]
    return latex.stacked([latex.aligned(block) for block in rows if block])
