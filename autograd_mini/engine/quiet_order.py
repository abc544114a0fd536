"""The topological order without a mark in any node: for the middle of a walk, or for a part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from autograd_mini.engine.value import Value

    Node = TypeVar("Node")


def quiet_order(
    root: Node, operands: Callable[[Node], Iterable[Node]] = attrgetter("parents")
) -> list[Node]:
    """`root` and all it was made from, operands before results; takes twice the time."""
    order, seen = [], {root}
    path = [(root, iter(operands(root)))]
    while path:
        node, parents = path[-1]
        for parent in parents:  # goes on where it was left
            if parent not in seen:
                seen.add(parent)
                path.append((parent, iter(operands(parent))))
                break
        else:
            order.append(node)
            path.pop()
    return order


def order_above(root: Value, is_leaf: Callable[[Value], bool]) -> list[Value]:
    """The order where some nodes count as leaves, so that nothing below them is walked.

    >>> from autograd_mini import Value
    >>> x = Value(3.0) * 2.0
    >>> order_above(x + 1.0, [x].__contains__)
    [Value(6.0, op='*'), Value(1.0), Value(7.0, op='+')]
    """
    return quiet_order(root, lambda node: () if is_leaf(node) else node.parents)
