"""`Value`: a number that remembers what it was computed from, and `backward()`, the chain rule.

The forward pass happens while the user computes. Each operation makes a new `Value`, a result, with

    parents   its operands, in order (in `a * a` the same node stands twice),
    op        its row of the table in `ops.py`,
    _local    the local-derivative closure: called, it gives one number for each operand. It holds
              the numbers of the forward pass and never a node, so that changing `.data` later
              cannot corrupt it, and no graph contains a reference cycle.

A leaf, made by the user, has no operands, and a closure with nothing to give. A constant, a plain
number inside an expression, has no closure at all: that is its mark, and no gradient goes there.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable
from itertools import chain

from autograd_mini.engine import contexts, copying, ieee, ops
from autograd_mini.engine.ops import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from autograd_mini.engine.ops import Closure

_in_context = contexts.open_contexts  # empty, except while no_grad() or anomaly() is in force
_new = object.__new__


def _node(
    data: float, op: Op | None = None, parents: tuple[Value, ...] = (), local: Closure | None = None
) -> Value:
    """A node made without `__init__`, which is for users; without a closure it is a constant."""
    node = _new(Value)
    node._data = data
    node._grad = None
    node._local = local
    node.label = ""
    node.op = op
    node.parents = parents
    return node


def _as_value(x: object) -> Value:
    return x if isinstance(x, Value) else _node(ieee.number(x))


def _closure(op: Op, parents: tuple[Value, ...], numbers: tuple[float, ...]) -> Closure | None:
    """The closure of a result, made of its parents' numbers and its own; None for a constant."""
    if op.variadic and parents[0]._local:  # as in every neuron: it saves 5 % of a training step
        return op.binder()(numbers)
    varying = tuple([parent._local is not None for parent in parents])
    return op.binder(varying)(numbers) if any(varying) else None


# The methods made here do what `Value._apply` does, and take a third of the time for `x * y`.
def _unary(op: Op) -> Callable[[Value], Value]:
    forward, bind = op.forward, op.binder()

    def method(self: Value) -> Value:
        if self._local is None or _in_context:
            return self._apply(op, (self,))
        x = self._data
        z = forward(x)
        return _node(z, op, (self,), bind((x, z)))

    method.__name__, method.__doc__ = op.name, f"`{op.name}` of this number, as a new `Value`."
    return method


def _binary(op: Op) -> tuple[Callable[[Value, Any], Value], Callable[[Value, Any], Value]]:
    forward, bind = op.forward, op.binder()

    def method(self: Value, other: Any) -> Value:  # self + other
        if type(other) is not Value or self._local is None or other._local is None or _in_context:
            return self._apply(op, (self, other))
        x, y = self._data, other._data
        z = forward(x, y)
        return _node(z, op, (self, other), bind((x, y, z)))

    def reflected(self: Value, other: float) -> Value:  # other + self, for a plain number
        return self._apply(op, (other, self))

    return method, reflected


