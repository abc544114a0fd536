"""What a derivation says, as data: one step for each node, with the contributions that came in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from autograd_mini.engine import ops
from autograd_mini.engine.ops import Op
from autograd_mini.engine.value import Value
from autograd_mini.text import parts, sentences
from autograd_mini.text.names import cut_name, free_letter
from autograd_mini.text.paragraphs import Chain, Implication, Paragraph, Sentence
from autograd_mini.text.parts import (
    Derivative,
    Equation,
    Name,
    Operation,
    Partial,
    Piece,
    Words,
    title_of,
)
from autograd_mini.tracing.events import Entry
from autograd_mini.tracing.graph import Edge, Graph, Node, caller_names
from autograd_mini.tracing.trace import Trace, record

LONGEST_FORMULA = 80  # operations, names and numbers; a longer one tells less than its number


class Contribution:
    """What came in at `node` from one operand of `consumer`: upstream * local = product.

    `occurrence` is 0, or 1, 2, ... where the node is an operand of this consumer more than once.
    `rule` is the local derivative as a formula or number, None where none can be written.
    """

    def __init__(self, node: Node, entry: Entry, rule: Piece) -> None:
        assert entry.consumer is not None and entry.local is not None
        assert entry.position is not None and entry.upstream is not None
        self.node, self.consumer, self.position = node, entry.consumer, entry.position
        self.upstream, self.local = entry.upstream, entry.local
        self.occurrence, self.rule = occurrence(entry.consumer, entry.position), rule

    @property
    def operand(self) -> Name:
        """The node, told apart from its other places in the consumer."""
        return self.symbol.by

    @property
    def symbol(self) -> Partial:
        return partial_at(Edge(self.node, self.consumer, self.position))

    @property
    def gate(self) -> Words | None:
        """Why nothing comes through, where the local derivative is 0."""
        assert self.consumer.op is not None
        if self.local != 0.0:
            return None
        names = title_of(self.node), title_of(self.consumer)
        return sentences.closed_gate(self.consumer.op, *names)

    def paragraph(self, graph: Graph, start: int = 4) -> Implication:
        """Where the local derivative comes from, its formula, its number."""
        rule = [] if self.rule is None else [self.rule]
        made = sentences.definition(graph, self.consumer)
        return Implication(made, Equation(self.symbol, *rule, self.local), start)


class Step:
    """The gradient of one node: its contributions, their sum, and sentences about special cases."""

    def __init__(
        self,
        trace: Trace,
        node: Node,
        contributions: Iterable[Contribution],
        stopped: Mapping[int, list[Words]],
    ) -> None:
        self.root, self.name, self.node = title_of(trace.root), title_of(node), node
        self.gradient, self.contributions = trace.gradient(node), list(contributions)
        self.stopped = stopped.get(node.index, [])  # consumers that no gradient comes back from

    @property
    def symbol(self) -> Derivative:
        return Derivative(self.root, self.name)

    @property
    def heading(self) -> Words:
        """How often the node is used, and where."""
        if not self.contributions:
            return sentences.seed(self.symbol, self.name)
        counts = Counter([c.consumer.index for c in self.contributions])
        consumers = {c.consumer.index: title_of(c.consumer) for c in self.contributions}
        uses = [(consumers[index], count) for index, count in counts.items()]
        return Words(self.symbol, ": ", sentences.use(self.name, uses), ".")

    def occurrences(self) -> Iterable[Words]:
        """What the small numbers mean, where a node is an operand more than once."""
        several: dict[int, list[Contribution]] = {}
        for c in self.contributions:
            if c.occurrence:
                several.setdefault(c.consumer.index, []).append(c)
        for group in several.values():
            consumer = title_of(group[0].consumer)
            yield sentences.occurrences([c.operand for c in group], self.name, consumer)

    @property
    def remarks(self) -> list[Words]:
        """One sentence for each special case."""
        gates = [c.gate for c in self.contributions if c.gate is not None]
        stopped = [sentences.stopped(self.stopped)] if self.stopped else []
        return [*self.occurrences(), *gates, *stopped]

    def block(self, graph: Graph) -> list[Paragraph]:
        """The step, written out."""
        found: list[Paragraph] = [Sentence(self.heading, hang=4)]
        found += [Sentence(remark, start=4, hang=4) for remark in self.remarks]
        found += [c.paragraph(graph) for c in self.contributions]
        return [*found, Chain(self.sum)] if self.contributions else found

    @property
    def sum(self) -> Equation:
        """The gradient: over all consumers, in symbols, in numbers, and what it comes to."""
        came_in = self.contributions
        upstream = [Derivative(self.root, title_of(c.consumer)) for c in came_in]
        terms = [parts.product([d, c.symbol]) for d, c in zip(upstream, came_in, strict=True)]
        numbers = parts.add_up([parts.product([c.upstream, c.local]) for c in came_in])
        over = [self._over_consumers()] if len(terms) > 1 else []
        return Equation(self.symbol, *over, parts.add_up(terms), numbers, self.gradient)

    def _over_consumers(self) -> parts.Summation:
        consumers = {c.consumer.index: title_of(c.consumer) for c in self.contributions}
        over = list(consumers.values())
        if len(over) == 1:
            return parts.Summation(self._term(over[0]), over[0], over, places_of=self.name)
        taken = [self.root.name, self.name.name, *[name.name for name in over]]
        letter = type(self.name)(free_letter(taken))
        return parts.Summation(self._term(letter), letter, over)

    def _term(self, consumer: Name) -> Any:
        return parts.product([Derivative(self.root, consumer), Partial(consumer, self.name)])


def partial_at(edge: Edge) -> Partial:
    """The local derivative along an edge, the operand told apart from its other places."""
    operand = title_of(edge.node)
    operand.occurrence = occurrence(edge.consumer, edge.position)
    return Partial(title_of(edge.consumer), operand)


def occurrence(consumer: Node, position: int) -> int:
    """Which of several uses of the same operand one is, from 1 on; 0 where there is no other."""
    index = consumer.parents[position]
    several = consumer.parents.count(index) > 1
    return consumer.parents[: position + 1].count(index) if several else 0


# -- what is asked --------------------------------------------------------------------------------


def asked(
    name: str, v: Value, wrt: Value | str | None, is_optional: bool = False
) -> tuple[Trace, Node | None]:
    """The trace of a question, and the node it is about; index -1 is one outside of the graph."""
    if not isinstance(v, Value):
        raise TypeError(f"{name} takes a Value, the result to start from, not {type(v).__name__}")
    if not isinstance(wrt, Value | str) and not (wrt is None and is_optional):
        raise TypeError(f"wrt is a Value or a name, not {wrt!r} ({type(wrt).__name__})")
    names = caller_names(depth=3)
    trace = record(v, names)
    if not isinstance(wrt, Value):
        return trace, None if wrt is None else trace.node(wrt)
    with suppress(ValueError):
        return trace, trace.node(wrt)
    return trace, Node(wrt, -1, cut_name(wrt.label or names.get(wrt, "") or "the value"), ())


# -- from a trace ----------------------------------------------------------------------------------


def nodes_on_paths(trace: Trace, targets: Iterable[Node]) -> list[Node]:
    """The nodes on the ways of the gradient to the targets, in the order of the backward pass."""
    involved = {target.index for target in targets if trace.gradient(target) is not None}
    found = []
    for node in trace.graph.nodes:
        uses = zip(node.parents, node.local_derivatives, strict=True)
        leads = any(index in involved for index, local in uses if local is not None)
        if node.index in involved or (leads and trace.gradient(node) is not None):
            involved.add(node.index)
            found.append(node)
    return found[::-1]


def steps_for(
    trace: Trace, nodes: Sequence[Node], kept: Callable[[Any, float | None], Any] | None = None
) -> list[Step]:
    """A step for each of these nodes; `kept` decides on each rule, given the local derivative."""
    rules: dict[int, Sequence[Any]] = {}
    stopped = stopped_uses(trace)
    return [
        Step(trace, node, _contributions(trace, node, rules, kept or _agreeing), stopped)
        for node in nodes
    ]


def _contributions(
    trace: Trace, node: Node, rules: dict[int, Sequence[Any]], kept: Callable[[Any, Any], Any]
) -> Iterable[Contribution]:
    for entry in trace.ledger(node):
        consumer, position = entry.consumer, entry.position
        if consumer is not None and position is not None:  # it is not the seed
            if consumer.index not in rules:
                rules[consumer.index] = rules_of(trace.graph, consumer)
            rule = kept(rules[consumer.index][position], entry.local)
            yield Contribution(node, entry, rule)


def _agreeing(rule: Piece, local: float | None) -> Any:
    """The rule, unless it leaves out a choice that nan has decided otherwise."""
    number = None if rule is None else parts.number_of(rule)
    return rule if number == local else None


def stopped_uses(trace: Trace) -> dict[int, list[Words]]:
    """For each node behind a stop-gradient, the consumers that send nothing back to it."""
    found: dict[int, dict[int, Words]] = {}
    for consumer in trace.graph.nodes:
        for edge in trace.graph.edges_to(consumer):
            if not edge.node.is_constant and (words := _stop(trace, edge)):
                found.setdefault(edge.node.index, {})[consumer.index] = words
    return {index: list(words.values()) for index, words in found.items()}


def _stop(trace: Trace, edge: Edge) -> Words | None:
    consumer = title_of(edge.consumer)
    if edge.stops_gradient and edge.consumer.op is not None:
        return sentences.stop(edge.consumer.op, consumer)
    behind = trace.gradient(edge.consumer) is None
    return sentences.behind_a_stop(consumer) if behind else None


# -- formulas --------------------------------------------------------------------------------------


def rules_of(graph: Graph, consumer: Node, row: Op | None = None) -> Sequence[Any]:
    """The local derivatives of a result as formulas that can be shown, else None.

    They are those of another row, where one is given.
    """
    op = row or consumer.op
    assert op is not None
    try:
        operands, result = parts.operands_of(graph, consumer), title_of(consumer)
        found = map(shown, parts.local_derivatives(op, operands, result))
        return [rule if parts.size_of(rule, LONGEST_FORMULA) else None for rule in found]
    except Exception:  # a rule of one's own may take numbers only
        return [None] * len(consumer.parents)


def shown(part: Piece) -> Piece:
    """A formula without `detach` and limits at infinity, which change no finite number.

    >>> from autograd_mini.text.as_text import as_text
    >>> from autograd_mini.text.parts import Name
    >>> as_text(shown(1.0 + ops.detach(Name("x", 2.0))))
    '1 + x'
    """
    if not isinstance(part, Operation) or not parts.size_of(part, LONGEST_FORMULA):
        return part
    arguments = tuple([shown(argument) for argument in part.arguments])
    limits = part.op in (ops.maximum, ops.minimum, ops.clip)
    if part.op is ops.detach or (limits and arguments[-1] in (ops.LARGEST, -ops.LARGEST)):
        return arguments[0]
    return Operation(part.op, arguments)
