"""Python's operators for what flows through rows in place of a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd_mini.engine import ops
from autograd_mini.engine.ops import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Operator = Callable[[Any, Any], Any]


def _both(op: Op) -> tuple[Operator, Operator]:
    return (
        lambda self, other: self._apply(op, (self, other)),
        lambda self, other: self._apply(op, (other, self)),
    )


class Operators:
    """The operators of numbers, by the `_apply` that each class has.

    >>> class Text(Operators):
    ...     def _apply(self, op, arguments):
    ...         return op.name
    >>> 2.0 - Text()
    'sub'
    """

    __slots__ = ()

    def _apply(self, op: Op, arguments: Sequence[Any]) -> Any:
        raise NotImplementedError

    __add__, __radd__ = _both(ops.add)
    __sub__, __rsub__ = _both(ops.sub)
    __mul__, __rmul__ = _both(ops.mul)
    __truediv__, __rtruediv__ = _both(ops.div)
    __pow__, __rpow__ = _both(ops.power)
    __mod__, __rmod__ = _both(ops.mod)

    def __pos__(self) -> Any:
        return self

    def __neg__(self) -> Any:
        return self._apply(ops.neg, (self,))

    def __abs__(self) -> Any:
        return self._apply(ops.absolute, (self,))
