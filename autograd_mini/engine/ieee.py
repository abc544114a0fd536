"""Python's arithmetic and `math` as IEEE 754 means them: no exception, no complex number.

Python raises for `1 / 0.0`, `math.exp(1000)` and `math.log(0)`, and `(-1.0) ** 0.5` is complex.
Here the first three are inf, inf and -inf, as in C, NumPy and PyTorch, and the last is nan.
Everything takes floats and gives a float. Where `math` does the right thing already, it is used.
"""

import math
from collections.abc import Callable, Mapping
from math import asinh, atan, atan2, copysign, erf, inf, nan, tanh

from autograd_mini.engine.reals import number as number

__all__ = [
    "acos", "acosh", "add_all", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "cos", "cosh",
    "div", "dot", "erf", "exceeds", "exp", "expm1", "floor", "heaviside", "log", "log1p", "log2",
    "log10", "maximum", "minimum", "mod", "power", "relu", "sigmoid", "sign", "sin",
    "sinh", "sqrt", "tan", "tanh", "where",
]  # fmt: skip


# -- arithmetic --------------------------------------------------------------------------------


def div(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        return nan if x == 0.0 or x != x else copysign(inf, x) * copysign(1.0, y)


def mod(x: float, y: float) -> float:
    """The remainder with the sign of `y`, as Python's `%`."""
    try:
        return x % y
    except ZeroDivisionError:
        return nan


def power(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0.0 and _is_odd(y) else inf
    except ValueError:  # a negative base with a fraction as exponent, or 0 with a negative one
        return nan if x != 0.0 else copysign(inf, x) if _is_odd(y) else inf


def _is_odd(y: float) -> bool:
    return abs(math.fmod(y, 2.0)) == 1.0


def add_all(*numbers: float) -> float:
    """Left to right; `builtins.sum` compensates from Python 3.12 on, which gives other bits."""
    total = numbers[0]
    for x in numbers[1:]:
        total += x
    return total


def dot(*numbers: float) -> float:
    """((bias + w0*x0) + w1*x1) + ... of the numbers (*weights, *inputs, bias)."""
    n = len(numbers) // 2
    total = numbers[-1]
    for w, x in zip(numbers[:n], numbers[n:]):  # noqa: B905 (the bias is left over)
        total += w * x
    return total


# -- elementary functions ------------------------------------------------------------------------


Function = Callable[[float], float]


def _total(function: Function, poles: Mapping[float, float] | None = None) -> Function:
    """`function`, also where `math` raises: at its poles, outside its domain, on overflow."""
    at_pole = poles or {}

    def total(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return at_pole.get(x, nan)
        except OverflowError:
            return inf

    return total


exp = _total(math.exp)
expm1 = _total(math.expm1)
log = _total(math.log, poles={0.0: -inf})
log1p = _total(math.log1p, poles={-1.0: -inf})
log2 = _total(math.log2, poles={0.0: -inf})
log10 = _total(math.log10, poles={0.0: -inf})
sqrt = _total(math.sqrt)
sin = _total(math.sin)
cos = _total(math.cos)
tan = _total(math.tan)
asin = _total(math.asin)
acos = _total(math.acos)
cosh = _total(math.cosh)
acosh = _total(math.acosh)
atanh = _total(math.atanh, poles={-1.0: -inf, 1.0: inf})


def sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return copysign(inf, x)


# -- activations: each form is the one that cannot overflow ---------------------------------------


def sigmoid(x: float) -> float:
    e = math.exp(-abs(x))
    return 1.0 / (1.0 + e) if x >= 0.0 else e / (1.0 + e)


def relu(x: float) -> float:
    return 0.0 if x <= 0.0 else x  # nan stays nan


# -- kinks and choices: nan in, nan out --------------------------------------------------------


def sign(x: float) -> float:
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x


def heaviside(x: float) -> float:
    return 1.0 if x > 0.0 else 0.0 if x <= 0.0 else x


def exceeds(x: float, y: float) -> float:
    """1 if x > y, one half if they are equal, 0 if x < y."""
    return 1.0 if x > y else 0.5 if x == y else 0.0 if x < y else nan


def floor(x: float) -> float:
    return x // 1.0 if abs(x) < inf else x


def ceil(x: float) -> float:
    return -floor(-x)


def maximum(x: float, y: float) -> float:
    return x if x >= y or x != x else y


def minimum(x: float, y: float) -> float:
    return x if x <= y or x != x else y


def where(condition: float, a: float, b: float) -> float:
    """`a` where the condition is not zero, else `b`; nan where the condition is nan."""
    return b if condition == 0.0 else a if condition == condition else nan
