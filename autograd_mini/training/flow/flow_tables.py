"""Tables and bars as text, in 80 columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from autograd_mini.text import formula
from autograd_mini.text.notation import INDENT
from autograd_mini.training.tables import aligned

BARS = 40  # columns of the longest bar


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, indented: the first column to the left, the others to the right.

    >>> print(*table([("", "sigmoid"), ("layer 1", "0.2")]), sep="\\n")
                 sigmoid
        layer 1      0.2
    """
    return [INDENT + line for line in aligned(rows)]


def digits(number: float | None, count: int = 2) -> str:
    """A number to so many digits; a dash for what is not there.

    >>> digits(1234.5), digits(0.000123), digits(None)
    ('1200', '0.00012', '–')
    """
    return "–" if number is None else formula.number_text(float(f"{number:.{count}g}"))


def bars(sizes: Mapping[str, float]) -> list[str]:
    """Sizes as bars on a scale of powers of ten; one that is 0 has none.

    >>> print(*bars({"layers[1]": 1.0, "layers[0]": 0.01}), sep="\\n")
        layers[1]     1  ████████████████████████████████████████
        layers[0]  0.01  █
    """
    there = [size for size in sizes.values() if 0.0 < size < math.inf]
    low, high = math.log10(min(there, default=1.0)), math.log10(max(there, default=1.0))
    rows = [(name, digits(size), _bar(size, low, high)) for name, size in sizes.items()]
    names, numbers = [max([len(row[i]) for row in rows], default=0) for i in (0, 1)]
    lines = [f"{INDENT}{name:{names}}  {number:>{numbers}}  {bar}" for name, number, bar in rows]
    return [line.rstrip() for line in lines]


def _bar(size: float, low: float, high: float) -> str:
    if not 0.0 < size < math.inf:
        return "∞" if size == math.inf else ""
    # A whole bar is at least one power of ten: what differs by a few percent should look alike.
    height = (math.log10(size) - high) / max(high - low, 1.0)
    return "█" * max(1, round(BARS * (1.0 + height)))
