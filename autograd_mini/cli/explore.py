"""The command `explore`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from autograd_mini.cli.expressions import add_expression, expression_result


def add(commands: Any) -> None:
    explore = commands.add_parser(
        "explore", help="write a page to play with in any browser, complete by itself"
    )
    add_expression(explore)
    explore.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default="explore.html",
        help="a .html file (explore.html), or -",
    )
    explore.add_argument("--open", action="store_true", help="open it in the browser")
    explore.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from autograd_mini.page.document import explore

    path = explore(expression_result(options)).save(options.output)
    if str(path) == "-":
        return
    print(f"Wrote {path}")
    if options.open:
        _open(path)


def _open(path: Path) -> None:
    import webbrowser

    if not webbrowser.open(path.resolve().as_uri()):
        print("No browser was found; open the file yourself.")
