"""One moment of the two passes, as data and as a block of text."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from autograd_mini.drawing.labels import name_text as visible
from autograd_mini.engine import ops
from autograd_mini.stepper import mistaken_frames
from autograd_mini.text import formula
from autograd_mini.tracing.events import CONTRIBUTION, DONE, FORWARD, SEED, Event
from autograd_mini.tracing.graph import Node
from autograd_mini.tracing.trace import Trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Parts = list[str]  # of an equation, which have = between them; a sentence is a single part

WIDTH = 80  # columns
MOST_OPERANDS = 8  # of an operation that is written in full
MOST_COLUMNS = 12  # of the table; a larger graph shows the nodes of the current operation
LONGEST_FORMULA = 120  # characters of a local derivative; a longer one explains nothing
NOT_COMPUTED = "–"


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

    __slots__ = ("event", "phase", "step", "steps", "trace", "watched")

    def __init__(self, trace: Trace, step: int, watched: Sequence[Node] = ()) -> None:
        self.trace, self.step, self.steps, self.watched = trace, step, len(trace), tuple(watched)
        self.event = trace[step - 1] if step else None
        self.phase = self._phase()

    def _phase(self) -> str:
        if self.event is None:
            return "start"
        if self.step == self.steps:
            return "end"
        return "forward pass" if self.event.kind == FORWARD else "backward pass"

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
        return node.data if node.op is None or self._reached(node) else None

    def _reached(self, node: Node) -> bool:
        if self.event is None:
            return False
        # The forward pass goes through the nodes in order, so the last one tells about all.
        return self.event.kind != FORWARD or node.index <= self.event.node.index

    def gradient(self, node: Node) -> float | None:
        """The sum of the contributions that have come to a node; None if none has."""
        return self.trace.gradient(node, step=self.step)

    def __repr__(self) -> str:
        return "\n".join([*_story(self), *_table(self), *map(_watch_line, self.watches.items())])


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


# -- names and operations --------------------------------------------------------------------------


def number_text(number: float | None) -> str:
    """A number to six digits, a dash if it is not computed yet."""
    return NOT_COMPUTED if number is None else formula.number_text(number)


def shown(name: str) -> str:
    """A name as formulas have it: printable, and bracketed unless it is a plain word."""
    return formula.name_text(visible(name))


def operand_text(node: Node) -> str:
    """What stands for a node in a formula: its name, or the number of a constant."""
    return number_text(node.data) if node.is_constant else shown(node.name)


def derivative_text(trace: Trace, node: Node) -> str:
    """The gradient of a node in symbols: dL/da."""
    return f"d{_below(trace.root)}/d{_below(node)}"


def local_text(consumer: Node, node: Node) -> str:
    """A local derivative in symbols: ∂e/∂a."""
    return f"∂{_below(consumer)}/∂{_below(node)}"


def _below(node: Node) -> str:
    name = shown(node.name)
    return name if name.isidentifier() or name.startswith("(") else f"({name})"


def operands(trace: Trace, node: Node) -> list[Node]:
    """The operands of a result, in order; the same one may stand twice."""
    return [trace.graph.nodes[index] for index in node.parents]


def operation_text(trace: Trace, node: Node) -> str:
    """A result's operation in symbols: a * b."""
    return _applied(node, [operand_text(operand) for operand in operands(trace, node)])


def _operation_in_numbers(trace: Trace, node: Node) -> str:
    return _applied(node, [number_text(operand.data) for operand in operands(trace, node)])


def _applied(node: Node, parts: list[str]) -> str:
    assert node.op is not None
    if len(parts) > MOST_OPERANDS:
        return f"{node.op.name}({parts[0]}, {parts[1]}, ..., {parts[-1]})"
    return formula.applied(node.op, parts)


def forward_text(trace: Trace, node: Node) -> list[str]:
    """A result as the parts of an equation: its name, in symbols, in numbers, its number."""
    in_numbers = _operation_in_numbers(trace, node)
    return [shown(node.name), operation_text(trace, node), in_numbers, number_text(node.data)]


