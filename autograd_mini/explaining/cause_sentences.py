"""What is said of a cause: for each kind a sentence, with a remedy where there is a usual one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from autograd_mini.engine import ops
from autograd_mini.engine.facts import facts_of
from autograd_mini.explaining.derivation import nodes_on_paths, partial_at
from autograd_mini.explaining.dominant_path import size_along
from autograd_mini.explaining.operations import (
    alive,
    has_plain_name,
    numbers_of,
    operands_of,
    zero_factor,
)
from autograd_mini.explaining.paths import Path, count_paths
from autograd_mini.explaining.phrases import (
    added_at,
    edge_of,
    few,
    in_operand,
    made_at,
    made_first,
    operands_at,
    origin_of,
    passing_at,
    slope_at,
    upstream_at,
    valued,
)
from autograd_mini.text import sentences
from autograd_mini.text.numbers import count_text, power_text
from autograd_mini.text.parts import Equation, Name, Number, Operation, Words, name_of, title_of
from autograd_mini.tracing.graph import Edge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_mini.explaining.kinds import Cause

TOO_LARGE = "the exact number is beyond 1.8e308 in size, where floats end."
TOO_SMALL = "the exact number is nearer to 0 than any float."

# -- no gradient arrives ---------------------------------------------------------------------------


def no_path(cause: Cause) -> Words:
    root, name = title_of(cause.trace.root), title_of(cause.node)
    return Words(
        "No path leads ", sentences.between(root, name), ". Either ", root,
        " was not computed from it, or only under no_grad() or from its .data, which leave no "
        "path.",
    )  # fmt: skip


def constant(cause: Cause) -> Words:
    number = cause.node.data
    if has_plain_name(cause.node):
        return Words(
            number, " is a plain number: it gets no gradient. A Value(", number, ") would get one."
        )
    where = "" if cause.node.index < 0 else " in this graph"
    return Words(
        title_of(cause.node), f" is a constant{where}, made under no_grad() or of plain numbers: "
        "it gets no gradient, and what it was made from is forgotten.",
    )  # fmt: skip


def wall(cause: Cause) -> Words:
    known = facts_of(edge_of(cause).consumer.op).wall
    why = known or " for {x}: it has no rule for a derivative there"
    return Words(made_at(cause), " is a wall", sentences.filled(why, x=title_of(cause.node)), ".")


# -- a local derivative is zero --------------------------------------------------------------------


def _is_zero(cause: Cause) -> Equation:
    return Equation(partial_at(edge_of(cause)), 0.0)


def flat(cause: Cause) -> Words:
    jumps = facts_of(edge_of(cause).consumer.op).jumps
    where = "between its jumps" if jumps else "everywhere"
    x = title_of(cause.node)
    return Words(
        made_at(cause), f" is level {where}, so ", _is_zero(cause), ", whatever ", x, " is."
    )


def closed_relu(cause: Cause) -> Words:
    return Words(
        made_at(cause), " is closed: ", valued(cause.node), " is not above 0, so ",
        slope_at(cause), ". It opens where ", title_of(cause.node), " > 0.",
    )  # fmt: skip


def not_chosen(cause: Cause) -> Words:
    is_choice = facts_of(edge_of(cause).consumer.op).condition is not None
    remedy = " To keep an infinity out, choose before it is made." if cause.role else ""
    return Words(
        made_at(cause), " did not choose ", title_of(cause.node), ": ", _choice(cause), ", so ",
        _is_zero(cause), ".", remedy if is_choice else "",
    )  # fmt: skip


def _choice(cause: Cause) -> Words:
    """What an operation went by that chooses."""
    edge = edge_of(cause)
    decides = facts_of(edge.consumer.op).condition
    if decides is not None:
        return Words("its condition is ", numbers_of(cause.trace.graph, edge.consumer)[decides])
    if edge.consumer.op is ops.clip and edge.position == 0:
        return Words(valued(edge.node), " is outside the limits")
    return operands_at(cause)


def multiplied_by_zero(cause: Cause) -> Words:
    zero = zero_factor(cause.trace.graph, edge_of(cause))
    assert zero is not None
    why = "" if zero.is_constant else Words(valued(zero), ", so ")
    return Words(made_at(cause), " multiplies the gradient by 0: ", why, slope_at(cause), ".")


def saturated(cause: Cause) -> Words:
    return Words(
        made_at(cause), " is saturated: ", valued(cause.node), ", so ", slope_at(cause),
        ". Its slope is above 0.01 only where ", _inside(cause), ".",
    )  # fmt: skip


def _inside(cause: Cause) -> Words:
    limits, x = alive(edge_of(cause)), title_of(cause.node)
    assert limits is not None
    low, high = limits
    return Words(x, " > ", low) if math.isinf(high) else Words(low, " < ", x, " < ", high)


def outweighed(cause: Cause) -> Words:
    operands = operands_of(cause.trace.graph, edge_of(cause).consumer)
    largest = max(operands, key=lambda node: node.data)
    return Words(
        made_at(cause), " hardly notices ", valued(cause.node), " beside ", valued(largest), ": ",
        slope_at(cause), ", its share in the sum of powers.",
    )  # fmt: skip


def stationary(cause: Cause) -> Words:
    is_kink = cause.node.data in facts_of(edge_of(cause).consumer.op).kinks
    return Words(
        made_at(cause), " is level", in_operand(cause), " at ", operands_at(cause), ": ",
        slope_at(cause), ".", " The kink counts as level." if is_kink else "",
    )  # fmt: skip


def divided_by_infinity(cause: Cause) -> Words:
    return Words(
        made_at(cause), " divides by an infinity, at ", operands_at(cause), ": ", slope_at(cause),
        ".",
    )  # fmt: skip


# -- a product or a sum is zero --------------------------------------------------------------------


def underflow(cause: Cause) -> Words:
    if cause.local == 0.0:
        return Words(slope_at(cause), " at ", operands_at(cause), ": ", TOO_SMALL)
    return Words(passing_at(cause), ": ", TOO_SMALL)


def cancelled(cause: Cause) -> Words:
    entries, whole = cause.trace.ledger(cause.node), cause.trace.gradient(cause.node) or 0.0
    consumers = few([entry.consumer for entry in entries if entry.consumer], "results")
    how = " nearly cancel: " if whole else " cancel: "
    return Words(
        _contributions(cause), " from ", consumers, how, Equation(added_at(cause), whole), "."
    )


def _contributions(cause: Cause) -> Words:
    return Words("The contributions to ", title_of(cause.node))


# -- sizes -----------------------------------------------------------------------------------------


def squeezed(cause: Cause) -> Words:
    if cause.path:
        return _together(cause.path, [e for e in cause.path.edges if 0.0 < _size(e) < 1.0], "below")
    return Words(made_at(cause), " makes the gradient smaller: ", slope_at(cause), ".")


def stretched(cause: Cause) -> Words:
    if cause.path:
        return _together(cause.path, [e for e in cause.path.edges if _size(e) > 1.0], "above")
    return Words(made_at(cause), " makes the gradient larger: ", slope_at(cause), ".")


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
    way = sentences.between(title_of(trace.root), title_of(node))
    return Words(f"{count} paths lead ", way, ", and their products add up.")


# -- where an infinity began -----------------------------------------------------------------------


def given(cause: Cause) -> Words:
    origin = origin_of(cause)
    what = Words("A constant is ", origin.data) if origin.is_constant else valued(origin)
    return Words(what, ", as it was given", _enters(cause), ".")


def _enters(cause: Cause) -> Words | str:
    """How a number of the forward pass came into the gradient."""
    if cause.role and (cause.local is None or not math.isinf(cause.local)):
        return ""
    consumer, origin = edge_of(cause).consumer, origin_of(cause)
    is_near = origin is consumer or origin.index in consumer.parents
    return Words("; so " if is_near else "; it makes ", slope_at(cause))


def pole(cause: Cause) -> Words:
    if cause.origin:
        return Words(
            made_first(cause), " has a pole at ", operands_at(cause), _enters(cause), ".",
            _keep_away(cause),
        )  # fmt: skip
    return Words(
        slope_at(cause), " at ", operands_at(cause), ": there ", made_at(cause),
        " is infinitely steep", in_operand(cause), ".", _keep_away(cause),
    )  # fmt: skip


def _keep_away(cause: Cause) -> Words | str:
    """The usual remedy; there is none for a constant, nor where an operand was infinite before."""
    result = cause.origin or edge_of(cause).consumer
    operands = operands_of(cause.trace.graph, result)
    is_finite = all(math.isfinite(operand.data) for operand in operands)
    kept = facts_of(result.op).keep
    if result.op is None or not kept or not is_finite or operands["{y}" in kept].is_constant:
        return ""
    return Words(" ", sentences.remedy(result.op, [name_of(operand) for operand in operands]))


def overflow(cause: Cause) -> Words:
    if cause.origin:
        at = operands_at(cause)
        return Words(made_first(cause), ", too large for a float at ", at, _enters(cause), ".")
    if not cause.is_of_the_passing:
        return Words(slope_at(cause), " at ", operands_at(cause), ": ", TOO_LARGE)
    if cause.product is not None and math.isinf(cause.product):
        return Words(passing_at(cause), ": ", TOO_LARGE)
    return Words(_contributions(cause), " add up to ", added_at(cause), ": ", TOO_LARGE)


# -- where nan began -------------------------------------------------------------------------------


def outside_domain(cause: Cause) -> Words:
    origin = origin_of(cause)
    assert origin.op is not None
    first = operands_of(cause.trace.graph, origin)[0]
    domain = sentences.domain(origin.op, Name("x") if first.is_constant else title_of(first))
    why = Words(", for ", domain) if facts_of(origin.op).domain else ""
    return Words(
        made_first(cause), " at ", operands_at(cause), why, _enters(cause), ".", _keep_away(cause)
    )


def undefined_quotient(cause: Cause) -> Words:
    quotient = Operation(ops.div, tuple(numbers_of(cause.trace.graph, origin_of(cause))))
    return Words(
        made_first(cause), ", for ", quotient, " is no number", _enters(cause), ".",
        _keep_away(cause),
    )  # fmt: skip


def zero_times_infinity(cause: Cause) -> Words:
    if cause.origin:
        return _undefined(cause, Operation(ops.mul, (0.0, math.inf)))
    upstream, local = upstream_at(cause), partial_at(edge_of(cause))
    zero, infinity = (local, upstream) if cause.local == 0.0 else (upstream, local)
    remedy = " A gradient of 0 does not silence an infinite slope." if zero is upstream else ""
    return Words(passing_at(cause), ": ", zero, " is the 0, and ", infinity, " the inf.", remedy)


def infinity_minus_infinity(cause: Cause) -> Words:
    if cause.origin:
        return _undefined(cause, Operation(ops.sub, (math.inf, math.inf)))
    whole = Equation(added_at(cause), math.nan)
    return Words(_contributions(cause), " cannot be added up: ", whole, ".")


def _undefined(cause: Cause, what: Operation) -> Words:
    at = operands_at(cause)
    return Words(
        made_first(cause), " at ", at, ", for it has ", what, " in it", _enters(cause), "."
    )


def undefined_slope(cause: Cause) -> Words:
    return Words(
        made_at(cause), " has no slope", in_operand(cause), " at ", operands_at(cause), ": ",
        slope_at(cause), ".",
    )  # fmt: skip
