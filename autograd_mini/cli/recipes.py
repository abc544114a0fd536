"""The networks that `train`, `race` and `flow` make for a data set, and what they share."""

import argparse

from autograd_mini import datasets, nn
from autograd_mini.datasets import Dataset
from autograd_mini.drawing.output import checked_target
from autograd_mini.engine.facts import FACTS
from autograd_mini.training.plots import SUFFIXES

# What `train` does unless told otherwise: hidden layers, their activation, epochs, learning rate.
RECIPES: dict[str, tuple[list[int], str, int, float]] = {
    "iris": ([8], "tanh", 60, 0.05),
    "digits": ([30], "tanh", 10, 0.1),
    "moons": ([16, 16], "tanh", 40, 0.5),
    "circles": ([16, 16], "tanh", 40, 0.3),
    "spirals": ([16, 16], "relu", 100, 0.3),
    "xor": ([4], "tanh", 400, 0.5),
}


def sizes(text: str) -> list[int]:
    try:
        return [int(size) for size in text.split(",") if size]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of sizes such as 16,16") from None


def new_model(options: argparse.Namespace, data: Dataset) -> nn.MLP:
    hidden, activation, _, _ = RECIPES[options.data]
    hidden = hidden if options.hidden is None else options.hidden
    activation = options.activation or activation
    known = {op.name: facts.init for op, facts in FACTS.items()}
    init = options.init or known.get(activation) or "xavier"
    outputs = 1 if len(data.label_names) == 2 else len(data.label_names)
    inputs = len(data.feature_names)
    return nn.MLP(inputs, [*hidden, outputs], activation, init=init, seed=options.seed)


def split_data(name: str, seed: int) -> tuple[Dataset, Dataset]:
    data: Dataset = getattr(datasets, name)()
    if name == "xor":  # four samples: nothing to hold back
        return data, data
    return datasets.split(data, test=0.2, seed=seed)


def check_plot(options: argparse.Namespace) -> None:
    if options.plot not in (None, "-"):
        checked_target(options.plot, SUFFIXES)
