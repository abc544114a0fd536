"""A question: an expression with its numbers, what is asked, and what is said to an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Self

from autograd_mini.engine.value import Value
from autograd_mini.explaining.derivation import nodes_on_paths
from autograd_mini.explaining.paths import count_paths
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import entry
from autograd_mini.text.names import tidy_names
from autograd_mini.text.paragraphs import Definition, Sentence, lines_of
from autograd_mini.text.parts import Equation, Words, listed, separated, title_of
from autograd_mini.text.sentences import (
    definition,
    definition_with_number,
    right_answer,
    wrong_answer,
)
from autograd_mini.tracing.graph import Node
from autograd_mini.tracing.trace import record

if TYPE_CHECKING:
    from random import Random

MOST_RESULTS = 20  # that a question can show


class Verdict:
    """Whether an answer is right, and what there is to say to it; true if it is right.

    `subject` is what was asked for, None where the answer says it itself, and `expected` the right
    answer as text. `sentence` says which mistake gives a wrong answer, or that none that is known
    does; `mistakes` are the names of those in the catalogue. `derivation` is how to come to the
    right answer. `text`, also the repr, is all of it.

    >>> verdict = Verdict(False, "4", "dL/da", "3", "Nothing known gives 4.", "1 + 2 = 3")
    >>> verdict
    dL/da = 4 is wrong; right is 3.
    Nothing known gives 4.
    <BLANKLINE>
    1 + 2 = 3
    >>> bool(verdict)
    False
    """

    def __init__(
        self,
        right: bool,
        given: str,
        subject: Any,
        expected: str,
        sentence: str,
        derivation: str,
        mistakes: Sequence[str] = (),
    ) -> None:
        self.right, self.given, self.subject, self.expected = right, given, subject, expected
        self.sentence, self.derivation, self.mistakes = sentence, derivation, tuple(mistakes)

    def __bool__(self) -> bool:
        return self.right

    @property
    def text(self) -> str:
        """The verdict, the mistake, and after a wrong answer the derivation."""
        stated = self.given if self.subject is None else Equation(self.subject, self.given)
        if self.right:
            return " ".join(filter(None, [as_text(right_answer(stated)), self.sentence]))
        verdict = as_text(wrong_answer(stated, self.expected))
        return "\n".join(filter(None, [verdict, self.sentence])) + f"\n\n{self.derivation}"

    def __repr__(self) -> str:
        return self.text


class Question:
    """One question of a quiz or a worksheet.

    >>> import autograd_mini as am
    >>> (question,) = am.quiz("u = a*b; u + a", a=3, b=2, seed=1, questions=1)
    >>> print(question.text)
    a = 3, b = 2
    u = a * b = 6
    L = u + a = 9
    <BLANKLINE>
    What is dL/da?
    >>> question.check(3).right, question.check("b + 1").right
    (True, True)

    `kind` is "gradient", "local", "nudge", "most", "zero" or "order". `text` is the question with
    the numbers, `hint` how to go about it, `expected` the answer, and `derivation` the way there.
    `check` gives a `Verdict` and never alters a node. `again()` is a question of the same kind with
    other numbers.
    """

    kind = ""
    hint = ""

    def __init__(self, root: Value) -> None:
        self.root, self.trace = root, record(root, {})
        tidy_names(self.trace.graph)
        self.verdicts: list[Verdict] = []
        self.was_skipped = self.comes_again = False
        self.make_again: Callable[[Set[str]], Question] | None = None

    @classmethod
    def about(cls, root: Value, rng: Random) -> Self | None:
        """A question about this graph; None where this kind has nothing to ask."""
        raise NotImplementedError

    # -- what a kind says ----------------------------------------------------------------------

    @property
    def asking(self) -> Words:
        """The question alone, as a sentence."""
        raise NotImplementedError

    @property
    def choices(self) -> dict[str, str]:
        """What to choose from, by its letter; nothing where there is no choice."""
        return {}

    @property
    def expected(self) -> str:
        """The right answer."""
        raise NotImplementedError

    @property
    def derivation(self) -> str:
        """How to come to the right answer."""
        raise NotImplementedError

    def judge(self, answer: Any) -> Verdict:
        """The verdict on an answer."""
        raise NotImplementedError

    @property
    def about_what(self) -> str:
        """Which node or edge it asks for, "" where there is no choice."""
        return ""

    @property
    def score(self) -> tuple[int, int]:
        """How well the numbers tell right from wrong answers: (0, 0) is best."""
        return 0, 0

    # -- what all kinds have -------------------------------------------------------------------

    def __repr__(self) -> str:
        return self.text

    @property
    def numbers(self) -> str:
        """The expression with the numbers of the forward pass, a line for each result."""
        graph = self.trace.graph
        results = [node for node in graph.nodes if node.op]
        given = [Equation(title_of(node), node.data) for node in graph.nodes if node.is_leaf]
        made = [Definition(definition_with_number(graph, node)) for node in results]
        return "\n".join(lines_of([Sentence(separated(given), hang=4), *made]))

    @property
    def formulas(self) -> str:
        """The expression without its numbers."""
        graph = self.trace.graph
        return "; ".join([as_text(definition(graph, node)) for node in graph.nodes if node.op])

    @property
    def form(self) -> str:
        """The expression with a mark for each number, plus and minus: what is alike looks alike."""
        return re.sub(r"\d+", "0", self.formulas.replace("-", "+"))

    @property
    def ask(self) -> str:
        """The question alone, and what to choose from."""
        choices = [entry(f"  {letter}", choice, 3) for letter, choice in self.choices.items()]
        return "\n".join([*Sentence(self.asking).lines(), *chain.from_iterable(choices)])

    @property
    def text(self) -> str:
        """The numbers, then the question."""
        return f"{self.numbers}\n\n{self.ask}"

    def check(self, answer: Any) -> Verdict:
        """Whether an answer is right, and if not, which mistake gives it.

        >>> import autograd_mini as am
        >>> (question,) = am.quiz("u = a*b; u + a", a=3, b=2, seed=1, questions=1)
        >>> question.check(7).sentence
        'None of the known mistakes gives this.'
        >>> question.check(2).mistakes
        ('overwrite', 'first_path_only')

        What cannot be read as an answer is a `ValueError` that says how to answer.
        """
        verdict = self.judge(answer)
        self.verdicts.append(verdict)
        return verdict

    @property
    def is_missed(self) -> bool:
        """Whether the first answer was wrong, or it was skipped."""
        return not self.verdicts[0] if self.verdicts else self.was_skipped

    def skip(self) -> None:
        """Leave it for now: it counts as missed, and comes again."""
        self.was_skipped = True

    def again(self, seen: Set[str] = frozenset()) -> Question:
        """A question of the same kind about the same expression, with other numbers.

        Its text is none of those seen, where there is another one.
        """
        assert self.make_again is not None, "it was made by a quiz"
        return self.make_again(seen)


def paths_to(question: Question, node: Node) -> int:
    """How many paths lead from the result down to a node."""
    trace = question.trace
    return count_paths(trace, nodes_on_paths(trace, [node]), [node])


def leaves_of(question: Question) -> list[Node]:
    """The leaves that a gradient comes to."""
    nodes = question.trace.graph.nodes
    return [node for node in nodes if node.is_leaf and question.trace.gradient(node) is not None]


def named(nodes: list[Node]) -> Words:
    """Their names, as a list in a sentence."""
    return listed([title_of(node) for node in nodes])


def check_size(root: Value) -> None:
    """Only so much of a graph can be asked about."""
    nodes = record(root, {}).graph.nodes
    results = list(islice((node for node in nodes if node.op), MOST_RESULTS + 1))
    if len(results) > MOST_RESULTS:
        raise ValueError(
            f"this expression has more than {MOST_RESULTS} results, which is more than a question "
            "can show; ask about a part of it"
        )
