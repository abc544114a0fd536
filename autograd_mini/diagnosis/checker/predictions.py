"""The gradients that an engine would give if it went backwards in a certain wrong way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations

from autograd_mini.diagnosis.checker.hypotheses import RIGHT_PASS, RIGHT_WAY, Pass, Way, rebuilt
from autograd_mini.diagnosis.checker.probes import Probe, Use, by_leaf, use_of
from autograd_mini.diagnosis.wrong_passes import BackwardPass
from autograd_mini.engine.ops import Op
from autograd_mini.engine.value import Value
from autograd_mini.tracing.graph import Graph, graph_of

Ways = Mapping[Use, Way]
Outcome = dict[str, float]  # the gradients of the leaves

# In which order an engine goes through the operands of a result: from left to right; from right to
# left; so that consumers come first, where several orders do; or differently at each result, as it
# is where the operands are kept in a set. The sharper ones are tried first.
LEFT, RIGHT, SORTED, ANY = ORDERS = ("left", "right", "sorted", "any")
MOST_FORKS = 6  # results where both orders are tried: 64 orders


def predictions(probe: Probe, whole: Pass, ways: Ways, order: str = LEFT) -> list[Outcome]:
    """The gradients that an engine would give which goes backwards like this; one for each order.

    >>> from autograd_mini.diagnosis.checker.hypotheses import passes_of
    >>> from autograd_mini.diagnosis.checker.probes import probe
    >>> overwrite = next(whole for whole in passes_of(1) if whole.names == ("overwrite",))
    >>> predictions(probe("a + a*a"), overwrite, {})
    [{'a': 3.0}]
    """
    relevant = _relevant(probe.uses, ways)
    if whole is RIGHT_PASS and all(not way.changes for _, way in relevant):
        return [probe.right]
    return _predictions(probe, whole, relevant, order)


def _relevant(uses: Iterable[Use], ways: Ways) -> tuple[tuple[Use, Way], ...]:
    """Of these uses, and of those that they are made of, the ways that are not the plain one."""
    found: set[Use] = set()
    waiting = list(uses)
    while waiting:
        use = waiting.pop()
        way = ways.get(use, RIGHT_WAY)
        if way is not RIGHT_WAY and use not in found:
            found.add(use)
            waiting += uses_of(way.needs, ways)
    # In the order of the ways, so that the same question is asked in the same words.
    return tuple([(use, ways[use]) for use in ways if use in found]) if found else ()


def uses_of(rows: Sequence[Op], ways: Ways) -> list[Use]:
    """The uses of these rows that an engine has."""
    return [use for use in ways if use[0] in rows]


@lru_cache(maxsize=50_000)
def _predictions(
    probe: Probe, whole: Pass, relevant: tuple[tuple[Use, Way], ...], order: str
) -> list[Outcome]:
    ways = dict(relevant)
    graph = probe.graph
    if any(way.made_of for way in ways.values()):
        graph = _rebuilt(graph, ways)
    turns = _turns(graph, LEFT if order == SORTED and probe.has_one_order else order)
    suspects = [_suspect(graph, whole, ways, turned) for turned in turns]
    return [by_leaf(graph, suspect.gradients()) for suspect in suspects]


def _rebuilt(graph: Graph, ways: Ways) -> Graph:
    """The same expression with the operations that these ways are made of."""

    def build(row: Op, *operands: object) -> object:
        use = row, tuple([not isinstance(operand, Value) for operand in operands])
        way = ways.get(use, RIGHT_WAY)
        return way.made_of(build, *operands) if way.made_of else row(*operands)

    leaves = {node.name: Value(node.data, node.name) for node in graph.nodes if node.is_leaf}
    return graph_of(rebuilt(graph, build, leaves))


def _turns(graph: Graph, order: str) -> list[frozenset[int]]:
    """The sets of results, by index, whose operands are taken from right to left."""
    forks = [n.index for n in graph.nodes if len(n.parents) - n.local_derivatives.count(None) > 1]
    if order == LEFT:
        return [frozenset()]
    if order == RIGHT:
        return [frozenset(forks)]
    sizes = range(min(len(forks), MOST_FORKS) + 1)
    return [frozenset(some) for size in sizes for some in combinations(forks[:MOST_FORKS], size)]


def _suspect(graph: Graph, whole: Pass, ways: Ways, turned: frozenset[int]) -> BackwardPass:
    """The backward pass that goes wrong everywhere alike, and at some uses in its own way."""
    own = {
        node.index: {**whole.changes, **ways[use].changes}
        for node in graph.nodes
        if node.op and (use := use_of(graph, node)) in ways
    }
    return BackwardPass(graph, whole.changes, own, turned)
