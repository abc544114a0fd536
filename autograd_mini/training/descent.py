"""Plain gradient descent in small batches, one epoch at a time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from autograd_mini import losses
from autograd_mini.contexts import no_grad
from autograd_mini.datasets import Dataset
from autograd_mini.functions import mean
from autograd_mini.optim import SGD
from autograd_mini.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def classification_loss(outputs: Sequence[Any], label: int) -> Any:
    """The logistic loss for one output, cross-entropy for several.

    >>> classification_loss([0.0], 1) == classification_loss([0.0, 0.0], 1)
    True
    """
    if len(outputs) == 1:
        return losses.binary_cross_entropy_with_logits(outputs[0], label)
    return losses.cross_entropy(outputs, label)


def descend(
    model: Any, data: Dataset, epochs: int, lr: float, batch_size: int = 10, seed: int = 0
) -> Iterator[tuple[int, float]]:
    """Train a classifier by plain gradient descent; (epoch, mean loss) after each epoch.

    >>> from autograd_mini import datasets, nn
    >>> model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
    >>> losses = [loss for epoch, loss in descend(model, datasets.xor(), epochs=200, lr=0.5)]
    >>> losses[-1] < losses[0]
    True

    `model` is an `nn.Module`. Each epoch goes over all samples, shuffled by a generator with this
    seed. The loss is the mean over the samples, each just before the update that it takes part in.
    """
    samples, chance = list(data), random.Random(seed)
    optimizer = SGD(model.parameters(), lr)
    for epoch in range(1, epochs + 1):
        chance.shuffle(samples)
        total = 0.0
        for start in range(0, len(samples), batch_size):
            batch = samples[start : start + batch_size]
            total += _one_step(model, batch, optimizer) * len(batch)
        yield epoch, total / len(samples)


def _one_step(model: Any, batch: Sequence[Any], optimizer: SGD) -> float:
    loss = mean(classification_loss(model(features), label) for features, label in batch)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.data)


def accuracy(model: Any, data: Dataset) -> float:
    """The share of the samples that a classifier gets right, from 0 to 1.

    >>> from autograd_mini import datasets
    >>> accuracy(lambda features: [features[0] - 0.5], datasets.xor())
    0.5

    With one output, a positive one means class 1; with several, the largest names the class.
    """
    with no_grad():
        right = [predicted_class(model(features)) == label for features, label in data]
    return right.count(True) / len(right)


def predicted_class(outputs: Sequence[Any]) -> int:
    """The class that the outputs of a classifier mean.

    >>> predicted_class([-3.0]), predicted_class([0.0, 2.0, 1.0])
    (0, 1)
    """
    numbers = [output.data if isinstance(output, Value) else float(output) for output in outputs]
    return int(numbers[0] > 0.0) if len(numbers) == 1 else numbers.index(max(numbers))
