"""The command `why`."""

import argparse

from autograd_mini.cli.expressions import add_expression, expression_result
from autograd_mini.explaining.why import why


def add_options(command: argparse.ArgumentParser) -> None:
    add_expression(command)
    command.add_argument("--wrt", metavar="NAME", required=True, help="the gradient of this name")


def run(options: argparse.Namespace) -> None:
    print(why(expression_result(options), options.wrt))
