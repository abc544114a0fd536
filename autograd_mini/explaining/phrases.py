"""Parts of sentences about a cause: names with their numbers, definitions, local derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from autograd_mini.engine.facts import facts_of
from autograd_mini.explaining.derivation import partial_at, rules_of
from autograd_mini.explaining.operations import operands_of, other_factor
from autograd_mini.text import parts, sentences
from autograd_mini.text.as_text import as_text
from autograd_mini.text.numbers import DIGITS
from autograd_mini.text.parts import Derivative, Equation, Piece, Words, listed, title_of
from autograd_mini.tracing.graph import Edge, Graph, Node

if TYPE_CHECKING:
    from autograd_mini.explaining.kinds import Cause

LONGEST, LONGEST_RULE = 60, 40  # characters of a formula; a longer one hides the sentence
MOST_TERMS = 4


def valued(node: Node) -> Any:
    """A node and its number."""
    if node.is_constant:
        return Words("the constant ", node.data)
    return Equation(title_of(node), node.data)


def few(nodes: Iterable[Node], many: str, part: Callable[[Node], Piece] = title_of) -> Words:
    """Different nodes as a list in a sentence, or how many there are."""
    found = list({node.index: node for node in nodes}.values())
    if len(found) > MOST_TERMS:
        return Words(f"{len(found):,} {many}")
    return listed([part(node) for node in found])


def made(graph: Graph, node: Node) -> Equation:
    """How a result was made, such as e = a * b, with dots if that is long."""
    whole = sentences.definition(graph, node)
    assert node.op is not None
    is_short = len(as_text(whole)) <= LONGEST
    return whole if is_short else Equation(title_of(node), f"{node.op.name}(...)")


def slope(graph: Graph, edge: Edge) -> Equation:
    """A local derivative in symbols and numbers, such as ∂e/∂a = b = -3."""
    return Equation(partial_at(edge), *_rule(graph, edge), edge.local)


def _rule(graph: Graph, edge: Edge) -> list[Any]:
    """The local derivative as a formula; none where it is long, or none can be written."""
    other = other_factor(graph, edge)
    if other is not None or len(edge.consumer.parents) > parts.MOST_OPERANDS:
        return [parts.name_of(other)] if other else []
    rule = rules_of(graph, edge.consumer)[edge.position]
    # A rule leaves out a choice that a number decides, and nan may have decided it otherwise.
    if rule is None or repr(parts.number_of(rule)) != repr(edge.local):
        return []
    return [rule] if len(as_text(rule)) <= LONGEST_RULE else []


# -- of a cause ------------------------------------------------------------------------------------


def said(cause: Cause, pattern: str, **given: Piece) -> Words:
    """A sentence about a cause, with parts in the places of the words in braces."""
    needed = {name: part for name, part in _PARTS.items() if f"{{{name}}}" in pattern}
    found = {name: part(cause) for name, part in needed.items() if name not in given}
    return sentences.filled(pattern, **found, **given)


def edge_of(cause: Cause) -> Edge:
    """The edge of a cause of a kind that has one."""
    assert cause.edge is not None
    return cause.edge


def consumer_of(cause: Cause) -> Node:
    """The result that the edge leads down from."""
    return edge_of(cause).consumer


def origin_of(cause: Cause) -> Node:
    """The node where a number was bad first."""
    assert cause.origin is not None
    return cause.origin


def _result(cause: Cause) -> Equation:
    """How the first bad number was made, and that number."""
    origin = origin_of(cause)
    return Equation(*made(cause.trace.graph, origin).sides, origin.data)


def _varying(cause: Cause) -> list[Node]:
    """The operands without constants, which a formula has as numbers."""
    result = cause.origin or consumer_of(cause)
    return [node for node in operands_of(cause.trace.graph, result) if not node.is_constant]


def _in_operand(cause: Cause) -> Words:
    """The operand that a slope is about, where there are several."""
    several = len({node.index for node in _varying(cause)}) > 1
    return Words(" in ", title_of(cause.node)) if several else Words()


def _upstream(cause: Cause) -> Derivative:
    """The gradient that came to the consumer."""
    return Derivative(title_of(cause.trace.root), title_of(consumer_of(cause)))


def _passing(cause: Cause) -> Equation:
    """What came down the edge, as a product of two numbers."""
    symbols = parts.product([_upstream(cause), partial_at(edge_of(cause))])
    return Equation(symbols, parts.product([cause.upstream, cause.local]), cause.product)


def _consumers(cause: Cause) -> Words:
    """The results that sent the contributions to a node."""
    entries = cause.trace.ledger(cause.node)
    return few([entry.consumer for entry in entries if entry.consumer], "results")


def added_at(cause: Cause) -> Any:
    """The contributions to a node as a sum, to more digits than usual: they may differ little."""
    entries = cause.trace.ledger(cause.node)
    numbers = [parts.Number(entry.product or 0.0, 2 * DIGITS) for entry in entries]
    return parts.add_up(parts.shortened(numbers, MOST_TERMS))


def _enters(cause: Cause) -> Words:
    """How a number of the forward pass came into the gradient."""
    if cause.role and (cause.local is None or not math.isinf(cause.local)):
        return Words()
    consumer, origin = consumer_of(cause), origin_of(cause)
    is_near = origin is consumer or origin.index in consumer.parents
    return said(cause, "; so {slope}" if is_near else "; it makes {slope}")


def _keep_away(cause: Cause) -> Words:
    """The usual remedy; there is none for a constant, nor where an operand was infinite before."""
    result = cause.origin or consumer_of(cause)
    operands = operands_of(cause.trace.graph, result)
    is_finite = all(math.isfinite(operand.data) for operand in operands)
    kept = facts_of(result.op).keep
    if result.op is None or not kept or not is_finite or operands["{y}" in kept].is_constant:
        return Words()
    return Words(" ", sentences.remedy(result.op, [parts.name_of(operand) for operand in operands]))


_PARTS: dict[str, Callable[[Cause], Any]] = {
    "root": lambda cause: title_of(cause.trace.root),
    "x": lambda cause: title_of(cause.node),
    "x_is": lambda cause: valued(cause.node),
    "in_x": _in_operand,
    "way": lambda cause: sentences.between(title_of(cause.trace.root), title_of(cause.node)),
    "made": lambda cause: made(cause.trace.graph, consumer_of(cause)),
    "result": _result,
    "operands": lambda cause: few(_varying(cause), "operands", valued),
    "upstream": _upstream,
    "local": lambda cause: partial_at(edge_of(cause)),
    "local_0": lambda cause: Equation(partial_at(edge_of(cause)), 0.0),
    "slope": lambda cause: slope(cause.trace.graph, edge_of(cause)),
    "passing": _passing,
    "consumers": _consumers,
    "added": added_at,
    "enters": _enters,
    "remedy": _keep_away,
}
