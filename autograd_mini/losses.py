"""Losses: how wrong the outputs of a model are, as one number to make smaller.

A loss takes the outputs of a model, a list or a single one, and the label or the targets of one
sample. It gives a `Value`, or a float where all it was given are plain numbers. Any function like
that is a loss.

>>> from autograd_mini import Value
>>> output = Value(0.5)
>>> loss = mse(output, 2.0)
>>> loss.backward()
>>> loss.data, output.grad
(2.25, -3.0)
"""

from __future__ import annotations

from collections.abc import Iterable

from autograd_mini.engine import functions, ieee, ops

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_mini.engine.value import Value

    Outputs = Value | float | Iterable[Value | float]


def mse(outputs: Outputs, targets: Outputs) -> Any:
    """The mean squared error, 1/n Σ(output - target)².

    >>> mse([1.0, 2.0], [1.5, 4.0])
    2.125

    `targets` are as many numbers as there are outputs, or a number for a single output. For several
    outputs, a class, an int from 0, stands for the target 1 there and 0 elsewhere. Targets that do
    not fit are a `ValueError`.
    """
    differences = _differences(outputs, targets)
    squares = _sum_of_squares(differences)
    return squares if len(differences) == 1 else ops.div(squares, len(differences))


def quadratic(outputs: Outputs, targets: Outputs) -> Any:
    """The quadratic cost, ½ Σ(output - target)², whose derivative is the difference itself.

    >>> quadratic([3.0, 1.0], [1.0, 2.0])
    2.5
    >>> quadratic([0.2, 0.8, 0.1], 1) == quadratic([0.2, 0.8, 0.1], [0, 1, 0])
    True

    The targets are those of `mse`. Nielsen, Neural Networks and Deep Learning (2015), equation 26.
    """
    return ops.mul(0.5, _sum_of_squares(_differences(outputs, targets)))


def hinge(output: Outputs, label: float) -> Any:
    """The hinge loss, max(0, 1 - label * output): zero once the output is right by a margin of 1.

    >>> hinge(0.25, 1), hinge(0.25, -1), hinge(2.0, 1)
    (0.75, 1.25, 0.0)

    The label is 1 or -1, and 0 is taken as -1; anything else is a `ValueError`, as is more than one
    output.
    """
    output = _single(output, "hinge")
    if ieee.number(label) not in (-1.0, 0.0, 1.0):
        raise ValueError(f"the label of hinge is 1 or -1 (0 is taken as -1), not {label!r}")
    # The two cases of label * output, each without the node of a product.
    return ops.relu(ops.sub(1.0, output) if label > 0 else ops.add(1.0, output))


def binary_cross_entropy_with_logits(logit: Outputs, label: float) -> Any:
    """The logistic loss, -log of the probability that sigmoid(logit) gives to the label.

    >>> round(binary_cross_entropy_with_logits(0.0, 1), 6)  # log 2: it could be either
    0.693147
    >>> binary_cross_entropy_with_logits(-10000.0, 1)
    10000.0

    The label is 0 or 1, or the probability of 1, from 0 to 1; anything else is a `ValueError`, as
    is more than one output. It is label * softplus(-logit) + (1 - label) * softplus(logit), which
    cannot overflow, and which keeps all digits where it is tiny.
    """
    logit = _single(logit, "binary_cross_entropy_with_logits")
    label = ieee.number(label)
    if not 0.0 <= label <= 1.0:
        raise ValueError(f"the label is 0, 1 or a probability between them, not {label!r}")
    if label == 0.0:
        return ops.softplus(logit)
    loss = ops.softplus(ops.neg(logit))
    if label == 1.0:
        return loss
    return ops.add(ops.mul(label, loss), ops.mul(1.0 - label, ops.softplus(logit)))


def cross_entropy(logits: Outputs, label: int) -> Any:
    """-log of the probability that softmax(logits) gives to the label, the class of the sample.

    >>> round(cross_entropy([1.0, 1.0, 1.0, 1.0], 2), 6)  # log 4
    1.386294
    >>> cross_entropy([10000.0, 0.0], 1)
    10000.0

    The label is an int, one of 0, 1, ... below the number of logits, of which there are at least
    two; anything else is a `ValueError`, or a `TypeError` if the label is no int. It is
    logsumexp(logits) - logits[label], which cannot overflow.
    """
    values = _listed(logits)
    if len(values) < 2:
        raise ValueError(
            "cross_entropy of a single logit is always 0; "
            "give one for each class, or use binary_cross_entropy_with_logits"
        )
    own = values[_class_of(label, len(values))]
    return ops.sub(ops.logsumexp(*values), own)


# -- what the losses share -------------------------------------------------------------------------


def _listed(outputs: Outputs) -> list[Any]:
    values = list(outputs) if isinstance(outputs, Iterable) else [outputs]
    if not values:
        raise ValueError("there are no outputs; give at least one")
    return values


def _single(outputs: Outputs, name: str) -> Any:
    values = _listed(outputs)
    if len(values) > 1:
        raise ValueError(
            f"{name} takes one output, not {len(values)}; for several there is cross_entropy"
        )
    return values[0]


def _differences(outputs: Outputs, targets: Outputs) -> list[Any]:
    values = _listed(outputs)
    if isinstance(targets, Iterable):
        goals = list(targets)
    elif len(values) == 1:
        goals = [targets]
    else:  # a class among several
        label = _class_of(targets, len(values))
        goals = [1.0 if i == label else 0.0 for i in range(len(values))]
    if len(goals) != len(values):
        raise ValueError(f"{len(values)} outputs and {len(goals)} targets; give as many of each")
    return [ops.sub(value, goal) for value, goal in zip(values, goals, strict=True)]


def _class_of(label: Any, outputs: int) -> int:
    if not hasattr(label, "__index__"):
        raise TypeError(f"a class is an int from 0 to {outputs - 1}, not {label!r}")
    if not 0 <= label < outputs:
        raise ValueError(
            f"there are {outputs} outputs, for the classes 0 to {outputs - 1}; "
            f"{label!r} is none of them"
        )
    return int(label)


def _sum_of_squares(differences: list[Any]) -> Any:
    """One node: the dot product of the differences with themselves."""
    if len(differences) == 1:
        return ops.mul(*differences, *differences)
    return functions.dot(differences, differences)
