"""The command `compile`."""

import argparse
from pathlib import Path

from autograd_mini.cli.expressions import add_expression, expression_result
from autograd_mini.engine.errors import printable
from autograd_mini.engine.syntax import normalized
from autograd_mini.engine.value import topological_order
from autograd_mini.files import check_writable, write_whole
from autograd_mini.program.compile import compile

LANGUAGES = {"python": ".py", "c": ".c", "javascript": ".js"}


def add_options(command: argparse.ArgumentParser) -> None:
    add_expression(command)
    command.add_argument("--inputs", metavar="x,y", help="the names that are inputs (all of them)")
    command.add_argument(
        "--language", choices=LANGUAGES, help="of the source (that of FILE's ending, or python)"
    )
    command.add_argument("-o", "--output", metavar="FILE", help="write it there; - is the terminal")


def run(options: argparse.Namespace) -> None:
    output = None if options.output in (None, "-") else Path(options.output)
    language = _language(options.language, output)
    if output is not None:
        check_writable(output)
    result = expression_result(options)
    leaves = {node.label: node for node in topological_order(result) if node.is_leaf}
    names = list(leaves) if options.inputs is None else options.inputs.split(",")
    names = [normalized(name.strip()) for name in names]
    if unknown := [name for name in names if name not in leaves]:
        raise ValueError(f"{unknown[0]!r} is not in the expression; it has: {', '.join(leaves)}")
    source = compile(result, [leaves[name] for name in names]).source(language)
    if output is None:
        print(source, end="")
    else:
        write_whole(output, source.encode())
        print(printable(f"Wrote {options.output}"))


def _language(chosen: str | None, output: Path | None) -> str:
    """The language that was chosen, or that of the file's ending; these must not differ."""
    endings = {ending: language for language, ending in LANGUAGES.items()}
    of_file = endings.get(output.suffix) if output else None
    if chosen and of_file and chosen != of_file:
        raise ValueError(
            f"{str(output)!r} ends as {of_file} does, and the language is {chosen}; "
            f"name the file with {LANGUAGES[chosen]}, or leave --language out"
        )
    return chosen or of_file or "python"
