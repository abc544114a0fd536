"""The chain rule on a straight line: the gradient of the output, as steps that follow the others.

What `derive.gradients` does with nodes happens here with symbols, in the same order, so that the
numbers agree bit for bit. A rule that asks `if` about a number, which a node would answer for the
number it has now, cannot slip through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from autograd_mini.engine.errors import CompileError
from autograd_mini.engine.sweep import edges_of, short_product, swept
from autograd_mini.engine.value import Value, topological_order
from autograd_mini.program.linear import Builder, Linear, Symbol, invented_names

if TYPE_CHECKING:
    from autograd_mini.engine.sweep import Edge


def with_gradient(
    output: Value,
    inputs: Sequence[Value],
    names: Mapping[Value, str] | None = None,
    invented: Mapping[Value, str] | None = None,
) -> tuple[Linear, list[bool]]:
    """The line for (output, *gradient by the inputs, *gradient by the parameters).

    >>> x, w = Value(3.0, "x"), Value(2.0, "w")
    >>> line, reached = with_gradient(w * x, [x])
    >>> line.run([10.0])
    (20.0, 2.0, 10.0)

    Beside it, for each parameter, whether a gradient reaches it at all; where none does, the line
    has 0. Rules that cannot be run on symbols raise `CompileError`.
    """
    names = names or {}
    builder = Builder(inputs, names, invented or invented_names([output], inputs, names))
    places = [builder.slot_of(output)]
    forward = len(builder.steps)
    edges = partial(_edges, builder)
    totals = swept({output: 1.0}, topological_order(output), edges, product=short_product)
    _mark_gradients(builder, totals, forward)
    leaves = [*inputs, *builder.parameters]
    places += [builder.place(totals.get(leaf, 0.0)) for leaf in leaves]
    return builder.finished(places, forward), [leaf in totals for leaf in builder.parameters]


def _edges(builder: Builder, node: Value) -> list[Edge]:
    return edges_of(node.parents, local_derivatives(builder, node))


def local_derivatives(builder: Builder, node: Value) -> tuple[Any, ...]:
    """A node's local derivatives as symbols and numbers, None at constants and stop-gradients."""
    if node.op is None:
        return ()
    arguments = [builder.known[parent] for parent in node.parents]
    varying = [not parent.is_constant for parent in node.parents]
    try:
        return node.op.derivatives(arguments, builder.known[node], varying)
    except CompileError as error:
        reason = str(error)
    except Exception as error:
        reason = f"it raised {type(error).__name__}: {error}"
    raise CompileError(
        f"the derivative of the operation {node.op.name!r} cannot be compiled: {reason}"
    )


def _mark_gradients(builder: Builder, totals: Mapping[Value, Any], forward: int) -> None:
    """Note of which node each new step is the gradient, so that it can be named after it."""
    for node, total in totals.items():
        of = builder.known[node]
        if isinstance(total, Symbol) and isinstance(of, Symbol):
            kind, index = total.place
            if kind == "step" and int(index) >= forward:
                builder.gradient_of.setdefault(total.place, of.place)


def narrowed(linear: Linear, outputs: Sequence[int]) -> Linear:
    """The same line for some of its outputs, the first among them; steps no longer needed go.

    >>> x, w = Value(3.0, "x"), Value(2.0, "w")
    >>> line, _ = with_gradient((w * x).tanh(), [x])
    >>> smaller = narrowed(line, [0])
    >>> len(line.steps), len(smaller.steps), smaller.forward
    (6, 2, 2)
    """
    slots = [linear.outputs[position] for position in outputs]
    kept = _needed_steps(linear, slots)
    head = linear.first_step
    moved = {slot: slot for slot in range(head)}
    moved.update({slot: head + index for index, slot in enumerate(kept)})
    steps = [linear.steps[slot - head] for slot in kept]
    return Linear(
        linear.inputs,
        linear.parameters,
        linear.constants,
        [(op, tuple([moved[operand] for operand in operands])) for op, operands in steps],
        [moved[slot] for slot in slots],
        [linear.names[slot] for slot in moved],
        len([slot for slot in kept if slot - head < linear.forward]),
        {
            moved[gradient]: moved[of]
            for gradient, of in linear.gradient_of.items()
            if gradient in moved and of in moved
        },
        [linear.invented[slot] for slot in moved],
    )


def _needed_steps(linear: Linear, slots: Sequence[int]) -> list[int]:
    """The slots of the steps that these slots need, in order."""
    needed = set(slots)
    kept = []
    for index in range(len(linear.steps) - 1, -1, -1):
        slot = linear.first_step + index
        if slot in needed:
            kept.append(slot)
            needed.update(linear.steps[index][1])
    return kept[::-1]
