"""What the page says: each step, and the derivation of each leaf, as texts with places."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from autograd_mini.explaining.derivation import Contribution, Step, nodes_on_paths, steps_for
from autograd_mini.page.live import Live
from autograd_mini.page.templates import Line, Marks, Places, unknown_trace, with_choices
from autograd_mini.stepper import story
from autograd_mini.stepper.frames import Frame
from autograd_mini.text.as_text import as_text
from autograd_mini.text.parts import Equation, Piece, Words, operations_in
from autograd_mini.text.sentences import HELPERS, definition, definition_with_number, stopped
from autograd_mini.tracing.events import CONTRIBUTION, Event
from autograd_mini.tracing.graph import Node
from autograd_mini.tracing.trace import Trace

PlaceOf = Callable[[Any], int]  # of a condition that the numbers decide

MOST_DEFINITIONS = 20  # of all results; of more, only those that a derivation needs are shown


class _Writer:
    """What both kinds of sentences need: a trace of unknown numbers, and how they are marked."""

    def __init__(self, trace: Trace, places: Places, place_of: PlaceOf) -> None:
        texts = [node.name for node in trace.graph.nodes]
        texts += [str(node.op.text) + node.op.name for node in trace.graph.nodes if node.op]
        self.marks, self.places, self.place_of = Marks(texts), places, place_of
        self.trace = unknown_trace(trace, self.marks, places)
        self.template = self.marks.template


# -- steps -----------------------------------------------------------------------------------------


class StepSentences(_Writer):
    """What the stepper says at each step, one list of lines for each; step 0 is the first."""

    def all(self) -> list[list[Line]]:
        return [self._step(k) for k in range(len(self.trace) + 1)]

    def _step(self, k: int) -> list[Line]:
        frame = Frame(self.trace, k, graph=self.trace.graph)
        event = frame.event
        if event is not None and event.kind == CONTRIBUTION:
            lines = self._contribution(frame, event)
            return [*lines, *self._lines(frame, len(lines))]
        return self._lines(frame)

    def _lines(self, frame: Frame, start: int = 0) -> list[Line]:
        told = story.told(frame)[start:]
        return [self.template(partial(_sides, part)) for part in told]

    def _contribution(self, frame: Frame, event: Event) -> list[Line]:
        rule = story.rule_of(frame, event)

        def written(which: int) -> Line:
            def write(found: Piece) -> Line:
                part = story.contribution(frame, event, found)[which]
                return self.template(lambda: _sides(part))

            return with_choices(rule, write, self.place_of) if which == 0 else write(rule)

        return [written(which) for which in range(3)]

    def events(self) -> list[list[Any]]:
        """What happens at each step: its kind, at which node, along which edge, in a few words."""
        graph, edges = self.trace.graph, iter(range(len(self.places.edges)))
        return [
            [event.kind, event.node.index, next(edges) if event.kind == CONTRIBUTION else -1,
             as_text(story.title(graph, event))]
            for event in self.trace
        ]  # fmt: skip

    def flows(self) -> list[str]:
        """For each edge, what comes down it in symbols: dL/dz * ∂z/∂a."""
        return [as_text(symbols) for symbols, *_ in self._products()]

    def products(self) -> list[Line]:
        """For each edge, what comes down it in numbers."""
        return [self.template(partial(_sides, n))[0] for _, n, _ in self._products()]

    def _products(self) -> list[Sequence[Any]]:
        graph, events = self.trace.graph, [e for e in self.trace if e.kind == CONTRIBUTION]
        return [story.product(self.trace, graph, event).sides for event in events]


def _sides(part: object) -> list[str]:
    """The sides of an equation as texts; a sentence is a single one."""
    return list(map(as_text, part.sides if isinstance(part, Equation) else [part]))


# -- derivations -----------------------------------------------------------------------------------


class Derivations(_Writer):
    """The chain rule written out, as `explain` does: a block of lines for each node."""

    def __init__(self, trace: Trace, places: Places, live: Live) -> None:
        super().__init__(trace, places, live.condition)
        self.fixed = live.fixed
        self.graph, self.root = self.trace.graph, self.trace.root

    def blocks(self, nodes: Sequence[Node]) -> dict[int, list[Line]]:
        """For each node, how its gradient came about."""
        steps = steps_for(self.trace, nodes, lambda rule, local: rule)
        return {step.node.index: list(self._block(step)) for step in steps}

    def definitions(self) -> dict[int, Line]:
        """For each result, what it was made of."""
        results = [node for node in self.graph.nodes if node.op and node.parents]
        parts = {node.index: definition_with_number(self.graph, node) for node in results}
        return {index: self.template(partial(_sides, part)) for index, part in parts.items()}

    def way(self, leaf: Node) -> list[int]:
        """The nodes between the root and a leaf, in the order of the backward pass."""
        return [node.index for node in nodes_on_paths(self.trace, [leaf])]

    def glossary(self, nodes: Sequence[Node]) -> dict[int, list[int]]:
        """For each node, which of the operations that occur only in rules its own rules have."""
        found = {}
        for step in steps_for(self.trace, nodes, lambda rule, local: rule):
            rules = [rule for c in step.contributions for rule in self._outcomes(c.rule)]
            used = {op for rule in rules for op in operations_in(rule)}
            if places := [place for place, op in enumerate(HELPERS) if op in used]:
                found[step.node.index] = places
        return found

    def _outcomes(self, rule: object) -> list[Any]:
        return _flat(with_choices(rule, lambda found: [found], self.place_of))

    def _block(self, step: Step) -> Iterator[Line]:
        yield [as_text(step.heading)]
        yield from [[as_text(words)] for words in step.occurrences()]
        yield from [line for c in step.contributions if (line := self._gate(c))]
        if step.stopped:
            yield [as_text(stopped(step.stopped))]
        yield from [self._local(c) for c in step.contributions]
        if step.contributions:
            yield {"sum": self.template(lambda: _sides(step.sum))}

    def _gate(self, contribution: Contribution) -> Line:
        """A sentence for when the local derivative is 0; None where it never is."""
        edge = self.places.edge_at[contribution.consumer.index, contribution.position]
        if self.fixed(edge):
            return None
        closed = copy.copy(contribution)
        closed.local = 0.0
        return {"zero": self.places.local(edge), "then": [as_text(closed.gate)]}

    def _local(self, c: Contribution) -> Line:
        def write(rule: Piece) -> Line:
            left = as_text(Words(definition(self.graph, c.consumer), ", so ", c.symbol))
            middle = [] if rule is None else [as_text(rule)]
            return self.template(lambda: [left, *middle, as_text(c.local)])

        return with_choices(c.rule, write, self.place_of)


def _flat(tree: Line) -> list[Any]:
    if isinstance(tree, dict):
        return [*_flat(tree["then"]), *_flat(tree["else"])]
    return list(tree)
