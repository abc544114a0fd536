"""The command `cost`."""

import argparse

from autograd_mini.cli.expressions import add_expression, expression_result
from autograd_mini.explaining.cost import cost

add_options = add_expression


def run(options: argparse.Namespace) -> None:
    print(cost(expression_result(options)))
