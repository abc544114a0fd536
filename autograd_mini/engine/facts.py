"""What is known of every operation beside how it is written, computed and changes.

The table, below, has a row for each row of `ops.py`, in the same order. Whoever speaks of an
operation asks here: the reasons for a gradient, the questions, the networks, the pictures, LaTeX.

>>> facts_of(ops.sigmoid).largest_slope
0.25
>>> facts_of(ops.log).domain.format(x="a + b")
'a + b > 0'

An operation of your own may bring its facts along, `Op(..., facts=Facts(...))`, and has none else.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import inf
from typing import Any

from autograd_mini.engine import ieee, ops
from autograd_mini.engine.ops import Op


class Facts:
    """What is known of one operation; what is not said does not apply, or nobody knows it.

    >>> step = Op("step", "step({})", ieee.heaviside, 0.0, facts=Facts(kind="step", jumps="0"))
    >>> facts_of(step).jumps, facts_of(step).domain
    ('0', '')

    In texts, {x} and {y} stand for the operands, and {z} for the result. A name that is not below
    is a `TypeError`.
    """

    kind: str = ""  # arithmetic, elementary, activation, step, choice, stop_gradient or reduction
    form: str = ""  # in algebra: a sum, difference, product, quotient or dot
    meaning: str = ""  # what the result is, as in "sign(x) is ..."
    symmetric: bool = False  # the operands can be exchanged

    # How it is written elsewhere.
    latex: str = ""  # where the text will not do
    apart: tuple[int, ...] = ()  # operands that LaTeX keeps apart, as a fraction's bar does
    aliases: tuple[str, ...] = ()  # its names in other libraries
    python: Callable[..., Any] | None = None  # Python's operator

    # Its trouble, and what to do about it.
    domain: str = ""  # where it is defined
    pole: Callable[..., bool] | None = None  # whether it or its slope is infinite there
    keep: str = ""  # what keeps clear of that, and the same as a rule on the operands
    remedy: Callable[..., Any] | None = None
    overflow: str = ""  # what to do where its result is too large for a float

    # Its slope.
    largest_slope: float | None = None  # in size, if there is a bound
    steep: tuple[float, float] | None = None  # where the size is above 0.01, if nowhere outside
    fades: bool = False  # it is 0 at an infinite operand or result, though not saturated
    level_at: str = ""  # where it is 0, though not on a whole interval
    kinks: tuple[float, ...] = ()  # where it jumps, and counts as 0 or as one of both sides
    jumps: str = ""  # where the operation itself jumps
    zero_slope: str = ""  # the kind of cause, as in `why`, that a slope of 0 is
    closed: str = ""  # why nothing comes back to an operand whose slope is 0
    stop_gradient: str = ""  # of the operand that has no rule: what is done with it
    condition: int | None = None  # the operand that decides between the others

    # In networks.
    title: str = ""  # of an activation, as in "ReLU neurons"
    init: str = ""  # where the weights before it should begin; "xavier" unless it is said
    ends_losses: bool = False  # after a neuron it may as well be the loss

    # In lessons, and in engines that others write.
    inverse: Callable[[float], float] | None = None
    by_hand: tuple[float, ...] = ()  # results whose slope can be worked out without a table
    expected: bool = False  # an engine without it lacks something
    convention: bool = False  # others define it with other numbers
    made_of: tuple[str, ...] = ()  # how engines without a rule for it compute it

    def __init__(self, **known: object) -> None:
        unknown = known.keys() - Facts.__annotations__.keys()
        if unknown:
            raise TypeError(f"no such facts: {', '.join(sorted(unknown))}; see Facts")
        vars(self).update(known)


def facts_of(op: Op | None) -> Facts:
    """The facts that an operation brings along, else those of the table, else none; so of None."""
    if op is None:
        return NOTHING
    return op.facts or FACTS.get(op, NOTHING)


NOTHING = Facts()


def _is(*numbers: float) -> Callable[[float], bool]:
    return lambda x: x in numbers


def _zero_at(position: int) -> Callable[..., bool]:
    return lambda *numbers: numbers[position] == 0.0


# What several rows share.
_FADING = {"kind": "elementary", "fades": True}
_POSITIVE = {"pole": _is(0.0), "keep": "{x} above 0"}
_UP_TO_1 = {"pole": _is(-1.0, 1.0), "keep": "{x} between -1 and 1"}
_DIVISOR = {"keep": "{y} away from 0", "remedy": lambda x, y: y + 1e-12}
_POWERS = "exp takes 709 at most; logsumexp, softmax, sigmoid and the losses do not overflow."
_DECIDED = "{x} does not decide what {z} is, but another operand of clip does"
_STEP = {"kind": "step", "largest_slope": 0.0}
_CHOICE = {"kind": "choice", "zero_slope": "not_chosen", "largest_slope": 1.0}

# fmt: off
# -- the table -------------------------------------------------------------------------------------

FACTS: dict[Op, Facts] = {
    ops.add: Facts(
        kind="arithmetic", form="sum", meaning="x and y together", symmetric=True,
        largest_slope=1.0, python=operator.add, expected=True),
    ops.sub: Facts(
        kind="arithmetic", form="difference", meaning="x less y", largest_slope=1.0,
        python=operator.sub, expected=True, made_of=("x + (-y)", "x + y * (-1)")),
    ops.mul: Facts(
        kind="arithmetic", form="product", meaning="x times y", symmetric=True,
        latex=r"{} \cdot {}", python=operator.mul, expected=True),
    ops.div: Facts(
        kind="arithmetic", form="quotient", meaning="x divided by y",
        domain="a divisor other than 0", pole=_zero_at(1), **_DIVISOR, fades=True,
        latex=r"\frac{{{}}}{{{}}}", apart=(0, 1), python=operator.truediv, expected=True,
        made_of=("x * y ** (-1)",)),
    ops.neg: Facts(
        kind="arithmetic", meaning="x with the other sign", largest_slope=1.0, python=operator.neg,
        expected=True, made_of=("x * (-1)",)),
    ops.times: Facts(
        kind="arithmetic", form="product", meaning="x times y, and 0 where x is 0, whatever y is",
        symmetric=True, latex=r"{} \cdot {}"),
    ops.power: Facts(
        kind="arithmetic", form="power", meaning="x to the power of y", fades=True,
        level_at="{x} = 0", domain="{x} >= 0, or a whole number as exponent", pole=_zero_at(0),
        keep="{x} above 0", remedy=lambda x, y: ops.maximum(x, 1e-12),
        latex=r"{}^{{{}}}", apart=(1,), aliases=("pow",), python=operator.pow, expected=True),
    ops.mod: Facts(
        kind="arithmetic", meaning="the remainder of x divided by y, with the sign of y",
        domain="finite {x}, and a divisor other than 0", **_DIVISOR, jumps="multiples of {y}",
        latex=r"{} \mathbin{{\mathrm{{mod}}}} {}", python=operator.mod),
    ops.absolute: Facts(
        kind="elementary", meaning="x without its sign", largest_slope=1.0, kinks=(0.0,),
        level_at="0", latex=r"\left|{}\right|", python=operator.abs),

    ops.exp: Facts(
        kind="elementary", meaning="e to the power of x", steep=(-4.7, inf), overflow=_POWERS,
        latex=r"\exp\left({}\right)", inverse=ieee.log, by_hand=(2.0, 3.0, 4.0, 5.0, 0.5),
        expected=True),
    ops.expm1: Facts(
        kind="elementary", meaning="exp(x) - 1, exact near 0", steep=(-4.7, inf), overflow=_POWERS),
    ops.log: Facts(
        **_FADING, **_POSITIVE, meaning="the natural logarithm of x", domain="{x} > 0",
        remedy=lambda x: ops.log(ops.maximum(x, 1e-12)),
        latex=r"\ln\left({}\right)", aliases=("ln",), expected=True),
    ops.log1p: Facts(
        **_FADING, meaning="log(1 + x), exact near 0", domain="{x} > -1", pole=_is(-1.0),
        keep="{x} above -1", remedy=lambda x: ops.log1p(ops.maximum(x, -0.999))),
    ops.log2: Facts(
        **_FADING, **_POSITIVE, meaning="the logarithm of x to base 2", domain="{x} > 0",
        remedy=lambda x: ops.log2(ops.maximum(x, 1e-12)), latex=r"\log_2\left({}\right)"),
    ops.log10: Facts(
        **_FADING, **_POSITIVE, meaning="the logarithm of x to base 10", domain="{x} > 0",
        remedy=lambda x: ops.log10(ops.maximum(x, 1e-12)), latex=r"\log_{{10}}\left({}\right)"),
    ops.sqrt: Facts(
        **_FADING, **_POSITIVE, meaning="the square root of x", domain="{x} >= 0",
        remedy=lambda x: ops.sqrt(ops.maximum(x, 1e-12)), latex=r"\sqrt{{{}}}", apart=(0,),
        made_of=("x ** 0.5",)),

    ops.sin: Facts(
        kind="elementary", meaning="the sine of x, in radians", domain="finite {x}",
        largest_slope=1.0, level_at="odd multiples of pi / 2", latex=r"\sin\left({}\right)"),
    ops.cos: Facts(
        kind="elementary", meaning="the cosine of x, in radians", domain="finite {x}",
        largest_slope=1.0, level_at="multiples of pi", latex=r"\cos\left({}\right)"),
    ops.tan: Facts(
        kind="elementary", meaning="the tangent of x, in radians", domain="finite {x}",
        latex=r"\tan\left({}\right)", made_of=("sin(x) / cos(x)",)),
    ops.asin: Facts(
        kind="elementary", meaning="the angle, in radians, whose sine is x",
        domain="-1 <= {x} <= 1", **_UP_TO_1, remedy=lambda x: ops.asin(ops.clip(x, -0.999, 0.999)),
        latex=r"\arcsin\left({}\right)", aliases=("arcsin",)),
    ops.acos: Facts(
        kind="elementary", meaning="the angle, in radians, whose cosine is x",
        domain="-1 <= {x} <= 1", **_UP_TO_1, remedy=lambda x: ops.acos(ops.clip(x, -0.999, 0.999)),
        latex=r"\arccos\left({}\right)", aliases=("arccos",)),
    ops.atan: Facts(
        kind="elementary", meaning="the angle, in radians, whose tangent is x", largest_slope=1.0,
        steep=(-10.0, 10.0), latex=r"\arctan\left({}\right)", aliases=("arctan",)),
    ops.atan2: Facts(
        kind="elementary", meaning="the angle of the point with height x and width y", fades=True,
        aliases=("arctan2",)),
    ops.length: Facts(
        kind="elementary", meaning="the square root of x * x + y * y", symmetric=True, fades=True,
        largest_slope=1.0),
    ops.leg: Facts(
        kind="elementary", meaning="the square root of 1 - x * x", domain="-1 <= {x} <= 1",
        **_UP_TO_1, level_at="0", remedy=lambda x: ops.leg(ops.clip(x, -0.999, 0.999))),
    ops.sinh: Facts(
        kind="elementary", meaning="the hyperbolic sine of x", latex=r"\sinh\left({}\right)"),
    ops.cosh: Facts(
        kind="elementary", meaning="the hyperbolic cosine of x", level_at="0",
        latex=r"\cosh\left({}\right)"),
    ops.tanh: Facts(
        kind="activation", meaning="the hyperbolic tangent of x, between -1 and 1", title="Tanh",
        largest_slope=1.0, steep=(-3.0, 3.0), latex=r"\tanh\left({}\right)", expected=True,
        inverse=ieee.atanh, by_hand=(0.5, -0.5, 0.6, -0.6, 0.8, -0.8),
        made_of=("e = exp(x * 2); (e - 1) / (e + 1)", "u = exp(x); d = exp(-x); (u-d) / (u+d)")),
    ops.asinh: Facts(
        kind="elementary", meaning="the number whose sinh is x", fades=True, largest_slope=1.0,
        aliases=("arcsinh",)),
    ops.acosh: Facts(
        kind="elementary", meaning="the number whose cosh is x", domain="{x} >= 1", fades=True,
        pole=_is(1.0), keep="{x} above 1", remedy=lambda x: ops.acosh(ops.maximum(x, 1.001)),
        aliases=("arccosh",)),
    ops.atanh: Facts(
        kind="elementary", meaning="the number whose tanh is x", domain="-1 < {x} < 1", fades=True,
        **_UP_TO_1, remedy=lambda x: ops.atanh(ops.clip(x, -0.999, 0.999)), aliases=("arctanh",)),
    ops.erf: Facts(
        kind="elementary", meaning="the error function of x, between -1 and 1",
        largest_slope=ops.TWO_OVER_SQRT_PI, steep=(-2.2, 2.2)),

    ops.sigmoid: Facts(
        kind="activation", meaning="1 / (1 + exp(-x)), between 0 and 1", title="Sigmoid",
        largest_slope=0.25, steep=(-4.6, 4.6), latex=r"\sigma\left({}\right)", expected=True,
        inverse=lambda z: ieee.log(z / (1.0 - z)), by_hand=(0.5, 0.2, 0.8, 0.4, 0.6),
        made_of=("e = exp(-x); 1 / (e + 1)",)),
    ops.relu: Facts(
        kind="activation", meaning="x where x > 0, else 0", title="ReLU", largest_slope=1.0,
        kinks=(0.0,), zero_slope="closed_relu", closed="{x} is not above 0, where relu is flat",
        init="he", expected=True),
    ops.leaky_relu: Facts(
        kind="activation", meaning="x where x > 0, else 0.01 * x", title="LeakyReLU",
        largest_slope=1.0, kinks=(0.0,), convention=True),
    ops.elu: Facts(
        kind="activation", meaning="x where x > 0, else exp(x) - 1", title="ELU",
        largest_slope=1.0, steep=(-4.7, inf), convention=True),
    ops.softplus: Facts(
        kind="activation", meaning="log(1 + exp(x)), a smooth relu", title="Softplus",
        largest_slope=1.0, steep=(-4.6, inf), ends_losses=True),
    ops.silu: Facts(
        kind="activation", meaning="x * sigmoid(x), a smooth relu", title="SiLU",
        largest_slope=1.0998393201285284, steep=(-6.3, inf), level_at="-1.278"),
    ops.gelu: Facts(
        kind="activation", meaning="x times the share of a normal distribution below x",
        title="GELU", largest_slope=1.1289041451825208, steep=(-3.1, inf), level_at="-0.752",
        convention=True),

    ops.sign: Facts(**_STEP, meaning="1 where x > 0, -1 where x < 0, else 0", jumps="0"),
    ops.heaviside: Facts(**_STEP, meaning="1 where x > 0, else 0", jumps="0"),
    ops.exceeds: Facts(
        **_STEP, meaning="1 where x > y, 1/2 where they are equal, else 0", jumps="{x} = {y}"),
    ops.floor: Facts(
        **_STEP, meaning="the largest whole number that is not above x", jumps="whole numbers",
        latex=r"\left\lfloor {} \right\rfloor"),
    ops.ceil: Facts(
        **_STEP, meaning="the smallest whole number that is not below x", jumps="whole numbers",
        latex=r"\left\lceil {} \right\rceil"),
    ops.maximum: Facts(
        **_CHOICE, meaning="the larger one of x and y", symmetric=True, aliases=("max",),
        closed="{x} is not the larger one, so it does not decide what {z} is",
        latex=r"\max\left({}, {}\right)"),
    ops.minimum: Facts(
        **_CHOICE, meaning="the smaller one of x and y", symmetric=True, aliases=("min",),
        closed="{x} is not the smaller one, so it does not decide what {z} is",
        latex=r"\min\left({}, {}\right)"),
    ops.where: Facts(
        **_CHOICE, meaning="the second operand where the first is not 0, else the third",
        condition=0, closed="{x} was not chosen by where",
        stop_gradient=" for its condition {x}, which only decides between the others"),
    ops.clip: Facts(
        **_CHOICE, meaning="the first operand, kept between the second and the third",
        closed=_DECIDED, aliases=("clamp",)),
    ops.identity: Facts(kind="arithmetic", meaning="x, as another node", largest_slope=1.0),
    ops.detach: Facts(
        kind="stop_gradient", meaning="x, as a number that has no history",
        stop_gradient=": it hands on the number of {x}, and no gradient back"),

    ops.add_all: Facts(
        kind="reduction", form="sum", meaning="all operands together", symmetric=True,
        largest_slope=1.0),
    ops.dot: Facts(
        kind="reduction", form="dot",
        meaning="the bias and, of each weight, its product with an input"),
    ops.logsumexp: Facts(
        kind="reduction", meaning="log(exp(x0) + exp(x1) + ...), a smooth maximum", symmetric=True,
        largest_slope=1.0, zero_slope="outweighed"),
}
# fmt: on
