"""The command `draw`."""

import argparse

from autograd_mini.cli.expressions import add_expression, expression_result
from autograd_mini.drawing.draw import draw
from autograd_mini.engine.errors import printable

LOOKS = ("direction", "theme", "colour", "highlight", "at", "closed")


def add_options(command: argparse.ArgumentParser) -> None:
    add_expression(command)
    add = command.add_argument
    add(
        "-o", "--output", metavar="FILE",
        help="a .svg, .png, .dot, .mmd (Mermaid) or .txt file (.pdf needs Graphviz), or - for "
        "standard output",
    )  # fmt: skip
    add("--format", metavar="SUFFIX", help="such as svg or mmd, whatever the file is called")
    add("--direction", default="right", help="of the results: right, down, left or up")
    add("--theme", default="light", help="light, dark, or print for paper")
    add("--colour", action="store_true", help="sign and size of gradients as colours")
    add("--highlight", metavar="NAME", help="the paths from here to the result")
    add("--at", type=int, metavar="STEP", help="a moment of the two passes, from 0")
    add("--closed", default="auto", metavar="GROUPS", help="none, neurons, layers or auto")


def run(options: argparse.Namespace) -> None:
    result = expression_result(options)
    if not result.is_constant:
        result.backward()
    drawing = draw(result, **{look: getattr(options, look) for look in LOOKS})
    if options.output is None and options.format is None:
        print(drawing)
        return
    path = drawing.save(options.output or "-", options.format)
    if str(path) != "-":
        print(printable(f"Wrote {path}"))
