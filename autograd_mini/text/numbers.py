"""Numbers in mathematics: one way to write each, in text and in LaTeX."""

from __future__ import annotations

import math

DIGITS = 6  # significant ones, unless a view has less room
NOT_COMPUTED = "–"  # an en dash, which is longer than a minus sign


def number_text(number: float | None, digits: int = DIGITS) -> str:
    """A number to so many significant digits; whole numbers below a million in full.

    >>> [number_text(x) for x in (2.0, -1 / 3, 123456.0, 1.25e-7, -0.0, float("nan"), None)]
    ['2', '-0.333333', '123456', '1.25e-7', '0', 'nan', '–']
    >>> number_text(0.70710678, digits=4)
    '0.7071'

    None is a number that is not computed yet.
    """
    if number is None:
        return NOT_COMPUTED
    if number == 0.0:
        return "0"  # without the sign, which tells a reader nothing
    if abs(number) < 1e6 and number % 1.0 == 0.0:
        return str(int(number))
    mantissa, e, exponent = f"{number:.{digits}g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if e else mantissa


def rounded(number: float, digits: int = 2) -> float:
    """A number that is read for its size, with so many significant digits.

    >>> rounded(1234.5), rounded(0.000123)
    (1200.0, 0.00012)
    """
    return float(f"{number:.{digits}g}")


def size_text(number: float | None, digits: int = 2) -> str:
    """The same as text; a dash for what is not there.

    >>> size_text(1234.5), size_text(0.000123), size_text(None)
    ('1200', '0.00012', '–')
    """
    return number_text(None if number is None else rounded(number, digits))


def number_latex(number: float | None, digits: int = DIGITS) -> str:
    r"""A number as LaTeX.

    >>> print(number_latex(2.0), number_latex(1.5e-20), number_latex(float("inf")))
    2 1.5 \cdot 10^{-20} \infty
    """
    mantissa, e, exponent = number_text(number, digits).partition("e")
    if e:
        return rf"{mantissa} \cdot 10^{{{exponent}}}"
    return mantissa.replace("inf", r"\infty").replace("nan", r"\text{nan}")


def count_text(count: int, longest: int = 30) -> str:
    """How many there are, which can have thousands of digits; no more than `longest` are written.

    >>> count_text(1234), count_text(2**5000)
    ('1,234', 'about 10^1505')
    """
    return f"{count:,}" if count < 10**longest else f"about 10^{math.log10(count):.0f}"


def power_text(exponent: float) -> str:
    """e to this power, in three digits, also where that is no float.

    >>> power_text(10.0), power_text(-2000.0)
    ('22000', 'about 10^-869')
    """
    if abs(exponent) < 600.0:
        return number_text(float(f"{math.exp(exponent):.3g}"))
    return f"about 10^{exponent / math.log(10.0):.0f}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """How many of them.

    >>> counted(1, "layer"), counted(1000, "layer"), counted(2, "pass", "passes")
    ('1 layer', '1,000 layers', '2 passes')
    """
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def times(count: int) -> str:
    """How often, in words.

    >>> times(1), times(2), times(3)
    ('once', 'twice', '3 times')
    """
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")
