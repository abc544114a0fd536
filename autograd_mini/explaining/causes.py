"""Why a gradient is what it is, as data: a verdict, the causes from a trace, the dominant path."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd_mini.explaining.derivation import nodes_on_paths
from autograd_mini.explaining.infinities import infinity_causes, nan_causes
from autograd_mini.explaining.kinds import KINDS as KINDS
from autograd_mini.explaining.kinds import Cause as Cause
from autograd_mini.explaining.operations import has_plain_name
from autograd_mini.explaining.paths import Path, dominant_path, path_through
from autograd_mini.explaining.sizes import (
    HUGE,
    TINY,
    factor_causes,
    huge_causes,
    overflow_causes,
    tiny_causes,
)
from autograd_mini.explaining.zeros import Uses, cuts_of_other_ways, uses_above, zeros_above
from autograd_mini.tracing.graph import Node
from autograd_mini.tracing.trace import Trace


def verdict_on(gradient: float | None) -> str:
    """A gradient in a word: zero, tiny, ordinary, huge, infinite or nan.

    >>> verdict_on(-3.0), verdict_on(1e-7), verdict_on(None)
    ('ordinary', 'tiny', 'zero')

    Tiny is below 0.000001 in size, huge above 1,000,000. None, where no gradient comes, is zero.
    """
    if gradient is None or gradient == 0.0:
        return "zero"
    if math.isnan(gradient):
        return "nan"
    if math.isinf(gradient):
        return "infinite"
    return "tiny" if abs(gradient) < TINY else "huge" if abs(gradient) > HUGE else "ordinary"


def causes_and_path(trace: Trace, target: Node) -> tuple[list[Cause], Path | None]:
    """The causes, worst first, and the dominant path, None where no gradient comes down at all."""
    if target.index < 0:
        return _outside(trace, target), None
    if target.is_constant:
        return [Cause(trace, "constant", node=target)], None
    nodes, uses = nodes_on_paths(trace, [target]), uses_above(trace, target)
    verdict = verdict_on(trace.gradient(target))
    if verdict in ("nan", "infinite"):
        return _where_it_began(trace, uses, nodes, target)
    path = dominant_path(trace, nodes, trace.root, target) if nodes else None
    return _by_size(trace, uses, target, path), path


def _outside(trace: Trace, target: Node) -> list[Cause]:
    """No path; perhaps there was one, through a constant that somebody gave a name."""
    named = [n for n in trace.graph.nodes if n.is_constant and not has_plain_name(n)]
    suspects = [target, *named] if target.is_constant else named
    return [
        Cause(trace, "no_path", node=target),
        *[Cause(trace, "constant", node=node) for node in suspects],
    ]


def _where_it_began(
    trace: Trace, uses: Uses, nodes: Sequence[Node], target: Node
) -> tuple[list[Cause], Path | None]:
    is_nan = verdict_on(trace.gradient(target)) == "nan"
    found = nan_causes(trace, uses, target) if is_nan else infinity_causes(trace, target)
    edge = found[0].edge
    assert edge is not None
    path = path_through(trace, nodes, edge, target)
    overflow = _path_to_first(trace, found, "overflow")
    return [*found, *(overflow_causes(trace, overflow) if overflow else [])], path


def _path_to_first(trace: Trace, found: Sequence[Cause], kind: str) -> Path | None:
    """The dominant path down to the first overflow or underflow of the backward pass."""
    for cause in found:
        if cause.kind == kind and cause.is_of_the_passing and cause.edge is not None:
            nodes = nodes_on_paths(trace, [cause.node])
            return path_through(trace, nodes, cause.edge, cause.node)
    return None


def _by_size(trace: Trace, uses: Uses, target: Node, path: Path | None) -> list[Cause]:
    verdict = verdict_on(trace.gradient(target))
    if verdict == "zero":
        zeros = zeros_above(trace, uses, target)
        underflow = _path_to_first(trace, zeros, "underflow")
        return [*zeros, *(factor_causes(trace, underflow, "squeezed") if underflow else [])]
    assert path is not None
    others = cuts_of_other_ways(trace, uses)
    if verdict == "ordinary":
        return others
    found = tiny_causes if verdict == "tiny" else huge_causes
    return [*found(trace, target, path), *others]
