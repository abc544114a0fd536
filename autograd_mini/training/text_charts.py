"""Curves as text, for terminals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle

WIDTH, HEIGHT = 60, 10  # of the area of a chart, in characters
MARGIN = 11
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
    for mark, ys in zip(cycle(MARKS), drawn.values(), strict=False):
        _draw(rows, [*ys, *[None] * (steps - len(ys))], mark, low, high)
    ends = [f"{10.0**y if logarithmic else y:.3g}" for y in (high, low)]
    return "\n".join([*_legend(title, drawn), *_framed(rows, *ends), *_axis(steps)])


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


def _draw(
    rows: list[list[str]], ys: Sequence[float | None], mark: str, low: float, high: float
) -> None:
    for column in range(WIDTH):
        y = ys[column * len(ys) // WIDTH]
        if y is not None:
            share = (y - low) / (high - low) if high > low else 1.0
            rows[HEIGHT - 1 - round(share * (HEIGHT - 1))][column] = mark


def _framed(rows: Sequence[Sequence[str]], highest: str, lowest: str) -> list[str]:
    labels = [highest, *[""] * (len(rows) - 2), lowest]
    return [
        f"{label:>{MARGIN + 3}} {'┤' if label else '│'}{''.join(row)}".rstrip()
        for label, row in zip(labels, rows, strict=True)
    ]


def _axis(steps: int) -> list[str]:
    indent = " " * (MARGIN + 4)
    last = str(steps) if steps > 1 else ""
    return [f"{indent}└{'─' * WIDTH}", f"{indent} 1{last.rjust(WIDTH - 1)}".rstrip()]
