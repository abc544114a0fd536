"""The commands `step`, `explain`, `why` and `cost`."""

from __future__ import annotations

import argparse

from autograd_mini.cli.expressions import add_expression, expression_result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def add_step(commands: Any) -> None:
    step = commands.add_parser("step", help="walk through both passes, forwards and back")
    add_expression(step)
    step.add_argument("--mistake", metavar="NAME", help="the wrong pass of a known mistake")
    step.set_defaults(run=_step)


def _step(options: argparse.Namespace) -> None:
    from autograd_mini.faults import mistaken
    from autograd_mini.stepper import debug

    result = expression_result(options)
    debug(mistaken(result, options.mistake) if options.mistake else result)


def add_explain(commands: Any) -> None:
    explain = commands.add_parser("explain", help="derive the gradients, as on a blackboard")
    add_expression(explain)
    explain.add_argument("--wrt", metavar="NAME", help="for this name alone")
    explain.add_argument("--latex", action="store_true", help="as LaTeX")
    explain.set_defaults(run=_explain)


def _explain(options: argparse.Namespace) -> None:
    from autograd_mini.words import explain

    derivation = explain(expression_result(options), options.wrt)
    print(derivation.latex if options.latex else derivation.text)


def add_why(commands: Any) -> None:
    why = commands.add_parser("why", help="why a gradient is zero, nan, infinite, tiny or huge")
    add_expression(why)
    why.add_argument("--wrt", metavar="NAME", required=True, help="the gradient of this name")
    why.set_defaults(run=_why)


def _why(options: argparse.Namespace) -> None:
    from autograd_mini.words import why

    print(why(expression_result(options), options.wrt))


def add_cost(commands: Any) -> None:
    cost = commands.add_parser("cost", help="what a gradient costs, counted, by four methods")
    add_expression(cost)
    cost.set_defaults(run=_cost)


def _cost(options: argparse.Namespace) -> None:
    from autograd_mini.words import cost

    print(cost(expression_result(options)))
