"""The command `compile`."""

import argparse

from autograd_mini.cli.expressions import add_expression, expression_result
from autograd_mini.engine.value import topological_order
from autograd_mini.files import write_whole
from autograd_mini.program.compile import compile


def add_options(command: argparse.ArgumentParser) -> None:
    add_expression(command)
    command.add_argument("--inputs", metavar="x,y", help="the names that are inputs (all of them)")
    command.add_argument("--language", default="python", choices=["python", "c", "javascript"])
    command.add_argument("-o", "--output", metavar="FILE", help="write it to this file")


def run(options: argparse.Namespace) -> None:
    result = expression_result(options)
    leaves = {node.label: node for node in topological_order(result) if node.is_leaf}
    names = list(leaves) if options.inputs is None else options.inputs.split(",")
    if unknown := [name for name in names if name not in leaves]:
        raise ValueError(f"{unknown[0]!r} is not in the expression; it has: {', '.join(leaves)}")
    source = compile(result, [leaves[name] for name in names]).source(options.language)
    if options.output is None:
        print(source, end="")
    else:
        write_whole(options.output, source.encode())
        print(f"Wrote {options.output}")
