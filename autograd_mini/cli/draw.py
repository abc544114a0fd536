"""The command `draw`."""

from __future__ import annotations

import argparse
from typing import Any

from autograd_mini.cli.expressions import add_expression, expression_result


def add(commands: Any) -> None:
    draw = commands.add_parser("draw", help="draw the graph of an expression, with its gradients")
    add_expression(draw)
    draw.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="a .svg, .png, .dot, .mmd (Mermaid) or .txt file (.pdf needs Graphviz), or - for "
        "standard output",
    )
    draw.add_argument(
        "--format", metavar="SUFFIX", help="such as svg or mmd, whatever the file is called"
    )
    _add_looks(draw)
    draw.set_defaults(run=run)


def _add_looks(draw: argparse.ArgumentParser) -> None:
    draw.add_argument(
        "--direction", default="right", help="of the results: right, down, left or up"
    )
    draw.add_argument("--theme", default="light", help="light, dark, or print for paper")
    draw.add_argument("--colour", action="store_true", help="sign and size of gradients as colours")
    draw.add_argument("--highlight", metavar="NAME", help="the paths from here to the result")
    draw.add_argument("--at", type=int, metavar="STEP", help="a moment of the two passes, from 0")
    draw.add_argument(
        "--closed", default="auto", metavar="GROUPS", help="none, neurons, layers or auto"
    )


def run(options: argparse.Namespace) -> None:
    from autograd_mini.drawing.draw import draw

    result = expression_result(options)
    if not result.is_constant:
        result.backward()
    looks = ("direction", "theme", "colour", "highlight", "at", "closed")
    drawing = draw(result, **{look: getattr(options, look) for look in looks})
    if options.output is None and options.format is None:
        print(drawing)
        return
    path = drawing.save(options.output or "-", options.format)
    if str(path) != "-":
        print(f"Wrote {path}")
