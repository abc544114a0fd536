"""Machine code for a straight line, through llvmlite: the `native` extra."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import re
import sys
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache, cached_property

from autograd_mini.errors import CompileError, MissingExtra
from autograd_mini.program.linear import Linear
from autograd_mini.program.llvm_loops import BYTES, Layout
from autograd_mini.program.llvm_maths import LIBRARY_PREFIX, Maths
from autograd_mini.program.llvm_plan import PIECE, Plan, planned
from autograd_mini.program.llvm_text import rows_module, sums_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Numbers = array[float] | memoryview[float]

# Up to so many steps LLVM optimises, which takes 70 µs for each (measured); beyond them it only
# translates, which takes 20 µs, and gives code that runs 2 to 3 times as long.
OPTIMISED = 20_000

# A chunk of rows should stay in the innermost cache, of which this is about the half.
CHUNK_BYTES = 28_000

OUTER_BYTES = 1_000_000

LINE = 64  # bytes: where a vector begins that lies in one line of the cache


def available() -> bool:
    """Whether llvmlite is installed; it is not imported for that."""
    return importlib.util.find_spec("llvmlite") is not None


@cache
def _llvm() -> Any:
    try:
        llvm = importlib.import_module("llvmlite.binding")
    except ImportError as error:
        raise MissingExtra(
            "machine code needs llvmlite, which is not installed; "
            "pip install 'autograd_mini[native]', or choose target=\"python\""
        ) from error
    if llvm.llvm_version_info[0] < 20:  # earlier ones have pointers of another kind
        version = importlib.import_module("llvmlite").__version__
        raise MissingExtra(f"machine code needs llvmlite 0.45 or later; {version} is installed")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


# -- the machine and its library -------------------------------------------------------------------


class Machine:
    """What code is made for: a processor, its features, and what follows from them."""

    def __init__(self, cpu: str, features: str) -> None:
        self.cpu, self.features = cpu, features
        has = set(features.split(","))
        self.lanes = 8 if "+avx512f" in has else 4 if "+avx" in has else 2
        many = self.lanes == 8 or "+neon" in has  # 32 registers, else 16
        self.abreast = 24 if many else 12  # how many sums may run at once in registers
        self.tile = (4, 6) if many else (3, 4)  # how many factors meet how many
        variant = {8: "e", 4: "d" if "+avx2" in has else "c", 2: "b"}[self.lanes]
        self.vector_prefix = f"_ZGV{variant}N{self.lanes}"

    def vector_functions(self) -> dict[str, str]:
        """The functions of vectors in glibc's library, by the names of those in C's."""
        names = {name: f"{self.vector_prefix}v_{name}" for name in _VECTOR_FUNCTIONS}
        names |= {name: f"{self.vector_prefix}vv_{name}" for name in ("pow", "atan2")}
        return {name: full for name, full in names.items() if _address_in(_libmvec(), full)}


# All of these are within 4 ulp and right at inf, nan and zeros (measured, glibc 2.36).
_VECTOR_FUNCTIONS = (
    "exp expm1 log log1p log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf"
).split()


def this_machine() -> Machine:
    llvm = _llvm()
    features = ""
    with suppress(RuntimeError):  # where LLVM cannot tell, the least that every processor has
        features = llvm.get_host_cpu_features().flatten()
    return Machine(llvm.get_host_cpu_name() if features else "", features)


@cache
def _libm() -> ctypes.CDLL:
    """The library of mathematical functions that Python's `math` uses too."""
    for name in {"linux": ("libm.so.6",), "win32": ("ucrtbase", "msvcrt")}.get(sys.platform, ()):
        with suppress(OSError):
            return ctypes.CDLL(name)
    return ctypes.CDLL(None)


@cache
def _libmvec() -> ctypes.CDLL | None:
    if sys.platform == "linux" and os.uname().machine == "x86_64":
        with suppress(OSError):
            return ctypes.CDLL("libmvec.so.1")
    return None


def _address_in(library: ctypes.CDLL | None, name: str) -> int | None:
    found = getattr(library, name, None)
    return ctypes.cast(found, ctypes.c_void_p).value if found else None


def _address_of(name: str) -> int:
    address = _address_in(_libmvec(), name) or _address_in(_libm(), name)
    if not address:
        raise CompileError(f"the library of this system has no function {name!r}")
    return address


