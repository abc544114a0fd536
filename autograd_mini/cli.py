"""The command `autograd-mini`: one subcommand for each thing that people do from a terminal."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from autograd_mini import __version__
from autograd_mini.errors import AutogradMiniError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_mini.datasets import Dataset
    from autograd_mini.value import Value

# What `train` does unless told otherwise: the sizes of the hidden layers, epochs, learning rate.
RECIPES: dict[str, tuple[list[int], int, float]] = {
    "iris": ([8], 60, 0.05),
    "digits": ([30], 5, 0.1),
    "moons": ([16, 16], 40, 0.1),
    "circles": ([16, 16], 40, 0.1),
    "spirals": ([16, 16], 200, 0.2),
    "xor": ([4], 400, 0.5),
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
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):  # a terminal may lack a sign; it shows ? then
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        status: int | None = options.run(options)
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
    parser.set_defaults(run=_tour)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    tour = commands.add_parser("tour", help="see the main things in half a minute (the default)")
    tour.set_defaults(run=_tour)
    _add_draw(commands)
    _add_step(commands)
    _add_explain(commands)
    _add_why(commands)
    _add_cost(commands)
    _add_mistakes(commands)
    _add_check(commands)
    _add_compile(commands)
    _add_train(commands)
    return parser


def _tour(options: argparse.Namespace) -> None:
    from autograd_mini import tour

    tour.take()


# -- draw ------------------------------------------------------------------------------------------


def _add_draw(commands: Any) -> None:
    draw = commands.add_parser("draw", help="draw the graph of an expression, with its gradients")
    _add_expression(draw)
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
    draw.set_defaults(run=_draw)


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


def _add_expression(command: argparse.ArgumentParser) -> None:
    command.add_argument("expression", help='such as "tanh(w*x + b)"')
    command.add_argument("numbers", nargs="*", metavar="NAME=NUMBER", help="a number for each name")


def _result(options: argparse.Namespace) -> Value:
    """The graph of the expression that the command was given."""
    from autograd_mini.expressions import parse

    result = parse(options.expression, **_numbers(options.numbers))
    taken = {text.partition("=")[0] for text in options.numbers}
    free = [name for name in ("L", "y", "z", "result") if name not in taken]
    result.label = result.label or next(iter(free), "")
    return result


def _draw(options: argparse.Namespace) -> None:
    from autograd_mini.pictures import draw

    result = _result(options)
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


def _numbers(assignments: Sequence[str]) -> dict[str, float]:
    """{"w": 0.5} of ["w=0.5"]"""
    numbers: dict[str, float] = {}
    for text in assignments:
        name, equals, number = text.partition("=")
        if not equals or not name.isidentifier():
            raise ValueError(f"{text!r} gives no name a number; write for example x=2")
        if name in numbers:
            raise ValueError(f"{name!r} has two numbers; give one")
        numbers[name] = _number(name, number)
    return numbers


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} for {name!r} is no number; write for example 0.5") from None


# -- step and explain ------------------------------------------------------------------------------


def _add_step(commands: Any) -> None:
    step = commands.add_parser("step", help="walk through both passes, forwards and back")
    _add_expression(step)
    step.add_argument("--mistake", metavar="NAME", help="the wrong pass of a known mistake")
    step.set_defaults(run=_step)


def _step(options: argparse.Namespace) -> None:
    from autograd_mini.faults import mistaken
    from autograd_mini.stepper import debug

    result = _result(options)
    debug(mistaken(result, options.mistake) if options.mistake else result)


def _add_explain(commands: Any) -> None:
    explain = commands.add_parser("explain", help="derive the gradients, as on a blackboard")
    _add_expression(explain)
    explain.add_argument("--wrt", metavar="NAME", help="for this name alone")
    explain.add_argument("--latex", action="store_true", help="as LaTeX")
    explain.set_defaults(run=_explain)


def _explain(options: argparse.Namespace) -> None:
    from autograd_mini.words import explain

    derivation = explain(_result(options), options.wrt)
    print(derivation.latex if options.latex else derivation.text)


# -- why and cost ----------------------------------------------------------------------------------


def _add_why(commands: Any) -> None:
    why = commands.add_parser("why", help="why a gradient is zero, nan, infinite, tiny or huge")
    _add_expression(why)
    why.add_argument("--wrt", metavar="NAME", required=True, help="the gradient of this name")
    why.set_defaults(run=_why)


def _why(options: argparse.Namespace) -> None:
    from autograd_mini.words import why

    print(why(_result(options), options.wrt))


def _add_cost(commands: Any) -> None:
    cost = commands.add_parser("cost", help="what a gradient costs, counted, by four methods")
    _add_expression(cost)
    cost.set_defaults(run=_cost)


def _cost(options: argparse.Namespace) -> None:
    from autograd_mini.words import cost

    print(cost(_result(options)))


# -- mistakes --------------------------------------------------------------------------------------


def _add_mistakes(commands: Any) -> None:
    mistakes = commands.add_parser("mistakes", help="wrong backward passes beside the right one")
    mistakes.add_argument("name", nargs="?", help="one of them; without it, all are listed")
    mistakes.add_argument("expression", nargs="?", help="the expression to make it on")
    mistakes.add_argument(
        "numbers", nargs="*", metavar="NAME=NUMBER", help="a number for each name"
    )
    mistakes.set_defaults(run=_mistakes)


def _mistakes(options: argparse.Namespace) -> None:
    from autograd_mini.faults import mistaken, mistakes, training_mistakes
    from autograd_mini.words.notation import wrapped

    if options.name is None:
        width = max(map(len, [*mistakes, *training_mistakes])) + 2
        for known in (*mistakes.values(), *training_mistakes.values()):
            print("\n".join(wrapped(f"{known.name:{width}}{known.sentence}", width)))
    elif options.name in training_mistakes:
        print(training_mistakes[options.name])
    elif options.expression is None:
        print(mistaken(mistakes.named(options.name).expression(), options.name))
    else:
        print(mistaken(_result(options), options.name))


# -- check -----------------------------------------------------------------------------------------


def _add_check(commands: Any) -> None:
    check = commands.add_parser(
        "check",
        help="grade an engine of your own, and name its mistakes",
        description="Grade a Value class of your own by what it does, and name its mistakes. The "
        "file is executed, so check only what you would run. The exit status is 0 if nothing that "
        "is there is wrong, else 1.",
    )
    check.add_argument("engine", metavar="FILE:CLASS", help='such as "my_engine.py:Value"')
    check.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    from autograd_mini.faults import check_engine, load

    report = check_engine(load(options.engine))
    print(report)
    return 0 if report.passed else 1


# -- compile ---------------------------------------------------------------------------------------


def _add_compile(commands: Any) -> None:
    program = commands.add_parser(
        "compile", help="an expression and its gradient as Python, C or JavaScript"
    )
    _add_expression(program)
    program.add_argument("--inputs", metavar="x,y", help="the names that are inputs (all of them)")
    program.add_argument("--language", default="python", choices=["python", "c", "javascript"])
    program.add_argument("-o", "--output", metavar="FILE", help="write it to this file")
    program.set_defaults(run=_compile)


def _compile(options: argparse.Namespace) -> None:
    from pathlib import Path

    from autograd_mini.files import write_whole
    from autograd_mini.program import compile
    from autograd_mini.value import topological_order

    result = _result(options)
    leaves = {node.label: node for node in topological_order(result) if node.is_leaf}
    names = list(leaves) if options.inputs is None else options.inputs.split(",")
    if unknown := [name for name in names if name not in leaves]:
        raise ValueError(f"{unknown[0]!r} is not in the expression; it has: {', '.join(leaves)}")
    source = compile(result, [leaves[name] for name in names]).source(options.language)
    if options.output is None:
        print(source, end="")
    else:
        write_whole(Path(options.output), source.encode())
        print(f"Wrote {options.output}")


# -- train -----------------------------------------------------------------------------------------


def _add_train(commands: Any) -> None:
    train = commands.add_parser("train", help="train a small network on a data set")
    train.add_argument("data", choices=RECIPES, help="the data set")
    train.add_argument("--epochs", type=int, help="how often to go over the data")
    train.add_argument("--lr", type=float, help="the learning rate")
    train.add_argument("--hidden", type=_sizes, metavar="16,16", help="sizes of the hidden layers")
    train.add_argument("--seed", type=int, default=0, help="of the weights and the split (0)")
    train.set_defaults(run=_train)


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def _train(options: argparse.Namespace) -> None:
    from rich.console import Console

    from autograd_mini import nn, tour, training

    train, test = _data(options.data, options.seed)
    hidden, epochs, lr = RECIPES[options.data]
    hidden = hidden if options.hidden is None else options.hidden
    epochs = epochs if options.epochs is None else options.epochs
    lr = lr if options.lr is None else options.lr
    outputs = 1 if len(train.label_names) == 2 else len(train.label_names)
    sizes = [*hidden, outputs]
    model = nn.MLP(
        len(train.feature_names), sizes, activation="tanh", init="xavier", seed=options.seed
    )
    console = Console(highlight=False)
    console.print(f"{model}, plain gradient descent on {options.data}", markup=False)
    batches = f"batches of {min(10, len(train))}"
    console.print(f"({len(train)} samples, {epochs} epochs in {batches}, learning rate {lr:g})")
    tour.show_progress(console, training.descend(model, train, epochs, lr), epochs)
    share = training.accuracy(model, test)
    console.print(f"Right on {share:.1%} of {len(test)} samples {_which(train, test)}.")


def _data(name: str, seed: int) -> tuple[Dataset, Dataset]:
    from autograd_mini import datasets

    data: Dataset = getattr(datasets, name)()
    if name == "xor":  # four samples: nothing to hold back
        return data, data
    return datasets.split(data, test=0.2, seed=seed)


def _which(train: Dataset, test: Dataset) -> str:
    return "that it was trained on" if train is test else "that it has never seen"
