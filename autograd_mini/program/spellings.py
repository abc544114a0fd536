"""How each language writes each primitive operation, and the functions that it brings along.

The table, below, has a row for each row of `ops.py` whose forward function is in `ieee.py`, and a
column for each language; all other operations are made of these. All compute what their namesakes
in `ieee.py` do, to the bit but for JavaScript, and nan goes through all of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from autograd_mini.engine import ops
from autograd_mini.engine.ops import Op


class Spelling:
    """One operation in each language, with {} for the operands, which are names or numbers.

    In LLVM's, {z} is the result, {x}, {y} and {c} are the operands; {T} is a vector of doubles,
    {M} a vector of truths, {V} what LLVM appends to a name for {T}. Where {may_fuse} is "contract",
    a product and a sum may be rounded once. `am.each.` is in front of functions that are applied
    lane by lane. A name alone stands for the lines in `LLVM_LINES`.

    `precedence` is that of an operator of Python, 0 for the others: what binds tighter needs no
    parentheses inside.
    """

    def __init__(
        self, python: str, c: str, javascript: str, llvm: str, precedence: int = 0
    ) -> None:
        self.python, self.c, self.javascript, self.llvm = python, c, javascript, llvm
        self.precedence = precedence


def _each(name: str) -> str:
    """A function of C's library, on each lane of a vector."""
    return f"{{z}} = call {{T}} @am.each.{name}({{T}} {{x}})"


