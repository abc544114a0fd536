"""Whether a graph still belongs to its numbers: leaves may have changed since the forward pass."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import starmap

from autograd_mini.engine import contexts, ieee
from autograd_mini.engine.errors import StaleGraph
from autograd_mini.engine.order import MANY, at_once, topological_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_mini.engine.ops import Op
    from autograd_mini.engine.value import Value


def is_stale(node: Value) -> bool:
    """Whether a result was computed from other numbers than its operands and itself hold now.

    >>> from autograd_mini import Value
    >>> x = Value(3.0)
    >>> y = x * x
    >>> x.data = -3.0
    >>> is_stale(y)
    True
    """
    if node.op is None:
        return False
    numbers = [parent._data for parent in node.parents]
    held = node._numbers
    if not _is_steep_by_number(node.op, node):  # then only the result can be wrong
        try:
            held = (*numbers, node.op.forward(*numbers))
        except Exception:  # a user's operation that refuses these numbers was not given them
            return True
    # repr tells 0.0 from -0.0, and takes one nan for another.
    return repr(held) != repr((*numbers, node._data))


def _is_steep_by_number(op: Op, node: Value) -> bool:
    """Whether the local derivatives depend on the numbers, as those of a sum do not."""
    pairs = zip(op.rules, node.parents, strict=False)
    return op.variadic or any(callable(rule) and not p.is_constant for rule, p in pairs)


def check_fresh(order: Iterable[Value]) -> None:
    """Raise `StaleGraph`, naming the changed node, unless every result belongs to its numbers.

    >>> from autograd_mini import Value, topological_order
    >>> check_fresh(topological_order(Value(3.0) * 2.0))
    """
    for node in order:
        if node.op is not None and is_stale(node):
            raise StaleGraph(
                f"{_changed_operand(node)!r} was changed after {node!r} was computed from it; "
                "call recompute() on the last node of the graph, or build the graph again"
            )


def _changed_operand(node: Value) -> Value:
    pairs = zip(node.parents, node._numbers, strict=False)
    return next((parent for parent, held in pairs if repr(parent._data) != repr(held)), node)


def recompute(root: Value) -> None:
    """What `Value.recompute` does: the forward pass again, in place."""
    data: dict[Value, float] = {}
    held: list[tuple[Value, str, Any]] = []  # what each result shall hold: a node, a slot, a number
    for node in topological_order(root):
        if node.op:
            numbers = tuple([data.get(parent, parent._data) for parent in node.parents])
            data[node] = z = ieee.number(node.op.forward(*numbers))
            operands = [numbers] if node._right is MANY else numbers
            pairs = zip(("_data", "_z", "_x", "_y"), (z, z, *operands), strict=False)
            held += [(node, slot, x) for slot, x in pairs]
    contexts.observer().forward_pass(data)
    at_once(starmap(setattr, held))
