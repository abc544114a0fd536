"""The command `tour`, which is also what happens without a command."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    tour = commands.add_parser("tour", help="see the main things in half a minute (the default)")
    tour.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from autograd_mini.lessons import tour

    tour.take()
