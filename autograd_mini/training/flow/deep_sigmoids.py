"""Where gradients vanish: one unit after the other, and Nielsen's deep networks of sigmoids.

h = σ(w * h), repeated, is the shortest network in which a gradient vanishes. The others say how
fast each hidden layer begins to learn.

Michael Nielsen, Neural Networks and Deep Learning (2015), chapter 5: the speed of a layer is the
norm of the gradient of its biases, for the mean cost over the training samples. His network began
as `init="nielsen"` does, and had the cross-entropy of sigmoid outputs for its cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from autograd_mini import losses, nn
from autograd_mini.datasets import Dataset
from autograd_mini.engine import ops
from autograd_mini.engine.value import Value
from autograd_mini.optim import _norm
from autograd_mini.program.compile import compile
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import indented
from autograd_mini.text.numbers import size_text
from autograd_mini.text.parts import Name
from autograd_mini.training.flow.gradient_flow import GradientFlow, gradient_flow

UNITS = (("sigmoid", 1.0), ("tanh", 1.0), ("relu", 0.5), ("relu", 2.0))
REPEATS = (1, 5, 10, 20, 50)
START = 0.5

WIDTH = 30  # of the hidden layers
DEPTHS = (2, 3, 4)  # how many hidden layers

# The speeds that he logged, from the first hidden layer to the last: files norms_during_training_*
# in the folder fig of the book's repository, at epoch 0 (1,000 digits of MNIST).
NIELSEN: dict[int, Sequence[float]] = {
    2: (0.06574, 0.30922),
    3: (0.01184, 0.05997, 0.28314),
    4: (0.00298, 0.01708, 0.06954, 0.28514),
}


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
    units: Sequence[tuple[str, float]] = UNITS, depths: Sequence[int] = REPEATS
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


# -- Nielsen's networks ----------------------------------------------------------------------------


def _cross_entropy(logits: Sequence[Any], targets: Sequence[Any]) -> Any:
    """Of sigmoid outputs, -Σ y log a + (1 - y) log(1 - a), written so that it cannot overflow."""
    pairs = zip(logits, targets, strict=True)
    return ops.add_all(*[ops.softplus(z) - y * z for z, y in pairs])


# What the outputs are, and the cost of them and their targets.
COSTS: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "quadratic": ("sigmoid", losses.quadratic),
    "cross-entropy": ("linear", _cross_entropy),
}


def learning_speeds(
    data: Dataset, hidden: int, cost: str = "quadratic", seed: int = 0, width: int = WIDTH
) -> list[float]:
    """The norm of the gradient of the biases of each hidden layer, before any training.

    >>> from autograd_mini import datasets
    >>> speeds = learning_speeds(datasets.iris(), hidden=2, width=5)
    >>> len(speeds), speeds[0] < speeds[1]
    (2, True)

    The mean is over all samples of `data`; the network has `hidden` layers of `width` sigmoids. The
    cost is "quadratic" or "cross-entropy", both of sigmoid outputs.
    """
    if cost not in COSTS:
        raise ValueError(f"unknown cost {cost!r}; choose one of {', '.join(COSTS)}")
    features, classes = len(data.feature_names), len(data.label_names)
    outputs, cost_of = COSTS[cost]
    kinds = ["sigmoid"] * hidden + [outputs]
    model = nn.MLP(features, [width] * hidden + [classes], kinds, init="nielsen", seed=seed)
    inputs = [Value(0.0) for _ in range(features + classes)]
    loss = cost_of(model(inputs[:features]), inputs[features:])
    rows = [[*x, *[float(label == i) for i in range(classes)]] for x, label in data]
    compile(loss, inputs).backward(rows)
    return [_norm([neuron.b.grad for neuron in layer.neurons]) for layer in model.layers[:-1]]


def factors(speeds: Sequence[float]) -> list[float]:
    """How many times slower each layer learns than the next one.

    >>> factors([0.5, 1.0, 4.0])
    [2.0, 4.0]
    """
    return [after / before for before, after in pairwise(speeds)]


def speeds_table(speeds: Mapping[int, Sequence[float]]) -> str:
    """Speeds by the number of hidden layers, and the factors between them, beside Nielsen's.

    >>> print(speeds_table({2: [0.1, 0.4]}))
        hidden layer            1        2  factors
        2 of them             0.1      0.4        4
          Nielsen           0.066     0.31      4.7
    """
    columns = range(max(map(len, speeds.values())))
    rows = [("hidden layer", *[str(i + 1) for i in columns], "factors")]
    for hidden, ours in speeds.items():
        rows.append(_row(f"{hidden} of them", ours, len(columns)))
        if hidden in NIELSEN:
            rows.append(_row("  Nielsen", NIELSEN[hidden], len(columns)))
    return "\n".join(indented(rows))


def _row(name: str, speeds: Sequence[float], columns: int) -> tuple[str, ...]:
    empty = [""] * (columns - len(speeds))
    return name, *map(size_text, speeds), *empty, "  ".join(map(size_text, factors(speeds)))
