"""One moment of the two passes, as data and as a block of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from autograd_mini.diagnosis.mistaken import MistakenTrace
from autograd_mini.stepper.story import called, title, told
from autograd_mini.text.as_text import as_text, breakable, sides_of
from autograd_mini.text.layout import WIDTH, chained, columns, wrapped
from autograd_mini.text.names import cut_name, distinct, tidied
from autograd_mini.text.numbers import number_text
from autograd_mini.text.parts import Equation, Piece, Words
from autograd_mini.tracing.events import FORWARD
from autograd_mini.tracing.graph import Graph, Node
from autograd_mini.tracing.trace import Trace

MOST_COLUMNS = 12  # of the table; a larger graph shows the nodes of the current operation
LONGEST_HEADER = 12  # characters of a name above a column


class Frame:
    """One moment of a trace: what has happened after `step` of `steps` events.

    >>> from autograd_mini import Value, trace
    >>> a = Value(3.0, "a")
    >>> frame = Frame(trace(a * a), 0)
    >>> frame.phase, dict(frame.values), dict(frame.gradients)
    ('start', {'a': 3.0, 'v1': None}, {'a': None, 'v1': None})

    `phase` is "start", "forward pass", "backward pass" or "end". `event` is the last event, None at
    the start. `values` and `gradients` are mappings from names to numbers, None where nothing is
    computed yet; `watches` has (value, gradient) for each watched name. The repr is the moment as
    text, at most 80 columns wide.
    """

    __slots__ = ("_graph", "event", "phase", "step", "steps", "trace", "watched")

    def __init__(
        self, trace: Trace, step: int, watched: Sequence[Node] = (), graph: Graph | None = None
    ) -> None:
        self.trace, self.step, self.steps, self.watched = trace, step, len(trace), tuple(watched)
        self._graph = graph
        self.event = trace[step - 1] if step else None
        if self.event is None:
            self.phase = "start"
        elif self.step == self.steps:
            self.phase = "end"
        else:
            self.phase = "forward pass" if self.event.kind == FORWARD else "backward pass"

    @property
    def graph(self) -> Graph:
        """The graph with names as short as the text needs them."""
        self._graph = self._graph or tidied(self.trace.graph)
        return self._graph

    @property
    def values(self) -> Mapping[str, float | None]:
        """The number of each node, by name."""
        return _Numbers(self.trace, self.value)

    @property
    def gradients(self) -> Mapping[str, float | None]:
        """The gradient of each node so far, by name."""
        return _Numbers(self.trace, self.gradient)

    @property
    def watches(self) -> dict[str, tuple[float | None, float | None]]:
        """The value and the gradient of each watched node, by name."""
        return {node.name: (self.value(node), self.gradient(node)) for node in self.watched}

    def value(self, node: Node) -> float | None:
        """The number of a node; None for a result that the forward pass has not reached."""
        if node.op is None:
            return node.data
        # The forward pass goes through the nodes in order, so the last one tells about all.
        is_there = self.event and (
            self.event.kind != FORWARD or node.index <= self.event.node.index
        )
        return node.data if is_there else None

    def gradient(self, node: Node) -> float | None:
        """The sum of the contributions that have come to a node; None if none has."""
        return self.trace.gradient(node, step=self.step)

    def __repr__(self) -> str:
        watches = [as_text(_watch(self, node)) for node in self.watched]
        return "\n".join([*_story(self), *_table(self), *watches])


class _Numbers(Mapping[str, "float | None"]):
    """A number for each name, looked up when asked for: a frame of a large graph costs nothing."""

    def __init__(self, trace: Trace, number: Callable[[Node], float | None]) -> None:
        self._trace, self._number = trace, number

    def __getitem__(self, name: str) -> float | None:
        try:
            return self._number(self._trace.node(name))
        except ValueError as error:
            raise KeyError(str(error)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([node.name for node in self._trace.graph.nodes]))

    def __len__(self) -> int:
        return len({node.name for node in self._trace.graph.nodes})

    def __repr__(self) -> str:
        return repr(dict(self)) if len(self) <= 100 else f"<{len(self):,} numbers by name>"


# -- the story -------------------------------------------------------------------------------------


def _story(frame: Frame) -> list[str]:
    where = f"step {frame.step} of {frame.steps} · {frame.phase}"
    if isinstance(frame.trace, MistakenTrace):
        where += f", {frame.trace.mistake.name}"
    event = [Words(" · ", title(frame.graph, frame.event))] if frame.event else []
    heading = cut_name(as_text(Words(where, *event)), WIDTH)
    return [heading, *[line for part in told(frame) for line in lines_of(part, "  ")]]


def lines_of(part: Piece, indent: str = "") -> list[str]:
    """An equation, its sides on one line as far as they fit, or a sentence."""
    if isinstance(part, Equation):
        first, *others = sides_of(part)
        return chained(indent + first, *others)
    return wrapped(indent + breakable(part), len(indent))


def _watch(frame: Frame, node: Node) -> Words:
    value, gradient = frame.value(node), frame.gradient(node)
    name = called(frame.graph, node)
    return Words("  watch ", name, ": value ", value, ", gradient ", gradient)


# -- the table -------------------------------------------------------------------------------------


def _table(frame: Frame) -> list[str]:
    nodes = _on_display(frame)
    cells = [[number_text(frame.value(node)), number_text(frame.gradient(node))] for node in nodes]
    names = distinct([cut_name(node.name, LONGEST_HEADER) for node in nodes])
    # No column is narrower than three characters, so that small numbers do not move it.
    found = [[name.rjust(3), *column] for name, column in zip(names, cells, strict=True)]
    tables: list[list[list[str]]] = []
    room = 0
    for column in found:
        width = 2 + max(map(len, column))
        if width > room:
            tables.append([["", "value", "gradient"]])
            room = WIDTH - len("  gradient")
        tables[-1].append(column)
        room -= width
    rows = [list(zip(*table, strict=True)) for table in tables]
    return [f"  {line}" for table in rows for line in columns(table)]


def _on_display(frame: Frame) -> list[Node]:
    """The nodes with a column: all of a small graph, else those that the event concerns."""
    every, event = frame.trace.graph.nodes, frame.event
    nodes = [node for node in every if not node.is_constant]
    if len(nodes) <= MOST_COLUMNS:
        return nodes
    if event is None:
        return [*nodes[: MOST_COLUMNS - 1], nodes[-1]]
    center = event.consumer or event.node
    around = dict.fromkeys([event.node.index, center.index, *center.parents])
    kept = [index for index in around if not every[index].is_constant]
    return [every[index] for index in sorted(kept[:MOST_COLUMNS])]
