"""What each primitive row is in LLVM's language, on vectors with one row of a batch in each lane.

It is `ieee.py` once more, with a comparison and a choice where Python has an `if`. All names here
have a dot, which no name in C has: none can be taken for a function of C's library.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping, Sequence

from autograd_mini.engine import ops
from autograd_mini.engine.ops import Op
from autograd_mini.program.linear import PRIMITIVES
from autograd_mini.program.native.llvm_functions import FUNCTIONS, NUMBERS, WHOLE_NUMBERS

# In front of the names of library functions, whose addresses are looked up under these names.
LIBRARY_PREFIX = "am.library."

# {z} is the result, {x}, {y} and {c} are the operands; {T} is a vector of doubles, {M} a vector of
# truths, {V} what LLVM appends to a name for {T}. Where {may_fuse} is "contract", a product and a
# sum may be rounded once. `am.each.` is in front of functions that are applied lane by lane.
SPELLINGS: dict[Op, str] = {
    ops.add: "{z} = fadd {may_fuse} {T} {x}, {y}",
    ops.sub: "{z} = fsub {may_fuse} {T} {x}, {y}",
    ops.mul: "{z} = fmul {may_fuse} {T} {x}, {y}",
    ops.div: "{z} = fdiv {T} {x}, {y}",
    ops.neg: "{z} = fneg {T} {x}",
    ops.absolute: "{z} = call {T} @llvm.fabs.{V}({T} {x})",
    ops.sqrt: "{z} = call {T} @llvm.sqrt.{V}({T} {x})",
    ops.power: "{z} = call {T} @am.each.pow({T} {x}, {T} {y})",
    ops.atan2: "{z} = call {T} @am.each.atan2({T} {x}, {T} {y})",
    ops.mod: """\
{z}.rest = call {T} @am.each.fmod({T} {x}, {T} {y})
{z}.under = fcmp olt {T} {z}.rest, {zero}
{z}.down = fcmp olt {T} {y}, {zero}
{z}.apart = xor {M} {z}.under, {z}.down
{z}.moved = fadd {T} {z}.rest, {y}
{z}.some = select {M} {z}.apart, {T} {z}.moved, {T} {z}.rest
{z}.none = call {T} @llvm.copysign.{V}({T} {zero}, {T} {y})
{z}.even = fcmp oeq {T} {z}.rest, {zero}
{z} = select {M} {z}.even, {T} {z}.none, {T} {z}.some""",
    ops.sigmoid: """\
{z}.size = call {T} @llvm.fabs.{V}({T} {x})
{z}.low = fneg {T} {z}.size
{z}.e = call {T} @am.each.exp({T} {z}.low)
{z}.right = fcmp oge {T} {x}, {zero}
{z}.above = select {M} {z}.right, {T} {one}, {T} {z}.e
{z}.below = fadd {T} {one}, {z}.e
{z} = fdiv {T} {z}.above, {z}.below""",
    ops.relu: """\
{z}.off = fcmp ole {T} {x}, {zero}
{z} = select {M} {z}.off, {T} {zero}, {T} {x}""",
    ops.sign: """\
{z}.left = fcmp olt {T} {x}, {zero}
{z}.low = select {M} {z}.left, {T} {minus_one}, {T} {x}
{z}.right = fcmp ogt {T} {x}, {zero}
{z} = select {M} {z}.right, {T} {one}, {T} {z}.low""",
    ops.heaviside: """\
{z}.off = fcmp ole {T} {x}, {zero}
{z}.low = select {M} {z}.off, {T} {zero}, {T} {x}
{z}.on = fcmp ogt {T} {x}, {zero}
{z} = select {M} {z}.on, {T} {one}, {T} {z}.low""",
    ops.exceeds: """\
{z}.less = fcmp olt {T} {x}, {y}
{z}.low = select {M} {z}.less, {T} {zero}, {T} {nan}
{z}.tie = fcmp oeq {T} {x}, {y}
{z}.mid = select {M} {z}.tie, {T} {half}, {T} {z}.low
{z}.more = fcmp ogt {T} {x}, {y}
{z} = select {M} {z}.more, {T} {one}, {T} {z}.mid""",
    ops.maximum: """\
{z}.more = fcmp oge {T} {x}, {y}
{z}.odd = fcmp uno {T} {x}, {x}
{z}.left = or {M} {z}.more, {z}.odd
{z} = select {M} {z}.left, {T} {x}, {T} {y}""",
    ops.minimum: """\
{z}.less = fcmp ole {T} {x}, {y}
{z}.odd = fcmp uno {T} {x}, {x}
{z}.left = or {M} {z}.less, {z}.odd
{z} = select {M} {z}.left, {T} {x}, {T} {y}""",
    ops.where: """\
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
SPELLINGS[ops.floor] = _WHOLE.replace("TOO_FAR", "ogt").replace("ONE_BACK", "minus_one")
SPELLINGS[ops.ceil] = _WHOLE.replace("TOO_FAR", "olt").replace("ONE_BACK", "one")

