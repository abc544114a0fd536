"""Events in a few words: what stands below the picture of a moment, and at its arrows."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_mini.drawing.labels import name_text, number_text
from autograd_mini.engine import ops
from autograd_mini.engine.errors import printable
from autograd_mini.text import formula
from autograd_mini.text.as_text import as_text
from autograd_mini.tracing.events import FORWARD, SEED, Event
from autograd_mini.tracing.graph import Node
from autograd_mini.tracing.trace import Trace

MOST_OPERANDS = 4  # of an operation that is written in full
LONGEST = 60  # characters of an operation that is written in full


def caption(trace: Trace, step: int) -> str:
    """Which moment it is after `step` events, and what has just happened.

    >>> from autograd_mini import Value, trace
    >>> a = Value(3.0, "a")
    >>> recorded = trace(a * a)
    >>> caption(recorded, 1)
    'step 1 of 6 · forward pass · v1 = a * a = 9'
    >>> caption(recorded, 4)
    'step 4 of 6 · backward pass · from v1 to a: 1 * 3 = 3, total 6'
    """
    where = f"step {step} of {len(trace)}"
    if step == 0:
        return f"{where} · start"
    event = trace[step - 1]
    phase = "forward pass" if event.kind == FORWARD else "backward pass"
    if step == len(trace):
        phase = "end"
    return printable(f"{where} · {phase} · {_story(trace, event)}")


def product_parts(trace: Trace | None, event: Event) -> list[str]:
    """A contribution, and what it comes to; only that if both look the same.

    >>> from autograd_mini import Value, trace
    >>> recorded = trace(Value(2.0) * 3.0)
    >>> product_parts(recorded, recorded[2])
    ['1 * 3', '= 3']
    """
    flow = _flow(trace, [number_text(event.upstream), number_text(event.local)])
    product = number_text(event.product)
    return [product] if flow == product else [flow, f"= {product}"]


def _flow(trace: Trace | None, factors: Sequence[str]) -> str:
    mistake = getattr(trace, "mistake", None)  # of a mistaken pass, which is made above this floor
    return as_text(mistake.contribution(*factors) if mistake else formula.applied(ops.mul, factors))


def _story(trace: Trace, event: Event) -> str:
    name = name_text(event.node.name)
    if event.kind == FORWARD:
        return _forward(trace, event.node)
    if event.kind == SEED:
        return f"the seed: d{name}/d{name} = {number_text(event.after)}"
    if event.consumer is None:
        return f"{name} is done: its gradient is {number_text(event.after)}"
    passing = " ".join(product_parts(trace, event))
    total = "" if event.before is None else f", total {number_text(event.after)}"
    return f"from {name_text(event.consumer.name)} to {name}: {passing}{total}"


def _forward(trace: Trace, node: Node) -> str:
    assert node.op is not None
    name, number = name_text(node.name), number_text(node.data)
    operands = [_operand(trace.graph.nodes[index]) for index in node.parents]
    if len(operands) <= MOST_OPERANDS:
        written = formula.applied(node.op, operands)
        if len(written) <= LONGEST:
            return f"{name} = {written} = {number}"
    return f"compute {name} = {number}"


def _operand(node: Node) -> str:
    return number_text(node.data) if node.is_constant else formula.name_text(name_text(node.name))