def _comparison(compare: Callable[[float, float], bool]) -> Callable[[Value, Any], bool]:
    return lambda self, other: compare(contexts.decided(self), contexts.decided(_as_value(other)))


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

    __slots__ = ("_data", "_grad", "_local", "label", "op", "parents")
    __array_ufunc__ = None  # NumPy, leave the operators to us

    def __init__(self, data: object, label: str = "") -> None:
        if not isinstance(label, str):
            raise TypeError(f"a label is a string, not {label!r} ({type(label).__name__})")
        self._data = ieee.number(data)
        self._grad: float | None = None  # not computed, which is not the same as zero
        self._local: Closure | None = tuple  # called, it gives (): no operands, no derivatives
        self.label = label
        self.op: Op | None = None
        self.parents: tuple[Value, ...] = ()

    @property
    def data(self) -> float:
        """The number. After you change a leaf's, `recompute()` brings the results up to date."""
        return contexts.decided(self) if _in_context else self._data

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
        return self.op is None and self._local is not None

    @property
    def is_constant(self) -> bool:
        """Whether this is a plain number inside an expression, or was made under `no_grad()`."""
        return self._local is None

    def local_derivatives(self) -> tuple[float | None, ...]:
        """The derivative of this result with respect to each parent, at the forward numbers.

        >>> (Value(2.0) * Value(3.0)).local_derivatives()
        (3.0, 2.0)

        None where no gradient passes, at constants and walls. A leaf has no parents, hence ().
        """
        pairs = zip(self.parents, self._local() if self._local else (), strict=True)
        return tuple([None if parent._local is None else local for parent, local in pairs])

    @property
    def _prev(self) -> set[Value]:
        """The operands as micrograd has them, a set, for going through a graph by hand."""
        return set(self.parents)

    @property
    def _op(self) -> str:
        """The operation as micrograd has it, its symbol; "" for what was not computed."""
        return self.op.symbol if self.op else ""

    def _backward(self) -> None:
        """Add this node's contributions to the gradients of its operands, at every call.

        One step of the backward pass by hand, as in micrograd; `backward()` does it for all nodes.

        >>> x, y = Value(2.0), Value(5.0)
        >>> z = x * y
        >>> z.grad = 1.0
        >>> z._backward()
        >>> x.grad, y.grad
        (5.0, 2.0)
        """
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
        `zero_grad()`. On a constant it is a `ValueError`. Two threads that run it on the same
        leaves at the same time can lose updates.
        """
        if self._local is None:
            raise ValueError(
                f"{self!r} is a constant, made under no_grad() or of plain numbers only, so there "
                "is no leaf to give a gradient to; make a number of the expression a Value(...)"
            )
        order = topological_order(self)
        totals = dict.fromkeys(order, NOTHING_YET)
        totals[self] = ieee.number(seed)
        # Every node has its turn after the consumers, the results made from it. So its total, the
        # sum of what they contribute, is complete by then.
        for node in reversed(order):
            upstream = totals[node]
            if upstream is NOTHING_YET or not node.parents:
                continue  # a constant, behind a wall, or a leaf
            for parent, local in zip(node.parents, node._local()):  # type: ignore[misc]  # noqa: B905
                if local is not None and parent._local is not None:
                    totals[parent] += upstream * local
        contexts.watcher.get().backward_pass(totals)
        _publish(totals)

    def zero_grad(self) -> None:
        """Forget the gradients of this node and of all it was made from."""
        for node in topological_order(self):
            node._grad = None

    def recompute(self) -> None:
        """The forward pass again, in place, after leaves were changed. Gradients stay as they are.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> x.data = 5.0
        >>> y.recompute()
        >>> y.data
        25.0
        """
        data: dict[Value, float] = {}
        closures = []
        for node in topological_order(self):
            if node.op:
                numbers = [data.get(parent, parent._data) for parent in node.parents]
                data[node] = ieee.number(node.op.forward(*numbers))
                closures.append(_closure(node.op, node.parents, (*numbers, data[node])))
        closures = contexts.recomputed(data, closures)
        renewals = chain(map(_set_data, data, data.values()), map(_set_local, data, closures))
        deque(renewals, maxlen=0)  # all of them or none, as in _publish

    def _apply(self, op: Op, arguments: tuple[Any, ...]) -> Value:
        """The general path: what an `Op` calls when it meets a `Value` among its arguments."""
        try:
            numbers = [argument._data for argument in arguments]
        except AttributeError:  # plain numbers among them: they become constants
            arguments = tuple([_as_value(argument) for argument in arguments])
            numbers = [argument._data for argument in arguments]
        z = ieee.number(op.forward(*numbers))
        closure = (contexts.closure_maker.get() or _closure)(op, arguments, (*numbers, z))
        return _node(z, op, arguments, closure) if closure else _node(z)

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
        return contexts.decided(self) != 0.0

    def __float__(self) -> NoReturn:
        raise TypeError(
            "float(), math and NumPy would cut the graph here: use the functions of autograd_mini "
            "(am.sin(v) for math.sin(v)), or v.data where only the number is wanted"
        )

    __int__ = __float__
    __copy__, __reduce_ex__ = copying.copy_node, copying.reduce_leaf

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        return copying.copy_graph(topological_order(self), memo)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        op = f", op={self.op.symbol!r}" if self.op else ""
        grad = f", grad={self._grad!r}" if self._grad is not None else ""
        return f"Value({self._data!r}{label}{op}{grad})"

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)


def topological_order(root: Value) -> list[Value]:
    """`root` and all it was made from, each node once, constants too, operands before results.

    >>> a, b = Value(2.0), Value(3.0)
    >>> c = a * b
    >>> topological_order(c) == [a, b, c]
    True

    Depth first, operands from left to right; no recursion, so a chain of a million nodes will do.
    """
    order, seen = [], {root}
    path = [(root, iter(root.parents))]  # from the root to the node at hand, with parents to come
    while path:
        node, parents = path[-1]
        for parent in parents:  # goes on where it was left
            if parent not in seen:
                seen.add(parent)
                if parent.parents:
                    path.append((parent, iter(parent.parents)))
                    break
                order.append(parent)
        else:
            order.append(node)
            path.pop()
    return order


# The slots' own setters, functions in C: _set_data(node, x) does node._data = x.
_set_data, _set_grad, _set_local = [
    Value.__dict__[slot].__set__ for slot in ("_data", "_grad", "_local")
]

# Every total starts as this one object, by which it is known that nothing has arrived.
# -0.0 + x is x, bit for bit, while 0.0 + -0.0 is 0.0 and has lost a sign.
NOTHING_YET = -0.0


def _publish(totals: dict[Value, float]) -> None:
    """Give the nodes the gradients of one sweep: all of them or, if Ctrl-C comes first, none.

    A deque that keeps nothing runs through all assignments in one call into C, and Python handles
    an interrupt only before or after such a call.
    """
    grads = [
        (None if node.op else node._grad)
        if total is NOTHING_YET
        else (total if node.op or node._grad is None else node._grad + total)  # leaves accumulate
        for node, total in totals.items()
    ]
    deque(map(_set_grad, totals, grads), maxlen=0)
