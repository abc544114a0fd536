"""The command `explore`."""

import argparse
import webbrowser

from autograd_mini.cli.expressions import add_expression, expression_result
from autograd_mini.engine.errors import printable
from autograd_mini.page.document import explore


def add_options(command: argparse.ArgumentParser) -> None:
    add_expression(command)
    command.add_argument(
        "-o", "--output", metavar="FILE", default="explore.html",
        help="a .html file (explore.html), or -",
    )  # fmt: skip
    command.add_argument("--open", action="store_true", help="open it in the browser")


def run(options: argparse.Namespace) -> None:
    path = explore(expression_result(options)).save(options.output)
    if str(path) == "-":
        return
    print(printable(f"Wrote {path}"))
    if options.open and not webbrowser.open(path.resolve().as_uri()):
        print("No browser was found; open the file yourself.")
