"""The command `race`."""

from __future__ import annotations

import argparse
from typing import Any

from autograd_mini.cli.recipes import RECIPES, check_plot, new_model, sizes, split_data


def add(commands: Any) -> None:
    race = commands.add_parser("race", help="update rules compared, each as its formula")
    race.add_argument("data", nargs="?", choices=RECIPES, default="moons", help="(moons)")
    race.add_argument("--epochs", type=int, default=30, help="how often to go over the data (30)")
    race.add_argument("--hidden", type=sizes, metavar="16,16", help="sizes of the hidden layers")
    race.add_argument("--batch-size", type=int, default=10, help="samples for each step (10)")
    race.add_argument("--seed", type=int, default=0, help="of the weights and the order (0)")
    race.add_argument("--plot", metavar="FILE", help="write the plot to a .svg, .png, .pdf or .txt")
    race.set_defaults(run=run, activation=None, init=None)


def run(options: argparse.Namespace) -> None:
    from autograd_mini.training.race import race

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
        print(f"Wrote {found.save(options.plot)}")
