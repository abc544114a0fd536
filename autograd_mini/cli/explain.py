"""The command `explain`."""

from __future__ import annotations

import argparse
from typing import Any

from autograd_mini.cli.expressions import add_expression, expression_result


def add(commands: Any) -> None:
    explain = commands.add_parser("explain", help="derive the gradients, as on a blackboard")
    add_expression(explain)
    explain.add_argument("--wrt", metavar="NAME", help="for this name alone")
    explain.add_argument("--latex", action="store_true", help="as LaTeX")
    explain.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from autograd_mini.explaining.explain import explain

    derivation = explain(expression_result(options), options.wrt)
    print(derivation.latex if options.latex else derivation.text)
