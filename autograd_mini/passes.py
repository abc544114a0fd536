"""The two passes of a graph as a list of events, recorded once; and the ledger of every gradient.

Everything that explains the chain rule reads such a `Trace`, and nothing here touches a live node.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

from autograd_mini.documents import number_to_json
from autograd_mini.engine import ops
from autograd_mini.engine.staleness import check_fresh
from autograd_mini.engine.value import Value, topological_order
from autograd_mini.graph import Graph, Node, caller_names, graph_of, unique_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORWARD, SEED, CONTRIBUTION, DONE = "forward", "seed", "contribution", "done"
_FIELDS = ("position", "local", "upstream", "product", "before", "after")


class Event:
    """One step of a pass. What does not apply to its kind is None.

    `kind` is "forward": the `node` was computed, `after` is its number; "seed": the gradient of the
    root was set to `after`; "contribution": along operand number `position` of `consumer` the
    `product` of `upstream` and `local` came to `node`, whose total went from `before` (None if it
    was the first) to `after`; or "done": the gradient of `node` is complete, and is `after`.
    """

    __slots__ = ("consumer", "kind", "node", *_FIELDS)

    def __init__(
        self,
        kind: str,
        node: Node,
        consumer: Node | None = None,
        position: int | None = None,
        local: float | None = None,
        upstream: float | None = None,
        product: float | None = None,
        before: float | None = None,
        after: float | None = None,
    ) -> None:
        self.kind, self.node, self.consumer, self.position = kind, node, consumer, position
        self.local, self.upstream, self.product = local, upstream, product
        self.before, self.after = before, after

    def __repr__(self) -> str:
        numbers = [f"{n}={getattr(self, n)!r}" for n in _FIELDS if getattr(self, n) is not None]
        consumer = [f"consumer={self.consumer.name!r}"] if self.consumer else []
        return f"Event({', '.join([f'{self.kind!r}', repr(self.node.name), *consumer, *numbers])})"


class Entry:
    """One row of a ledger: `product` = `upstream` * `local` came in; `total` is the sum so far.

    It came from operand number `position` of `consumer`. In the root's first row, the seed, these
    are None.
    """

    __slots__ = ("consumer", "local", "position", "product", "total", "upstream")

    def __init__(self, event: Event) -> None:
        self.consumer, self.position = event.consumer, event.position
        self.local, self.upstream = event.local, event.upstream
        self.product = event.after if event.kind == SEED else event.product
        self.total = event.after

    def __repr__(self) -> str:
        source = self.consumer.name if self.consumer else "seed"
        return f"Entry({source!r}, product={self.product!r}, total={self.total!r})"


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
        self._arrivals: dict[
            int, list[int]
        ] = {}  # for each node, the events that changed its total
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
        found = self._values.get(which) if isinstance(which, Value) else self._by_name.get(which)
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

        Empty where no gradient came: at constants, behind walls.
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
        document = {
            "format": "autograd_mini trace",
            "version": 1,
            "nodes": [_node_to_json(node) for node in self.graph.nodes],
            "events": [_event_to_json(event) for event in self.events],
        }
        return json.dumps(document, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """The trace that `to_json` wrote. An operation of one's own comes back by its name only.

        >>> Trace.from_json('{"format": "something else"}')
        Traceback (most recent call last):
        ValueError: this is no trace: its format is 'something else', not 'autograd_mini trace'
        """
        document = json.loads(text)
        found = document.get("format") if isinstance(document, dict) else type(document).__name__
        if found != "autograd_mini trace":
            raise ValueError(
                f"this is no trace: its format is {found!r}, not 'autograd_mini trace'"
            )
        nodes = tuple([_node_from_json(i, data) for i, data in enumerate(document["nodes"])])
        events = [_event_from_json(nodes, data) for data in document["events"]]
        return cls(Graph(nodes), events, {})


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
    check_fresh(order)
    graph = graph_of(v, names)
    for node, name in zip(graph.nodes, unique_names(graph), strict=True):
        node.name = name
    return Trace(graph, both_passes(graph), dict(zip(order, graph.nodes, strict=True)))


def both_passes(graph: Graph) -> Iterator[Event]:
    """The events of the forward pass, then those of the backward pass."""
    yield from forward_pass(graph)
    root = graph.nodes[-1]
    totals: dict[int, float] = {root.index: 1.0}
    yield Event(SEED, root, after=1.0)
    for node in reversed(graph.nodes):
        if node.index in totals:
            yield from _contributions(graph, node, totals)
            yield Event(DONE, node, after=totals[node.index])


def forward_pass(graph: Graph) -> Iterator[Event]:
    """The events of the forward pass."""
    for node in graph.nodes:
        if node.op is not None:
            yield Event(FORWARD, node, after=node.data)


def _contributions(graph: Graph, consumer: Node, totals: dict[int, float]) -> Iterator[Event]:
    upstream = totals[consumer.index]
    for position, index in enumerate(consumer.parents):
        local = consumer.local_derivatives[position]
        if local is None:
            continue
        product, before = upstream * local, totals.get(index)
        after = product if before is None else before + product
        totals[index] = after
        node = graph.nodes[index]
        yield Event(CONTRIBUTION, node, consumer, position, local, upstream, product, before, after)


# -- to JSON and back ------------------------------------------------------------------------------


def _number_to_json(number: float | None) -> float | str | None:
    return None if number is None else number_to_json(number)


def _number_from_json(raw: Any) -> float | None:
    return None if raw is None else float(raw)


def _node_to_json(node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "data": _number_to_json(node.data),
        "op": None if node.op is None else node.op.name,
        "parents": list(node.parents),
        "constant": node.is_constant,
        "local_derivatives": [_number_to_json(local) for local in node.local_derivatives],
    }


def _node_from_json(index: int, raw: dict[str, Any]) -> Node:
    node = Node.__new__(Node)
    node.index, node.name, node.parents = index, raw["name"], tuple(raw["parents"])
    node.data, node.grad = float(raw["data"]), None
    node.op = None if raw["op"] is None else _row(raw["op"], len(node.parents))
    node.is_constant = raw["constant"]
    node.is_leaf = node.op is None and not node.is_constant
    node.is_stale = False
    node.local_derivatives = tuple([_number_from_json(x) for x in raw["local_derivatives"]])
    return node


def _row(name: str, count: int) -> ops.Op:
    for row in vars(ops).values():
        if isinstance(row, ops.Op) and row.name == name:
            return row
    slots = ", ".join(["{}"] * count)
    return ops.Op(name, f"{name}({slots})", _unknown, *[None] * count)


def _unknown(*numbers: float) -> float:
    raise ValueError("this operation was read from a file, which has its name and not its function")


def _event_to_json(event: Event) -> list[Any]:
    consumer = None if event.consumer is None else event.consumer.index
    numbers = [_number_to_json(getattr(event, field)) for field in _FIELDS]
    return [event.kind, event.node.index, consumer, *numbers]


def _event_from_json(nodes: tuple[Node, ...], raw: list[Any]) -> Event:
    kind, node, consumer, position, *numbers = raw
    at = None if consumer is None else nodes[consumer]
    return Event(kind, nodes[node], at, position, *map(_number_from_json, numbers))
