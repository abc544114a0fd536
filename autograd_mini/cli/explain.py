"""The command `explain`."""

import argparse

from autograd_mini.cli.expressions import add_expression, expression_result
from autograd_mini.explaining.explain import explain


def add_options(command: argparse.ArgumentParser) -> None:
    add_expression(command)
    command.add_argument("--wrt", metavar="NAME", help="for this name alone")
    command.add_argument("--latex", action="store_true", help="as LaTeX")


def run(options: argparse.Namespace) -> None:
    derivation = explain(expression_result(options), options.wrt)
    print(derivation.latex if options.latex else derivation.text)
