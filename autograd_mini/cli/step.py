"""The command `step`."""

from __future__ import annotations

import argparse
from typing import Any

from autograd_mini.cli.expressions import add_expression, expression_result


def add(commands: Any) -> None:
    step = commands.add_parser("step", help="walk through both passes, forwards and back")
    add_expression(step)
    step.add_argument("--mistake", metavar="NAME", help="the wrong pass of a known mistake")
    step.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from autograd_mini.diagnosis.mistaken import mistaken
    from autograd_mini.stepper.prompt import debug

    result = expression_result(options)
    debug(mistaken(result, options.mistake) if options.mistake else result)
