"""The graph as a program for the page: all its numbers again, for other numbers of the leaves."""

from __future__ import annotations

import copy
from itertools import islice
from typing import TYPE_CHECKING, Any

from autograd_mini.diagnosis.mistakes import mistakes
from autograd_mini.diagnosis.wrong_passes import RIGHT, BackwardPass
from autograd_mini.engine.errors import CompileError
from autograd_mini.engine.value import Value
from autograd_mini.page.templates import Places
from autograd_mini.program.chain_rule import local_derivatives
from autograd_mini.program.javascript_source import javascript_source
from autograd_mini.program.linear import Builder, Symbol
from autograd_mini.text.parts import Operation
from autograd_mini.tracing.events import CONTRIBUTION
from autograd_mini.tracing.graph import Graph, Node
from autograd_mini.tracing.trace import Trace

if TYPE_CHECKING:
    from autograd_mini.diagnosis.wrong_passes import Changes

MOST_STEPS_OF_A_MISTAKE = 2_000


class Live:
    """The numbers of a graph, as symbols of a program where one can be made of it.

    `graph` is the graph with symbols for numbers. Where an operation cannot be compiled it has the
    numbers themselves, and `obstacle` says why.
    """

    def __init__(self, trace: Trace, places: Places) -> None:
        self.trace, self.places, self._keys = trace, places, list(places.edge_at)
        self.leaves = [node.index for node in trace.graph.nodes if node.is_leaf]
        self.obstacle = ""
        values, nodes = trace.values, trace.graph.nodes
        names = {value: node.name for value, node in zip(values, nodes, strict=True)}
        self._builder = Builder([values[index] for index in self.leaves], names)
        try:
            self.graph = self._symbolic()
        except CompileError as error:
            self.graph, self.obstacle = trace.graph, str(error)
        self._more: list[Any] = []  # symbols and numbers whose places come after the others
        self._conditions: dict[str, int] = {}

    def _symbolic(self) -> Graph:
        values, nodes = self.trace.values, self.trace.graph.nodes
        self._builder.slot_of(values[-1])
        pairs = zip(values, nodes, strict=True)
        return Graph(tuple([_symbolic_node(self._builder, *pair) for pair in pairs]))

    # -- places for more numbers -------------------------------------------------------------------

    def condition(self, part: object) -> int:
        """The place of the condition of a choice in a formula of nodes."""
        key = _structure(part)
        if key not in self._conditions:
            self._conditions[key] = self.more(self._evaluated(part))
        return self._conditions[key]

    def _evaluated(self, part: object) -> object:
        if isinstance(part, Operation):
            return part.op(*[self._evaluated(argument) for argument in part.arguments])
        key = getattr(part, "key", None)
        return part if key is None else self.graph.nodes[key].data

    def more(self, number: object) -> int:
        """A new place, for this symbol or number."""
        self._more.append(number)
        return self.places.end + len(self._more) - 1

    def local(self, edge: int) -> Any:
        """The local derivative of an edge: a symbol or a number, None where no gradient passes."""
        consumer, position = self._keys[edge]
        return self.graph.nodes[consumer].local_derivatives[position]

    def fixed(self, edge: int) -> float | None:
        """The local derivative of an edge, where it is the same whatever the leaves are."""
        local = self.local(edge)
        return None if local is None or isinstance(local, Symbol) else float(local)

    # -- the program -------------------------------------------------------------------------------

    def program(self) -> tuple[str, list[int], list[float]]:
        """The JavaScript source, the places that it fills, and the numbers of the added places."""
        wanted = [(place, symbol) for place, symbol in self._wanted() if isinstance(symbol, Symbol)]
        if not wanted:
            return "", [], [float(number) for number in self._more]
        places = [place for place, _ in wanted]
        outputs = [self._builder.place(symbol) for _, symbol in wanted]
        line = self._builder.finished(outputs, len(self._builder.steps))
        leaves = [self.trace.graph.nodes[index].data for index in self.leaves]
        found = dict(zip(places, line.run(leaves), strict=True))
        first = self.places.end
        numbers = [
            found[first + index] if isinstance(number, Symbol) else float(number)
            for index, number in enumerate(self._more)
        ]
        return _script(javascript_source(line), len(outputs)), places, numbers

    def _wanted(self) -> list[tuple[int, Any]]:
        results = [(node.index, node.data) for node in self.graph.nodes if node.op is not None]
        edges = range(len(self.places.edges))
        locals_ = [(self.places.local(edge), self.local(edge)) for edge in edges]
        end = self.places.end
        return [*results, *locals_, *[(end + i, number) for i, number in enumerate(self._more)]]


