"""Machine code: that it gives Python's numbers bit for bit, and `fast` what it promises.

GRAPHS=10000 tries ten thousand random graphs, and each operation on a hundred thousand numbers.
What needs llvmlite, the `native` extra, is skipped without it.
"""

import math
import pathlib
import random
import re
import subprocess
import sys
import threading
from array import array

import pytest

from autograd_mini import Value, nn
from autograd_mini.engine import ops
from autograd_mini.engine.derive import gradients
from autograd_mini.engine.errors import CompileError, MissingExtra
from autograd_mini.losses import mse
from autograd_mini.program.chain_rule import narrowed, with_gradient
from autograd_mini.program.linear import PRIMITIVES, linearised
from autograd_mini.program.native import native_backend
from autograd_mini.program.native.llvm_loops import Layout
from autograd_mini.program.native.llvm_maths import Maths
from autograd_mini.program.native.llvm_plan import planned
from autograd_mini.program.native.llvm_text import rows_module, sums_module
from autograd_mini.program.native.native_backend import Machine, NativeBackend
from support.places import ATTACKS, ROOT, TESTS
from support.random_graphs import bits, random_graph
from support.straight_lines import ARGUMENTS, GRAPHS, arguments, named, one_step, slots_of, ulps

LABELS = [attack["string"] for attack in ATTACKS]

needs_llvm = pytest.mark.skipif(
    not native_backend.available(),
    reason="llvmlite is not installed: pip install 'autograd_mini[native]'",
)


# -- machines --------------------------------------------------------------------------------------


def machines():
    """This machine, and those with less in them that it can stand for."""
    here = native_backend.this_machine()
    found = {"this machine": here}
    if "+sse2" in here.features.split(","):
        found["no vector extensions"] = Machine("x86-64", "")
        if here.lanes == 8:
            found["AVX2"] = Machine("haswell", without(here, "avx512", "avx10"))
    return found


def without(machine, *names):
    features = machine.features.split(",")
    return ",".join(
        [f"-{feature[1:]}" if feature[1:].startswith(names) else feature for feature in features]
    )


class Plain(Machine):
    """A machine whose system has no functions of vectors."""

    def vector_functions(self):
        return {}


MACHINES = machines() if native_backend.available() else {"none": None}
each_machine = pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
# The most and the least; all of them in a long run.
EXTREMES = {name: MACHINES[name] for name in MACHINES if name != "AVX2" or GRAPHS > 200}
extreme_machines = pytest.mark.parametrize("machine", EXTREMES.values(), ids=EXTREMES)


# -- comparing -------------------------------------------------------------------------------------


def flat(rows):
    return array("d", [number for row in rows for number in row])


def parameters_of(line):
    return array("d", [leaf.data for leaf in line.parameters])


def run_rows(backend, line, rows):
    """The outputs of each row, as tuples."""
    found = backend.rows(flat(rows), len(rows), parameters_of(line)).tolist()
    return list(zip(*[iter(found)] * len(line.outputs), strict=True))


def hex_of(rows):
    """Numbers for comparison: nan equals nan, and 0.0 differs from -0.0."""
    return [bits(row) for row in rows]


def assert_same(backend, line, rows):
    """Each row bit for bit, and the sum of one row, too."""
    expected = [line.run(row) for row in rows]
    assert hex_of(run_rows(backend, line, rows)) == hex_of(expected)
    total = backend.total(flat(rows[:1]), 1, parameters_of(line))
    assert bits(total) == bits(expected[0])


def assert_sums(found, rows):
    """Sums of tuples, up to the rounding of as many additions."""
    for total, column in zip(found, zip(*rows, strict=True), strict=True):
        size = math.fsum(map(abs, column))
        assert total == pytest.approx(math.fsum(column), rel=0, abs=1e-15 * len(rows) * size)


def network(inputs=3, hidden=(5, 4), seed=1):
    """The loss of a small network and its gradient by the parameters, and the leaves."""
    model = nn.MLP(inputs, [*hidden, 1], activation="tanh", seed=seed)
    x, y = [Value(0.1 * i) for i in range(inputs)], Value(1.0)
    line, _ = with_gradient(mse(model(x), [y]), [*x, y])
    return narrowed(line, [0, *range(2 + inputs, len(line.outputs))])


