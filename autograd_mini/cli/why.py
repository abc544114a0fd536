"""The command `why`."""

from __future__ import annotations

import argparse
from typing import Any

from autograd_mini.cli.expressions import add_expression, expression_result


def add(commands: Any) -> None:
    why = commands.add_parser("why", help="why a gradient is zero, nan, infinite, tiny or huge")
    add_expression(why)
    why.add_argument("--wrt", metavar="NAME", required=True, help="the gradient of this name")
    why.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from autograd_mini.explaining.why import why

    print(why(expression_result(options), options.wrt))
