"""The command `quiz`."""

import argparse

from autograd_mini.cli.series import add_choice, series
from autograd_mini.lessons.quiz_session import Session


def add_options(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Questions on the chain rule, one at a time. An answer is a number, rounded to two digits "
        "if you like, or an expression such as 3/4 or 2*a. What was missed comes again. Answers "
        "may come from a pipe."
    )
    add_choice(command)


def run(options: argparse.Namespace) -> None:
    Session(series(options, options.seed)).run()
