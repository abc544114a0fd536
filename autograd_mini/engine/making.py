"""How results and constants are made, and the operands that were plain numbers until now."""

from __future__ import annotations

from functools import partial

from autograd_mini.engine import contexts, ieee, writing
from autograd_mini.engine.ops import Op
from autograd_mini.engine.order import MANY, NOBODY, NoNode, in_turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_mini.engine.value import Value
    from autograd_mini.engine.writing import Contribute

_in_context = contexts.open_entries  # empty, except under no_grad() or anomaly()
_kind: Any = None  # the class of nodes, and what makes an empty one
_empty: Any = None


def know(kind: type) -> None:
    """The class of nodes is told when it is there: it has methods that make nodes."""
    global _kind, _empty
    _kind, _empty = kind, partial(object.__new__, kind)


def node(
    data: float,
    op: Op | None = None,
    contribute: Contribute | None = None,
    left: Value | NoNode = NOBODY,
    right: Value | NoNode = NOBODY,
    x: float | tuple[float, ...] | None = None,
    y: float | None = None,
    many: tuple[Value, ...] = (),
) -> Value:
    """A node made without `__init__`, which is for users; given its data alone, a constant.

    x and y are the numbers of `left` and `right`, and x all those of `many`. NOBODY stands where
    there is no operand; and for a plain number, until somebody asks for the parents.
    """
    made: Value = _empty()
    made._data = made._z = data
    made._grad = made._seen = None
    made._contribute = contribute
    made.label = ""
    made.op = op
    made._left = left
    made._right = right
    made._x = x
    made._y = y
    if many:
        made._many = many
    return made


def as_value(x: object) -> Value:
    """A node as it is, a plain number as a constant."""
    return x if isinstance(x, _kind) else node(ieee.number(x))


def result(first: Value, op: Op, arguments: tuple[Any, ...]) -> Value:
    """The result of any operation; `first` is the first of the arguments that is a node."""
    if _in_context and contexts.is_quiet():
        return contexts.constant_result(node, op, arguments)
    if op.variadic and first._contribute and not _in_context and len(arguments) <= writing.MOST:
        return writing.result_of_many(node, op, arguments)  # as in every neuron
    operands = tuple([as_value(argument) for argument in arguments])
    numbers = tuple([operand._data for operand in operands])
    z = ieee.number(op.forward(*numbers))
    varying = [operand._contribute is not None for operand in operands]
    contribute: Any = writing.contribution(op, varying) if any(varying) else None
    if _in_context:
        contribute = contexts.way_back(contribute, op, operands, (*numbers, z))
    if contribute is None:
        return node(z)  # a constant
    if op.variadic or len(operands) > 2:
        return node(z, op, contribute, NOBODY, MANY, numbers, None, operands)
    left, right = (*operands, NOBODY)[:2]
    return node(z, op, contribute, left, right, *numbers)  # type: ignore[arg-type]


def parents(node: Value) -> tuple[Value, ...]:
    """The operands of a node; a plain number becomes one now."""
    if node.op is None:
        return ()
    if node._right is MANY:
        return node._many
    if node._left is NOBODY or (node._right is NOBODY and node._y is not None):
        in_turn(partial(_make_constant, node))
    return (node._left,) if node._y is None else (node._left, node._right)


def _make_constant(result: Value, _: bool) -> None:
    if result._left is NOBODY:
        result._left = node(result._x)
    if result._right is NOBODY and result._y is not None:
        result._right = node(result._y)