# -- compiling -------------------------------------------------------------------------------------


class _Code:
    """A compiled module; its functions live as long as it does."""

    def __init__(self, text: str, machine: Machine, level: int) -> None:
        llvm = _llvm()
        for name in set(re.findall(rf"@{re.escape(LIBRARY_PREFIX)}(\w+)", text)):
            llvm.add_symbol(f"{LIBRARY_PREFIX}{name}", _address_of(name))
        target = llvm.Target.from_triple(llvm.get_process_triple())
        made_for = target.create_target_machine(machine.cpu, machine.features, level)
        try:
            module = llvm.parse_assembly(text)
            module.triple, module.data_layout = made_for.triple, str(made_for.target_data)
            module.verify()
        except RuntimeError as error:
            raise CompileError(f"LLVM does not take this program: {error}") from error
        self._engine = llvm.create_mcjit_compiler(module, made_for)
        self._engine.finalize_object()

    def function(self, name: str, result: Any, *arguments: Any) -> Any:
        """A function of the module; while it runs, Python's other threads run too."""
        address = self._engine.get_function_address(name)
        return ctypes.CFUNCTYPE(result, *arguments)(address)


class _Memory:
    """Room for the chunk and the totals of a call, which begins where a line of the cache does."""

    def __init__(self, size: int) -> None:
        self._buffer = bytearray(size + LINE)
        begin = ctypes.addressof(_HERE.from_buffer(self._buffer))
        self._skipped = -begin % LINE
        self.at = begin + self._skipped

    def numbers(self, place: int, count: int) -> array[float]:
        start = self._skipped + place
        return array("d", self._buffer[start : start + count * BYTES])


class _Part:
    """A compiled module with its plan, and memory that is used again from call to call."""

    def __init__(self, layout: Layout, code: _Code) -> None:
        self.layout, self.code = layout, code
        self._spare: list[_Memory] = []

    @contextmanager
    def memory(self) -> Iterator[_Memory]:
        """Each thread that is inside has its own."""
        try:
            memory = self._spare.pop()
        except IndexError:
            memory = _Memory(self.layout.size)
        yield memory
        self._spare.append(memory)


_HERE = ctypes.c_char * 0
_POINTER, _WHOLE, _DOUBLE = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double


