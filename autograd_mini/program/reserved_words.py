"""What no name in a program may be: words of its language, what it uses, and what it defines."""

from __future__ import annotations

import keyword
import re

from autograd_mini.program.spellings import C_HELPERS, C_LIBM, JAVASCRIPT_HELPERS, PYTHON_HELPERS

PYTHON: frozenset[str] = (
    frozenset(keyword.kwlist)
    | frozenset(PYTHON_HELPERS)
    | frozenset("abs math parameters PARAMETERS value value_and_gradient".split())
)

# First the words of C, up to C23, and those of C++.
_C_KEYWORDS = """
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
    I NULL EOF HZ NBBY NSIG WEOF assert errno main stdin stdout stderr linux unix i386 near far
    inputs parameters parameters_now outputs value values value_and_gradient gradient_inputs
    gradient_parameters
"""
# Macros and types that headers may define: RAND_MAX, char8_t, EINVAL, SIGINT, PRId64, BUFSIZ.
LIKE_A_MACRO = re.compile(
    r"[A-Z][A-Z0-9]*_\w*|\w+_t|E[A-Z0-9]{2,}|SIG[A-Z0-9]+|(PRI|SCN)[A-Zdioux]\w*|[A-Z]{5,}\w*"
    r"|(sa|si|st|sched|sigev)_\w+"
)
C: frozenset[str] = frozenset([*f"{_C_KEYWORDS} {_MATH_H} {_OTHERS}".split(), *C_LIBM, *C_HELPERS])

# The reserved words of strict code, the globals that are used, and our own names.
_JAVASCRIPT_WORDS = """
    arguments as async await break case catch class const continue debugger default delete do else
    enum eval export extends false finally for from function get if implements import in instanceof
    interface let new null of package private protected public return set static super switch this
    throw true try typeof var void while with yield
    undefined NaN Infinity Math Number Object globalThis window
    parameters PARAMETERS value values valueAndGradient gradientInputs gradientParameters
    polynomial ratio ERF_NEAR_0 ERF_NEAR_1 ERF_TO_2_86 ERF_TO_6
"""
JAVASCRIPT: frozenset[str] = frozenset([*_JAVASCRIPT_WORDS.split(), *JAVASCRIPT_HELPERS])
