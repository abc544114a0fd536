"""The command `autograd-mini`: one subcommand for each thing that people do from a terminal."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from autograd_mini import __version__
from autograd_mini.engine.errors import AutogradMiniError, printable

# Each is a module of this folder, which is imported only when its command is given.
COMMANDS = {
    "tour": "see the main things in half a minute (the default)",
    "draw": "draw the graph of an expression, with its gradients",
    "explore": "write a page to play with in any browser, complete by itself",
    "step": "walk through both passes, forwards and back",
    "explain": "derive the gradients, as on a blackboard",
    "why": "why a gradient is zero, nan, infinite, tiny or huge",
    "cost": "what a gradient costs, counted, by four methods",
    "mistakes": "wrong backward passes beside the right one",
    "check": "grade an engine of your own, and name its mistakes",
    "quiz": "be asked about the chain rule, and told which mistake a wrong answer was",
    "worksheet": "questions on paper, for each student others, with an answer key",
    "compile": "an expression and its gradient as Python, C or JavaScript",
    "train": "train a small network on a data set",
    "race": "update rules compared, each as its formula",
    "scale": "time, memory and operations as a network grows",
    "flow": "how the gradient vanishes or explodes on its way through a network",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process; give its exit status.

    >>> main(["draw", "a * b", "a=2", "b=-3"])
          data  grad  local
    L (*)   -6     1
    ├─ a     2    -3     -3
    └─ b    -3     2      2
    0
    """
    options = _parsed(sys.argv[1:] if arguments is None else arguments)
    _prepare_streams()
    try:
        status: int | None = _module(options.command or "tour").run(options)
        if sys.stdout is not None:
            sys.stdout.flush()  # a reader that is gone shows itself here
        return status or 0
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130  # what shells give for a process that Ctrl-C ended
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except SystemExit as leaving:
        if isinstance(leaving.__context__, BrokenPipeError):  # which rich has met first
            return 141
        raise
    except (AutogradMiniError, ValueError, OSError) as error:
        print(printable(f"autograd-mini: {error}", keep="\n"), file=sys.stderr)
        return 2


def _prepare_streams() -> None:
    """A terminal may lack a sign, and shows ? then; a closed input is an empty one, unmarked."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if sys.stdin is None:
        sys.stdin = io.StringIO()
    elif isinstance(sys.stdin, io.TextIOWrapper) and sys.stdin.encoding.lower() == "utf-8":
        sys.stdin.reconfigure(encoding="utf-8-sig")  # without the mark that some editors write


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="autograd-mini",
        description="Watch the chain rule: differentiate expressions, draw them, train on them.",
    )
    parser.add_argument("--version", action="version", version=f"autograd_mini {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for name, does in COMMANDS.items():
        command = commands.add_parser(name, help=does)
        if name in arguments:
            _module(name).add_options(command)
    return parser.parse_args(arguments)


def _module(command: str) -> ModuleType:
    return import_module(f"autograd_mini.cli.{command}")