class NativeBackend:
    """Runs one straight line on rows of numbers, which stand one after the other in a buffer.

    Nothing is compiled before it is needed. The numbers are those of `Linear.run` bit for bit; only
    sums over rows are added in another order. With `fast`, a product and a sum may be rounded once,
    and functions may differ by 4 ulp.
    """

    def __init__(
        self,
        linear: Linear,
        fast: bool = False,
        machine: Machine | None = None,
        piece: int = PIECE,
    ) -> None:
        self._linear, self._fast, self._piece = linear, fast, piece
        self._machine = machine or this_machine()

    # -- calls -------------------------------------------------------------------------------------

    def rows(self, numbers: Numbers, count: int, parameters: array[float]) -> array[float]:
        """The outputs for each row, one row after the other."""
        self._check(numbers, count, parameters)
        out = array("d", [0.0]) * (count * len(self._linear.outputs))
        with self._row_part.memory() as memory:
            self._run_rows(
                _pinned(numbers), None, 0, count, _pinned(parameters), memory.at, _pinned(out)
            )
        return out

    def total(self, numbers: Numbers, count: int, parameters: array[float]) -> array[float]:
        """The sum of each output over the rows; -0 where there are no rows."""
        self._check(numbers, count, parameters)
        with self._sum_part.memory() as memory:
            self._run_total(_pinned(numbers), None, 0, count, _pinned(parameters), memory.at)
            return memory.numbers(self._sum_part.layout.sums, len(self._linear.outputs))

    def descend(
        self,
        numbers: Numbers,
        order: array[int] | None,
        batch: int,
        parameters: array[float],
        velocity: array[float],
        lr: float,
        momentum: float,
    ) -> float:
        """One epoch of gradient descent, in place on the parameters and the velocity.

        The first output is the loss, the others are its gradient with respect to the parameters.
        For each batch of rows, velocity = momentum * velocity + mean gradient, and
        parameter -= lr * velocity, as `optim.SGD` does it. Gives the mean loss of the rows, each
        just before the update that it takes part in.
        """
        there = len(numbers) // self._linear.inputs if self._linear.inputs else sys.maxsize
        count = there if order is None else len(order)
        self._check(numbers, 0 if order is not None else count, parameters)
        self._check_descent(order, count, there, batch, velocity)
        with self._sum_part.memory() as memory:
            loss: float = self._run_descend(
                _pinned(numbers),
                None if order is None else _pinned(order),
                count,
                batch,
                _pinned(parameters),
                _pinned(velocity),
                lr,
                momentum,
                memory.at,
            )
        return loss

    # -- what machine code would not notice --------------------------------------------------------

    def _check(self, numbers: Numbers, count: int, parameters: array[float]) -> None:
        if count < 0:
            raise ValueError(f"{count} rows: there cannot be fewer than none")
        _check_length("numbers", len(numbers), count * self._linear.inputs)
        _check_length("parameters", len(parameters), len(self._linear.parameters))

    def _check_descent(
        self, order: array[int] | None, count: int, there: int, batch: int, velocity: array[float]
    ) -> None:
        parameters = len(self._linear.parameters)
        _check_length("velocity", len(velocity), parameters)
        _check_length("outputs", len(self._linear.outputs), 1 + parameters)
        if count < 1 or batch < 1:
            raise ValueError(f"{count} rows in batches of {batch}: there must be one at least")
        if order is not None and not self._run_fits(_pinned(order), count, there):
            raise ValueError(f"the order names a row that is not among the {there}")

    # -- parts, made when they are needed ----------------------------------------------------------

    @cached_property
    def _row_part(self) -> _Part:
        return self._part(summed=False)

    @cached_property
    def _sum_part(self) -> _Part:
        return self._part(summed=True)

    def _part(self, summed: bool) -> _Part:
        machine = self._machine
        functions = machine.vector_functions() if self._fast else {}
        maths = Maths(machine.lanes, self._fast, functions)
        plan = planned(self._linear, summed, machine.abreast, self._piece)
        layout = Layout(plan, maths.lanes, _vectors(plan, maths.lanes))
        if summed:
            text = sums_module(plan, maths, layout, machine.tile)
        else:
            text = rows_module(plan, maths, layout)
        level = 1 if len(self._linear.steps) <= OPTIMISED else 0
        return _Part(layout, _Code(text, machine, level))

    @cached_property
    def _run_rows(self) -> Any:
        arguments = (_POINTER, _POINTER, _WHOLE, _WHOLE, _POINTER, _POINTER, _POINTER)
        return self._row_part.code.function("am.rows", None, *arguments)

    @cached_property
    def _run_total(self) -> Any:
        arguments = (_POINTER, _POINTER, _WHOLE, _WHOLE, _POINTER, _POINTER)
        return self._sum_part.code.function("am.total", None, *arguments)

    @cached_property
    def _run_descend(self) -> Any:
        arguments = (_POINTER, _POINTER, _WHOLE, _WHOLE, _POINTER, _POINTER, _DOUBLE, _DOUBLE)
        return self._sum_part.code.function("am.descend", _DOUBLE, *arguments, _POINTER)

    @cached_property
    def _run_fits(self) -> Any:
        return self._sum_part.code.function("am.fits", _WHOLE, _POINTER, _WHOLE, _WHOLE)


def _vectors(plan: Plan, lanes: int) -> int:
    """How many vectors make a chunk: as many as the innermost cache takes, from 4 on.

    If it does not even take 4, then 16, of which the totals get more at once than of a few; less
    only where they would not fit in the next cache.
    """
    fit = CHUNK_BYTES // (plan.places * lanes * BYTES)
    if fit >= 4:
        return min(fit, 16)
    return max(1, min(16, OUTER_BYTES // (plan.places * lanes * BYTES)))


def _pinned(numbers: Any) -> Any:
    """Something that ctypes passes as the address, and that keeps the buffer as it is meanwhile."""
    try:
        return _HERE.from_buffer(numbers)
    except TypeError:  # a buffer that only may be read, or that lies in steps
        return _HERE.from_buffer(array("d", memoryview(numbers).tobytes()))


def _check_length(name: str, length: int, needed: int) -> None:
    if length < needed:
        raise ValueError(f"{name}: {length} numbers, of which {needed} are needed")
