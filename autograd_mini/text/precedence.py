"""How operations are written, and which of their operands need brackets there.

Nobody here knows which operator binds how tightly: Python is asked. An operand has brackets where
Python would read the whole otherwise without them.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from autograd_mini.engine.ops import Op
from autograd_mini.text.parts import Operation

NEGATIVE = "-{}"


def notation_of(op: Op, count: int) -> str:
    """The format string of an operation on so many operands."""
    return op.text(count) if callable(op.text) else op.text


def is_call(form: str) -> bool:
    """Whether a notation is that of a function, which keeps its operands apart by itself."""
    return re.match(r"\w+\(", form) is not None


def needs_brackets(form: str, position: int, operand: object, text: str) -> bool:
    """Whether an operand, written as this text, needs brackets in a notation.

    >>> from autograd_mini.text.parts import Name
    >>> needs_brackets("{} * {}", 1, Name("a") + Name("b"), "a + b")
    True
    >>> needs_brackets("{} * {}", 1, -3.0, "-3"), needs_brackets("{} * {}", 0, -3.0, "-3")
    (True, False)

    A sign behind an operator has them too: a * -3 means what it should, and reads badly.
    """
    is_negative = text.startswith("-")
    if isinstance(operand, str):
        inner = text.replace("{", "{{").replace("}", "}}")
        return not _is_whole(text) and _needed(form, position, inner, is_negative)
    if isinstance(operand, Operation):
        inner = notation_of(operand.op, len(operand.arguments))
    elif is_negative:
        inner = NEGATIVE
    else:
        return False
    return _needed(form, position, inner, is_negative)


def _is_whole(text: str) -> bool:
    """Whether a text is a word, or in brackets."""
    if re.fullmatch(r"[\w.]+", text):
        return True
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return text.startswith("(") and place == len(text) - 1
    return False


@lru_cache(maxsize=4096)
def _needed(form: str, position: int, inner: str, is_negative: bool) -> bool:
    names = [f"_{i}" for i in range(_slots(form))]
    if is_negative and not form.format(*names).startswith(names[position]):
        return not is_call(form)
    operand = inner.format(*[f"x{i}" for i in range(_slots(inner))])
    bare, bracketed = [*names], [*names]
    bare[position], bracketed[position] = operand, f"({operand})"
    return _tree(form.format(*bare)) != _tree(form.format(*bracketed))


def _slots(form: str) -> int:
    return len(re.findall(r"\{\d*\}", form))


def _tree(written: str) -> str:
    try:
        return ast.dump(ast.parse(written, mode="eval"))
    except SyntaxError:  # a notation of one's own, which Python cannot read: bracket to be sure
        return written
