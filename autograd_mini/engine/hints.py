"""What people write on a `Value` who come from other libraries, and what to write here.

These are descriptors and methods of the class, and not a `__getattr__`, which would make each
access to a slot of a node slower.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

ATTRIBUTES = {
    "backwards": "v.backward()",
    "children": "v.parents, what v was computed from",
    "dim": "v.data; a Value is a single number",
    "gradient": "v.grad",
    "item": "v.data",
    "numpy": "v.data",
    "prev": "v.parents",
    "requires_grad": "v.is_constant; every Value(...) gets a gradient, and v.detach() none",
    "tolist": "v.data",
    "val": "v.data",
    "value": "v.data",
    "zero_grad_": "v.zero_grad()",
}

# Those functions of NumPy that its operators call.
OPERATORS = {
    "add", "subtract", "multiply", "divide", "power", "remainder",
    "less", "less_equal", "greater", "greater_equal", "equal", "not_equal",
}  # fmt: skip

SPELLED = {
    "absolute": "abs(v)", "negative": "-v", "arcsin": "am.asin(v)", "arccos": "am.acos(v)",
    "arctan": "am.atan(v)", "arctan2": "am.atan2(v, x)", "maximum": "am.maximum(v, x)",
    "minimum": "am.minimum(v, x)", "square": "v ** 2",
}  # fmt: skip


class _Elsewhere:
    """An attribute that a `Value` has not; the error says what it is called here."""

    def __init__(self, name: str, here: str) -> None:
        self.name, self.here = name, here

    def __get__(self, node: object, kind: type) -> NoReturn:
        raise AttributeError(f"a Value has no {self.name!r}; there is {self.here}")


def add_hints(kind: type) -> None:
    """Give the class of nodes the attributes that tell what is meant by them."""
    kind.__trunc__ = no_int  # type: ignore[attr-defined]
    for name, here in ATTRIBUTES.items():
        setattr(kind, name, _Elsewhere(name, here))


def wrong_count(name: str, takes: int, given: int) -> TypeError:
    """The error of a row that is called with more or fewer arguments than it takes."""
    return TypeError(f"{name} takes {takes} argument{'s' * (takes != 1)}, not {given}")


def no_float(node: object) -> NoReturn:
    raise TypeError(
        "float(), math and NumPy would cut the graph here: use the functions of autograd_mini "
        "(am.sin(v) for math.sin(v)), or v.data where only the number is wanted"
    )


def no_int(node: object) -> NoReturn:
    raise TypeError("int() would cut the graph here: write int(v.data) for the number")


def no_round(node: object, digits: int = 0) -> NoReturn:
    raise TypeError(
        f'round() would cut the graph here: write round(v.data, {digits}) or f"{{v:.{digits}f}}"'
    )


def array_ufunc(node: object, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """What NumPy calls for an operator or a function with a `Value` among its operands.

    An array of objects does what it always does, element by element. An operator between a number
    of NumPy's and a `Value` is that of the plain number. The rest is a `TypeError`.
    """
    numpy = sys.modules["numpy"]  # which calls this, so it is there

    operands = [x.item() if getattr(x, "shape", None) == () else x for x in inputs]
    for x in operands:
        if isinstance(x, numpy.ndarray) and x.dtype != object:
            raise TypeError(
                f"a Value is a single number, and cannot be combined with an array of {x.dtype}: "
                "write [x * v for x in array], or v.data for the number"
            )
    if ufunc.__name__ not in OPERATORS or method != "__call__":
        name = ufunc.__name__
        known = f"am.{name}(v)" if hasattr(sys.modules["autograd_mini"], name) else "am.exp(v)"
        raise TypeError(
            f"np.{name} would cut the graph here: use the functions of autograd_mini, as in "
            f"{SPELLED.get(name, known)}, or v.data where only the number is wanted"
        )
    return ufunc(*[numpy.array(x, dtype=object) for x in operands], **options)
