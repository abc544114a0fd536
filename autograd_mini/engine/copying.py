"""How a node is copied and pickled: what `copy`, `deepcopy` and `pickle` find on a `Value`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_mini.engine.value import Value

SLOTS = ("_data", "_grad", "_local", "label", "op", "parents")


def copy_node(node: Value) -> Value:
    """A second node with the same numbers and the same parents."""
    copied = object.__new__(type(node))
    for slot in SLOTS:
        setattr(copied, slot, getattr(node, slot))
    vars_of = getattr(node, "__dict__", None)  # of a subclass
    if vars_of:
        copied.__dict__.update(vars_of)
    return copied


def copy_graph(order: list[Value], memo: dict[int, Any]) -> Value:
    """Copies of all nodes, wired as they are. `order` has operands first, and the root last.

    The closures are shared: they hold numbers of the forward pass, which never change, and no node.
    """
    for node in order:
        if id(node) not in memo:
            copied = copy_node(node)
            copied.parents = tuple([memo[id(parent)] for parent in node.parents])
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
    return object.__reduce_ex__(node, protocol)
