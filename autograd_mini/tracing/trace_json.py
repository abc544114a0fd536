"""A trace as JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from autograd_mini.engine import ops
from autograd_mini.files import number_to_json
from autograd_mini.tracing.events import FIELDS, Event
from autograd_mini.tracing.graph import Graph, Node

FORMAT, VERSION = "autograd_mini trace", 1


def written(graph: Graph, events: Iterable[Event]) -> str:
    """A graph and its events as JSON."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "nodes": [_node_to_json(node) for node in graph.nodes],
        "events": [_event_to_json(event) for event in events],
    }
    return json.dumps(document, allow_nan=False)


def read(text: str) -> tuple[Graph, list[Event]]:
    """The graph and the events that `written` wrote."""
    document = json.loads(text)
    found = document.get("format") if isinstance(document, dict) else type(document).__name__
    if found != FORMAT:
        raise ValueError(f"this is no trace: its format is {found!r}, not {FORMAT!r}")
    if document.get("version") != VERSION:
        version = document.get("version")
        raise ValueError(f"this trace has version {version!r}; this one reads version {VERSION}")
    try:
        return _graph_and_events(document)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"this trace is damaged: {type(error).__name__}: {error}") from None


def _graph_and_events(document: dict[str, Any]) -> tuple[Graph, list[Event]]:
    nodes = tuple([_node_from_json(i, data) for i, data in enumerate(document["nodes"])])
    return Graph(nodes), [_event_from_json(nodes, data) for data in document["events"]]


def _number_to_json(number: float | None) -> float | str | None:
    return None if number is None else number_to_json(number)


def _number_from_json(raw: float | str | None) -> float | None:
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
    numbers = [_number_to_json(getattr(event, field)) for field in FIELDS]
    return [event.kind, event.node.index, consumer, *numbers]


def _event_from_json(nodes: tuple[Node, ...], raw: list[Any]) -> Event:
    kind, node, consumer, position, *numbers = raw
    at = None if consumer is None else nodes[consumer]
    return Event(kind, nodes[node], at, position, *map(_number_from_json, numbers))
