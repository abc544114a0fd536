"""What a model is trained on, checked: samples, each a list of features and a label."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from reprlib import repr as short
from typing import Any

from autograd_mini import losses
from autograd_mini.engine import ieee
from autograd_mini.engine.errors import closest
from autograd_mini.engine.value import Value
from autograd_mini.optim import Optimizer

Sample = tuple[list[float], Any]  # the features and the label
Model = Callable[[list[Any]], Any]
Loss = Callable[[Any, Any], Any]  # of the outputs of a model and a label

LOSSES: dict[str, Loss] = {
    name: loss
    for name, loss in vars(losses).items()
    if getattr(loss, "__module__", "") == losses.__name__ and name[0] != "_"
}


def checked_samples(name: str, data: object) -> list[Sample]:
    """The samples as a list: those of a `Dataset`, or of any iterable of pairs.

    >>> checked_samples("data", [([0, 1], 1), ([1, 1], 0)])
    [([0.0, 1.0], 1), ([1.0, 1.0], 0)]

    What is no such thing is a `TypeError`; no samples, or rows of different lengths, are a
    `ValueError`.
    """
    if not isinstance(data, Iterable) or isinstance(data, str | bytes | dict):
        raise TypeError(f"`{name}` is {short(data)}, and must be pairs of (features, label)")
    samples: list[Sample] = []
    for place, sample in enumerate(data):
        try:
            features, label = sample
            samples.append(([ieee.number(feature) for feature in features], label))
        except (TypeError, ValueError):
            raise TypeError(
                f"sample {place} of `{name}` is {short(sample)}, and must be a pair of a list of "
                "numbers, the features, and a label"
            ) from None
    if not samples:
        raise ValueError(f"`{name}` has no samples; give at least one pair of (features, label)")
    width = len(samples[0][0])
    for place, (features, _) in enumerate(samples):
        if len(features) != width:
            raise ValueError(
                f"sample {place} of `{name}` has {len(features)} features, and the first has "
                f"{width}; give as many in each"
            )
    return samples


def checked_model(model: Any) -> Any:
    """What can be called with features; anything else is a `TypeError`."""
    if not callable(model) or isinstance(model, type):
        raise TypeError(
            f"`model` is {short(model)}, and must be a network such as nn.MLP(2, [16, 1]); write "
            "the model first, then the data"
        )
    return model


def checked_loss(loss: object) -> Loss:
    """A loss, by its name too; None is that of a classifier.

    >>> checked_loss("mse") is losses.mse
    True

    An unknown name is a `ValueError`; what is no function of outputs and a label a `TypeError`.
    """
    if loss is None:
        return classification_loss
    if isinstance(loss, str):
        if loss not in LOSSES:
            likely = closest(loss, LOSSES)
            hint = f"did you mean {likely!r}? " if likely else ""
            raise ValueError(f"`loss` is {loss!r}; {hint}choose one of {', '.join(LOSSES)}")
        return LOSSES[loss]
    kind = loss if isinstance(loss, type) else type(loss)
    if issubclass(kind, Optimizer):
        raise TypeError(
            f"`loss` is {loss!r}, an optimizer; write "
            f"optimizer=optim.{kind.__name__}(model.parameters(), lr=...)"
        )
    if not callable(loss) or isinstance(loss, type):
        raise TypeError(
            f"`loss` is {short(loss)}, and must be a function of (outputs, label) such as "
            f"losses.mse, or the name of one: {', '.join(LOSSES)}"
        )
    return loss


def listed(outputs: object) -> list[Any]:
    """The outputs of a model as a list; a model may give a single one.

    >>> listed(0.5), listed([0.5, 0.25])
    ([0.5], [0.5, 0.25])

    What is neither a number, nor numbers in a row, is a `TypeError`.
    """
    if isinstance(outputs, str | bytes | Mapping):
        raise TypeError(f"the outputs are {short(outputs)}, and must be numbers in a list")
    found = list(outputs) if isinstance(outputs, Iterable) else [outputs]
    for output in found:
        if not isinstance(output, Value):
            ieee.number(output)
    return found


def is_class(label: object) -> bool:
    """Whether a label can name a class: a whole number, not a bool.

    >>> is_class(1), is_class(-1), is_class(0.5), is_class([0, 1])
    (True, True, False, False)
    """
    return hasattr(label, "__index__") and not isinstance(label, bool)


def classification_loss(outputs: object, label: int) -> Any:
    """The logistic loss for one output, cross-entropy for several.

    >>> classification_loss([0.0], 1) == classification_loss([0.0, 0.0], 1)
    True

    For one output, -1 is taken as 0. A label that is no class is a `TypeError`.
    """
    values = listed(outputs)
    if not is_class(label):
        raise TypeError(
            f"the label {short(label)} is no class, a whole number; for other targets give a loss, "
            "such as loss=losses.mse"
        )
    if len(values) == 1:
        return losses.binary_cross_entropy_with_logits(values[0], 0 if label == -1 else label)
    return losses.cross_entropy(values, label)


def threshold_for(loss: Loss, labels: Sequence[Any]) -> float | None:
    """Above which number a single output means class 1, as far as loss and labels tell.

    >>> threshold_for(losses.hinge, [0, 1]), threshold_for(losses.mse, [0, 1])
    (0.0, 0.5)

    0 for a margin or the input of a sigmoid. Where the targets are 0 and 1, an output is to be like
    them; where they are other whole numbers, it stands for no class: None.
    """
    if loss in (classification_loss, losses.hinge, losses.binary_cross_entropy_with_logits):
        return 0.0
    kinds = set(labels) if all(map(is_class, labels)) else {None}
    return 0.5 if kinds <= {0, 1} else 0.0 if kinds <= {-1, 1} else None
