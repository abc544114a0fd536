"""`Value`: a number that remembers what it was computed from, and `backward()`, the chain rule.

The forward pass happens while the user computes. Each operation makes a new `Value`, a result, that
remembers its row of the table in `ops.py`, its operands, and the numbers of that moment. With them
goes a function that all results of the operation share. For `x * y` it is

    def contribute(node):
        total = node._total                     # what has come to this node, its gradient
        node._left._total += total * node._y    # to x: upstream * local, which is y's number
        node._right._total += total * node._x   # to y: the same with x's number

`writing.py` writes it from the rules in the row, without the line of a constant: for `x * 2.0` it
has only the first. micrograd's closure for each node, the local-derivative closure, is here in two
halves: the shared code, in `_contribute`, and the node's own operands and numbers. Those are the
numbers of the forward pass, so that changing `.data` later cannot corrupt them.

A leaf is made by the user and has no operands. A constant, a plain number inside an expression or a
result of such alone, has None for `_contribute`, and no gradient goes there.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from itertools import repeat

from autograd_mini.engine import contexts, copying, hints, ieee, making, ops, staleness, writing
from autograd_mini.engine.ops import Op
from autograd_mini.engine.order import MANY, NOBODY, at_once, pass_in_turn
from autograd_mini.engine.order import topological_order as topological_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Empty, except under no_grad() or anomaly(). Skip at first what asks it or `contexts`, which let an
# observer see what happens: contexts.read_outside(v) is v._data.
_in_context = contexts.open_entries

# What a total is before anything has come in: -0.0, since -0.0 + x is x, bit for bit, while 0.0 +
# -0.0 is 0.0 and has lost a sign. No sum is this very object, so `is` tells whether something came.
NOTHING_YET = -0.0

_unary = partial(writing.unary_method, making.node)
# _binary(ops.mul) gives the two methods for `a * b`, where a or b may be a plain number. In effect,
#     return making.node(a._data * b._data, ops.mul, contribute, a, b, a._data, b._data)
_binary = partial(writing.binary_methods, making.node)


def _comparison(compare: Callable[[float, float], bool]) -> Callable[[Value, Any], bool]:
    return lambda self, other: compare(
        contexts.read_outside(self), contexts.read_outside(making.as_value(other))
    )


class Value:
    """A number that remembers what it was computed from.

    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> c = a * b + a
    >>> c
    Value(8.0, op='+')
    >>> c.backward()
    >>> a.grad, b.grad
    (4.0, 2.0)

    `data` is any real number, kept as a float; everything else is a `TypeError`. The operators take
    plain numbers too. Comparisons and `if` go by the number, `==` and `hash` by identity.
    """

    __slots__ = (
        "_contribute", "_data", "_grad", "_left", "_many", "_right", "_seen", "_total", "_x", "_y",
        "_z", "label", "op",
    )  # fmt: skip
    __array_ufunc__ = hints.array_ufunc  # asked by NumPy, where one of its numbers stands first
    _constant = staticmethod(making.node)

    _data: float  # the number, which the user may change
    _grad: float | None  # None is not computed, which is not the same as zero
    op: Op | None  # None for leaves and constants, for which nobody goes further back
    _contribute: Any  # None for constants; a leaf's does nothing
    _left: Any  # the first operand, and the second; NOBODY where there is none
    _right: Any
    _many: tuple[Value, ...]  # more operands than two, or any number; then _right is MANY
    _x: Any  # the numbers of the operands, and of the result, in the forward pass
    _y: float | None
    _z: float
    _total: float  # in a backward pass, the sum of what has come in
    _seen: object  # a mark of whoever walks through the graph

    def __init__(self, data: object, label: str = "") -> None:
        if not isinstance(label, str):
            raise TypeError(f"a label is a string, not {label!r} ({type(label).__name__})")
        self._data = self._z = ieee.number(data)
        self._grad = self._seen = self._x = self._y = self.op = None
        self._contribute = writing.contribute_nothing
        self._left = self._right = NOBODY
        self.label = label

    @property
    def data(self) -> float:
        """The number. After you change a leaf's, `recompute()` brings the results up to date."""
        return contexts.read_outside(self) if _in_context else self._data

    @data.setter
    def data(self, data: object) -> None:
        self._data = ieee.number(data)

    @property
    def grad(self) -> float:
        """The gradient of the node that `backward()` started from with respect to this one."""
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, grad: object) -> None:
        self._grad = None if grad is None else ieee.number(grad)

    @property
    def is_leaf(self) -> bool:
        """Whether the user made this node."""
        return self.op is None and self._contribute is not None

    @property
    def is_constant(self) -> bool:
        """Whether this is a plain number inside an expression, or was made under `no_grad()`."""
        return self._contribute is None

    @property
    def parents(self) -> tuple[Value, ...]:
        """The operands, in order; in `a * a` the same node stands twice."""
        return making.parents(self)

    @property
    def _numbers(self) -> tuple[float, ...]:
        """Those of the forward pass: of the operands, and the result."""
        if self._right is MANY:
            return (*self._x, self._z)
        return (self._x, self._z) if self._y is None else (self._x, self._y, self._z)

    def local_derivatives(self) -> tuple[float | None, ...]:
        """The derivative of this result with respect to each parent, at the forward numbers.

        >>> (Value(2.0) * Value(3.0)).local_derivatives()
        (3.0, 2.0)

        None where no gradient passes: at constants and stop-gradients. A leaf has no parents: ().
        """
        if self.op is None:
            return ()
        *arguments, z = self._numbers
        varying = [not parent.is_constant for parent in self.parents]
        return self.op.derivatives(arguments, z, varying)

    @property
    def _prev(self) -> set[Value]:
        """The operands as micrograd has them, a set, for going through a graph by hand."""
        return set(self.parents)

    @property
    def _op(self) -> str:
        """The operation as micrograd has it, its symbol; "" for what was not computed."""
        return self.op.symbol if self.op else ""

    def _backward(self) -> None:
        """As micrograd's, for going through a graph by hand; `backward()` does not call this."""
        for parent, local in zip(self.parents, self.local_derivatives(), strict=True):
            if local is not None:
                parent.grad += self.grad * local

    def backward(self, seed: float = 1.0) -> None:
        """The backward pass: the gradient of this node with respect to all it was made from.

        >>> x = Value(3.0)
        >>> (x * x).backward()
        >>> x.grad
        6.0

        Results end with the gradient of this pass; leaves add it to what they had, until
        `zero_grad()`. On a constant it is a `ValueError`.
        """
        if self._contribute is None:
            raise ValueError(
                f"{self!r} is a constant, made under no_grad() or of plain numbers only, so there "
                "is no leaf to give a gradient to; make a number of the expression a Value(...)"
            )
        # This lists the graph in topological order, operands before results, sets every total to
        # NOTHING_YET, and calls self._backward_pass(seed, order). Threads take turns in that.
        pass_in_turn(self, NOTHING_YET, partial(self._backward_pass, ieee.number(seed)))

    def _backward_pass(self, seed: float, order: list[Value]) -> None:
        self._total = seed
        # Every node has its turn after its consumers, the results made from it. So its total, the
        # sum of what they contribute, is complete by then; else it would pass on a part of it.
        for node in reversed(order):
            if node.op is not None and node._total is not NOTHING_YET:
                node._contribute(node)
        _publish(order)

    def zero_grad(self) -> None:
        """Forget the gradients of this node and of all it was made from."""
        at_once(map(set_grad, topological_order(self), repeat(None)))

    def recompute(self) -> None:
        """The forward pass again, in place, after leaves were changed. Gradients stay as they are.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> x.data = 5.0
        >>> y.recompute()
        >>> y.data
        25.0
        """
        staleness.recompute(self)

    def _apply(self, op: Op, arguments: tuple[Any, ...]) -> Value:
        """The way to the results that the methods below do not make: of an `Op` that is called."""
        return making.result(self, op, arguments)

    __add__, __radd__ = _binary(ops.add)
    __sub__, __rsub__ = _binary(ops.sub)
    __mul__, __rmul__ = _binary(ops.mul)
    __truediv__, __rtruediv__ = _binary(ops.div)
    __pow__, __rpow__ = _binary(ops.power)
    __mod__, __rmod__ = _binary(ops.mod)
    __neg__, __pos__, __abs__ = map(_unary, (ops.neg, ops.identity, ops.absolute))

    exp, expm1, log, log1p = map(_unary, (ops.exp, ops.expm1, ops.log, ops.log1p))
    log2, log10, sqrt, erf = map(_unary, (ops.log2, ops.log10, ops.sqrt, ops.erf))
    sin, cos, tan = map(_unary, (ops.sin, ops.cos, ops.tan))
    asin, acos, atan = map(_unary, (ops.asin, ops.acos, ops.atan))
    sinh, cosh, tanh = map(_unary, (ops.sinh, ops.cosh, ops.tanh))
    asinh, acosh, atanh = map(_unary, (ops.asinh, ops.acosh, ops.atanh))
    sigmoid, relu, leaky_relu, elu = map(_unary, (ops.sigmoid, ops.relu, ops.leaky_relu, ops.elu))
    softplus, silu, gelu = map(_unary, (ops.softplus, ops.silu, ops.gelu))
    sign, heaviside, floor, ceil = map(_unary, (ops.sign, ops.heaviside, ops.floor, ops.ceil))
    detach = _unary(ops.detach)

    __lt__, __le__ = _comparison(operator.lt), _comparison(operator.le)
    __gt__, __ge__ = _comparison(operator.gt), _comparison(operator.ge)

    def __bool__(self) -> bool:
        return contexts.read_outside(self) != 0.0

    __float__, __int__, __round__ = hints.no_float, hints.no_int, hints.no_round
    __copy__, __getstate__ = copying.copy_node, copying.leaf_state

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        return copying.copy_graph(self, memo)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        op = f", op={self.op.symbol!r}" if self.op else ""
        grad = f", grad={self._grad!r}" if self._grad is not None else ""
        return f"Value({self._data!r}{label}{op}{grad})"

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)


making.know(Value)
hints.add_hints(Value)

# The slots' own setters, functions in C: set_data(node, x) does node._data = x.
set_data, set_grad = Value.__dict__["_data"].__set__, Value.__dict__["_grad"].__set__


def _publish(order: list[Value]) -> None:
    """Give the nodes their gradients: all of them or, if Ctrl-C comes first, none."""
    grads: list[float | None] = []
    for node in order:
        if node._total is NOTHING_YET or node._contribute is None:
            grads.append(None if node.op else node._grad)  # nothing came; a leaf keeps what it had
        elif node.op or node._grad is None:
            grads.append(node._total)
        else:
            grads.append(node._grad + node._total)  # leaves accumulate
    if _in_context:
        came = [n for n in order if n._total is not NOTHING_YET and n._contribute is not None]
        contexts.observer().backward_pass(order, {node: node._total for node in came})
    at_once(map(set_grad, order, grads))
