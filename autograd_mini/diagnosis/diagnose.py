"""Gradients that somebody worked out, and the known mistakes that would explain them."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import NamedTuple, SupportsFloat

from autograd_mini.diagnosis.mistakes import Mistake, mistakes
from autograd_mini.diagnosis.wrong_passes import BackwardPass, Changes
from autograd_mini.engine.parsing import expression_names, parse
from autograd_mini.engine.value import Value, topological_order
from autograd_mini.text import sentences
from autograd_mini.text.numbers import number_text
from autograd_mini.text.paragraphs import Paragraph, Sentence, lines_of
from autograd_mini.text.parts import Equation, Words, gradient_of, separated
from autograd_mini.tracing.graph import Graph, Node, caller_names, graph_of
from autograd_mini.tracing.trace import Trace, record

Fit = tuple[Mistake, Changes]  # a mistake, in the variant that gives the numbers at hand

SLACK = 1e-9  # relative: what rounding on another way to the same number may leave
OTHER_NUMBERS = ((3.0, 5.0, 7.0, 11.0, 13.0), (0.3, 0.7, 1.1, 0.9, 0.4))


def diagnose(v: Value, answers: Mapping[Value | str, object]) -> Diagnosis:
    """Which known mistakes explain the gradients that somebody gave for a value.

    >>> a = Value(3.0, "a")
    >>> y = a + a * a
    >>> diagnose(y, {a: 7.0})
    dy/da = 7 is right.
    >>> diagnose(y, {"a": "4.0"})
    dy/da = 4.0 is wrong; right is 7.
    This is what one known mistake gives:
      set_parents: the operands are kept in a set or a dictionary, so a node that
        stands twice counts once.
    >>> diagnose(y, {"a": 5})
    dy/da = 5 is wrong; right is 7.
    None of the known mistakes gives this.

    An answer is a number or a text. Numbers with decimals, such as 0.42 or "0.42", are compared at
    the digits given, whole numbers exactly; a text may also be an expression, such as "3/4" or
    "2*a + 1" in the names of the graph. Only some of the leaves, and results too, may be answered.
    No answer at all, or a name that is not in the graph, is a `ValueError`.
    """
    trace = record(v, caller_names(depth=2))
    if not answers:
        raise ValueError("there is no answer to look at; give for example {'a': 1.0}")
    given = [Answer(trace, trace.node(which), answer) for which, answer in answers.items()]
    return Diagnosis(v, trace, given)


class Answer:
    """What somebody gave for the gradient of one node.

    `right` is the gradient. `tolerance` is how far a number may be from the answer to count as it.
    """

    def __init__(self, trace: Trace, node: Node, given: object) -> None:
        right = trace.gradient(node)
        self.right = 0.0 if right is None else right
        self.number, self.tolerance = _number_of(trace, given)
        self.node, self.text = node, _text_of(given)
        self.symbol = gradient_of(trace.root, node)

    def is_met_by(self, number: float) -> bool:
        """Whether a number is this answer, at the digits given."""
        if self.number == number or (self.number != self.number and number != number):
            return True
        slack = SLACK * abs(self.number) if math.isfinite(self.number) else 0.0
        return abs(self.number - number) <= self.tolerance_for(number) + slack

    def tolerance_for(self, number: float) -> float:
        """How far this number may be from the answer."""
        return self.tolerance

    @property
    def is_right(self) -> bool:
        return self.is_met_by(self.right)

    def verdict(self) -> Words:
        """Whether the answer is right, in words."""
        stated = Equation(self.symbol, self.text)
        right = sentences.right_answer(stated)
        return right if self.is_right else sentences.wrong_answer(stated, self.right)


def _text_of(given: object) -> str:
    if isinstance(given, float) and float(short := number_text(given)) == given:
        return short
    return str(given).strip()


def _number_of(trace: Trace, given: object) -> tuple[float, float]:
    """The number that an answer means, and how far another may be from it."""
    if isinstance(given, str):
        return _number_in(trace, given.strip())
    if isinstance(given, bool | Value) or not isinstance(given, SupportsFloat):
        raise TypeError(f"an answer is a number or a text such as '0.42', not {given!r}")
    try:
        number = float(given)
    except OverflowError:
        raise ValueError(
            "this number is too large for an answer; the largest is about 1.8e308"
        ) from None
    exact = isinstance(given, Fraction) or not number % 1.0 or number != number
    return number, 0.0 if exact else _half_a_digit(repr(number))


def _number_in(trace: Trace, text: str) -> tuple[float, float]:
    with suppress(ValueError):
        return float(text), _half_a_digit(text)
    named = {n.name: n.data for n in trace.graph.nodes if not n.is_constant}
    used = {name: named[name] for name in expression_names(text) if name in named}
    return parse(text, **used).data, 0.0


def _half_a_digit(text: str) -> float:
    """Half a unit of the last decimal; nothing for whole numbers, inf and nan.

    >>> _half_a_digit("0.42"), _half_a_digit("2e-3"), _half_a_digit("12")
    (0.005, 0.0005, 0.0)
    """
    digits, _, exponent = text.lower().partition("e")
    decimals = len(digits.partition(".")[2]) - int(exponent or 0) if digits[-1:].isdigit() else 0
    return 0.5 * 10.0**-decimals if decimals > 0 else 0.0


class Diagnosis:
    """What `diagnose` found: the answers, and the mistakes that give exactly these.

    >>> a = Value(3.0, "a")
    >>> diagnosis = diagnose(a * a, {a: 3})
    >>> diagnosis.is_right, diagnosis.mistakes
    (False, ('overwrite', 'set_parents', 'first_path_only'))
    >>> print(diagnosis.text.splitlines()[-1].strip())
    overwrite gives 3, set_parents 4, first_path_only 1; right is 7.

    `text` is what the repr shows. Where several mistakes fit, `next_expression` tells them apart:
    an expression as `parse` takes it, or "" for the same one with other numbers, `next_numbers`.
    """

    def __init__(self, v: Value, trace: Trace, answers: Sequence[Answer]) -> None:
        self.answers = list(answers)
        self.is_right = all(answer.is_right for answer in answers)
        fits = [] if self.is_right else list(fitting(trace.graph, answers))
        self.mistakes = tuple([mistake.name for mistake, _ in fits])
        self.next_expression, self.next_numbers = "", dict[str, float]()
        lines = lines_of([Sentence(answer.verdict(), hang=4) for answer in answers])
        if not self.is_right:
            lines += explained(fits, len(answers))
        if len(fits) > 1:
            lines += lines_of(self._told_apart(_candidates(v, trace, self.mistakes), fits))
        self.text = "\n".join(lines)

    def __repr__(self) -> str:
        return self.text

    def _told_apart(self, candidates: Iterable[_Candidate], fits: Sequence[Fit]) -> list[Paragraph]:
        found = max(candidates, key=lambda candidate: candidate.distinct(fits))
        if found.distinct(fits) < 2:
            return []
        self.next_expression, self.next_numbers = found.text, found.numbers
        numbers = sentences.numbers_of(found.numbers)
        every = "them" if found.distinct(fits) == len(fits) else "some of them"
        would = f" would tell {every} apart:"
        (first, changes), *others = fits
        gives = [f"{first.name} gives {found.outcome(changes)}"]
        gives += [f"{mistake.name} {found.outcome(changes)}" for mistake, changes in others]
        right = found.outcome({})
        return [
            Sentence(Words(found.text or "The same", " with ", numbers, would), hang=4),
            Sentence(Words(separated(gives), f"; right is {right}."), start=2, hang=4),
        ]


def explained(fits: Sequence[Fit], answers: int = 1) -> list[str]:
    """Which mistakes give this answer, or so many of them, with a sentence for each."""
    this, subject = ("this", "This is") if answers == 1 else ("exactly these", "These are")
    if not fits:
        return [f"None of the known mistakes gives {this}."]
    count = "one known mistake gives" if len(fits) == 1 else "several known mistakes give"
    lines = [f"{subject} what {count}:"]
    return lines + [line for mistake, _ in fits for line in mistake.lines(start=2)]


# -- what each mistake would give ------------------------------------------------------------------


def outcomes(graph: Graph) -> Iterator[tuple[Mistake, Changes, dict[int, float]]]:
    """The gradients by index that each known mistake, and each variant of it, gives on a graph."""
    for mistake in mistakes.values():
        for changes in (mistake.changes, *mistake.variants):
            try:
                yield mistake, changes, BackwardPass(graph, changes).gradients()
            except ValueError:  # a recursion along too many paths: nobody worked that out
                continue


def fitting(graph: Graph, answers: Sequence[Answer]) -> Iterator[Fit]:
    """The mistakes that give all of these answers, each once, with what it changes."""
    seen = set()
    for mistake, changes, found in outcomes(graph):
        fits = all(answer.is_met_by(found.get(answer.node.index, 0.0)) for answer in answers)
        if fits and mistake.name not in seen:
            seen.add(mistake.name)
            yield mistake, changes


class _Candidate(NamedTuple):
    """An expression that may tell mistakes apart."""

    text: str
    numbers: dict[str, float]
    graph: Graph

    def outcome(self, changes: Changes) -> str:
        """The gradients of all leaves, in the order of `numbers`."""
        found = BackwardPass(self.graph, changes).gradients()
        gradients = {node.name: found.get(node.index, 0.0) for node in self.graph.nodes}
        texts = [number_text(gradients[name]) for name in self.numbers]
        return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"

    def distinct(self, fits: Sequence[Fit]) -> int:
        """How many different outcomes there are that are not the right one."""
        found = {self.outcome(changes) for _, changes in fits}
        return len(found - {self.outcome({})})


def _candidates(v: Value, trace: Trace, names: Sequence[str]) -> Iterator[_Candidate]:
    """Expressions to try, the most natural first: of equally good ones the first is taken."""
    yield from _with_other_numbers(v, trace)
    known = [mistakes[name] for name in (*names, *mistakes)]
    for mistake in sorted(known, key=lambda mistake: len(mistake.witness)):
        yield _Candidate(mistake.witness, dict(mistake.numbers), graph_of(mistake.expression()))


def _with_other_numbers(v: Value, trace: Trace) -> Iterator[_Candidate]:
    """The same expression, for 2 + 2 is 2 * 2, and other numbers show more."""
    names = [node.name for node in trace.graph.nodes if node.is_leaf]
    for numbers in OTHER_NUMBERS:
        if len(names) > len(numbers):
            return
        own = with_numbers(v, numbers[: len(names)])
        for leaf, name in zip(leaves_of(own), names, strict=True):
            leaf.label = name
        yield _Candidate("", dict(zip(names, numbers, strict=False)), graph_of(own))


def leaves_of(root: Value) -> list[Value]:
    """The leaves of a graph, in its order."""
    return [node for node in topological_order(root) if node.is_leaf]


def with_numbers(root: Value, numbers: Iterable[float]) -> Value:
    """A copy of a graph, with other numbers for its leaves."""
    own = copy.deepcopy(root)
    for leaf, number in zip(leaves_of(own), numbers, strict=True):
        leaf.data = number
    own.recompute()
    return own
