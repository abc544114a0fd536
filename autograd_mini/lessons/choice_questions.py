"""Questions with a choice: which leaf matters most, why a gradient is zero."""

from collections.abc import Callable
from random import Random
from typing import Self

from autograd_mini.engine.facts import Facts, facts_of
from autograd_mini.engine.value import Value
from autograd_mini.explaining.explain import Derivation
from autograd_mini.explaining.kinds import KINDS
from autograd_mini.explaining.why import Reasons
from autograd_mini.lessons.question import Question, Verdict, leaves_of, named
from autograd_mini.text.as_text import as_text
from autograd_mini.text.paragraphs import Sentence, lines_of
from autograd_mini.text.parts import Equation, Words, gradient_of, separated, title_of
from autograd_mini.text.sentences import filled
from autograd_mini.tracing.graph import Node
from autograd_mini.tracing.trace import Trace

LETTERS = "ABCD"
CLEARLY = 1.2  # times as large as the next one


class MostQuestion(Question):
    """Which leaf matters most?"""

    kind = "most"
    hint = "Compare the sizes of the gradients; the sign says only in which direction."

    def __init__(self, root: Value) -> None:
        super().__init__(root)
        self.leaves = leaves_of(self)
        self.best = max(self.leaves, key=self._size)

    @classmethod
    def about(cls, root: Value, rng: Random) -> Self | None:
        if len(leaves_of(Question(root))) < 2:
            return None
        question = cls(root)
        sizes = sorted(map(question._size, question.leaves))
        return question if sizes[-1] > CLEARLY * sizes[-2] else None

    def _gradient(self, leaf: Node) -> float:
        return self.trace.gradient(leaf) or 0.0

    def _size(self, leaf: Node) -> float:
        return abs(self._gradient(leaf))

    @property
    def asking(self) -> Words:
        return Words(
            "Which of ", named(self.leaves), " matters most: a little more of which of them "
            "changes ", title_of(self.trace.root), " the most, up or down?",
        )  # fmt: skip

    @property
    def expected(self) -> str:
        return self.best.name

    @property
    def derivation(self) -> str:
        every = Words(separated([self._stated(leaf) for leaf in self.leaves]), ".")
        best = self._gradient(self.best), ", so ", title_of(self.best)
        closing = Sentence(Words("Largest in size: ", *best, " matters most."))
        derived = Derivation(self.trace, [self.best]).text
        return "\n".join([derived, "", *lines_of([Sentence(every, hang=4), closing])])

    def _stated(self, leaf: Node) -> Equation:
        return Equation(gradient_of(self.trace.root, leaf), self._gradient(leaf))

    @property
    def score(self) -> tuple[int, int]:
        """Neither the largest number nor the largest gradient, sign included, should be right."""
        by_number = max(self.leaves, key=lambda leaf: abs(leaf.data)) is self.best
        return 0, by_number + (max(self.leaves, key=self._gradient) is self.best)

    def judge(self, answer: object) -> Verdict:
        name = answer.label if isinstance(answer, Value) else answer
        if not isinstance(name, str):
            raise TypeError(f"an answer is the name of a leaf, not {answer!r}")
        found = [leaf for leaf in self.leaves if leaf.name == name.strip()]
        if not found:
            choose = as_text(named(self.leaves))
            raise ValueError(f"{name.strip()!r} is none of the leaves; choose {choose}")
        right, sentence = found[0] is self.best, as_text(self._said(found[0]))
        return Verdict(right, found[0].name, None, self.expected, sentence, self.derivation)

    def _said(self, leaf: Node) -> Words:
        best, gradient = self._gradient(self.best), self._gradient(leaf)
        if leaf is not self.best and leaf is max(self.leaves, key=self._gradient):
            return Words(best, " is below ", gradient, ", and larger in size.")
        if leaf is not self.best and leaf is max(self.leaves, key=lambda leaf: abs(leaf.data)):
            return Words(
                title_of(leaf), " is the largest number; how ", title_of(self.trace.root),
                " changes with it is another.",
            )  # fmt: skip
        return Words(self._stated(leaf), ".")


# -- why a gradient is zero ------------------------------------------------------------------------

