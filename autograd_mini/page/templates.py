"""Texts with places for numbers: what the Python stepper says, ready for other numbers.

The functions that write a step for the terminal run once more here, on numbers that are not known:
each shows itself as a mark. Where a mark stood is where the number goes. They run a second time on
marks with a minus sign, and what brackets that adds, a number needs when it is negative. So a page
has the words and the brackets of the terminal, and there is no second set of them.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd_mini.engine import ops
from autograd_mini.text.parts import Operation, Part
from autograd_mini.tracing.events import CONTRIBUTION, DONE, FORWARD, Event
from autograd_mini.tracing.graph import Graph, Node
from autograd_mini.tracing.trace import Trace

# Texts, the places of numbers, and (place, bracket) for one that stands if it is negative.
Piece = str | int | tuple[int, str]
Text = str | list[Piece]
Line = Any  # a list of parts, or the choice between lines that a condition makes

LETTERS = "ᚠᚢᚦᚨᚱᚲᚷᚹ"  # runes: they are letters to Python, and hardly in a name
MOST_CHOICES = 3  # conditions, in one rule


class Unknown(float):
    """A number that is not known yet: nan, which decides nothing; texts show its mark.

    >>> from autograd_mini.text.as_text import as_text
    >>> as_text(Unknown(Marks([]), 7))
    'ᚠ7ᚠ'
    """

    marks: Marks
    place: int

    def __new__(cls, marks: Marks, place: int) -> Unknown:
        self = super().__new__(cls, "nan")
        self.marks, self.place = marks, place
        return self

    def __format__(self, spec: str) -> str:
        return self.marks.text(self.place)


class Marks:
    """How unknown numbers show themselves: by a letter that none of the given texts contains."""

    def __init__(self, texts: Iterable[str]) -> None:
        used = set("".join(texts))
        self.letter = next(letter for letter in (*LETTERS, *map(chr, _MORE)) if letter not in used)
        self.sign = ""

    def text(self, place: int) -> str:
        return f"{self.sign}{self.letter}{place}{self.letter}"

    def template(self, write: Callable[[], Sequence[str]]) -> list[Text]:
        """What `write` writes, as parts with places for the numbers.

        >>> from autograd_mini.text.as_text import as_text
        >>> from autograd_mini.text.parts import Name
        >>> marks = Marks([])
        >>> marks.template(lambda: [as_text(Name("x") - Unknown(marks, 3))])
        [['x - ', (3, '('), 3, (3, ')')]]
        """
        self.sign = ""
        plain = write()
        self.sign = "-"
        try:
            pairs = zip(plain, write(), strict=True)
            return [self._merged(one, other) for one, other in pairs]
        finally:
            self.sign = ""

    def _merged(self, plain: str, negative: str) -> Text:
        merger = _Merger(self.letter, plain, negative)
        pieces = merger.pieces()
        if all(isinstance(piece, str) for piece in pieces):
            return plain
        return pieces


_MORE = range(0x10380, 0x1039E)  # Ugaritic


class _Merger:
    """Reads a text with marks, and the same text with negative marks, side by side."""

    def __init__(self, letter: str, plain: str, negative: str) -> None:
        self.plain, self.negative = plain, negative
        self._mark = re.compile(f"{letter}(\\d+){letter}")
        self._found: list[Piece] = []
        self._open: list[list[int]] = []  # brackets for negatives: place, and brackets inside

    def pieces(self) -> list[Piece]:
        i = j = 0
        while j < len(self.negative):
            mark = self._mark.match(self.plain, i)
            if mark and self.negative.startswith(f"-{mark[0]}", j):
                self._found.append(int(mark[1]))
                i, j = mark.end(), j + len(mark[0]) + 1
            elif mark and self.negative.startswith(f"(-{mark[0]}", j):
                self._bracket(int(mark[1]))
                j += 1
            elif self._closes(self.negative[j]):
                self._found.append((self._open.pop()[0], ")"))
                j += 1
            else:
                self._take(self.plain[i])
                i, j = i + 1, j + 1
        return self._found

    def _bracket(self, place: int) -> None:
        self._found.append((place, "("))
        self._open.append([place, 0])

    def _closes(self, character: str) -> bool:
        return character == ")" and bool(self._open) and self._open[-1][1] == 0

    def _take(self, character: str) -> None:
        if self._open:
            self._open[-1][1] += (character == "(") - (character == ")")
        if self._found and isinstance(self._found[-1], str):
            self._found[-1] += character
        else:
            self._found.append(character)


# -- a trace of unknown numbers --------------------------------------------------------------------


class Places:
    """Where each number is in the page's list of all of them.

    First the numbers of the nodes, then, for each edge in the order of the backward pass, the local
    derivatives, the contributions, and the totals after them; then the conditions of choices.
    """

    def __init__(self, trace: Trace) -> None:
        self.nodes = len(trace.graph.nodes)
        self.edges = [event for event in trace if event.kind == CONTRIBUTION]
        self.edge_at = {_edge_key(event): index for index, event in enumerate(self.edges)}
        self.last: dict[int, int] = {}  # for each node, the edge of its last contribution
        for index, event in enumerate(self.edges):
            self.last[event.node.index] = index

    def local(self, edge: int) -> int:
        return self.nodes + edge

    def product(self, edge: int) -> int:
        return self.nodes + len(self.edges) + edge

    def after(self, edge: int) -> int:
        return self.nodes + 2 * len(self.edges) + edge

    def gradient(self, node: int) -> int | None:
        """The place of a node's gradient; None for the root, where it is the seed, and for none."""
        return self.after(self.last[node]) if node in self.last else None

    @property
    def end(self) -> int:
        """The first place behind all of these."""
        return self.nodes + 3 * len(self.edges)


