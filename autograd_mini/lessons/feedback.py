"""What a question says to an answer."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_mini.text.as_text import as_text
from autograd_mini.text.parts import Equation
from autograd_mini.text.sentences import right_answer, wrong_answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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
