"""The events of the two passes, and the rows of a ledger."""

from __future__ import annotations

from autograd_mini.engine.sweep import CONTRIBUTION as CONTRIBUTION
from autograd_mini.engine.sweep import DONE as DONE
from autograd_mini.engine.sweep import SEED as SEED
from autograd_mini.tracing.graph import Node

FORWARD = "forward"
FIELDS = ("position", "local", "upstream", "product", "before", "after")


class Event:
    """One step of a pass. What does not apply to its kind is None.

    `kind` is "forward": the `node` was computed, `after` is its number; "seed": the gradient of the
    root was set to `after`; "contribution": along operand number `position` of `consumer` the
    `product` of `upstream` and `local` came to `node`, whose total went from `before` (None if it
    was the first) to `after`; or "done": the gradient of `node` is complete, and is `after`.
    """

    __slots__ = ("consumer", "kind", "node", *FIELDS)

    def __init__(
        self,
        kind: str,
        node: Node,
        consumer: Node | None = None,
        position: int | None = None,
        local: float | None = None,
        upstream: float | None = None,
        product: float | None = None,
        before: float | None = None,
        after: float | None = None,
    ) -> None:
        self.kind, self.node, self.consumer, self.position = kind, node, consumer, position
        self.local, self.upstream, self.product = local, upstream, product
        self.before, self.after = before, after

    def __repr__(self) -> str:
        numbers = [f"{n}={getattr(self, n)!r}" for n in FIELDS if getattr(self, n) is not None]
        consumer = [f"consumer={self.consumer.name!r}"] if self.consumer else []
        return f"Event({', '.join([f'{self.kind!r}', repr(self.node.name), *consumer, *numbers])})"


class Entry:
    """One row of a ledger: `product` = `upstream` * `local` came in; `total` is the sum so far.

    It came from operand number `position` of `consumer`. In the root's first row, the seed, these
    are None.
    """

    __slots__ = ("consumer", "local", "position", "product", "total", "upstream")

    def __init__(self, event: Event) -> None:
        self.consumer, self.position = event.consumer, event.position
        self.local, self.upstream = event.local, event.upstream
        self.product = event.after if event.kind == SEED else event.product
        self.total = event.after

    def __repr__(self) -> str:
        source = self.consumer.name if self.consumer else "seed"
        return f"Entry({source!r}, product={self.product!r}, total={self.total!r})"
