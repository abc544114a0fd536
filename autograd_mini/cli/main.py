"""The command `autograd-mini`: one subcommand for each thing that people do from a terminal."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from autograd_mini import __version__
from autograd_mini.cli import tour
from autograd_mini.engine.errors import AutogradMiniError

# Each is a module of this folder, in the order in which --help lists them.
COMMANDS = """
    tour draw explore step explain why cost mistakes check quiz worksheet compile
    train race scale flow
""".split()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process; give its exit status.

    >>> main(["draw", "a * b", "a=2", "b=-3"])
          data  grad  local
    L (*)   -6     1
    ├─ a     2    -3     -3
    └─ b    -3     2      2
    0
    """
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):  # a terminal may lack a sign; it shows ? then
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        status: int | None = options.run(options)
        if sys.stdout is not None:
            sys.stdout.flush()  # a reader that is gone shows itself here
        return status or 0
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130  # what shells give for a process that Ctrl-C ended
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (AutogradMiniError, ValueError, OSError) as error:
        print(f"autograd-mini: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="autograd-mini",
        description="Watch the chain rule: differentiate expressions, draw them, train on them.",
    )
    parser.add_argument("--version", action="version", version=f"autograd_mini {__version__}")
    parser.set_defaults(run=tour.run)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        import_module(f"autograd_mini.cli.{command}").add(commands)
    return parser
