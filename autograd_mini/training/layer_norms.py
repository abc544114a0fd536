"""The layers that parameters belong to, by their paths, and a norm for each of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from autograd_mini.engine.value import Value
from autograd_mini.nn import Module


def layer_of(path: str) -> str:
    """The layer in the path of a parameter: what has neurons, else what has the parameter.

    >>> layer_of("layers[0].neurons[1].w[2]"), layer_of("encoder.scale"), layer_of("b")
    ('layers[0]', 'encoder', 'model')
    """
    layer, has_neurons, _ = re.sub(r"(^|\.)neurons\[", "\n", path, count=1).partition("\n")
    return (layer if has_neurons else path.rpartition(".")[0]) or "model"


def layers_of(model: object, parameters: Iterable[Value]) -> list[str]:
    """For each parameter the name of its layer.

    >>> from autograd_mini import nn
    >>> model = nn.MLP(1, [1, 1])
    >>> layers_of(model, model.parameters())
    ['layers[0]', 'layers[0]', 'layers[1]', 'layers[1]']
    """
    named = model.named_parameters() if isinstance(model, Module) else {}
    paths = {parameter: path for path, parameter in named.items()}
    return [layer_of(paths.get(parameter, parameter.label)) for parameter in parameters]


def layer_norms(layers: Sequence[str], squares: Iterable[float], steps: int) -> dict[str, float]:
    """For each layer the norm of its gradient, as root mean square over the steps.

    >>> layer_norms(["a", "a", "b"], [9.0, 16.0, 4.0], steps=1)
    {'a': 5.0, 'b': 2.0}
    """
    totals = dict.fromkeys(layers, 0.0)
    for layer, square in zip(layers, squares, strict=True):
        totals[layer] += square
    return {layer: math.sqrt(total / steps) for layer, total in totals.items()}
