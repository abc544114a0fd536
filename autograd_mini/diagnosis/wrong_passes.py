"""A backward pass whose parts can be changed one by one: each known mistake changes one of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from autograd_mini.engine.ops import Op
from autograd_mini.tracing.events import CONTRIBUTION, DONE, SEED, Event
from autograd_mini.tracing.graph import Graph, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    # A node that passes its gradient on, and to which of its operands: None stands for all.
    Visit = tuple[Node, Sequence[int] | None]
    Visits = Callable[["Engine"], Iterable[Visit]]

MOST_VISITS = 100_000


def upstream_times_local(upstream: Any, local: Any) -> Any:
    """The chain rule along one edge."""
    return upstream * local


class Engine:
    """How an engine goes backwards over one graph; without changes, as `backward()` does.

    >>> from autograd_mini import Value
    >>> from autograd_mini.tracing.graph import graph_of
    >>> a = Value(3.0, "a")
    >>> graph = graph_of(a * a)
    >>> Engine(graph).gradients()
    {1: 1.0, 0: 6.0}
    >>> Engine(graph, total=lambda before, contribution: contribution).gradients()
    {1: 1.0, 0: 3.0}

    What can be changed, each a function but for `rows`:

        seed          of the root node, the gradient to start with
        visits        of the engine, who passes its gradient on, in order: (node, None) or
                      (node, the positions of the operands that it passes to)
        positions     of a result, the positions of the operands that it knows
        rows          the rows of the table that have other rules, {right: wrong}
        point         of the graph and a result, the numbers (*operands, z) that rules are given
        contribution  of upstream and local, what flows down one edge
        total         of the total before and a contribution, the total after it
    """

    def __init__(
        self,
        graph: Graph,
        *,
        seed: Callable[[Node], float] = lambda root: 1.0,
        visits: Visits | None = None,
        positions: Callable[[Node], Iterable[int]] = lambda result: range(len(result.parents)),
        rows: Mapping[Op, Op] | None = None,
        point: Callable[[Graph, Node], Sequence[float]] | None = None,
        contribution: Callable[[Any, Any], Any] = upstream_times_local,
        total: Callable[[float, float], float] = lambda before, contribution: before + contribution,
    ) -> None:
        self.graph, self._seed, self._visits = graph, seed, visits or consumers_first
        self._positions, self._rows, self._point = positions, rows or {}, point
        self._contribution, self._total = contribution, total
        self.reached = _reached(graph)

    def edges(self, result: Node) -> list[int]:
        """The positions of the operands that a result can pass a gradient to."""
        locals_ = result.local_derivatives
        return [position for position in self._positions(result) if locals_[position] is not None]

    def operands(self, result: Node) -> list[Node]:
        """The operands that a result can pass a gradient to, in order."""
        return [self.graph.nodes[result.parents[position]] for position in self.edges(result)]

    def events(self) -> Iterator[Event]:
        """The backward pass as events, as `passes.both_passes` has them."""
        root = self.graph.nodes[-1]
        totals = {root.index: self._seed(root)}
        yield Event(SEED, root, after=totals[root.index])
        for node, positions in self._visits(self):
            for position in self.edges(node) if positions is None else positions:
                yield self._pass_on(node, position, totals)
            yield Event(DONE, node, after=totals.get(node.index, 0.0))

    def gradients(self) -> dict[int, float]:
        """The gradients of the nodes that one came to, by index."""
        arrivals = [event for event in self.events() if event.kind != DONE]
        return {event.node.index: _number(event.after) for event in arrivals}

    def _pass_on(self, consumer: Node, position: int, totals: dict[int, float]) -> Event:
        node = self.graph.nodes[consumer.parents[position]]
        upstream = totals.get(consumer.index, 0.0)  # as in engines where grad starts at 0.0
        local = self._local(consumer, position)
        product, before = self._contribution(upstream, local), totals.get(node.index)
        after = product if before is None else self._total(before, product)
        totals[node.index] = after
        return Event(
            CONTRIBUTION, node, consumer, position, local, upstream, product, before, after
        )

    def _local(self, consumer: Node, position: int) -> float:
        row = self._rows.get(consumer.op) if consumer.op else None
        if row is None and self._point is None:
            return _number(consumer.local_derivatives[position])
        numbers = numbers_of(self.graph, consumer)
        if self._point is not None:
            numbers = tuple(self._point(self.graph, consumer))
        varying = tuple([local is not None for local in consumer.local_derivatives])
        op = row or consumer.op
        assert op is not None
        found = _number(op.derivatives(numbers[:-1], numbers[-1], varying)[position])
        return found if hasattr(found, "_apply") else float(found)


def _number(number: float | None) -> float:
    assert number is not None
    return number


def numbers_of(graph: Graph, result: Node) -> tuple[float, ...]:
    """The numbers (*operands, z) of a result."""
    return (*[graph.nodes[index].data for index in result.parents], result.data)


def _reached(graph: Graph) -> set[int]:
    """The nodes that the right pass comes to: those that are not only behind walls."""
    reached = {graph.nodes[-1].index}
    for node in reversed(graph.nodes):
        if node.index in reached:
            uses = zip(node.parents, node.local_derivatives, strict=True)
            reached.update([index for index, local in uses if local is not None])
    return reached


# -- in which order nodes pass their gradients on --------------------------------------------------


def consumers_first(engine: Engine) -> Iterator[Visit]:
    """The right order: each node once, after all results that were made from it."""
    return ((node, None) for node in reversed(engine.graph.nodes) if node.index in engine.reached)


def operands_first(engine: Engine) -> Iterator[Visit]:
    """The order of the forward pass."""
    return ((node, None) for node in engine.graph.nodes if node.index in engine.reached)


def depth_first(engine: Engine) -> Iterator[Visit]:
    """Each node once, as soon as recursion over the operands comes to it."""
    stack, seen = [engine.graph.nodes[-1]], set()
    while stack:
        node = stack.pop()
        if node.index not in seen:
            seen.add(node.index)
            yield node, None
            stack.extend(reversed(engine.operands(node)))


def breadth_first(engine: Engine) -> Iterator[Visit]:
    """Each node once, level by level, by how near it is to the root."""
    root = engine.graph.nodes[-1]
    queue, seen = deque([root]), {root.index}
    while queue:
        node = queue.popleft()
        yield node, None
        new = [operand for operand in engine.operands(node) if operand.index not in seen]
        seen.update([operand.index for operand in new])
        queue.extend({operand.index: operand for operand in new}.values())


def every_path(engine: Engine) -> Iterator[Visit]:
    """Every node as often as paths lead to it: it passes on, then its operands do, in order."""
    _check_visits(engine)
    stack = [engine.graph.nodes[-1]]
    while stack:
        node = stack.pop()
        yield node, None
        stack.extend(reversed(engine.operands(node)))


def every_path_edge_by_edge(engine: Engine) -> Iterator[Visit]:
    """As `every_path`, but each operand goes on at once, before the next one is passed to."""
    _check_visits(engine)
    stack: list[Visit] = [(engine.graph.nodes[-1], None)]
    while stack:
        node, positions = stack.pop()
        if positions is not None:
            yield node, positions
            stack.append((engine.graph.nodes[node.parents[positions[0]]], None))
            continue
        stack.extend([(node, [position]) for position in reversed(engine.edges(node))])


def first_way_down(engine: Engine) -> Iterator[Visit]:
    """Recursion over the operands that passes only to those that it has not yet been to."""
    root = engine.graph.nodes[-1]
    stack: list[tuple[Node, list[int]]] = [(root, engine.edges(root))]
    seen = {root.index}
    while stack:
        node, positions = stack[-1]
        if not positions:
            stack.pop()
            continue
        position = positions.pop(0)
        operand = engine.graph.nodes[node.parents[position]]
        if operand.index not in seen:
            seen.add(operand.index)
            yield node, [position]
            stack.append((operand, engine.edges(operand)))


def _check_visits(engine: Engine) -> None:
    counts = {engine.graph.nodes[-1].index: 1}
    visits = 0
    for node, _ in consumers_first(engine):
        visits += counts[node.index]
        for operand in engine.operands(node):
            counts[operand.index] = counts.get(operand.index, 0) + counts[node.index]
        if visits > MOST_VISITS:
            raise ValueError(
                f"a recursion along every path would visit nodes more than {MOST_VISITS:,} times "
                "here; take a smaller expression, or see cost() for the number of paths"
            )
