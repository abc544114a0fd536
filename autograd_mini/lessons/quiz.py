"""A series of questions: `quiz`, what it gives, and how each question is made."""

from __future__ import annotations

import copy
import random
import shlex
from collections.abc import Iterator, Sequence, Set

from autograd_mini.engine.parsing import expression_names, name_result, parse
from autograd_mini.engine.value import Value
from autograd_mini.lessons import shapes
from autograd_mini.lessons.choice_questions import MostQuestion, ZeroQuestion
from autograd_mini.lessons.number_questions import GradientQuestion, LocalQuestion, NudgeQuestion
from autograd_mini.lessons.order_questions import OrderQuestion
from autograd_mini.lessons.question import Question
from autograd_mini.lessons.shapes import LEVELS, ZEROS, Given, Shape, Source, level_named
from autograd_mini.tracing.graph import caller_names
from autograd_mini.tracing.trace import record

Kind = type[Question]

MOST_RESULTS = 20  # that a question can show
QUESTIONS = 6  # unless told otherwise
MOST_QUESTIONS = 1000
ANOTHER = 40  # drawings for an expression that no question has been about
ENOUGH = 12  # more drawings after one that hides none, for one where mistakes differ too

ABOUT_ONE: list[Kind] = [GradientQuestion, LocalQuestion, NudgeQuestion]
ABOUT_ONE += [OrderQuestion, MostQuestion, ZeroQuestion]
NAMED = {kind.kind: kind for kind in ABOUT_ONE}
LEVEL_KINDS = """
    nudge gradient local zero
    gradient most local nudge zero order
    local gradient most nudge zero
    gradient nudge order gradient most zero
    gradient order gradient nudge most zero
    gradient zero order local most nudge
""".strip().splitlines()
KINDS = {n: [NAMED[name] for name in names.split()] for n, names in enumerate(LEVEL_KINDS, 1)}


def quiz(
    expression: Value | str | None = None,
    seed: int | str | None = None,
    level: int | None = None,
    questions: int = QUESTIONS,
    **numbers: float,
) -> Quiz:
    """Questions on the chain rule, to go through in a loop; the command `quiz` asks them.

    >>> for question in quiz("u = a*b; u + a", a=3, b=2, seed=1, questions=1):
    ...     print(question.text)
    ...     print(question.check(3))
    a = 3, b = 2
    u = a * b = 6
    L = u + a = 9
    <BLANKLINE>
    What is dL/da?
    dL/da = 3 is right.

    Each has a `text`, and its `check(answer)` gives a `Verdict`, which is true if the answer is
    right, and else names the mistake that gives it. An answer is a number or a text, such as "3/4"
    or "2*a" in the names of the question. Decimals may be rounded to two digits. What was missed
    comes again at the end, with other numbers.

    They are about an expression, a text with a number for each of its names (where none is given, a
    friendly one is chosen) or a `Value`; or, without one, of a `level` from 1, one path, to 6. The
    same `seed` gives the same questions everywhere; without one it is drawn, and is in `.seed`. A
    level that does not exist, or an expression that cannot be read, is a `ValueError`.
    """
    return series_of(expression, seed, level, questions, numbers, caller_names(depth=2))


def series_of(
    expression: Value | str | None,
    seed: int | str | None,
    level: int | None,
    questions: int,
    numbers: dict[str, float],
    names: dict[Value, str],
) -> Quiz:
    """What `quiz` does, with these names for nodes that have no label."""
    if expression is not None and level is not None:
        raise ValueError("a level is for questions without an expression; give one or the other")
    if type(questions) is not int or not 1 <= questions <= MOST_QUESTIONS:
        raise ValueError(f"there can be 1 to {MOST_QUESTIONS:,} questions, not {questions!r}")
    seed = checked_seed(seed)
    if expression is None:
        if numbers:
            raise ValueError(f"{', '.join(numbers)}: numbers are for an expression; there is none")
        return Quiz(None, seed, 1 if level is None else level, questions)
    return Quiz(_given(expression, numbers, seed, names), seed, 0, questions)


def checked_seed(seed: int | str | None) -> int | str:
    """The seed, or a new one that is short enough to type again."""
    if seed is None:
        return random.SystemRandom().randrange(1_000_000)
    if isinstance(seed, bool) or not isinstance(seed, int | str):
        raise TypeError(f"a seed is a whole number or a text, not {seed!r}")
    return seed


