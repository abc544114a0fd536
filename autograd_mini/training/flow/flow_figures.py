"""The microscope's figures, drawn into those of matplotlib."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import cycle

from autograd_mini.training.flow.measures import LayerFlow
from autograd_mini.training.plots import COLOURS, Axes, Figure, dress

MOST_TICKS = 24  # layers named at an axis


def draw_flow(layers: Sequence[LayerFlow], verdict: str, figure: Figure) -> None:
    """Of one network: |dL/da| and |dL/dw| of each layer; how activations and gradients spread."""
    sizes, activations, gradients = figure.subplots(1, 3)
    names = [layer.name for layer in layers]
    _line(sizes, [layer.upstream.norm for layer in layers], "|dL/da|", COLOURS[0])
    _line(sizes, [layer.gradients.norm for layer in layers], "|dL/dw|", COLOURS[1])
    _dress(sizes, names, f"norms of gradients: {verdict}")
    _boxes(activations, [layer.activations.numbers for layer in layers])
    _dress(activations, names, "activations a")
    _boxes(gradients, [[abs(x) for x in layer.gradients.numbers if x] for layer in layers])
    gradients.set_yscale("log")
    _dress(gradients, names, "sizes of dL/dw, without zeros")


def draw_comparison(networks: Mapping[str, Sequence[LayerFlow]], figure: Figure) -> None:
    """Of several networks: |dL/da| of each layer, lined up at the loss."""
    axes = figure.subplots()
    longest = max(networks.values(), key=len)
    for colour, (label, layers) in zip(cycle(COLOURS), networks.items(), strict=False):
        norms = [layer.upstream.norm for layer in layers]
        _line(axes, [math.nan] * (len(longest) - len(norms)) + norms, label, colour)
    names = [layer.name for layer in longest]
    _dress(axes, names, "|dL/da|: the gradient flows from right to left")


def _line(axes: Axes, norms: Sequence[float], label: str, colour: str) -> None:
    """A line on a logarithmic scale, with a gap where a norm is 0."""
    there = [norm or math.nan for norm in norms]
    axes.plot(range(len(norms)), there, "o-", markersize=4, label=label, color=colour)
    axes.set_yscale("log")


def _boxes(axes: Axes, numbers: Sequence[Sequence[float]]) -> None:
    """The middle half of the numbers of each layer as a box, and whiskers to all but outliers."""
    there = {place: list(some) for place, some in enumerate(numbers) if some}
    if there:
        axes.boxplot(list(there.values()), positions=list(there), widths=0.6, showfliers=False)


def _dress(axes: Axes, names: Sequence[str], title: str) -> None:
    stride = math.ceil(len(names) / MOST_TICKS) or 1
    axes.set_xticks(range(0, len(names), stride), names[::stride], rotation=90)
    dress(axes, title)
