"""Every operation, once: how it is written, how it is computed, how it changes.

The table, below, has a row for each: the only place that contains a derivative. In its rules,

    x, y   are the arguments of the operation, in order,
    z      is its result,

and the rule gives the local derivative, ∂z/∂x or ∂z/∂y. One that is always the same is written as a
number. None is a stop-gradient: nothing passes there. A 0.0 is multiplied (inf * 0 is nan).
Rules speak only in `+ - *` and in other rows: `div(x, y)` and not `x / y`, which Python refuses at
0. They never ask `if`. So they answer in whatever flows through them: floats give a number, as in
`backward()`, and `Value`s give the gradient as a graph, which can be differentiated again.

At first, skip from `__init__` to the table, and read its rows down to `neg`, then `exp` and `tanh`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import reduce

from autograd_mini.engine import hints, ieee

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Op:
    """One row of the table: an operation's name, its notation, its forward function, its rules.

    >>> cube = Op("cube", "{}³", lambda x: x * x * x, lambda x, z: 3.0 * x * x)
    >>> cube(2.0)
    8.0

    `text` is a format string with a `{}` for each argument; so is `latex`, where the text will not
    do. There is one rule for each argument, else it is a `ValueError`. A `variadic` row takes any
    number of arguments: its `text` is a function from that number to the format string, and its one
    rule takes (arguments, z) and gives all local derivatives. `forward` takes floats and gives one.
    """

    def __init__(
        self,
        name: str,
        text: str | Callable[[int], str],
        forward: Callable[..., Any],
        *rules: Callable[..., Any] | float | None,
        latex: str | None = None,
        variadic: bool = False,
        facts: Any = None,  # what else is known of it, as in facts.py
    ) -> None:
        slots = 1 if callable(text) else text.count("{}")
        if slots != len(rules) or not rules or callable(text) != variadic:
            found = f"{len(rules)} rules, but {slots} arguments in {text!r}, {variadic=}"
            raise ValueError(f"{name!r} has {found}; give as many of each, at least one")
        self.name, self.text, self.latex, self.facts = name, text, latex, facts
        self.forward, self.rules, self.variadic = forward, rules, variadic
        bare = "" if callable(text) else text.replace("{}", "").strip()
        self.symbol = bare if bare in ("+", "-", "*", "/", "**", "%") else name
        # What writing.py has made of the rules: by which arguments vary, and by how many there are.
        self.contributions: dict[Any, Callable[[Any], None]] = {}
        self.for_many: dict[int, tuple[Any, Any]] = {}

    def __repr__(self) -> str:
        return f"Op({self.name!r})"

    def __call__(self, *arguments: Any) -> Any:
        """A float for numbers; a `Value` for `Value`s, which have a method `_apply` to make it."""
        if len(arguments) == 1 and type(arguments[0]) is float:  # the usual call in a rule
            return self.forward(arguments[0])
        return self.apply(arguments)

    def apply(self, arguments: tuple[Any, ...]) -> Any:
        """The same, called with a tuple of arguments."""
        if len(arguments) != len(self.rules) and not self.variadic:
            raise hints.wrong_count(self.name, len(self.rules), len(arguments))
        for argument in arguments:
            if type(argument) is not float and hasattr(argument, "_apply"):
                return argument._apply(self, arguments)
        return self.forward(*map(ieee.number, arguments))

    def derivatives(
        self, arguments: Sequence[Any], z: Any, varying: Sequence[bool] | None = None
    ) -> tuple[Any, ...]:
        """The local derivatives with respect to the arguments, given their result, z.

        >>> power.derivatives((-3.0, 2.0), 9.0, varying=(True, False))
        (-6.0, None)

        None where no gradient passes: at stop-gradients, and at constants, where `varying` is
        False. Their rules never run: the exponent's is z * log(x), which has no business at -3.
        (A variadic row has a single rule, which gives all.)
        """
        many: Any = self.rules[0]
        rules = many(tuple(arguments), z) if self.variadic else self.rules
        found = []
        for rule, varies in zip(rules, varying or [True] * len(arguments), strict=True):
            found.append((rule(*arguments, z) if callable(rule) else rule) if varies else None)
        return tuple(found)


LOG2_OF_E, LOG10_OF_E, SQRT_HALF = 1.4426950408889634, 0.4342944819032518, 0.7071067811865476
TWO_OVER_SQRT_PI, ONE_OVER_SQRT_TWO_PI = 1.1283791670955126, 0.3989422804014327
LARGEST, SMALLEST, LOG_OF_0 = 1.7976931348623157e308, 5e-324, -1e77  # whose 4th power is finite


def _at_once(row: Op, x: Any, *others: Any) -> Any:
    """The row's result; where x decides and is a plain number, it is decided without a node."""
    return (row.forward if type(x) is float else row)(x, *others)


