"""Curves and bars as text, for terminals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle

from autograd_mini.text.layout import indented
from autograd_mini.text.numbers import number_text, size_text

WIDTH, HEIGHT = 60, 10  # of the area of a chart, in characters
MARGIN = 11
END_DIGITS = 3  # of the numbers at the ends of an axis
BARS = 40  # columns of the longest bar
MARKS = "•+x*#o"


def curves(title: str, series: Mapping[str, Sequence[float]], logarithmic: bool = False) -> str:
    """Some curves over the same steps, counted from 1, each drawn with a mark of its own.

    >>> print(curves("loss", {"train": [1.0, 0.5, 0.25], "test": [1.0, 1.0, 0.75]}))
    loss       • train   + test
             1 ┤++++++++++++++++++++++++++++++++++++++++
               │
               │
               │                                        ++++++++++++++++++++
               │
               │
               │                    ••••••••••••••••••••
               │
               │
          0.25 ┤                                        ••••••••••••••••••••
               └────────────────────────────────────────────────────────────
                1                                                          3

    Numbers that are not finite, and on a logarithmic scale those not above 0, are left out.
    """
    drawn = {name: [_height(y, logarithmic) for y in ys] for name, ys in series.items()}
    heights = [height for ys in drawn.values() for height in ys if height is not None]
    if not heights:
        return f"{title}: nothing to show"
    low, high = min(heights), max(heights)
    rows = [[" "] * WIDTH for _ in range(HEIGHT)]
    steps = max(map(len, drawn.values()))
    places = [column * steps // WIDTH for column in range(WIDTH)]
    for mark, ys in zip(cycle(MARKS), drawn.values(), strict=False):
        for column, y in enumerate([ys[place] if place < len(ys) else None for place in places]):
            if y is not None:
                share = (y - low) / (high - low) if high > low else 1.0
                rows[HEIGHT - 1 - round(share * (HEIGHT - 1))][column] = mark
    ends = [10.0**y if logarithmic else y for y in (high, low)]
    axis = ("1", str(steps) if steps > 1 else "")
    return "\n".join([*_legend(title, drawn), *framed(rows, ends, axis, MARGIN + 3)])


def _legend(title: str, names: Iterable[str]) -> list[str]:
    """The title and the marks of the curves, in as many lines as they take."""
    lines = [title.ljust(MARGIN)]
    for mark, name in zip(cycle(MARKS), names, strict=False):
        if len(lines[-1]) + len(name) > MARGIN + WIDTH:
            lines.append(" " * MARGIN)
        lines[-1] += f"{mark} {name}   "
    return [line.rstrip() for line in lines]


def _height(y: float, logarithmic: bool) -> float | None:
    if not math.isfinite(y) or (logarithmic and y <= 0.0):
        return None
    return math.log10(y) if logarithmic else y


def framed(
    rows: Sequence[Sequence[str]], ends: Sequence[float], axis: tuple[str, str], margin: int
) -> list[str]:
    """Rows of characters with a frame, its highest and lowest number, and the ends of its axis.

    >>> print(*framed(["ab ", "  c"], [2.0, 1.0], ("0", "9"), margin=2), sep="\\n")
     2 ┤ab
     1 ┤  c
       └───
        0 9
    """
    width, indent = len(rows[0]), " " * (margin + 1)
    highest, lowest = [number_text(number, END_DIGITS) for number in ends]
    labels = [highest, *[""] * (len(rows) - 2), lowest]
    lines = [
        f"{label:>{margin}} {'┤' if label else '│'}{''.join(row)}"
        for label, row in zip(labels, rows, strict=True)
    ]
    lines += [f"{indent}└{'─' * width}", f"{indent} {axis[0]}{axis[1]:>{width - len(axis[0])}}"]
    return [line.rstrip() for line in lines]


# -- bars ------------------------------------------------------------------------------------------


def bars(sizes: Mapping[str, float]) -> list[str]:
    """Sizes as bars on a scale of powers of ten; one that is 0 has none.

    >>> print(*bars({"layers[1]": 1.0, "layers[0]": 0.01}), sep="\\n")
        layers[1]     1  ████████████████████████████████████████
        layers[0]  0.01  █
    """
    there = [size for size in sizes.values() if 0.0 < size < math.inf]
    low, high = math.log10(min(there, default=1.0)), math.log10(max(there, default=1.0))
    rows = [[name, size_text(size), _bar(size, low, high)] for name, size in sizes.items()]
    return indented(rows, sides="<><")


def _bar(size: float, low: float, high: float) -> str:
    if not 0.0 < size < math.inf:
        return "∞" if size == math.inf else ""
    # A whole bar is at least one power of ten: what differs by a few percent should look alike.
    height = (math.log10(size) - high) / max(high - low, 1.0)
    return "█" * max(1, round(BARS * (1.0 + height)))
