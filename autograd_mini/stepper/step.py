"""The stepper: a position in a recorded trace, and the ways to move it."""

from __future__ import annotations

import copy
import operator
from collections.abc import Mapping

from autograd_mini.diagnosis.mistaken import MistakenTrace
from autograd_mini.drawing.draw import draw
from autograd_mini.drawing.output import text_html
from autograd_mini.engine.ops import Op
from autograd_mini.engine.value import Value, topological_order
from autograd_mini.stepper.frames import Frame
from autograd_mini.text.as_text import as_text
from autograd_mini.text.names import tidied
from autograd_mini.text.parts import Words, made_of, name_of, separated, title_of
from autograd_mini.tracing.events import FORWARD, Event
from autograd_mini.tracing.graph import Node, caller_names
from autograd_mini.tracing.trace import Trace, record

MOST_LEAVES = 12  # in a message


def step(v: Value | Trace) -> Stepper:
    """Walk through the two passes of a value, one event at a time, forwards and backwards.

    >>> a, b = Value(2.0), Value(-3.0)
    >>> c = a * b
    >>> step(c).next()
    step 1 of 7 · forward pass · compute c
      c = a * b = 2 * (-3) = -6
                  a    b    c
      value       2   -3   -6
      gradient    –    –    –

    The names are labels, or else the variables of the calling function. No node's number or `.grad`
    is touched. A recorded `Trace` can be walked through too, such as `mistaken` gives.

    Raises `StaleGraph` if a leaf was changed since the forward pass, `ValueError` for a constant,
    and `TypeError` for what is no `Value`.
    """
    return Stepper(v, caller_names(depth=2))