def _local_parts(event: Event, rule: Any) -> list[str]:
    """A local derivative as the parts of an equation: in symbols, in numbers, its number."""
    written = "" if rule is None else formula.text(rule)
    texts = [written, _in_numbers(rule)] if 0 < len(written) <= LONGEST_FORMULA else []
    return [*texts, number_text(event.local)]


def _name_of(node: Node) -> formula.Name:
    """A node in a formula: its name as pictures have it, and its number."""
    return formula.Name(visible(node.name), node.data, node.index)


def rule_of(trace: Trace, event: Event) -> Any:
    """The local derivative of a contribution as a formula or a number; None if it cannot be one."""
    consumer, position = event.consumer, event.position
    assert consumer is not None and consumer.op is not None and position is not None
    if len(consumer.parents) > MOST_OPERANDS:
        return None
    nodes = operands(trace, consumer)
    names = [node.data if node.is_constant else _name_of(node) for node in nodes]
    row = mistaken_frames.row_of(trace, consumer)
    try:
        rule = formula.local_derivatives(row, names, _name_of(consumer))[position]
    except Exception:  # a rule of the user's own may understand numbers only
        return None
    return rule if mistaken_frames.agrees(trace, rule, event) else None


def _in_numbers(part: Any) -> str:
    if isinstance(part, formula.Formula):
        return formula.applied(part.op, [_in_numbers(argument) for argument in part.arguments])
    return number_text(formula.number_of(part))


def product_parts(trace: Trace, event: Event) -> list[str]:
    """A contribution as the parts of an equation: in symbols, in numbers, its number."""
    assert event.consumer is not None
    upstream = derivative_text(trace, event.consumer)
    symbols = [upstream, local_text(event.consumer, event.node)]
    factors = [number_text(event.upstream), number_text(event.local)]
    numbers = mistaken_frames.contribution(trace, factors)
    return [
        mistaken_frames.contribution_in_symbols(trace, symbols),
        numbers,
        number_text(event.product),
    ]


# -- the story of one event ------------------------------------------------------------------------


def _story(frame: Frame) -> list[str]:
    where = f"step {frame.step} of {frame.steps} · {frame.phase}{mistaken_frames.name(frame.trace)}"
    title = where if frame.event is None else _cut(f"{where} · {title_text(frame.event)}")
    return [title, *[line for parts in told(frame) for line in _written(parts)]]


def told(frame: Frame) -> list[Parts]:
    """What a frame says below its title: equations, as lists of parts, and sentences, as one part.

    >>> from autograd_mini import Value, trace
    >>> told(Frame(trace(Value(3.0, "a") * 2.0), 1))
    [['v2', 'a * 2', '3 * 2', '6']]
    """
    if frame.event is None:
        return _start(frame)
    story = _TELL[frame.event.kind](frame, frame.event)
    parting = mistaken_frames.parting(frame.trace, frame.step, _beside)
    closing = _closing(frame) if frame.phase == "end" else []
    return [*story, *([[parting]] if parting else []), *closing]


def _written(parts: Parts) -> list[str]:
    return _paragraph(parts[0]) if len(parts) == 1 else equation(parts)


def _beside(trace: Trace, step: int) -> str:
    """A step of another pass, in a few words."""
    event = trace[step - 1]
    if event.kind != CONTRIBUTION:
        return title_text(event)
    *_, in_numbers, product = product_parts(trace, event)
    total = f", total {number_text(event.after)}" if event.before is not None else ""
    return f"{title_text(event)}, {in_numbers} = {product}{total}"


def _closing(frame: Frame) -> list[Parts]:
    nodes = [node for node in frame.trace.graph.nodes if not node.is_constant]
    if wrong := mistaken_frames.outcome(frame.trace):
        return [[wrong]]
    if any(frame.gradient(node) is None for node in nodes):
        return [["Both passes are finished; where – still stands, no gradient comes."]]
    return [["Both passes are finished."]]


def title_text(event: Event) -> str:
    """An event in a few words."""
    name = shown(event.node.name)
    if event.consumer is not None:
        return f"from {shown(event.consumer.name)} to {name}"
    return {FORWARD: f"compute {name}", SEED: "the seed"}.get(event.kind, f"{name} is done")


