"""Plots: drawn by matplotlib, the extra `plot`, where there is one, and as text everywhere."""

from __future__ import annotations

import importlib.util
import io
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd_mini.drawing.output import opened_in_browser, saved, text_html
from autograd_mini.engine.errors import MissingExtra
from autograd_mini.text.layout import indented
from autograd_mini.text.numbers import number_text, size_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes
    from matplotlib.figure import Figure as Figure
else:  # an extra, which need not be there
    Axes = Figure = Any

SUFFIXES = (".svg", ".png", ".pdf", ".txt")
COLOURS = ("#1f6fb4", "#d95f0e", "#3a8a3a", "#8c4aa8", "#666666", "#b8860b")  # told apart by all

WIDTH, HEIGHT = 60, 10  # of the area of a chart, in characters
MARGIN = 11
END_DIGITS = 3  # of the numbers at the ends of an axis
BARS = 40  # columns of the longest bar
MARKS = "•+x*#o"


class Plot:
    """A plot that shows itself in notebooks, and as text elsewhere.

    >>> plot = Plot("* *", lambda figure: None)
    >>> plot
    * *
    >>> plot.save("-")
    * *
    ...Path('-')

    `figure` is the matplotlib figure, for those who go on with it there.
    """

    def __init__(
        self, text: str, draw: Callable[[Figure], None], size: tuple[float, float] = (7.0, 3.2)
    ) -> None:
        self._text, self._draw, self._size = text, draw, size

    @property
    def figure(self) -> Figure:
        """The plot as a new figure of matplotlib; without the extra `plot` it is `MissingExtra`."""
        if importlib.util.find_spec("matplotlib") is None:
            raise MissingExtra(
                "plots need matplotlib, which is not installed; pip install 'autograd_mini[plot]', "
                "or save a .txt"
            )
        from matplotlib.figure import Figure

        figure = Figure(figsize=self._size, layout="constrained")
        self._draw(figure)
        return figure

    def save(self, path: str | os.PathLike[str], suffix: str | None = None) -> Path:
        """Write it to a file, by its suffix: .svg, .png, .pdf, or .txt, which needs no matplotlib.

        Gives the path. The file is complete or, after an error, what it was before. The path "-" is
        standard output, which gets the text without a suffix.
        """
        return saved(self.content, path, suffix, SUFFIXES)

    def content(self, suffix: str) -> bytes:
        """What `save` writes to a file with this suffix."""
        if suffix == ".txt":
            return f"{self._text}\n".encode()
        figure, memory = self.figure, io.BytesIO()
        # Without a date and with a fixed salt for its ids, the same plot is the same file.
        from matplotlib import rc_context

        with rc_context({"svg.hashsalt": "autograd_mini"}):
            metadata = {"Date": None} if suffix == ".svg" else None
            figure.savefig(memory, format=suffix[1:], metadata=metadata, dpi=150)
        return memory.getvalue()

    def show(self) -> Path:
        """Open it in the browser, from a temporary file, and give its path."""
        return opened_in_browser(self.content(".svg"), "plot.svg")

    def _repr_html_(self) -> str:
        """The plot for notebooks; the text, where it cannot be drawn."""
        try:
            return self.content(".svg").decode().partition("?>")[2].partition('dtd">')[2]
        except Exception:
            return text_html(self._text)

    def __repr__(self) -> str:
        return self._text


def draw_curves(
    axes: Axes, title: str, series: Mapping[str, Sequence[float]], logarithmic: bool = False
) -> None:
    """Draw some curves over the epochs into the axes of a figure."""
    for colour, (name, ys) in zip(cycle(COLOURS), series.items(), strict=False):
        axes.plot(range(1, len(ys) + 1), ys, label=name, color=colour, linewidth=1.5)
    is_logarithmic = logarithmic and any(y > 0.0 for ys in series.values() for y in ys)
    axes.set_yscale("log" if is_logarithmic else "linear")
    dress(axes, title, "epoch")


def dress(axes: Axes, title: str, below: str = "") -> None:
    """Give axes a title, a name for what is below, a grid, and a legend of what is drawn there."""
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(below, fontsize=9)
    axes.tick_params(which="both", labelsize=8)
    axes.grid(alpha=0.25)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8)


# -- as text, for terminals ------------------------------------------------------------------------


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
        whole = [*ys, *[None] * (steps - len(ys))]
        for column in range(WIDTH):
            y = whole[column * steps // WIDTH]
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
