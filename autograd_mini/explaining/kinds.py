"""The kinds of causes that a gradient is zero, nan, infinite, tiny or huge; a cause as data."""

from __future__ import annotations

import math
from collections.abc import Callable

from autograd_mini.explaining import cause_sentences as say
from autograd_mini.explaining.paths import Path
from autograd_mini.text.as_text import as_text
from autograd_mini.text.parts import Words
from autograd_mini.tracing.graph import Edge, Node
from autograd_mini.tracing.trace import Trace

# For each kind, by the function that says a cause of it in words, what it is.
_ROWS: dict[Callable[[Cause], Words], str] = {
    # no gradient arrives
    say.no_path: "the result was not computed from this value, as far as its graph knows",
    say.constant: "a number without a history, which gets no gradient and passes none on",
    say.stop_gradient: "an operation that passes no gradient: detach, or the condition of where",
    # a local derivative is zero
    say.flat: "an operation that is level between its jumps: floor, ceil, sign, heaviside, exceeds",
    say.closed_relu: "relu of a number that is not above 0",
    say.not_chosen: "maximum, minimum, clip or where went by another operand",
    say.multiplied_by_zero: "the other factor is 0",
    say.saturated: "tanh, sigmoid and the like, far out where they are level",
    say.outweighed: "an operand of logsumexp that is far below the largest",
    say.stationary: "the operation happens to be level at this number, as cos is at 0",
    say.divided_by_infinity: "an infinite number in a denominator",
    # a sum or a product is zero, or all but zero
    say.underflow: "a product of numbers other than 0 that is too small for a float",
    say.cancelled: "contributions of opposite sign that undo each other",
    # sizes
    say.squeezed: "a factor below 1 in size, or many",
    say.stretched: "a factor above 1 in size, or many",
    say.many_paths: "more paths than the sizes of their products account for",
    # infinity and nan
    say.given: "a number that was given as nan or infinite",
    say.pole: "an infinity at a pole: 1 / 0, log(0), the slope of sqrt at 0",
    say.overflow: "a finite number that is too large for a float",
    say.outside_domain: "an operation outside its domain, such as log(-1)",
    say.undefined_quotient: "0 / 0, or one infinity divided by another",
    say.zero_times_infinity: "0 * inf, which is nan",
    say.infinity_minus_infinity: "inf + (-inf), which is nan",
    say.undefined_slope: "a local derivative that is nan although the numbers are not",
}
KINDS = {sentence.__name__: meaning for sentence, meaning in _ROWS.items()}
_SENTENCES = {sentence.__name__: sentence for sentence in _ROWS}


class Cause:
    """One reason for a gradient: an edge where it was cut or squeezed, or where its nan began.

    `kind` is a key of `KINDS`. The edge leads from `consumer` down to `node`, its operand number
    `position`; `local`, `upstream` and `product` are the numbers there. Where several edges are to
    blame together, as in a sum, `consumer` is None. What does not apply is None, such as `local` at
    a stop-gradient. `origin` is the node whose number was nan or infinite first, if that was in the
    forward pass. `role` is "0" or "inf" for what led to a 0 * inf or inf - inf, else "".
    """

    trace: Trace
    node: Node
    role = ""

    def __init__(
        self, trace: Trace, kind: str, at: Edge | Node, origin: Node | None = None
    ) -> None:
        assert kind in KINDS
        edge = at if isinstance(at, Edge) else None
        self.trace, self.kind, self.edge, self.origin = trace, kind, edge, origin
        self.node = at.node if isinstance(at, Edge) else at
        self.path: Path | None = None  # where all its factors together are the cause
        self.consumer = edge.consumer if edge else None
        self.position = edge.position if edge else None
        self.local = edge.local if edge else None
        self.upstream = trace.gradient(edge.consumer) if edge else None

    @property
    def product(self) -> float | None:
        """What came down the edge: upstream * local."""
        if self.upstream is None or self.local is None:
            return None
        return self.upstream * self.local

    @property
    def is_of_the_passing(self) -> bool:
        """Whether it happened in passing a gradient on, while the local derivative was sound."""
        return self.local is not None and math.isfinite(self.local) and self.local != 0.0

    @property
    def is_late(self) -> bool:
        """Whether it would have cut the gradient, if another cut had not come first."""
        return self.edge is not None and not self.local and not self.upstream

    @property
    def words(self) -> Words:
        """The sentence in its parts."""
        late = " This would cut too, if a gradient came so far." if self.is_late else ""
        return Words(_SENTENCES[self.kind](self), late)

    @property
    def sentence(self) -> str:
        """The cause in plain words, with a remedy where there is a usual one."""
        return as_text(self.words)

    @property
    def source(self) -> str:
        """Where in the program the operation was written, if that was recorded, else ""."""
        return (self.origin or self.consumer or self.node).source

    def __repr__(self) -> str:
        above = f"{self.consumer.name!r} to " if self.consumer else ""
        return f"Cause({self.kind!r}, {above}{self.node.name!r}, local={self.local!r})"
