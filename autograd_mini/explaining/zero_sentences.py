"""Sentences about what makes a gradient zero."""

from __future__ import annotations

import math

from autograd_mini.engine import ops
from autograd_mini.engine.facts import facts_of
from autograd_mini.explaining.operations import alive, numbers_of, operands_of, zero_factor
from autograd_mini.explaining.phrases import (
    TOO_SMALL,
    contributions_to,
    edge_of,
    few,
    has_plain_name,
    in_operand,
    made_at,
    name_of,
    operands_at,
    passing_at,
    slope_at,
    symbol,
    valued,
)
from autograd_mini.text import formula

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_mini.explaining.kinds import Cause

# -- no gradient arrives ---------------------------------------------------------------------------


def no_path(cause: Cause) -> str:
    root, name = name_of(cause.trace.root), formula.name_text(cause.node.name)
    return (
        f"No path leads from {root} down to {name}. Either {root} was not computed from it, or "
        "only under no_grad() or from its .data, which leave no path."
    )


def constant(cause: Cause) -> str:
    node = cause.node
    name, number = formula.name_text(node.name), formula.number_text(node.data)
    if has_plain_name(node):
        return f"{number} is a plain number: it gets no gradient. A Value({number}) would get one."
    where = "" if node.index < 0 else " in this graph"
    return (
        f"{name} is a constant{where}, made under no_grad() or of plain numbers: it gets no "
        "gradient, and what it was made from is forgotten."
    )


def wall(cause: Cause) -> str:
    known = facts_of(edge_of(cause).consumer.op).wall
    why = known or " for {x}: it has no rule for a derivative there"
    return f"{made_at(cause)} is a wall{why.format(x=name_of(cause.node))}."


# -- a local derivative is zero --------------------------------------------------------------------


def flat(cause: Cause) -> str:
    edge = edge_of(cause)
    jumps = facts_of(edge.consumer.op).jumps
    why = "level between its jumps" if jumps else "level everywhere"
    return f"{made_at(cause)} is {why}, so {symbol(edge)} = 0, whatever {name_of(edge.node)} is."


def closed_relu(cause: Cause) -> str:
    return (
        f"{made_at(cause)} is closed: {valued(cause.node)} is not above 0, so {slope_at(cause)}. "
        f"It opens where {name_of(cause.node)} > 0."
    )


def not_chosen(cause: Cause) -> str:
    edge, graph, remedy = edge_of(cause), cause.trace.graph, ""
    decides = facts_of(edge.consumer.op).condition
    if decides is not None:
        condition = formula.number_text(numbers_of(graph, edge.consumer)[decides])
        because = f"its condition is {condition}"
        remedy = " To keep an infinity out, choose before it is made." if cause.role else ""
    elif edge.consumer.op is ops.clip and edge.position == 0:
        because = f"{valued(edge.node)} is outside the limits"
    else:
        because = operands_at(cause)
    x = name_of(edge.node)
    return f"{made_at(cause)} did not choose {x}: {because}, so {symbol(edge)} = 0.{remedy}"


def multiplied_by_zero(cause: Cause) -> str:
    zero = zero_factor(cause.trace.graph, edge_of(cause))
    assert zero is not None
    why = "" if zero.is_constant else f"{valued(zero)}, so "
    return f"{made_at(cause)} multiplies the gradient by 0: {why}{slope_at(cause)}."


def saturated(cause: Cause) -> str:
    limits, x = alive(edge_of(cause)), name_of(cause.node)
    assert limits is not None
    low, high = map(formula.number_text, limits)
    inside = f"{x} > {low}" if math.isinf(limits[1]) else f"{low} < {x} < {high}"
    return (
        f"{made_at(cause)} is saturated: {valued(cause.node)}, so {slope_at(cause)}. "
        f"Its slope is above 0.01 only where {inside}."
    )


def outweighed(cause: Cause) -> str:
    operands = operands_of(cause.trace.graph, edge_of(cause).consumer)
    largest = max(operands, key=lambda node: node.data)
    return (
        f"{made_at(cause)} hardly notices {valued(cause.node)} beside {valued(largest)}: "
        f"{slope_at(cause)}, its share in the sum of powers."
    )


def stationary(cause: Cause) -> str:
    is_kink = cause.node.data in facts_of(edge_of(cause).consumer.op).kinks
    kink = " The kink counts as level." if is_kink else ""
    level = f"{made_at(cause)} is level{in_operand(cause)}"
    return f"{level} at {operands_at(cause)}: {slope_at(cause)}.{kink}"


def divided_by_infinity(cause: Cause) -> str:
    return f"{made_at(cause)} divides by an infinity, at {operands_at(cause)}: {slope_at(cause)}."


# -- a product or a sum is zero --------------------------------------------------------------------


def underflow(cause: Cause) -> str:
    if cause.local == 0.0:
        return f"{slope_at(cause)} at {operands_at(cause)}: {TOO_SMALL}."
    return f"{passing_at(cause)} = 0: {TOO_SMALL}."


def cancelled(cause: Cause) -> str:
    entries = cause.trace.ledger(cause.node)
    names = list(dict.fromkeys([name_of(e.consumer) for e in entries if e.consumer]))
    whole = cause.trace.gradient(cause.node) or 0.0
    return (
        f"The contributions to {name_of(cause.node)} from {few(names, 'results')} "
        f"{'cancel' if whole == 0.0 else 'nearly cancel'}: {contributions_to(cause)} = "
        f"{formula.number_text(whole)}."
    )
