"""What machine code is made for: a processor with its features, and the libraries of its system."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from functools import cache

from autograd_mini.engine.errors import CompileError

# glibc's functions of vectors, from x and from x and y. All are within 4 ulp, and right at inf,
# nan and zeros (measured, glibc 2.36); older ones have fewer of them.
_OF_ONE = (
    "exp expm1 log log1p log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf"
).split()
_OF_TWO = ("pow", "atan2")


class Machine:
    """A processor, its features as LLVM writes them, and what follows from these.

    >>> Machine("haswell", "+sse2,+avx,+avx2,-avx512f").lanes
    4

    `lanes` is how many numbers a vector has, `abreast` how many sums the registers can hold, and
    `tile` how many factors meet how many where products are summed. Nothing is taken for granted:
    without features there are 2 lanes, which LLVM can do on every processor.
    """

    def __init__(self, cpu: str, features: str) -> None:
        self.cpu, self.features = cpu, features
        has = set(features.split(","))
        self.lanes = 8 if "+avx512f" in has else 4 if "+avx" in has else 2
        has_32_registers = self.lanes == 8 or "+neon" in has
        self.abreast, self.tile = (24, (4, 6)) if has_32_registers else (12, (2, 5))  # measured
        self._variant = {8: "e", 4: "d" if "+avx2" in has else "c", 2: "b"}[self.lanes]

    def vector_functions(self) -> dict[str, str]:
        """The names of the functions of vectors that the system has, by those of C's library."""
        prefix = f"_ZGV{self._variant}N{self.lanes}"
        names = {name: f"{prefix}v_{name}" for name in _OF_ONE}
        names |= {name: f"{prefix}vv_{name}" for name in _OF_TWO}
        return {name: full for name, full in names.items() if _address_in(_libmvec(), full)}


def address_of(name: str) -> int:
    """Where a function of C's library, or of glibc's vector library, begins in memory.

    >>> address_of("exp") != address_of("log")
    True

    A function that is not there is a `CompileError`.
    """
    address = _address_in(_libm(), name) or _address_in(_libmvec(), name)
    if not address:
        raise CompileError(f"the mathematical library of this system has no function {name!r}")
    return address


def _address_in(library: ctypes.CDLL | None, name: str) -> int | None:
    found = getattr(library, name, None)
    return ctypes.cast(found, ctypes.c_void_p).value if found else None


@cache
def _libm() -> ctypes.CDLL:
    """The library that Python's `math` uses too, so that the bits are the same."""
    for name in {"linux": ("libm.so.6",), "win32": ("ucrtbase", "msvcrt")}.get(sys.platform, ()):
        with suppress(OSError):
            return ctypes.CDLL(name)
    return ctypes.CDLL(None)  # what the process has loaded


@cache
def _libmvec() -> ctypes.CDLL | None:
    if sys.platform == "linux" and os.uname().machine == "x86_64":
        with suppress(OSError):
            return ctypes.CDLL("libmvec.so.1")
    return None
