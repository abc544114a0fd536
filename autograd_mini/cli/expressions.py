"""The expression that a command is given, with a number for each name."""

import argparse
import re
from collections.abc import Sequence
from typing import Any

from autograd_mini.engine.parsing import name_result, parse
from autograd_mini.engine.syntax import normalized
from autograd_mini.engine.value import Value

EXPRESSION = re.compile(r"-\s*(?!-)\w*\W")  # with a leading minus, and more than letters after it


def add_expression(command: argparse.ArgumentParser) -> None:
    take_leading_minus(command)
    command.add_argument("expression", type=str.lstrip, help='such as "tanh(w*x + b)"')
    command.add_argument("numbers", nargs="*", metavar="NAME=NUMBER", help="a number for each name")


def take_leading_minus(command: argparse.ArgumentParser) -> None:
    """Let an expression such as -a*b be one, which argparse would take for options.

    >>> command = argparse.ArgumentParser()
    >>> add_expression(command)
    >>> command.parse_args(["-a*b", "a=1"])
    Namespace(expression='-a*b', numbers=['a=1'])
    """
    original = command.parse_known_args

    def parse_known_args(args: Any = None, namespace: Any = None) -> Any:
        # Such as -o, after which anything may follow.
        actions = command._option_string_actions.items()
        with_a_value = {option for option, action in actions if action.nargs != 0}
        return original(args and _shielded(args, with_a_value), namespace)

    command.parse_known_args = parse_known_args  # type: ignore[method-assign]


def _shielded(arguments: Sequence[str], options: set[str]) -> list[str]:
    """The same, with a space before each that starts with a minus and can only be an expression."""
    shown = list(arguments)
    end = shown.index("--") if "--" in shown else len(shown)
    for place, text in enumerate(shown[:end]):
        follows_option = place > 0 and shown[place - 1] in options
        if EXPRESSION.match(text) and text[:2] not in options and not follows_option:
            shown[place] = f" {text}"
    return shown


def expression_result(options: argparse.Namespace) -> Value:
    """The graph of the expression that the command was given."""
    return name_result(parse(options.expression, **numbers(options.numbers)))


def numbers(assignments: Sequence[str]) -> dict[str, float]:
    """{"w": 0.5} of ["w=0.5"]"""
    numbers: dict[str, float] = {}
    for text in assignments:
        name, equals, number = text.partition("=")
        name = normalized(name.strip())
        if not equals or not name.isidentifier():
            raise ValueError(f"{text!r} gives no name a number; write for example x=2")
        if name in numbers:
            raise ValueError(f"{name!r} has two numbers; give one")
        try:
            numbers[name] = float(number)
        except ValueError:
            raise ValueError(
                f"{number!r} for {name!r} is no number; write for example 0.5"
            ) from None
    return numbers
