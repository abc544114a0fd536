"""Sentences about where infinity and nan are born."""

from __future__ import annotations

import math

from autograd_mini.engine.facts import facts_of
from autograd_mini.explaining.operations import numbers_of, operands_of, remedy_of
from autograd_mini.explaining.phrases import (
    TOO_LARGE,
    contributions_to,
    edge_of,
    in_operand,
    made,
    made_at,
    name_of,
    operands_at,
    origin_of,
    passing_at,
    slope_at,
    symbol,
)
from autograd_mini.text import formula
from autograd_mini.text.notation import total

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_mini.explaining.kinds import Cause


def _enters(cause: Cause) -> str:
    """How a number of the forward pass came into the gradient."""
    if cause.role and (cause.local is None or not math.isinf(cause.local)):
        return ""
    edge, origin = edge_of(cause), origin_of(cause)
    near = origin is edge.consumer or origin.index in edge.consumer.parents
    return f"; so {slope_at(cause)}" if near else f"; it makes {slope_at(cause)}"


def _result(cause: Cause) -> str:
    origin = origin_of(cause)
    return f"{made(cause.trace.graph, origin)} = {formula.number_text(origin.data)}"


def given(cause: Cause) -> str:
    origin = origin_of(cause)
    number = formula.number_text(origin.data)
    what = f"A constant is {number}" if origin.is_constant else f"{name_of(origin)} = {number}"
    return f"{what}, as it was given{_enters(cause)}."


# -- infinity --------------------------------------------------------------------------------------


def born_infinite(cause: Cause) -> str:
    steep = f"there {made_at(cause)} is infinitely steep{in_operand(cause)}"
    what = f"{slope_at(cause)} at {operands_at(cause)}: {steep}"
    if cause.origin:
        what = f"{_result(cause)} has a pole at {operands_at(cause)}{_enters(cause)}"
    return f"{what}.{_keep_away(cause)}"


def _keep_away(cause: Cause) -> str:
    """The usual remedy; there is none for a constant, nor where an operand was infinite before."""
    result = cause.origin or edge_of(cause).consumer
    operands, kept = operands_of(cause.trace.graph, result), facts_of(result.op).keep
    is_finite = all(math.isfinite(operand.data) for operand in operands)
    if not kept or not is_finite or operands["{y}" in kept].is_constant:
        return ""
    assert result.op is not None
    return f" {remedy_of(result.op, list(map(name_of, operands)))}"


def overflow(cause: Cause) -> str:
    if cause.origin:
        too_large = f"too large for a float at {operands_at(cause)}"
        return f"{_result(cause)}, {too_large}{_enters(cause)}."
    if not cause.is_of_the_passing:
        return f"{slope_at(cause)} at {operands_at(cause)}: {TOO_LARGE}."
    if cause.product is not None and math.isinf(cause.product):
        number = formula.number_text(cause.product)
        return f"{passing_at(cause)} = {number}: {TOO_LARGE}."
    whole = contributions_to(cause)
    return f"The contributions to {name_of(cause.node)} add up to {whole}: {TOO_LARGE}."


# -- nan -------------------------------------------------------------------------------------------


def outside_domain(cause: Cause) -> str:
    origin = origin_of(cause)
    assert origin.op is not None
    x = operands_of(cause.trace.graph, origin)[0]
    where = facts_of(origin.op).domain.format(x="x" if x.is_constant else name_of(x))
    defined = f", for {origin.op.symbol} is defined for {where}" if where else ""
    at = operands_at(cause)
    return f"{_result(cause)} at {at}{defined}{_enters(cause)}.{_keep_away(cause)}"


def undefined_quotient(cause: Cause) -> str:
    above, below = map(formula.number_text, numbers_of(cause.trace.graph, origin_of(cause)))
    what = f"{_result(cause)}, for {above} / {below} is no number"
    return f"{what}{_enters(cause)}.{_keep_away(cause)}"


def zero_times_infinity(cause: Cause) -> str:
    if cause.origin:
        return _undefined(cause, "0 * inf")
    edge = edge_of(cause)
    upstream, local = total(cause.trace.root, edge.consumer), symbol(edge)
    product = f"{passing_at(cause)} = nan"
    if cause.local == 0.0:
        return f"{product}: {local} is the 0, and {upstream} the inf."
    remedy = "A gradient of 0 does not silence an infinite slope."
    return f"{product}: {upstream} is the 0, and {local} the inf. {remedy}"


def _undefined(cause: Cause, what: str) -> str:
    return f"{_result(cause)} at {operands_at(cause)}, for it has {what} in it{_enters(cause)}."


def infinity_minus_infinity(cause: Cause) -> str:
    if cause.origin:
        return _undefined(cause, "inf - inf")
    whole = f"{contributions_to(cause)} = nan"
    return f"The contributions to {name_of(cause.node)} cannot be added up: {whole}."


def undefined_slope(cause: Cause) -> str:
    flaw = f"{made_at(cause)} has no slope{in_operand(cause)}"
    return f"{flaw} at {operands_at(cause)}: {slope_at(cause)}."
