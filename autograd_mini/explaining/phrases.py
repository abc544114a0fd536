"""Parts of sentences about a cause: names with their numbers, definitions, local derivatives."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd_mini.explaining.derivation import rules_of
from autograd_mini.explaining.operations import operands_of, other_factor
from autograd_mini.text import formula
from autograd_mini.text.as_text import as_text
from autograd_mini.text.notation import add_up, listed, partial, product, total
from autograd_mini.text.parts import MOST_OPERANDS, number_of, shortened
from autograd_mini.text.sentences import definition
from autograd_mini.tracing.graph import Edge, Graph, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_mini.explaining.kinds import Cause

LONGEST, LONGEST_RULE = 60, 40  # characters of a formula; a longer one hides the sentence
MOST_TERMS = 4
TOO_LARGE = "the exact number is beyond 1.8e308 in size, where floats end"
TOO_SMALL = "the exact number is nearer to 0 than any float"


def name_of(node: Node) -> str:
    """A name as formulas have it; of a constant, its number."""
    return formula.number_text(node.data) if node.is_constant else formula.name_text(node.name)


def valued(node: Node) -> str:
    """A node and its number."""
    number = formula.number_text(node.data)
    return f"the constant {number}" if node.is_constant else f"{name_of(node)} = {number}"


def has_plain_name(node: Node) -> bool:
    """Whether a constant goes by its number: nobody named it, so it is a number in a formula."""
    return node.name == f"{node.data:g}"


def few(words: Sequence[str], many: str) -> str:
    """A list in a sentence, or how many there are; "" of none."""
    if len(words) > MOST_TERMS:
        return f"{len(words):,} {many}"
    return listed(words) if words else ""


def power_text(size: float) -> str:
    """e to this power, also where that is no float."""
    if abs(size) < 600.0:
        return formula.number_text(float(f"{math.exp(size):.3g}"))
    return f"about 10^{size / math.log(10.0):.0f}"


def made(graph: Graph, node: Node) -> str:
    """How a result was made, such as e = a * b, with dots if that is long."""
    text = as_text(definition(graph, node))
    assert node.op is not None
    return text if len(text) <= LONGEST else f"{name_of(node)} = {node.op.name}(...)"


def symbol(edge: Edge) -> str:
    """A local derivative, such as ∂e/∂a."""
    consumer, index = edge.consumer, edge.consumer.parents[edge.position]
    several = consumer.parents.count(index) > 1
    occurrence = consumer.parents[: edge.position + 1].count(index) if several else 0
    return partial(consumer, edge.node, occurrence)


def derivative(graph: Graph, edge: Edge) -> str:
    """A local derivative in symbols and numbers, such as ∂e/∂a = b = -3."""
    assert edge.local is not None
    number, rule = formula.number_text(edge.local), _rule(graph, edge)
    return " = ".join([symbol(edge), *([] if rule in ("", number) else [rule]), number])


def _rule(graph: Graph, edge: Edge) -> str:
    """The local derivative as a formula; "" where it is long, or none can be written."""
    other = other_factor(graph, edge)
    if other is not None or len(edge.consumer.parents) > MOST_OPERANDS:
        return name_of(other) if other else ""
    rule = rules_of(graph, edge.consumer)[edge.position]
    # A rule leaves out a choice that a number decides, and nan may have decided it otherwise.
    if rule is None or repr(number_of(rule)) != repr(edge.local):
        return ""
    text = as_text(rule)
    return text if len(text) <= LONGEST_RULE else ""


# -- of a cause ------------------------------------------------------------------------------------


def edge_of(cause: Cause) -> Edge:
    """The edge of a cause of a kind that has one."""
    assert cause.edge is not None
    return cause.edge


def origin_of(cause: Cause) -> Node:
    """The node where a number was bad first."""
    assert cause.origin is not None
    return cause.origin


def made_at(cause: Cause) -> str:
    """How the consumer was made."""
    return made(cause.trace.graph, edge_of(cause).consumer)


def slope_at(cause: Cause) -> str:
    """The local derivative."""
    return derivative(cause.trace.graph, edge_of(cause))


def operands_at(cause: Cause) -> str:
    """The operands with their numbers, without constants, which a formula has as numbers."""
    result = cause.origin or edge_of(cause).consumer
    nodes = {n.index: n for n in operands_of(cause.trace.graph, result) if not n.is_constant}
    return few([valued(node) for node in nodes.values()], "operands")


def in_operand(cause: Cause) -> str:
    """The operand that a slope is about, where there are several."""
    operands = operands_of(cause.trace.graph, edge_of(cause).consumer)
    several = len({node.index for node in operands if not node.is_constant}) > 1
    return f" in {name_of(cause.node)}" if several else ""


def passing_at(cause: Cause) -> str:
    """What came down the edge, as a product of two numbers."""
    edge = edge_of(cause)
    assert cause.upstream is not None and cause.local is not None
    symbols = f"{total(cause.trace.root, edge.consumer)} * {symbol(edge)}"
    return f"{symbols} = {product([cause.upstream, cause.local])}"


def contributions_to(cause: Cause) -> str:
    """The contributions to a node as a sum, to more digits than usual: they may differ little."""
    products = [entry.product or 0.0 for entry in cause.trace.ledger(cause.node)]
    terms = [p if isinstance(p, str) else f"{p:.12g}" for p in shortened(products, MOST_TERMS)]
    return add_up(terms)
