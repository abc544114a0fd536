"""What is told otherwise when the backward pass is a known mistake; nothing in a right one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autograd_mini.diagnosis.mistaken import MistakenTrace
from autograd_mini.engine.ops import Op
from autograd_mini.stepper import event_sentences as say
from autograd_mini.text.parts import Derivative, Equation, Name, Words, title_of
from autograd_mini.tracing.events import Event
from autograd_mini.tracing.graph import Graph, Node
from autograd_mini.tracing.trace import Trace

if TYPE_CHECKING:
    from autograd_mini.stepper.frames import Frame

MOST_WRONG = 8  # gradients, at the end


def name(trace: Trace) -> str:
    """For the title."""
    return f", {trace.mistake.name}" if isinstance(trace, MistakenTrace) else ""


def warning(trace: Trace) -> str:
    """For the start."""
    if not isinstance(trace, MistakenTrace):
        return ""
    mistake = trace.mistake
    return f" The backward pass will be wrong on purpose: {mistake.name}, {mistake.sentence}"


def row_of(trace: Trace, result: Node) -> Op | None:
    """The row by which a pass differentiates a result."""
    return trace.row_of(result) if isinstance(trace, MistakenTrace) else result.op


def parting(frame: Frame, describe: Callable[[Trace, Graph, Event], Words]) -> list[Words]:
    """At the first step that the right pass does not take: what it does instead."""
    trace = frame.trace
    if not isinstance(trace, MistakenTrace) or frame.step - 1 != trace.parting:
        return []
    if frame.step > len(trace.right):
        return [Words(say.RIGHT_HAS_ENDED)]
    return [say.parting(describe(trace.right, frame.graph, trace.right[frame.step - 1]))]


def still_to_come(frame: Frame, node: Node) -> list[Name]:
    """What a node has not waited for before it passed its gradient on."""
    trace, nodes = frame.trace, frame.graph.nodes
    if not isinstance(trace, MistakenTrace):
        return []
    coming = [trace[k].consumer for k in trace.arrivals(node) if k >= frame.step]
    found = dict.fromkeys([consumer.index for consumer in coming if consumer is not None])
    return [title_of(nodes[index]) for index in found]


def outcome(frame: Frame) -> list[Any]:
    """For the end: which gradients have become wrong."""
    trace, nodes = frame.trace, frame.graph.nodes
    if not isinstance(trace, MistakenTrace):
        return []
    wrong = []
    for leaf, (right, found) in list(trace.differences.items())[:MOST_WRONG]:
        symbol = Derivative(title_of(nodes[-1]), title_of(nodes[trace.node(leaf).index]))
        wrong.append(say.instead(Equation(symbol, found), right))
    return [say.wrong_gradients(wrong) if wrong else Words(say.RIGHT_ALL_THE_SAME)]
