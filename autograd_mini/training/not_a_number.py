"""Why a training came to nan: the sample, the parameter, and what `why` says of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd_mini.engine.value import Value
from autograd_mini.explaining.why import why
from autograd_mini.text.numbers import number_text
from autograd_mini.training.samples import Loss, Model, Sample


def what_became_nan(
    model: Model, loss_of: Loss, parameters: Sequence[Value], batch: Sequence[Sample]
) -> str:
    """The first sample whose loss or gradient is nan, and why it is.

    >>> from autograd_mini import losses, nn
    >>> model = nn.Neuron(1, activation="linear", init="zeros")
    >>> batch = [([1.0], 2.0), ([float("nan")], 4.0)]
    >>> print(what_became_nan(model, losses.mse, model.parameters(), batch))
    The loss of the sample ([nan], 4.0) is nan.
    <BLANKLINE>
    dloss/d(w[0]) = nan, from a number that was given.
    ...

    The gradients of the parameters are used for that.
    """
    for sample in batch:
        features, label = sample
        loss = loss_of(model(features), label)
        for parameter in parameters:
            parameter._grad = None  # not computed, which is not the same as zero
        if isinstance(loss, Value) and not loss.is_constant:
            loss.backward()
        spoilt = [p for p in parameters if p._grad is not None and math.isnan(p._grad)]
        if spoilt:
            what = "loss" if math.isnan(loss.data) else "gradient of the loss"
            return f"The {what} of the sample {_shown(sample)} is nan.\n\n{why(loss, spoilt[0])}"
        if math.isnan(loss.data if isinstance(loss, Value) else loss):
            return f"The loss of the sample {_shown(sample)} is nan, whatever the parameters are."
    return "Only the sum over the batch is nan: infinite losses or gradients cancelled in it."


def _shown(sample: Sample) -> str:
    features, label = sample
    few = [number_text(feature) for feature in features[:4]] + ["…"] * (len(features) > 4)
    return f"([{', '.join(few)}], {label!r})"
