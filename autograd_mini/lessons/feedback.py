"""What a question says to an answer."""

from __future__ import annotations

from collections.abc import Sequence


class Verdict:
    """Whether an answer is right, and what there is to say to it; true if it is right.

    `expected` is the right answer as text. `sentence` says which mistake gives a wrong answer, or
    that none that is known does; `mistakes` are the names of those in the catalogue. `derivation`
    is how to come to the right answer. `text`, also the repr, is all of it.

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
        subject: str,
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
        stated = f"{self.subject} = {self.given}" if self.subject else self.given
        if self.right:
            return " ".join([part for part in (f"{stated} is right.", self.sentence) if part])
        verdict = f"{stated} is wrong; right is {self.expected}."
        said = [part for part in (verdict, self.sentence) if part]
        return "\n".join(said) + f"\n\n{self.derivation}"

    def __repr__(self) -> str:
        return self.text
