"""Every operation, once: how it is written, how it is computed, how it changes.

This is the only file that contains a derivative. In a rule,

    x, y   are the arguments of the operation, in order,
    z      is its result,

and the rule gives the local derivative, ∂z/∂x or ∂z/∂y. One that is always the same is written as a
number. None is a wall: no gradient passes, not even a zero. Rules speak only in `+ - *` and in other
rows, never in `math`, and never ask `if` about x, y or z. So they answer in whatever flows through
them: floats give a number, as in `backward()`; `Value`s give a new graph, as in `derive.py`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import partial, reduce
from types import MethodType

from autograd_mini.engine import ieee

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Rule = Callable[..., Any] | float | None
    Closure = Callable[[], Sequence[float | None]]
    Binder = Callable[[tuple[float, ...]], Closure]


class Op:
    """One row of the table: an operation's name, its notation, its forward function, its rules.

    A new operation needs nothing else, and works at once on numbers and on `Value`s:

    >>> cube = Op("cube", "{}³", lambda x: x * x * x, lambda x, z: 3.0 * x * x)
    >>> cube(2.0)
    8.0

    `text` is a format string with a `{}` for each argument; so is `latex`, where the text will not
    do. There is one rule for each argument, else it is a `ValueError`. A `variadic` row takes any
    number of arguments: its `text` is a function from that number to the format string, and its one
    rule takes (arguments, z) and gives all local derivatives. `forward` takes floats and gives one;
    written in other rows, without `if`, programs can compile it.
    """

    def __init__(
        self,
        name: str,
        text: str | Callable[[int], str],
        forward: Callable[..., Any],
        *rules: Rule,
        latex: str | None = None,
        variadic: bool = False,
    ) -> None:
        slots = 1 if callable(text) else text.count("{}")
        if slots != len(rules) or not rules or callable(text) != variadic:
            found = f"{len(rules)} rules, but {slots} arguments in {text!r}, {variadic=}"
            raise ValueError(f"{name!r} has {found}; give as many of each, at least one")
        self.name, self.text, self.latex = name, text, latex
        self.forward, self.rules, self.variadic = forward, rules, variadic
        bare = "" if callable(text) else text.replace("{}", "").strip()
        self.symbol = bare if bare in ("+", "-", "*", "/", "**", "%") else name
        self._binders: dict[tuple[bool, ...] | None, Binder] = {}

    def __repr__(self) -> str:
        return f"Op({self.name!r})"

    def __call__(self, *arguments: Any) -> Any:
        """A float for numbers; else the first argument that is no number decides what to make."""
        if len(arguments) == 1 and type(arguments[0]) is float:  # the usual call in a rule
            return self.forward(arguments[0])
        for argument in arguments:
            if hasattr(argument, "_apply"):
                return argument._apply(self, arguments)
        return self.forward(*map(ieee.number, arguments))

    def binder(self, varying: tuple[bool, ...] | None = None) -> Binder:
        """What turns the numbers (*arguments, z) of a forward pass into a local-derivative closure.

        The closure, called, gives one local derivative for each argument. Where `varying` is False,
        at constants, it gives None and runs no rule: the exponent's rule in `x ** 2` is z * log(x),
        which has no business at x = -3. (A variadic row gives all; `backward()` skips constants.)
        """
        key = None if self.variadic else varying
        if key not in self._binders:
            self._binders[key] = _make_binder(self, key)
        return self._binders[key]


def _make_binder(op: Op, varying: tuple[bool, ...] | None) -> Binder:
    rules: tuple[Any, ...] = op.rules
    if varying is not None:
        rules = tuple([rule if v else None for rule, v in zip(rules, varying, strict=True)])
    if not any(map(callable, rules)):
        always = lambda: rules  # noqa: E731 (one closure for all nodes: it holds no numbers)
        return lambda numbers: always
    # MethodType(f, numbers) is f with its argument in hand, the smallest and fastest closure.
    return partial(MethodType, _all_of(op, rules))


def _all_of(op: Op, rules: tuple[Any, ...]) -> Callable[..., Sequence[float | None]]:
    """All rules as one function of the numbers; one rule, or two, are spelled out for speed."""
    first, last = rules[0], rules[-1]
    if op.variadic:
        return lambda numbers: first(numbers[:-1], numbers[-1])
    if len(rules) == 1:
        return lambda numbers: (first(*numbers),)
    if len(rules) == 2 and callable(first) and callable(last):
        return lambda numbers: (first(*numbers), last(*numbers))
    return lambda numbers: [rule(*numbers) if callable(rule) else rule for rule in rules]


LOG2_OF_E, LOG10_OF_E, SQRT_HALF = 1.4426950408889634, 0.4342944819032518, 0.7071067811865476
TWO_OVER_SQRT_PI, ONE_OVER_SQRT_TWO_PI = 1.1283791670955126, 0.3989422804014327
LARGEST, SMALLEST = 1.7976931348623157e308, 5e-324


def _choose(condition: Any, a: Any, b: Any) -> Any:
    """`where`; a plain number decides at once, so that no `where` is in the derivative of x**2."""
    return (ieee.where if type(condition) is float else where)(condition, a, b)


def _length(x: Any, y: Any) -> Any:
    """The square root of x² + y²; no square overflows, and it is above 0 at the origin."""
    scale = clip(maximum(abs(x), abs(y)), SMALLEST, LARGEST)
    x, y = div(x, scale), div(y, scale)
    return maximum(scale * sqrt(x * x + y * y), SMALLEST)


def _peak(x: Sequence[Any]) -> Any:
    """The largest, which is subtracted first to keep `exp` from overflowing: finite, and a constant."""
    return detach(clip(reduce(maximum, x), -LARGEST, LARGEST))


def _logsumexp(*x: Any) -> Any:
    peak = _peak(x)
    return peak + log(add_all(*[exp(value - peak) for value in x]))


def softmax_of(x: Sequence[Any]) -> list[Any]:
    """exp(x) of each over the sum of all: the local derivatives of `logsumexp`."""
    peak = _peak(x)
    powers = [exp(value - peak) for value in x]
    total = add_all(*powers)
    return [div(power, total) for power in powers]


def _dot_text(n: int) -> str:
    return " + ".join([f"{{{n - 1}}}", *[f"{{{i}}} * {{{n // 2 + i}}}" for i in range(n // 2)]])


# fmt: off
# -- the table -------------------------------------------------------------------------------------
#                     name          text               forward         local derivatives, one for each argument

add:        Op = Op("add",        "{} + {}",         operator.add,   1.0, 1.0)
sub:        Op = Op("sub",        "{} - {}",         operator.sub,   1.0, -1.0)
mul:        Op = Op("mul",        "{} * {}",         operator.mul,   lambda x, y, z: y, lambda x, y, z: x)
div:        Op = Op("div",        "{} / {}",         ieee.div,       lambda x, y, z: div(1.0, y), lambda x, y, z: -div(z, y))
power:      Op = Op("power",      "{} ** {}",        ieee.power,     lambda x, y, z: _choose(y, y * power(x, y - 1.0), 0.0),
                                                                      lambda x, y, z: _choose(x, z * log(x), _choose(heaviside(-y), z * log(x), 0.0)))
mod:        Op = Op("mod",        "{} % {}",         ieee.mod,       1.0, lambda x, y, z: -floor(detach(div(x, y) - div(z, y) + 0.5)))
neg:        Op = Op("neg",        "-{}",             operator.neg,   -1.0)
absolute:   Op = Op("abs",        "abs({})",         operator.abs,   lambda x, z: sign(x))

exp:        Op = Op("exp",        "exp({})",         ieee.exp,       lambda x, z: z)
expm1:      Op = Op("expm1",      "expm1({})",       ieee.expm1,     lambda x, z: exp(x))
log:        Op = Op("log",        "log({})",         ieee.log,       lambda x, z: div(1.0, x))
log1p:      Op = Op("log1p",      "log1p({})",       ieee.log1p,     lambda x, z: div(1.0, 1.0 + x))
log2:       Op = Op("log2",       "log2({})",        ieee.log2,      lambda x, z: div(LOG2_OF_E, x))
log10:      Op = Op("log10",      "log10({})",       ieee.log10,     lambda x, z: div(LOG10_OF_E, x))
sqrt:       Op = Op("sqrt",       "sqrt({})",        ieee.sqrt,      lambda x, z: div(0.5, z))

sin:        Op = Op("sin",        "sin({})",         ieee.sin,       lambda x, z: cos(x))
cos:        Op = Op("cos",        "cos({})",         ieee.cos,       lambda x, z: -sin(x))
tan:        Op = Op("tan",        "tan({})",         ieee.tan,       lambda x, z: 1.0 + z * z)
asin:       Op = Op("asin",       "asin({})",        ieee.asin,      lambda x, z: div(1.0, sqrt((1.0 - x) * (1.0 + x))))
acos:       Op = Op("acos",       "acos({})",        ieee.acos,      lambda x, z: -div(1.0, sqrt((1.0 - x) * (1.0 + x))))
atan:       Op = Op("atan",       "atan({})",        ieee.atan,      lambda x, z: div(1.0, 1.0 + x * x))
atan2:      Op = Op("atan2",      "atan2({}, {})",   ieee.atan2,     lambda x, y, z: div(div(y, length(x, y)), length(x, y)),
                                                                      lambda x, y, z: -div(div(x, length(x, y)), length(x, y)))
length:     Op = Op("length",     "length({}, {})",  _length,        lambda x, y, z: div(x, z), lambda x, y, z: div(y, z))
sinh:       Op = Op("sinh",       "sinh({})",        ieee.sinh,      lambda x, z: cosh(x))
cosh:       Op = Op("cosh",       "cosh({})",        ieee.cosh,      lambda x, z: sinh(x))
tanh:       Op = Op("tanh",       "tanh({})",        ieee.tanh,      lambda x, z: 1.0 - z * z)
asinh:      Op = Op("asinh",      "asinh({})",       ieee.asinh,     lambda x, z: div(1.0, length(1.0, x)))
acosh:      Op = Op("acosh",      "acosh({})",       ieee.acosh,     lambda x, z: div(1.0, sqrt(x - 1.0) * sqrt(x + 1.0)))
atanh:      Op = Op("atanh",      "atanh({})",       ieee.atanh,     lambda x, z: div(1.0, (1.0 - x) * (1.0 + x)))
erf:        Op = Op("erf",        "erf({})",         ieee.erf,       lambda x, z: TWO_OVER_SQRT_PI * exp(-x * x))

# silu and gelu clip x where the other factor is 0 or 1 to the last bit, for inf * 0 would be nan.
sigmoid:    Op = Op("sigmoid",    "sigmoid({})",     ieee.sigmoid,   lambda x, z: z * (1.0 - z))
relu:       Op = Op("relu",       "relu({})",        ieee.relu,      lambda x, z: heaviside(x))
leaky_relu: Op = Op("leaky_relu", "leaky_relu({})",  lambda x: maximum(x, 0.01 * x), lambda x, z: 0.01 + 0.99 * heaviside(x))
elu:        Op = Op("elu",        "elu({})",         lambda x: maximum(x, 0.0) + expm1(minimum(x, 0.0)), lambda x, z: exp(minimum(x, 0.0)))
softplus:   Op = Op("softplus",   "softplus({})",    lambda x: maximum(x, 0.0) + log1p(exp(-abs(x))), lambda x, z: sigmoid(x))
silu:       Op = Op("silu",       "silu({})",        lambda x: maximum(x, -1e4) * sigmoid(x),
                                                                      lambda x, z: sigmoid(x) * (1.0 + clip(x, -1e4, 1e4) * sigmoid(-x)))
gelu:       Op = Op("gelu",       "gelu({})",        lambda x: maximum(x, -40.0) * (0.5 + 0.5 * erf(x * SQRT_HALF)),
                                                                      lambda x, z: 0.5 + 0.5 * erf(x * SQRT_HALF) + clip(x, -40.0, 40.0) * ONE_OVER_SQRT_TWO_PI * exp(-0.5 * x * x))

sign:       Op = Op("sign",       "sign({})",        ieee.sign,      0.0)
heaviside:  Op = Op("heaviside",  "heaviside({})",   ieee.heaviside, 0.0)           # 1 if x > 0, else 0
exceeds:    Op = Op("exceeds",    "exceeds({}, {})", ieee.exceeds,   0.0, 0.0)      # 1 if x > y, 1/2 if equal, else 0
floor:      Op = Op("floor",      "floor({})",       ieee.floor,     0.0)
ceil:       Op = Op("ceil",       "ceil({})",        ieee.ceil,      0.0)
maximum:    Op = Op("maximum",    "maximum({}, {})", ieee.maximum,   lambda x, y, z: exceeds(x, y), lambda x, y, z: exceeds(y, x))
minimum:    Op = Op("minimum",    "minimum({}, {})", ieee.minimum,   lambda x, y, z: exceeds(y, x), lambda x, y, z: exceeds(x, y))
where:      Op = Op("where",      "where({}, {}, {})", ieee.where,   None, lambda condition, x, y, z: where(condition, 1.0, 0.0), lambda condition, x, y, z: where(condition, 0.0, 1.0))
clip:       Op = Op("clip",       "clip({}, {}, {})", lambda x, low, high: minimum(maximum(x, low), high),
                                                                      lambda x, low, high, z: (1.0 - floor(exceeds(low, x))) * (1.0 - floor(exceeds(x, high))),
                                                                      lambda x, low, high, z: floor(exceeds(low, x)) * (1.0 - floor(exceeds(low, high))),
                                                                      lambda x, low, high, z: floor(exceeds(maximum(x, low), high)))
identity:   Op = Op("identity",   "identity({})",    lambda x: x,    1.0)           # the same number, as another node
detach:     Op = Op("detach",     "detach({})",      lambda x: x,    None)

add_all:    Op = Op("sum",        lambda n: " + ".join(["{}"] * n), ieee.add_all, lambda x, z: [1.0] * len(x), variadic=True)
dot:        Op = Op("dot",        _dot_text,         ieee.dot,       lambda x, z: [*x[len(x) // 2:-1], *x[:len(x) // 2], 1.0], variadic=True)  # of (*weights, *inputs, bias)
logsumexp:  Op = Op("logsumexp",  lambda n: f"logsumexp([{', '.join(['{}'] * n)}])", _logsumexp, lambda x, z: softmax_of(x), variadic=True)