# The causes that are offered, and what is true where one is not the cause.
NOT_SO = {
    "no_path": "There is a path down to {leaf}.",
    "stop_gradient": "No stop-gradient stands above {leaf}.",
    "flat": "No operation above {leaf} is level between jumps.",
    "closed_relu": "No closed relu stands above {leaf}.",
    "not_chosen": "No operation above {leaf} went by another operand.",
    "multiplied_by_zero": "No other factor of a product above {leaf} is 0.",
    "saturated": "No function above {leaf} is so far out.",
    "stationary": "No operation above {leaf} happens to be level at its number.",
    "cancelled": "No contributions cancel on the way down to {leaf}.",
}
# What makes a cause worth considering: an operation of which this is known. The others always are.
AT: dict[str, Callable[[Facts], object]] = {
    "stop_gradient": lambda facts: facts.stop_gradient,
    "flat": lambda facts: facts.kind == "step",
    "closed_relu": lambda facts: facts.zero_slope == "closed_relu",
    "not_chosen": lambda facts: facts.kind == "choice",
    "multiplied_by_zero": lambda facts: facts.form in ("product", "dot"),
    "saturated": lambda facts: facts.steep,
    "stationary": lambda facts: facts.level_at,
}
# Of the same gradient one could say either, if one is not strict.
TOO_CLOSE = (
    {"no_path", "stop_gradient"},
    {"stationary", "multiplied_by_zero", "flat", "closed_relu", "saturated"},
    {"not_chosen", "flat", "closed_relu"},
)


class ZeroQuestion(Question):
    """Why is this gradient zero?"""

    kind = "zero"
    hint = (
        "Go down from the result: on which edge does it become 0, or do two contributions cancel?"
    )

    def __init__(self, root: Value, asked: Node, options: list[str]) -> None:
        super().__init__(root)
        self.asked, self.options = self.trace.graph.nodes[asked.index], options
        self.about_what = asked.name
        self.choices = dict(zip(LETTERS, [KINDS[kind] for kind in options], strict=False))
        self.reasons = Reasons(self.trace, self.asked)
        self.cause = self.reasons.causes[0].kind

    @classmethod
    def about(cls, root: Value, rng: Random) -> Self | None:
        trace = Question(root).trace
        leaves = [leaf for leaf in trace.graph.nodes if leaf.is_leaf]
        causes = [(leaf, _only_cause(Reasons(trace, leaf))) for leaf in leaves]
        zero = [(leaf, cause) for leaf, cause in causes if cause in NOT_SO]
        if not zero:
            return None
        asked, cause = rng.choice(zero)
        return cls(root, asked, _options(cause, trace, rng))

    @property
    def asking(self) -> Words:
        return Words(Equation(gradient_of(self.trace.root, self.asked), 0.0), ". Why?")

    @property
    def expected(self) -> str:
        return LETTERS[self.options.index(self.cause)]

    @property
    def derivation(self) -> str:
        return self.reasons.text

    def judge(self, answer: object) -> Verdict:
        if not isinstance(answer, str):
            raise TypeError(f"an answer is one of the letters, not {answer!r}")
        letter = answer.strip().upper()
        if letter not in self.choices:
            letters = ", ".join(self.choices)
            raise ValueError(f"{answer.strip()[:20]!r} is no answer here; choose one of {letters}")
        right = letter == self.expected
        refuted = filled(NOT_SO[self.options[LETTERS.index(letter)]], leaf=title_of(self.asked))
        sentence = as_text(self.reasons.causes[0].sentence if right else refuted)
        return Verdict(right, letter, None, self.expected, sentence, self.derivation)


def _only_cause(reasons: Reasons) -> str:
    """Why a gradient is zero, if there is one reason, else ""."""
    kinds = {cause.kind for cause in reasons.causes}
    return kinds.pop() if reasons.verdict == "zero" and len(kinds) == 1 else ""


def _options(cause: str, trace: Trace, rng: Random) -> list[str]:
    """The cause among others that are none, in any order; first those that could have been."""
    close = {kind for group in TOO_CLOSE if cause in group for kind in group}
    there = [facts_of(node.op) for node in trace.graph.nodes]
    others = [kind for kind in NOT_SO if kind not in close and kind != cause]
    rng.shuffle(others)
    others.sort(key=lambda kind: kind in AT and not any(map(AT[kind], there)))
    options = [cause, *others[: len(LETTERS) - 1]]
    rng.shuffle(options)
    return options
