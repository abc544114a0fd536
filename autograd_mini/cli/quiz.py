"""The command `quiz`."""

from __future__ import annotations

import argparse
from typing import Any

from autograd_mini.cli.series import add_choice, series


def add(commands: Any) -> None:
    quiz = commands.add_parser(
        "quiz",
        help="be asked about the chain rule, and told which mistake a wrong answer was",
        description="Questions on the chain rule, one at a time. An answer is a number, rounded to "
        "two digits if you like, or an expression such as 3/4 or 2*a. What was missed comes again. "
        "Answers may come from a pipe.",
    )
    add_choice(quiz)
    quiz.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from autograd_mini.lessons.quiz_session import Session

    Session(series(options, options.seed)).run()
