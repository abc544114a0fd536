"""The command `flow`."""

import argparse
from itertools import product

from autograd_mini import datasets, nn
from autograd_mini.cli.recipes import RECIPES, check_plot, split_data
from autograd_mini.datasets import Dataset
from autograd_mini.engine.errors import printable
from autograd_mini.engine.functions import mean
from autograd_mini.training.flow import deep_sigmoids
from autograd_mini.training.flow.compare_flows import compare_flows
from autograd_mini.training.flow.gradient_flow import GradientFlow, gradient_flow
from autograd_mini.training.samples import classification_loss

Setting = tuple[str, str, int]  # activation, init, depth

# The options of a network, and what they are unless given.
NETWORK = {
    "depth": [10], "width": None, "activation": ["tanh"], "init": ["xavier"], "clip": None,
    "lr": 0.1, "samples": 20, "seed": 0,
}  # fmt: skip
WIDTHS = {"digits": 30}  # of the hidden layers; 16 for the others


def add_options(command: argparse.ArgumentParser) -> None:
    command.description = (
        "How large the gradient is in each layer of a new network, on its way back from the loss. "
        "Several activations, inits or depths are compared, side by side. Without a data set: one "
        "unit, repeated."
    )
    add = command.add_argument
    add("data", nargs="?", choices=RECIPES, help="the data set")
    add("--depth", type=_whole_numbers, metavar="5,10", help="layers (10)")
    add("--width", type=int, help="units of each hidden layer")
    add(
        "--activation", type=_words, metavar="tanh,relu",
        help="of the hidden layers: sigmoid, tanh, relu, leaky_relu, elu, gelu, silu, ... (tanh)",
    )  # fmt: skip
    add(
        "--init", type=_words, metavar="xavier,he",
        help="where weights begin: xavier, he, lecun, nielsen, uniform (xavier)",
    )  # fmt: skip
    add("--clip", type=float, metavar="NORM", help="clip the gradients to this norm")
    add("--lr", type=float, help="the learning rate of updates (0.1)")
    add("--samples", type=int, help="in the batch (20)")
    add("--seed", type=int, help="of the weights and the batch (0)")
    add("--nielsen", action="store_true", help="his deep sigmoid networks, on digits")
    add("--plot", metavar="FILE", help="write a plot to a .svg, .png, .pdf or .txt")


def _check_used(options: argparse.Namespace) -> None:
    """Refuse options that would do nothing: all of them are about networks on a data set."""
    if options.data is not None and not options.nielsen:
        return
    used = ["seed"] if options.nielsen else []
    ignored = [
        f"--{name}" for name in NETWORK if name not in used and getattr(options, name) is not None
    ]
    if ignored and options.nielsen:
        raise ValueError(f"Nielsen's networks are given; leave {' and '.join(ignored)} out")
    if ignored:
        raise ValueError(
            f"{' and '.join(ignored)} would do nothing without a data set; name one, as in "
            f"flow digits {ignored[0]} ..."
        )


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


def _whole_numbers(text: str) -> list[int]:
    numbers = [int(word) for word in _words(text) if word.isdecimal()]
    if len(numbers) != len(_words(text)) or min(numbers) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of whole numbers such as 5,10,20")
    return numbers


def run(options: argparse.Namespace) -> None:
    if options.plot is not None and (options.nielsen or options.data is None):
        raise ValueError("--plot draws networks on a data set: name one, such as digits")
    _check_used(options)
    for name, default in NETWORK.items():
        if getattr(options, name) is None:
            setattr(options, name, default)
    check_plot(options)
    if options.nielsen:
        _show_nielsen(options)
    elif options.data is not None:
        _show_networks(options)
    else:
        print("One unit after the other, starting from 0.5: |d output / d input| after so many.\n")
        print(deep_sigmoids.repeated_table())
        print(
            "\nEach unit multiplies the gradient by w * σ'(z). A network does the same, with sums:"
        )
        print("    autograd-mini flow digits --activation sigmoid,tanh,relu,gelu")


def _show_nielsen(options: argparse.Namespace) -> None:
    if options.data not in (None, "digits"):
        raise ValueError(f"Nielsen's networks are those for digits, not for {options.data}")
    train, _ = datasets.split(datasets.digits(), seed=options.seed)
    print("How fast each hidden layer of 30 sigmoids begins to learn: the norm of the gradient")
    print(
        f"of its biases, over {len(train):,} digits of 8 * 8 points; and how many times slower it"
    )
    print("is than the next one. Nielsen had 1,000 of 28 * 28, and cross-entropy.")
    for cost in deep_sigmoids.COSTS:
        speeds = {
            hidden: deep_sigmoids.learning_speeds(train, hidden, cost, options.seed)
            for hidden in deep_sigmoids.DEPTHS
        }
        print(f"\n{cost} cost:\n\n{deep_sigmoids.speeds_table(speeds)}")


# -- networks on a data set ------------------------------------------------------------------------


def _show_networks(options: argparse.Namespace) -> None:
    if options.samples < 1:
        raise ValueError(f"--samples is {options.samples}, and must be 1 or more")
    train, _ = split_data(options.data, options.seed)
    batch = train[: options.samples]
    choices = (options.activation, options.init, options.depth)
    flows = {setting: _flow_of(batch, setting, options) for setting in product(*choices)}
    if len(flows) == 1:
        (only,) = flows.values()
        print(only)
        plot = only.plot
    else:
        _show_tables(flows, next(i for i, several in enumerate(choices) if len(several) > 1))
        plot = compare_flows({_written(setting): flow for setting, flow in flows.items()}).plot
    if options.plot is not None:
        print(printable(f"\nWrote {plot().save(options.plot)}", keep="\n"))


def _flow_of(batch: Dataset, setting: Setting, options: argparse.Namespace) -> GradientFlow:
    activation, init, depth = setting
    classes = len(batch.label_names)
    width = WIDTHS.get(options.data, 16) if options.width is None else options.width
    sizes = [width] * (depth - 1) + [1 if classes == 2 else classes]
    model = nn.MLP(len(batch.feature_names), sizes, activation, init=init, seed=options.seed)
    loss = mean(classification_loss(model(features), label) for features, label in batch)
    return gradient_flow(model, loss, lr=options.lr, clip=options.clip)


def _show_tables(flows: dict[Setting, GradientFlow], column: int) -> None:
    """A table for each of the other settings; its columns are those of this place."""
    tables: dict[str, dict[str, GradientFlow]] = {}
    for setting, flow in flows.items():
        head = _written(setting, leave_out=column)
        tables.setdefault(head, {})[str(setting[column])] = flow
    print("\n\n".join([f"{head}.\n{compare_flows(table)}" for head, table in tables.items()]))


def _written(setting: Setting, leave_out: int | None = None) -> str:
    activation, init, depth = setting
    parts = [activation, f"init {init}", f"{depth} layers"]
    return ", ".join([part for i, part in enumerate(parts) if i != leave_out])
