"""The command `train`."""

import argparse
from collections.abc import Callable

from rich.console import Console

from autograd_mini import nn, optim
from autograd_mini.cli.recipes import RECIPES, check_plot, new_model, sizes, split_data
from autograd_mini.datasets import Dataset
from autograd_mini.drawing.output import checked_target
from autograd_mini.engine.errors import printable
from autograd_mini.text.numbers import number_text
from autograd_mini.training.decision_boundary import decision_boundary
from autograd_mini.training.fit import fit
from autograd_mini.training.history import RAN, History
from autograd_mini.training.metrics import accuracy, confusion_table
from autograd_mini.training.progress import plain_console

RULES = ("plain", "momentum", "nesterov", "adam")
SCHEDULES = ("constant", "cosine", "linear", "steps")


def add_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("data", choices=RECIPES, help="the data set")
    add("--epochs", type=int, help="how often to go over the data")
    add("--lr", type=float, help="the learning rate")
    add("--hidden", type=sizes, metavar="16,16", help="sizes of the hidden layers")
    add("--activation", help="of the hidden layers, such as tanh or relu")
    add("--init", help="where the weights begin: he after relu, else xavier")
    add("--batch-size", type=int, default=10, help="samples for each step (10)")
    add("--optimizer", choices=RULES, default="plain", help="the update rule (plain)")
    add("--schedule", choices=SCHEDULES, default="constant", help="of the rate")
    add("--clip", type=float, metavar="NORM", help="the most a gradient may measure")
    add("--seed", type=int, default=0, help="of weights, split and order (0)")
    add("--eager", action="store_true", help="on live Values instead of a program")
    add("--save", metavar="FILE", help="write the parameters to this file, as JSON")
    add("--plot", metavar="FILE", help="write the course to a .svg, .png or .txt")
    add("--checkpoint", metavar="FILE", help="written each epoch, and gone on from")
    add("--quiet", action="store_true", help="only the result")


def run(options: argparse.Namespace) -> int:
    check_plot(options)  # what cannot be written is said before the training, and not after it
    for path in (options.save, options.checkpoint):
        if path is not None:
            checked_target(path, ())
    train, test = split_data(options.data, options.seed)
    _fill_in(options)
    model = new_model(options, train)
    console = plain_console()
    try:
        if not options.quiet:
            _introduce(options, console, model, len(train))
        history = _fitted(options, model, train, test)
    finally:  # whatever ended it, such as a reader that is gone: what was learnt is not lost
        if options.save is not None:
            nn.save(model, options.save)
    if options.plot is not None:
        history.plot().save(options.plot)
    which = "that it was trained on" if train is test else "that it has never seen"
    console.print(f"Right on {accuracy(model, test):.1%} of {len(test)} samples {which}.")
    console.print(f"Trained {RAN[history.ran]}.")
    if not options.quiet:
        _show(options, console, model, train, test)
    return 130 if history.was_interrupted else 1 if history.stopped else 0


def _fill_in(options: argparse.Namespace) -> None:
    """The epochs and the learning rate of the recipe, where others are not asked for."""
    _, _, epochs, lr = RECIPES[options.data]
    if options.epochs is None:
        options.epochs = epochs
    if options.lr is None:
        options.lr = 0.02 if options.optimizer == "adam" else lr


def _introduce(options: argparse.Namespace, console: Console, model: nn.MLP, samples: int) -> None:
    rule = "plain gradient descent" if options.optimizer == "plain" else options.optimizer
    batches = f"batches of {min(options.batch_size, samples)}"
    rate = f"learning rate {number_text(options.lr)}"
    console.print(f"{model}, {rule} on {options.data}", markup=False)
    console.print(f"({samples} samples, {options.epochs} epochs in {batches}, {rate})")


def _fitted(options: argparse.Namespace, model: nn.MLP, train: Dataset, test: Dataset) -> History:
    epochs, lr = options.epochs, options.lr
    return fit(
        model, train, None, _optimizer(options.optimizer, model, lr), epochs, options.batch_size,
        None if test is train else test, options.seed, clip=options.clip, quiet=options.quiet,
        checkpoint=options.checkpoint,
        schedule=_schedule(options.schedule, epochs, lr),
        compiled=False if options.eager else "auto",
    )  # fmt: skip


def _optimizer(name: str, model: nn.MLP, lr: float) -> optim.Optimizer:
    if name == "adam":
        return optim.Adam(model.parameters(), lr)
    momentum = 0.0 if name == "plain" else 0.9
    return optim.SGD(model.parameters(), lr, momentum, nesterov=name == "nesterov")


def _schedule(name: str, epochs: int, lr: float) -> Callable[[int], float]:
    end = max(1, epochs)
    return {
        "constant": lambda epoch: lr,
        "cosine": lambda epoch: optim.cosine(epoch, end, lr),
        "linear": lambda epoch: optim.linear(epoch, end, lr),
        "steps": lambda epoch: optim.step_decay(epoch, max(1, end // 3), lr, factor=0.3),
    }[name]


def _show(
    options: argparse.Namespace, console: Console, model: nn.MLP, train: Dataset, test: Dataset
) -> None:
    """What was learnt, where that can be shown, and which files were written."""
    if len(train.feature_names) == 2:
        boundary = decision_boundary(model, train)
        console.print(boundary if console.is_terminal else str(boundary), markup=False)
    elif len(train.label_names) > 3:
        console.print(str(confusion_table(model, test)), markup=False)
    for path in [path for path in (options.save, options.plot) if path not in (None, "-")]:
        console.print(printable(f"Wrote {path}"), markup=False)
