"""The commands `mistakes` and `check`."""

from __future__ import annotations

import argparse

from autograd_mini.cli.expressions import expression_result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def add_mistakes(commands: Any) -> None:
    mistakes = commands.add_parser("mistakes", help="wrong backward passes beside the right one")
    mistakes.add_argument("name", nargs="?", help="one of them; without it, all are listed")
    mistakes.add_argument("expression", nargs="?", help="the expression to make it on")
    mistakes.add_argument(
        "numbers", nargs="*", metavar="NAME=NUMBER", help="a number for each name"
    )
    mistakes.set_defaults(run=_mistakes)


def _mistakes(options: argparse.Namespace) -> None:
    from autograd_mini.faults import mistaken, mistakes, training_mistakes
    from autograd_mini.words.notation import wrapped

    if options.name is None:
        width = max(map(len, [*mistakes, *training_mistakes])) + 2
        for known in (*mistakes.values(), *training_mistakes.values()):
            print("\n".join(wrapped(f"{known.name:{width}}{known.sentence}", width)))
    elif options.name in training_mistakes:
        print(training_mistakes[options.name])
    elif options.expression is None:
        print(mistaken(mistakes.named(options.name).expression(), options.name))
    else:
        print(mistaken(expression_result(options), options.name))


def add_check(commands: Any) -> None:
    check = commands.add_parser(
        "check",
        help="grade an engine of your own, and name its mistakes",
        description="Grade a Value class of your own by what it does, and name its mistakes. The "
        "file is executed, so check only what you would run. The exit status is 0 if nothing that "
        "is there is wrong, else 1.",
    )
    check.add_argument("engine", metavar="FILE:CLASS", help='such as "my_engine.py:Value"')
    check.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    from autograd_mini.faults import check_engine, load

    report = check_engine(load(options.engine))
    print(report)
    return 0 if report.passed else 1
