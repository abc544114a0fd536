"""Where a gradient becomes zero: edges that cut it, and nodes where contributions cancel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd_mini.explaining.kinds import Cause
from autograd_mini.explaining.operations import kind_of_zero
from autograd_mini.tracing.events import CONTRIBUTION
from autograd_mini.tracing.graph import Edge, Node
from autograd_mini.tracing.trace import Trace

Uses = dict[int, list[Edge]]


def uses_above(trace: Trace, target: Node) -> Uses:
    """The uses of a node, and of all that is made from it, stop-gradients included; root first."""
    graph, reached = trace.graph, {target.index}
    for node in graph.nodes:
        if not reached.isdisjoint(node.parents):
            reached.add(node.index)
    uses: Uses = {index: [] for index in reached}
    for consumer in reversed(graph.nodes):
        for edge in graph.edges_to(consumer) if consumer.index in reached else ():
            if edge.node.index in reached:
                uses[edge.node.index].append(edge)
    return uses


def zeros_above(trace: Trace, uses: Uses, start: Node) -> list[Cause]:
    """Where the zero at `start` comes from: on each way up, as far as the gradient is zero.

    First the edges where a number other than 0 became 0, in the order of the backward pass, then
    those that would have cut the gradient if it had come so far.
    """
    zone = _zero_zone(trace, uses, start)
    found = [*_cancelled(trace, zone), *cuts_at(trace, uses, [node.index for node in zone])]
    return sorted(found, key=_comes_late)


def _comes_late(cause: Cause) -> tuple[bool, int, int]:
    if cause.consumer is None or cause.position is None:
        return False, -cause.node.index, -1
    return cause.is_late, -cause.consumer.index, cause.position


def _zero_zone(trace: Trace, uses: Uses, start: Node) -> list[Node]:
    """The nodes with a gradient of 0, or none, that are met first on the ways up from `start`."""
    seen, todo, zone = {start.index}, [start], []
    while todo:
        node = todo.pop()
        zone.append(node)
        for edge in uses[node.index]:
            if edge.consumer.index not in seen and not trace.gradient(edge.consumer):
                seen.add(edge.consumer.index)
                todo.append(edge.consumer)
    return zone


def _cancelled(trace: Trace, nodes: Iterable[Node]) -> list[Cause]:
    return [Cause(trace, "cancelled", node) for node in nodes if _cancels(trace, node)]


def _cancels(trace: Trace, node: Node) -> bool:
    events = [trace.events[index] for index in trace.arrivals(node)]
    return any(event.kind == CONTRIBUTION and event.product != 0.0 for event in events)


def cuts_at(trace: Trace, uses: Uses, indices: Sequence[int]) -> list[Cause]:
    """The edges down to these nodes that no gradient passes, or none would."""
    edges = [edge for index in indices for edge in uses[index]]
    return [Cause(trace, kind, edge) for edge in edges if (kind := kind_of_cut(trace, edge))]


def kind_of_cut(trace: Trace, edge: Edge) -> str:
    """How an edge cuts a gradient; "" where it does not."""
    if edge.local is None:
        return "stop_gradient" if edge.stops_gradient else ""
    if edge.local == 0.0:
        return kind_of_zero(trace.graph, edge)
    upstream = trace.gradient(edge.consumer)
    return "underflow" if upstream and upstream * edge.local == 0.0 else ""


def cuts_of_other_ways(trace: Trace, uses: Uses) -> list[Cause]:
    """Where a gradient that other ways bring is cut, in the order of the backward pass."""
    found = [cause for cause in cuts_at(trace, uses, list(uses)) if not cause.is_late]
    return sorted(found, key=_comes_late)
