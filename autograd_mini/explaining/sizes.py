"""What made a gradient tiny or huge: factors along the dominant path, cancelling, many paths."""

from __future__ import annotations

import math

from autograd_mini.engine.facts import facts_of
from autograd_mini.explaining.kinds import Cause
from autograd_mini.explaining.operations import LEVEL, alive
from autograd_mini.explaining.paths import Path, size_along, size_of
from autograd_mini.tracing.graph import Edge, Node
from autograd_mini.tracing.trace import Trace

TINY, HUGE = 1e-6, 1e6  # in size, for a seed of 1
MOST_FACTORS = 5
MOST = 0.75  # of the whole: factors that make up so much of it are told one by one
MUCH = math.log(1000.0)


def tiny_causes(trace: Trace, target: Node, path: Path) -> list[Cause]:
    """Why a gradient is tiny: factors below 1, or contributions that nearly cancel."""
    size, reached = size_along(path.edges), math.log(abs(trace.gradient(target) or 1.0))
    lost = _nearly_cancelled(trace, path)
    if size >= math.log(TINY):
        return lost
    factors = factor_causes(trace, path, "squeezed")
    return [*factors, *lost] if size - reached > MUCH else factors


def huge_causes(trace: Trace, target: Node, path: Path) -> list[Cause]:
    """Why a gradient is huge: factors above 1, or many paths."""
    size, reached = size_along(path.edges), math.log(abs(trace.gradient(target) or 1.0))
    factors = factor_causes(trace, path, "stretched") if size > math.log(HUGE) / 2.0 else []
    many = [Cause(trace, "many_paths", node=target)] if reached - size > MUCH else []
    return [*many, *factors] if reached - size > size else [*factors, *many]


def overflow_causes(trace: Trace, path: Path) -> list[Cause]:
    """What led to an overflow at the end of a path of the backward pass."""
    if size_along(path.edges) > math.log(HUGE):
        return factor_causes(trace, path, "stretched")
    return [Cause(trace, "many_paths", node=path.end)]


def factor_causes(trace: Trace, path: Path, kind: str) -> list[Cause]:
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
    return [Cause(trace, kind, edges[0], path=path), *singles]


def _kind_of_factor(edge: Edge, kind: str) -> str:
    if kind == "stretched" or edge.local is None or abs(edge.local) >= LEVEL:
        return kind
    if facts_of(edge.consumer.op).zero_slope == "outweighed":
        return "outweighed"
    return "saturated" if alive(edge) else kind


def _nearly_cancelled(trace: Trace, path: Path) -> list[Cause]:
    """The node on the path that kept least of what came down the path."""
    least = min(path.edges, key=lambda edge: _kept(trace, edge))
    return [Cause(trace, "cancelled", node=least.node)]


def _kept(trace: Trace, edge: Edge) -> float:
    whole, upstream = trace.gradient(edge.node), trace.gradient(edge.consumer)
    came = (upstream or 0.0) * (edge.local or 0.0)
    return 1.0 if came == 0.0 or whole is None else abs(whole / came)
