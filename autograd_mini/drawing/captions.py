"""Events in a few words: what stands below the picture of a moment, and at its arrows."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_mini.drawing.labels import DIGITS, LONGEST
from autograd_mini.engine.errors import printable
from autograd_mini.text import parts
from autograd_mini.text.as_text import as_text
from autograd_mini.text.names import tidied
from autograd_mini.text.sentences import computing, finished, passing
from autograd_mini.tracing.events import FORWARD, SEED, Event
from autograd_mini.tracing.graph import Graph
from autograd_mini.tracing.trace import Trace

MOST_OPERANDS = 4  # of an operation that is written in full
LONGEST_FORMULA = 60  # characters of an operation that is written in full


def captions(trace: Trace, steps: Iterable[int]) -> list[str]:
    """Which moment it is after so many events, and what has just happened.

    >>> from autograd_mini import Value, trace
    >>> a = Value(3.0, "a")
    >>> print(*captions(trace(a * a), [1, 4]), sep="\\n")
    step 1 of 6 · forward pass · v1 = a * a = 9
    step 4 of 6 · backward pass · from v1 to a: 1 * 3 = 3, total 6
    """
    graph = tidied(trace.graph, LONGEST)
    return [printable(as_text(_caption(trace, graph, step), DIGITS)) for step in steps]


def _caption(trace: Trace, graph: Graph, step: int) -> parts.Words:
    where = f"step {step} of {len(trace)} · "
    if step == 0:
        return parts.Words(where, "start")
    event = trace[step - 1]
    phase = "forward pass" if event.kind == FORWARD else "backward pass"
    if step == len(trace):
        phase = "end"
    return parts.Words(where, phase, " · ", _story(trace, graph, event))


def contribution(trace: Trace | None, event: Event) -> parts.Equation:
    """A contribution, and what it comes to.

    >>> from autograd_mini import Value, trace
    >>> recorded = trace(Value(2.0) * 3.0)
    >>> as_text(contribution(recorded, recorded[2]))
    '1 * 3 = 3'
    """
    return parts.Equation(flow(trace, event.upstream, event.local), event.product)


def flow(trace: Trace | None, upstream: parts.Piece, local: parts.Piece) -> parts.Piece:
    """What a pass makes of upstream and local: their product, unless it is mistaken."""
    mistake = getattr(trace, "mistake", None)  # of a mistaken pass, whose room takes time to import
    made: parts.Piece = mistake.contribution(upstream, local) if mistake else None
    return made if mistake else parts.product([upstream, local])


def _story(trace: Trace, graph: Graph, event: Event) -> parts.Piece:
    node = graph.nodes[event.node.index]
    name = parts.title_of(node)
    if event.kind == FORWARD:
        made = parts.made_of(graph, node, MOST_OPERANDS)
        if isinstance(made, parts.Operation) and len(as_text(made, DIGITS)) <= LONGEST_FORMULA:
            return parts.Equation(name, made, node.data)
        return parts.Equation(computing(name), node.data)
    if event.kind == SEED:
        return parts.Words("the seed: ", parts.Equation(parts.Derivative(name, name), event.after))
    if event.consumer is None:
        return parts.Words(finished(name), ": its gradient is ", event.after)
    move = passing(parts.title_of(graph.nodes[event.consumer.index]), name)
    total = [] if event.before is None else [", total ", event.after]
    return parts.Words(move, ": ", contribution(trace, event), *total)
