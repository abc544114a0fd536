"""What the names in a derivation stand for: the first lines of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd_mini.explaining.derivation_steps import MOST_OPERANDS, operands
from autograd_mini.text import formula
from autograd_mini.text.notation import equation, formula_latex, name_latex, wrapped
from autograd_mini.tracing.graph import Graph, Node

MOST_NUMBERS = 24


def definition(graph: Graph, node: Node) -> str:
    """How a result was made, such as e = a * b."""
    return f"{formula.name_text(node.name)} = {made_of(graph, node)}"


def made_of(graph: Graph, node: Node) -> str:
    """The right side of a definition; of many operands, the first and the last."""
    assert node.op is not None
    parts = [formula.text(operand) for operand in operands(graph, node)]
    if len(parts) > MOST_OPERANDS:
        return f"{node.op.name}({parts[0]}, ..., {parts[-1]}) of {len(parts):,} operands"
    return formula.applied(node.op, parts)


def definition_latex(graph: Graph, node: Node) -> str:
    """The right side of a definition as LaTeX."""
    assert node.op is not None
    parts = operands(graph, node)
    if len(parts) <= MOST_OPERANDS:
        return formula_latex(formula.Formula(node.op, tuple(parts)))
    first, last = formula_latex(parts[0]), formula_latex(parts[-1])
    word = formula.name_latex(f"{node.op.name} of {len(parts):,} operands")
    return rf"{word}\left({first}, \ldots, {last}\right)"


def definition_lines(graph: Graph, results: Sequence[Node]) -> list[str]:
    """The definitions of results with their numbers, and the numbers of what they are made of."""
    lines = []
    for node in results:
        right = f"{made_of(graph, node)} = {formula.number_text(node.data)}"
        lines += wrapped(f"{formula.name_text(node.name)} = {right}", 4)
    given = given_numbers(graph, results)
    if given:
        lines += ["", *wrapped(f"with {', '.join(given)}", 5)]
    return lines


def given_numbers(graph: Graph, results: Sequence[Node]) -> list[str]:
    """name = number of all that the definitions need and do not define."""
    needed = sorted(_needed(graph, results))
    given = [
        f"{formula.name_text(graph.nodes[i].name)} = {formula.number_text(graph.nodes[i].data)}"
        for i in needed[:MOST_NUMBERS]
    ]
    return [*given, "..."] if len(needed) > MOST_NUMBERS else given


def _needed(graph: Graph, results: Sequence[Node]) -> set[int]:
    used = {index for node in results for index in node.parents}
    defined = {node.index for node in results}
    return {index for index in used - defined if not graph.nodes[index].is_constant}


HELPERS = {
    "heaviside": "heaviside(x) is 1 where x > 0, else 0.",
    "exceeds": "exceeds(x, y) is 1 where x > y, 1/2 where they are equal, else 0.",
    "sign": "sign(x) is 1 where x > 0, -1 where x < 0, else 0.",
}


def helper_lines(operations: Iterable[str]) -> list[str]:
    """What the rows that occur only in rules mean."""
    names = set(operations)
    return [text for name, text in HELPERS.items() if name in names]


def definitions_latex(graph: Graph, results: Sequence[Node]) -> list[str]:
    """The definitions as rows of an aligned environment."""
    return [
        f"{name_latex(node)} &= {definition_latex(graph, node)} = {formula.number_latex(node.data)}"
        for node in results
    ]


def local_lines(left: str, symbol: str, rule: str | None, number: str) -> list[str]:
    """The line of one local derivative: where it comes from, its formula, its number."""
    sides = [number] if rule is None or rule == number else [rule, number]
    line = f"    {left}, so {' = '.join([symbol, *sides])}"
    if len(line) <= 80:
        return [line]
    return [*wrapped(f"    {left}, so", 8), *equation(symbol, *sides)]
