"""Spelled in LLVM's language: operations on vectors, with one row of a batch in each lane.

It is `ieee.py` once more, with a comparison and a choice where Python has an `if`. All names here
have a dot, which no name in C has: none can be taken for a function of C's library.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping, Sequence

from autograd_mini.engine import ops
from autograd_mini.engine.ops import Op
from autograd_mini.program.native.llvm_functions import FUNCTIONS, NUMBERS, WHOLE_NUMBERS
from autograd_mini.program.spellings import llvm_lines

# In front of the names of library functions, whose addresses are looked up under these names.
LIBRARY_PREFIX = "am.library."

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
        spelling = (op is ops.power and self._power(exponent)) or llvm_lines(op)
        if spelling not in self._templates:
            self._templates[spelling] = spelling.format_map(self._words)
        words = dict(zip("xyc", operands, strict=False), z=z)
        return self._templates[spelling].format_map(words)

    def _power(self, exponent: float | None) -> str:
        """The lines of a power with this exponent, "" where it is one as any other."""
        if exponent == 1.0:
            return _POWER_1
        return _FAST_POWERS.get(exponent, "") if self.fast and exponent is not None else ""

    # -- functions of C's library ------------------------------------------------------------------

    def definitions(self, body: str) -> Iterator[str]:
        """What a text needs to be a module: the functions that it calls, defined or declared."""
        for name in ("fabs", "sqrt"):
            yield self._declared(f"llvm.{name}.v{self.lanes}f64", 1, self.vector)
        yield self._declared(f"llvm.copysign.v{self.lanes}f64", 2, self.vector)
        calls = re.findall(r"@am\.each\.(\w+)\(([^)]*)", body)
        for name, count in sorted({(name, given.count(self.vector)) for name, given in calls}):
            yield from self._on_each_lane(name, ["%x", "%y"][:count])

    def _declared(self, name: str, arguments: int, number: str) -> str:
        return f"declare {number} @{name}({', '.join([number] * arguments)})"

    def _on_each_lane(self, name: str, operands: Sequence[str]) -> Iterator[str]:
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
