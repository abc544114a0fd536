"""Machine code for a straight line, through llvmlite: the `native` extra."""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import re
import sys
from array import array
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from autograd_mini.engine.errors import CompileError, MissingExtra
from autograd_mini.program.linear import Linear
from autograd_mini.program.native.llvm_loops import BYTES, Layout
from autograd_mini.program.native.llvm_maths import LIBRARY_PREFIX, Maths
from autograd_mini.program.native.llvm_plan import PIECE, Plan, planned
from autograd_mini.program.native.llvm_text import rows_module, sums_module
from autograd_mini.program.native.machines import Machine, address_of

if TYPE_CHECKING:
    Numbers = array[float] | memoryview[float]
    Buffer = Numbers | array[int] | bytearray
    Kind = type[ctypes.c_void_p | ctypes.c_int64 | ctypes.c_double]

# Up to so many steps LLVM optimises, which takes 80 µs for each (measured); beyond them it only
# translates, which takes 30 µs, and gives code that runs 2 to 3 times as long.
OPTIMISED = 20_000

# Bytes: the chunk of rows in work should stay in the innermost cache, beside the totals; where it
# is too large for that, in the next one.
INNER_CACHE, OUTER_CACHE = 28_000, 1_000_000

CACHE_LINE = 64  # bytes; a vector that crosses from one to the next is slower


def available() -> bool:
    """Whether llvmlite is installed; it is not imported for that.

    >>> available() in (True, False)
    True
    """
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


def this_machine() -> Machine:
    """The machine that the code will run on, as far as LLVM knows it."""
    llvm = _llvm()
    try:
        features = llvm.get_host_cpu_features().flatten()
    except RuntimeError:
        return Machine("", "")  # what every processor of this kind can do
    return Machine(llvm.get_host_cpu_name(), features)


# -- compiling -------------------------------------------------------------------------------------


class _Code:
    """A compiled module; its functions live as long as it does."""

    def __init__(self, text: str, machine: Machine, level: int) -> None:
        llvm = _llvm()
        for name in set(re.findall(rf"@{re.escape(LIBRARY_PREFIX)}(\w+)", text)):
            llvm.add_symbol(f"{LIBRARY_PREFIX}{name}", address_of(name))
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

    def function(self, name: str, result: Kind | None, *arguments: Kind) -> Any:
        """A function of the module; while it runs, Python's other threads run too."""
        address = self._engine.get_function_address(name)
        return ctypes.CFUNCTYPE(result, *arguments)(address)


_POINTER, _WHOLE, _DOUBLE = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double
_NOTHING = ctypes.c_char * 0


class _Memory:
    """Room for the chunk and the totals of a call."""

    def __init__(self, size: int) -> None:
        self._buffer = bytearray(size + CACHE_LINE)
        begin = ctypes.addressof(_NOTHING.from_buffer(self._buffer))
        self._skipped = -begin % CACHE_LINE
        self.at = begin + self._skipped

    def numbers(self, place: int, count: int) -> array[float]:
        start = self._skipped + place
        return array("d", self._buffer[start : start + count * BYTES])


class _Part:
    """A compiled module, and memory for its calls, which is used again from call to call."""

    def __init__(self, layout: Layout, code: _Code) -> None:
        self.layout, self.code = layout, code
        self._spare: list[_Memory] = []

    def take_memory(self) -> _Memory:
        """Memory that no other thread has; it is given back after the call."""
        try:
            return self._spare.pop()
        except IndexError:
            return _Memory(self.layout.size)

    def give_back(self, memory: _Memory) -> None:
        self._spare.append(memory)


