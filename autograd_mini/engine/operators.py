"""Python's operators for what flows through rows in place of a number."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_mini.engine import ops
from autograd_mini.engine.ops import Op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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

    def __add__(self, other: Any) -> Any:
        return self._apply(ops.add, (self, other))

    def __radd__(self, other: Any) -> Any:
        return self._apply(ops.add, (other, self))

    def __sub__(self, other: Any) -> Any:
        return self._apply(ops.sub, (self, other))

    def __rsub__(self, other: Any) -> Any:
        return self._apply(ops.sub, (other, self))

    def __mul__(self, other: Any) -> Any:
        return self._apply(ops.mul, (self, other))

    def __rmul__(self, other: Any) -> Any:
        return self._apply(ops.mul, (other, self))

    def __truediv__(self, other: Any) -> Any:
        return self._apply(ops.div, (self, other))

    def __rtruediv__(self, other: Any) -> Any:
        return self._apply(ops.div, (other, self))

    def __pow__(self, other: Any) -> Any:
        return self._apply(ops.power, (self, other))

    def __rpow__(self, other: Any) -> Any:
        return self._apply(ops.power, (other, self))

    def __mod__(self, other: Any) -> Any:
        return self._apply(ops.mod, (self, other))

    def __rmod__(self, other: Any) -> Any:
        return self._apply(ops.mod, (other, self))

    def __pos__(self) -> Any:
        return self

    def __neg__(self) -> Any:
        return self._apply(ops.neg, (self,))

    def __abs__(self) -> Any:
        return self._apply(ops.absolute, (self,))