def rows_for(line, count, seed=0):
    chance = random.Random(seed)
    return [tuple([chance.uniform(-2, 2) for _ in range(line.inputs)]) for _ in range(count)]


# -- each operation --------------------------------------------------------------------------------


def every_operation():
    """A line with all operations, each on the first inputs."""
    inputs = [Value(0.5) for _ in range(3)]
    return linearised([op(*inputs[: len(op.rules)]) for op in PRIMITIVES], inputs)


@needs_llvm
@each_machine
def test_each_operation_gives_the_same_bits(machine):
    line, rows = every_operation(), arguments(ops.where, ARGUMENTS)
    found = run_rows(NativeBackend(line, machine=machine), line, rows)
    for row, numbers in zip(rows, found, strict=True):
        expected = line.run(row)
        if bits(numbers) != bits(expected):  # say which
            pairs = zip(PRIMITIVES, bits(numbers), bits(expected), strict=True)
            assert [(row, *pair) for pair in pairs if pair[1] != pair[2]] == []


@needs_llvm
def test_a_product_and_a_sum_are_rounded_twice_unless_fast():
    x, y, z = Value(1.0 + 2.0**-30), Value(1.0 - 2.0**-30), Value(-1.0)
    line = linearised([x * y + z], [x, y, z])
    row = (x.data, y.data, z.data)
    assert run_rows(NativeBackend(line), line, [row]) == [(0.0,)]
    expected = -(2.0**-60) if "+fma" in native_backend.this_machine().features.split(",") else 0.0
    if "+neon" not in native_backend.this_machine().features:
        assert run_rows(NativeBackend(line, fast=True), line, [row]) == [(expected,)]


@needs_llvm
@each_machine
def test_powers_with_a_constant_exponent(machine):
    x, exponents = Value(2.0), (1.0, 2.0, 3.0, -1.0, -2.0, 0.0, 0.5, 2.5, -3.0)
    line = linearised([x**exponent for exponent in exponents], [x])
    rows = [row[:1] for row in arguments(ops.exp, 1000)]
    exact = [line.run(row) for row in rows]
    assert hex_of(run_rows(NativeBackend(line, machine=machine), line, rows)) == hex_of(exact)
    fast = run_rows(NativeBackend(line, fast=True, machine=machine), line, rows)
    for row, found, expected in zip(rows, fast, exact, strict=True):
        for exponent, z, truth in zip(exponents, found, expected, strict=True):
            assert ulps(z, truth) <= 4, (row, exponent)


# -- whole graphs ----------------------------------------------------------------------------------

TOGETHER = 20  # random graphs in one program, for compiling takes the time


def graphs_together(seed, tame=False, many=TOGETHER):
    """(line, rows): the outputs of many random graphs, and their gradients by the inputs."""
    chance = random.Random(seed)
    outputs, inputs, slopes = [], [], []
    for _ in range(many):
        nodes = random_graph(chance, results=15, tame=tame)
        leaves = [node for node in nodes if node.is_leaf]
        outputs.append(nodes[-1])
        inputs += leaves[: chance.randint(0, len(leaves))]
        slopes += gradients(nodes[-1], leaves)
    line = linearised([*outputs, *slopes], inputs)
    rows = [tuple([leaf.data for leaf in inputs])]
    for _ in range(9):
        shuffled = [leaf.data for leaf in inputs]
        chance.shuffle(shuffled)
        rows.append(tuple(shuffled))
    return line, rows