def _start(frame: Frame) -> list[Parts]:
    size = len(frame.trace.graph.nodes)
    more = f" The graph has {size:,} nodes." if size > 100 else ""
    text = "The numbers that you gave, the leaves, are there; – is not computed yet."
    return [[text + more + mistaken_frames.warning(frame.trace)], *_definitions(frame.trace)]


def _definitions(trace: Trace) -> list[Parts]:
    """What each result is made of, where there are few enough to read."""
    results = [node for node in trace.graph.nodes if node.op is not None]
    if len(results) > MOST_COLUMNS:
        return []
    made = [f"{shown(node.name)} = {operation_text(trace, node)}" for node in results]
    return [[", ".join(made)]] if made else []


def _forward(frame: Frame, event: Event) -> list[Parts]:
    return [forward_text(frame.trace, event.node)]


def _seed(frame: Frame, event: Event) -> list[Parts]:
    name, symbol = shown(event.node.name), derivative_text(frame.trace, event.node)
    if event.after != 1.0:
        return [[f"{symbol} starts as {number_text(event.after)}."]]
    return [[f"{symbol} = 1: {name} changes as {name} does. Here the backward pass starts."]]


def _contribution(frame: Frame, event: Event) -> list[Parts]:
    return contribution(frame, event, rule_of(frame.trace, event))


def contribution(frame: Frame, event: Event, rule: Any) -> list[Parts]:
    """What is said about a contribution whose local derivative has this formula, None for none."""
    consumer, trace = event.consumer, frame.trace
    assert consumer is not None and event.position is not None
    again = consumer.parents.count(event.node.index) > 1
    so = f"so at operand {event.position + 1}," if again else "so"
    written = f"{shown(consumer.name)} = {operation_text(trace, consumer)}"
    local = local_text(consumer, event.node)
    passing = f"{shown(consumer.name)} passes on to {shown(event.node.name)}:"
    symbols, *numbers = product_parts(trace, event)
    return [
        [f"{written}, {so} {local}", *_local_parts(event, rule)],
        [f"{passing} {symbols}", *numbers],
        _total(frame, event),
    ]


def _total(frame: Frame, event: Event) -> Parts:
    moments = arrivals(frame.trace, event.node)
    many, now = len(moments), moments.index(frame.step) + 1
    parts = [derivative_text(frame.trace, event.node), *_sum_parts(event)]
    if many == 1:
        return [*parts[:-1], f"{parts[-1]}, from its only contribution"]
    last = ", the last" if now == many else ", more to come"
    return [*parts[:-1], f"{parts[-1]}, with contribution {now} of {many}{last}"]


def _sum_parts(event: Event) -> list[str]:
    if event.before is None:
        return [number_text(event.after)]
    before, product, after = map(number_text, (event.before, event.product, event.after))
    if is_added(event):
        return [formula.applied(ops.add, [before, product]), after]
    replaced = event.after == event.product
    return [f"{after}, which replaces {before}" if replaced else f"{after}; {product} is not added"]


def is_added(event: Event) -> bool:
    """Whether a contribution was added to the total before it, which some mistakes do not do."""
    if event.before is None or event.product is None:
        return True
    return repr(event.before + event.product) == repr(event.after)


def arrivals(trace: Trace, node: Node) -> list[int]:
    """The steps at which a contribution came to a node, from 1 on."""
    return [] if node is trace.root else [index + 1 for index in trace.arrivals(node)]


def _done(frame: Frame, event: Event) -> list[Parts]:
    symbol = derivative_text(frame.trace, event.node)
    if early := mistaken_frames.still_to_come(frame.trace, event.node, frame.step):
        on = _passed_on(frame.trace, event.node)
        return [[f"{symbol} is {number_text(event.after)} now{on}; but {early}."]]
    why, on = _why_complete(frame.trace, event.node), _passed_on(frame.trace, event.node)
    return [[f"{symbol} = {number_text(event.after)} is complete: {why}{on}."]]


