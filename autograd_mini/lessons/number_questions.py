"""Questions whose answer is a number: a gradient, a local derivative, what a nudge does."""

import math
import re
from decimal import Decimal, InvalidOperation
from random import Random
from typing import Self

from autograd_mini.diagnosis.diagnose import SLACK, Answer, explained, fitting
from autograd_mini.engine.derive import nudge
from autograd_mini.engine.errors import ExpressionError
from autograd_mini.engine.facts import facts_of
from autograd_mini.engine.value import Value
from autograd_mini.explaining.derivation import nodes_on_paths, steps_for
from autograd_mini.explaining.explain import Derivation
from autograd_mini.explaining.paths import count_paths
from autograd_mini.lessons.distractors import ROUNDED, Telling
from autograd_mini.lessons.question import Question, Verdict, leaves_of
from autograd_mini.text import parts
from autograd_mini.text.as_text import as_text
from autograd_mini.text.numbers import number_text
from autograd_mini.text.paragraphs import Sentence, text_of
from autograd_mini.text.parts import Equation, Words, gradient_of, title_of
from autograd_mini.text.sentences import definition
from autograd_mini.tracing.graph import Edge, Node
from autograd_mini.tracing.trace import Trace, record

NUDGE = 0.01
NOISE = 1e-9  # of a slope from differences, as a share of the result
MOST_DIGITS = 7  # of a right answer
LARGEST_POWER = 308  # of ten, among floats


class NumberAnswer(Answer):
    """A number that somebody gave for `scale` times a gradient.

    Rounded to two digits is near enough, with or without decimals: 20 for 20.0855, 1100 for 1096.6.
    So 5 % are the most that it may be off, even where fewer digits are given.
    """

    def __init__(self, trace: Trace, node: Node, given: object, scale: float) -> None:
        super().__init__(trace, node, given)
        self.scale, self.whole_tolerance = scale, half_a_whole_digit(self.text)

    def is_met_by(self, number: float) -> bool:
        """Whether `scale` times a gradient is this answer."""
        return self.is_number(self.scale * number)

    def is_number(self, number: float) -> bool:
        """Whether this number is the answer, whatever the scale."""
        if super().is_met_by(number):
            return True
        # Decimals may be left out of the answer, if there are any: whole numbers nobody rounds.
        if not math.isfinite(number) or abs(number - round(number)) <= SLACK * abs(number):
            return False
        return abs(self.number - number) <= min(self.whole_tolerance, ROUNDED * abs(number))

    def tolerance_for(self, number: float) -> float:
        """How far this number may be from the answer."""
        return min(self.tolerance, ROUNDED * abs(number))


def half_a_whole_digit(text: str) -> float:
    """Half a unit of the last digit that counts in a number without decimals; two do at least.

    >>> [half_a_whole_digit(text) for text in ("20", "1097", "1100", "1000", "1.1e3")]
    [0.5, 0.5, 50.0, 50.0, 50.0]
    >>> [half_a_whole_digit(text) for text in ("7", "7.4", "2*a", "inf")]
    [0.0, 0.0, 0.0, 0.0]
    """
    try:
        _, digits, exponent = Decimal(text).as_tuple()
    except InvalidOperation:
        return 0.0
    places = len(digits) + exponent if isinstance(exponent, int) and exponent >= 0 else 0
    if not 2 <= places <= LARGEST_POWER:
        return 0.0
    counted = max(2, len("".join(map(str, digits)).rstrip("0")))
    return float(0.5 * 10.0 ** (places - counted))


def plain_signs(text: str) -> str:
    """An answer with the minus sign and the decimal point of Python, sign by sign.

    >>> plain_signs("−2,5"), plain_signs("1,5/2 – a"), plain_signs("maximum(a,2)")
    ('-2.5', '1.5/2 - a', 'maximum(a,2)')
    """
    text = re.sub("[−–]", "-", text)
    return text if re.search(r"[.(\[]", text) else re.sub(r",(?=\d)", ".", text)