@needs_llvm
@pytest.mark.parametrize("seed", range(max(1, GRAPHS // TOGETHER)))
def test_random_graphs_give_the_same_bits(seed):
    line, rows = graphs_together(seed)
    expected = [line.run(row) for row in rows]
    assert hex_of(run_rows(NativeBackend(line), line, rows)) == hex_of(expected)


@needs_llvm
@pytest.mark.parametrize("seed", range(max(1, GRAPHS // TOGETHER // 10)))
def test_sums_of_random_graphs(seed):
    """Of one row bit for bit; of several, up to rounding, where no sum on the way can overflow."""
    line, rows = graphs_together(seed)
    backend = NativeBackend(line)
    assert_same(backend, line, rows)
    found = backend.total(flat(rows), len(rows), parameters_of(line))
    for total, column in zip(found, zip(*map(line.run, rows), strict=True), strict=True):
        expected, size = add_up(column), add_up([abs(x) for x in column])
        if size < 1e300:
            assert abs(total - expected) <= 1e-14 * size
        elif any(x != x for x in column):
            assert total != total


@needs_llvm
@each_machine
def test_random_graphs_on_other_machines_and_in_small_pieces(machine):
    line, rows = graphs_together(-1, many=4)
    assert_same(NativeBackend(line, machine=machine, piece=20), line, rows)
    for piece in (1, 5):
        line = network(hidden=(3,))
        assert_same(NativeBackend(line, machine=machine, piece=piece), line, rows_for(line, 3))


@needs_llvm
def test_graphs_that_are_too_large_to_optimise(monkeypatch):
    monkeypatch.setattr(native_backend, "OPTIMISED", 10)
    line, rows = graphs_together(99)
    assert_same(NativeBackend(line), line, rows)


@needs_llvm
@extreme_machines
def test_networks_large_enough_for_each_way_through_the_batch(machine):
    """Many inputs, more neurons than sums fit in registers, several tiles and pieces."""
    line = network(inputs=20, hidden=(26,))
    rows = rows_for(line, 19)
    backend = NativeBackend(line, machine=machine, piece=500)
    assert_same(backend, line, rows)
    found = backend.total(flat(rows), len(rows), parameters_of(line))
    assert_sums(found, [line.run(row) for row in rows])


@needs_llvm
@each_machine
def test_every_number_of_rows(machine):
    line = network()
    backend, rows = NativeBackend(line, machine=machine), rows_for(line, 40)
    expected = [line.run(row) for row in rows]
    for count in range(41):
        assert hex_of(run_rows(backend, line, rows[:count])) == hex_of(expected[:count])
        if count:
            found = backend.total(flat(rows[:count]), count, parameters_of(line))
            assert_sums(found, expected[:count])


@needs_llvm
@each_machine
@pytest.mark.parametrize("many", [0, 1, 2, 3, 7, 9, 17])
def test_every_number_of_inputs_and_outputs(many, machine):
    inputs = [Value(1.0) for _ in range(many)]
    weight = Value(0.5)
    outputs = [weight * (i + 1.0) * x for i, x in enumerate(inputs)] or [weight + 1.0]
    line = linearised(outputs, inputs)
    rows = [tuple([100.0 * row + i for i in range(many)]) for row in range(21)]
    backend = NativeBackend(line, machine=machine)
    found = backend.rows(flat(rows), len(rows), array("d", [3.0]))
    expected = [tuple([3.0 * (i + 1.0) * x for i, x in enumerate(row)]) or (4.0,) for row in rows]
    assert found.tolist() == [number for row in expected for number in row]
    assert_sums(backend.total(flat(rows), len(rows), array("d", [3.0])), expected)


@needs_llvm
def test_outputs_that_are_no_steps_and_outputs_that_are_the_same():
    x, y, w = Value(2.0), Value(3.0), Value(5.0)
    product = x * y
    outputs = [x, w, Value(7.0), product, product, x * x, y * x, w * x, product + w, 0.0 * w, x]
    line = linearised(outputs, [x, y])
    rows = [(float(i), 10.0 * i + 1.0) for i in range(13)]
    backend = NativeBackend(line)
    assert_same(backend, line, rows)
    found = backend.total(flat(rows), len(rows), parameters_of(line))
    assert found.tolist() == [sum(column) for column in zip(*map(line.run, rows), strict=True)]


@needs_llvm
def test_factors_that_would_have_to_stand_on_both_sides():
    """x·y, y·z and z·x: no way to give each factor one side."""
    x, y, z = Value(1.0), Value(1.0), Value(1.0)
    line = linearised([x * y, y * z, z * x, x, y], [x, y, z])
    rows = [(1.0 * i, 2.0 * i, 3.0 * i) for i in range(1, 12)]
    found = NativeBackend(line).total(flat(rows), len(rows), array("d"))
    assert found.tolist() == [sum(column) for column in zip(*map(line.run, rows), strict=True)]


@needs_llvm
def test_a_sum_of_negative_zeros_is_one():
    x, y = Value(1.0), Value(1.0)
    line = linearised([x * y, x], [x, y])
    for count in (1, 3, 8, 11):
        found = NativeBackend(line).total(array("d", [-0.0, 1.0] * count), count, array("d"))
        assert bits(found) == ["-0.0", "-0.0"]


@needs_llvm
def test_rows_that_are_nan_or_infinite_stay_by_themselves():
    x, y = Value(1.0), Value(1.0)
    line = linearised([(x * y).tanh(), x / y], [x, y])
    rows = [(1.0, 2.0), (math.nan, 1.0), (math.inf, 0.0), (0.0, 0.0), (3.0, 4.0)]
    assert_same(NativeBackend(line), line, rows)


# -- gradient descent ------------------------------------------------------------------------------


def descended(line, rows, order, batch, parameters, velocity, lr, momentum):
    """An epoch in plain Python."""
    count, loss = len(order), 0.0
    for start in range(0, count, batch):
        found = [line_at(line, rows[i], parameters) for i in order[start : start + batch]]
        first, *sums = [add_up(column) for column in zip(*found, strict=True)]
        loss += first
        for i, total in enumerate(sums):
            slope = total / len(found)
            velocity[i] = momentum * velocity[i] + slope if momentum else slope
            parameters[i] -= lr * velocity[i]
    return loss / count


def line_at(line, row, parameters):
    for leaf, number in zip(line.parameters, parameters, strict=True):
        leaf.data = number
    return line.run(row)


def add_up(numbers):
    total = numbers[0]
    for x in numbers[1:]:
        total += x
    return total


@needs_llvm
@each_machine
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_descent(batch, momentum, machine):
    """Bit for bit where a batch is one row, else up to rounding."""
    line, count = network(), 21
    rows, order = rows_for(line, count), list(range(count))
    random.Random(5).shuffle(order)
    expected, speed = parameters_of(line), array("d", [0.25] * len(line.parameters))
    found, velocity = array("d", expected), array("d", speed)
    backend = NativeBackend(line, machine=machine)
    for shuffled in (order, list(range(count))):
        given = array("q", shuffled) if shuffled == order else None
        wanted = descended(line, rows, shuffled, batch, expected, speed, 0.05, momentum)
        loss = backend.descend(flat(rows), given, batch, found, velocity, 0.05, momentum)
        if batch == 1:
            assert bits([loss, *found, *velocity]) == bits([wanted, *expected, *speed])
        assert [loss, *found] == pytest.approx([wanted, *expected], rel=1e-12, abs=1e-15)
        assert velocity.tolist() == pytest.approx(speed.tolist(), rel=1e-9, abs=1e-14)


@needs_llvm
def test_descent_does_not_touch_an_old_velocity_without_momentum():
    line = network()
    velocity = array("d", [math.inf] * len(line.parameters))
    rows, parameters = rows_for(line, 9), parameters_of(line)
    NativeBackend(line).descend(flat(rows), None, 4, parameters, velocity, 0.05, 0.0)
    assert all(map(math.isfinite, [*parameters, *velocity]))


@needs_llvm
def test_descent_takes_some_of_the_rows_more_than_once():
    line, order = network(), [4, 4, 0, 4]
    rows, expected = rows_for(line, 5), parameters_of(line)
    found, zeros = array("d", expected), [0.0] * len(expected)
    wanted = descended(line, rows, order, 1, expected, list(zeros), 0.05, 0.0)
    loss = NativeBackend(line).descend(
        flat(rows), array("q", order), 1, found, array("d", zeros), 0.05, 0.0
    )
    assert bits([loss, *found]) == bits([wanted, *expected])


@needs_llvm
def test_descent_without_inputs():
    w = Value(3.0)
    line, _ = with_gradient(w * w, [])
    found, velocity = array("d", [3.0]), array("d", [0.0])
    loss = NativeBackend(line).descend(
        array("d"), array("q", [0, 0]), 1, found, velocity, 0.25, 0.0
    )
    assert (loss, found.tolist()) == ((9.0 + 2.25) / 2, [0.75])


@needs_llvm
@pytest.mark.parametrize("order", [[0, 1, 5], [0, -1], [2**62]])
def test_an_order_of_rows_that_are_not_there(order):
    line = network()
    rows, parameters = rows_for(line, 5), parameters_of(line)
    velocity = array("d", [0.0] * len(parameters))
    with pytest.raises(ValueError, match="a row that is not among the 5"):
        NativeBackend(line).descend(
            flat(rows), array("q", order), 2, parameters, velocity, 0.1, 0.0
        )
    assert parameters == parameters_of(line)


@needs_llvm
def test_buffers_that_are_too_short():
    line = network()
    backend, rows, fine = NativeBackend(line), flat(rows_for(line, 3)), parameters_of(line)
    short = fine[:-1]
    for call in (
        lambda: backend.rows(rows, 4, fine),
        lambda: backend.rows(rows, -1, fine),
        lambda: backend.total(rows, 4, fine),
        lambda: backend.total(rows, 3, short),
        lambda: backend.descend(rows, None, 3, fine, short, 0.1, 0.0),
        lambda: backend.descend(rows, None, 0, fine, array("d", fine), 0.1, 0.0),
        lambda: backend.descend(rows[:0], None, 3, fine, array("d", fine), 0.1, 0.0),
    ):
        with pytest.raises(ValueError):
            call()


# -- buffers ---------------------------------------------------------------------------------------


@needs_llvm
def test_numbers_in_every_kind_of_buffer():
    line = network()
    rows = rows_for(line, 6)
    numbers, parameters = flat(rows), parameters_of(line)
    backend = NativeBackend(line)
    expected = backend.rows(numbers, 6, parameters)
    spread = memoryview(array("d", [x for x in numbers for _ in range(2)]))[::2]
    for given in (
        memoryview(numbers),
        memoryview(numbers).toreadonly(),
        memoryview(bytes(numbers)).cast("d"),
        memoryview(array("d", [9.0, *numbers]))[1:],
        spread,
    ):
        assert backend.rows(given, 6, parameters) == expected


AT_THE_EDGE = """
import ctypes, mmap, sys
from array import array
sys.path[:0] = {path!r}
from test_native import network, rows_for, flat, parameters_of, NativeBackend

def at_the_edge(numbers):
    # Behind the last number begins a page that nobody may read or write.
    size = len(bytes(numbers))
    pages = mmap.mmap(-1, (size // mmap.PAGESIZE + 2) * mmap.PAGESIZE)
    edge = len(pages) - mmap.PAGESIZE
    pages[edge - size : edge] = bytes(numbers)
    begin = ctypes.addressof(ctypes.c_char.from_buffer(pages))
    libc = ctypes.CDLL(None)
    libc.mprotect.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    assert libc.mprotect(begin + edge, mmap.PAGESIZE, 0) == 0
    return memoryview(pages)[edge - size : edge].cast(numbers.typecode)

for inputs in (1, 3, 9, 17):
    line = network(inputs)
    backend = NativeBackend(line)
    parameters, velocity = map(at_the_edge, (parameters_of(line), parameters_of(line)))
    for count in (1, 3, 8, 13, 40):
        numbers = at_the_edge(flat(rows_for(line, count)))
        order = at_the_edge(array("q", reversed(range(count))))
        backend.rows(numbers, count, parameters)
        backend.total(numbers, count, parameters)
        for given in (None, order):
            backend.descend(numbers, given, 5, parameters, velocity, 0.01, 0.9)
print("fine")
"""


@needs_llvm
@pytest.mark.skipif(sys.platform != "linux", reason="the pages are protected as Linux does it")
def test_nothing_is_read_or_written_beyond_the_buffers():
    """Against a protected page, in a process of its own: it would be the end of this one."""
    program = AT_THE_EDGE.format(path=[str(pathlib.Path(__file__).parent), str(TESTS), str(ROOT)])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr, done.returncode) == ("fine\n", "", 0)


@needs_llvm
def test_threads_at_the_same_time():
    line = network()
    backend, rows = NativeBackend(line), rows_for(line, 5000)
    numbers, parameters = flat(rows), parameters_of(line)
    expected, found = backend.total(numbers, 5000, parameters), []

    def work():
        found.extend([backend.total(numbers, 5000, parameters) for _ in range(10)])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 80


@needs_llvm
def test_memory_is_used_again_but_not_at_the_same_time():
    backend = NativeBackend(network())
    part = backend._sum_part
    first, second = part.take_memory(), part.take_memory()
    assert first is not second
    part.give_back(first)
    assert part.take_memory() is first


# -- fast ------------------------------------------------------------------------------------------

# Where to try each function: ordinary numbers, and sizes over many powers of ten.
RANGES = {
    "exp": (-745, 709), "expm1": (-40, 709), "sin": (-100, 100), "cos": (-100, 100),
    "tan": (-100, 100), "asin": (-1, 1), "acos": (-1, 1), "sinh": (-700, 700),
    "cosh": (-700, 700), "tanh": (-22, 22), "atanh": (-1, 1), "erf": (-6, 6),
    "sigmoid": (-745, 40), "log": (0, 10), "log1p": (-1, 10), "log2": (0, 10), "log10": (0, 10),
    "acosh": (1, 10),
}  # fmt: skip
FUNCTIONS = [op for op in PRIMITIVES if op.name in RANGES or op.name in ("asinh", "atan")]


def truth(op, x):
    """What mpmath has for it, to 40 digits."""
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workprec(140):
        x = mpmath.mpf(x)
        if op is ops.sigmoid:
            return 1 / (1 + mpmath.exp(-x))
        return mpmath.log(x, 2) if op is ops.log2 else getattr(mpmath, op.name)(x)


def ordinary(op, count):
    chance, (low, high) = random.Random(op.name), RANGES.get(op.name, (-10, 10))
    for _ in range(count):
        yield chance.uniform(low, high)
        x = chance.choice([-1, 1]) * 10 ** chance.uniform(-12, math.log10(max(high, 2)))
        yield x if low < x < high else chance.uniform(max(low, -2), min(high, 2))


@needs_llvm
@extreme_machines
@pytest.mark.parametrize(
    ("op", "has_library"),
    [*[(op, True) for op in FUNCTIONS], *[(op, False) for op in (ops.exp, ops.tanh, ops.sigmoid)]],
    ids=lambda it: it.name if it in FUNCTIONS else "library" if it else "no library",
)
def test_fast_functions_are_right_to_4_ulp(op, has_library, machine):
    """Without a library of vectors, the others are functions of C's, as in the tests above."""
    pytest.importorskip("mpmath")
    machine = machine if has_library else Plain(machine.cpu, machine.features)
    line, many = one_step(op), list(ordinary(op, max(60, GRAPHS // 4)))
    backend = NativeBackend(line, fast=True, machine=machine)
    for x, found in zip(many, backend.rows(array("d", many), len(many), array("d")), strict=True):
        exact = truth(op, x)
        assert abs(found - exact) <= 4 * math.ulp(float(exact)), x
    special = [row[0] for row in arguments(op, 0)]
    wanted = [line.run((x,))[0] for x in special]
    for x, found, y in zip(
        special, backend.rows(array("d", special), len(special), array("d")), wanted, strict=True
    ):
        assert ulps(found, y) <= 4 if y else bits([found]) == bits([y]), x


@needs_llvm
@extreme_machines
def test_fast_operations_on_all_kinds_of_numbers(machine):
    """Against C's library, which is right to 1 ulp itself, and most often exact."""
    line, rows = every_operation(), arguments(ops.where, ARGUMENTS)
    found = run_rows(NativeBackend(line, fast=True, machine=machine), line, rows)
    for row, numbers in zip(rows, found, strict=True):
        for op, x, y in zip(PRIMITIVES, numbers, line.run(row), strict=True):
            assert ulps(x, y) <= 5, (op, row, x, y)


def absolute_contributions(line, row, output):
    """Σ |slot|·|∂output/∂slot| over all slots, where no path cancels another."""
    slots, weights = slots_of(line, row), [0.0] * len(line.names)
    weights[output] = 1.0
    for slot in range(len(slots) - 1, line.first_step - 1, -1):
        op, operands = line.steps[slot - line.first_step]
        if weights[slot]:
            numbers = [slots[operand] for operand in operands]
            for operand, rule in zip(operands, op.rules, strict=True):
                local = rule(*numbers, slots[slot]) if callable(rule) else rule
                weights[operand] += weights[slot] * abs(local or 0.0)
    return math.fsum(abs(x) * weight for x, weight in zip(slots, weights, strict=True))


@needs_llvm
@extreme_machines
def test_fast_graphs_are_right_to_the_ninth_digit_of_what_is_added(machine):
    for seed in range(max(1, GRAPHS // 100)):
        line, rows = graphs_together(seed, tame=True, many=10)
        found = run_rows(NativeBackend(line, fast=True, machine=machine), line, rows[:3])
        for row, numbers in zip(rows, found, strict=False):
            for x, y, slot in zip(numbers, line.run(row), line.outputs, strict=True):
                size = absolute_contributions(line, row, slot)
                if size < 1e300:  # else it hangs on an infinity, where nothing is promised
                    assert abs(x - y) <= 1e-9 * size, (seed, row)


@needs_llvm
def test_fast_descent_goes_the_same_way():
    line = network(hidden=(8, 8))
    rows, parameters = flat(rows_for(line, 50)), parameters_of(line)
    ends = []
    for fast in (False, True):
        now, velocity = array("d", parameters), array("d", [0.0] * len(parameters))
        backend = NativeBackend(line, fast=fast)
        losses = [backend.descend(rows, None, 8, now, velocity, 0.02, 0.5) for _ in range(20)]
        ends.append([*losses, *now])
    assert ends[0] == pytest.approx(ends[1], rel=1e-9, abs=1e-11) and ends[0] != ends[1]


# -- names and errors ------------------------------------------------------------------------------


def modules(line, fast=False):
    machine_functions = {"exp": "_ZGVeN8v_exp"} if fast else {}
    maths = Maths(8, fast, machine_functions)
    plans = planned(line, False), planned(line, True)
    rows, sums = [(plan, maths, Layout(plan, 8, 4)) for plan in plans]
    return rows_module(*rows) + sums_module(*sums, (4, 6))


@pytest.mark.parametrize("fast", [False, True])
def test_no_name_can_be_one_of_c(fast):
    inputs = [Value(1.0 + i) for i in range(3)]
    nodes = [op(*inputs[: len(op.rules)]) for op in PRIMITIVES]
    text = modules(linearised(nodes, inputs), fast)
    names = set(re.findall(r"@([\w.$\"]+)", text))
    assert ("am.piece.0" in names and "am.library.tanh" in names) or fast
    assert all(name.startswith(("am.", "llvm.")) for name in names)
    assert "'" not in text and '"' not in text


@pytest.mark.slow
@pytest.mark.parametrize("label", LABELS)
def test_labels_do_not_get_into_the_code(label):
    for plain, hostile in zip(named("x"), named(label), strict=True):
        assert modules(hostile) == modules(plain)


def test_without_llvmlite(monkeypatch):
    native_backend._llvm.cache_clear()
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    with pytest.raises(MissingExtra, match=r"pip install 'autograd_mini\[native\]'"):
        NativeBackend(linearised([Value(1.0)], []))


@pytest.mark.slow
def test_available_does_not_import_it():
    program = (
        "import sys; from autograd_mini.program.native import native_backend as n; n.available(); "
    )
    program += "print('llvmlite' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "False\n"


@needs_llvm
def test_an_llvmlite_that_is_too_old(monkeypatch):
    native_backend._llvm.cache_clear()
    monkeypatch.setattr("llvmlite.binding.llvm_version_info", (15, 0, 7))
    with pytest.raises(MissingExtra, match=r"needs llvmlite 0\.45 or later; .* is installed"):
        native_backend._llvm()


@needs_llvm
@pytest.mark.parametrize(
    "text",
    [
        "define void @am.rows() { ret i64 1 }",
        "this is no program",
        "define i64 @am.rows() {\n%x = add i64 %y, 1\n%y = add i64 %x, 1\nret i64 %x\n}",
    ],
)
def test_what_llvm_refuses_is_an_error_and_not_the_end(text, monkeypatch):
    monkeypatch.setattr(native_backend, "rows_module", lambda *arguments: text)
    with pytest.raises(CompileError, match="LLVM does not take this program"):
        NativeBackend(network()).rows(array("d"), 0, parameters_of(network()))


@needs_llvm
def test_a_function_that_the_system_does_not_have(monkeypatch):
    text = "declare double @am.library.nonsense(double)"
    monkeypatch.setattr(native_backend, "rows_module", lambda *arguments: text)
    with pytest.raises(CompileError, match="has no function 'nonsense'"):
        NativeBackend(network()).rows(array("d"), 0, parameters_of(network()))


@needs_llvm
def test_a_processor_that_llvm_does_not_know(monkeypatch):
    def fail():
        raise RuntimeError("failed to get host cpu features")

    monkeypatch.setattr(native_backend._llvm(), "get_host_cpu_features", fail)
    machine = native_backend.this_machine()
    assert (machine.cpu, machine.features, machine.lanes) == ("", "", 2)
    line = network()
    assert_same(NativeBackend(line, machine=machine), line, rows_for(line, 5))