def _finite(x: Any) -> Any:
    """x, but the largest number for an infinity: inf * 0 and inf / inf would be nan."""
    return minimum(maximum(x, -LARGEST), LARGEST)


def _length(x: Any, y: Any) -> Any:
    """The square root of x² + y², without overflow; above 0 at the origin, to be divided by."""
    scale = clip(maximum(abs(x), abs(y)), SMALLEST, LARGEST)
    x, y = div(x, scale), div(y, scale)
    return maximum(scale * sqrt(x * x + y * y), SMALLEST)


def _peak(x: Sequence[Any]) -> Any:
    """The largest, a finite constant, which is subtracted first to keep `exp` from overflowing."""
    return detach(clip(reduce(maximum, x), -LARGEST, LARGEST))


def _logsumexp(*x: Any) -> Any:
    peak = _peak(x)
    gaps = [value - peak for value in x]
    ties = add_all(-1.0, *[_at_once(where, gap, 0.0, 1.0) for gap in gaps])
    return peak + log1p(add_all(*[_at_once(where, gap, exp(gap), 0.0) for gap in gaps]) + ties)


def softmax_of(x: Sequence[Any]) -> list[Any]:
    """exp(x) of each over the sum of all: the local derivatives of `logsumexp`."""
    peak = _peak(x)
    powers = [exp(minimum(value, LARGEST) - peak) for value in x]
    total = add_all(*powers)
    return [div(power, total) for power in powers]


# fmt: off
# -- the table -------------------------------------------------------------------------------------
#                     name          text               forward         local derivatives, one for each argument

add:        Op = Op("add",        "{} + {}",         operator.add,   1.0, 1.0)
sub:        Op = Op("sub",        "{} - {}",         operator.sub,   1.0, -1.0)
mul:        Op = Op("mul",        "{} * {}",         operator.mul,   lambda x, y, z: y, lambda x, y, z: x)
div:        Op = Op("div",        "{} / {}",         ieee.div,       lambda x, y, z: div(1.0, y), lambda x, y, z: -div(z, y))
neg:        Op = Op("neg",        "-{}",             operator.neg,   -1.0)
times:      Op = Op("times",      "{} * {}",         lambda x, y: _at_once(where, x, x * y, 0.0), lambda x, y, z: y, lambda x, y, z: x)  # 0 where x is 0
# By y: z * log(x). Where x is 0 the logarithm is kept finite, for z may be 0; and 0 ** 0 is constant.
power:      Op = Op("power",      "{} ** {}",        ieee.power,     lambda x, y, z: _at_once(times, y, power(x, y - 1.0)),
                                                                      lambda x, y, z: z * _at_once(where, x, log(_at_once(where, x, x, 1.0)), _at_once(where, y, LOG_OF_0, 0.0)))
# x % y is x less a multiple of y: (x - z) / y rounded says which, and -1 as in -5 % inf, which is inf.
mod:        Op = Op("mod",        "{} % {}",         ieee.mod,       1.0, lambda x, y, z: -floor(detach(_at_once(where, div(1.0, z), div(x, y) - div(z, y) + 0.5, -1.0))))
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
asin:       Op = Op("asin",       "asin({})",        ieee.asin,      lambda x, z: div(1.0, leg(x)))
acos:       Op = Op("acos",       "acos({})",        ieee.acos,      lambda x, z: -div(1.0, leg(x)))
atan:       Op = Op("atan",       "atan({})",        ieee.atan,      lambda x, z: div(1.0, 1.0 + _finite(x) * _finite(x)))
atan2:      Op = Op("atan2",      "atan2({}, {})",   ieee.atan2,     lambda x, y, z: div(div(_finite(y), length(x, y)), length(x, y)), lambda x, y, z: -div(div(_finite(x), length(x, y)), length(x, y)))
length:     Op = Op("length",     "length({}, {})",  _length,        lambda x, y, z: div(_finite(x), _finite(z)), lambda x, y, z: div(_finite(y), _finite(z)))
leg:        Op = Op("leg",        "leg({})",         lambda x: sqrt((1.0 - x) * (1.0 + x)), lambda x, z: -div(x, z))
sinh:       Op = Op("sinh",       "sinh({})",        ieee.sinh,      lambda x, z: cosh(x))
cosh:       Op = Op("cosh",       "cosh({})",        ieee.cosh,      lambda x, z: sinh(x))
tanh:       Op = Op("tanh",       "tanh({})",        ieee.tanh,      lambda x, z: 1.0 - z * z)
asinh:      Op = Op("asinh",      "asinh({})",       ieee.asinh,     lambda x, z: div(1.0, length(1.0, x)))
acosh:      Op = Op("acosh",      "acosh({})",       ieee.acosh,     lambda x, z: div(div(1.0, sqrt(x - 1.0)), sqrt(x + 1.0)))
atanh:      Op = Op("atanh",      "atanh({})",       ieee.atanh,     lambda x, z: div(0.5, 1.0 - x) + div(0.5, 1.0 + x))
erf:        Op = Op("erf",        "erf({})",         ieee.erf,       lambda x, z: TWO_OVER_SQRT_PI * exp(-_finite(x) * _finite(x)))

