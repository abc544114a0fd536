"""Causes in plain sentences, each with a remedy where there is a usual one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

from autograd_mini.engine.facts import facts_of
from autograd_mini.explaining import infinity_sentences as births
from autograd_mini.explaining import zero_sentences as cuts
from autograd_mini.explaining.derivation import nodes_on_paths
from autograd_mini.explaining.dominant_path import size_along
from autograd_mini.explaining.paths import Path, count_paths
from autograd_mini.explaining.phrases import made_at, name_of, power_text, slope_at
from autograd_mini.text.numbers import count_text
from autograd_mini.tracing.graph import Edge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_mini.explaining.kinds import Cause


def sentence_for(cause: Cause) -> str:
    """A cause in plain words."""
    late = " This would cut too, if a gradient came so far." if cause.is_late else ""
    return _TELL[cause.kind](cause) + late


def _squeezed(cause: Cause) -> str:
    if cause.path:
        return _together(cause.path, [e for e in cause.path.edges if 0.0 < _size(e) < 1.0], "below")
    return f"{made_at(cause)} makes the gradient smaller: {slope_at(cause)}."


def _stretched(cause: Cause) -> str:
    if cause.path:
        return _together(cause.path, [e for e in cause.path.edges if _size(e) > 1.0], "above")
    return f"{made_at(cause)} makes the gradient larger: {slope_at(cause)}."


def _size(edge: Edge) -> float:
    return abs(edge.local or 0.0)


def _together(path: Path, edges: Sequence[Edge], side: str) -> str:
    """Many factors in one sentence."""
    size = size_along(edges)
    every, count = f"{len(path.edges):,} factors", f"{len(edges):,}"
    which = f"All {every}" if len(edges) == len(path.edges) else f"{count} of the {every}"
    way = f"from {name_of(path.nodes[0])} down to {name_of(path.end)}"
    return (
        f"{which} on a path {way} are {side} 1 in size: about {math.exp(size / len(edges)):.3g} "
        f"each (their geometric mean), {power_text(size)} together.{_mostly(edges)}"
    )


def _mostly(edges: Sequence[Edge]) -> str:
    """The one operation that most of them are of, if it is never steep."""
    op, count = Counter([edge.consumer.op for edge in edges]).most_common(1)[0]
    steepest = facts_of(op).largest_slope
    if op is None or count <= len(edges) / 2 or steepest is None or steepest >= 1.0:
        return ""
    return f" {count:,} of them are slopes of {op.name}, which is never steeper than {steepest:g}."


def _many_paths(cause: Cause) -> str:
    trace, node = cause.trace, cause.node
    count = count_text(count_paths(trace, nodes_on_paths(trace, [node]), [node]))
    way = f"from {name_of(trace.root)} down to {name_of(node)}"
    return f"{count[0].upper()}{count[1:]} paths lead {way}, and their products add up."


_TELL: dict[str, Callable[[Cause], str]] = {
    "no_path": cuts.no_path,
    "constant": cuts.constant,
    "wall": cuts.wall,
    "flat": cuts.flat,
    "closed_relu": cuts.closed_relu,
    "not_chosen": cuts.not_chosen,
    "multiplied_by_zero": cuts.multiplied_by_zero,
    "saturated": cuts.saturated,
    "outweighed": cuts.outweighed,
    "stationary": cuts.stationary,
    "divided_by_infinity": cuts.divided_by_infinity,
    "underflow": cuts.underflow,
    "cancelled": cuts.cancelled,
    "squeezed": _squeezed,
    "stretched": _stretched,
    "many_paths": _many_paths,
    "given": births.given,
    "born_infinite": births.born_infinite,
    "overflow": births.overflow,
    "outside_domain": births.outside_domain,
    "undefined_quotient": births.undefined_quotient,
    "zero_times_infinity": births.zero_times_infinity,
    "infinity_minus_infinity": births.infinity_minus_infinity,
    "undefined_slope": births.undefined_slope,
}
