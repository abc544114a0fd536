"""exp and tanh on vectors, for `fast`: where the platform has none, or has a slower one.

Both begin with y = n log 2 + r, where n is whole and |r| is at most half of log 2: then e**y is
2**n times e**r, and of e**r - 1 Taylor's series gives all digits by the power r**13. They are right
to 4 ulp, results that are inf, 0 or subnormal included, and nan stays nan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import factorial

_DEGREE = 13
NUMBERS = {
    "log2_of_e": 1.4426950408889634,
    # log 2 in two parts: the first has so few digits that n times it is exact.
    "log_2": float.fromhex("0x1.62e42feep-1"),
    "log_2_rest": float.fromhex("0x1.a39ef35793c76p-33"),
    "whole": 1.5 * 2.0**52,  # a sum with it has no room for a fraction
    "half": 0.5, "one": 1.0, "two": 2.0, "minus_two": -2.0, "twenty": 20.0,
    "lowest": -750.0, "highest": 750.0,  # beyond, e**y is 0 and inf
    **{f"c{k}": 1.0 / factorial(k) for k in range(2, _DEGREE + 1)},
}  # fmt: skip
WHOLE_NUMBERS = {"bias": 1023, "shift": 52}  # of the exponent in the bits of a number

_N_AND_R = """\
%n.broken = fmul contract {T} %y, {log2_of_e}
%n.up = fadd contract {T} %n.broken, {whole}
%n = fsub {T} %n.up, {whole}
%part = fmul contract {T} %n, {log_2}
%near = fsub contract {T} %y, %part
%part.rest = fmul contract {T} %n, {log_2_rest}
%r = fsub contract {T} %near, %part.rest
"""

# 2 to the power of a whole number, which the last bits of {up} are: they become the exponent.
_POWER_OF_2 = """\
{z}.number = bitcast {T} {up} to {I}
{z}.exponent = add {I} {z}.number, {bias}
{z}.bits = shl {I} {z}.exponent, {shift}
{z} = bitcast {I} {z}.bits to {T}
"""

# 2**n alone may be inf or 0 where 2**n times e**r is not, so it is taken in two halves.
_EXP = """\
%is.low = fcmp olt {T} %x, {lowest}
%x.low = select {M} %is.low, {T} {lowest}, {T} %x
%is.high = fcmp ogt {T} %x.low, {highest}
%y = select {M} %is.high, {T} {highest}, {T} %x.low
{n_and_r}{series}%e = fadd {T} %less.1, {one}
%n.half = fmul contract {T} %n, {half}
%half.up = fadd contract {T} %n.half, {whole}
%half = fsub {T} %half.up, {whole}
%others = fsub {T} %n, %half
%others.up = fadd {T} %others, {whole}
{half_power}{others_power}%e.half = fmul {T} %e, %power.half
%z = fmul {T} %e.half, %power.others
"""

# With t = e**-2|x| - 1, which is exact near 0 as well, |tanh x| is -t / (2 + t): 1 from 20 on.
_TANH = """\
%size = call {T} @llvm.fabs.{V}({T} %x)
%is.far = fcmp ogt {T} %size, {twenty}
%size.near = select {M} %is.far, {T} {twenty}, {T} %size
%y = fmul {T} %size.near, {minus_two}
{n_and_r}{series}{n_power}%power.less.1 = fsub {T} %power, {one}
%grown = fmul contract {T} %power, %less.1
%t = fadd contract {T} %grown, %power.less.1
%below = fadd {T} %t, {two}
%quotient = fdiv {T} %t, %below
%z = call {T} @llvm.copysign.{V}({T} %quotient, {T} %x)
"""


def _series() -> Iterator[str]:
    """%less.1 = r + r²(1/2 + r(1/6 + r(1/24 + ...)))"""
    above = f"{{c{_DEGREE}}}"
    for k in range(_DEGREE - 1, 1, -1):
        yield f"%p{k}.times = fmul contract {{T}} {above}, %r"
        yield f"%p{k} = fadd contract {{T}} %p{k}.times, {{c{k}}}"
        above = f"%p{k}"
    yield "%square = fmul {T} %r, %r"
    yield f"%bend = fmul contract {{T}} {above}, %square"
    yield "%less.1 = fadd contract {T} %bend, %r\n"


def _power_of_2(z: str, up: str) -> str:
    return _POWER_OF_2.replace("{z}", z).replace("{up}", up)


def _assembled(template: str) -> str:
    parts = {
        "n_and_r": _N_AND_R,
        "series": "\n".join(_series()),
        "half_power": _power_of_2("%power.half", "%half.up"),
        "others_power": _power_of_2("%power.others", "%others.up"),
        "n_power": _power_of_2("%power", "%n.up"),
    }
    for name, part in parts.items():
        template = template.replace(f"{{{name}}}", part)
    return template.rstrip("\n")


# From %x to %z, on vectors {T} of numbers, {I} of whole numbers and {M} of truths.
FUNCTIONS: Mapping[str, str] = {"exp": _assembled(_EXP), "tanh": _assembled(_TANH)}
