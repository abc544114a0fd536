"""The command `check`."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    check = commands.add_parser(
        "check",
        help="grade an engine of your own, and name its mistakes",
        description="Grade a Value class of your own by what it does, and name its mistakes. The "
        "file is executed, so check only what you would run. The exit status is 0 if nothing that "
        "is there is wrong, else 1.",
    )
    check.add_argument("engine", metavar="FILE:CLASS", help='such as "my_engine.py:Value"')
    check.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from autograd_mini.diagnosis.checker.check_engine import check_engine
    from autograd_mini.diagnosis.checker.loading import load

    report = check_engine(load(options.engine))
    print(report)
    return 0 if report.passed else 1
