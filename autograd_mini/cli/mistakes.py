"""The command `mistakes`."""

import argparse

from autograd_mini.cli.expressions import expression_result
from autograd_mini.diagnosis.mistaken import mistaken
from autograd_mini.diagnosis.mistakes import mistakes
from autograd_mini.diagnosis.training_mistakes import training_mistakes
from autograd_mini.text.layout import entry


def add_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("name", nargs="?", help="one of them; without it, all are listed")
    add("expression", nargs="?", help="the expression to make it on")
    add("numbers", nargs="*", metavar="NAME=NUMBER", help="a number for each name")


def run(options: argparse.Namespace) -> None:
    if options.name is None:
        width = max(map(len, [*mistakes, *training_mistakes]))
        for known in (*mistakes.values(), *training_mistakes.values()):
            print("\n".join(entry(known.name, known.sentence, width)))
    elif options.name in training_mistakes:
        if options.expression is not None:
            raise ValueError(
                f"{options.name} is a mistake of training, shown on an example of its own; leave "
                f"{options.expression!r} out"
            )
        print(training_mistakes[options.name])
    elif options.expression is None:
        print(mistaken(mistakes.named(options.name).expression(), options.name))
    else:
        print(mistaken(expression_result(options), options.name))
