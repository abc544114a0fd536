"""A question: an expression with its numbers, what is asked, and what is said to an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from dataclasses import dataclass
from random import Random
from typing import Self

from autograd_mini.engine.value import Value
from autograd_mini.text import sentences as say
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import entry
from autograd_mini.text.names import tidy_names
from autograd_mini.text.paragraphs import Definition, Sentence, lines_of
from autograd_mini.text.parts import Equation, Piece, Words, listed, separated, title_of
from autograd_mini.tracing.graph import Node
from autograd_mini.tracing.trace import record


@dataclass(eq=False, repr=False)
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

    right: bool
    given: str
    subject: Piece
    expected: str
    sentence: str
    derivation: str
    mistakes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.right

    @property
    def text(self) -> str:
        """The verdict, the mistake, and after a wrong answer the derivation."""
        stated = self.given if self.subject is None else Equation(self.subject, self.given)
        if self.right:
            return " ".join(filter(None, [as_text(say.right_answer(stated)), self.sentence]))
        verdict = as_text(say.wrong_answer(stated, self.expected))
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
    about_what = ""  # the node or edge it asks for; nothing where there is no choice

    def __init__(self, root: Value) -> None:
        self.root, self.trace = root, record(root, {})
        tidy_names(self.trace.graph)
        self.within = self.trace  # of what the answer speaks
        self.choices: dict[str, str] = {}  # by letter, where there is a choice
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
    def expected(self) -> str:
        """The right answer."""
        raise NotImplementedError

    @property
    def derivation(self) -> str:
        """How to come to the right answer."""
        raise NotImplementedError

    def judge(self, answer: object) -> Verdict:
        """The verdict on an answer."""
        raise NotImplementedError

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
        given = [Equation(title_of(node), node.data) for node in graph.nodes if node.is_leaf]
        made = [say.definition_with_number(graph, node) for node in graph.nodes if node.op]
        return "\n".join(lines_of([Sentence(separated(given), hang=4), *map(Definition, made)]))

    @property
    def formulas(self) -> str:
        """The expression without its numbers."""
        graph = self.trace.graph
        return "; ".join([as_text(say.definition(graph, node)) for node in graph.nodes if node.op])

    @property
    def form(self) -> str:
        """The expression with a mark for each number, plus and minus: what is alike looks alike."""
        return re.sub(r"\d+", "0", self.formulas.replace("-", "+"))

    @property
    def ask(self) -> str:
        """The question alone, and what to choose from."""
        lines = Sentence(self.asking).lines()
        for letter, choice in self.choices.items():
            lines += entry(f"  {letter}", choice, 3)
        return "\n".join(lines)

    @property
    def text(self) -> str:
        """The numbers, then the question."""
        return f"{self.numbers}\n\n{self.ask}"

    def check(self, answer: object) -> Verdict:
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


def leaves_of(question: Question) -> list[Node]:
    """The leaves that a gradient comes to."""
    nodes = question.trace.graph.nodes
    return [node for node in nodes if node.is_leaf and question.trace.gradient(node) is not None]


def named(nodes: list[Node]) -> Words:
    """Their names, as a list in a sentence."""
    return listed([title_of(node) for node in nodes])
