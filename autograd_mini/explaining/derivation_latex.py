"""A derivation as LaTeX, in the part of it that KaTeX and MathJax have in common."""

from __future__ import annotations

from autograd_mini.explaining.definitions import definition_latex
from autograd_mini.explaining.derivation_steps import Contribution, Step
from autograd_mini.explaining.derivation_text import shortened
from autograd_mini.explaining.paths import Path
from autograd_mini.text import formula
from autograd_mini.text.notation import (
    add_up_latex,
    aligned,
    formula_latex,
    free_letter,
    name_latex,
    partial_latex,
    product_latex,
    sentence_latex,
    total_latex,
)
from autograd_mini.tracing.graph import Graph, Node


def step_latex(graph: Graph, root: Node, step: Step) -> str:
    """The aligned environment for the gradient of one node."""
    symbol = total_latex(root, step.node)
    says = [f"& {sentence_latex(line)}" for line in (step.sentence, *step.remarks)]
    if not step.contributions:
        return aligned([f"{symbol} &= 1", *says])
    rows = [_local(graph, c) for c in step.contributions]
    first, *others = _sums(root, step)
    return aligned([*says, *rows, f"{symbol} &= {first}", *[f"&= {side}" for side in others]])


def _local(graph: Graph, c: Contribution) -> str:
    number, symbol = formula.number_latex(c.local), _symbol(c)
    rule = None if c.rule is None else formula_latex(c.rule)
    result = number if rule in (None, number) else f"{rule} = {number}"
    made = f"{name_latex(c.consumer)} = {definition_latex(graph, c.consumer)}"
    return rf"& {made} \quad\Rightarrow\quad {symbol} = {result}"


def _symbol(c: Contribution) -> str:
    return partial_latex(c.consumer, c.node, c.occurrence)


def _sums(root: Node, step: Step) -> list[str]:
    terms = [rf"{total_latex(root, c.consumer)} \cdot {_symbol(c)}" for c in step.contributions]
    numbers = [product_latex([c.upstream, c.local]) for c in step.contributions]
    found = [" + ".join(terms), add_up_latex(numbers), formula.number_latex(step.gradient)]
    return [_consumers(root, step), *found] if len(terms) > 1 else found


def _consumers(root: Node, step: Step) -> str:
    names = list(dict.fromkeys([name_latex(c.consumer) for c in step.contributions]))
    top, bottom = name_latex(root), name_latex(step.node)
    if len(names) == 1:
        each, index = names[0], rf"\text{{places in }} {names[0]}"
    else:
        each = free_letter([top, bottom, *names])
        index = rf"{each} \in \{{{', '.join(names)}\}}"
    upstream = rf"\frac{{\mathrm{{d}} {top}}}{{\mathrm{{d}} {each}}}"
    return rf"\sum_{{{index}}} {upstream} \cdot \frac{{\partial {each}}}{{\partial {bottom}}}"


def path_latex(path: Path) -> str:
    """One path: the names along it, the factors, their product."""
    names = r" \to ".join(shortened(path.nodes, name_latex, 6, r"\cdots"))
    factors = r" \cdot ".join(shortened(path.factors, _factor, 6, r"\cdots")) or "1"
    return aligned([f"& {names}", f"&= {factors}", f"&= {formula.number_latex(path.product)}"])


def _factor(number: float) -> str:
    written = formula.number_latex(number)
    return rf"\left({written}\right)" if written.startswith("-") else written
