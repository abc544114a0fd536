"""Why a gradient is what it is, as data: a verdict, the causes from a trace, the dominant path."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd_mini.engine.facts import facts_of
from autograd_mini.explaining.derivation import nodes_on_paths
from autograd_mini.explaining.infinities import infinity_causes, nan_causes
from autograd_mini.explaining.kinds import KINDS as KINDS
from autograd_mini.explaining.kinds import Cause as Cause
from autograd_mini.explaining.operations import LEVEL, alive, has_plain_name
from autograd_mini.explaining.paths import Path, dominant_path, path_through, size_along, size_of
from autograd_mini.explaining.zeros import Uses, cuts_of_other_ways, uses_above, zeros_above
from autograd_mini.tracing.graph import Edge, Node
from autograd_mini.tracing.trace import Trace

TINY, HUGE = 1e-6, 1e6  # in size, for a seed of 1
MOST_FACTORS = 5
MOST = 0.75  # of the whole: factors that make up so much of it are told one by one
MUCH = math.log(1000.0)


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
        return [Cause(trace, "constant", target)], None
    nodes, uses = nodes_on_paths(trace, [target]), uses_above(trace, target)
    verdict = verdict_on(trace.gradient(target))
    if verdict in ("nan", "infinite"):
        is_nan = verdict == "nan"
        found = nan_causes(trace, uses, target) if is_nan else infinity_causes(trace, target)
        assert found[0].edge is not None
        overflow = _path_to_first(trace, found, "overflow")
        led_to_it = _overflow(trace, overflow) if overflow else []
        return [*found, *led_to_it], path_through(trace, nodes, found[0].edge, target)
    path = dominant_path(trace, nodes, trace.root, target) if nodes else None
    return _by_size(trace, uses, target, path), path


def _outside(trace: Trace, target: Node) -> list[Cause]:
    """No path; perhaps there was one, through a constant that somebody gave a name."""
    named = [n for n in trace.graph.nodes if n.is_constant and not has_plain_name(n)]
    suspects = [target, *named] if target.is_constant else named
    constants = [Cause(trace, "constant", node) for node in suspects]
    return [Cause(trace, "no_path", target), *constants]


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
        return [*zeros, *(_factors(trace, underflow, "squeezed") if underflow else [])]
    assert path is not None
    others = cuts_of_other_ways(trace, uses)
    if verdict == "ordinary":
        return others
    found = _tiny if verdict == "tiny" else _huge
    return [*found(trace, target, path), *others]


# -- sizes: factors along the dominant path, cancelling, many paths --------------------------------


def _tiny(trace: Trace, target: Node, path: Path) -> list[Cause]:
    """Why a gradient is tiny: factors below 1, or contributions that nearly cancel."""
    size, reached = size_along(path.edges), math.log(abs(trace.gradient(target) or 1.0))
    factors = _factors(trace, path, "squeezed") if size < math.log(TINY) else []
    is_lost = not factors or size - reached > MUCH
    return [*factors, _nearly_cancelled(trace, path)] if is_lost else factors


def _huge(trace: Trace, target: Node, path: Path) -> list[Cause]:
    """Why a gradient is huge: factors above 1, or many paths."""
    size, reached = size_along(path.edges), math.log(abs(trace.gradient(target) or 1.0))
    factors = _factors(trace, path, "stretched") if size > math.log(HUGE) / 2.0 else []
    many = [Cause(trace, "many_paths", target)] if reached - size > MUCH else []
    return [*many, *factors] if reached - size > size else [*factors, *many]


def _overflow(trace: Trace, path: Path) -> list[Cause]:
    """What led to an overflow at the end of a path of the backward pass."""
    if size_along(path.edges) > math.log(HUGE):
        return _factors(trace, path, "stretched")
    return [Cause(trace, "many_paths", path.end)]


def _factors(trace: Trace, path: Path, kind: str) -> list[Cause]:
    """The factors that shrink or stretch the product most; if they are many, all together first."""
    sign = -1.0 if kind == "squeezed" else 1.0
    edges = sorted(
        [edge for edge in path.edges if size_of(edge) * sign > 0.0], key=lambda e: -abs(size_of(e))
    )
    whole = size_along(edges)
    parts = [(edge, size_of(edge) / whole) for edge in edges[:MOST_FACTORS]]
    large = [edge for edge, part in parts if part >= 0.1]
    if not edges or size_along(large) / whole >= MOST:
        return [Cause(trace, _kind_of_factor(edge, kind), edge) for edge in large]
    largest = [edge for edge, part in parts if part >= 0.25]
    singles = [Cause(trace, _kind_of_factor(edge, kind), edge) for edge in largest]
    together = Cause(trace, kind, edges[0])
    together.path = path
    return [together, *singles]


def _kind_of_factor(edge: Edge, kind: str) -> str:
    if kind == "stretched" or edge.local is None or abs(edge.local) >= LEVEL:
        return kind
    if facts_of(edge.consumer.op).zero_slope == "outweighed":
        return "outweighed"
    return "saturated" if alive(edge) else kind


def _nearly_cancelled(trace: Trace, path: Path) -> Cause:
    """The node on the path that kept least of what came down the path."""
    least = min(path.edges, key=lambda edge: _kept(trace, edge))
    return Cause(trace, "cancelled", least.node)


def _kept(trace: Trace, edge: Edge) -> float:
    whole, upstream = trace.gradient(edge.node), trace.gradient(edge.consumer)
    came = (upstream or 0.0) * (edge.local or 0.0)
    return 1.0 if came == 0.0 or whole is None else abs(whole / came)
