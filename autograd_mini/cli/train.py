"""The command `train`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from autograd_mini.cli.recipes import RECIPES, check_plot, new_model, sizes, split_data

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from autograd_mini.datasets import Dataset
    from autograd_mini.nn import MLP
    from autograd_mini.optim import Optimizer
    from autograd_mini.training.history import History

RULES = ("plain", "momentum", "nesterov", "adam")
SCHEDULES = ("constant", "cosine", "linear", "steps")


def add(commands: Any) -> None:
    train = commands.add_parser("train", help="train a small network on a data set")
    train.add_argument("data", choices=RECIPES, help="the data set")
    train.add_argument("--epochs", type=int, help="how often to go over the data")
    train.add_argument("--lr", type=float, help="the learning rate")
    train.add_argument("--hidden", type=sizes, metavar="16,16", help="sizes of the hidden layers")
    train.add_argument("--activation", help="of the hidden layers, such as tanh or relu")
    train.add_argument("--init", help="where the weights begin: he after relu, else xavier")
    train.add_argument("--batch-size", type=int, default=10, help="samples for each step (10)")
    train.add_argument(
        "--optimizer", choices=RULES, default="plain", help="the update rule (plain)"
    )
    train.add_argument("--schedule", choices=SCHEDULES, default="constant", help="of the rate")
    train.add_argument("--clip", type=float, metavar="NORM", help="the most a gradient may measure")
    train.add_argument("--seed", type=int, default=0, help="of weights, split and order (0)")
    train.add_argument("--eager", action="store_true", help="on live Values instead of a program")
    train.add_argument("--save", metavar="FILE", help="write the parameters to this file, as JSON")
    train.add_argument("--plot", metavar="FILE", help="write the course to a .svg, .png or .txt")
    train.add_argument("--checkpoint", metavar="FILE", help="written each epoch, and gone on from")
    train.add_argument("--quiet", action="store_true", help="only the result")
    train.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from autograd_mini import nn
    from autograd_mini.training.progress import plain_console

    _check_files(options)
    train, test = split_data(options.data, options.seed)
    epochs, lr = _recipe(options)
    model = new_model(options, train)
    console = plain_console()
    try:
        _introduce(options, console, model, len(train), epochs, lr)
        history = _fitted(options, model, train, test, epochs, lr)
    finally:  # whatever ended it, such as a reader that is gone: what was learnt is not lost
        if options.save is not None:
            nn.save(model, options.save)
    if options.plot is not None:
        history.plot().save(options.plot)
    _report(options, console, model, history, (train, test))
    return 130 if history.was_interrupted else 1 if history.stopped else 0


def _introduce(
    options: argparse.Namespace, console: Console, model: MLP, samples: int, epochs: int, lr: float
) -> None:
    if options.quiet:
        return
    from autograd_mini.text.numbers import number_text

    rule = "plain gradient descent" if options.optimizer == "plain" else options.optimizer
    batches = f"batches of {min(options.batch_size, samples)}"
    console.print(f"{model}, {rule} on {options.data}", markup=False)
    console.print(
        f"({samples} samples, {epochs} epochs in {batches}, learning rate {number_text(lr)})"
    )


def _check_files(options: argparse.Namespace) -> None:
    """What cannot be written is said before the training, and not after it."""
    from autograd_mini.drawing.output import checked_target

    check_plot(options)
    if options.save is not None:
        checked_target(options.save, ())
    if options.checkpoint is not None:
        checked_target(options.checkpoint, ())


def _recipe(options: argparse.Namespace) -> tuple[int, float]:
    _, _, epochs, lr = RECIPES[options.data]
    lr = 0.02 if options.optimizer == "adam" else lr
    return (
        epochs if options.epochs is None else options.epochs,
        lr if options.lr is None else options.lr,
    )


def _fitted(
    options: argparse.Namespace, model: MLP, train: Dataset, test: Dataset, epochs: int, lr: float
) -> History:
    from autograd_mini.training.fit import fit

    return fit(
        model, train, None, _optimizer(options.optimizer, model, lr), epochs, options.batch_size,
        None if test is train else test, options.seed, clip=options.clip, quiet=options.quiet,
        checkpoint=options.checkpoint,
        schedule=_schedule(options.schedule, epochs, lr),
        compiled=False if options.eager else "auto",
    )  # fmt: skip


def _optimizer(name: str, model: MLP, lr: float) -> Optimizer:
    from autograd_mini import optim

    if name == "adam":
        return optim.Adam(model.parameters(), lr)
    momentum = 0.0 if name == "plain" else 0.9
    return optim.SGD(model.parameters(), lr, momentum, nesterov=name == "nesterov")


def _schedule(name: str, epochs: int, lr: float) -> Callable[[int], float]:
    from autograd_mini import optim

    end = max(1, epochs)
    return {
        "constant": lambda epoch: lr,
        "cosine": lambda epoch: optim.cosine(epoch, end, lr),
        "linear": lambda epoch: optim.linear(epoch, end, lr),
        "steps": lambda epoch: optim.step_decay(epoch, max(1, end // 3), lr, factor=0.3),
    }[name]


def _report(
    options: argparse.Namespace,
    console: Console,
    model: MLP,
    history: History,
    data: tuple[Dataset, Dataset],
) -> None:
    from autograd_mini.training.decision_boundary import decision_boundary
    from autograd_mini.training.history import RAN
    from autograd_mini.training.metrics import accuracy, confusion_table

    train, test = data
    which = "that it was trained on" if train is test else "that it has never seen"
    share = accuracy(model, test)
    console.print(f"Right on {share:.1%} of {len(test)} samples {which}.")
    console.print(f"Trained {RAN[history.ran]}.")
    if options.quiet:
        return
    if len(train.feature_names) == 2:
        boundary = decision_boundary(model, train)
        console.print(boundary if console.is_terminal else str(boundary), markup=False)
    elif len(train.label_names) > 3:
        console.print(str(confusion_table(model, test)), markup=False)
    for path in [path for path in (options.save, options.plot) if path not in (None, "-")]:
        console.print(f"Wrote {path}", markup=False)
