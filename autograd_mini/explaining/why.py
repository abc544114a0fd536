"""`why`, and what it gives: the reasons that a gradient is zero, nan, infinite, tiny or huge."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from autograd_mini.engine.value import Value
from autograd_mini.explaining.causes import Cause, causes_and_path, verdict_on
from autograd_mini.explaining.derivation import asked, nodes_on_paths
from autograd_mini.explaining.paths import Path, count_paths, share, size_along, way
from autograd_mini.explaining.phrases import few, made
from autograd_mini.text import sentences
from autograd_mini.text.names import tidy_names
from autograd_mini.text.numbers import count_text, power_text
from autograd_mini.text.paragraphs import Foreign, Paragraph, Sentence, lines_of, text_of
from autograd_mini.text.parts import Derivative, Equation, Name, Words, listed, title_of
from autograd_mini.tracing.graph import Node
from autograd_mini.tracing.trace import Trace

MOST_LINES = 25  # of a text
LINES_FOR_OTHERS = 6


def why(v: Value, wrt: Value | str) -> Reasons:
    """Why the gradient of `v` with respect to `wrt` is zero, nan, infinite, tiny or huge.

    >>> x = Value(-2.0, "x")
    >>> y = (x * 3.0).relu() + 1.0
    >>> why(y, x)
    dy/dx = 0: the gradient is cut on its way from y down to x, in v2.
    <BLANKLINE>
    v2 = relu(v1) is closed: v1 = -6 is not above 0, so ∂v2/∂v1 = heaviside(v1) = 0.
    It opens where v1 > 0.
    <BLANKLINE>
    The only path:
         y → v2 → v1 → x
         = 1 * 0 * 3
         = 0

    `wrt` is a `Value` or a name. Every edge where the gradient was cut or squeezed, or its nan or
    infinity began, is named, the worst first, and with it the line of the program, if the graph was
    built under `anomaly()`. Nothing is altered.

    What is no `Value` is a `TypeError`. A name that is not in the graph, or a `v` that is a
    constant, is a `ValueError`; a leaf changed since the forward pass is `StaleGraph`.
    """
    trace, target = asked("why", v, wrt)
    assert target is not None
    return Reasons(trace, target)


class Reasons:
    """Why a gradient is what it is, made by `why`: text in a terminal, and its parts as data.

    >>> a, b = Value(2.0, "a"), Value(0.0, "b")
    >>> reasons = why(a * b, "a")
    >>> reasons.gradient, reasons.verdict, reasons.causes
    (0.0, 'zero', [Cause('multiplied_by_zero', 'v1' to 'a', local=0.0)])

    `gradient` is a number, or None where none comes. `verdict` is "zero", "tiny" (below 0.000001 in
    size), "ordinary", "huge" (above 1,000,000), "infinite" or "nan"; None counts as zero. `causes`
    are worst first: where it began, then what went with it; each has a `kind`, an edge with its
    numbers, a `sentence` and a `source`. `path` is the dominant path, with `nodes` and `factors`:
    the one with the fewest zeros among its factors, and of these the one with the largest product
    of the others; for nan and infinity, of those that lead through the first cause. It is None
    where no gradient comes. `paths` is how many paths there are.
    """

    def __init__(self, trace: Trace, target: Node) -> None:
        tidy_names(trace.graph)
        self._trace, self._target = trace, target
        self.gradient = trace.gradient(target)
        self.verdict = verdict_on(self.gradient)
        self.causes, self.path = causes_and_path(trace, target)
        self.paths = count_paths(trace, nodes_on_paths(trace, [target]), [target])
        self.text = self._written()

    def __repr__(self) -> str:
        return self.text

    def _written(self) -> str:
        head, path = [Sentence(self._headline())], self._path_lines()
        room = MOST_LINES - len(lines_of(head)) - len(lines_of(path)) - 3
        if self.verdict == "ordinary":
            return text_of([head, path, *_other_ways(self.causes)])
        return text_of([head, _told(self.causes, room), path])

    # -- the answer ----------------------------------------------------------------------------

    @property
    def _names(self) -> tuple[Name, Name]:
        return title_of(self._trace.root), title_of(self._target)

    def _headline(self) -> Words:
        number = 0.0 if self.gradient is None else self.gradient
        answer = _ANSWERS.get(self.verdict, Reasons._sized)
        return Words(Equation(Derivative(*self._names), number), answer(self))

    def _zero(self) -> Words:
        root, name = self._names
        first = self.causes[0]
        if first.kind == "no_path":
            return Words(": in this graph ", root, " does not depend on ", name, ".")
        if first.kind == "constant":
            return Words(": ", sentences.constant(self._target.name), ".")
        cuts = [c.consumer for c in self.causes if not c.is_late and not c.product and c.consumer]
        lost = [cause.node for cause in self.causes if cause.kind == "cancelled"]
        cancel = Words("contributions cancel, at ", few(lost, "nodes"), ".")
        if not cuts:
            return Words(": ", cancel)
        end = Words("; ", cancel) if lost else "."
        way = Words(self._ways(lost), sentences.between(root, name))
        return Words(": the gradient is cut on ", way, ", in ", few(cuts, "results"), end)

    def _ways(self, lost: Sequence[Node]) -> str:
        """Which ways to the target are cut."""
        if lost:
            return "some ways "
        alone = self.paths == 1 or (self.paths == 0 and len(self.causes) == 1)
        return "its way " if alone else "every way "

    def _began(self) -> Words:
        first = self.causes[0]
        if first.origin is not None and first.origin.op is None:
            return Words(", from a number that was given.")
        if first.origin is not None:
            made_so = made(self._trace.graph, first.origin)
            return Words(": it began in the forward pass, in ", made_so, ".")
        assert first.consumer is not None
        ends = listed([title_of(first.consumer), title_of(first.node)])
        return Words(": it began in the backward pass, between ", ends, ".")

    def _sized(self) -> Words:
        if self._target is self._trace.root:
            return Words(", ", sentences.start(title_of(self._target)), ".")
        limits = {"tiny": "below 1e-6", "huge": "above 1e6"}
        limit = limits.get(self.verdict, "neither tiny nor huge")
        return Words(f" is {self.verdict}: {limit} in size.")

    # -- the path ------------------------------------------------------------------------------

    def _path_lines(self) -> list[Paragraph]:
        if self.path is None or not self.path.edges:
            return []
        whole = self.gradient if self.paths > 1 and self.verdict != "infinite" else None
        remark = _beyond_floats(self.path)
        remark = remark or share(self.path.product, whole, Derivative(*self._names))
        return [Sentence(self._path_title()), way(None, self.path, remark)]

    def _path_title(self) -> str:
        if self.paths == 1:
            return "The only path:"
        which = _WHICH_PATH.get(self.verdict, "the one with the largest product")
        return f"Of {count_text(self.paths)} paths, {which}:"


_ANSWERS = {"zero": Reasons._zero, "nan": Reasons._began, "infinite": Reasons._began}
_WHICH_PATH = {
    "zero": "the one with the fewest zeros",
    "nan": "one that leads through the first cause",
    "infinite": "one that leads through the first cause",
}


def _beyond_floats(path: Path) -> Words | str:
    """What the product of ordinary factors is, where that is no float."""
    sizes = [abs(factor) for factor in path.factors]
    if path.product in (0.0, math.inf, -math.inf) and 0.0 < min(sizes) <= max(sizes) < math.inf:
        return f", for {power_text(size_along(path.edges))} is no float"
    return ""


# -- the causes ------------------------------------------------------------------------------------


def _told(causes: Sequence[Cause], room: int) -> list[Paragraph]:
    """The causes, as many as there is room for; the first in any case."""
    found: list[Paragraph] = []
    for number, cause in enumerate(causes):
        more = _paragraphs(cause, f"{number + 1}. " if len(causes) > 1 else "")
        if found and len(lines_of([*found, *more])) > room:
            return [*found, Sentence(_others(causes[number:]))]
        found += more
    return found


def _paragraphs(cause: Cause, number: str) -> list[Paragraph]:
    role = f"The {cause.role}: " if cause.role else ""
    sentence = Sentence(Words(number, role, cause.words), hang=len(number))
    if not cause.source:
        return [sentence]
    return [sentence, Foreign(f"recorded at {cause.source}", start=4, hang=8)]


def _others(causes: Sequence[Cause]) -> Words:
    counts = Counter([cause.kind for cause in causes])
    kinds = listed([f"{count:,} {kind}" for kind, count in counts.items()])
    return Words(f"and {len(causes):,} more in .causes: ", kinds, ".")


def _other_ways(causes: Sequence[Cause]) -> list[list[Paragraph]]:
    """Where an ordinary gradient is cut on ways beside the path."""
    title = Sentence("On other ways it is cut:")
    return [[title], _told(causes, LINES_FOR_OTHERS)] if causes else []
