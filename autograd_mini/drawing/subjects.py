"""What `draw` was asked to draw: numbers as they are now, or a trace at one of its steps."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, SupportsIndex, runtime_checkable

from autograd_mini.clusters.expansion import expansion
from autograd_mini.drawing.snapshots import Snapshot, snapshot
from autograd_mini.engine.errors import printable
from autograd_mini.engine.value import Value, topological_order
from autograd_mini.text.as_text import as_text
from autograd_mini.text.parts import Operation
from autograd_mini.tracing.graph import Graph, Node, find_name, graph_of, unique_names
from autograd_mini.tracing.trace import Trace, both_passes, record

Names = Mapping[Value, str]
Expand = bool | str | Iterable[str]


@runtime_checkable
class Walker(Protocol):
    """A stepper, at one step of a trace; those are made above this floor."""

    trace: Trace
    k: int


@dataclass
class Subject:
    """The moment to draw, and where each value is in its graph. `subject_of` makes one."""

    snapshot: Snapshot
    places: Mapping[Value, int]

    def index_of(self, which: Value | Node | str) -> int:
        """The index of a node that is given as a `Value`, a recorded node or a name.

        One that is not in the picture is a `ValueError` that says which names there are.
        """
        if not isinstance(which, Value | Node | str):
            kind = type(which).__name__
            raise TypeError(f"highlight takes one node, a Value or its name, not {kind}")
        named = {node.name: node.index for node in self.snapshot.graph.nodes if node.name}
        name = which.name if isinstance(which, Node) else which
        found = self.places.get(name) if isinstance(name, Value) else find_name(named, name)
        if found is None:
            known = ", ".join([*map(printable, list(named)[:12]), "..."][: len(named)])
            raise ValueError(f"cannot highlight {name!r}: the nodes of this graph are {known}")
        return found


def subject_of(
    v: Value | Trace | Walker, at: SupportsIndex | Walker | None, names: Names, expand: Expand
) -> Subject:
    """What to draw for a value, a trace or a stepper, `at` a step or a stepper or now.

    >>> a = Value(3.0, "a")
    >>> subject = subject_of(a * a, 3, {}, expand=False)
    >>> subject.snapshot.trace, subject.snapshot.step, subject.index_of("a")
    (Trace(6 events of 2 nodes), 3, 0)
    """
    if isinstance(v, Walker):
        at, v = v.k if at is None else at, v.trace
    if not isinstance(v, Value | Trace):
        kind = type(v).__name__
        raise TypeError(f"draw takes a Value, the result to start from, or a trace, not {kind}")
    if isinstance(at, Walker):
        root = [v] if isinstance(v, Value) else v.values[-1:]
        if v is not at.trace and (not root or root != at.trace.values[-1:]):
            raise ValueError("this stepper walks through another graph than the one to draw")
        v, at = at.trace, at.k
    if isinstance(v, Value):
        return _of_value(v, at, names, expand)
    if expand:
        raise ValueError("a recorded trace cannot be expanded; draw the Value itself, at a step")
    return Subject(snapshot(v, _step(at, v)), _places(v.values))


def _of_value(v: Value, at: SupportsIndex | None, names: Names, expand: Expand) -> Subject:
    trace = None if at is None else record(v, names)
    graph = trace.graph if trace else _named(graph_of(v, names))
    opened, origins = expansion(graph, expand)
    if opened is not graph:
        _name_products(opened)
    if trace and opened is not graph:
        trace = Trace(opened, both_passes(opened), {})
    now = snapshot(trace, _step(at, trace)) if trace else Snapshot(opened)
    return Subject(now, _places(topological_order(v), origins))


def _named(graph: Graph) -> Graph:
    for node, name in zip(graph.nodes, unique_names(graph), strict=True):
        if not node.is_constant:  # constants are shown as the numbers that they are
            node.name = name
    return graph


def _name_products(graph: Graph) -> None:
    """What an expansion has added is called what it is: w[0] * x."""
    for node in graph.nodes:
        if node.op and not node.name:
            operands = [graph.nodes[index] for index in node.parents]
            made = tuple([operand.name or operand.data for operand in operands])
            node.name = as_text(Operation(node.op, made))
    _named(graph)


def _places(values: Sequence[Value], origins: Sequence[int] = ()) -> dict[Value, int]:
    """Where each value is in the graph, or what stands for it after an expansion."""
    if not origins:
        return {value: place for place, value in enumerate(values)}
    return {values[origin]: place for place, origin in enumerate(origins)}


def _step(at: SupportsIndex | None, trace: Trace) -> int | None:
    if at is None:
        return None
    try:
        step = operator.index(at)
    except TypeError:
        raise TypeError(f"at is the number of a step, or a stepper, not {at!r}") from None
    if not 0 <= step <= len(trace):
        raise ValueError(f"there is no step {step}: the steps are 0..{len(trace)}")
    return step
