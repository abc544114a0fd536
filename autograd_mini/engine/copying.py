"""How a node is copied and pickled: what `copy`, `deepcopy` and `pickle` find on a `Value`."""

from __future__ import annotations

from autograd_mini.engine.order import MANY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_mini.engine.value import Value


def _pickled(node: Value) -> tuple[Any, ...]:
    """What pickle makes of any object: how to make it, and its attributes and slots."""
    kept: tuple[Any, ...] = object.__reduce_ex__(node, 2)  # type: ignore[assignment]
    slots = kept[2][1]
    slots.pop("_total", None)  # of a backward pass that is over
    slots["_seen"] = None
    return kept


def copy_node(node: Value) -> Value:
    """A second node with the same numbers and the same parents."""
    copied = object.__new__(type(node))
    for attributes in _pickled(node)[2]:
        for name, value in (attributes or {}).items():
            setattr(copied, name, value)
    return copied


def copy_graph(order: list[Value], memo: dict[int, Any]) -> Value:
    """Copies of all nodes, wired as they are. `order` has operands first, and the root last.

    The numbers of the forward pass are shared: they never change.
    """
    for node in order:
        if id(node) not in memo:
            copied = copy_node(node)
            parents = [memo[id(parent)] for parent in node.parents]
            if node._right is MANY:
                copied._many = tuple(parents)
            else:
                for slot, parent in zip(("_left", "_right"), parents, strict=False):
                    setattr(copied, slot, parent)
            memo[id(node)] = copied
    root: Value = memo[id(order[-1])]
    return root


def reduce_leaf(node: Value, protocol: Any) -> Any:
    """What pickle needs for a leaf; a result is a `TypeError`."""
    if node.op is not None:
        raise TypeError(
            f"{node!r} is a result, and how it was computed cannot be pickled; "
            "pickle the leaves, or a model made of them, and compute the result again"
        )
    return _pickled(node)
