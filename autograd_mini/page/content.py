"""Everything that the page knows about its graph, as data."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from autograd_mini.diagnosis.mistakes import mistakes
from autograd_mini.engine.errors import printable
from autograd_mini.engine.value import Value
from autograd_mini.page.figure import Figure
from autograd_mini.page.live import Live, mistake_plans
from autograd_mini.page.page_sentences import MOST_DEFINITIONS, Derivations, StepSentences
from autograd_mini.page.templates import Places
from autograd_mini.stepper import story
from autograd_mini.text import parts
from autograd_mini.text.as_text import as_text
from autograd_mini.text.names import name_text, tidy_names
from autograd_mini.text.numbers import NOT_COMPUTED
from autograd_mini.text.sentences import HELPERS, meaning
from autograd_mini.tracing.graph import Node
from autograd_mini.tracing.trace import Trace, record

MOST_STEPS = 2_000  # of a graph that is stepped through; of a larger one there is the picture
LONGEST_EXPRESSION = 64  # characters, with the name that it has
MOST_PARTS = 40  # names, numbers and operations of an expression
MOST_NAMES = 6  # of leaves, in the heading


class Content:
    """The parts of a page about one graph: its heading, figure, data and program.

    `script` is "" where there is nothing to compute again. A graph with more than 2,000 steps has
    only its figure, and `data` is empty.
    """

    def __init__(self, v: Value, names: Mapping[Value, str]) -> None:
        trace = record(v, names)
        places = Places(trace)
        self.figure = Figure(trace, places)
        tidy_names(trace.graph)
        self.nodes, self.steps = len(trace.graph.nodes), len(trace)
        self.heading, self.script = heading(trace), ""
        self.data: dict[str, Any] = {}
        if self.steps <= MOST_STEPS:
            live = Live(trace, places)
            self.data = _data(trace, places, live, self.figure)
            self.script, fills, more = live.program()
            self.data |= {"fills": fills, "more": more, "obstacle": printable(live.obstacle)}

    @property
    def notes(self) -> list[str]:
        """Sentences about what is not shown, or not to be had."""
        if self.steps <= MOST_STEPS:
            return self.figure.notes
        return [
            *self.figure.notes,
            f"The two passes of this graph have {self.steps:,} steps, and up to {MOST_STEPS:,} can "
            "be walked through and computed again in a page; am.step(v) in Python walks through "
            "any number.",
        ]


def _data(trace: Trace, places: Places, live: Live, figure: Figure) -> dict[str, Any]:
    # In this order: sentences and mistakes ask for places for more numbers as they go along.
    steps = StepSentences(trace, places, live.condition)
    told = steps.all()
    found = {
        "nodes": [_node(trace, node) for node in trace.graph.nodes],
        "data": [node.data for node in trace.graph.nodes],
        "locals": [event.local for event in places.edges],
        "edges": [
            [consumer, event.node.index, position]  # the last says which of the operands it is
            for (consumer, position), event in zip(places.edge_at, places.edges, strict=True)
        ],
        "events": steps.events(),
        "told": told,
        "flows": steps.flows(),
        "products": steps.products(),
        "boxes": [figure.box_of[node.index] for node in trace.graph.nodes],
        "arrows": [figure.arrow_of.get(edge, "") for edge in range(len(places.edges))],
        "plans": mistake_plans(live),
        "mistakes": {mistake.name: mistake.sentence for mistake in mistakes.values()},
        "notComputed": NOT_COMPUTED,
    }
    return {**found, **_derivations(trace, places, live)}


def _node(trace: Trace, node: Node) -> dict[str, str]:
    """What there is to say about a node; `symbol` is its gradient, such as dL/da."""
    kind = "constant" if node.is_constant else "leaf" if node.is_leaf else "result"
    made = "" if node.op is None else as_text(parts.made_of(trace.graph, node))
    return {
        "kind": kind,
        "name": node.name,
        "inFormula": as_text(parts.name_of(node)),
        "made": made,
        "symbol": as_text(story.gradient(trace.graph, node)),
    }


def _derivations(trace: Trace, places: Places, live: Live) -> dict[str, Any]:
    written = Derivations(trace, places, live)
    reached = [node for node in trace.graph.nodes if node.index in places.last]
    nodes = [*reached, trace.root]
    leaves = [node for node in reached if node.is_leaf]
    definitions = written.definitions()
    return {
        "derived": written.blocks(nodes),
        "glossary": written.glossary(nodes),
        "helpers": list(map(meaning, HELPERS)),
        "ways": {leaf.index: written.way(leaf) for leaf in leaves},
        "definitions": definitions,
        "allDefined": len(definitions) <= MOST_DEFINITIONS,
        "tidyNames": [name_text(node.name) for node in trace.graph.nodes],
        "operands": {index: list(trace.graph.nodes[index].parents) for index in definitions},
    }


# -- the heading -----------------------------------------------------------------------------------


def heading(trace: Trace) -> str:
    """The expression, where it is short; else of what the root is a function."""
    root, written = parts.title_of(trace.root), _expression(trace)
    text = as_text(parts.Equation(root, written))
    if written is not None and len(text) <= LONGEST_EXPRESSION:
        return text
    leaves = [node.name for node in trace.graph.nodes if node.is_leaf]
    few = len(leaves) <= MOST_NAMES
    every = parts.listed(leaves, ", ") if few else f"{len(leaves):,} numbers"
    return as_text(parts.Words(root, ", a function of ", every))


def _expression(trace: Trace) -> parts.Piece:
    """The whole graph as one formula; None where that would be long."""
    found: list[parts.Piece] = []
    for node in trace.graph.nodes:
        part = parts.name_of(node)
        if node.op is not None:
            operands = tuple([found[index] for index in node.parents])
            part = None if None in operands else parts.Operation(node.op, operands)
        found.append(part if part is not None and parts.size_of(part, MOST_PARTS) else None)
    return found[-1] if trace.root.op is not None else None


# -- JSON ------------------------------------------------------------------------------------------


def json_text(data: object) -> str:
    r"""JSON that can stand in the script element of a page: no text in it ends the element.

    >>> print(json_text(["</script>", float("nan"), {1: "é"}]))
    ["\u003c/script\u003e","nan",{"1":"\u00e9"}]
    """
    written = json.dumps(_finite(data), allow_nan=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _finite(part: object) -> object:
    """With the texts "nan", "inf" and "-inf" for what JSON has no numbers for.

    And with 1 for 1.0, which is shorter, but -0.0 as it is.
    """
    if isinstance(part, float) and not math.isfinite(part):
        return repr(part)
    if isinstance(part, float) and part.is_integer() and abs(part) < 1e15:
        return part if repr(part) == "-0.0" else int(part)
    if isinstance(part, Mapping):
        return {key: _finite(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_finite(value) for value in part]
    return part
