"""What counts as a number: anything real, which is then a float."""

from math import inf
from numbers import Real

LARGE = 2**53


def number(x: object) -> float:
    """Any real number as a float; too large for a float is inf.

    >>> number(3), number(True), number(-(10**400))
    (3.0, 1.0, -inf)

    Everything else is a `TypeError`: strings, arrays, complex numbers, None.
    """
    if type(x) is float:
        return x
    if type(x) is int and -LARGE < x < LARGE:  # the usual ones, before the long way
        return float(x)
    if not isinstance(x, Real) and not _is_numpy_bool(x):
        name = type(x).__name__
        raise TypeError(f"expected a real number such as 2.0, not {x!r} ({name})") from None
    try:
        return float(x)  # type: ignore[arg-type]
    except OverflowError:
        return inf if x > 0 else -inf  # type: ignore[operator]


def _is_numpy_bool(x: object) -> bool:
    return type(x).__module__ == "numpy" and type(x).__name__ in ("bool", "bool_")