def _edge_key(event: Event) -> tuple[int, int]:
    assert event.consumer is not None and event.position is not None
    return event.consumer.index, event.position


def unknown_trace(trace: Trace, marks: Marks, places: Places) -> Trace:
    """The same events with numbers that are not known; constants and the seed keep theirs."""
    nodes = tuple([_unknown_node(node, marks) for node in trace.graph.nodes])
    seen: dict[int, int] = {}
    edges = iter(range(len(places.edges)))
    events = []
    for event in trace:
        node = nodes[event.node.index]
        if event.kind == CONTRIBUTION:
            made = _unknown_contribution(event, nodes, next(edges), seen, marks, places)
        else:
            made = Event(event.kind, node, after=_after(event, marks, places))
        events.append(made)
    return Trace(Graph(nodes), events, {})


def _unknown_node(node: Node, marks: Marks) -> Node:
    own = copy.copy(node)
    own.data = node.data if node.is_constant else Unknown(marks, node.index)
    return own


def _after(event: Event, marks: Marks, places: Places) -> float | None:
    if event.kind == FORWARD:
        return Unknown(marks, event.node.index)
    place = places.gradient(event.node.index) if event.kind == DONE else None
    return event.after if place is None else Unknown(marks, place)


def _unknown_contribution(
    event: Event,
    nodes: Sequence[Node],
    edge: int,
    seen: dict[int, int],
    marks: Marks,
    places: Places,
) -> Event:
    assert event.consumer is not None
    upstream = places.gradient(event.consumer.index)
    before = seen.get(event.node.index)
    seen[event.node.index] = edge
    return Event(
        CONTRIBUTION,
        nodes[event.node.index],
        nodes[event.consumer.index],
        event.position,
        Unknown(marks, places.local(edge)),
        event.upstream if upstream is None else Unknown(marks, upstream),
        Unknown(marks, places.product(edge)),
        None if before is None else Unknown(marks, places.after(before)),
        Unknown(marks, places.after(edge)),
    )


# -- choices that the numbers make -----------------------------------------------------------------


def with_choices(
    rule: object,
    write: Callable[[Any], Line],
    place_of: Callable[[Any], int],
    asked: frozenset[int] = frozenset(),
) -> Line:
    """What `write` writes of a rule, for each outcome of the conditions of `where` in it.

    >>> from autograd_mini.text.as_text import as_text
    >>> from autograd_mini.text.parts import Name
    >>> x = Name("x")
    >>> with_choices(ops.where(x, 1.0, x * x), as_text, lambda condition: 7)
    {'if': 7, 'then': '1', 'else': 'x * x', 'nan': 'where(x, 1, x * x)'}

    `place_of` gives the place of a condition, and `asked` are those that have been asked already.
    """
    choice = _first_choice(rule, place_of, asked) if len(asked) < MOST_CHOICES else None
    if choice is None:
        return write(rule)
    place = place_of(choice.arguments[0])

    def further(rule: object) -> Line:
        return with_choices(rule, write, place_of, asked | {place})

    return {
        "if": place,
        "then": further(_decided(rule, place, place_of, 1)),
        "else": further(_decided(rule, place, place_of, 2)),
        "nan": further(rule),
    }


def _first_choice(
    part: object, place_of: Callable[[Any], int], asked: frozenset[int]
) -> Operation | None:
    """The outermost open choice whose condition has not been asked."""
    if not isinstance(part, Operation):
        return None
    if _is_open(part) and place_of(part.arguments[0]) not in asked:
        return part
    found = [_first_choice(argument, place_of, asked) for argument in part.arguments]
    return next((choice for choice in found if choice is not None), None)


def _is_open(part: Operation) -> bool:
    return part.op is ops.where and isinstance(part.arguments[0], Part)


def _decided(part: Any, place: int, place_of: Callable[[Any], int], branch: int) -> Any:
    """The same with that branch in place of every choice that has its condition there."""
    if not isinstance(part, Operation):
        return part
    if _is_open(part) and place_of(part.arguments[0]) == place:
        return _decided(part.arguments[branch], place, place_of, branch)
    arguments = [_decided(argument, place, place_of, branch) for argument in part.arguments]
    return part.op(*arguments) if arguments != list(part.arguments) else part
