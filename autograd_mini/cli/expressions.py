"""The expression that a command is given, with a number for each name."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_mini.value import Value


def add_expression(command: argparse.ArgumentParser) -> None:
    command.add_argument("expression", help='such as "tanh(w*x + b)"')
    command.add_argument("numbers", nargs="*", metavar="NAME=NUMBER", help="a number for each name")


def expression_result(options: argparse.Namespace) -> Value:
    """The graph of the expression that the command was given."""
    from autograd_mini.expressions import name_result, parse

    return name_result(parse(options.expression, **numbers(options.numbers)))


def numbers(assignments: Sequence[str]) -> dict[str, float]:
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
