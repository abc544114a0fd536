"""The course of a training as a plot: losses, shares that are right, norms of gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd_mini.training.plots import Plot, draw_curves
from autograd_mini.training.text_charts import curves

if TYPE_CHECKING:
    from autograd_mini.training.history import History

    Panel = tuple[str, Mapping[str, Sequence[float]], bool]  # title, curves, logarithmic


def history_plot(history: History) -> Plot:
    """The plot of a history, in two or three panels."""
    panels = _panels(history)

    def draw(figure: Any) -> None:
        places = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, panel in zip(places, panels, strict=True):
            draw_curves(axes, *panel)

    text = "\n\n".join([curves(*panel) for panel in panels])
    return Plot(text, draw, size=(3.6 * len(panels), 3.2))


def _panels(history: History) -> list[Panel]:
    losses = {"training": history.loss, "test": history.test_loss}
    shares = {"training": history.accuracy, "test": history.test_accuracy}
    panels: list[Panel] = [
        ("loss", _given(losses), False),
        ("right", _given(shares), False),
        ("|gradient|", history.gradient_norms, True),
    ]
    return [panel for panel in panels if panel[1]]


def _given(series: Mapping[str, Sequence[float]]) -> dict[str, Sequence[float]]:
    return {name: numbers for name, numbers in series.items() if numbers}
