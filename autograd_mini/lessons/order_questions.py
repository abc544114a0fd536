"""In which order the backward pass visits the results: every order that works is right."""

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Self

from autograd_mini.diagnosis.mistakes import Mistake, mistakes
from autograd_mini.diagnosis.wrong_passes import RIGHT, BackwardPass
from autograd_mini.engine.value import Value
from autograd_mini.lessons.question import Question, Verdict, named
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import indented
from autograd_mini.text.paragraphs import Sentence
from autograd_mini.text.parts import Words, title_of
from autograd_mini.text.sentences import definition
from autograd_mini.tracing.graph import Node

WRONG_ORDERS = [mistakes[name] for name in ("preorder", "breadth_first", "postorder")]
FEWEST = 2  # results


class OrderQuestion(Question):
    """In which order are the results visited?"""

    kind = "order"
    hint = "The result comes first. After that, any one whose users have all been visited."

    def __init__(self, root: Value) -> None:
        super().__init__(root)
        self.order = self._results(RIGHT)
        self.nodes = {node.name: node for node in self.trace.graph.nodes if not node.is_constant}

    @classmethod
    def about(cls, root: Value, rng: Random) -> Self | None:
        question = cls(root)
        plain = all(node.name.isidentifier() for node in question.order)
        return question if plain and len(question.order) >= FEWEST else None

    def _results(self, changes: Mapping[str, object]) -> list[Node]:
        return BackwardPass(self.trace.graph, changes).visited()

    @property
    def asking(self) -> Words:
        names = named(sorted(self.order, key=lambda node: node.index))
        return Words(
            "The backward pass visits each result once; then it passes its gradient on to its "
            "operands. In which order can it visit ", names, "?",
        )  # fmt: skip

    @property
    def expected(self) -> str:
        return " ".join([node.name for node in self.order])

    @property
    def derivation(self) -> str:
        rows = [[as_text(title_of(node)), self._when(node)] for node in self.order]
        head = "A result may pass its gradient on when all that use it have done so:"
        return "\n".join([head, *indented(rows, sides="<"), f"So it can be {self.expected}."])

    def _when(self, node: Node) -> str:
        users = [other for other in self.order if node.index in other.parents]
        return as_text(Words("after ", named(users))) if users else "first, for nothing uses it"

    @property
    def score(self) -> tuple[int, int]:
        """An order is worth asking for where a wrong way to walk gives a wrong one."""
        wrong = [self._results(mistake.changes) for mistake in WRONG_ORDERS]
        return 0, [self._violated(order) for order in wrong].count(None)

    def judge(self, answer: object) -> Verdict:
        if isinstance(answer, list | tuple):
            answer = " ".join(map(str, answer))
        if not isinstance(answer, str):
            raise TypeError(f"an order is a text such as 'L v u', not {answer!r}")
        names = [name for name in re.split(r"(?:\s|,|;|→|->|>)+", answer) if name]
        visited = self._visited(names)
        broken = self._violated(visited)
        found = [] if broken is None else self._mistakes(visited)
        sentence = "" if broken is None else "\n".join(self._said(*broken, found))
        return Verdict(
            broken is None, " ".join(names), None, self.expected, sentence, self.derivation,
            tuple([mistake.name for mistake in found]),
        )  # fmt: skip

    def _visited(self, names: Sequence[str]) -> list[Node]:
        """The nodes named; each result once, leaves as well if one likes."""
        example = f"write for example: {' '.join([n.name for n in self.order[::-1]])}"
        for name in names:
            if name not in self.nodes:
                raise ValueError(f"{name!r} is not in this graph; {example}")
            if names.count(name) > 1:
                raise ValueError(f"{name!r} stands there twice; each is visited once")
        if missing := [node for node in self.order[::-1] if node.name not in names]:
            raise ValueError(f"{as_text(named(missing))} should be in the order too; {example}")
        return [self.nodes[name] for name in names]

    def _violated(self, order: Sequence[Node]) -> tuple[Node, Node] | None:
        """A node that stands too early, and one that uses it and comes later."""
        for place, node in enumerate(order):
            for user in order[place + 1 :]:
                uses = zip(user.parents, user.local_derivatives, strict=True)
                if any(index == node.index and local is not None for index, local in uses):
                    return node, user
        return None

    def _mistakes(self, visited: Sequence[Node]) -> list[Mistake]:
        results = [node for node in visited if node.op]
        return [m for m in WRONG_ORDERS if self._results(m.changes) == results]

    def _said(self, node: Node, user: Node, found: Sequence[Mistake]) -> list[str]:
        early, late = title_of(node), title_of(user)
        said = Words(
            "When ", early, " is visited, its gradient is not complete: ", late,
            " comes later, and ", definition(self.trace.graph, user), ", so ", late,
            " passes a contribution on to ", early, ".",
        )  # fmt: skip
        lines = Sentence(said).lines()
        for mistake in found:
            lines += ["This is the order of a known mistake:", *mistake.lines(start=2)]
        return lines
