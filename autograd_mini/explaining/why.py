"""`why`, and what it gives: the reasons that a gradient is zero, nan, infinite, tiny or huge."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

from autograd_mini.engine.errors import printable
from autograd_mini.engine.value import Value
from autograd_mini.explaining.causes import Cause, causes_and_path, verdict_on
from autograd_mini.explaining.derivation import nodes_on_paths
from autograd_mini.explaining.dominant_path import size_along
from autograd_mini.explaining.paths import Path, count_paths, share, way
from autograd_mini.explaining.phrases import few, made, power_text
from autograd_mini.text import formula
from autograd_mini.text.notation import WIDTH, listed, tidy, tidy_names, total, wrapped
from autograd_mini.text.numbers import count_text
from autograd_mini.text.parts import Derivative, title_of
from autograd_mini.tracing.graph import Node, caller_names
from autograd_mini.tracing.trace import Trace, record

MOST_LINES = 25  # of a text
LINES_FOR_OTHERS = 6


def why(v: Value, wrt: Value | str) -> Reasons:
    """Why the gradient of `v` with respect to `wrt` is zero, nan, infinite, tiny or huge.

    >>> x = Value(-2.0, "x")
    >>> y = (x * 3.0).relu() + 1.0
    >>> why(y, x)
    dy/dx = 0: the gradient is cut on its way from y down to x, in v3.
    <BLANKLINE>
    v3 = relu(v2) is closed: v2 = -6 is not above 0, so ∂v3/∂v2 = heaviside(v2) = 0.
    It opens where v2 > 0.
    <BLANKLINE>
    The only path:
         y → v3 → v2 → x
         = 1 * 0 * 3
         = 0

    `wrt` is a `Value` or a name. Every edge where the gradient was cut, born or squeezed is named,
    the worst first, and with it the line of the program, if the graph was built under `anomaly()`.
    Nothing is altered.

    What is no `Value` is a `TypeError`. A name that is not in the graph, or a `v` that is a
    constant, is a `ValueError`; a leaf changed since the forward pass is `StaleGraph`.
    """
    if not isinstance(v, Value):
        raise TypeError(f"why takes a Value, the result to start from, not {type(v).__name__}")
    if not isinstance(wrt, Value | str):
        raise TypeError(f"wrt is a Value or a name, not {wrt!r} ({type(wrt).__name__})")
    names = caller_names(depth=2)
    trace = record(v, names)
    if not isinstance(wrt, Value):
        return Reasons(trace, trace.node(wrt))
    return Reasons(trace, _recorded(trace, wrt) or _outside(wrt, names.get(wrt, "")))


def _recorded(trace: Trace, value: Value) -> Node | None:
    try:
        return trace.node(value)
    except ValueError:
        return None


def _outside(value: Value, name: str) -> Node:
    """What is not in the graph, as a node of its own."""
    return Node(value, -1, tidy(value.label or name or "the value"), ())


class Reasons:
    """Why a gradient is what it is, made by `why`: text in a terminal, and its parts as data.

    >>> a, b = Value(2.0, "a"), Value(0.0, "b")
    >>> reasons = why(a * b, "a")
    >>> reasons.gradient, reasons.verdict, reasons.causes
    (0.0, 'zero', [Cause('multiplied_by_zero', 'v2' to 'a', local=0.0)])

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
        head, path = wrapped(self._headline()), self._path_lines()
        room = MOST_LINES - len(head) - len(path) - 3
        if self.verdict == "ordinary":
            blocks = [head, path, *_other_ways(self.causes)]
        else:
            blocks = [head, _cause_lines(self.causes, room), path]
        return "\n\n".join(["\n".join(block) for block in blocks if block])

    # -- the answer ----------------------------------------------------------------------------

    def _headline(self) -> str:
        number = formula.number_text(0.0 if self.gradient is None else self.gradient)
        answer = _ANSWERS[self.verdict](self)
        return f"{total(self._trace.root, self._target)} = {number}{answer}"

    def _from_to(self) -> str:
        root, name = self._trace.root.name, self._target.name
        return f"from {formula.name_text(root)} down to {formula.name_text(name)}"

    def _zero(self) -> str:
        first = self.causes[0]
        if first.kind == "no_path":
            names = [formula.name_text(node.name) for node in (self._trace.root, self._target)]
            return f": in this graph {names[0]} does not depend on {names[1]}."
        if first.kind == "constant":
            return f": {formula.name_text(self._target.name)} is a constant."
        cut, lost = self._cut_in(), self._cancels_at()
        if cut and lost:
            return f": the gradient is cut on some ways {self._from_to()}, in {cut}; {lost}."
        if lost:
            return f": {lost}."
        alone = self.paths == 1 or (self.paths == 0 and len(self.causes) == 1)
        ways = "its way" if alone else "every way"
        return f": the gradient is cut on {ways} {self._from_to()}, in {cut}."

    def _cut_in(self) -> str:
        cuts = [c.consumer for c in self.causes if not c.is_late and not c.product and c.consumer]
        names = dict.fromkeys([formula.name_text(consumer.name) for consumer in cuts])
        return few(list(names), "results")

    def _cancels_at(self) -> str:
        nodes = [cause.node for cause in self.causes if cause.kind == "cancelled"]
        names = few([formula.name_text(node.name) for node in nodes], "nodes")
        return f"contributions cancel, at {names}" if nodes else ""

    def _born(self) -> str:
        first = self.causes[0]
        if first.origin is not None and first.origin.op is None:
            return ", from a number that was given."
        if first.origin is not None:
            return f": it began in the forward pass, in {made(self._trace.graph, first.origin)}."
        assert first.consumer is not None
        above, below = formula.name_text(first.consumer.name), formula.name_text(first.node.name)
        return f": it began in the backward pass, between {above} and {below}."

    def _sized(self) -> str:
        if self._target is self._trace.root:
            name = formula.name_text(self._target.name)
            return f", the start: {name} changes as {name} does."
        limits = {"tiny": "below 1e-6", "huge": "above 1e6"}
        limit = limits.get(self.verdict, "neither tiny nor huge")
        return f" is {self.verdict}: {limit} in size."

    # -- the path ------------------------------------------------------------------------------

    def _path_lines(self) -> list[str]:
        if self.path is None or not self.path.edges:
            return []
        whole = self.gradient if self.paths > 1 and self.verdict != "infinite" else None
        symbol = Derivative(title_of(self._trace.root), title_of(self._target))
        remark = self._beyond_floats(self.path) or share(self.path.product, whole, symbol)
        return [self._path_title(), *way(None, self.path, remark).lines()]

    def _beyond_floats(self, path: Path) -> str:
        """What the product of ordinary factors is, where that is no float."""
        sizes = [abs(factor) for factor in path.factors]
        if path.product in (0.0, math.inf, -math.inf) and 0.0 < min(sizes) <= max(sizes) < math.inf:
            return f", for {power_text(size_along(path.edges))} is no float"
        return ""

    def _path_title(self) -> str:
        if self.paths == 1:
            return "The only path:"
        which = _WHICH_PATH.get(self.verdict, "the one with the largest product")
        return f"Of {count_text(self.paths)} paths, {which}:"


