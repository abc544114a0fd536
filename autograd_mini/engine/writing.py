"""Functions written out from the rows of the table: what makes the engine fast.

A rule answers in whatever flows through it. Here text does: `lambda x, z: 1.0 - z * z` answers
"1.0 - z * z". So what all results of `tanh` share can be written as one would by hand:

    def contribute(node):
        total = node._total
        z = node._z
        node._left._total += total * (1.0 - z * z)

It takes 60 ns; calling the rule, and pairing derivatives with operands, takes 500. What makes a
result of known operands, such as `x * y`, is written out, too: 200 ns instead of 900. A row whose
rules cannot be written out is called, with the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, nan
from types import FunctionType

from autograd_mini.engine import contexts, ieee, ops
from autograd_mini.engine.ops import Op
from autograd_mini.engine.order import MANY, NOBODY, turns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from autograd_mini.engine.value import Value

    Contribute = Callable[[Value], None]
    Make = Callable[..., Value]
    Part: TypeAlias = "Text | float"  # of a text that is written

MOST = 300  # operands of a row that is written out; Python compiles no endless expressions
LONGEST = 5_000  # characters of one
_in_context = contexts.open_entries  # empty, but while no_grad() or anomaly() is in force
_LIMITS: dict[str, Any] = {"inf": inf, "nan": nan}
_FILE = __file__.replace("writing.py", "<written>")  # so that tracebacks know it for ours


# -- text that flows through rules -----------------------------------------------------------------


class Unwritable(Exception):
    """A function that decides by its numbers, or does with them what text cannot."""


def _infix(sign: str, binding: int) -> tuple[Callable[..., Text], Callable[..., Text]]:
    """An operator of Python, from the left and from the right; `*` binds stronger than `+`."""

    def text(left: Part, right: Part, functions: dict[str, Any]) -> Text:
        written = f"{_within(left, binding)} {sign} {_within(right, binding + 1)}"
        return Text(written, functions, binding)

    return (
        lambda self, other: text(self, other, self.functions),
        lambda self, other: text(other, self, self.functions),
    )


class Text:
    """A Python expression; the functions that it calls are collected by name."""

    __slots__ = ("binding", "functions", "text")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, text: str, functions: dict[str, Any], binding: int = 3) -> None:
        if len(text) > LONGEST:
            raise Unwritable
        self.text, self.functions, self.binding = text, functions, binding

    def _apply(self, op: Op, arguments: Sequence[Any]) -> Text:
        self.functions[op.name] = op.forward
        return Text(f"{op.name}({', '.join(map(_text, arguments))})", self.functions)

    __add__, __radd__ = _infix("+", 1)
    __sub__, __rsub__ = _infix("-", 1)
    __mul__, __rmul__ = _infix("*", 2)

    def __neg__(self) -> Text:
        return Text(f"(-{_within(self, 3)})", self.functions)

    def __abs__(self) -> Text:
        return Text(f"abs({self.text})", self.functions)

    def _refused(self, *_: object) -> Any:
        raise Unwritable

    __bool__ = __float__ = __eq__ = __lt__ = __gt__ = __le__ = __ge__ = _refused


def _text(x: Part) -> str:
    return x.text if isinstance(x, Text) else repr(float(x))


def _within(x: Part, binding: int) -> str:
    """The text of an operand, in brackets where it binds less than the operator around it."""
    return f"({x.text})" if isinstance(x, Text) and x.binding < binding else _text(x)


# What a function may do whose result text can stand for: straight on, with arguments and numbers.
_ARITHMETIC = frozenset(
    """
    BINARY_OP CACHE COPY LOAD_CONST LOAD_FAST LOAD_FAST_BORROW LOAD_FAST_BORROW_LOAD_FAST_BORROW
    LOAD_FAST_LOAD_FAST LOAD_SMALL_INT NOP RESUME RETURN_CONST RETURN_VALUE STORE_FAST
    STORE_FAST_LOAD_FAST STORE_FAST_STORE_FAST SWAP UNARY_NEGATIVE
    """.split()
)


def _is_pure(function: object) -> bool:
    """Whether a function gives the same whenever it is called: only then may text stand for it.

    Those of the table do. A user's may count, draw lots, or use a name that means something else
    tomorrow; so one that does more than arithmetic is called each time.
    """
    if type(function) is not FunctionType:
        return False
    if function.__globals__ is vars(ops) or function.__globals__ is vars(ieee):
        return True
    from dis import get_instructions

    does = {instruction.opname for instruction in get_instructions(function)}
    return _ARITHMETIC.issuperset(does) and not (function.__defaults__ or function.__kwdefaults__)


def _compiled(lines: Sequence[str], names: dict[str, Any]) -> Callable[..., Any]:
    exec(compile("\n    ".join(lines), _FILE, "exec"), names)
    written: Callable[..., Any] = names.pop("written")  # and so no cycle with its globals
    return written


def _numbered(name: str, count: int) -> list[str]:
    return [f"{name}{place}" for place in range(count)]


# -- from a result to its operands -----------------------------------------------------------------


def contribution(op: Op, varying: Sequence[Any]) -> Contribute:
    """What adds to the totals of a result's operands what the result contributes to each.

    All results of an operation share it where the same operands vary: those that are no constants.
    """
    key = (True,) * len(varying) if op.variadic else tuple(varying)
    if len(key) > MOST:
        return contribute_by_rules
    if key not in op.contributions:
        try:
            op.contributions[key] = _written_contribution(op, key)
        except Exception:  # whatever a user's rule makes of text
            op.contributions[key] = contribute_by_rules
    return op.contributions[key]


def _written_contribution(op: Op, varying: Sequence[bool]) -> Contribute:
    if not all(map(_is_pure, filter(callable, op.rules))):
        raise Unwritable
    count, functions = len(varying), dict(_LIMITS)
    is_many = op.variadic or count > 2
    names = _numbered("x", count) if is_many else ["node._x", "node._y"][:count]
    operands = _numbered("operand", count) if is_many else ["node._left", "node._right"]
    arguments, z = [Text(name, functions) for name in names], Text("node._z", functions)
    derivatives = op.derivatives(arguments, z, varying)
    if op.variadic and len(functions) > 2:  # each call would be repeated for each operand
        raise Unwritable
    lines = ["def written(node):", "total = node._total"]
    if is_many:
        lines += [f"{', '.join(operands)}, = node._many", f"{', '.join(names)}, = node._x"]
    for operand, local in zip(operands, derivatives, strict=False):
        if local is not None:
            lines.append(f"{operand}._total {_added(local)}")
    return _compiled(lines, functions)


def _added(local: Part) -> str:
    """What is done to the total of an operand; times 1 or -1 is the same to the last bit."""
    times = {"1.0": "+= total", "-1.0": "-= total"}
    return times.get(_text(local)) or f"+= total * {_within(local, 3)}"


def contribute_by_rules(node: Value) -> None:
    """What `contribution` gives where it cannot write out: the rules are called."""
    derivatives = turns.give_away(node.local_derivatives)
    for parent, local in zip(node.parents, derivatives, strict=True):
        if local is not None:
            parent._total += node._total * local


def contribute_nothing(node: Value) -> None:
    """A leaf has no operands."""


# -- from operands to a result, as `making.result`, where there are no questions -------------------


def unary_method(make: Make, op: Op) -> Callable[[Value], Value]:
    """The method of `Value` for a row of one argument; `make` makes a node."""
    forward, contribute = op.forward, contribution(op, (True,))

    def method(self: Value) -> Value:
        if self._contribute is None or _in_context:
            return self._apply(op, (self,))
        x = self._data
        return make(forward(x), op, contribute, self, NOBODY, x)

    method.__name__, method.__doc__ = op.name, f"`{op.name}` of this number, as a new `Value`."
    return method


def binary_methods(make: Make, op: Op) -> tuple[Callable[[Value, Any], Value], ...]:
    """The operator of `Value` for a row of two arguments, and that for a number at its left."""
    forward = op.forward
    both = contribution(op, (True, True))
    left, right = contribution(op, (True, False)), contribution(op, (False, True))

    def method(self: Value, other: Any) -> Value:  # self + other
        kind = type(other)
        if self._contribute is not None and not _in_context:
            x = self._data
            if kind is type(self) and other._contribute is not None:
                y = other._data
                return make(forward(x, y), op, both, self, other, x, y)
            if kind is float or kind is int:
                y = ieee.number(other)
                return make(forward(x, y), op, left, self, NOBODY, x, y)
        if kind.__name__ == "ndarray":
            return NotImplemented  # type: ignore[no-any-return]  # NumPy does
        return self._apply(op, (self, other))

    def reflected(self: Value, other: float) -> Value:  # other + self, for a plain number
        kind = type(other)
        if (kind is float or kind is int) and self._contribute is not None and not _in_context:
            x, y = ieee.number(other), self._data
            return make(forward(x, y), op, right, NOBODY, self, x, y)
        return self._apply(op, (other, self))

    method.__qualname__, reflected.__qualname__ = f"{op.symbol} of Values", f"{op.symbol} of Values"
    return method, reflected


def result_of_many(make: Make, op: Op, operands: tuple[Any, ...]) -> Value:
    """The result of a variadic row, of whose operands one at least varies.

    For the `dot` of 16 weights and inputs that takes 1.6 µs, a half of what loops would.
    """
    compute, contribute = op.for_many.get(len(operands)) or _for_many(op, len(operands))
    try:
        numbers, z = compute(operands)
    except AttributeError:  # plain numbers among them
        if all(hasattr(x, "_apply") for x in operands):
            raise
        nodes = [x if hasattr(x, "_apply") else make(ieee.number(x)) for x in operands]
        operands = tuple(nodes)
        numbers, z = compute(operands)
    data = ieee.number(z)
    return make(data, op, contribute, NOBODY, MANY, numbers, None, operands)


def _for_many(op: Op, count: int) -> tuple[Any, Contribute]:
    """What gives the numbers of so many operands and their result; and the way back."""
    names = _numbered("x", count)
    lines = ["def written(operands):", f"{', '.join(names)}, = operands"]
    lines += [f"{name} = {name}._data" for name in names]
    lines.append(f"return ({', '.join(names)},), {_forward(op, names)}")
    compute = _compiled(lines, {"forward": op.forward, "number": ieee.number, **_LIMITS})
    op.for_many[count] = compute, contribution(op, names)
    return op.for_many[count]


def _forward(op: Op, names: Sequence[str]) -> str:
    """The forward function as an expression, where it is one of sums and products; else a call."""
    functions: dict[str, Any] = {}
    try:
        if _is_pure(op.forward):
            text = _text(op.forward(*[Text(name, functions) for name in names]))
            if not functions:
                return text
    except Exception:  # whatever a user's function makes of text
        pass
    return f"number(forward({', '.join(names)}))"
