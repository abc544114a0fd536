"""Plots: drawn by matplotlib, the extra `plot`, where there is one, and as text everywhere."""

from __future__ import annotations

import importlib.util
import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd_mini.drawing.output import opened_in_browser, saved, text_html
from autograd_mini.engine.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes
    from matplotlib.figure import Figure as Figure
else:  # an extra, which need not be there
    Axes = Figure = Any

SUFFIXES = (".svg", ".png", ".pdf", ".txt")
COLOURS = ("#1f6fb4", "#d95f0e", "#3a8a3a", "#8c4aa8", "#666666", "#b8860b")  # told apart by all


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
    for colour, (name, ys) in zip(COLOURS * len(series), series.items(), strict=False):
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
