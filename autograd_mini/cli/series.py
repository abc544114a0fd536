"""The series of questions that `quiz` and `worksheet` are asked for."""

import argparse

from autograd_mini.cli.expressions import numbers, take_leading_minus
from autograd_mini.lessons.quiz import Quiz, series_of


def add_choice(command: argparse.ArgumentParser) -> None:
    take_leading_minus(command)
    add = command.add_argument
    add(
        "expression", nargs="?", type=str.lstrip,
        help='such as "tanh(w*x + b)"; without it, by level',
    )  # fmt: skip
    add(
        "numbers", nargs="*", metavar="NAME=NUMBER",
        help="a number for each name; those that have none get one",
    )  # fmt: skip
    add(
        "--level", type=int, metavar="1..6",
        help="1 one path (the default), 2 products and sums, 3 a neuron, 4 forks, 5 shared "
        "results, 6 all of it, with kinks",
    )  # fmt: skip
    add("--seed", help="the same seed gives the same questions")
    add("--questions", type=int, default=6, metavar="N", help="how many (6)")


def series(options: argparse.Namespace, seed: int | str | None) -> Quiz:
    """The questions that the options of both commands ask for."""
    given = numbers(options.numbers)
    return series_of(options.expression, seed, options.level, options.questions, given, {})
