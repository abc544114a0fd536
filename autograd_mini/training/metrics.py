"""How right a model is: the share of samples that it gets right, and which it takes for which."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from operator import eq
from typing import Any

from autograd_mini.engine.contexts import no_grad
from autograd_mini.engine.value import Value
from autograd_mini.text.layout import columns
from autograd_mini.training.samples import Model, checked_samples, is_class, listed


def accuracy(model: Model, data: Iterable[Any], threshold: float = 0.0) -> float:
    """The share of the samples that a classifier gets right, from 0 to 1.

    >>> from autograd_mini import datasets
    >>> accuracy(lambda features: [features[0] - 0.5], datasets.xor())
    0.5

    `data` is a `Dataset`, or pairs of features and a class. With one output, one above the
    `threshold` means class 1: 0 where it is the input of a sigmoid or has a margin, 0.5 where it
    shall be 0 or 1 itself. With several, the largest names the class; nan names none. For one
    output, the label -1 is class 0.
    """
    right = [guess == label for guess, label in _guesses(model, data, threshold)]
    return right.count(True) / len(right)


def predicted_class(outputs: object, threshold: float = 0.0) -> int:
    """The class that the outputs of a classifier mean; -1, which is none, where one is nan.

    >>> predicted_class([-3.0]), predicted_class([0.0, 2.0, 1.0]), predicted_class([math.nan])
    (0, 1, -1)
    """
    numbers = [out._data if isinstance(out, Value) else float(out) for out in listed(outputs)]
    if any(map(math.isnan, numbers)):
        return -1
    return int(numbers[0] > threshold) if len(numbers) == 1 else numbers.index(max(numbers))


def class_of(label: int, outputs: int) -> int:
    """The class that a label names; for a single output, -1 is class 0.

    >>> class_of(-1, outputs=1), class_of(2, outputs=3)
    (0, 2)
    """
    return 0 if outputs == 1 and label == -1 else int(label)


def share_right(
    outputs: Sequence[Sequence[object]], labels: Sequence[Any], threshold: float | None
) -> float | None:
    """The share of outputs that are right; None where labels are no classes, or outputs say none.

    >>> share_right([[0.5], [-0.5]], [1, 1], threshold=0.0), share_right([[0.5]], [2.5], 0.0)
    (0.5, None)
    """
    if not all(map(is_class, labels)) or (threshold is None and min(map(len, outputs)) == 1):
        return None
    guesses = [predicted_class(output, threshold or 0.0) for output in outputs]
    classes = map(class_of, labels, map(len, outputs))
    return list(map(eq, guesses, classes)).count(True) / len(guesses)


def _guesses(model: Model, data: Iterable[Any], threshold: float) -> list[tuple[int, int]]:
    """For each sample the class that it is taken for, and its own."""
    found = []
    with no_grad():
        for features, label in checked_samples("data", data):
            check_class(label)
            outputs = listed(model(features))
            found.append((predicted_class(outputs, threshold), class_of(label, len(outputs))))
    return found


def confusion_table(model: Model, data: Iterable[Any], threshold: float = 0.0) -> ConfusionTable:
    """How often each class is taken for each: the classes in rows, the answers in columns.

    >>> from autograd_mini import datasets
    >>> confusion_table(lambda features: [features[0] - 0.5], datasets.xor())
    class  false  true  right
    false      1     1    50%
    true       1     1    50%

    `data` is a `Dataset`, or pairs of features and a class. Classes go by their names. `threshold`
    is that of `accuracy`. A label below 0 is a `ValueError`; answers that are nan are left out.
    """
    names = getattr(data, "label_names", ())
    guesses = _guesses(model, data, threshold)
    if unknown := [label for _, label in guesses if label < 0]:
        raise ValueError(f"the label {unknown[0]} is no class; classes are numbered from 0 up")
    return ConfusionTable([pair for pair in guesses if pair[0] >= 0], [str(x) for x in names])


class ConfusionTable:
    """What `confusion_table` counted: `counts[label][guess]`, and as text.

    >>> table = ConfusionTable([(0, 0), (1, 0), (1, 1)], ["cat", "dog"])
    >>> table.counts, table.worst
    ([[1, 1], [0, 1]], ('cat', 'dog', 1))

    `names` are the classes; `worst` is the commonest mistake, as (class, what it was taken for, how
    often), or None if there is none.
    """

    def __init__(self, guesses: Iterable[tuple[int, int]], names: Sequence[str] = ()) -> None:
        counted = Counter([(label, guess) for guess, label in guesses])
        classes = max(len(names), 1 + max([max(pair) for pair in counted], default=0))
        self.names = [*names, *map(str, range(len(names), classes))]
        places = range(classes)
        self.counts = [[counted[label, guess] for guess in places] for label in places]

    @property
    def worst(self) -> tuple[str, str, int] | None:
        """The commonest mistake; of several, the first."""
        mistakes = [
            (self.names[label], self.names[guess], count)
            for label, row in enumerate(self.counts)
            for guess, count in enumerate(row)
            if guess != label and count
        ]
        return max(mistakes, key=lambda mistake: mistake[2], default=None)

    def __repr__(self) -> str:
        rows = [["class", *self.names, "right"]]
        for place, row in enumerate(self.counts):
            share = f"{row[place] / sum(row):.0%}" if sum(row) else "–"
            rows.append([self.names[place], *[f"{count or '·'}" for count in row], share])
        return "\n".join(columns(rows))


def check_class(label: object) -> None:
    """What is no class is a `TypeError`."""
    if not is_class(label):
        raise TypeError(f"the label {label!r} is no class, a whole number from 0 up")
