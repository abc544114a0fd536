"""An operation written with texts as its operands."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_mini.engine.ops import Op
from autograd_mini.text.as_text import as_text
from autograd_mini.text.names import name_text as name_text
from autograd_mini.text.numbers import number_text as number_text
from autograd_mini.text.parts import Name as Name
from autograd_mini.text.parts import Operation
from autograd_mini.text.parts import Operation as Formula
from autograd_mini.text.parts import Part as Term
from autograd_mini.text.parts import local_derivatives as local_derivatives
from autograd_mini.text.parts import number_of as number_of

__all__ = [
    "Formula",
    "Name",
    "Term",
    "applied",
    "local_derivatives",
    "name_text",
    "number_of",
    "number_text",
    "text",
]

text = as_text


def applied(op: Op, parts: Sequence[str]) -> str:
    """An operation written with these texts as its operands, bracketed where that is needed.

    >>> from autograd_mini.engine import ops
    >>> applied(ops.mul, ["a + b", "-3"])
    '(a + b) * (-3)'
    """
    return as_text(Operation(op, tuple(parts)))
