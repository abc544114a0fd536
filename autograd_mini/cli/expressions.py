"""The expression that a command is given, with a number for each name."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    parse = command.parse_known_args

    def parse_known_args(args: Any = None, namespace: Any = None) -> Any:
        shielded = None if args is None else _shielded(args, _options_with_a_value(command))
        return parse(shielded, namespace)

    command.parse_known_args = parse_known_args  # type: ignore[method-assign]


def _options_with_a_value(command: argparse.ArgumentParser) -> set[str]:
    """Such as -o, after which anything may follow."""
    options = command._option_string_actions.items()
    return {option for option, action in options if action.nargs != 0}


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
    from autograd_mini.engine.parsing import name_result, parse

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