# The other rows are functions of C's library, and have the same names there.
for _op in PRIMITIVES:
    SPELLINGS.setdefault(_op, f"{{z}} = call {{T}} @am.each.{_op.name}({{T}} {{x}})")

# x ** 1 is x to the last bit. The others, for `fast`, are right to 2 ulp where C's `pow` is to 1.
# A negative power is one of 1 / x, which does not overflow before the result does.
_POWER_1 = "{z} = fadd {T} {x}, {minus_zero}"
_FAST_POWERS = {
    2.0: "{z} = fmul {T} {x}, {x}",
    3.0: "{z}.square = fmul {T} {x}, {x}\n{z} = fmul {T} {z}.square, {x}",
    -1.0: "{z} = fdiv {T} {one}, {x}",
    -2.0: "{z}.over = fdiv {T} {one}, {x}\n{z} = fmul {T} {z}.over, {z}.over",
}

_NUMBERS = {
    "zero": 0.0, "minus_zero": -0.0, "half": 0.5, "one": 1.0, "minus_one": -1.0,
    "huge": 2.0**52, "nan": float("nan"),
}  # fmt: skip
_TWO_ARGUMENTS = ("atan2", "pow", "fmod")
_FASTER = ("tanh",)  # than what glibc has (measured: 88 against 66 ns a sample, for 32 of them)


