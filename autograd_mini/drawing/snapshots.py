"""The numbers of a picture: those of now, or those after so many steps of the two passes."""

from __future__ import annotations

import copy
from collections import defaultdict

from autograd_mini.drawing.captions import captions, contribution
from autograd_mini.drawing.labels import DIGITS, number_text
from autograd_mini.text.as_text import as_text, sides_of
from autograd_mini.text.layout import plain
from autograd_mini.text.parts import Equation
from autograd_mini.tracing.events import CONTRIBUTION, FORWARD, Event
from autograd_mini.tracing.graph import Edge, Graph, Node
from autograd_mini.tracing.trace import Trace

Place = tuple[int, int]  # an edge: the index of its consumer, and the position of the operand

ONE_LINE = 13  # characters; a longer contribution takes two lines
MOST_PRODUCTS = 2  # of one edge, which gets more only where a mistaken pass recurses along paths
MANY_STEPS = 500  # of a trace; more captions than that are not compared for their lengths


class Snapshot:
    """A graph with its gradients, what has come down its edges, and what is still to come.

    `graph` has all numbers of the forward pass, and the gradients of the moment. `step` is how many
    events have happened, None outside of the two passes. States are "" (done, or nothing to wait
    for), "active" (the event at hand) or "to come".
    """

    def __init__(self, graph: Graph, trace: Trace | None = None, step: int | None = None) -> None:
        self.graph, self.trace, self.step = graph, trace, step
        self._events = trace.events if trace else []
        self._moves = defaultdict[Place, list[int]](list)  # when something comes down an edge
        for k, event in enumerate(self._events):
            if event.kind == CONTRIBUTION and event.consumer and event.position is not None:
                self._moves[event.consumer.index, event.position].append(k)

    @property
    def event(self) -> Event | None:
        """The event that has just happened; None at the start, and outside of the two passes."""
        return self._events[self.step - 1] if self.step else None

    @property
    def is_forward(self) -> bool:
        """Whether this is in the forward pass, or at its start."""
        return self.step is not None and (self.event is None or self.event.kind == FORWARD)

    # -- numbers -----------------------------------------------------------------------------------

    def is_computed(self, node: Node) -> bool:
        """Whether the forward pass has come to a node; it goes through them in order."""
        if node.op is None or not self.is_forward:
            return True
        return self.event is not None and node.index <= self.event.node.index

    def value(self, node: Node) -> float | None:
        """The number of a node; None if it is not computed yet."""
        return node.data if self.is_computed(node) else None

    def local(self, edge: Edge) -> float | None:
        """The local derivative of an edge as the pass uses it, which a mistaken one may get wrong.

        None where no gradient passes.
        """
        moves = self._moves[place_of(edge)]
        return self._events[moves[0]].local if moves else edge.local

    def products(self, edge: Edge, at_the_end: bool = False) -> list[str]:
        """What has come down an edge, or will have, in short lines, such as 2 * 3 = 6."""
        if self.trace is None:
            return _product_now(edge)
        last = len(self._events) if at_the_end or self.step is None else self.step
        come = [self._events[k] for k in self._moves[place_of(edge)] if k < last]
        if len(come) > MOST_PRODUCTS:
            return [f"{len(come)} times"]
        return [line for event in come for line in _lines(contribution(self.trace, event))]

    def longest_gradient(self, node: Node) -> int:
        """The characters that the gradient of a node needs while it grows."""
        texts = [number_text(self._events[k].after) for k in self._arrivals(node)]
        return max(map(len, texts), default=1)

    def _arrivals(self, node: Node) -> list[int]:
        return self.trace.arrivals(self.trace.graph.nodes[node.index]) if self.trace else []

    # -- states ------------------------------------------------------------------------------------

    def node_state(self, node: Node) -> str:
        """The state of a node's number in the forward pass, and of its gradient after it."""
        if self.step is None:
            return ""
        if self.event and self.event.node.index == node.index:
            return "active"
        if self.is_forward:
            return "" if self.is_computed(node) else "to come"
        return self._waiting(self._arrivals(node))

    def edge_state(self, edge: Edge) -> str:
        """The state of the result in the forward pass, and of the contribution after it."""
        if self.step is None:
            return ""
        if self.is_forward:
            return self.node_state(edge.consumer)
        moves = self._moves[place_of(edge)]
        return "active" if self.step - 1 in moves else self._waiting(moves)

    def _waiting(self, events: list[int]) -> str:
        return "to come" if events and self.step is not None and events[0] >= self.step else ""

    # -- words -------------------------------------------------------------------------------------

    @property
    def caption(self) -> str:
        """Which moment it is, and what happens in it; "" outside of the two passes."""
        return captions(self.trace, [self.step])[0] if self.trace and self.step is not None else ""

    @property
    def longest_caption(self) -> int:
        """The characters of the longest caption, so that it does not move from step to step."""
        if self.trace is None or self.step is None or len(self.trace) > MANY_STEPS:
            return 0
        return max(map(len, captions(self.trace, range(len(self.trace) + 1))))


def place_of(edge: Edge) -> Place:
    """An edge by what it is in every copy of its graph."""
    return edge.consumer.index, edge.position


def _product_now(edge: Edge) -> list[str]:
    upstream, local = edge.consumer.grad, edge.local
    if upstream is None or local is None:
        return []
    product = upstream * local
    event = Event(CONTRIBUTION, edge.node, edge.consumer, edge.position, local, upstream, product)
    return _lines(contribution(None, event))


def _lines(equation: Equation) -> list[str]:
    line = as_text(equation, DIGITS)
    first, *others = map(plain, sides_of(equation, DIGITS))
    return [line] if len(line) <= ONE_LINE else [first, *[f"= {side}" for side in others]]


# -- making snapshots ------------------------------------------------------------------------------


def snapshot(trace: Trace, step: int | None = None) -> Snapshot:
    """The gradients after `step` events of a trace; without a step those at its end.

    >>> from autograd_mini import Value, trace
    >>> a = Value(3.0, "a")
    >>> now = snapshot(trace(a * a), 3)
    >>> [(node.data, node.grad, now.node_state(node)) for node in now.graph.nodes]
    [(3.0, 3.0, 'active'), (9.0, 1.0, '')]
    """
    nodes = [copy.copy(node) for node in trace.graph.nodes]
    for node, recorded in zip(nodes, trace.graph.nodes, strict=True):
        node.grad = trace.gradient(recorded, step)
        if node.is_constant:
            node.name = ""  # constants are shown as the numbers that they are
    return Snapshot(Graph(tuple(nodes)), trace, step)


def graph_to_print(now: Snapshot) -> Graph:
    """The graph of a moment, with None for the numbers that are not computed yet."""
    nodes = [copy.copy(node) for node in now.graph.nodes]
    for node in nodes:
        node.data = now.value(node)  # type: ignore[assignment]  # texts write None as a dash
    return Graph(tuple(nodes))
