"""What a frame says otherwise when its backward pass is a known mistake; nothing in a right one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd_mini.diagnosis.mistaken import MistakenTrace
from autograd_mini.engine import ops
from autograd_mini.engine.ops import Op
from autograd_mini.text import formula
from autograd_mini.text.as_text import as_text
from autograd_mini.text.notation import listed, total
from autograd_mini.tracing.events import Event
from autograd_mini.tracing.graph import Node
from autograd_mini.tracing.trace import Trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def name(trace: Trace) -> str:
    """For the title."""
    return f", {trace.mistake.name}" if isinstance(trace, MistakenTrace) else ""


def warning(trace: Trace) -> str:
    """For the start."""
    if not isinstance(trace, MistakenTrace):
        return ""
    mistake = trace.mistake
    return f" The backward pass will be wrong on purpose: {mistake.name}, {mistake.sentence}"


def row_of(trace: Trace, result: Node) -> Op:
    """The row by which a pass differentiates a result."""
    row = trace.row_of(result) if isinstance(trace, MistakenTrace) else result.op
    assert row is not None
    return row


def agrees(trace: Trace, rule: Any, event: Event) -> bool:
    """Whether a rule gives the local derivative that a mistaken pass has used."""
    return not isinstance(trace, MistakenTrace) or formula.number_of(rule) == event.local


def contribution(trace: Trace, factors: Sequence[str]) -> str:
    """What flows down an edge, in numbers: upstream and local, multiplied if nothing is wrong."""
    if isinstance(trace, MistakenTrace):
        return as_text(trace.mistake.contribution(*factors))
    return formula.applied(ops.mul, factors)


def contribution_in_symbols(trace: Trace, factors: Sequence[str]) -> str:
    """The same in symbols such as dL/da, which need no brackets."""
    written = contribution(trace, ["upstream", "local"])
    return written.replace("upstream", factors[0]).replace("local", factors[1])


def parting(trace: Trace, step: int, describe: Callable[[Trace, int], str]) -> str:
    """At the first step that the right pass does not take: what it does instead."""
    if not isinstance(trace, MistakenTrace) or step - 1 != trace.parting:
        return ""
    if step > len(trace.right):
        return "Here they part: the right pass has ended."
    return f"Here they part. The right pass: {describe(trace.right, step)}."


def still_to_come(trace: Trace, node: Node, step: int) -> str:
    """That a node has passed its gradient on too early."""
    if not isinstance(trace, MistakenTrace):
        return ""
    coming = [trace[k].consumer for k in trace.arrivals(node) if k >= step]
    names = list(dict.fromkeys([formula.name_text(c.name) for c in coming if c is not None]))
    return f"more is still to come from {listed(names)}" if names else ""


def outcome(trace: Trace) -> str:
    """For the end: which gradients have become wrong."""
    if not isinstance(trace, MistakenTrace):
        return ""
    wrong = [
        f"{total(trace.root, trace.node(leaf))} = {formula.number_text(found)} instead of "
        f"{formula.number_text(right)}"
        for leaf, (right, found) in list(trace.differences.items())[:8]
    ]
    if not wrong:
        return "Both passes are finished; the gradients of the leaves are right all the same."
    return f"Both passes are finished. Wrong: {listed(wrong)}."
