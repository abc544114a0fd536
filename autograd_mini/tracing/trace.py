"""The two passes of a graph, recorded once, as a list of events.

Everything that explains the chain rule reads such a `Trace`, and nothing here touches a live node.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, starmap

from autograd_mini.engine.staleness import check_fresh
from autograd_mini.engine.sweep import sweep
from autograd_mini.engine.value import Value, topological_order
from autograd_mini.tracing import trace_json
from autograd_mini.tracing.events import CONTRIBUTION, FORWARD, SEED, Entry, Event
from autograd_mini.tracing.graph import (
    Graph,
    Node,
    caller_names,
    find_name,
    graph_in_order,
    unique_names,
)


class Trace:
    """The recorded passes of a graph: a sequence of events, and what they did to each node.

    >>> a = Value(3.0, "a")
    >>> recorded = trace(a * a)
    >>> [event.kind for event in recorded]
    ['forward', 'seed', 'contribution', 'contribution', 'done', 'done']
    >>> recorded[1], recorded[-1]
    (Event('seed', 'v1', after=1.0), Event('done', 'a', after=6.0))

    `graph` is the graph as data. Each of its nodes has a name: the user's, or an invented one such
    as v1. `trace` makes a Trace.
    """

    def __init__(self, graph: Graph, events: Iterable[Event], values: Mapping[Value, Node]) -> None:
        self.graph = graph
        self.events = list(events)
        self._values = values
        # A leaf labelled "2" comes before a constant 2.
        self._by_name = {node.name: node for node in graph.nodes if node.is_constant}
        self._by_name |= {node.name: node for node in graph.nodes if not node.is_constant}
        # For each node, the events that changed its total.
        self._arrivals: dict[int, list[int]] = {}
        for index, event in enumerate(self.events):
            if event.kind in (SEED, CONTRIBUTION):
                self._arrivals.setdefault(event.node.index, []).append(index)

    @property
    def root(self) -> Node:
        """The node that the backward pass starts from."""
        return self.graph.nodes[-1]

    @property
    def values(self) -> list[Value]:
        """The nodes that were recorded, in topological order; none if it was read from a file."""
        return list(self._values)

    def __len__(self) -> int:
        return len(self.events)

    def __getitem__(self, index: int) -> Event:
        return self.events[index]

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __repr__(self) -> str:
        return f"Trace({len(self.events):,} events of {len(self.graph.nodes):,} nodes)"

    def node(self, which: Value | Node | str) -> Node:
        """The recorded node for a `Value`, for a name, or for itself.

        >>> a = Value(3.0, "a")
        >>> trace(a * a).node("a").data
        3.0

        One that is not in the graph is a `ValueError` that says which names there are.
        """
        if isinstance(which, Node):
            return which
        if isinstance(which, Value):
            found = self._values.get(which)
        else:
            found = find_name(self._by_name, which)
        if found is None:
            names = [name for name, node in self._by_name.items() if not node.is_constant]
            known = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
            raise ValueError(f"{which!r} is not in this graph; its nodes are {known}")
        return found

    def ledger(self, which: Value | Node | str) -> list[Entry]:
        """What came in at a node, in order; the last `total` is its gradient.

        >>> a = Value(3.0, "a")
        >>> for entry in trace(a * a + a).ledger(a):
        ...     print(entry)
        Entry('v2', product=1.0, total=1.0)
        Entry('v1', product=3.0, total=4.0)
        Entry('v1', product=3.0, total=7.0)

        Empty where no gradient came: at constants, behind stop-gradients.
        """
        return [Entry(self.events[index]) for index in self.arrivals(which)]

    def arrivals(self, which: Value | Node | str) -> list[int]:
        """The indices of the events that changed a node's gradient: contributions, or the seed.

        >>> a = Value(3.0, "a")
        >>> trace(a * a).arrivals(a)
        [2, 3]
        """
        return self._arrivals.get(self.node(which).index, [])

    def gradient(self, which: Value | Node | str, step: int | None = None) -> float | None:
        """The gradient of a node, or its total after `step` events; None where none had come.

        >>> a = Value(3.0, "a")
        >>> recorded = trace(a * a)
        >>> recorded.gradient(a), recorded.gradient(a, step=3), recorded.gradient(a, step=1)
        (6.0, 3.0, None)
        """
        arrivals = self.arrivals(which)
        count = len(arrivals) if step is None else bisect_left(arrivals, step)
        return self.events[arrivals[count - 1]].after if count else None

    def to_json(self) -> str:
        """The trace as JSON; infinite numbers and nan are the strings "inf", "-inf" and "nan".

        >>> text = trace(Value(2.0, "x") * 3.0).to_json()
        >>> Trace.from_json(text).gradient("x")
        3.0
        """
        return trace_json.written(self.graph, self.events)

    def __reduce__(self) -> tuple[object, ...]:
        return Trace.from_json, (self.to_json(),)  # for pickle: it cannot write what rules are

    def __copy__(self, memo: object = None) -> Trace:
        return self  # nothing of it ever changes

    __deepcopy__ = __copy__

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """The trace that `to_json` wrote. An operation of one's own comes back by its name only.

        >>> Trace.from_json('{"format": "something else"}')
        Traceback (most recent call last):
        ValueError: this is no trace: its format is 'something else', not 'autograd_mini trace'
        """
        return cls(*trace_json.read(text), {})


def trace(v: Value) -> Trace:
    """Record the forward and the backward pass of a value, as events to walk through.

    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> trace(a * b).gradient("a")
    3.0

    In order: "forward" for each result; the "seed"; for every edge, in the order of `backward()`, a
    "contribution"; each node "done" when it has passed its gradient on. The numbers are those of a
    fresh `backward()`, bit for bit, and no node's `.grad` is touched. Raises `StaleGraph` if a leaf
    was changed since the forward pass, and `ValueError` for a constant, which has no gradient.
    """
    return record(v, caller_names(depth=2))


def record(v: Value, names: Mapping[Value, str]) -> Trace:
    """What `trace` does, with these names for nodes that have no label."""
    if not isinstance(v, Value):
        raise TypeError(f"a trace starts from a Value, the result, not {type(v).__name__}")
    if v.is_constant:
        raise ValueError(f"{v!r} is a constant, so it has no gradients; start from a result")
    order = topological_order(v)
    graph = graph_in_order(order, names)
    if any(node.is_stale for node in graph.nodes):
        check_fresh(order)  # which says what was changed
    for node, name in zip(graph.nodes, unique_names(graph), strict=True):
        node.name = name
    return Trace(graph, both_passes(graph), dict(zip(order, graph.nodes, strict=True)))


def both_passes(graph: Graph) -> Iterator[Event]:
    """The events of the forward pass, then those of the backward pass."""
    steps = sweep({graph.nodes[-1]: 1.0}, graph.nodes, graph.passing)
    return chain(forward_pass(graph), starmap(Event, steps))


def forward_pass(graph: Graph) -> Iterator[Event]:
    """The events of the forward pass."""
    for node in graph.nodes:
        if node.op is not None:
            yield Event(FORWARD, node, after=node.data)
