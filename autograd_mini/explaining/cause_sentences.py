"""What is said of a cause: for each kind a sentence, with a remedy where there is a usual one.

A word in braces is a part of the sentence, such as {made}, how the consumer was made; `phrases.py`
has them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograd_mini.engine import ops
from autograd_mini.engine.facts import facts_of
from autograd_mini.explaining import operations
from autograd_mini.explaining.derivation import nodes_on_paths
from autograd_mini.explaining.paths import Path, count_paths, size_along
from autograd_mini.explaining.phrases import added_at, consumer_of, edge_of, origin_of, said, valued
from autograd_mini.text import sentences
from autograd_mini.text.numbers import count_text, power_text
from autograd_mini.text.parts import Equation, Name, Number, Operation, Words, title_of
from autograd_mini.tracing.graph import Edge

if TYPE_CHECKING:
    from autograd_mini.explaining.kinds import Cause

TOO_LARGE = "the exact number is beyond 1.8e308 in size, where floats end."
TOO_SMALL = "the exact number is nearer to 0 than any float."

# -- no gradient arrives ---------------------------------------------------------------------------


def no_path(cause: Cause) -> Words:
    return said(
        cause, "No path leads {way}. Either {root} was not computed from it, or only under "
        "no_grad() or from its .data, which leave no path.",
    )  # fmt: skip


def constant(cause: Cause) -> Words:
    if operations.has_plain_name(cause.node):
        pattern = "{x} is a plain number: it gets no gradient. A Value({x}) would get one."
        return said(cause, pattern, x=cause.node.data)
    what = sentences.constant(cause.node.name)
    where = "" if cause.node.index < 0 else " in this graph"
    pattern = (
        "{what}{where}, made under no_grad() or of plain numbers: it gets no gradient, "
        "and what it was made from is forgotten."
    )
    return said(cause, pattern, what=what, where=where)


def stop_gradient(cause: Cause) -> Words:
    known = facts_of(consumer_of(cause).op).stop_gradient
    why = said(cause, known or " for {x}: it has no rule for a derivative there")
    return said(cause, "{made} is a stop-gradient{why}.", why=why)


# -- a local derivative is zero --------------------------------------------------------------------


def flat(cause: Cause) -> Words:
    where = "between its jumps" if facts_of(consumer_of(cause).op).jumps else "everywhere"
    return said(cause, "{made} is level {where}, so {local_0}, whatever {x} is.", where=where)


def closed_relu(cause: Cause) -> Words:
    return said(
        cause, "{made} is closed: {x_is} is not above 0, so {slope}. It opens where {x} > 0."
    )


def not_chosen(cause: Cause) -> Words:
    is_condition = facts_of(consumer_of(cause).op).condition is not None
    is_late_choice = is_condition and cause.role
    remedy = " To keep an infinity out, choose before it is made." if is_late_choice else ""
    pattern = "{made} did not choose {x}: {why}, so {local_0}.{remedy}"
    return said(cause, pattern, why=_choice(cause), remedy=remedy)


def _choice(cause: Cause) -> Words:
    """What an operation went by that chooses."""
    consumer = consumer_of(cause)
    decides = facts_of(consumer.op).condition
    if decides is not None:
        numbers = operations.numbers_of(cause.trace.graph, consumer)
        return Words("its condition is ", numbers[decides])
    is_clipped = consumer.op is ops.clip and cause.position == 0
    return said(cause, "{x_is} is outside the limits" if is_clipped else "{operands}")


def multiplied_by_zero(cause: Cause) -> Words:
    zero = operations.zero_factor(cause.trace.graph, edge_of(cause))
    assert zero is not None
    why = "" if zero.is_constant else Words(valued(zero), ", so ")
    return said(cause, "{made} multiplies the gradient by 0: {why}{slope}.", why=why)


def saturated(cause: Cause) -> Words:
    limits, x = operations.alive(edge_of(cause)), title_of(cause.node)
    assert limits is not None
    low, high = limits
    inside = Words(x, " > ", low) if math.isinf(high) else Words(low, " < ", x, " < ", high)
    where = Words("Its slope is above ", operations.LEVEL, " only where ", inside, ".")
    return said(cause, "{made} is saturated: {x_is}, so {slope}. {where}", where=where)


def outweighed(cause: Cause) -> Words:
    operands = operations.operands_of(cause.trace.graph, consumer_of(cause))
    largest = valued(max(operands, key=lambda node: node.data))
    pattern = "{made} hardly notices {x_is} beside {largest}: {slope}, {share}."
    return said(cause, pattern, largest=largest, share="its share in the sum of powers")


def stationary(cause: Cause) -> Words:
    is_kink = cause.node.data in facts_of(consumer_of(cause).op).kinks
    kink = " The kink counts as level." if is_kink else ""
    return said(cause, "{made} is level{in_x} at {operands}: {slope}.{kink}", kink=kink)


def divided_by_infinity(cause: Cause) -> Words:
    return said(cause, "{made} divides by an infinity, at {operands}: {slope}.")


# -- a product or a sum is zero --------------------------------------------------------------------


def underflow(cause: Cause) -> Words:
    pattern = "{slope} at {operands}: {why}" if cause.local == 0.0 else "{passing}: {why}"
    return said(cause, pattern, why=TOO_SMALL)


def cancelled(cause: Cause) -> Words:
    whole = cause.trace.gradient(cause.node) or 0.0
    how, added = "nearly cancel" if whole else "cancel", Equation(added_at(cause), whole)
    pattern = "The contributions to {x} from {consumers} {how}: {added}."
    return said(cause, pattern, how=how, added=added)


# -- sizes -----------------------------------------------------------------------------------------


def squeezed(cause: Cause) -> Words:
    if cause.path:
        return _together(cause.path, [e for e in cause.path.edges if 0.0 < _size(e) < 1.0], "below")
    return said(cause, "{made} makes the gradient smaller: {slope}.")


def stretched(cause: Cause) -> Words:
    if cause.path:
        return _together(cause.path, [e for e in cause.path.edges if _size(e) > 1.0], "above")
    return said(cause, "{made} makes the gradient larger: {slope}.")


def _size(edge: Edge) -> float:
    return abs(edge.local or 0.0)


def _together(path: Path, edges: Sequence[Edge], side: str) -> Words:
    """Many factors in one sentence."""
    size, every = size_along(edges), f"{len(path.edges):,} factors"
    is_all = len(edges) == len(path.edges)
    which = f"All {every}" if is_all else f"{len(edges):,} of the {every}"
    way = sentences.between(title_of(path.nodes[0]), title_of(path.end))
    return Words(
        f"{which} on a path ", way, f" are {side} 1 in size: about ",
        Number(math.exp(size / len(edges)), 3),
        f" each (their geometric mean), {power_text(size)} together.", _mostly(edges),
    )  # fmt: skip


def _mostly(edges: Sequence[Edge]) -> Words | str:
    """The one operation that most of them are of, if it is never steep."""
    op, count = Counter([edge.consumer.op for edge in edges]).most_common(1)[0]
    steepest = facts_of(op).largest_slope
    if op is None or count <= len(edges) / 2 or steepest is None or steepest >= 1.0:
        return ""
    of = f" {count:,} of them are slopes of {op.name}"
    return Words(of, ", which is never steeper than ", steepest, ".")


def many_paths(cause: Cause) -> Words:
    trace, node = cause.trace, cause.node
    count = count_text(count_paths(trace, nodes_on_paths(trace, [node]), [node])).capitalize()
    return said(cause, "{count} paths lead {way}, and their products add up.", count=count)


# -- where an infinity began -----------------------------------------------------------------------


def given(cause: Cause) -> Words:
    origin = origin_of(cause)
    what = Words("A constant is ", origin.data) if origin.is_constant else valued(origin)
    return said(cause, "{what}, as it was given{enters}.", what=what)


def pole(cause: Cause) -> Words:
    if cause.origin:
        return said(cause, "{result} has a pole at {operands}{enters}.{remedy}")
    return said(cause, "{slope} at {operands}: there {made} is infinitely steep{in_x}.{remedy}")


def overflow(cause: Cause) -> Words:
    if cause.origin:
        return said(cause, "{result}, too large for a float at {operands}{enters}.")
    return said(cause, _overflowing(cause), why=TOO_LARGE)


def _overflowing(cause: Cause) -> str:
    if not cause.is_of_the_passing:
        return "{slope} at {operands}: {why}"
    is_product = cause.product is not None and math.isinf(cause.product)
    return "{passing}: {why}" if is_product else "The contributions to {x} add up to {added}: {why}"


# -- where nan began -------------------------------------------------------------------------------


def outside_domain(cause: Cause) -> Words:
    origin = origin_of(cause)
    assert origin.op is not None
    first = operations.operands_of(cause.trace.graph, origin)[0]
    domain = sentences.domain(origin.op, Name("x") if first.is_constant else title_of(first))
    why = Words(", for ", domain) if facts_of(origin.op).domain else ""
    return said(cause, "{result} at {operands}{why}{enters}.{remedy}", why=why)


def undefined_quotient(cause: Cause) -> Words:
    quotient = Operation(ops.div, tuple(operations.numbers_of(cause.trace.graph, origin_of(cause))))
    pattern = "{result}, for {quotient} is no number{enters}.{remedy}"
    return said(cause, pattern, quotient=quotient)


def zero_times_infinity(cause: Cause) -> Words:
    if cause.origin:
        return _undefined(cause, Operation(ops.mul, (0.0, math.inf)))
    if cause.local == 0.0:
        return said(cause, "{passing}: {local} is the 0, and {upstream} the inf.")
    remedy = "A gradient of 0 does not silence an infinite slope."
    pattern = "{passing}: {upstream} is the 0, and {local} the inf. {remedy}"
    return said(cause, pattern, remedy=remedy)


def infinity_minus_infinity(cause: Cause) -> Words:
    if cause.origin:
        return _undefined(cause, Operation(ops.sub, (math.inf, math.inf)))
    added = Equation(added_at(cause), math.nan)
    return said(cause, "The contributions to {x} cannot be added up: {added}.", added=added)


def _undefined(cause: Cause, what: Operation) -> Words:
    pattern = "{result} at {operands}, for it has {what} in it{enters}."
    return said(cause, pattern, what=what)


def undefined_slope(cause: Cause) -> Words:
    return said(cause, "{made} has no slope{in_x} at {operands}: {slope}.")
