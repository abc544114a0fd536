"""How a node is copied and pickled: what `copy`, `deepcopy` and `pickle` find on a `Value`."""

from __future__ import annotations

import sys

from autograd_mini.engine.order import MANY
from autograd_mini.engine.quiet_order import order_above

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_mini.engine.value import Value


# All but what belongs to a walk or a backward pass, which is over.
SLOTS = (
    "_contribute", "_data", "_grad", "_left", "_many", "_right", "_x", "_y", "_z", "label", "op",
)  # fmt: skip


def copy_node(node: Value) -> Value:
    """A second node with the same numbers and the same parents."""
    copied = object.__new__(type(node))
    node.parents  # noqa: B018 (plain numbers become nodes, which both then have)
    for slot in SLOTS:
        if hasattr(node, slot):
            setattr(copied, slot, getattr(node, slot))
    copied._seen = None
    if hasattr(node, "__dict__"):  # of a subclass
        vars(copied).update(vars(node))
    return copied


def copy_graph(root: Value, memo: dict[int, Any]) -> Value:
    """Copies of the node and of all below it, wired as they are; those in `memo` are there already.

    The numbers of the forward pass are shared: they never change.
    """
    for node in order_above(root, lambda node: id(node) in memo):
        if id(node) not in memo:
            copied = copy_node(node)
            parents = [memo[id(parent)] for parent in node.parents]
            if node._right is MANY:
                copied._many = tuple(parents)
            else:
                for slot, parent in zip(("_left", "_right"), parents, strict=False):
                    setattr(copied, slot, parent)
            memo[id(node)] = copied
    copied_root: Value = memo[id(root)]
    return copied_root


def leaf_state(node: Value) -> tuple[Any, dict[str, Any]]:
    """What pickle keeps of a leaf: its attributes, and its slots; a result is a `TypeError`."""
    if node.op is not None:
        raise TypeError(
            f"{node!r} is a result, and how it was computed cannot be pickled; "
            "pickle the leaves, or a model made of them, and compute the result again"
        )
    state: Any = object.__getstate__(node)
    attributes, slots = state
    slots.pop("_total", None)
    return attributes, {**slots, "_seen": None}


class EarlierModules:
    """Says of modules that earlier versions had that what was pickled there is lost.

    A pickle asks for the module of a class, and Python asks here when nobody else has found it.
    """

    NAMES = ("autograd_mini.value", "autograd_mini.program.compiled")

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> None:
        if name in cls.NAMES:
            raise ImportError(
                "this was pickled by an earlier version of autograd_mini, whose pickles this one "
                "cannot read: save models there with am.nn.save, which writes JSON, and compile "
                "programs again"
            )


sys.meta_path.append(EarlierModules)
