"""The commands `quiz` and `worksheet`."""

from __future__ import annotations

import argparse

from autograd_mini.cli.expressions import numbers, take_leading_minus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_mini.questions import Quiz


def add_quiz(commands: Any) -> None:
    quiz = commands.add_parser(
        "quiz",
        help="be asked about the chain rule, and told which mistake a wrong answer was",
        description="Questions on the chain rule, one at a time. An answer is a number, rounded to "
        "two digits if you like, or an expression such as 3/4 or 2*a. What was missed comes again. "
        "Answers may come from a pipe.",
    )
    _add_choice(quiz)
    quiz.set_defaults(run=_quiz)


def add_worksheet(commands: Any) -> None:
    worksheet = commands.add_parser(
        "worksheet",
        help="questions on paper, for each student others, with an answer key",
        description="Questions in Markdown, with pictures, and an answer key with derivations. "
        "For HTML: pandoc -s worksheet.md -o worksheet.html; for LaTeX, make it with --pictures "
        "png, and then: pandoc -s worksheet.md -o worksheet.tex",
    )
    _add_choice(worksheet)
    worksheet.add_argument(
        "-o", "--output", metavar="PATH",
        help="the .md file (worksheet.md), or with --names the folder (worksheets)",
    )  # fmt: skip
    worksheet.add_argument(
        "--names", metavar="FILE", help="a sheet for each of the names in this file, one on a line"
    )
    worksheet.add_argument(
        "--pictures", default="svg", choices=["svg", "png"], help="svg, or png for LaTeX"
    )
    worksheet.set_defaults(run=_worksheet)


def _add_choice(command: argparse.ArgumentParser) -> None:
    take_leading_minus(command)
    command.add_argument(
        "expression", nargs="?", type=str.lstrip,
        help='such as "tanh(w*x + b)"; without it, by level',
    )  # fmt: skip
    command.add_argument(
        "numbers", nargs="*", metavar="NAME=NUMBER",
        help="a number for each name; those that have none get one",
    )  # fmt: skip
    command.add_argument(
        "--level", type=int, metavar="1..6",
        help="1 one path (the default), 2 products and sums, 3 a neuron, 4 forks, 5 shared "
        "results, 6 all of it, with kinks",
    )  # fmt: skip
    command.add_argument("--seed", help="the same seed gives the same questions")
    command.add_argument("--questions", type=int, default=6, metavar="N", help="how many (6)")


def _quiz(options: argparse.Namespace) -> None:
    from autograd_mini.questions.session import Session

    Session(_series(options, options.seed)).run()


def _series(options: argparse.Namespace, seed: int | str | None) -> Quiz:
    """The questions that the options of both commands ask for."""
    from autograd_mini.questions.series import series_of

    given = numbers(options.numbers)
    return series_of(options.expression, seed, options.level, options.questions, given, {})


def _worksheet(options: argparse.Namespace) -> None:
    from pathlib import Path

    from autograd_mini.questions.file_names import names_in
    from autograd_mini.questions.series import checked_seed
    from autograd_mini.questions.sheets import (
        Worksheet,
        distinct_names,
        save_for_class,
        seed_for,
    )

    seed = checked_seed(options.seed)
    if options.names is None:
        sheet = Worksheet(_series(options, seed), "", options.pictures)
        path = sheet.save(options.output or "worksheet.md")
        print(f"Wrote {path} and its key {path.stem}-key.md (seed {seed})")
        return
    names = distinct_names(names_in(Path(options.names).read_bytes(), options.names))
    seeds = [seed_for(name, seed) for name in names]
    sheets = [
        Worksheet(_series(options, own), name, options.pictures)
        for name, own in zip(names, seeds, strict=True)
    ]
    folder = options.output or "worksheets"
    paths = save_for_class(sheets, folder)
    print(f"Wrote {len(paths)} worksheets and their keys into {folder} (seed {seed})")
