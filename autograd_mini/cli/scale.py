"""The command `scale`."""

from __future__ import annotations

import argparse
from typing import Any

from autograd_mini.cli.recipes import check_plot, sizes


def add(commands: Any) -> None:
    scale = commands.add_parser("scale", help="time, memory and operations as a network grows")
    scale.add_argument("--widths", type=sizes, metavar="2,4,8", help="of the two hidden layers")
    scale.add_argument("--plot", metavar="FILE", help="write the plot to a .svg, .png or .pdf")
    scale.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    from autograd_mini.training.scaling import scaling

    check_plot(options)
    found = scaling(options.widths) if options.widths else scaling()
    print(found)
    if options.plot:
        print(f"Wrote {found.save(options.plot)}")