sigmoid:    Op = Op("sigmoid",    "sigmoid({})",     ieee.sigmoid,   lambda x, z: z * (1.0 - z))
relu:       Op = Op("relu",       "relu({})",        ieee.relu,      lambda x, z: heaviside(x))
leaky_relu: Op = Op("leaky_relu", "leaky_relu({})",  lambda x: maximum(x, 0.01 * x), lambda x, z: 0.01 + 0.99 * heaviside(x))
elu:        Op = Op("elu",        "elu({})",         lambda x: maximum(x, 0.0) + expm1(minimum(x, 0.0)), lambda x, z: exp(minimum(x, 0.0)))
softplus:   Op = Op("softplus",   "softplus({})",    lambda x: maximum(x, 0.0) + log1p(exp(-abs(x))), lambda x, z: sigmoid(x))
# The next two clip x where the other factor is 0 or 1 to the last bit, for inf * 0 would be nan.
silu:       Op = Op("silu",       "silu({})",        lambda x: maximum(x, -1e4) * sigmoid(x), lambda x, z: sigmoid(x) * (1.0 + clip(x, -1e4, 1e4) * sigmoid(-x)))
gelu:       Op = Op("gelu",       "gelu({})",        lambda x: maximum(x, -40.0) * (0.5 + 0.5 * erf(x * SQRT_HALF)), lambda x, z: 0.5 + 0.5 * erf(x * SQRT_HALF) + clip(x, -40.0, 40.0) * ONE_OVER_SQRT_TWO_PI * exp(-0.5 * _finite(x) * _finite(x)))

sign:       Op = Op("sign",       "sign({})",        ieee.sign,      0.0)
heaviside:  Op = Op("heaviside",  "heaviside({})",   ieee.heaviside, 0.0)           # 1 if x > 0, else 0
exceeds:    Op = Op("exceeds",    "exceeds({}, {})", ieee.exceeds,   0.0, 0.0)      # 1 if x > y, 1/2 if equal, else 0
floor:      Op = Op("floor",      "floor({})",       ieee.floor,     0.0)
ceil:       Op = Op("ceil",       "ceil({})",        ieee.ceil,      0.0)
maximum:    Op = Op("maximum",    "maximum({}, {})", ieee.maximum,   lambda x, y, z: exceeds(x, y), lambda x, y, z: exceeds(y, x))
minimum:    Op = Op("minimum",    "minimum({}, {})", ieee.minimum,   lambda x, y, z: exceeds(y, x), lambda x, y, z: exceeds(x, y))
where:      Op = Op("where",      "where({}, {}, {})", ieee.where,   None, lambda condition, x, y, z: where(condition, 1.0, 0.0), lambda condition, x, y, z: where(condition, 0.0, 1.0))
# floor(exceeds(a, b)) is 1 where a is above b, and 0 where they are equal, too.
clip:       Op = Op("clip",       "clip({}, {}, {})", lambda x, low, high: minimum(maximum(x, low), high),
                                                                      lambda x, low, high, z: (1.0 - floor(exceeds(low, x))) * (1.0 - floor(exceeds(x, high))),
                                                                      lambda x, low, high, z: floor(exceeds(low, x)) * (1.0 - floor(exceeds(low, high))), lambda x, low, high, z: floor(exceeds(maximum(x, low), high)))
identity:   Op = Op("identity",   "identity({})",    lambda x: x,    1.0)           # the same number, as another node
detach:     Op = Op("detach",     "detach({})",      lambda x: x,    None)

add_all:    Op = Op("sum",        lambda n: " + ".join(["{}"] * n), ieee.add_all, lambda x, z: [1.0] * len(x), variadic=True)
dot:        Op = Op("dot",        lambda n: " + ".join([f"{{{n - 1}}}", *[f"{{{i}}} * {{{n // 2 + i}}}" for i in range(n // 2)]]), ieee.dot, lambda x, z: [*x[len(x) // 2:-1], *x[:len(x) // 2], 1.0], variadic=True)  # of (*weights, *inputs, bias)
logsumexp:  Op = Op("logsumexp",  lambda n: f"logsumexp([{', '.join(['{}'] * n)}])", _logsumexp, lambda x, z: softmax_of(x), variadic=True)