def _why_complete(trace: Trace, node: Node) -> str:
    if node is trace.root:
        return "it is the seed"
    consumers = [trace[k - 1].consumer for k in arrivals(trace, node)]
    names = list(dict.fromkeys([shown(consumer.name) for consumer in consumers if consumer]))
    if len(names) == 1:
        return f"{names[0]}, which uses {shown(node.name)}, has passed on its share"
    named = _listed(names) if len(names) <= 4 else f"all {len(names)} results"
    return f"{named}, which use {shown(node.name)}, have passed on their shares"


def _passed_on(trace: Trace, node: Node) -> str:
    if node.op is None:
        return ""
    pairs = zip(operands(trace, node), node.local_derivatives, strict=True)
    names = list(dict.fromkeys([shown(operand.name) for operand, x in pairs if x is not None]))
    if not names:
        return f", and {shown(node.name)} has no operand that a gradient can pass to"
    return f", and {shown(node.name)} has passed on to {_listed(names)}"


def _listed(names: list[str]) -> str:
    if len(names) > 4:
        return f"its {len(names)} operands"
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


_TELL: dict[str, Callable[[Frame, Event], list[Parts]]] = {
    FORWARD: _forward,
    SEED: _seed,
    CONTRIBUTION: _contribution,
    DONE: _done,
}


# -- the table and the watches ---------------------------------------------------------------------


def _table(frame: Frame) -> list[str]:
    columns = [
        [_cut(visible(node.name), 12), number_text(frame.value(node)), _gradient(frame, node)]
        for node in _on_display(frame)
    ]
    lines: list[str] = []
    while columns:
        count = _fitting(columns)
        lines += _block(columns[:count])
        columns = columns[count:]
    return lines


def _gradient(frame: Frame, node: Node) -> str:
    return number_text(frame.gradient(node))


def _on_display(frame: Frame) -> list[Node]:
    nodes = [node for node in frame.trace.graph.nodes if not node.is_constant]
    if len(nodes) <= MOST_COLUMNS:
        return nodes
    if frame.event is None:
        return [*nodes[: MOST_COLUMNS - 1], nodes[-1]]
    return _involved(frame.trace, frame.event)


def _involved(trace: Trace, event: Event) -> list[Node]:
    center = event.consumer or event.node
    around = {node.index: node for node in [event.node, center, *operands(trace, center)]}
    kept = [node for node in around.values() if not node.is_constant][:MOST_COLUMNS]
    return sorted(kept, key=lambda node: node.index)


def _fitting(columns: list[list[str]]) -> int:
    used = len("  gradient")
    for count, column in enumerate(columns):
        used += 2 + max(3, *map(len, column))
        if used > WIDTH:
            return max(count, 1)
    return len(columns)


def _block(columns: list[list[str]]) -> list[str]:
    widths = [max(3, *map(len, column)) for column in columns]
    rows = zip(("", "value", "gradient"), zip(*columns, strict=True), strict=True)
    return [f"  {label:8}{_cells(cells, widths)}" for label, cells in rows]


def _cells(cells: Sequence[str], widths: list[int]) -> str:
    return "".join([f"  {cell:>{width}}" for cell, width in zip(cells, widths, strict=True)])


def _watch_line(item: tuple[str, tuple[float | None, float | None]]) -> str:
    name, (value, gradient) = item
    numbers = f"value {number_text(value)}, gradient {number_text(gradient)}"
    return f"  watch {shown(name)}: {numbers}"


# -- lines of at most 80 columns -------------------------------------------------------------------


def equation(parts: Sequence[str], indent: str = "  ") -> list[str]:
    """The parts with = between them; what equals the part before it as text is left out.

    >>> equation(["a", "b * c", "2 * 3", "6"])
    ['  a = b * c = 2 * 3 = 6']
    """
    lines = [indent + parts[0]]
    for before, part in pairwise(parts):
        if part == before:
            continue
        if len(f"{lines[-1]} = {part}") <= WIDTH:
            lines[-1] += f" = {part}"
        else:
            lines.append(f"{indent}    = {part}")
    return [short for line in lines for short in _wrapped(line)]


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ")


def _wrapped(line: str) -> list[str]:
    lead = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, WIDTH, subsequent_indent=lead, break_on_hyphens=False)


def _cut(text: str, width: int = WIDTH) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
