"""The command `race`."""

import argparse

from autograd_mini.cli.recipes import RECIPES, check_plot, new_model, sizes, split_data
from autograd_mini.engine.errors import printable
from autograd_mini.training.race import race


def add_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("data", nargs="?", choices=RECIPES, default="moons", help="(moons)")
    add("--epochs", type=int, default=30, help="how often to go over the data (30)")
    add("--hidden", type=sizes, metavar="16,16", help="sizes of the hidden layers")
    add("--batch-size", type=int, default=10, help="samples for each step (10)")
    add("--seed", type=int, default=0, help="of the weights and the order (0)")
    add("--plot", metavar="FILE", help="write the plot to a .svg, .png, .pdf or .txt")
    command.set_defaults(activation=None, init=None)


def run(options: argparse.Namespace) -> None:
    check_plot(options)
    data, _ = split_data(options.data, options.seed)
    model = new_model(options, data)
    found = race(
        model, data, epochs=options.epochs, batch_size=options.batch_size, seed=options.seed
    )
    batch = min(options.batch_size, len(data))
    print(f"{model} on {options.data}, {len(data)} samples in batches of {batch}\n")
    print(f"{found}\n\n{found.chart}")
    if options.plot:
        print(printable(f"Wrote {found.save(options.plot)}"))