# fmt: off
# Where Python's `math` never raises it is called; C calls libm through pointers, libm_exp for exp.
#                       Python                C                     JavaScript            LLVM
SPELLINGS: dict[Op, Spelling] = {
    ops.add:       Spelling("{} + {}",            "{} + {}",            "{} + {}",            "{z} = fadd {may_fuse} {T} {x}, {y}", precedence=1),
    ops.sub:       Spelling("{} - {}",            "{} - {}",            "{} - {}",            "{z} = fsub {may_fuse} {T} {x}, {y}", precedence=1),
    ops.mul:       Spelling("{} * {}",            "{} * {}",            "{} * {}",            "{z} = fmul {may_fuse} {T} {x}, {y}", precedence=2),
    ops.div:       Spelling("div({}, {})",        "{} / {}",            "{} / {}",            "{z} = fdiv {T} {x}, {y}"),
    ops.neg:       Spelling("-{}",                "-{}",                "-{}",                "{z} = fneg {T} {x}", precedence=3),
    ops.power:     Spelling("power({}, {})",      "libm_pow({}, {})",   "power({}, {})",      "{z} = call {T} @am.each.pow({T} {x}, {T} {y})"),
    ops.mod:       Spelling("mod({}, {})",        "mod({}, {})",        "mod({}, {})",        "mod"),
    ops.absolute:  Spelling("abs({})",            "fabs({})",           "Math.abs({})",       "{z} = call {T} @llvm.fabs.{V}({T} {x})"),
    ops.exp:       Spelling("exp({})",            "libm_exp({})",       "Math.exp({})",       _each("exp")),
    ops.expm1:     Spelling("expm1({})",          "libm_expm1({})",     "Math.expm1({})",     _each("expm1")),
    ops.log:       Spelling("log({})",            "libm_log({})",       "Math.log({})",       _each("log")),
    ops.log1p:     Spelling("log1p({})",          "libm_log1p({})",     "Math.log1p({})",     _each("log1p")),
    ops.log2:      Spelling("log2({})",           "libm_log2({})",      "Math.log2({})",      _each("log2")),
    ops.log10:     Spelling("log10({})",          "libm_log10({})",     "Math.log10({})",     _each("log10")),
    ops.sqrt:      Spelling("sqrt({})",           "sqrt({})",           "Math.sqrt({})",      "{z} = call {T} @llvm.sqrt.{V}({T} {x})"),
    ops.sin:       Spelling("sin({})",            "libm_sin({})",       "Math.sin({})",       _each("sin")),
    ops.cos:       Spelling("cos({})",            "libm_cos({})",       "Math.cos({})",       _each("cos")),
    ops.tan:       Spelling("tan({})",            "libm_tan({})",       "Math.tan({})",       _each("tan")),
    ops.asin:      Spelling("asin({})",           "libm_asin({})",      "Math.asin({})",      _each("asin")),
    ops.acos:      Spelling("acos({})",           "libm_acos({})",      "Math.acos({})",      _each("acos")),
    ops.atan:      Spelling("math.atan({})",      "libm_atan({})",      "Math.atan({})",      _each("atan")),
    ops.atan2:     Spelling("math.atan2({}, {})", "libm_atan2({}, {})", "Math.atan2({}, {})", "{z} = call {T} @am.each.atan2({T} {x}, {T} {y})"),
    ops.sinh:      Spelling("sinh({})",           "libm_sinh({})",      "sinh({})",           _each("sinh")),
    ops.cosh:      Spelling("cosh({})",           "libm_cosh({})",      "cosh({})",           _each("cosh")),
    ops.tanh:      Spelling("math.tanh({})",      "libm_tanh({})",      "tanh({})",           _each("tanh")),
    ops.asinh:     Spelling("math.asinh({})",     "libm_asinh({})",     "Math.asinh({})",     _each("asinh")),
    ops.acosh:     Spelling("acosh({})",          "libm_acosh({})",     "Math.acosh({})",     _each("acosh")),
    ops.atanh:     Spelling("atanh({})",          "libm_atanh({})",     "Math.atanh({})",     _each("atanh")),
    ops.erf:       Spelling("math.erf({})",       "libm_erf({})",       "erf({})",            _each("erf")),
    ops.sigmoid:   Spelling("sigmoid({})",        "sigmoid({})",        "sigmoid({})",        "sigmoid"),
    # Of the choices, Python writes out the two of every network: a call takes five times as long.
    ops.relu:      Spelling("0.0 if {0} <= 0.0 else {0}", "relu({})",           "relu({})",           "relu"),
    ops.sign:      Spelling("sign({})",           "sign({})",           "Math.sign({})",      "sign"),
    ops.heaviside: Spelling("1.0 if {0} > 0.0 else 0.0 if {0} <= 0.0 else {0}", "heaviside({})",      "heaviside({})",      "heaviside"),
    ops.exceeds:   Spelling("exceeds({}, {})",    "exceeds({}, {})",    "exceeds({}, {})",    "exceeds"),
    ops.floor:     Spelling("floor({})",          "floor({})",          "Math.floor({})",     "floor"),
    ops.ceil:      Spelling("ceil({})",           "ceil({})",           "Math.ceil({})",      "ceil"),
    ops.maximum:   Spelling("maximum({}, {})",    "maximum({}, {})",    "maximum({}, {})",    "maximum"),
    ops.minimum:   Spelling("minimum({}, {})",    "minimum({}, {})",    "minimum({}, {})",    "minimum"),
    ops.where:     Spelling("where({}, {}, {})",  "where({}, {}, {})",  "where({}, {}, {})",  "where"),
}
# fmt: on


# -- Python: a program needs only `math` -----------------------------------------------------------


def _guarded(name: str, *answers: str) -> str:
    lines = [f"def {name}(x):", "    try:", f"        return math.{name}(x)"]
    for error, answer in zip(answers[::2], answers[1::2], strict=True):
        lines += [f"    except {error}:", f"        return {answer}"]
    return "\n".join(lines)


_DOMAIN, _OVERFLOW = ("ValueError", "math.nan"), ("OverflowError", "math.inf")

