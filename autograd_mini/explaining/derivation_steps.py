"""What a derivation says, as data: one step for each node, with the contributions that came in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from autograd_mini.engine import ops
from autograd_mini.engine.ops import Op
from autograd_mini.text import formula
from autograd_mini.text.notation import NodeName, listed, numbered, partial, times
from autograd_mini.tracing.events import Entry
from autograd_mini.tracing.graph import Edge, Graph, Node
from autograd_mini.tracing.trace import Trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LONGEST_FORMULA = 80  # operations, names and numbers; a longer one tells less than its number
MOST_OPERANDS = 16


class Contribution:
    """What came in at `node` from one operand of `consumer`: upstream * local = product.

    `occurrence` is 0, or 1, 2, ... where the node is an operand of this consumer more than once.
    `rule` is the local derivative as a formula or number, None where none can be written.
    """

    def __init__(self, node: Node, entry: Entry, occurrence: int, rule: Any) -> None:
        assert entry.consumer is not None and entry.local is not None
        assert entry.position is not None and entry.upstream is not None
        self.node, self.consumer, self.position = node, entry.consumer, entry.position
        self.upstream, self.local = entry.upstream, entry.local
        self.occurrence, self.rule = occurrence, rule

    @property
    def symbol(self) -> str:
        return partial(self.consumer, self.node, self.occurrence)


class Step:
    """The gradient of one node: its contributions, their sum, and sentences about special cases."""

    def __init__(self, node: Node, gradient: float, contributions: list[Contribution]) -> None:
        self.node, self.gradient, self.contributions = node, gradient, contributions
        self.stopped: list[str] = []  # consumers that no gradient comes back from

    @property
    def heading(self) -> str:
        """How often the node is used, and where."""
        name, used = formula.name_text(self.node.name), len(self.contributions)
        if not used:
            return f"the start: {name} changes as {name} does"
        places = listed(_places(self.contributions))
        end = "; the contributions add up" if used > 1 else ""
        return f"{name} is used {times(used)}, in {places}{end}"

    @property
    def sentence(self) -> str:
        """The heading as a sentence."""
        return f"{self.heading}." if self.contributions else f"T{self.heading[1:]}."

    @property
    def remarks(self) -> list[str]:
        """One sentence for each special case."""
        found = [*self.occurrences(), *[s for c in self.contributions if (s := gate(c))]]
        if self.stopped:
            found.append(wall(self.stopped))
        return found

    def occurrences(self) -> Iterable[str]:
        """What the small numbers mean, where a node is an operand more than once."""
        several: dict[int, list[Contribution]] = {}
        for c in self.contributions:
            if c.occurrence:
                several.setdefault(c.consumer.index, []).append(c)
        for group in several.values():
            marks = listed([numbered(c.node, c.occurrence) for c in group])
            consumer = formula.name_text(group[0].consumer.name)
            name = formula.name_text(self.node.name)
            yield f"{marks} stand for the places of {name} in {consumer}, from left to right."


def _places(contributions: Sequence[Contribution]) -> list[str]:
    counts: dict[str, int] = {}
    for c in contributions:
        name = formula.name_text(c.consumer.name)
        counts[name] = counts.get(name, 0) + 1
    several = len(counts) > 1
    return [f"{n} ({times(k)})" if k > 1 and several else n for n, k in counts.items()]


# -- sentences -------------------------------------------------------------------------------------

_FLAT = ("sign", "heaviside", "exceeds", "floor", "ceil")


def gate(contribution: Contribution) -> str:
    """Why nothing comes through a consumer whose local derivative is 0; "" where it is not."""
    if contribution.local != 0.0:
        return ""
    op = contribution.consumer.op
    assert op is not None
    x = formula.name_text(contribution.node.name)
    z = formula.name_text(contribution.consumer.name)
    reason = _reason(op, x, z)
    if not reason:
        return f"{z} does not react to {x} here: a 0 comes back from {z}."
    return f"{reason}. The gate is closed: a 0 comes back from {z}."


def _reason(op: Op, x: str, z: str) -> str:
    """Why an operation that chooses or steps gives 0; "" for others."""
    reasons = {
        "relu": f"{x} is not above 0, where relu is flat",
        "maximum": f"{x} is not the larger one, so it does not decide what {z} is",
        "minimum": f"{x} is not the smaller one, so it does not decide what {z} is",
        "clip": f"{x} does not decide what {z} is, but another operand of clip does",
        "where": f"{x} was not chosen by where",
    }
    flat = f"{op.name} is flat between its jumps"
    return reasons.get(op.name, flat if op.name in _FLAT else "")


def wall(stopped: Sequence[str]) -> str:
    """That no gradient comes back from these consumers."""
    more = [f"{len(stopped) - 4:,} others"] if len(stopped) > 4 else []
    return f"No gradient comes back from {listed([*stopped[:4], *more])}."


# -- from a trace ----------------------------------------------------------------------------------


def nodes_on_paths(trace: Trace, targets: Iterable[Node]) -> list[Node]:
    """The nodes on the ways of the gradient to the targets, in the order of the backward pass."""
    involved = {target.index for target in targets if trace.gradient(target) is not None}
    found = []
    for node in trace.graph.nodes:
        uses = zip(node.parents, node.local_derivatives, strict=True)
        leads = any(index in involved for index, local in uses if local is not None)
        if node.index in involved or (leads and trace.gradient(node) is not None):
            involved.add(node.index)
            found.append(node)
    return found[::-1]


def steps_for(
    trace: Trace, nodes: Sequence[Node], kept: Callable[[Any, float | None], Any] | None = None
) -> list[Step]:
    """A step for each of these nodes; `kept` decides on each rule, given the local derivative."""
    rules: dict[int, list[Any]] = {}
    blocked = stopped_uses(trace)
    steps = []
    for node in nodes:
        step = _step(trace, node, rules, kept or _agreeing)
        step.stopped = blocked.get(node.index, [])
        steps.append(step)
    return steps


def _step(
    trace: Trace,
    node: Node,
    rules: dict[int, list[Any]],
    kept: Callable[[Any, float | None], Any],
) -> Step:
    gradient = trace.gradient(node)
    assert gradient is not None
    contributions = []
    for entry in trace.ledger(node):
        consumer, position = entry.consumer, entry.position
        if consumer is None or position is None:
            continue  # the seed
        if consumer.index not in rules:
            rules[consumer.index] = rules_of(trace.graph, consumer)
        rule = kept(rules[consumer.index][position], entry.local)
        contributions.append(Contribution(node, entry, _occurrence(consumer, position), rule))
    return Step(node, gradient, contributions)


def _agreeing(rule: Any, local: float | None) -> Any:
    """The rule, unless it leaves out a choice that nan has decided otherwise."""
    number = None if rule is None else formula.number_of(rule)
    return rule if number == local else None


def _occurrence(consumer: Node, position: int) -> int:
    index = consumer.parents[position]
    several = consumer.parents.count(index) > 1
    return consumer.parents[: position + 1].count(index) if several else 0


def stopped_uses(trace: Trace) -> dict[int, list[str]]:
    """For each node that is used behind a wall, the consumers that send nothing back to it."""
    found: dict[int, dict[int, str]] = {}
    for consumer in trace.graph.nodes:
        for edge in trace.graph.edges_to(consumer):
            if (text := _stop(trace, edge)) and not edge.node.is_constant:
                found.setdefault(edge.node.index, {})[consumer.index] = text
    return {index: list(texts.values()) for index, texts in found.items()}


def _stop(trace: Trace, edge: Edge) -> str:
    name, op = formula.name_text(edge.consumer.name), edge.consumer.op
    if edge.is_wall and op is not None:
        return f"{name} ({op.name}, a wall)"
    return f"{name} (behind a wall)" if trace.gradient(edge.consumer) is None else ""


# -- formulas --------------------------------------------------------------------------------------


def operands(graph: Graph, consumer: Node) -> list[Any]:
    """The operands for a formula: names that carry their numbers, and plain numbers."""
    parents = [graph.nodes[index] for index in consumer.parents]
    return [p.data if p.is_constant else NodeName(p) for p in parents]


def rules_of(graph: Graph, consumer: Node) -> list[Any]:
    """The local derivatives of a result as formulas that can be shown, else None."""
    assert consumer.op is not None
    result = NodeName(consumer)
    try:
        found = formula.local_derivatives(consumer.op, operands(graph, consumer), result)
        return [rule if _size(rule) > 0 else None for rule in map(plain, found)]
    except Exception:  # a rule of one's own may take numbers only
        return [None] * len(consumer.parents)


def plain(part: Any) -> Any:
    """A formula without `detach` and limits at infinity, which change no finite number.

    >>> x = formula.Name("x", 2.0)
    >>> formula.text(plain(1.0 + ops.detach(x)))
    '1 + x'
    """
    if not isinstance(part, formula.Formula) or not _size(part):
        return part
    arguments = tuple([plain(argument) for argument in part.arguments])
    if part.op is ops.detach or (part.op is ops.clip and arguments[2] == ops.LARGEST):
        return arguments[0]
    return formula.Formula(part.op, arguments)


def _size(part: Any) -> int:
    """How many operations, names and numbers a formula has; 0 for more than can be shown."""
    todo, count = [part], 0
    while todo and count <= LONGEST_FORMULA:
        count += 1
        top = todo.pop()
        todo += top.arguments if isinstance(top, formula.Formula) else ()
    return 0 if todo or count > LONGEST_FORMULA else count


def operations_in(part: Any) -> set[str]:
    """The names of the operations in a formula."""
    names, todo = set(), [part]
    while todo:
        top = todo.pop()
        if isinstance(top, formula.Formula):
            names.add(top.op.name)
            todo += top.arguments
    return names