_ANSWERS = {
    "zero": Reasons._zero,
    "nan": Reasons._born,
    "infinite": Reasons._born,
    "tiny": Reasons._sized,
    "huge": Reasons._sized,
    "ordinary": Reasons._sized,
}
_WHICH_PATH = {
    "zero": "the one with the fewest zeros",
    "nan": "one that leads through the first cause",
    "infinite": "one that leads through the first cause",
}


# -- the causes ------------------------------------------------------------------------------------


def _cause_lines(causes: Sequence[Cause], room: int) -> list[str]:
    """The causes, as many as there is room for; the first in any case."""
    lines: list[str] = []
    for number, cause in enumerate(causes):
        more = _lines_of(cause, f"{number + 1}. " if len(causes) > 1 else "")
        if lines and len(lines) + len(more) > room:
            return [*lines, *_others(causes[number:])]
        lines += more
    return lines


def _lines_of(cause: Cause, number: str) -> list[str]:
    sentence = cause.sentence
    if cause.role:
        sentence = f"The {cause.role}: {sentence.removeprefix('The ')}"
    return [*_paragraph(f"{number}{sentence}", len(number)), *_source_lines(cause)]


def _paragraph(text: str, indent: int) -> list[str]:
    """Text in 80 columns, with quotients and sums unbroken where that can be."""
    whole = text
    for sign in "/+":
        whole = whole.replace(f" {sign} ", f"\xa0{sign}\xa0")
    lines = wrapped(whole, indent)
    if max(map(len, lines)) > WIDTH:
        return wrapped(text, indent)
    return [line.replace("\xa0", " ") for line in lines]


def _source_lines(cause: Cause) -> list[str]:
    if not cause.source:
        return []
    text = f"    recorded at {printable(cause.source)}"
    return textwrap.wrap(text, WIDTH, subsequent_indent="        ", break_on_hyphens=False)


def _others(causes: Sequence[Cause]) -> list[str]:
    counts: dict[str, int] = {}
    for cause in causes:
        counts[cause.kind] = counts.get(cause.kind, 0) + 1
    kinds = listed([f"{count:,} {kind}" for kind, count in counts.items()])
    return wrapped(f"and {len(causes):,} more in .causes: {kinds}.")


def _other_ways(causes: Sequence[Cause]) -> list[list[str]]:
    """Where an ordinary gradient is cut on ways beside the path."""
    return [["On other ways it is cut:"], _cause_lines(causes, LINES_FOR_OTHERS)] if causes else []
