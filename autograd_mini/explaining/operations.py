"""What the facts say of an operation at its numbers: saturated, at a pole, why a slope is zero."""

from __future__ import annotations

import math

from autograd_mini.engine.facts import NOTHING, facts_of
from autograd_mini.tracing.graph import Edge, Graph, Node

LEVEL = 0.01  # a slope below this, far out, is called saturated


def operands_of(graph: Graph, consumer: Node) -> list[Node]:
    """The operands of a result, in order."""
    return [graph.nodes[index] for index in consumer.parents]


def numbers_of(graph: Graph, consumer: Node) -> list[float]:
    """The numbers of the operands of a result, in order."""
    return [node.data for node in operands_of(graph, consumer)]


def has_plain_name(node: Node) -> bool:
    """Whether a constant goes by its number: nobody named it, so it is a number in a formula."""
    return node.name == f"{node.data:g}"


def alive(edge: Edge) -> tuple[float, float] | None:
    """Between which numbers an operation is alive that is saturated here; None where it is not."""
    limits = facts_of(edge.consumer.op).steep
    if limits is None or limits[0] <= edge.node.data <= limits[1]:
        return None
    return limits


def is_at_pole(graph: Graph, consumer: Node) -> bool:
    """Whether an infinity here is no overflow; of a row of one's own nobody knows."""
    facts = facts_of(consumer.op)
    if facts is NOTHING:
        return True
    return facts.pole is not None and facts.pole(*numbers_of(graph, consumer))


def other_factor(graph: Graph, edge: Edge) -> Node | None:
    """What an operand of `*` or `dot` is multiplied by; None for a bias and other operations."""
    consumer, position = edge.consumer, edge.position
    form = facts_of(consumer.op).form
    if form == "product":
        return graph.nodes[consumer.parents[1 - position]]
    half = len(consumer.parents) // 2
    if form == "dot" and position < 2 * half:
        other = position + half if position < half else position - half
        return graph.nodes[consumer.parents[other]]
    return None


# -- why a local derivative is zero ----------------------------------------------------------------


def kind_of_zero(graph: Graph, edge: Edge) -> str:
    """The kind of cause that a local derivative of 0 is."""
    op = edge.consumer.op
    if op and not op.variadic and op.rules[edge.position] == 0.0:  # whatever the numbers
        return "flat"
    known = facts_of(op).zero_slope
    return known or ("saturated" if alive(edge) else _by_numbers(graph, edge))


def _by_numbers(graph: Graph, edge: Edge) -> str:
    if zero_factor(graph, edge) is not None:
        return "multiplied_by_zero"
    facts, numbers = facts_of(edge.consumer.op), numbers_of(graph, edge.consumer)
    if facts.fades and any(map(math.isinf, [*numbers, edge.consumer.data])):
        return "divided_by_infinity"
    # At an operand of 0, and at a base of 1, the exact derivative is 0 too.
    is_exact = 0.0 in numbers or (facts.form == "power" and numbers[0] == 1.0)
    vanished = facts.fades and len(numbers) > 1 and not is_exact
    return "underflow" if vanished else "stationary"


def zero_factor(graph: Graph, edge: Edge) -> Node | None:
    """The operand whose 0 is a factor of this local derivative, if one is."""
    other = other_factor(graph, edge)
    if other is None:
        return _zero_base(graph, edge)
    return other if other.data == 0.0 else None


def _zero_base(graph: Graph, edge: Edge) -> Node | None:
    """The 0 of `0 / y` for y, and that of `x ** n` at x = 0."""
    operands, form = operands_of(graph, edge.consumer), facts_of(edge.consumer.op).form
    of_quotient = form == "quotient" and edge.position == 1
    of_power = form == "power" and operands[1].data != 0.0
    return operands[0] if operands[0].data == 0.0 and (of_quotient or of_power) else None