class Stepper:
    """A position `k` in a trace, from 0 (nothing has happened) to `len(stepper)` (everything has).

    >>> a = Value(3.0, "a")
    >>> stepper = step(a * a)
    >>> stepper.run().k, len(stepper)
    (6, 6)
    >>> stepper.frame.gradients["a"], stepper.goto(3).frame.gradients["a"]
    (6.0, 3.0)

    `next` at the end and `back` at the start stay. Every move gives the stepper itself, whose repr
    is the current frame. A node is given as a `Value`, a recorded node or a name; one that is not
    in the graph is a `ValueError` that says which names there are. `trace` is the recorded trace.
    `step` makes a Stepper.
    """

    def __init__(self, v: Value | Trace, names: Mapping[Value, str]) -> None:
        self.trace = v if isinstance(v, Trace) else record(v, names)
        self.graph = tidied(self.trace.graph)  # with the names that texts have
        self.k = 0
        self._given = self.trace.values
        self._own = _own_copy(self.trace) if self._given else None
        self._broken: list[int | Op] = []
        self._watched: list[int] = []

    def __len__(self) -> int:
        return len(self.trace)

    def __repr__(self) -> str:
        return repr(self.frame)

    def _repr_html_(self) -> str:
        """What notebooks show: the picture of the moment, if there can be one, above the frame."""
        try:
            picture = draw(self)._repr_svg_() or ""
        except Exception:  # a notebook would show the traceback in place of the frame
            picture = ""
        return picture + text_html(repr(self))

    @property
    def frame(self) -> Frame:
        """The current moment as data: `.step .steps .phase .event .values .gradients .watches`."""
        nodes = self.trace.graph.nodes
        watched = [nodes[index] for index in self._watched]
        return Frame(self.trace, self.k, watched, self.graph)

    @property
    def event(self) -> Event | None:
        """The event that has just happened; None at the start."""
        return self.trace[self.k - 1] if self.k else None

    def node(self, which: Value | Node | str) -> Node:
        """The recorded node for a `Value`, for a name, or for a node recorded before a `set`."""
        found = self.trace.node(which)
        nodes = self.trace.graph.nodes
        if found.index >= len(nodes) or nodes[found.index].name != found.name:
            raise ValueError(f"the node {found.name!r} was recorded in another graph")
        return nodes[found.index]

    # -- moving ------------------------------------------------------------------------------------

    def next(self) -> Stepper:
        """One event on."""
        self.k = min(self.k + 1, len(self))
        return self

    def back(self) -> Stepper:
        """One event back."""
        self.k = max(self.k - 1, 0)
        return self

    def reset(self) -> Stepper:
        """To the start; breakpoints, watches and numbers stay."""
        self.k = 0
        return self

    def goto(self, where: int | Value | Node | str) -> Stepper:
        """To a position, or to right after a node was computed in the forward pass.

        A leaf or a constant is there from the start, position 0. A position below 0 or beyond the
        end is a `ValueError`.
        """
        if isinstance(where, Value | Node | str):
            node, moments = self.node(where), enumerate(self.trace, 1)
            computed = (k for k, event in moments if event.kind == FORWARD and event.node is node)
            self.k = next(computed, 0) if node.op else 0
            return self
        k = operator.index(where)
        if not 0 <= k <= len(self):
            raise ValueError(f"there is no step {k}: the steps are 0..{len(self)}")
        self.k = k
        return self

    def until(self, which: Value | Node | str) -> Stepper:
        """Forward to the next event that has this node at either end of its edge, or to the end."""
        return self._forward_to({self.node(which).index})

    def run(self) -> Stepper:
        """Forward to right after the next event that a breakpoint names, or to the end."""
        return self._forward_to(set(self._broken))

    def _forward_to(self, stops: set[int | Op] | set[int]) -> Stepper:
        later = range(self.k, len(self))
        self.k = next((k + 1 for k in later if concerns(self.trace[k]) & stops), len(self))
        return self

    # -- breakpoints, watches, other numbers -------------------------------------------------------

    def break_at(self, where: Value | Node | Op | str) -> Stepper:
        """Let `run` stop after events at this node, or at nodes that this operation makes.

        A text is the name of a node, else of an operation, such as "*" or "tanh".
        """
        stop = where if isinstance(where, Op) else self._stop_named(where)
        if stop not in self._broken:
            self._broken.append(stop)
        return self

    def _stop_named(self, where: Value | Node | str) -> int | Op:
        found = {node.op.symbol: node.op for node in self.trace.graph.nodes if node.op}
        found = {**{op.name: op for op in found.values()}, **found}
        try:
            return self.node(where).index
        except ValueError as error:
            if isinstance(where, str) and where in found:
                return found[where]
            symbols = ", ".join(sorted({op.symbol for op in found.values()})) or "none"
            raise ValueError(f"{error}; its operations are {symbols}") from None

    @property
    def breakpoints(self) -> list[str]:
        """The nodes and operations that `run` stops at, in words."""
        return [
            f"operation {stop.symbol}"
            if isinstance(stop, Op)
            else as_text(Words("node ", title_of(self.graph.nodes[stop])))
            for stop in self._broken
        ]

    def watch(self, which: Value | Node | str) -> Stepper:
        """Show this node's value and gradient in every frame."""
        index = self.node(which).index
        if index not in self._watched:
            self._watched.append(index)
        return self

    def clear(self) -> Stepper:
        """Forget all breakpoints and watches."""
        self._broken, self._watched = [], []
        return self

    def set(self, leaf: Value | Node | str, number: float) -> Stepper:
        """Start over with another number for a leaf, on the stepper's own copy of the graph.

        >>> a = Value(3.0, "a")
        >>> step(a * a).set("a", 5.0).run().frame.gradients["a"], a.data
        (10.0, 3.0)

        What is no leaf is a `ValueError`. Breakpoints and watches stay.
        """
        node = self.node(leaf)
        if not node.is_leaf:
            raise ValueError(self._no_leaf(node))
        own = copy.deepcopy(self._graph())  # a number that is refused changes nothing
        topological_order(own)[node.index].data = number
        own.recompute()
        new = record(own, {})
        values = dict(zip(self._given, new.graph.nodes, strict=True))
        trace = Trace(new.graph, new.events, values)
        if isinstance(self.trace, MistakenTrace):
            trace = MistakenTrace(trace, self.trace.mistake)
        self._own, self.trace, self.graph, self.k = own, trace, tidied(trace.graph), 0
        return self

    def _graph(self) -> Value:
        if self._own is None:
            raise ValueError("this trace was read from a file, which has numbers but no operations")
        return self._own

    def _no_leaf(self, node: Node) -> str:
        kind = Words("a constant, a plain number inside the expression")
        if node.op is not None:
            kind = Words("a result, ", made_of(self.graph, node))
        known = [title_of(leaf) for leaf in self.graph.nodes if leaf.is_leaf]
        name = name_of(self.graph.nodes[node.index])
        more = ["..."] if len(known) > MOST_LEAVES else []
        named = separated([*known[:MOST_LEAVES], *more])
        return as_text(Words("only leaves can be set, here ", named, "; ", name, " is ", kind))

    def own(self, which: Value | Node | str) -> Value:
        """The stepper's own copy of a node, with a label and with the numbers that were set."""
        return topological_order(self._graph())[self.node(which).index]


def _own_copy(trace: Trace) -> Value:
    """The graph of a trace with the recorded numbers, whatever the user's nodes become later."""
    own = copy.deepcopy(trace.values[-1])
    for twin, node in zip(topological_order(own), trace.graph.nodes, strict=True):
        twin.label = "" if node.is_constant else node.name
        twin.data = node.data
    own.recompute()
    return own


def concerns(event: Event) -> set[int | Op]:
    """The nodes at both ends of an event, by index, and their operations."""
    ends = [event.node] if event.consumer is None else [event.node, event.consumer]
    return {end.index for end in ends} | {end.op for end in ends if end.op}
