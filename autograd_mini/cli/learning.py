"""The command `train`."""

from __future__ import annotations

import argparse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_mini.datasets import Dataset

# What `train` does unless told otherwise: the sizes of the hidden layers, epochs, learning rate.
RECIPES: dict[str, tuple[list[int], int, float]] = {
    "iris": ([8], 60, 0.05),
    "digits": ([30], 5, 0.1),
    "moons": ([16, 16], 40, 0.1),
    "circles": ([16, 16], 40, 0.1),
    "spirals": ([16, 16], 200, 0.2),
    "xor": ([4], 400, 0.5),
}


def add_train(commands: Any) -> None:
    train = commands.add_parser("train", help="train a small network on a data set")
    train.add_argument("data", choices=RECIPES, help="the data set")
    train.add_argument("--epochs", type=int, help="how often to go over the data")
    train.add_argument("--lr", type=float, help="the learning rate")
    train.add_argument("--hidden", type=_sizes, metavar="16,16", help="sizes of the hidden layers")
    train.add_argument("--seed", type=int, default=0, help="of the weights and the split (0)")
    train.set_defaults(run=_train)


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def _train(options: argparse.Namespace) -> None:
    from rich.console import Console

    from autograd_mini import nn, tour, training

    train, test = _data(options.data, options.seed)
    hidden, epochs, lr = RECIPES[options.data]
    hidden = hidden if options.hidden is None else options.hidden
    epochs = epochs if options.epochs is None else options.epochs
    lr = lr if options.lr is None else options.lr
    outputs = 1 if len(train.label_names) == 2 else len(train.label_names)
    sizes = [*hidden, outputs]
    model = nn.MLP(
        len(train.feature_names), sizes, activation="tanh", init="xavier", seed=options.seed
    )
    console = Console(highlight=False)
    console.print(f"{model}, plain gradient descent on {options.data}", markup=False)
    batches = f"batches of {min(10, len(train))}"
    console.print(f"({len(train)} samples, {epochs} epochs in {batches}, learning rate {lr:g})")
    tour.show_progress(console, training.descend(model, train, epochs, lr), epochs)
    share = training.accuracy(model, test)
    console.print(f"Right on {share:.1%} of {len(test)} samples {_which(train, test)}.")


def _data(name: str, seed: int) -> tuple[Dataset, Dataset]:
    from autograd_mini import datasets

    data: Dataset = getattr(datasets, name)()
    if name == "xor":  # four samples: nothing to hold back
        return data, data
    return datasets.split(data, test=0.2, seed=seed)


def _which(train: Dataset, test: Dataset) -> str:
    return "that it was trained on" if train is test else "that it has never seen"
