"""Where nan and infinity begin: in the forward pass, or at an edge of the backward pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

from autograd_mini.engine.facts import facts_of
from autograd_mini.explaining.kinds import Cause
from autograd_mini.explaining.operations import is_at_pole, numbers_of, operands_of, other_factor
from autograd_mini.explaining.zeros import Uses, kind_of_cut, zeros_above
from autograd_mini.tracing.events import Event
from autograd_mini.tracing.graph import Edge, Graph, Node
from autograd_mini.tracing.trace import Trace

Test = Callable[[float], bool]


def nan_causes(trace: Trace, uses: Uses, target: Node) -> list[Cause]:
    """The origins of the nan at a node, in order; then what led to each 0 * inf or inf - inf."""
    events = _events_above(trace, [target], math.isnan)
    began = [event for event in events if _begins(event, math.isnan)]
    at_edges = [Cause(trace, _nan_kind(event), _edge(event)) for event in began]
    causes = sorted([*_entering(trace, events, math.isnan), *at_edges], key=_moment)
    zeros = [zero for event in began for zero in _zero_side(trace, uses, event)]
    return _distinct([*causes, *zeros, *_infinite_side(trace, began, causes)])


def infinity_causes(trace: Trace, target: Node) -> list[Cause]:
    """The origins of the infinity at a node, in order."""
    return _infinities(trace, _events_above(trace, [target], math.isinf))


def _infinities(trace: Trace, events: list[Event]) -> list[Cause]:
    began = [event for event in events if _begins(event, math.isinf)]
    at_edges = [Cause(trace, "overflow", _edge(event)) for event in began]
    return sorted([*_entering(trace, events, math.isinf), *at_edges], key=_moment)


def _moment(cause: Cause) -> tuple[bool, int, int]:
    """When it was: the forward pass comes before the backward pass."""
    if cause.origin is not None:
        return False, cause.origin.index, 0
    assert cause.consumer is not None and cause.position is not None
    return True, -cause.consumer.index, cause.position


def _distinct(causes: Iterable[Cause]) -> list[Cause]:
    """Without repetition: one infinity can be on both sides of a difference."""
    kept: dict[tuple[object, ...], Cause] = {}
    for cause in causes:
        nodes = [node.index if node else -1 for node in (cause.consumer, cause.node, cause.origin)]
        kept.setdefault((cause.kind, cause.position, *nodes), cause)
    return list(kept.values())


# -- the way up ------------------------------------------------------------------------------------


def _events_above(trace: Trace, starts: Iterable[Node], bad: Test) -> list[Event]:
    """The contributions to these nodes, and to all that sent them a bad gradient; root first."""
    todo = list(starts)
    seen = {node.index for node in todo}
    found = []
    while todo:
        for index in trace.arrivals(todo.pop()):
            event = trace.events[index]
            if event.consumer is not None:
                found.append(index)
                if bad(_upstream(event)) and event.consumer.index not in seen:
                    seen.add(event.consumer.index)
                    todo.append(event.consumer)
    return [trace.events[index] for index in sorted(found)]


def _upstream(event: Event) -> float:
    assert event.upstream is not None
    return event.upstream


def _begins(event: Event, bad: Test) -> bool:
    """Whether a bad number comes out of this step of the backward pass, and none went in."""
    assert event.local is not None and event.product is not None and event.after is not None
    if bad(event.product):
        return not bad(event.local) and not bad(_upstream(event))
    return bad(event.after) and not (event.before is not None and bad(event.before))


def _edge(event: Event) -> Edge:
    assert event.consumer is not None and event.position is not None
    return Edge(event.node, event.consumer, event.position)


def _nan_kind(event: Event) -> str:
    assert event.product is not None
    return "zero_times_infinity" if math.isnan(event.product) else "infinity_minus_infinity"


# -- from a local derivative to the origin of its number -------------------------------------------


def _entering(trace: Trace, events: Iterable[Event], bad: Test) -> Iterator[Cause]:
    """A cause for each place where a bad number in a local derivative began."""
    seen: set[int] = set()
    for event in events:
        if event.local is not None and bad(event.local):
            edge = _edge(event)
            starts = [node for node in _involved(trace.graph, edge) if bad(node.data)]
            for origin in _origins(trace.graph, starts, bad, seen):
                yield Cause(trace, _forward_kind(trace.graph, origin, bad), edge, origin)
            if not starts:
                yield Cause(trace, _slope_kind(trace.graph, edge, bad), edge)


def _involved(graph: Graph, edge: Edge) -> list[Node]:
    """What the local derivative is made of: often the operands and the result."""
    operands, other = operands_of(graph, edge.consumer), other_factor(graph, edge)
    if facts_of(edge.consumer.op).form == "quotient" and edge.position == 0:
        return operands[1:]
    return [*operands, edge.consumer] if other is None else [other]


def _origins(graph: Graph, starts: Iterable[Node], bad: Test, seen: set[int]) -> Iterator[Node]:
    """The nodes below these whose number was bad first. What was `seen` is passed over."""
    todo = list(starts)
    while todo:
        node = todo.pop()
        if node.index in seen:
            continue
        seen.add(node.index)
        causes = [operand for operand in operands_of(graph, node) if bad(operand.data)]
        todo += causes
        if not causes:
            yield node


def _slope_kind(graph: Graph, edge: Edge, bad: Test) -> str:
    """The kind of a bad local derivative of numbers that are not."""
    if bad is math.isnan:
        return "undefined_slope"
    return "pole" if is_at_pole(graph, edge.consumer) else "overflow"


def _forward_kind(graph: Graph, node: Node, bad: Test) -> str:
    """The kind of a bad number whose operands are not."""
    if node.op is None:
        return "given"
    if bad is math.isnan:
        return _undefined_kind(graph, node)
    return "pole" if is_at_pole(graph, node) else "overflow"


def _undefined_kind(graph: Graph, node: Node) -> str:
    form = facts_of(node.op).form
    if form == "quotient":
        return "undefined_quotient"
    if form == "product" or (form == "dot" and _has_zero_times_infinity(graph, node)):
        return "zero_times_infinity"
    return "infinity_minus_infinity" if form in ("sum", "difference", "dot") else "outside_domain"


def _has_zero_times_infinity(graph: Graph, node: Node) -> bool:
    half = len(node.parents) // 2
    numbers = numbers_of(graph, node)
    pairs = zip(numbers[:half], numbers[half : 2 * half], strict=True)
    return any(math.isnan(weight * x) for weight, x in pairs)


# -- what led to 0 * inf and inf - inf -------------------------------------------------------------


def _zero_side(trace: Trace, uses: Uses, event: Event) -> list[Cause]:
    """Where the 0 of 0 * inf comes from."""
    if event.local == 0.0:
        edge = _edge(event)
        found = [Cause(trace, kind_of_cut(trace, edge), edge)]
    elif event.upstream == 0.0 and event.consumer is not None:
        found = [zero for zero in zeros_above(trace, uses, event.consumer) if not zero.is_late]
    else:
        found = []
    return _with_role(found, "0")


def _infinite_side(trace: Trace, began: list[Event], causes: list[Cause]) -> list[Cause]:
    """Where the infinities of 0 * inf and inf - inf come from, in both passes."""
    found = [cause for event in began for cause in _infinities(trace, _brought_by(trace, event))]
    seen: set[int] = set()
    for cause in causes:
        numbers = _infinite_operands(trace.graph, cause)
        for origin in _origins(trace.graph, numbers, math.isinf, seen):
            kind = _forward_kind(trace.graph, origin, math.isinf)
            found.append(Cause(trace, kind, cause.edge or cause.node, origin))
    return _with_role(found, "inf")


def _brought_by(trace: Trace, event: Event) -> list[Event]:
    """The steps of the backward pass that can have brought an infinity to this one."""
    if not math.isnan(event.product or 0.0):  # inf - inf: to the sum
        return _events_above(trace, [event.node], math.isinf)
    if event.upstream == 0.0 or event.consumer is None:
        return [event]
    return _events_above(trace, [event.consumer], math.isinf)


def _infinite_operands(graph: Graph, cause: Cause) -> list[Node]:
    """The infinite operands that a nan was made of in the forward pass, or in a rule."""
    made = cause.origin or (cause.consumer if cause.kind == "undefined_slope" else None)
    operands = operands_of(graph, made) if made else []
    return [node for node in operands if math.isinf(node.data)]


def _with_role(causes: list[Cause], role: str) -> list[Cause]:
    for cause in causes:
        cause.role = role
    return causes
