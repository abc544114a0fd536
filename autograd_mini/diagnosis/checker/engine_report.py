"""What `check_engine` found, and how it is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from autograd_mini.diagnosis.mistakes import mistakes
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import entry, wrapped
from autograd_mini.text.names import cut_name
from autograd_mini.text.numbers import counted, number_text
from autograd_mini.text.parts import listed

WARNING = "repeated_backward"
# The worst first: what keeps an engine from running, then wrong numbers, then the warning.
KINDS = ("unusable", "raises", "wrong_data", "mistake", "unexplained", WARNING)
LABEL = 10  # columns for what stands before a line at the end


@dataclass(repr=False, eq=False)
class Finding:
    """One thing that is wrong with an engine.

    `kind` is "unusable" (nothing can be tried), "raises" (an exception), "wrong_data" (the forward
    pass), "mistake" (a known one), "unexplained" (wrong gradients that no known mistake gives) or
    "repeated_backward". `mistakes` are the names of all that fit; `sentence` says what is wrong;
    `witness` is the smallest expression that shows it, `symbol` what it was asked for, such as da,
    with the `right` and the `found` number; `or_else` are others that would be right too. All but
    the first two are empty or None where they do not apply.
    """

    kind: str
    sentence: str
    mistakes: tuple[str, ...] = ()
    witness: str = ""
    symbol: str = ""
    right: float | None = None
    found: float | None = None
    or_else: tuple[float, ...] = ()

    @property
    def numbers(self) -> str:
        """Both numbers in words, or nothing."""
        if self.right is None or self.found is None:
            return ""
        right, found = number_text(self.right), number_text(self.found)
        if right == found:  # they differ after the sixth digit
            right, found = repr(self.right), repr(self.found)
        right = _either([right, *map(number_text, self.or_else)])
        return f"{self.symbol} should be {right}, yours is {found}"

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """The finding as lines of a report."""
        if len(self.mistakes) > 1:
            yield f"{_either(self.mistakes)}, which give the same numbers here:"
            for name in self.mistakes:
                yield from mistakes[name].lines(start=4, hang=8)
            yield from wrapped(f"    {self.sentence}", 4) if self.sentence else []
        else:
            name = self.mistakes[0] if self.mistakes else _HEADS.get(self.kind, self.kind)
            yield from wrapped(f"{name}: {self.sentence}", 4)
        yield from self._witness_lines()

    def _witness_lines(self) -> Iterator[str]:
        if not self.numbers:
            yield from wrapped(f"    {self.witness}", 8) if self.witness else []
            return
        whole = wrapped(f"    {self.witness}: {self.numbers}")
        apart = [*wrapped(f"    {self.witness}:", 8), *wrapped(f"    {self.numbers}", 8)]
        yield from whole if len(whole) == 1 else apart


_THINGS = {
    "raises": ["exception"],
    "wrong_data": ["wrong forward pass", "wrong forward passes"],
    "unexplained": ["unexplained gradient"],
}
_HEADS = {"wrong_data": "forward pass"}


class EngineReport:
    """How a class does as an engine, as a learner would want to hear it. `check_engine` makes one.

    >>> from autograd_mini import Value, check_engine
    >>> report = check_engine(Value)
    >>> report.passed, report.mistakes, report.missing
    (True, (), [])

    `passed` says that nothing is wrong, and something right: what is missing does not count, and
    neither does the warning about a repeated `backward()`. `right`, `wrong`, `unjudged` and
    `missing` are operators by name. `mistakes` are the names of those that fit, and `findings` all
    that is wrong, the worst first. `depth` is the length of the longest chain of results that was
    right, None if none was tried; `depth_text` and `second_backward` say how deep graphs and second
    calls went.
    """

    def __init__(self, name: str, findings: Iterable[Finding] = ()) -> None:
        self.name = cut_name(name)
        self.findings: list[Finding] = []
        self.add(findings)
        self.right: list[str] = []
        self.wrong: list[str] = []
        self.missing: list[str] = []
        self.unjudged: list[str] = []
        self.depth: int | None = None
        self.depth_text = self.second_backward = ""

    def add(self, findings: Iterable[Finding]) -> None:
        """Put more findings where they belong among the others."""
        self.findings += findings
        self.findings.sort(key=lambda finding: KINDS.index(finding.kind))

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong, and something right."""
        return bool(self.right) and all(finding.kind == WARNING for finding in self.findings)

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The names of the known mistakes that fit."""
        names = [name for finding in self.findings for name in finding.mistakes]
        return tuple(dict.fromkeys(names))

    @property
    def text(self) -> str:
        """What the repr shows."""
        return "\n".join(self._lines())

    def __repr__(self) -> str:
        return self.text

    def _lines(self) -> Iterator[str]:
        yield from wrapped(f"{self.name}: {'; '.join(self._verdict())}.", 4)
        for finding in self.findings:
            yield ""
            yield from finding.lines()
        rest = [line for label, text in self._rest() if text for line in entry(label, text, LABEL)]
        yield from ["", *rest] if rest else []

    def _verdict(self) -> Iterator[str]:
        if any(finding.kind == "unusable" for finding in self.findings):
            yield "nothing could be tried"
            return
        yield self._count_of_operators()
        known = [finding.mistakes for finding in self.findings if finding.kind == "mistake"]
        if known:
            names = [f"{first} (or {_either(more)})" if more else first for first, *more in known]
            yield f"{counted(len(known), 'mistake')}: {as_text(listed(names))}"
        for kind, words in _THINGS.items():
            count = [finding.kind for finding in self.findings].count(kind)
            if count:
                yield counted(count, *words)
        if WARNING in self.mistakes:
            yield f"1 warning: {WARNING}"

    def _count_of_operators(self) -> str:
        right, count = len(self.right), len(self.right) + len(self.wrong)
        if not count:
            return "no operator could be judged"
        are = "operators are right" if count > 1 else "operator is right"
        return f"all {count} {are}" if right == count > 1 else f"{right} of {count} {are}"

    def _rest(self) -> Iterator[tuple[str, str]]:
        yield "right", " ".join(self.right)
        yield "wrong", " ".join(self.wrong)
        yield "not judged", " ".join(self.unjudged)
        yield "missing", ", ".join(self.missing)
        yield "depth", self.depth_text
        yield "backward", self.second_backward


def _either(names: Sequence[str]) -> str:
    return " or ".join(names)
