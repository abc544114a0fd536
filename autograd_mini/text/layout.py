"""Lines of at most 80 columns, equations and tables: where text is broken, and what is aligned."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 80
INDENT = "    "
# Spaces at which a line is never broken, or only where it must be: at products last of all.
GLUE, LAST, SELDOM = "\xa0", "\x1f", "\x1e"
_SPACES = {" * ": LAST, " - ": SELDOM, " = ": SELDOM, ", ": SELDOM}


def joined(form: str) -> str:
    """A notation, with signs that say where its line may be broken: before an operator.

    >>> joined("{} + {}"), joined("{} * {}")
    ('{} +\\xa0{}', '{}\\x1f*\\xa0{}')
    """
    for sign in ("+", "-", "*", "/", "%", "**", "=", "→"):
        space = _SPACES.get(f" {sign} ", " ")
        form = form.replace(f" {sign} ", f"{space}{sign}{GLUE}")
    return form.replace(", ", f",{SELDOM}")


def plain(text: str) -> str:
    """A text with nothing but spaces where it has other signs for them."""
    return text.translate({ord(sign): " " for sign in (GLUE, LAST, SELDOM)})


def wrapped(text: str, indent: int = 0) -> list[str]:
    """A text in lines of 80 columns; those after the first are indented.

    >>> print(*wrapped("    x = " + " + ".join(["length * width"] * 5), 8), sep="\\n")
        x = length * width + length * width + length * width + length *
            width + length * width

    Never inside a word, a name or a number, so a line with a very long one is longer.
    """
    if len(text) <= WIDTH:
        return [plain(text)]
    indent = min(indent, WIDTH // 3)
    for unbroken in (LAST + SELDOM, LAST, ""):  # keep together what fits
        lines = _cut(text, indent, unbroken)
        if all(len(line) <= WIDTH for line in lines):
            break
    return lines


def _cut(text: str, indent: int, unbroken: str) -> list[str]:
    start = len(text) - len(text.lstrip(" "))
    for sign in LAST + SELDOM:
        text = text.replace(sign, GLUE if sign in unbroken else " ")
    lines = textwrap.wrap(
        text.strip(" "), WIDTH, initial_indent=" " * start, subsequent_indent=" " * indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return [plain(line) for line in lines]


def equation(left: str, *right: str) -> list[str]:
    """left = right, and the further forms of the right side beneath it.

    >>> print(*equation("dL/da", "2 * 3", "6"), sep="\\n")
        dL/da = 2 * 3
              = 6
    """
    margin = " " * len(left)
    lines = []
    for place, side in enumerate(right):
        start = INDENT + (margin if place else left)
        lines += wrapped(f"{start} = {side}", len(start) + 3)
    return lines


def chained(*sides: str) -> list[str]:
    """The sides of an equation on one line, and on further ones where that is full.

    >>> print(*chained("  a", "b * c", "2 * 3", "6"), sep="\\n")
      a = b * c = 2 * 3 = 6
    """
    lines, lead = [sides[0]], " " * _lead(sides[0])
    for side in sides[1:]:
        if len(f"{lines[-1]} = {side}") <= WIDTH:
            lines[-1] += f" = {side}"
        else:
            lines.append(f"{lead}{INDENT}= {side}")
    return [short for line in lines for short in wrapped(line, _lead(line) + len(INDENT))]


def _lead(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def paragraphs(blocks: Sequence[Sequence[str]]) -> str:
    """Blocks of lines, with an empty line between them; empty blocks are left out."""
    return "\n\n".join(["\n".join(block) for block in blocks if block])


def entry(head: str, text: str, width: int) -> list[str]:
    """A line of a list: what it is about, in so many columns, and beside it what is said.

    >>> print(*entry("depth", "right on a chain of 9 results", 8), sep="\\n")
    depth     right on a chain of 9 results
    """
    return wrapped(f"{head:{width}}  {text}", width + 2)


def indented(rows: Sequence[Sequence[str]], sides: str = "<>") -> list[str]:
    """Rows of cells as lines, as `columns` has them, below a title."""
    return [INDENT + line for line in columns(rows, sides=sides)]


def columns(rows: Sequence[Sequence[str]], gap: int = 2, sides: str = "<>") -> list[str]:
    """Rows of cells as lines: the first column to the left, the others to the right.

    >>> print(*columns([["rule", "loss"], ["plain", "0.25"], ["Adam", "0.125"]]), sep="\\n")
    rule    loss
    plain   0.25
    Adam   0.125

    `sides` has a sign for each column, the last of them for all that follow.
    """
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    every = sides + sides[-1] * len(widths)
    return [(" " * gap).join(map(_cell, row, widths, every)).rstrip() for row in rows]


def _cell(text: str, width: int, side: str) -> str:
    padding = " " * (width - _width(text))
    return text + padding if side == "<" else padding + text


def _width(text: str) -> int:
    """The columns that a text takes in a terminal, where some characters take two or none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    wide = [c for c in text if east_asian_width(c) in "WF"]
    return len([c for c in text if not combining(c)]) + len(wide)
