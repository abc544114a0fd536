"""Names and numbers as pictures write them, where there is less room than in a line of text."""

from __future__ import annotations

from autograd_mini.engine.ops import Op
from autograd_mini.text import numbers
from autograd_mini.text.names import cut_name

LONGEST = 40  # characters of a name
DIGITS = 4


def name_text(name: str) -> str:
    """A name on one line and as plain text, however it was made."""
    return cut_name(name, LONGEST)


def operation_text(op: Op) -> str:
    """An operation's symbol.

    >>> from autograd_mini.engine import ops
    >>> operation_text(ops.mul), operation_text(ops.tanh)
    ('*', 'tanh')
    """
    return name_text(op.symbol or op.name)


def number_text(number: float | None) -> str:
    """A number to four significant digits.

    >>> number_text(0.70710678), number_text(None)
    ('0.7071', '–')
    """
    return numbers.number_text(number, DIGITS)


def signed_text(number: float | None) -> str:
    """A number with its sign, which tells gradients apart where colours cannot.

    >>> signed_text(0.5), signed_text(-2.0), signed_text(0.0)
    ('+0.5', '-2', '0')
    """
    positive = number is not None and number > 0.0
    return f"+{number_text(number)}" if positive else number_text(number)
