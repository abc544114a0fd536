"""A mistaken backward pass beside the right one, up to where they part and beyond."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from autograd_mini.diagnosis.mistakes import Mistake, mistakes
from autograd_mini.diagnosis.wrong_passes import BackwardPass
from autograd_mini.engine.ops import Op
from autograd_mini.engine.value import Value
from autograd_mini.explaining.explain import definitions
from autograd_mini.text import sentences
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import columns
from autograd_mini.text.names import LONGEST, cut_name
from autograd_mini.text.paragraphs import Sentence, text_of
from autograd_mini.text.parts import Equation, Words, gradient_of
from autograd_mini.tracing.events import CONTRIBUTION, SEED, Event
from autograd_mini.tracing.graph import Node, caller_names
from autograd_mini.tracing.trace import Trace, forward_pass, record

BEFORE, AFTER = 6, 12  # steps that are shown before the passes part, and from there on
MOST_LEAVES, MOST_RESULTS = 12, 12
CELL = 33  # columns for one step of one pass
SAME = "On this expression the mistake does not show: both passes take the same steps. "


def mistaken(v: Value, name: str) -> MistakenTrace:
    """The two passes of a value, the backward one as a known mistake would do it.

    >>> a = Value(3.0, "a")
    >>> wrong = mistaken(a * a, "overwrite")
    >>> wrong.gradient("a"), wrong.right.gradient("a")
    (3.0, 6.0)
    >>> wrong.ledger("a")[1], wrong.right.ledger("a")[1]
    (Entry('v1', product=3.0, total=3.0), Entry('v1', product=3.0, total=6.0))
    >>> wrong.parting == len(wrong) - 3
    True

    It is a `Trace`, to step through (`step(wrong)`) or to print, beside the right one. `mistakes`
    are the names and what they stand for; another name is a `ValueError`. So is a constant, and
    `recurse_per_path` where there are too many paths. Nothing is altered.
    """
    return MistakenTrace(record(v, caller_names(depth=2)), mistakes.named(name))


class MistakenTrace(Trace):
    """The passes as a mistake does them; `right` is the right trace, of the same graph.

    `parting` is the index of the first event that differs from the right trace's, None if there is
    none. Printed, it shows both passes beside each other. `mistaken` makes one.
    """

    def __init__(self, right: Trace, mistake: Mistake) -> None:
        events = [*forward_pass(right.graph), *BackwardPass(right.graph, mistake.changes).events()]
        super().__init__(right.graph, events, right._values)
        self.right, self.mistake = right, mistake
        self.parting = _first_difference(self.events, right.events)

    def row_of(self, result: Node) -> Op | None:
        """The row of the table by which this pass differentiates a result."""
        rows: dict[Op | None, Op] = self.mistake.changes.get("rows", {})
        return rows.get(result.op, result.op)

    @property
    def differences(self) -> dict[str, tuple[float, float]]:
        """The leaves whose gradients are wrong: by name, the right gradient and this pass's.

        >>> mistaken(Value(3.0, "a") - Value(2.0, "b"), "subtraction_sign").differences
        {'b': (-1.0, 1.0)}
        """
        leaves = [node for node in self.graph.nodes if node.is_leaf]
        both = {node.name: (_read(self.right, node), _read(self, node)) for node in leaves}
        return {name: pair for name, pair in both.items() if repr(pair[0]) != repr(pair[1])}

    def __str__(self) -> str:
        return "\n".join(_text(self))


def _read(trace: Trace, node: Node) -> float:
    """A gradient, as `Value.grad` gives it: 0.0 where none came."""
    gradient = trace.gradient(node)
    return 0.0 if gradient is None else gradient + 0.0  # -0.0 is no mistake


def _first_difference(some: Sequence[Event], others: Sequence[Event]) -> int | None:
    pairs = enumerate(zip_longest(some, others))
    return next((k for k, (one, other) in pairs if _key(one) != _key(other)), None)


def _key(event: Event | None) -> tuple[object, ...] | None:
    if event is None:
        return None
    consumer = event.consumer.index if event.consumer else None
    numbers = [repr(event.local), repr(event.upstream), repr(event.product), repr(event.after)]
    return (event.kind, event.node.index, consumer, event.position, *numbers)


# -- the text --------------------------------------------------------------------------------------


def _text(wrong: MistakenTrace) -> Iterator[str]:
    yield from wrong.mistake.lines()
    results = [node for node in reversed(wrong.graph.nodes) if node.op]
    if len(results) <= MOST_RESULTS:
        yield from ["", *text_of(definitions(wrong.graph, results)).split("\n")]
    yield ""
    if wrong.parting is None:
        yield from Sentence(Words(SAME, wrong.mistake.where)).lines()
        return
    yield from _steps(wrong)
    yield ""
    yield from _gradients(wrong)


def _steps(wrong: MistakenTrace) -> Iterator[str]:
    right, mistaken_steps = [
        [event for event in trace if event.kind in (SEED, CONTRIBUTION)]
        for trace in (wrong.right, wrong)
    ]
    parting = _first_difference(mistaken_steps, right)
    pairs = list(zip_longest(right, mistaken_steps))
    first = 0 if parting is None else max(0, parting - BEFORE)
    rows = [["right", wrong.mistake.name]]
    for k, (one, other) in list(enumerate(pairs))[first : first + BEFORE + AFTER]:
        mark = "  ← they part" if k == parting else ""
        rows.append([_cell(_RIGHT, one), f"{_cell(wrong.mistake, other)}{mark}"])
    heading, *lines = columns(rows, sides="<")
    yield heading
    yield from [f"... {first:,} steps, the same in both"] if first else []
    yield from lines
    rest = len(pairs) - first - BEFORE - AFTER
    yield from [f"... {rest:,} more steps"] if rest > 0 else []


def _cell(mistake: Mistake, event: Event | None) -> str:
    """A step: what flows, and what it comes to; where there is no room, only the latter."""
    if event is None:
        return ""
    if event.consumer is None:
        return as_text(Words("the seed: ", event.after))
    flowing = Equation(mistake.contribution(event.upstream, event.local), event.product)
    short = Words("total ", event.after)
    full = Words(flowing, ", ", short)
    if event.before is None:
        full, short = Words(flowing), Words(event.product)
    found = _along(event, full, LONGEST)
    room_for_names = CELL - len(" → : ") - len(as_text(short))
    return found if len(found) <= CELL else _along(event, short, room_for_names // 2)


def _along(event: Event, said: Words, longest: int) -> str:
    """What is said of an edge, behind the names of its nodes."""
    assert event.consumer is not None
    names = [cut_name(node.name, longest) for node in (event.consumer, event.node)]
    return f"{' → '.join(names)}: {as_text(said)}"


def _gradients(wrong: MistakenTrace) -> Iterator[str]:
    different = wrong.differences
    if not different:
        yield "The gradients of the leaves are right all the same."
        return
    leaves = [node for node in wrong.graph.nodes if node.name in different and node.is_leaf]
    for node in leaves[:MOST_LEAVES]:
        right, found = different[node.name]
        symbol = gradient_of(wrong.root, node)
        yield as_text(sentences.wrong_gradient(symbol, found, right))
    if len(leaves) > MOST_LEAVES:
        yield f"... and {len(leaves) - MOST_LEAVES:,} more wrong gradients"


_RIGHT = Mistake("", "", "", {})
