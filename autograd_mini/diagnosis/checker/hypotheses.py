"""What may be wrong with an engine: in all operations alike, or in single ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import combinations, product
from typing import Any

from autograd_mini.diagnosis.checker.probes import Use
from autograd_mini.diagnosis.mistakes import mistakes
from autograd_mini.diagnosis.wrong_passes import Changes
from autograd_mini.engine.facts import facts_of
from autograd_mini.engine.ops import Op
from autograd_mini.engine.parsing import parse
from autograd_mini.engine.sweep import EVERY_PATH
from autograd_mini.engine.value import Value
from autograd_mini.tracing.graph import Graph, graph_of

_BY_LEVEL = {**EVERY_PATH, "walk": "queue"}
_DISTINCT = {"operands": "distinct"}  # one that stands twice is gone to once

MORE_VARIANTS: dict[str, list[Changes]] = {
    "recurse_per_path": [
        {"visits": {**EVERY_PATH, **_DISTINCT}},
        {"visits": _BY_LEVEL},
        {"visits": {**_BY_LEVEL, **_DISTINCT}},
    ],
    "first_path_only": [{"total": "before or product"}],
}


class Pass:
    """What an engine does wrong in all operations alike: no mistake, one, or two at once.

    `names` are those of the mistakes, `changes` the parts of the backward pass that they change.
    """

    def __init__(self, *parts: tuple[str, Changes]) -> None:
        self.parts = parts
        self.names = tuple([name for name, _ in parts])
        self.changes = {key: part for _, changes in parts for key, part in changes.items()}

    @property
    def has_clash(self) -> bool:
        """Whether two of the mistakes change the same part."""
        return len(self.changes) < sum([len(changes) for _, changes in self.parts])


class Way(Pass):
    """How an engine does one operation: rightly, with mistakes of its own, or by other operations.

    `made_of` builds the operation from others, as a - b is a + -b in many engines. It is a function
    of `build(row, *operands)` and of the operands; `needs` are the rows that it uses.
    """

    def __init__(
        self,
        *parts: tuple[str, Changes],
        made_of: Callable[..., Any] | None = None,
        needs: Sequence[Op] = (),
    ) -> None:
        super().__init__(*parts)
        self.made_of, self.needs = made_of, needs


RIGHT_PASS, RIGHT_WAY = Pass(), Way()
_OF_EDGES = {"contribution", "total", "positions", "point"}


@cache
def passes_of(cost: int) -> list[Pass]:
    """The passes with so many mistakes: each alone, or those that do not change the same part."""
    parts = [part for part in _parts() if "rows" not in part[1]]
    whole = [Pass(*chosen) for chosen in combinations(parts, cost)]
    return [one for one in whole if len(set(one.names)) == cost and not one.has_clash]


def _parts() -> Iterator[tuple[str, Changes]]:
    """Each known mistake, with what it changes; every variant of it, and some more."""
    for name, mistake in mistakes.items():
        for changes in (mistake.changes, *mistake.variants, *MORE_VARIANTS.get(name, ())):
            yield name, changes


@cache
def mistaken_ways(use: Use) -> list[Way]:
    """The ways to do one operation with one mistake that is in no other, or with two."""
    alone = [part for part in _parts() if part[1].keys() <= _OF_EDGES]
    rows = [part for part in _parts() if use[0] in part[1].get("rows", ())]
    if use[1].count(False) < 2:
        alone = [part for part in alone if "positions" not in part[1]]
    return [Way(part) for part in (*rows, *alone)] + [Way(*pair) for pair in product(rows, alone)]


def is_of_a_row(name: str) -> bool:
    """Whether a mistake is one in the rule of an operation, not in how gradients are passed on."""
    return "rows" in mistakes[name].changes


@cache
def core_hypotheses(cost: int, uses: tuple[Use, ...]) -> list[tuple[Pass, dict[Use, Way]]]:
    """What may be wrong when so many mistakes are made by the whole pass and in these uses."""
    return [
        (whole, dict(zip(uses, ways, strict=True)))
        for in_whole in range(cost, -1, -1)
        for whole in passes_of(in_whole)
        for ways in product(*[[RIGHT_WAY, *mistaken_ways(use)] for use in uses])
        if len([name for way in ways for name in way.names]) == cost - in_whole
    ]


# -- operations that are made of others ------------------------------------------------------------


@cache
def composed_ways(row: Op) -> list[Way]:
    """The usual ways to make one operation of others."""
    names, ways = "xy"[: len(row.rules)], []
    for text in facts_of(row).made_of:
        graph = graph_of(parse(text, **dict.fromkeys(names, 0.5)))
        needs = dict.fromkeys([node.op for node in graph.nodes if node.op])
        ways.append(Way(made_of=partial(_built, graph), needs=list(needs)))
    return ways


def _built(graph: Graph, build: Callable[..., Any], *operands: object) -> Any:
    return rebuilt(graph, build, dict(zip("xy", operands, strict=False)))


def rebuilt(graph: Graph, build: Callable[..., Any], leaves: Mapping[str, Any]) -> Any:
    """The result of a graph once more, by `build(row, *operands)`, on these leaves."""
    made: list[Any] = []
    for node in graph.nodes:
        parts = [made[index] for index in node.parents]
        if node.op is None:
            made.append(leaves.get(node.name, node.data))
        elif any(isinstance(part, Value) for part in parts):
            made.append(build(node.op, *parts))
        else:  # of plain numbers Python makes one
            made.append(node.op(*parts))
    return made[-1]
