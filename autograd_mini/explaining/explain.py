"""`explain`, and what it gives: the chain rule written out from the root down."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_mini.engine.value import Value
from autograd_mini.explaining.definitions import definition_lines, definitions_latex
from autograd_mini.explaining.derivation_latex import path_latex, step_latex
from autograd_mini.explaining.derivation_steps import nodes_on_paths, steps_for, stopped_uses, wall
from autograd_mini.explaining.derivation_text import (
    count_text,
    glossary,
    path_lines,
    share,
    step_lines,
)
from autograd_mini.explaining.paths import Path, count_paths, largest_paths
from autograd_mini.text import formula
from autograd_mini.text.notation import (
    aligned,
    listed,
    sentence_latex,
    tidy,
    tidy_names,
    total,
    wrapped,
)
from autograd_mini.tracing.graph import Node, caller_names
from autograd_mini.tracing.trace import Trace, record

MOST_NODES = 20  # of a derivation in full
MOST_USES = 60
MOST_DEFINITIONS = 20


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
    if not isinstance(v, Value):
        raise TypeError(f"explain takes a Value, the result to start from, not {type(v).__name__}")
    if not isinstance(wrt, Value | str | None):
        raise TypeError(f"wrt is a Value or a name, not {wrt!r} ({type(wrt).__name__})")
    names = caller_names(depth=2)
    trace = record(v, names)
    if wrt is None:
        return Derivation(trace, [node for node in trace.graph.nodes if node.is_leaf])
    if isinstance(wrt, Value) and not _is_in(trace, wrt):
        return Derivation(trace, [], tidy(wrt.label or names.get(wrt, "") or "the value"))
    return Derivation(trace, [trace.node(wrt)])


def _is_in(trace: Trace, value: Value) -> bool:
    try:
        trace.node(value)
    except ValueError:
        return False
    return True


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

    def __init__(self, trace: Trace, targets: Sequence[Node], outside: str = "") -> None:
        tidy_names(trace.graph)
        self._trace, self._targets, self._outside = trace, list(targets), outside
        self._nodes = nodes_on_paths(trace, targets)
        self.paths = count_paths(trace, self._nodes, targets)
        self.gradients = {node.name: self._gradient(node) for node in targets}
        self.text, self.latex = self._written()

    def __repr__(self) -> str:
        return self.text

    def _repr_latex_(self) -> str:
        """What notebooks show."""
        return f"$$\n{self.latex}\n$$"

    def _gradient(self, node: Node) -> float:
        gradient = self._trace.gradient(node)
        return 0.0 if gradient is None else gradient

    def _written(self) -> tuple[str, str]:
        if not self._nodes:
            return self._nothing()
        return self._in_full() if self._is_short() else self._by_paths()

    def _is_short(self) -> bool:
        uses = [len(self._trace.ledger(node)) for node in self._nodes[: MOST_NODES + 1]]
        return len(uses) <= MOST_NODES and max(uses) <= MOST_USES

    # -- sentences for what has no derivation ------------------------------------------------------

    def _nothing(self) -> tuple[str, str]:
        return "\n".join(self._zero_lines()), _stacked(self._zero_rows())

    def _zero_lines(self) -> list[str]:
        return [line for sentence in self._zeros() for line in wrapped(sentence)]

    def _zero_rows(self) -> list[str]:
        zeros = [f"& {sentence_latex(sentence)}" for sentence in self._zeros()]
        return [aligned(zeros)] if zeros else []

    def _zeros(self) -> list[str]:
        """A sentence for each node asked for that no gradient comes to."""
        root = formula.name_text(self._trace.root.name)
        if self._outside:
            name = formula.name_text(self._outside)
            return [f"d{root}/d{name} = 0: no path leads from {root} down to {name}, "
                    f"so {root} does not depend on it."]  # fmt: skip
        stopped = stopped_uses(self._trace)
        none = [node for node in self._targets if self._trace.gradient(node) is None]
        return [self._zero(node, stopped.get(node.index, [])) for node in none[:MOST_NODES]]

    def _zero(self, node: Node, stopped: Sequence[str]) -> str:
        name = formula.name_text(node.name)
        if node.is_constant:
            return f"{node.name} is a constant: it cannot change, so it gets no gradient."
        symbol = total(self._trace.root, node)
        return f"{symbol} = 0: no path leads down to {name}. {wall(stopped)}"

    # -- step by step ------------------------------------------------------------------------------

    def _in_full(self) -> tuple[str, str]:
        graph, root = self._trace.graph, self._trace.root
        steps = steps_for(self._trace, self._nodes)
        results = self._results(self._nodes)
        blocks = [definition_lines(graph, results)]
        blocks += [step_lines(graph, root, step) for step in steps]
        blocks += [self._zero_lines(), self._closing(), glossary(steps)]
        rows = [aligned(definitions_latex(graph, results))] if results else []
        rows += [step_latex(graph, root, step) for step in steps]
        return _paragraphs(blocks), _stacked([*rows, *self._zero_rows()])

    def _results(self, shown: Sequence[Node]) -> list[Node]:
        """The results to define: all of them in a small graph, root first; else those shown."""
        every = [node for node in reversed(self._trace.graph.nodes) if node.op and node.parents]
        few = [node for node in shown if node.op]
        return every if len(every) <= MOST_DEFINITIONS else few[:MOST_DEFINITIONS]

    def _closing(self) -> list[str]:
        """The gradients of all that was asked for, where that is more than one."""
        found = [node for node in self._nodes if node in self._targets]
        parts = [f"{total(self._trace.root, n)} = {self._number(n)}" for n in found]
        return wrapped(f"Altogether: {listed(parts)}.") if len(found) > 1 else []

    def _number(self, node: Node) -> str:
        return formula.number_text(self._gradient(node))

    # -- the paths that matter most ----------------------------------------------------------------

    def _by_paths(self) -> tuple[str, str]:
        targets = [t for t in self._targets if self._trace.gradient(t) is not None]
        paths = largest_paths(self._trace, self._nodes, targets)
        ends = [node for path in paths for node in (*path.nodes[:15], *path.nodes[-15:])]
        results = [node for node in dict.fromkeys(ends) if node.op]
        blocks = [self._introduction(targets, len(paths))]
        for number, path in enumerate(paths, 1):
            symbol = total(self._trace.root, path.end)
            whole = self._trace.gradient(path.end)
            blocks.append(path_lines(number, path, whole, symbol))
        blocks += [self._together(targets, paths), self._names(results)]
        rows = [
            aligned([f"& {sentence_latex(line)}" for line in blocks[0]]),
            *map(path_latex, paths),
        ]
        return _paragraphs(blocks), _stacked(rows)

    def _names(self, results: Sequence[Node]) -> list[str]:
        shown = results[:MOST_DEFINITIONS]
        which = "The first results" if len(results) > len(shown) else "The results"
        return [f"{which} on them:", *definition_lines(self._trace.graph, shown)]

    def _introduction(self, targets: Sequence[Node], shown: int) -> list[str]:
        root = formula.name_text(self._trace.root.name)
        one = len(targets) == 1
        end = formula.name_text(targets[0].name) if one else f"the {len(targets):,} leaves"
        symbol = total(self._trace.root, targets[0])
        whole = f"{symbol} = {self._number(targets[0])}" if one else "Each gradient"
        lead = "path leads" if self.paths == 1 else "paths lead"
        return wrapped(
            f"{count_text(self.paths)} {lead} from {root} down to {end}, over "
            f"{len(self._nodes):,} nodes. {whole} is the sum, over all paths, of the product of "
            f"the local derivatives along the path. The largest of these products:"
        )

    def _together(self, targets: Sequence[Node], paths: Sequence[Path]) -> list[str]:
        if len(targets) != 1 or len(paths) < 2:
            return []
        added = 0.0
        for path in paths:
            added += path.product
        whole, symbol = self._trace.gradient(targets[0]), total(self._trace.root, targets[0])
        every = f"; all paths together come to {self._number(targets[0])}"
        part = share(added, whole, symbol) or every
        return wrapped(f"Together these {len(paths)} are {formula.number_text(added)}{part}.")


def _paragraphs(blocks: Sequence[Sequence[str]]) -> str:
    return "\n\n".join(["\n".join(block) for block in blocks if block])


def _stacked(rows: Sequence[str]) -> str:
    return "\\begin{gathered}\n" + " \\\\[2ex]\n".join(rows) + "\n\\end{gathered}"