def _symbolic_node(builder: Builder, value: Value, node: Node) -> Node:
    own = copy.copy(node)
    own.data = builder.known[value]
    own.local_derivatives = local_derivatives(builder, value)
    return own


def _structure(part: object) -> str:
    """A formula of nodes, as a text that no other has."""
    if isinstance(part, Operation):
        return f"{part.op.name}({','.join(map(_structure, part.arguments))})"
    key = getattr(part, "key", None)
    return repr(part) if key is None else f"#{key}"


def _script(source: str, outputs: int) -> str:
    """A module as a script that sets `graphProgram`, a function that gives a list."""
    body = source[: source.rindex("export {")]
    name = "value" if outputs == 1 else "values"
    gives = "[value(...leaves)]" if outputs == 1 else "values(...leaves)"
    assert f"function {name}(" in body
    return (
        '"use strict";\n'
        "const graphProgram = (() => {\n"
        f"{body}\nreturn (leaves) => {gives};\n}})();\n"
    )


# -- mistakes --------------------------------------------------------------------------------------


def mistake_plans(live: Live) -> list[dict[str, Any]]:
    """How each known mistake, and each variant of it, goes backwards over the graph.

    In which order contributions flow does not depend on the numbers; so a plan has the edges in
    their order, and where the local derivatives are that the mistake takes for the right ones.
    """
    plans = []
    for mistake in mistakes.values():
        for changes in (mistake.changes, *mistake.variants):
            plan = _plan(live, changes)
            if plan is not None and plan != _as_data(RIGHT):
                plans.append({"name": mistake.name, **plan})
    return plans


def _plan(live: Live, changes: Changes) -> dict[str, Any] | None:
    try:
        events = BackwardPass(live.graph, changes).events()
    except ValueError:  # too many paths
        return None
    steps = list(islice(events, MOST_STEPS_OF_A_MISTAKE + 1))
    flows = [event for event in steps if event.kind == CONTRIBUTION]
    if len(steps) > MOST_STEPS_OF_A_MISTAKE:
        return None
    keys = [(event.consumer.index, event.position) for event in flows if event.consumer]
    if any(key not in live.places.edge_at for key in keys):
        return None
    order = [live.places.edge_at[key] for key in keys]  # type: ignore[index]
    plan = _as_data(changes)
    if order != list(range(len(live.places.edges))):
        plan["order"] = order
    locals_ = {edge: event.local for edge, event in zip(order, flows, strict=True)}
    if wrong := _wrong_locals(live, locals_):
        plan["locals"] = wrong
    return plan


def _as_data(changes: Changes) -> dict[str, Any]:
    return {key: changes.get(key, RIGHT[key]) for key in ("seed", "contribution", "total")}


def _wrong_locals(live: Live, locals_: dict[int, Any]) -> list[list[int]]:
    wrong = [edge for edge, local in locals_.items() if not _same(local, live.local(edge))]
    return [[edge, live.more(locals_[edge])] for edge in wrong]


def _same(one: object, other: object) -> bool:
    if isinstance(one, Symbol) and isinstance(other, Symbol):
        return one.place == other.place
    return type(one) is type(other) and repr(one) == repr(other)
