"""One unit after the other, h = σ(w * h): the shortest network in which a gradient vanishes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograd_mini import nn
from autograd_mini.engine.value import Value
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import indented
from autograd_mini.text.numbers import size_text
from autograd_mini.text.parts import Name
from autograd_mini.training.flow.gradient_flow import gradient_flow

if TYPE_CHECKING:
    from autograd_mini.training.flow.gradient_flow import GradientFlow

UNITS = (("sigmoid", 1.0), ("tanh", 1.0), ("relu", 0.5), ("relu", 2.0))
DEPTHS = (1, 5, 10, 20, 50)
START = 0.5


def repeated_flow(activation: str, weight: float, depth: int) -> GradientFlow:
    """The flow through so many units of one weight each; the input is a leaf, 0.5.

    >>> flow = repeated_flow("relu", 2.0, 10)
    >>> flow.inputs.norm, flow.verdict
    (1024.0, 'exploding')
    """
    model = nn.MLP(1, [1] * depth, activation=[activation] * depth, init="zeros")
    for layer in model.layers:
        layer.neurons[0].w[0].data = weight
    return gradient_flow(model, model([Value(START, "input")]))


def repeated_table(
    units: Sequence[tuple[str, float]] = UNITS, depths: Sequence[int] = DEPTHS
) -> str:
    """|d output / d input| of each unit, repeated so many times, as the microscope reads it.

    >>> print(repeated_table([("tanh", 1.0)], [1, 5]))
                      1     5
        tanh(h)    0.79  0.39
    """
    rows = [("", *map(str, depths))]
    for activation, weight in units:
        flows = [repeated_flow(activation, weight, depth) for depth in depths]
        written = as_text(weight * Name("h"))
        rows.append((f"{activation}({written})", *[size_text(flow.inputs.norm) for flow in flows]))
    return "\n".join(indented(rows))
