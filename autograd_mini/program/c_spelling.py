"""How C spells each primitive operation, and the functions that math.h has not."""

from __future__ import annotations

from autograd_mini.engine import ops
from autograd_mini.engine.ops import Op

SPELLINGS: dict[Op, str] = {
    ops.add: "{} + {}",
    ops.sub: "{} - {}",
    ops.mul: "{} * {}",
    ops.div: "{} / {}",
    ops.neg: "-{}",
    ops.absolute: "fabs({})",
    ops.power: "libm_pow({}, {})",
    ops.mod: "mod({}, {})",
    ops.exp: "libm_exp({})",
    ops.expm1: "libm_expm1({})",
    ops.log: "libm_log({})",
    ops.log1p: "libm_log1p({})",
    ops.log2: "libm_log2({})",
    ops.log10: "libm_log10({})",
    ops.sqrt: "sqrt({})",
    ops.sin: "libm_sin({})",
    ops.cos: "libm_cos({})",
    ops.tan: "libm_tan({})",
    ops.asin: "libm_asin({})",
    ops.acos: "libm_acos({})",
    ops.atan: "libm_atan({})",
    ops.atan2: "libm_atan2({}, {})",
    ops.sinh: "libm_sinh({})",
    ops.cosh: "libm_cosh({})",
    ops.tanh: "libm_tanh({})",
    ops.asinh: "libm_asinh({})",
    ops.acosh: "libm_acosh({})",
    ops.atanh: "libm_atanh({})",
    ops.erf: "libm_erf({})",
    ops.sigmoid: "sigmoid({})",
    ops.relu: "relu({})",
    ops.sign: "sign({})",
    ops.heaviside: "heaviside({})",
    ops.exceeds: "exceeds({}, {})",
    ops.floor: "floor({})",
    ops.ceil: "ceil({})",
    ops.maximum: "maximum({}, {})",
    ops.minimum: "minimum({}, {})",
    ops.where: "where({}, {}, {})",
}

# The functions of libm are called through pointers, one line for each. A compiler that knows the
# number, be it in one branch only, works out sin(1.0) itself, with other last bits than libm's.
_LIBM = """
    acos acosh asin asinh atan atanh cos cosh erf exp expm1 log log10 log1p log2 sin sinh tan tanh
"""
LIBM: dict[str, str] = {
    f"libm_{name}": f"static double (*const volatile libm_{name})(double) = {name};"
    for name in _LIBM.split()
}
for _name in ("atan2", "pow"):
    LIBM[f"libm_{_name}"] = (
        f"static double (*const volatile libm_{_name})(double, double) = {_name};"
    )

# Each computes what its namesake in ieee.py does, to the bit; nan goes through all of them.
HELPERS: dict[str, str] = {
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

# What a name in the program must not be. First the words of C, up to C23, and those of C++.
_KEYWORDS = """
    alignas alignof and and_eq asm atomic auto bitand bitor bool break case catch char class compl
    complex concept const consteval constexpr constinit const_cast continue co_await co_return
    co_yield decltype default delete do double dynamic_cast else enum explicit export extern false
    final float for fortran friend goto if imaginary import inline int long module mutable namespace
    new noexcept noreturn not not_eq nullptr operator or or_eq override private protected public
    register reinterpret_cast requires restrict return short signed sizeof static static_assert
    static_cast struct switch template this thread_local throw true try typedef typeid typename
    typeof typeof_unqual union unsigned using virtual void volatile wchar_t while xor xor_eq
"""
# Then math.h: the macros of C99 and those that systems add to it, and the functions.
_MATH_H = """
    HUGE_VAL HUGE_VALF HUGE_VALL INFINITY NAN FP_FAST_FMA FP_FAST_FMAF FP_FAST_FMAL FP_ILOGB0
    FP_ILOGBNAN FP_INFINITE FP_NAN FP_NORMAL FP_SUBNORMAL FP_ZERO MATH_ERRNO MATH_ERREXCEPT
    math_errhandling fpclassify isfinite isgreater isgreaterequal isinf isless islessequal
    islessgreater isnan isnormal isunordered signbit iscanonical iseqsig issignaling issubnormal
    iszero SNAN SNANF SNANL FP_LLOGB0 FP_LLOGBNAN FP_INT_UPWARD FP_INT_DOWNWARD FP_INT_TOWARDZERO
    FP_INT_TONEAREST FP_INT_TONEARESTFROMZERO
    M_E M_LOG2E M_LOG10E M_LN2 M_LN10 M_PI M_PI_2 M_PI_4 M_1_PI M_2_PI M_2_SQRTPI M_SQRT2 M_SQRT1_2
    DOMAIN SING OVERFLOW UNDERFLOW PLOSS TLOSS X_TLOSS HUGE MAXFLOAT signgam double_t float_t
    acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs
    fdim floor fma fmax fmin fmod frexp hypot ilogb ldexp lgamma llrint llround log log10 log1p log2
    logb lrint lround modf nan nearbyint nextafter nexttoward pow remainder remquo rint round
    scalbln scalbn sin sinh sqrt tan tanh tgamma trunc
"""
# Then macros of other headers and of compilers, for whoever includes this file; and our own names.
_OTHERS = """
    I NULL EOF assert errno main stdin stdout stderr linux unix i386 near far
    inputs parameters parameters_now outputs value values value_and_gradient gradient_inputs
    gradient_parameters
"""
RESERVED: frozenset[str] = frozenset([*f"{_KEYWORDS} {_MATH_H} {_OTHERS}".split(), *LIBM, *HELPERS])
