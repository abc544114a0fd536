"""How right a model is: the share of samples that it gets right, and which it takes for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from autograd_mini.contexts import no_grad
from autograd_mini.training.samples import checked_samples, is_class, listed
from autograd_mini.training.tables import aligned
from autograd_mini.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def accuracy(model: Callable[[list[float]], Any], data: Iterable[Any]) -> float:
    """The share of the samples that a classifier gets right, from 0 to 1.

    >>> from autograd_mini import datasets
    >>> accuracy(lambda features: [features[0] - 0.5], datasets.xor())
    0.5

    `data` is a `Dataset`, or pairs of features and a class. With one output, a positive one means
    class 1; with several, the largest names the class. For one output, the label -1 is class 0.
    """
    right = [guess == label for guess, label in _guesses(model, data)]
    return right.count(True) / len(right)


def predicted_class(outputs: Any) -> int:
    """The class that the outputs of a classifier mean.

    >>> predicted_class([-3.0]), predicted_class([0.0, 2.0, 1.0])
    (0, 1)
    """
    numbers = [out.data if isinstance(out, Value) else float(out) for out in listed(outputs)]
    return int(numbers[0] > 0.0) if len(numbers) == 1 else numbers.index(max(numbers))


def class_of(label: int, outputs: int) -> int:
    """The class that a label names; for a single output, -1 is class 0.

    >>> class_of(-1, outputs=1), class_of(2, outputs=3)
    (0, 2)
    """
    return 0 if outputs == 1 and label == -1 else int(label)


def _guesses(model: Callable[[list[float]], Any], data: Iterable[Any]) -> list[tuple[int, int]]:
    """For each sample the class that it is taken for, and its own."""
    found = []
    with no_grad():
        for features, label in checked_samples("data", data):
            if not is_class(label):
                raise TypeError(f"the label {label!r} is no class, a whole number from 0 up")
            outputs = listed(model(features))
            found.append((predicted_class(outputs), class_of(label, len(outputs))))
    return found


def confusion_table(model: Callable[[list[float]], Any], data: Iterable[Any]) -> ConfusionTable:
    """How often each class is taken for each: the classes in rows, the answers in columns.

    >>> from autograd_mini import datasets
    >>> confusion_table(lambda features: [features[0] - 0.5], datasets.xor())
    class  false  true  right
    false      1     1    50%
    true       1     1    50%

    `data` is a `Dataset`, or pairs of features and a class. Classes go by their names.
    """
    names = getattr(data, "label_names", ())
    return ConfusionTable(_guesses(model, data), [str(name) for name in names])


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
        self.counts = [
            [counted[label, guess] for guess in range(classes)] for label in range(classes)
        ]

    @property
    def worst(self) -> tuple[str, str, int] | None:
        """The commonest mistake; of several, the first."""
        mistakes = [
            (count, -label, -guess)
            for label, row in enumerate(self.counts)
            for guess, count in enumerate(row)
            if guess != label and count
        ]
        if not mistakes:
            return None
        count, label, guess = max(mistakes)
        return self.names[-label], self.names[-guess], count

    def __repr__(self) -> str:
        rows = [
            [name, *[f"{count}" if count else "·" for count in row], _share(row, place)]
            for place, (name, row) in enumerate(zip(self.names, self.counts, strict=True))
        ]
        return "\n".join(aligned([["class", *self.names, "right"], *rows]))


def _share(row: Sequence[int], place: int) -> str:
    return f"{row[place] / sum(row):.0%}" if sum(row) else "–"
