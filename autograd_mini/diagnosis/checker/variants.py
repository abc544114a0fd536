"""More ways to make a known mistake, and the usual ways to make one operation of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from autograd_mini.engine.facts import facts_of
from autograd_mini.engine.ops import Op
from autograd_mini.engine.parsing import parse
from autograd_mini.engine.sweep import EVERY_PATH
from autograd_mini.engine.value import Value
from autograd_mini.tracing.graph import Graph, graph_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_mini.diagnosis.wrong_passes import Changes


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


# -- operations that are made of others ------------------------------------------------------------


def made_of(row: Op) -> Iterator[tuple[Callable[..., Any], list[Op]]]:
    """The usual ways to make an operation of others, and the rows that each needs.

    Each is a function of `build(row, *operands)` and of the operands.
    """
    names = "xy"[: len(row.rules)]
    for text in facts_of(row).made_of:
        graph = graph_of(parse(text, **dict.fromkeys(names, 0.5)))
        needs = dict.fromkeys([node.op for node in graph.nodes if node.op])
        yield partial(_built, graph), list(needs)


def _built(graph: Graph, build: Callable[..., Any], *operands: Any) -> Any:
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
