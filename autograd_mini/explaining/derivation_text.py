"""A derivation as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd_mini.explaining.definitions import definition, helper_lines, local_lines
from autograd_mini.explaining.derivation_steps import Contribution, Step, operations_in
from autograd_mini.explaining.paths import Path
from autograd_mini.text import formula
from autograd_mini.text.notation import (
    add_up,
    equation,
    free_letter,
    listed,
    product,
    total,
    wrapped,
)
from autograd_mini.tracing.graph import Graph, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_SHOWN = 30  # of the nodes and factors of a path


def step_lines(graph: Graph, root: Node, step: Step) -> list[str]:
    """The lines for the gradient of one node."""
    symbol = total(root, step.node)
    if not step.contributions:
        return [*wrapped(f"{symbol} = 1, {step.heading}.", 4), *_remarks(step)]
    lines = [*wrapped(f"{symbol}: {step.heading}.", 4), *_remarks(step)]
    for contribution in step.contributions:
        lines += _local(graph, contribution)
    return [*lines, *equation(symbol, *sums(root, step))]


def _remarks(step: Step) -> list[str]:
    return [line for remark in step.remarks for line in wrapped(f"    {remark}", 4)]


def _local(graph: Graph, c: Contribution) -> list[str]:
    rule = None if c.rule is None else formula.text(c.rule)
    number = formula.number_text(c.local)
    return local_lines(definition(graph, c.consumer), c.symbol, rule, number)


def sums(root: Node, step: Step) -> list[str]:
    """The right sides: in symbols, in numbers, and the result."""
    symbols = [f"{total(root, c.consumer)} * {c.symbol}" for c in step.contributions]
    numbers = [product([c.upstream, c.local]) for c in step.contributions]
    found = [" + ".join(symbols), add_up(numbers), formula.number_text(step.gradient)]
    return [_consumers(root, step), *found] if len(symbols) > 1 else found


def _consumers(root: Node, step: Step) -> str:
    names = list(dict.fromkeys([formula.name_text(c.consumer.name) for c in step.contributions]))
    top, name = formula.name_text(root.name), formula.name_text(step.node.name)
    if len(names) == 1:
        z = names[0]
        return f"Σ d{top}/d{z} * ∂{z}/∂{name}, for each place of {name} in {z}"
    z = free_letter([*names, top, name])
    return f"Σ d{top}/d{z} * ∂{z}/∂{name}, for each consumer {z}: {listed(names)}"


def glossary(steps: Sequence[Step]) -> list[str]:
    """What the operations that only rules use mean."""
    rules = [c.rule for step in steps for c in step.contributions]
    return helper_lines([name for rule in rules for name in operations_in(rule)])


# -- paths -----------------------------------------------------------------------------------------


def path_lines(number: int, path: Path, whole: float | None, symbol: str) -> list[str]:
    """One path: the names along it, the factors, their product."""
    names = shortened(path.nodes, lambda node: formula.name_text(node.name), MOST_SHOWN)
    factors = shortened(path.factors, formula.number_text, MOST_SHOWN)
    end = f" ({len(path.factors):,} factors)" if len(path.factors) > MOST_SHOWN else ""
    result = formula.number_text(path.product) + share(path.product, whole, symbol)
    return [
        *wrapped(f"{number:3}. {' → '.join(names)}", 9),
        *wrapped(f"     = {product(factors)}{end}", 9),
        f"     = {result}",
    ]


def shortened(
    items: Sequence[Any], spell: Callable[[Any], str], most: int, gap: str = "..."
) -> list[str]:
    """Some from both ends where there are more than can be shown, spelled.

    >>> shortened("abcdefgh", str.upper, 6)
    ['A', 'B', 'C', '...', 'F', 'G', 'H']
    """
    if len(items) <= most:
        return list(map(spell, items))
    half = most // 2
    return [*map(spell, items[:half]), gap, *map(spell, items[-half:])]


def share(part: float, whole: float | None, symbol: str) -> str:
    """How much of the whole, in percent, where that can be said."""
    if whole is None or whole == 0.0 or not abs(part / whole) <= 10.0:
        return ""
    return f", which is {100.0 * part / whole:.3g} % of {symbol}"


def count_text(count: int) -> str:
    """A number of paths, which can have thousands of digits.

    >>> count_text(1234), count_text(2**5000)
    ('1,234', 'about 10^1505')
    """
    import math

    return f"{count:,}" if count < 10**30 else f"about 10^{math.log10(count):.0f}"
