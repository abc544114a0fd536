"""How derivatives are written: names, symbols and equations, in 80 columns of text or as LaTeX."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from autograd_mini.engine.errors import printable
from autograd_mini.text import formula
from autograd_mini.tracing.graph import Graph, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass

WIDTH = 80
LONGEST_NAME = 30
INDENT = "    "
_GLUE = "\xa0"  # cannot be in a name, and is no place to break a line


def tidy_names(graph: Graph) -> None:
    """Make each name of a graph's own copy printable, at most 30 characters, and unique again."""
    seen: set[str] = set()
    for node in graph.nodes:
        name = tidy(node.name)
        if name != node.name or name in seen:
            name = name if node.is_constant else _unused(name, seen)
        seen.add(name)
        node.name = name


def tidy(name: str) -> str:
    """A name as one printable line of at most 30 characters.

    >>> tidy("two\\nlines"), tidy("x" * 99)
    ('two�lines', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxx…')
    """
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME - 1] + "…"
    return printable(name)


def _unused(name: str, seen: set[str]) -> str:
    count, new = 2, name
    while new in seen:
        new, count = f"{name}_{count}", count + 1
    return new


# -- text ------------------------------------------------------------------------------------------


def total(root: Node, node: Node) -> str:
    """The gradient of the root with respect to a node, such as dL/da."""
    return f"d{formula.name_text(root.name)}/d{formula.name_text(node.name)}"


def partial(consumer: Node, node: Node, occurrence: int = 0) -> str:
    """A local derivative, such as ∂e/∂a; ∂e/∂a₁ for the first of several operands a."""
    return f"∂{formula.name_text(consumer.name)}/∂{numbered(node, occurrence)}"


def numbered(node: Node, occurrence: int) -> str:
    """A name, with a small number for the first, second, ... of several operands."""
    name = formula.name_text(node.name)
    if not occurrence:
        return name
    digits = "".join([chr(ord("₀") + int(digit)) for digit in str(occurrence)])
    return f"({name}){digits}" if name[-1].isdigit() else name + digits


def product(factors: Sequence[float | str]) -> str:
    """Numbers to multiply.

    >>> product([2.0, -3.0]), product([-2.0, 3.0])
    ('2 * (-3)', '-2 * 3')
    """
    texts = [f if isinstance(f, str) else formula.number_text(f) for f in factors]
    return " * ".join([texts[0], *[_bracketed(text) for text in texts[1:]]])


def add_up(terms: Sequence[str]) -> str:
    """Terms to add.

    >>> add_up(["-1 * 2", "-3 * 4"])
    '-1 * 2 + (-3 * 4)'
    """
    return " + ".join([terms[0], *[_bracketed(term) for term in terms[1:]]])


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


def equation(left: str, *right: str) -> list[str]:
    """left = right, and the further forms of the right side beneath, in 80 columns.

    >>> print(*equation("dL/da", "2 * 3", "6"), sep="\\n")
        dL/da = 2 * 3
              = 6
    """
    margin = " " * len(left)
    lines = []
    for i, side in enumerate(right):
        start = INDENT + (margin if i else left)
        lines += wrapped(f"{start} = {side}", len(start) + 3)
    return lines


def wrapped(line: str, indent: int = 0) -> list[str]:
    """A line cut into lines of 80 columns, before an operator if there is one; the rest indented.

    >>> print(*wrapped("    x = " + " + ".join(["length * width"] * 5), 8), sep="\\n")
        x = length * width + length * width + length * width + length * width
            + length * width
    """
    if len(line) <= WIDTH:
        return [line]
    indent = min(indent, WIDTH // 3)
    for unbroken in (" * | - |, | = ", " * ", ""):  # keep together what fits
        lines = _cut(line, indent, unbroken.split("|"))
        if all(len(cut) <= WIDTH for cut in lines):
            break
    return lines


def _cut(line: str, indent: int, unbroken: Sequence[str]) -> list[str]:
    start = len(line) - len(line.lstrip())
    text = line.strip()
    for sign in unbroken:
        text = text.replace(sign, sign.replace(" ", _GLUE))
    for sign in "+-*/=→":
        text = text.replace(f" {sign} ", f" {sign}{_GLUE}")
    lines = textwrap.wrap(
        text, WIDTH, initial_indent=" " * start, subsequent_indent=" " * indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return [cut.replace(_GLUE, " ") for cut in lines]


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join([part for part in (", ".join(words[:-1]), words[-1]) if part])


def free_letter(names: Sequence[str]) -> str:
    """A letter for "each of them" that is none of the names.

    >>> free_letter(["a", "b"]), free_letter(["z", "a"])
    ('z', 'u')
    """
    return next((letter for letter in "zuykpqrs" if letter not in names), "node")


def times(count: int) -> str:
    """How often, in words.

    >>> times(1), times(2), times(3)
    ('once', 'twice', '3 times')
    """
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")