PYTHON_HELPERS: dict[str, str] = {
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


def python_helpers(rows: Iterable[Op]) -> list[str]:
    """The texts of the functions that these rows need, in the order of the table.

    >>> print(*python_helpers([ops.mul, ops.sqrt, ops.tanh]))
    def sqrt(x):
        try:
            return math.sqrt(x)
        except ValueError:
            return math.nan
    """
    called = {SPELLINGS[op].python.partition("(")[0] for op in rows}
    return [text for name, text in PYTHON_HELPERS.items() if name in called]


# -- C: what math.h has not ------------------------------------------------------------------------

# The functions of libm are called through pointers, one line for each. A compiler that knows the
# number, be it in one branch only, works out sin(1.0) itself, with other last bits than libm's.
C_LIBM: dict[str, str] = {}
for _spelling in sorted(SPELLINGS.values(), key=lambda one: (one.c.count("{}"), one.c)):
    if _spelling.c.startswith("libm_"):
        _name = _spelling.c.partition("(")[0]
        _takes = ", ".join(["double"] * _spelling.c.count("{}"))
        _pointer = f"static double (*const volatile {_name})({_takes}) = "
        C_LIBM[_name] = f"{_pointer}{_name.removeprefix('libm_')};"

C_HELPERS: dict[str, str] = {
    "mod": """\
/* The remainder of x / y, with the sign of y. */
static double mod(double x, double y)
{
    const double r = fmod(x, y);
    if (r == 0.0) {
        return copysign(r, y);
    }
    return (r < 0.0) != (y < 0.0) ? r + y : r;
}
""",
    "sigmoid": """\
/* 1 / (1 + exp(-x)), in the form that cannot overflow. */
static double sigmoid(double x)
{
    const double e = libm_exp(-fabs(x));
    return x >= 0.0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
}
""",
    "relu": """\
/* x where it is positive, else 0. */
static double relu(double x)
{
    return x <= 0.0 ? 0.0 : x;
}
""",
    "sign": """\
/* 1 for positive numbers, -1 for negative ones; 0 for 0. */
static double sign(double x)
{
    return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x;
}
""",
    "heaviside": """\
/* 1 if x > 0, else 0: the derivative of relu. */
static double heaviside(double x)
{
    return x > 0.0 ? 1.0 : x <= 0.0 ? 0.0 : x;
}
""",
    "exceeds": """\
/* 1 if x > y, one half if they are equal, else 0: the derivative of maximum by x. */
static double exceeds(double x, double y)
{
    return x > y ? 1.0 : x == y ? 0.5 : x < y ? 0.0 : NAN;
}
""",
    "maximum": """\
/* The larger of the two. */
static double maximum(double x, double y)
{
    return x >= y || isnan(x) ? x : y;
}
""",
    "minimum": """\
/* The smaller of the two. */
static double minimum(double x, double y)
{
    return x <= y || isnan(x) ? x : y;
}
""",
    "where": """\
/* a where the condition is not 0, else b. */
static double where(double condition, double a, double b)
{
    return condition == 0.0 ? b : isnan(condition) ? condition : a;
}
""",
}

# -- JavaScript: what its Math has otherwise -------------------------------------------------------

JAVASCRIPT_HELPERS: dict[str, str] = {
    "power": """\
// x ** y, where the powers of 1, and infinite ones of -1, are 1; JavaScript has NaN for some.
function power(x, y) {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
}
""",
    "mod": """\
// The remainder of x / y, with the sign of y.
function mod(x, y) {
  const r = x % y;
  if (r === 0) return y < 0 ? -0 : 0;
  return r < 0 !== y < 0 ? r + y : r;
}
""",
    "tanh": """\
// Math.tanh is up to 3 units in the last place away from Python's; this, at most 2. Up to 1 it is
// Lambert's continued fraction, x / (1 + x^2 / (3 + x^2 / (5 + ...))).
function tanh(x) {
  const a = Math.abs(x);
  if (a > 1) return Math.sign(x) * (1 - 2 / (Math.exp(2 * a) + 1));
  let rest = 0;
  for (let k = 19; k > 1; k -= 2) rest = (a * a) / (k + rest);
  return Math.sign(x) * (a - (a * rest) / (1 + rest));
}
""",
    "sinh": """\
// Math.sinh, but beyond 1024 log 2, near the largest numbers, at most 2 units in the last place
// away from Python's, where it is 3.
function sinh(x) {
  const beyond = Math.abs(x) - 709.782712893384 - 2.3747039373786107e-14;
  return beyond > 0 ? Math.sign(x) * Math.exp(beyond) * 8.98846567431158e307 : Math.sinh(x);
}
""",
    "cosh": """\
// Math.cosh, but beyond 1024 log 2, near the largest numbers, at most 2 units in the last place
// away from Python's, where it is 3.
function cosh(x) {
  const beyond = Math.abs(x) - 709.782712893384 - 2.3747039373786107e-14;
  return beyond > 0 ? Math.exp(beyond) * 8.98846567431158e307 : Math.cosh(x);
}
""",
    "erf": """\
// The error function, ported from fdlibm (s_erf.c): on each of four intervals it is a ratio of two
// polynomials, [numerator, denominator] below. These numbers are
//
//   Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.
//   Developed at SunPro, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and
//   distribute this software is freely granted, provided that this notice is preserved.
const ERF_NEAR_0 = [
  [0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442,
    -2.3763016656650163e-5],
  [1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164,
    -3.960228278775368e-6],
];
const ERF_NEAR_1 = [
  [-0.0023621185607526594, 0.41485611868374833, -0.3722078760357013, 0.31834661990116175,
    -0.11089469428239668, 0.035478304325618236, -0.002166375594868791],
  [1, 0.10642088040084423, 0.540397917702171, 0.07182865441419627, 0.12617121980876164,
    0.01363708391202905, 0.011984499846799107],
];
const ERF_TO_2_86 = [
  [-0.009864944034847148, -0.6938585727071818, -10.558626225323291, -62.375332450326006,
    -162.39666946257347, -184.60509290671104, -81.2874355063066, -9.814329344169145],
  [1, 19.651271667439257, 137.65775414351904, 434.56587747522923, 645.3872717332679,
    429.00814002756783, 108.63500554177944, 6.570249770319282, -0.0604244152148581],
];
const ERF_TO_6 = [
  [-0.0098649429247001, -0.799283237680523, -17.757954917754752, -160.63638485582192,
    -637.5664433683896, -1025.0951316110772, -483.5191916086514],
  [1, 30.33806074348246, 325.7925129965739, 1536.729586084437, 3199.8582195085955,
    2553.0504064331644, 474.52854120695537, -22.44095244658582],
];

function polynomial(coefficients, x) {
  let total = 0;
  for (let i = coefficients.length - 1; i >= 0; i -= 1) total = total * x + coefficients[i];
  return total;
}

function ratio([numerator, denominator], x) {
  return polynomial(numerator, x) / polynomial(denominator, x);
}

function erf(x) {
  const a = Math.abs(x);
  if (a < 0.84375) return x + x * ratio(ERF_NEAR_0, x * x);
  if (a < 1.25) return Math.sign(x) * (0.8450629115104675 + ratio(ERF_NEAR_1, a - 1));
  if (a >= 6) return Math.sign(x);
  const exponent = ratio(a < 1 / 0.35 ? ERF_TO_2_86 : ERF_TO_6, 1 / (a * a));
  const rest = Math.exp(exponent - a * a - 0.5625) / a;
  return Math.sign(x) * (1 - rest);
}
""",
    "sigmoid": """\
// 1 / (1 + exp(-x)), in the form that cannot overflow.
function sigmoid(x) {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}
""",
    "relu": """\
// x where it is positive, else 0.
function relu(x) {
  return x <= 0 ? 0 : x;
}
""",
    "heaviside": """\
// 1 if x > 0, else 0: the derivative of relu.
function heaviside(x) {
  return x > 0 ? 1 : x <= 0 ? 0 : x;
}
""",
    "exceeds": """\
// 1 if x > y, one half if they are equal, else 0: the derivative of maximum by x.
function exceeds(x, y) {
  return x > y ? 1 : x === y ? 0.5 : x < y ? 0 : NaN;
}
""",
    "maximum": """\
// The larger of the two.
function maximum(x, y) {
  return x >= y || Number.isNaN(x) ? x : y;
}
""",
    "minimum": """\
// The smaller of the two.
function minimum(x, y) {
  return x <= y || Number.isNaN(x) ? x : y;
}
""",
    "where": """\
// a where the condition is not 0, else b.
function where(condition, a, b) {
  return condition === 0 ? b : Number.isNaN(condition) ? condition : a;
}
""",
}

# -- LLVM: several lines, with a comparison and a choice where Python has an `if` ------------------

LLVM_LINES: dict[str, str] = {
    "mod": """\
{z}.rest = call {T} @am.each.fmod({T} {x}, {T} {y})
{z}.under = fcmp olt {T} {z}.rest, {zero}
{z}.down = fcmp olt {T} {y}, {zero}
{z}.apart = xor {M} {z}.under, {z}.down
{z}.moved = fadd {T} {z}.rest, {y}
{z}.some = select {M} {z}.apart, {T} {z}.moved, {T} {z}.rest
{z}.none = call {T} @llvm.copysign.{V}({T} {zero}, {T} {y})
{z}.even = fcmp oeq {T} {z}.rest, {zero}
{z} = select {M} {z}.even, {T} {z}.none, {T} {z}.some""",
    "sigmoid": """\
{z}.size = call {T} @llvm.fabs.{V}({T} {x})
{z}.low = fneg {T} {z}.size
{z}.e = call {T} @am.each.exp({T} {z}.low)
{z}.right = fcmp oge {T} {x}, {zero}
{z}.above = select {M} {z}.right, {T} {one}, {T} {z}.e
{z}.below = fadd {T} {one}, {z}.e
{z} = fdiv {T} {z}.above, {z}.below""",
    "relu": """\
{z}.off = fcmp ole {T} {x}, {zero}
{z} = select {M} {z}.off, {T} {zero}, {T} {x}""",
    "sign": """\
{z}.left = fcmp olt {T} {x}, {zero}
{z}.low = select {M} {z}.left, {T} {minus_one}, {T} {x}
{z}.right = fcmp ogt {T} {x}, {zero}
{z} = select {M} {z}.right, {T} {one}, {T} {z}.low""",
    "heaviside": """\
{z}.off = fcmp ole {T} {x}, {zero}
{z}.low = select {M} {z}.off, {T} {zero}, {T} {x}
{z}.on = fcmp ogt {T} {x}, {zero}
{z} = select {M} {z}.on, {T} {one}, {T} {z}.low""",
    "exceeds": """\
{z}.less = fcmp olt {T} {x}, {y}
{z}.low = select {M} {z}.less, {T} {zero}, {T} {nan}
{z}.tie = fcmp oeq {T} {x}, {y}
{z}.mid = select {M} {z}.tie, {T} {half}, {T} {z}.low
{z}.more = fcmp ogt {T} {x}, {y}
{z} = select {M} {z}.more, {T} {one}, {T} {z}.mid""",
    "maximum": """\
{z}.more = fcmp oge {T} {x}, {y}
{z}.odd = fcmp uno {T} {x}, {x}
{z}.left = or {M} {z}.more, {z}.odd
{z} = select {M} {z}.left, {T} {x}, {T} {y}""",
    "minimum": """\
{z}.less = fcmp ole {T} {x}, {y}
{z}.odd = fcmp uno {T} {x}, {x}
{z}.left = or {M} {z}.less, {z}.odd
{z} = select {M} {z}.left, {T} {x}, {T} {y}""",
    "where": """\
{z}.odd = fcmp uno {T} {x}, {x}
{z}.a = select {M} {z}.odd, {T} {x}, {T} {y}
{z}.no = fcmp oeq {T} {x}, {zero}
{z} = select {M} {z}.no, {T} {c}, {T} {z}.a""",
}

# To a whole number near x, by adding 2**52 and taking it away, which leaves no room for a fraction;
# then one back where that went too far. Not every processor has a command for it.
_WHOLE = """\
{z}.size = call {T} @llvm.fabs.{V}({T} {x})
{z}.up = fadd {T} {z}.size, {huge}
{z}.down = fsub {T} {z}.up, {huge}
{z}.near = call {T} @llvm.copysign.{V}({T} {z}.down, {T} {x})
{z}.over = fcmp TOO_FAR {T} {z}.near, {x}
{z}.back = fadd {T} {z}.near, {ONE_BACK}
{z}.some = select {M} {z}.over, {T} {z}.back, {T} {z}.near
{z}.signed = call {T} @llvm.copysign.{V}({T} {z}.some, {T} {x})
{z}.broken = fcmp olt {T} {z}.size, {huge}
{z} = select {M} {z}.broken, {T} {z}.signed, {T} {x}"""
LLVM_LINES["floor"] = _WHOLE.replace("TOO_FAR", "ogt").replace("ONE_BACK", "minus_one")
LLVM_LINES["ceil"] = _WHOLE.replace("TOO_FAR", "olt").replace("ONE_BACK", "one")


def llvm_lines(op: Op) -> str:
    """The lines of an operation, with the names of its operands still to be put in."""
    return LLVM_LINES.get(SPELLINGS[op].llvm, SPELLINGS[op].llvm)
