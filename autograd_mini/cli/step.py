"""The command `step`."""

import argparse

from autograd_mini.cli.expressions import add_expression, expression_result
from autograd_mini.diagnosis.mistaken import mistaken
from autograd_mini.stepper.prompt import debug


def add_options(command: argparse.ArgumentParser) -> None:
    add_expression(command)
    command.add_argument("--mistake", metavar="NAME", help="the wrong pass of a known mistake")


def run(options: argparse.Namespace) -> None:
    result = expression_result(options)
    debug(mistaken(result, options.mistake) if options.mistake else result)