def _given(
    expression: Value | str, numbers: dict[str, float], seed: int | str, names: dict[Value, str]
) -> Given:
    if isinstance(expression, str):
        free = [name for name in expression_names(expression) if name not in numbers]
        rng = random.Random(f"{seed}/numbers")
        chosen = dict(zip(free, shapes.numbers_for(free, rng), strict=True))
        root = name_result(parse(expression, **numbers, **chosen))
        shapes.choose_results(root, rng, free)
    else:
        root = expression
        if numbers:
            raise ValueError("a Value has its numbers already; numbers go with a text")
    given = Given(root)
    trace = record(root, names)
    given.root = given.draw(random.Random(0))
    for node, twin in zip(trace.graph.nodes, record(given.root, {}).values, strict=True):
        twin.label = "" if node.is_constant else node.name
    if len([node for node in trace.graph.nodes if node.op]) > MOST_RESULTS:
        raise ValueError(
            f"this expression has more than {MOST_RESULTS} results, which is more than a question "
            "can show; ask about a part of it"
        )
    return given


class NoMoreQuestions(ValueError):
    """An expression does not give as many different questions as were wanted."""


class Quiz:
    """A series of questions, made by `quiz`: go through it in a loop, as often as you like.

    >>> series = quiz(seed=1, questions=3)
    >>> len(series), series.seed, series.level
    (3, 1, 1)
    >>> missed = 0
    >>> for question in series:
    ...     missed += not question.check("a" if question.kind == "zero" else 1000)
    >>> missed > 3       # what was missed came again
    True
    """

    def __init__(self, given: Given | None, seed: int | str, level: int, count: int) -> None:
        self._given, self.seed, self.level, self.count = given, seed, level, count
        self._kinds = list(ABOUT_ONE)
        if given is None:
            level_named(level)
            self._kinds = list(KINDS[level])
            random.Random(f"{seed}/{level}").shuffle(self._kinds)

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Question]:
        asked, lacking = [], None
        try:
            for question in self.first():
                asked.append(question)
                yield question
        except NoMoreQuestions as error:  # said when what was missed has come again
            lacking = error
        yield from _once_more(asked)
        if lacking:
            raise lacking

    def __repr__(self) -> str:
        about = "an expression" if self._given else f"level {self.level}"
        return f"Quiz({self.count} questions on {about}, seed {self.seed!r})"

    @property
    def options(self) -> str:
        """What the command `quiz` needs to ask the same again, beside the expression."""
        level = [] if self._given else [f"--level {self.level}"]
        count = [] if self.count == QUESTIONS else [f"--questions {self.count}"]
        return " ".join([*level, f"--seed {shlex.quote(str(self.seed))}", *count])

    def first(self) -> Iterator[Question]:
        """The questions, without those that come again."""
        seen: set[str] = set()
        for number in range(self.count):
            question = self._make(number, seen)
            if self._given is None:
                seen.add(question.form)
            seen.add(question.text)
            yield question

    def _make(self, number: int, seen: set[str]) -> Question:
        start = number % len(self._kinds)
        for kind in (*self._kinds[start:], *self._kinds[:start]):
            sources: list[Source] = []
            if self._given:
                sources = [self._given, Given(self._given.root, others=True)]
            else:
                table = ZEROS if kind is ZeroQuestion else LEVELS
                sources = [level_named(self.level, table)]
            for source in sources:
                if question := make(kind, source, f"{self.seed}/{self.level}/{number}", seen):
                    return question
        few = f"there are not so many questions on this expression: {number} at most"
        raise NoMoreQuestions(few)


def _once_more(asked: Sequence[Question]) -> Iterator[Question]:
    """What was missed, with other numbers."""
    seen = {question.text for question in asked}
    for question in [question for question in asked if question.is_missed]:
        again = question.again(seen)
        again.comes_again = True
        seen.add(again.text)
        yield again


def make(
    kind: Kind, source: Source, seed: str, seen: Set[str], about: str | None = None
) -> Question | None:
    """A question that is not among those seen, with numbers that tell right from wrong.

    None where this kind has nothing to ask, or nothing new, `about` what the question is to be.
    """
    rng = random.Random(seed)
    found: list[tuple[tuple[int, int], Question]] = []
    for attempt in range(source.attempts):
        shape = source.pick(rng)
        root = shape.draw(rng)
        if isinstance(shape, Shape) and not shapes.is_friendly(root):
            continue
        question = kind.about(root, rng)
        if question is None or question.text in seen or about not in (None, question.about_what):
            continue
        if question.form in seen and attempt < ANOTHER:
            continue
        _let_come_again(question, shape, seed)
        found.append((question.score, question))
        telling = [score for score, _ in found if not score[0]]
        if (0, 0) in telling or len(telling) > ENOUGH:
            break
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _let_come_again(question: Question, shape: Shape | Given, seed: str) -> None:
    others = Given(shape.root, others=True) if isinstance(shape, Given) else shape

    def again(seen: Set[str]) -> Question:
        for passed in ({question.text, *seen}, {question.text}):
            same = type(question), others, f"{seed}/again", passed
            if found := make(*same, question.about_what) or make(*same):
                return found
        afresh = copy.copy(question)  # the same one, as nobody has answered it yet
        afresh.verdicts, afresh.was_skipped = [], False
        return afresh

    question.make_again = again
