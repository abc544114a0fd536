"""The command `mistakes`."""

from __future__ import annotations

import argparse
from typing import Any

from autograd_mini.cli.expressions import expression_result


def add(commands: Any) -> None:
    mistakes = commands.add_parser("mistakes", help="wrong backward passes beside the right one")
    mistakes.add_argument("name", nargs="?", help="one of them; without it, all are listed")
    mistakes.add_argument("expression", nargs="?", help="the expression to make it on")
    mistakes.add_argument(
        "numbers", nargs="*", metavar="NAME=NUMBER", help="a number for each name"
    )
    mistakes.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from autograd_mini.diagnosis.mistaken import mistaken
    from autograd_mini.diagnosis.mistakes import mistakes
    from autograd_mini.diagnosis.training_mistakes import training_mistakes
    from autograd_mini.text.layout import entry

    if options.name is None:
        width = max(map(len, [*mistakes, *training_mistakes]))
        for known in (*mistakes.values(), *training_mistakes.values()):
            print("\n".join(entry(known.name, known.sentence, width)))
    elif options.name in training_mistakes:
        print(training_mistakes[options.name])
    elif options.expression is None:
        print(mistaken(mistakes.named(options.name).expression(), options.name))
    else:
        print(mistaken(expression_result(options), options.name))
