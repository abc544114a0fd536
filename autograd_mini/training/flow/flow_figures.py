"""The microscope's figures, drawn into those of matplotlib."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

from autograd_mini.training.plots import COLOURS

if TYPE_CHECKING:
    from autograd_mini.training.flow.gradient_flow import GradientFlow

MOST_TICKS = 24  # layers named at an axis


def draw_flow(flow: GradientFlow, figure: Any) -> None:
    """Of one network: |dL/da| and |dL/dw| of each layer; how activations and gradients spread."""
    sizes, activations, gradients = figure.subplots(1, 3)
    names, layers = [layer.name for layer in flow.layers], flow.layers
    _line(sizes, [layer.upstream.norm for layer in layers], "|dL/da|", COLOURS[0])
    _line(sizes, [layer.gradients.norm for layer in layers], "|dL/dw|", COLOURS[1])
    _dress(sizes, names, f"norms of gradients: {flow.verdict}")
    _boxes(activations, [layer.activations.numbers for layer in layers])
    _dress(activations, names, "activations a")
    _boxes(gradients, [_above_zero(layer.gradients.numbers) for layer in layers])
    gradients.set_yscale("log")
    _dress(gradients, names, "sizes of dL/dw, without zeros")


def draw_comparison(flows: Mapping[str, GradientFlow], figure: Any) -> None:
    """Of several networks: |dL/da| of each layer, lined up at the loss."""
    axes = figure.subplots()
    longest = max(flows.values(), key=lambda flow: len(flow.layers)).layers
    for colour, (name, flow) in zip(cycle(COLOURS), flows.items(), strict=False):
        norms = [layer.upstream.norm for layer in flow.layers]
        lined_up = [math.nan] * (len(longest) - len(norms)) + norms
        _line(axes, lined_up, f"{name}: {flow.verdict}", colour)
    names = [layer.name for layer in longest]
    _dress(axes, names, "|dL/da|: the gradient flows from right to left")


def _line(axes: Any, norms: Sequence[float], label: str, colour: str) -> None:
    """A line on a logarithmic scale, with a gap where a norm is 0."""
    there = [norm or math.nan for norm in norms]
    axes.plot(range(len(norms)), there, "o-", markersize=4, label=label, color=colour)
    axes.set_yscale("log")


def _boxes(axes: Any, numbers: Sequence[Sequence[float]]) -> None:
    """The middle half of the numbers of each layer as a box, and whiskers to all but outliers."""
    there = {place: list(some) for place, some in enumerate(numbers) if some}
    if there:
        axes.boxplot(list(there.values()), positions=list(there), widths=0.6, showfliers=False)


def _above_zero(numbers: Sequence[float]) -> list[float]:
    return [abs(number) for number in numbers if number]


def _dress(axes: Any, names: Sequence[str], title: str) -> None:
    stride = math.ceil(len(names) / MOST_TICKS) or 1
    axes.set_xticks(range(0, len(names), stride), names[::stride], rotation=90)
    axes.tick_params(which="both", labelsize=8)
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.25)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8)
