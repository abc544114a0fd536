"""How JavaScript spells each primitive operation, and the functions that its Math has otherwise."""

from __future__ import annotations

from autograd_mini.engine import ops
from autograd_mini.engine.ops import Op

SPELLINGS: dict[Op, str] = {
    ops.add: "{} + {}",
    ops.sub: "{} - {}",
    ops.mul: "{} * {}",
    ops.div: "{} / {}",
    ops.neg: "-{}",
    ops.absolute: "Math.abs({})",
    ops.power: "power({}, {})",
    ops.mod: "mod({}, {})",
    ops.exp: "Math.exp({})",
    ops.expm1: "Math.expm1({})",
    ops.log: "Math.log({})",
    ops.log1p: "Math.log1p({})",
    ops.log2: "Math.log2({})",
    ops.log10: "Math.log10({})",
    ops.sqrt: "Math.sqrt({})",
    ops.sin: "Math.sin({})",
    ops.cos: "Math.cos({})",
    ops.tan: "Math.tan({})",
    ops.asin: "Math.asin({})",
    ops.acos: "Math.acos({})",
    ops.atan: "Math.atan({})",
    ops.atan2: "Math.atan2({}, {})",
    ops.sinh: "sinh({})",
    ops.cosh: "cosh({})",
    ops.tanh: "tanh({})",
    ops.asinh: "Math.asinh({})",
    ops.acosh: "Math.acosh({})",
    ops.atanh: "Math.atanh({})",
    ops.erf: "erf({})",
    ops.sigmoid: "sigmoid({})",
    ops.relu: "relu({})",
    ops.sign: "Math.sign({})",
    ops.heaviside: "heaviside({})",
    ops.exceeds: "exceeds({}, {})",
    ops.floor: "Math.floor({})",
    ops.ceil: "Math.ceil({})",
    ops.maximum: "maximum({}, {})",
    ops.minimum: "minimum({}, {})",
    ops.where: "where({}, {}, {})",
}

HELPERS: dict[str, str] = {
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

# What a name in the program must not be: the reserved words of strict code, the globals that are
# used, and our own names.
_WORDS = """
    arguments as async await break case catch class const continue debugger default delete do else
    enum eval export extends false finally for from function get if implements import in instanceof
    interface let new null of package private protected public return set static super switch this
    throw true try typeof var void while with yield
    undefined NaN Infinity Math Number Object globalThis window
    parameters PARAMETERS value values valueAndGradient gradientInputs gradientParameters
    polynomial ratio ERF_NEAR_0 ERF_NEAR_1 ERF_TO_2_86 ERF_TO_6
"""
RESERVED: frozenset[str] = frozenset([*_WORDS.split(), *HELPERS])
