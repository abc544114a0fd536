"""A backward pass whose parts can be changed one by one: each known mistake changes one of them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from itertools import accumulate, starmap
from typing import Any

from autograd_mini.engine.quiet_order import quiet_order
from autograd_mini.engine.sweep import CONSUMERS_FIRST, DONE, sweep, swept
from autograd_mini.tracing.events import Event
from autograd_mini.tracing.graph import Graph, Node

Changes = Mapping[str, Any]
Arithmetic = Callable[[Any, Any], Any]
MOST_VISITS = 100_000

# What a mistake may change, and what is right. It is data, but for the rows.
RIGHT: Changes = {
    "seed": 1.0,  # the gradient of the root to start with, or "root": its number
    "visits": CONSUMERS_FIRST,  # who passes its gradient on, in which order
    "positions": "all",  # of the operands that a result knows, or the "last of each"
    "rows": {},  # the rows of the table that have other rules, {right: wrong}
    "point": "operands",  # whose numbers rules are given, or "innermost": the leaf's far below
    "contribution": "upstream * local",  # what flows down one edge
    "total": "before + product",  # the total after a contribution
}
CONTRIBUTIONS: dict[str, Arithmetic] = {
    "upstream * local": operator.mul,
    "upstream + local": operator.add,
    "local": lambda upstream, local: local,
}
TOTALS: dict[str, Arithmetic] = {
    "before + product": operator.add,
    "product": lambda before, product: product,
    "before": lambda before, product: before,
    "before or product": lambda before, product: before or product,
}


class BackwardPass:
    """How an engine goes backwards over one graph; without changes, as `backward()` does.

    >>> from autograd_mini import Value
    >>> from autograd_mini.tracing.graph import graph_of
    >>> a = Value(3.0, "a")
    >>> graph = graph_of(a * a)
    >>> BackwardPass(graph).gradients()
    {1: 1.0, 0: 6.0}
    >>> BackwardPass(graph, {"total": "product"}).gradients()
    {1: 1.0, 0: 3.0}

    `changes` are those of `RIGHT`. `own` has, by index, the results that have other changes, and
    `turned` those that take their operands from right to left.
    """

    def __init__(
        self,
        graph: Graph,
        changes: Changes = RIGHT,
        own: Mapping[int, Changes] | None = None,
        turned: Set[int] = frozenset(),
    ) -> None:
        self.graph, self.root, self._turned = graph, graph.nodes[-1], turned
        self._changes = {**RIGHT, **changes}
        self._own = {index: {**RIGHT, **some} for index, some in (own or {}).items()}

    def events(self) -> Iterator[Event]:
        """The backward pass as events, as a trace has them."""
        return starmap(Event, self._run(sweep))

    def gradients(self) -> dict[int, float]:
        """The gradients of the nodes that one came to, by index."""
        return {node.index: total for node, total in self._run(swept).items()}

    def visited(self) -> list[Node]:
        """The results in the order in which they pass their gradients on."""
        return [event.node for event in self.events() if event.kind == DONE and event.node.op]

    def _run(self, run: Callable[..., Any]) -> Any:
        changes = self._changes
        if changes["visits"].get("mark") == "never":
            self._check_visits()
        seed = self.root.data if changes["seed"] == "root" else changes["seed"]
        order = quiet_order(self.root, self._operands) if self._turned else self.graph.nodes
        product, total = _arithmetic(changes)
        exceptions = {self.graph.nodes[at]: _arithmetic(own) for at, own in self._own.items()}
        return run(
            {self.root: seed}, order, self._edges,
            visits=changes["visits"], product=product, total=total, exceptions=exceptions,
        )  # fmt: skip

    def _edges(self, result: Node) -> list[tuple[int, Node, Any]]:
        """The edges along which a result passes its gradient on, as far as it knows."""
        if result.op is None:
            return []
        changes, right = self._own.get(result.index, self._changes), result.local_derivatives
        found = self._local_derivatives(result, changes)
        positions: Sequence[int] = range(len(right))
        if changes["positions"] == "last of each":  # as the keys of a dictionary, or a set
            positions = list(dict(zip(result.parents, positions, strict=True)).values())
        if result.index in self._turned:
            positions = positions[::-1]
        operands = [self.graph.nodes[index] for index in result.parents]
        return [(at, operands[at], found[at]) for at in positions if right[at] is not None]

    def _local_derivatives(self, result: Node, changes: Changes) -> Sequence[Any]:
        """The local derivatives of a result by the rules, and at the numbers, that it takes."""
        op, right = changes["rows"].get(result.op, result.op), result.local_derivatives
        if op is result.op and changes["point"] == "operands":
            return right
        numbers = [self.graph.nodes[index].data for index in result.parents]
        z = result.data
        varying = [i for i, local in enumerate(right) if local is not None]
        if changes["point"] == "innermost" and len(varying) == 1:
            numbers[varying[0]] = self._innermost[result.parents[varying[0]]].data
            z = op(*numbers)
        found = op.derivatives(numbers, z, [local is not None for local in right])
        return [made if made is None or hasattr(made, "_apply") else float(made) for made in found]

    @cached_property
    def _innermost(self) -> list[Node]:
        """Of each node the leaf at the end of the first way down; in one walk."""
        found: list[Node] = []
        for node in self.graph.nodes:
            below = self.graph.passing(node)
            found.append(found[below[0][1].index] if below else node)
        return found

    def _operands(self, result: Node) -> list[Node]:
        return [operand for _, operand, _ in self._edges(result)]

    def _check_visits(self) -> None:
        """Raise `ValueError` where there are too many paths: the number of them is a sweep, too."""
        steps = sweep(
            {self.root: 1}, self.graph.nodes, self._edges, product=lambda upstream, local: upstream
        )
        visits = accumulate(paths for kind, *_, paths in steps if kind == DONE)
        if any(count > MOST_VISITS for count in visits):
            raise ValueError(
                f"a recursion along every path would visit nodes more than {MOST_VISITS:,} "
                "times here; take a smaller expression, or see cost() for the number of paths"
            )


def _arithmetic(changes: Changes) -> tuple[Arithmetic, Arithmetic]:
    return CONTRIBUTIONS[changes["contribution"]], TOTALS[changes["total"]]
