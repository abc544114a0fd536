"""Whether a graph still belongs to its numbers: leaves may have changed since the forward pass."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_mini.engine.errors import StaleGraph

TYPE_CHECKING = False
if TYPE_CHECKING:
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
    held = getattr(node._local, "__self__", None)
    if held is None:  # derivatives that no number can change: only the result can be wrong
        try:
            held = (*numbers, node.op.forward(*numbers))
        except Exception:  # a user's operation that refuses these numbers was not given them
            return True
    # repr tells 0.0 from -0.0, and takes one nan for another.
    return repr(tuple(held)) != repr((*numbers, node._data))


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
    held = getattr(node._local, "__self__", None)
    if held is not None:
        for parent, number in zip(node.parents, held, strict=False):
            if repr(parent._data) != repr(number):
                return parent
    return next((parent for parent in node.parents if parent.is_leaf), node)