class NativeBackend:
    """Runs one straight line on rows of numbers, which stand one after the other in a buffer.

    Nothing is compiled before it is needed. The numbers are those of `Linear.run` bit for bit; only
    sums over rows are added in another order. With `fast`, a product and a sum may be rounded once,
    and functions may differ by 4 ulp.
    """

    def __init__(
        self, linear: Linear, fast: bool = False, machine: Machine | None = None, piece: int = PIECE
    ) -> None:
        self._linear, self._fast, self._piece = linear, fast, piece
        self._machine = machine or this_machine()

    # -- calls -------------------------------------------------------------------------------------

    def rows(self, numbers: Numbers, count: int, parameters: array[float]) -> array[float]:
        """The outputs for each row, one row after the other."""
        self._check(numbers, count, parameters)
        out = array("d", [0.0]) * (count * len(self._linear.outputs))
        x, p, z = _readable(numbers), _readable(parameters), _writable(out)
        memory = self._row_part.take_memory()
        self._run_rows(x, None, 0, count, p, memory.at, z)
        self._row_part.give_back(memory)
        return out

    def total(self, numbers: Numbers, count: int, parameters: array[float]) -> array[float]:
        """The sum of each output over the rows; -0 where there are no rows."""
        self._check(numbers, count, parameters)
        x, p = _readable(numbers), _readable(parameters)
        memory = self._sum_part.take_memory()
        self._run_total(x, None, 0, count, p, memory.at)
        sums = memory.numbers(self._sum_part.layout.sums, len(self._linear.outputs))
        self._sum_part.give_back(memory)
        return sums

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
        """One epoch of gradient descent, in place, as `PythonBackend.descend` describes it."""
        count = self._check_descent(numbers, order, batch, parameters, velocity)
        x, p, v = _readable(numbers), _writable(parameters), _writable(velocity)
        indices = None if order is None else _readable(order)
        memory = self._sum_part.take_memory()
        batch = min(batch, count)  # any larger one may be too large for 64 bits
        found = self._run_descend(x, indices, count, batch, p, v, lr, momentum, memory.at)
        self._sum_part.give_back(memory)
        return float(found)

    # -- what machine code would not notice --------------------------------------------------------

    def _check(self, numbers: Numbers, count: int, parameters: array[float]) -> None:
        if count < 0:
            raise ValueError(f"{count} rows: there cannot be fewer than none")
        _check_length("numbers", len(numbers), count * self._linear.inputs)
        _check_length("parameters", len(parameters), len(self._linear.parameters))

    def _check_descent(
        self,
        numbers: Numbers,
        order: array[int] | None,
        batch: int,
        parameters: array[float],
        velocity: array[float],
    ) -> int:
        """How many rows an epoch has."""
        inputs = self._linear.inputs
        there = len(numbers) // inputs if inputs else sys.maxsize
        count = there if order is None else len(order)
        self._check(numbers, 0, parameters)
        _check_length("velocity", len(velocity), len(self._linear.parameters))
        _check_length("outputs", len(self._linear.outputs), 1 + len(self._linear.parameters))
        if not 0 < count < sys.maxsize or batch < 1:
            raise ValueError(f"{count} rows in batches of {batch} are no epoch")
        if order is not None and not self._run_fits(_readable(order), count, there):
            raise ValueError(f"the order names a row that is not among the {there}")
        return count

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
    """How many vectors make a chunk: as many as the innermost cache takes, if these are 4.

    If not, then many, for totals are read and written once for each chunk.
    """
    size = plan.places * lanes * BYTES
    inner, outer = INNER_CACHE // size, OUTER_CACHE // size
    return max(1, min(16, inner if inner >= 4 else outer))


def _writable(numbers: Buffer) -> Any:
    """What ctypes passes as the address of a buffer; it keeps the buffer in its place meanwhile."""
    return _NOTHING.from_buffer(numbers)


def _readable(numbers: Buffer) -> Any:
    """The same, of a copy if the buffer may only be read, or has gaps."""
    try:
        return _writable(numbers)
    except TypeError:
        return _writable(bytearray(memoryview(numbers).tobytes()))


def _check_length(name: str, length: int, needed: int) -> None:
    if length < needed:
        raise ValueError(f"{name}: {length} numbers, of which {needed} are needed")