class NumberQuestion(Question):
    """What the three kinds have in common.

    `asked` is the node whose gradient in the trace `within` is the answer, but for the scale.
    """

    scale = 1.0

    def __init__(self, root: Value, asked: Node) -> None:
        super().__init__(root)
        self.asked = self.trace.graph.nodes[asked.index]
        self.about_what = f"{self.trace.root.name} {self.asked.name}"

    @property
    def subject(self) -> parts.Piece:
        """What the answer is the number of."""
        return gradient_of(self.within.root, self.asked)

    @property
    def right(self) -> float:
        """The answer as a number."""
        gradient = self.within.gradient(self.asked)
        return 0.0 if gradient is None else self.scale * gradient

    @property
    def expected(self) -> str:
        return number_text(self.right)

    @property
    def score(self) -> tuple[int, int]:
        long = len(self.expected) > MOST_DIGITS
        hidden, alike = Telling(self.within.values[-1], self.asked.index, self.scale).score
        return hidden + long, alike

    def judge(self, answer: object) -> Verdict:
        given = self._read(answer)
        right = given.is_number(self.right) or self.is_as_good(given)
        fits = [] if right else list(fitting(self.within.graph, [given]))
        remark = "" if fits else as_text(self.remark(given))
        sentence = remark if right or remark else "\n".join(explained(fits))
        return Verdict(
            right, given.text, self.subject, self.expected, sentence, self.derivation,
            tuple([mistake.name for mistake, _ in fits]),
        )  # fmt: skip

    def _read(self, answer: object) -> NumberAnswer:
        answer = plain_signs(answer) if isinstance(answer, str) else answer
        try:
            return NumberAnswer(self.within, self.asked, answer, self.scale)
        except ExpressionError as error:
            reason = re.split("; (?:give|there are|did you)", error.reason)[0]
            names = parts.listed([n.name for n in self.within.graph.nodes if not n.is_constant])
            how = "an answer is a number such as -0.5 or 3/4, or an expression in " + as_text(names)
            raise ExpressionError(f"{reason}; {how}", error.text, error.column) from None

    def is_as_good(self, given: NumberAnswer) -> bool:
        """Whether another number than the expected one was given that is right as well."""
        return False

    def remark(self, given: NumberAnswer) -> Words | str:
        """A sentence on an answer that is right, or that no known mistake gives."""
        if self.right and given.is_number(-self.right):
            return "Only its sign is wrong."
        return ""


class GradientQuestion(NumberQuestion):
    """What is dL/da?"""

    kind = "gradient"
    hint = (
        "Start with 1 at the result. Along an edge, multiply by the local derivative; where "
        "several edges come to one node, add what they bring."
    )

    @classmethod
    def about(cls, root: Value, rng: Random) -> Self | None:
        question = Question(root)
        trace, leaves = question.trace, leaves_of(question)
        # One to which many paths lead, if there are such.
        paths = [count_paths(trace, nodes_on_paths(trace, [leaf]), [leaf]) for leaf in leaves]
        several = [leaf for leaf, many in zip(leaves, paths, strict=True) if many > 1]
        return cls(root, rng.choice(several or leaves)) if leaves else None

    @property
    def asking(self) -> Words:
        return Words("What is ", self.subject, "?")

    @property
    def derivation(self) -> str:
        return Derivation(self.within, [self.asked]).text


