"""The command `cost`."""

from __future__ import annotations

import argparse
from typing import Any

from autograd_mini.cli.expressions import add_expression, expression_result


def add(commands: Any) -> None:
    cost = commands.add_parser("cost", help="what a gradient costs, counted, by four methods")
    add_expression(cost)
    cost.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from autograd_mini.explaining.cost import cost

    print(cost(expression_result(options)))
