"""How Python writes the primitive rows, and the functions that a program brings along for it.

The functions do what those of `ieee.py` do, so that a program needs only `math`.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable

from autograd_mini.engine import ops

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_mini.engine.ops import Op

# Operators, with their precedence: what binds tighter needs no parentheses inside.
OPERATORS: dict[Op, tuple[str, int]] = {
    ops.add: ("{} + {}", 1),
    ops.sub: ("{} - {}", 1),
    ops.mul: ("{} * {}", 2),
    ops.neg: ("-{}", 3),
}

# Everything else, whose operands are names or numbers. Where `math` never raises it is called.
CALLS: dict[Op, str] = {
    ops.div: "div({}, {})",
    ops.power: "power({}, {})",
    ops.mod: "mod({}, {})",
    ops.absolute: "abs({})",
    ops.exp: "exp({})",
    ops.expm1: "expm1({})",
    ops.log: "log({})",
    ops.log1p: "log1p({})",
    ops.log2: "log2({})",
    ops.log10: "log10({})",
    ops.sqrt: "sqrt({})",
    ops.sin: "sin({})",
    ops.cos: "cos({})",
    ops.tan: "tan({})",
    ops.asin: "asin({})",
    ops.acos: "acos({})",
    ops.atan: "math.atan({})",
    ops.atan2: "math.atan2({}, {})",
    ops.sinh: "sinh({})",
    ops.cosh: "cosh({})",
    ops.tanh: "math.tanh({})",
    ops.asinh: "math.asinh({})",
    ops.acosh: "acosh({})",
    ops.atanh: "atanh({})",
    ops.erf: "math.erf({})",
    ops.sigmoid: "sigmoid({})",
    # Of the choices, the two of every network are written out: a call takes five times as long.
    ops.relu: "0.0 if {0} <= 0.0 else {0}",
    ops.heaviside: "1.0 if {0} > 0.0 else 0.0 if {0} <= 0.0 else {0}",
    ops.sign: "sign({})",
    ops.exceeds: "exceeds({}, {})",
    ops.floor: "floor({})",
    ops.ceil: "ceil({})",
    ops.maximum: "maximum({}, {})",
    ops.minimum: "minimum({}, {})",
    ops.where: "where({}, {}, {})",
}


def _guarded(name: str, *answers: str) -> str:
    lines = [f"def {name}(x):", "    try:", f"        return math.{name}(x)"]
    for error, answer in zip(answers[::2], answers[1::2], strict=True):
        lines += [f"    except {error}:", f"        return {answer}"]
    return "\n".join(lines)


_DOMAIN, _OVERFLOW = ("ValueError", "math.nan"), ("OverflowError", "math.inf")

HELPERS: dict[str, str] = {
    "div": """\
def div(x, y):
    try:
        return x / y
    except ZeroDivisionError:
        if x == 0.0 or x != x:
            return math.nan
        return math.copysign(math.inf, x) * math.copysign(1.0, y)""",
    "mod": """\
def mod(x, y):
    try:
        return x % y
    except ZeroDivisionError:
        return math.nan""",
    "power": """\
def power(x, y):
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0.0 and abs(math.fmod(y, 2.0)) == 1.0 else math.inf
    except ValueError:  # a negative base with a fraction as exponent, or 0 with a negative one
        if x != 0.0:
            return math.nan
        return math.copysign(math.inf, x) if abs(math.fmod(y, 2.0)) == 1.0 else math.inf""",
    "exp": _guarded("exp", *_OVERFLOW),
    "expm1": _guarded("expm1", *_OVERFLOW),
    "log": _guarded("log", "ValueError", "-math.inf if x == 0.0 else math.nan"),
    "log1p": _guarded("log1p", "ValueError", "-math.inf if x == -1.0 else math.nan"),
    "log2": _guarded("log2", "ValueError", "-math.inf if x == 0.0 else math.nan"),
    "log10": _guarded("log10", "ValueError", "-math.inf if x == 0.0 else math.nan"),
    "sqrt": _guarded("sqrt", *_DOMAIN),
    "sin": _guarded("sin", *_DOMAIN),
    "cos": _guarded("cos", *_DOMAIN),
    "tan": _guarded("tan", *_DOMAIN),
    "asin": _guarded("asin", *_DOMAIN),
    "acos": _guarded("acos", *_DOMAIN),
    "sinh": _guarded("sinh", "OverflowError", "math.copysign(math.inf, x)"),
    "cosh": _guarded("cosh", *_OVERFLOW),
    "acosh": _guarded("acosh", *_DOMAIN),
    "atanh": _guarded(
        "atanh", "ValueError", "math.copysign(math.inf, x) if abs(x) == 1.0 else math.nan"
    ),
    "sigmoid": """\
def sigmoid(x):
    e = math.exp(-abs(x))
    return 1.0 / (1.0 + e) if x >= 0.0 else e / (1.0 + e)""",
    "sign": """\
def sign(x):
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x""",
    "exceeds": """\
def exceeds(x, y):
    return 1.0 if x > y else 0.5 if x == y else 0.0 if x < y else math.nan""",
    "floor": """\
def floor(x):
    return x // 1.0 if abs(x) < math.inf else x""",
    "ceil": """\
def ceil(x):
    return -(-x // 1.0) if abs(x) < math.inf else x""",
    "maximum": """\
def maximum(x, y):
    return x if x >= y or x != x else y""",
    "minimum": """\
def minimum(x, y):
    return x if x <= y or x != x else y""",
    "where": """\
def where(condition, a, b):
    return b if condition == 0.0 else a if condition == condition else math.nan""",
}

# What no variable may be called: Python's own words, what a program uses, what it defines.
RESERVED = (
    frozenset(keyword.kwlist)
    | frozenset(HELPERS)
    | frozenset("abs math parameters PARAMETERS value value_and_gradient".split())
)


def helpers_for(rows: Iterable[Op]) -> list[str]:
    """The texts of the functions that these rows need, in the order of the table.

    >>> print(*helpers_for([ops.mul, ops.sqrt, ops.tanh]))
    def sqrt(x):
        try:
            return math.sqrt(x)
        except ValueError:
            return math.nan
    """
    called = {CALLS[op].partition("(")[0] for op in rows if op in CALLS}
    return [text for name, text in HELPERS.items() if name in called]
