"""Names and numbers as pictures write them."""

from __future__ import annotations

from autograd_mini.engine.errors import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_mini.engine.ops import Op

LONGEST = 40
NOT_COMPUTED = "–"  # an en dash, which is longer than a minus sign


def name_text(name: str) -> str:
    """A name on one line and as plain text, however it was made.

    >>> name_text("learning rate"), name_text(" two\\nlines "), name_text("x" * 99)
    ('learning rate', '·two�lines·', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…')

    What has no shape of its own (control characters, zero-width and text-direction marks, half
    characters) becomes U+FFFD, spaces at the ends become dots, and 40 characters are the longest.
    """
    if len(name) > LONGEST:
        name = name[: LONGEST - 1] + "…"
    visible = printable(name)
    inner = visible.strip(" ")
    start = visible.index(inner)
    return "·" * start + inner + "·" * (len(visible) - start - len(inner))


def operation_text(op: Op) -> str:
    """An operation's symbol.

    >>> from autograd_mini.engine import ops
    >>> operation_text(ops.mul), operation_text(ops.tanh)
    ('*', 'tanh')
    """
    return name_text(op.symbol or op.name)


def number_text(number: float | None) -> str:
    """A number to four significant digits; whole numbers below a million in full.

    >>> [number_text(x) for x in (2.0, 0.70710678, 123456.0, 1.25e-7, -0.0, float("nan"), None)]
    ['2', '0.7071', '123456', '1.25e-7', '0', 'nan', '–']
    """
    if number is None:
        return NOT_COMPUTED
    if number.is_integer() and abs(number) < 1e6:
        return str(int(number))
    digits, e, exponent = f"{number:.4g}".partition("e")
    return f"{digits}e{int(exponent)}" if e else digits


def signed_text(number: float | None) -> str:
    """A number with its sign, which tells gradients apart where colours cannot.

    >>> signed_text(0.5), signed_text(-2.0), signed_text(0.0)
    ('+0.5', '-2', '0')
    """
    positive = number is not None and number > 0.0
    return f"+{number_text(number)}" if positive else number_text(number)
