"""`explain`, and what it gives: the chain rule written out from the root down."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from autograd_mini.engine.value import Value
from autograd_mini.explaining.derivation import Step, asked, nodes_on_paths, steps_for, stopped_uses
from autograd_mini.explaining.paths import Path, count_paths, largest_paths, share, way
from autograd_mini.text import sentences
from autograd_mini.text.names import tidy_names
from autograd_mini.text.numbers import count_text
from autograd_mini.text.paragraphs import Definition, Paragraph, Sentence, latex_of, text_of
from autograd_mini.text.parts import Equation, Words, gradient_of, operations_in, title_of
from autograd_mini.tracing.graph import Graph, Node
from autograd_mini.tracing.trace import Trace

MOST_NODES = 20  # of a derivation in full
MOST_USES = 60
MOST_DEFINITIONS = 20
MOST_NUMBERS = 24


def explain(v: Value, wrt: Value | str | None = None) -> Derivation:
    """The gradient of a value with respect to another, derived step by step.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> c = a * b
    >>> explain(c, a)
    c = a * b = -6
    <BLANKLINE>
    with a = 2, b = -3
    <BLANKLINE>
    dc/dc = 1, the start: c changes as c does.
    <BLANKLINE>
    dc/da: a is used once, in c.
        c = a * b, so ∂c/∂a = b = -3
        dc/da = dc/dc * ∂c/∂a
              = 1 * (-3)
              = -3

    `wrt` is a `Value` or a name; without it, all leaves are derived. d stands for a gradient, and ∂
    for a local derivative, that of one operation. The numbers have six digits. Where more than 20
    nodes lie between, only the paths that matter most are shown. Nothing is altered.

    What is no `Value` is a `TypeError`. A name that is not in the graph, or a `v` that is a
    constant, is a `ValueError`; a leaf changed since the forward pass is `StaleGraph`.
    """
    trace, target = asked("explain", v, wrt, is_optional=True)
    leaves = [node for node in trace.graph.nodes if node.is_leaf]
    return Derivation(trace, leaves if target is None else [target])


class Derivation:
    """A derivation, made by `explain`: text in a terminal, formulas in a notebook.

    >>> x = Value(3.0, "x")
    >>> derivation = explain(x**2, "x")
    >>> print(derivation.text.splitlines()[-1].strip())
    = 6
    >>> print(derivation.latex.splitlines()[-3])
    &= 6

    `text` has at most 80 columns, if names and numbers are short; `latex` has an aligned
    environment for each node. `gradients` has the numbers by name, and `paths` is how many paths
    lead from the root down to the nodes asked for.
    """

    def __init__(self, trace: Trace, targets: Sequence[Node]) -> None:
        tidy_names(trace.graph)
        self._trace, self._targets = trace, list(targets)
        self._nodes = nodes_on_paths(trace, targets)
        self.paths = count_paths(trace, self._nodes, targets)
        self.gradients = {node.name: self._gradient(node) for node in targets if node.index >= 0}
        self._blocks = self._written()

    @cached_property
    def text(self) -> str:
        """The derivation as text."""
        return text_of(self._blocks)

    @cached_property
    def latex(self) -> str:
        """The derivation as LaTeX."""
        return latex_of(self._blocks)

    def __repr__(self) -> str:
        return self.text

    def _repr_latex_(self) -> str:
        """What notebooks show."""
        return f"$$\n{self.latex}\n$$"

    def _gradient(self, node: Node) -> float:
        gradient = self._trace.gradient(node)
        return 0.0 if gradient is None else gradient

    def _written(self) -> list[Sequence[Paragraph]]:
        if not self._nodes:
            return [self._zeros()]
        return self._in_full() if self._is_short() else self._by_paths()

    def _is_short(self) -> bool:
        uses = [len(self._trace.ledger(node)) for node in self._nodes[: MOST_NODES + 1]]
        return len(uses) <= MOST_NODES and max(uses) <= MOST_USES

    # -- sentences for what has no derivation ------------------------------------------------------

    def _zeros(self) -> list[Paragraph]:
        """A sentence for each node asked for that no gradient comes to."""
        stopped = stopped_uses(self._trace)
        none = [node for node in self._targets if self._trace.gradient(node) is None]
        return [
            Sentence(self._zero(node, stopped.get(node.index, []))) for node in none[:MOST_NODES]
        ]

    def _zero(self, node: Node, stopped: Sequence[Words]) -> Words:
        symbol, name = gradient_of(self._trace.root, node), title_of(node)
        if node.index < 0:
            return sentences.independent(symbol, symbol.of, name)
        if node.is_constant:
            return sentences.is_constant(node.name)
        return sentences.no_way(symbol, name, sentences.stopped(stopped))

    # -- step by step ------------------------------------------------------------------------------

    def _in_full(self) -> list[Sequence[Paragraph]]:
        graph = self._trace.graph
        steps = steps_for(self._trace, self._nodes)
        results = self._results(self._nodes)
        blocks = [*definitions(graph, results), *[step.block(graph) for step in steps]]
        return [*blocks, self._zeros(), self._closing(), glossary(steps)]

    def _results(self, shown: Sequence[Node]) -> list[Node]:
        """The results to define: all of them in a small graph, root first; else those shown."""
        every = [node for node in reversed(self._trace.graph.nodes) if node.op and node.parents]
        few = [node for node in shown if node.op]
        return every if len(every) <= MOST_DEFINITIONS else few[:MOST_DEFINITIONS]

    def _closing(self) -> list[Paragraph]:
        """The gradients of all that was asked for, where that is more than one."""
        found = [node for node in self._nodes if node in self._targets]
        parts = [self._equation(node) for node in found]
        return [Sentence(sentences.all_gradients(parts))] if len(found) > 1 else []

    def _equation(self, node: Node) -> Equation:
        return Equation(gradient_of(self._trace.root, node), self._gradient(node))

    # -- the paths that matter most ----------------------------------------------------------------

    def _by_paths(self) -> list[Sequence[Paragraph]]:
        targets = [t for t in self._targets if self._trace.gradient(t) is not None]
        paths = largest_paths(self._trace, self._nodes, targets)
        ends = [node for path in paths for node in (*path.nodes[:15], *path.nodes[-15:])]
        results = [node for node in dict.fromkeys(ends) if node.op]
        blocks: list[Sequence[Paragraph]] = [[Sentence(self._introduction(targets))]]
        for number, path in enumerate(paths, 1):
            whole, symbol = self._gradient(path.end), gradient_of(self._trace.root, path.end)
            blocks.append([way(number, path, share(path.product, whole, symbol))])
        return [*blocks, self._together(targets, paths), *self._names(results)]

    def _names(self, results: Sequence[Node]) -> list[Sequence[Paragraph]]:
        shown = results[:MOST_DEFINITIONS]
        which = "The first results" if len(results) > len(shown) else "The results"
        first, *others = definitions(self._trace.graph, shown) or [[]]
        return [[Sentence(f"{which} on them:"), *first], *others]

    def _introduction(self, targets: Sequence[Node]) -> Words:
        one = len(targets) == 1
        end = title_of(targets[0]) if one else f"the {len(targets):,} leaves"
        way = sentences.between(title_of(self._trace.root), end)
        whole = self._equation(targets[0]) if one else "Each gradient"
        lead = "path leads" if self.paths == 1 else "paths lead"
        return Words(
            f"{count_text(self.paths)} {lead} ", way, f", over {len(self._nodes):,} nodes. ", whole,
            " is the sum, over all paths, of the product of the local derivatives along the path. "
            "The largest of these products:",
        )  # fmt: skip

    def _together(self, targets: Sequence[Node], paths: Sequence[Path]) -> list[Paragraph]:
        if len(targets) != 1 or len(paths) < 2:
            return []
        added = 0.0
        for path in paths:
            added += path.product
        whole = self._trace.gradient(targets[0])
        every = Words("; all paths together come to ", whole)
        part = share(added, whole, gradient_of(self._trace.root, targets[0])) or every
        return [Sentence(Words(f"Together these {len(paths)} are ", added, part, "."))]


def definitions(graph: Graph, results: Sequence[Node]) -> list[Sequence[Paragraph]]:
    """The definitions of results with their numbers, and the numbers of what they are made of."""
    defined = [Definition(sentences.definition_with_number(graph, node)) for node in results]
    given = given_numbers(graph, results)
    return [defined, [Sentence(sentences.given(given), hang=5)] if given else []]


def given_numbers(graph: Graph, results: Sequence[Node]) -> list[Any]:
    """name = number of all that the definitions need and do not define."""
    used = {index for node in results for index in node.parents}
    needed = [graph.nodes[index] for index in sorted(used - {node.index for node in results})]
    found = [Equation(title_of(node), node.data) for node in needed if not node.is_constant]
    return [*found[:MOST_NUMBERS], *["..."][: len(found) > MOST_NUMBERS]]


def glossary(steps: Sequence[Step]) -> list[Paragraph]:
    """What the operations that only rules use mean."""
    rules = [c.rule for step in steps for c in step.contributions]
    used = {op for rule in rules for op in operations_in(rule)}
    return [Sentence(sentences.meaning(op)) for op in sentences.HELPERS if op in used]
