"""The command `scale`."""

import argparse

from autograd_mini.cli.recipes import check_plot, sizes
from autograd_mini.engine.errors import printable
from autograd_mini.training.scaling import scaling


def add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--widths", type=sizes, metavar="2,4,8", help="of the two hidden layers")
    command.add_argument("--plot", metavar="FILE", help="write the plot to a .svg, .png or .pdf")


def run(options: argparse.Namespace) -> None:
    check_plot(options)
    found = scaling(options.widths) if options.widths else scaling()
    print(found)
    if options.plot:
        print(printable(f"Wrote {found.save(options.plot)}"))