class NudgeQuestion(GradientQuestion):
    """What does L do when a is raised a little?"""

    kind = "nudge"
    scale = NUDGE
    hint = "A small change of a leaf changes the result by about so much: the gradient times it."

    @classmethod
    def about(cls, root: Value, rng: Random) -> Self | None:
        question = super().about(root, rng)
        return question if question and question.is_smooth else None

    @property
    def is_smooth(self) -> bool:
        """Whether the numbers are finite, and the result bends at the leaf without a kink.

        Where it is smooth, the slopes on both sides come together as one looks closer.
        """
        root, leaf = self.trace.root.data, self.asked.data
        if not all(map(math.isfinite, (root, leaf, self.right, self.exact))):
            return False
        wide, close = self._gap(NUDGE / 10.0), self._gap(NUDGE / 100.0)
        return close <= max(0.5 * wide, NOISE * (1.0 + abs(root)))

    def _gap(self, by: float) -> float:
        """How far the slopes are apart, on both sides of the leaf."""
        leaf = self.trace.values[self.asked.index]
        up, down = [nudge(self.root, leaf, step).actual / step for step in (by, -by)]
        return abs(up - down)

    @property
    def subject(self) -> parts.Piece:
        return Words("the change of ", title_of(self.trace.root))

    @property
    def asking(self) -> Words:
        raised = self.asked.data + NUDGE
        return Words(
            title_of(self.asked), " is raised by ", NUDGE, ", from ", self.asked.data, " to ",
            raised, ". By about how much does ", title_of(self.trace.root), " change?",
        )  # fmt: skip

    @property
    def exact(self) -> float:
        """By how much it really changes."""
        leaf = self.trace.values[self.asked.index]
        return nudge(self.root, leaf, NUDGE).actual

    @property
    def derivation(self) -> str:
        change = Words(
            NUDGE, " more of ", title_of(self.asked), " changes ", title_of(self.trace.root),
            " by about ", Equation(parts.product([NUDGE, self.right / NUDGE]), self.right), ".",
        )  # fmt: skip
        return f"{super().derivation}\n\n{text_of([[Sentence(change), Sentence(self._exactly)]])}"

    @property
    def _exactly(self) -> Words:
        return Words("Exactly it is ", self.exact, ".")

    def is_as_good(self, given: NumberAnswer) -> bool:
        return given.is_number(self.exact)

    def remark(self, given: NumberAnswer) -> Words | str:
        if given.is_number(self.right) or self.is_as_good(given):
            return self._exactly
        if given.is_number(self.right / NUDGE):
            return Words(
                "That is ", gradient_of(self.trace.root, self.asked), ", the change for each 1 of ",
                title_of(self.asked), "; it was raised by ", NUDGE, ".",
            )  # fmt: skip
        return super().remark(given)


class LocalQuestion(NumberQuestion):
    """What is ∂u/∂a, of one operation?"""

    kind = "local"
    hint = (
        "Look at this one operation alone, and let the other operands stay as they are: how fast "
        "does its result change?"
    )

    def __init__(self, root: Value, edge: Edge) -> None:
        super().__init__(root, edge.node)
        self.edge = edge
        values = dict(zip(self.trace.values, self.trace.graph.nodes, strict=True))
        part = one_operation(self.trace.values[edge.consumer.index], values)
        self.within = record(part, {})
        self.whole, self.asked = self.asked, self.within.node(self.asked.name)
        self.about_what = f"{self.within.root.name} {self.asked.name}"

    @classmethod
    def about(cls, root: Value, rng: Random) -> Self | None:
        graph = Question(root).trace.graph
        edges = [edge for node in graph.nodes if node.op for edge in graph.edges_to(node)]
        open_edges = [edge for edge in edges if edge.local is not None]
        once = [e for e in open_edges if e.consumer.parents.count(e.node.index) == 1]
        return cls(root, rng.choice(_most_telling(once))) if once else None

    @property
    def subject(self) -> parts.Piece:
        return parts.Partial(title_of(self.within.root), title_of(self.asked))

    @property
    def asking(self) -> Words:
        made = definition(self.within.graph, self.within.root)
        return Words("What is ", self.subject, ", the local derivative of ", made, "?")

    @property
    def derivation(self) -> str:
        (step,) = steps_for(self.within, [self.asked])
        (only,) = step.contributions
        remarks = [Sentence(remark, hang=4) for remark in step.remarks]
        return text_of([[*remarks, only.paragraph(self.within.graph, start=0)]])

    def remark(self, given: NumberAnswer) -> Words | str:
        whole = self.trace.gradient(self.whole)
        if whole is not None and not given.is_number(self.right) and given.is_number(whole):
            return Words(
                "That is ", gradient_of(self.trace.root, self.whole), ", how ",
                title_of(self.trace.root), " changes; asked is this one operation alone.",
            )  # fmt: skip
        return super().remark(given)


def _most_telling(edges: list[Edge]) -> list[Edge]:
    """Those of functions such as tanh, else those that are no sums, else all."""
    rows = [(edge, edge.consumer.op, facts_of(edge.consumer.op).form) for edge in edges]
    functions = [e for e, op, form in rows if op and op.symbol.isidentifier() and form != "dot"]
    return functions or [e for e, _, form in rows if form not in ("sum", "difference")] or edges


def one_operation(result: Value, nodes: dict[Value, Node]) -> Value:
    """A result made of leaves with the numbers and names of its operands, constants as they are."""
    assert result.op is not None
    fresh = {p: Value(p.data, nodes[p].name) for p in result.parents if not p.is_constant}
    alone: Value = result.op(*[fresh.get(p, p.data) for p in result.parents])
    alone.label = nodes[result].name
    return alone
