"""The gradients that an engine would give if it went backwards in a certain wrong way."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations

from autograd_mini.diagnosis import wrong_passes
from autograd_mini.diagnosis.checker.hypotheses import RIGHT_SWEEP, RIGHT_WAY, Sweep, Way
from autograd_mini.diagnosis.checker.probes import Probe, Use, by_leaf, use_of
from autograd_mini.diagnosis.wrong_passes import Engine
from autograd_mini.engine.ops import Op
from autograd_mini.engine.value import Value
from autograd_mini.tracing.graph import Graph, Node, graph_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_mini.diagnosis.wrong_passes import Visit

    Ways = Mapping[Use, Way]
    Outcome = dict[str, float]  # the gradients of the leaves

# In which order an engine goes through the operands of a result: from left to right; from right to
# left; so that consumers come first, where several orders do; or differently at each result, as it
# is where the operands are kept in a set. The sharper ones are tried first.
LEFT, RIGHT, SORTED, ANY = ORDERS = ("left", "right", "sorted", "any")
MOST_FORKS = 6  # results where both orders are tried: 64 orders


def predictions(probe: Probe, sweep: Sweep, ways: Ways, order: str = LEFT) -> list[Outcome]:
    """The gradients that an engine would give which goes backwards like this; one for each order.

    >>> from autograd_mini.diagnosis.checker.hypotheses import sweeps_of
    >>> from autograd_mini.diagnosis.checker.probes import probe
    >>> overwrite = next(sweep for sweep in sweeps_of(1) if sweep.names == ("overwrite",))
    >>> predictions(probe("a + a*a"), overwrite, {})
    [{'a': 3.0}]
    """
    relevant = _relevant(probe.uses, ways)
    if sweep is RIGHT_SWEEP and all(not way.changes for _, way in relevant):
        return [probe.right]
    return _predictions(probe, sweep, relevant, order)


def _relevant(uses: Iterable[Use], ways: Ways) -> tuple[tuple[Use, Way], ...]:
    """Of these uses, and of those that they are made of, the ways that are not the plain one."""
    found: dict[Use, Way] = {}
    waiting = [use for use in uses if ways.get(use, RIGHT_WAY) is not RIGHT_WAY]
    while waiting:
        use = waiting.pop()
        way = ways.get(use, RIGHT_WAY)
        if way is not RIGHT_WAY and use not in found:
            found[use] = way
            waiting += uses_of(way.needs, ways)
    # In the order of the ways, so that the same question is asked in the same words.
    return tuple([(use, ways[use]) for use in ways if use in found]) if found else ()


def uses_of(rows: Sequence[Op], ways: Ways) -> list[Use]:
    """The uses of these rows that an engine has."""
    return [use for use in ways if use[0] in rows]


@lru_cache(maxsize=50_000)
def _predictions(
    probe: Probe, sweep: Sweep, relevant: tuple[tuple[Use, Way], ...], order: str
) -> list[Outcome]:
    ways = dict(relevant)
    graph = probe.graph
    if any(way.made_of for way in ways.values()):
        graph = _rebuilt(graph, ways)
    turns = _turns(graph, LEFT if order == SORTED and probe.has_one_order else order)
    engines = [_Suspect(graph, sweep, ways, turned) for turned in turns]
    return [by_leaf(graph, engine.gradients()) for engine in engines]


def _rebuilt(graph: Graph, ways: Ways) -> Graph:
    """The same expression with the operations that these ways are made of."""

    def build(row: Op, *operands: Any) -> Any:
        use = row, tuple([not isinstance(operand, Value) for operand in operands])
        way = ways.get(use, RIGHT_WAY)
        return way.made_of(build, *operands) if way.made_of else row(*operands)

    made: list[Any] = []
    for node in graph.nodes:
        plain = node.data if node.is_constant else Value(node.data, node.name)
        operands = [made[index] for index in node.parents]
        made.append(build(node.op, *operands) if node.op else plain)
    return graph_of(made[-1])


def _turns(graph: Graph, order: str) -> list[frozenset[int]]:
    """The sets of results, by index, whose operands are taken from right to left."""
    forks = [n.index for n in graph.nodes if len(n.parents) - n.local_derivatives.count(None) > 1]
    if order == LEFT:
        return [frozenset()]
    if order == RIGHT:
        return [frozenset(forks)]
    sizes = range(min(len(forks), MOST_FORKS) + 1)
    return [frozenset(some) for size in sizes for some in combinations(forks[:MOST_FORKS], size)]


class _Suspect(Engine):
    """An engine that goes backwards as a sweep does, with changes of its own at some uses."""

    def __init__(self, graph: Graph, sweep: Sweep, ways: Ways, turned: frozenset[int]) -> None:
        changes = dict(sweep.changes)
        if turned:
            visits = changes.get("visits", wrong_passes.consumers_first)
            changes["visits"] = _IN_TURN.get(visits, visits)
        self._parts = {
            node.index: changes | ways.get(use_of(graph, node), RIGHT_WAY).changes
            for node in graph.nodes
            if node.op
        }
        self._turned = turned
        super().__init__(graph, **changes | {"positions": self._known})

    def _known(self, result: Node) -> Iterable[int]:
        parts = self._parts.get(result.index, {})
        positions = list(parts.get("positions", _all_positions)(result))
        return positions[::-1] if result.index in self._turned else positions

    def gradients(self) -> dict[int, float]:
        """As `Engine.gradients`, without the events, for there are many suspects."""
        root = self.graph.nodes[-1]
        totals = {root.index: self._seed(root)}
        for node, positions in self._visits(self):
            for position in self.edges(node) if positions is None else positions:
                self._flow(node, position, totals)
        return totals

    def _flow(self, consumer: Node, position: int, totals: dict[int, float]) -> None:
        parts = self._parts[consumer.index]
        self._rows, self._point = parts.get("rows", {}), parts.get("point")
        contribute = parts.get("contribution", wrong_passes.upstream_times_local)
        product = contribute(totals.get(consumer.index, 0.0), self._local(consumer, position))
        index = consumer.parents[position]
        add = parts.get("total", operator.add)
        totals[index] = add(totals[index], product) if index in totals else product


def _all_positions(result: Node) -> Iterable[int]:
    return range(len(result.parents))


# -- from right to left, at some results -----------------------------------------------------------


def _order_in_turn(engine: Engine) -> list[Node]:
    """The nodes, operands first, by recursion over the operands in the order of the engine."""
    order: list[Node] = []
    seen: set[int] = set()

    def visit(node: Node) -> None:  # the probes that go deep are for right engines only
        if node.index not in seen:
            seen.add(node.index)
            for operand in engine.operands(node):
                visit(operand)
            order.append(node)

    visit(engine.graph.nodes[-1])
    return order


def _consumers_first(engine: Engine) -> list[Visit]:
    return [(node, None) for node in reversed(_order_in_turn(engine))]


def _operands_first(engine: Engine) -> list[Visit]:
    return [(node, None) for node in _order_in_turn(engine)]


_IN_TURN = {
    wrong_passes.consumers_first: _consumers_first,
    wrong_passes.operands_first: _operands_first,
}