class Maths:
    """Spells operations on vectors of so many lanes.

    >>> print(Maths(2).spelled(ops.neg, "%z", ["%x"]))
    %z = fneg <2 x double> %x

    With `fast`, a product and a sum may be rounded once, a few powers are products, and functions
    are applied to all lanes at once. `vector_functions` has the names under which a library has
    functions of vectors: they must be right to 4 ulp.
    """

    def __init__(
        self, lanes: int, fast: bool = False, vector_functions: Mapping[str, str] | None = None
    ) -> None:
        self.lanes, self.fast = lanes, fast
        self.vector = f"<{lanes} x double>"
        self._vector_functions = dict(vector_functions or {})
        self._words = {name: self.all_lanes(x) for name, x in (_NUMBERS | NUMBERS).items()}
        self._words |= {name: self._all_whole(n) for name, n in WHOLE_NUMBERS.items()}
        self._words |= {"T": self.vector, "M": f"<{lanes} x i1>", "I": f"<{lanes} x i64>"}
        self._words |= {"V": f"v{lanes}f64", "may_fuse": "contract" if fast else ""}
        self._words |= {name: f"{{{name}}}" for name in "zxyc"}
        self._templates: dict[str, str] = {}

    def all_lanes(self, x: float) -> str:
        """A constant: the same number in each lane."""
        return f"<{', '.join([f'double {number_text(x)}'] * self.lanes)}>"

    def _all_whole(self, n: int) -> str:
        return f"<{', '.join([f'i64 {n}'] * self.lanes)}>"

    def spread(self, z: str, base: str, offset: int) -> str:
        """The lines that load a number from memory into all lanes."""
        return f"""\
{z}.from = getelementptr i8, ptr {base}, i64 {offset}
{z}.alone = load double, ptr {z}.from
{z}.first = insertelement {self.vector} poison, double {z}.alone, i64 0
{z} = shufflevector {self.vector} {z}.first, {self.vector} poison, \
<{self.lanes} x i32> zeroinitializer"""

    def spelled(
        self, op: Op, z: str, operands: Sequence[str], exponent: float | None = None
    ) -> str:
        """The lines that compute `z`; the exponent of a power is given where it is a constant."""
        spelling = self._power(exponent) if op is ops.power else SPELLINGS[op]
        if spelling not in self._templates:
            self._templates[spelling] = spelling.format_map(self._words)
        words = dict(zip("xyc", operands, strict=False), z=z)
        return self._templates[spelling].format_map(words)

    def _power(self, exponent: float | None) -> str:
        if exponent == 1.0:
            return _POWER_1
        if exponent is None or not self.fast:
            return SPELLINGS[ops.power]
        return _FAST_POWERS.get(exponent, SPELLINGS[ops.power])

    # -- functions of C's library ------------------------------------------------------------------

    def definitions(self, body: str) -> Iterator[str]:
        """What a text needs to be a module: the functions that it calls, defined or declared."""
        for name in ("fabs", "sqrt"):
            yield self._declared(f"llvm.{name}.v{self.lanes}f64", 1, self.vector)
        yield self._declared(f"llvm.copysign.v{self.lanes}f64", 2, self.vector)
        for name in sorted(set(re.findall(r"@am\.each\.(\w+)", body))):
            yield from self._on_each_lane(name)

    def _declared(self, name: str, arguments: int, number: str) -> str:
        return f"declare {number} @{name}({', '.join([number] * arguments)})"

    def _on_each_lane(self, name: str) -> Iterator[str]:
        operands = ["%x", "%y"] if name in _TWO_ARGUMENTS else ["%x"]
        arguments = self._arguments(self.vector, operands)
        vector_name = self._vector_functions.get(name)
        if self.fast and name in FUNCTIONS and (name in _FASTER or not vector_name):
            lines = [FUNCTIONS[name].format_map(self._words)]
        elif vector_name:
            yield self._declared(f"{LIBRARY_PREFIX}{vector_name}", len(operands), self.vector)
            lines = [f"%z = call {self.vector} @{LIBRARY_PREFIX}{vector_name}({arguments})"]
        else:
            yield self._declared(f"{LIBRARY_PREFIX}{name}", len(operands), "double")
            lines = list(self._lane_by_lane(name, operands))
        head = f"define internal {self.vector} @am.each.{name}({arguments}) nounwind {{"
        yield "\n".join([head, *lines, f"ret {self.vector} %z", "}"])

    def _arguments(self, number: str, operands: Sequence[str], end: str = "") -> str:
        return ", ".join([f"{number} {operand}{end}" for operand in operands])

    def _lane_by_lane(self, name: str, operands: Sequence[str]) -> Iterator[str]:
        made = "poison"
        for lane in range(self.lanes):
            for operand in operands:
                yield f"{operand}.{lane} = extractelement {self.vector} {operand}, i64 {lane}"
            arguments = self._arguments("double", operands, f".{lane}")
            yield f"%f.{lane} = call double @{LIBRARY_PREFIX}{name}({arguments})"
            z = "%z" if lane == self.lanes - 1 else f"%z.{lane}"
            yield f"{z} = insertelement {self.vector} {made}, double %f.{lane}, i64 {lane}"
            made = z


def number_text(x: float) -> str:
    """A number as LLVM reads it to the last bit.

    >>> number_text(1.0), number_text(-0.0)
    ('0x3FF0000000000000', '0x8000000000000000')
    """
    return f"0x{struct.pack('>d', x).hex().upper()}"
