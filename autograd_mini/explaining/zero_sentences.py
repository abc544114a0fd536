"""Sentences about what makes a gradient zero."""

from __future__ import annotations

import math

from autograd_mini.engine import ops
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

_JUMPING = (ops.floor, ops.ceil, ops.sign, ops.heaviside, ops.exceeds)

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
    op, x = edge_of(cause).consumer.op, name_of(cause.node)
    what = f"{made_at(cause)} is a wall"
    if op is ops.where:
        return f"{what} for its condition {x}, which only decides between the others."
    if op is ops.detach:
        return f"{what}: it hands on the number of {x}, and no gradient back."
    return f"{what} for {x}: it has no rule for a derivative there."


# -- a local derivative is zero --------------------------------------------------------------------


def flat(cause: Cause) -> str:
    edge = edge_of(cause)
    why = "level between its jumps" if edge.consumer.op in _JUMPING else "level everywhere"
    return f"{made_at(cause)} is {why}, so {symbol(edge)} = 0, whatever {name_of(edge.node)} is."


def closed_relu(cause: Cause) -> str:
    return (
        f"{made_at(cause)} is closed: {valued(cause.node)} is not above 0, so {slope_at(cause)}. "
        f"It opens where {name_of(cause.node)} > 0."
    )


def not_chosen(cause: Cause) -> str:
    edge, graph, remedy = edge_of(cause), cause.trace.graph, ""
    if edge.consumer.op is ops.where:
        condition = formula.number_text(numbers_of(graph, edge.consumer)[0])
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
    kink = " The kink counts as level." if edge_of(cause).consumer.op is ops.absolute else ""
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
