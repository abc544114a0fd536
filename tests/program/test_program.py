"""Programs: the numbers are those of the graph, bit for bit, however run; labels stay data.

The file tests/golden/program/neuron.py.txt is what the source of a neuron should be. After a
change on purpose, write it anew with

    UPDATE_GOLDEN=1 python -m pytest tests/program/test_program.py

and read it before you believe it.
"""

import ast
import concurrent.futures
import copy
import gc
import importlib
import importlib.util
import itertools
import math
import multiprocessing
import os
import pickle
import random
import re
import subprocess
import sys
from array import array
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import Op, Value, losses, nn, no_grad, optim, topological_order
from autograd_mini.engine import derive, ieee, ops
from autograd_mini.engine.errors import CompileError, MissingExtra
from autograd_mini.program import arguments, epochs
from autograd_mini.program import compile as compile_module
from autograd_mini.program.buffers import buffered
from autograd_mini.program.chain_rule import narrowed, with_gradient
from autograd_mini.program.compile import Program, compile
from autograd_mini.program.linear import PRIMITIVES, linearised
from autograd_mini.program.native import native_backend
from autograd_mini.program.python_backend import PythonBackend
from autograd_mini.program.python_source import WIDTH, Statements
from autograd_mini.program.reserved_words import PYTHON as RESERVED
from autograd_mini.program.slot_names import identifier, slot_names
from autograd_mini.program.spellings import LLVM_LINES, SPELLINGS, llvm_lines
from autograd_mini.program.spellings import PYTHON_HELPERS as HELPERS
from autograd_mini.tracing.trace import record
from support.goldens import golden_files, golden_text
from support.interrupts import interrupted_everywhere
from support.places import ATTACKS
from support.random_graphs import AWKWARD, ROWS, bits, graphs
from support.rows import each_row
from support.straight_lines import GRAPHS, graph_of

HAS_NATIVE = arguments.available_target("auto") == "native"


@pytest.fixture(params=["python", "native"])
def target(request):
    if request.param == "native" and not HAS_NATIVE:
        pytest.skip("llvmlite is not installed")
    return request.param


def leaves_of(output):
    return [node for node in topological_order(output) if node.is_leaf]


def split_leaves(nodes, chance):
    """Some leaves of a random graph as inputs, in any order, and the others, its parameters."""
    leaves = leaves_of(nodes[-1])
    inputs = chance.sample(leaves, chance.randint(0, len(leaves)))
    return inputs, [leaf for leaf in leaves if leaf not in inputs]


def module_of(source):
    names = {"__builtins__": __builtins__}
    exec(source, names)
    return names


# -- the same numbers ------------------------------------------------------------------------------


@pytest.mark.slow
@given(graphs(), st.randoms(use_true_random=False))
def test_a_program_gives_the_numbers_of_the_graph(nodes, chance):
    output = nodes[-1]
    inputs, parameters = split_leaves(nodes, chance)
    program = compile(output, inputs, target="python")
    source = module_of(program.source())
    assert list(program.parameters) == parameters
    for leaf in inputs + parameters if chance.random() < 0.5 else []:
        leaf.data = chance.choice([*AWKWARD, 0.3, -1.7])
    eager = copy.deepcopy(output)
    twins = dict(zip(leaves_of(output), leaves_of(eager), strict=True))
    eager.recompute()
    eager.backward()
    row = [leaf.data for leaf in inputs]
    by_inputs = [twins[leaf].grad for leaf in inputs]
    by_parameters = [twins[leaf].grad for leaf in parameters]

    assert bits([program(*row)]) == bits(program.map([row])) == bits([eager.data])
    value, gradient = program.value_and_gradient(*row)
    assert bits([value, *gradient]) == bits([eager.data, *by_inputs])
    if parameters:
        assert bits([program.backward([row])]) == bits([eager.data])
        assert [leaf._grad for leaf in inputs] == [None] * len(inputs)
        assert bits([leaf._grad for leaf in parameters]) == bits(
            [twins[leaf]._grad for leaf in parameters]
        )
    now = [leaf.data for leaf in parameters]
    extra = [now] if parameters else []
    assert bits([source["value"](*row, *extra)]) == bits([eager.data])
    found = source["value_and_gradient"](*row, *extra)
    assert bits(found) == bits([eager.data, *by_inputs, *by_parameters])


@pytest.mark.slow
@given(graphs(), st.randoms(use_true_random=False))
def test_the_chain_rule_on_symbols_is_that_on_nodes(nodes, chance):
    output = nodes[-1]
    inputs, parameters = split_leaves(nodes, chance)
    line, reached = with_gradient(output, inputs)
    by_graph = derive.gradients(output, [*inputs, *parameters])
    row = [leaf.data for leaf in inputs]
    assert bits(line.run(row)) == bits([output.data, *[g.data for g in by_graph]])
    other = linearised([output], inputs, by_graph)
    assert (len(line.steps), line.forward) == (len(other.steps), other.forward)
    output.backward()
    assert reached == [leaf._grad is not None for leaf in parameters]
    part = narrowed(line, [0, *range(1, 1 + len(inputs))])
    assert bits(part.run(row)) == bits(line.run(row)[: 1 + len(inputs)])
    assert len(part.steps) <= len(line.steps) and part.forward == line.forward


@pytest.mark.slow
@each_row("op", ROWS, ids=lambda op: op.name)
def test_every_row_compiles_and_so_do_its_rules(op):
    count = 3 if op.variadic else len(op.rules)
    arguments = [Value(0.5) for _ in range(count)]
    program = compile(op(*arguments), arguments, target="python")
    points = [0.0, -0.0, 0.5, -2.0, 3.0, 1e308, 5e-324, math.inf, -math.inf, math.nan]
    for row in itertools.islice(
        itertools.product(points, repeat=count), 0, None, 1 + 6 * (count > 2)
    ):
        fresh = [Value(x) for x in row]
        result = op(*fresh)
        result.backward()
        value, gradient = program.value_and_gradient(*row)
        assert bits([value, *gradient]) == bits([result.data, *[x.grad for x in fresh]]), row


def test_a_program_by_hand(target):
    x, y, w = Value(2.0), Value(3.0), Value(0.5)
    program = compile(w * x * x + y, [x, y], target=target)
    assert program(4.0, 1.0) == 9.0
    assert program.map([(4.0, 1.0), (2.0, 0.0)]) == [9.0, 2.0]
    assert program.value_and_gradient(4.0, 1.0) == (9.0, (4.0, 1.0))
    assert program.backward([(4.0, 1.0), (2.0, 0.0)]) == 5.5
    assert w.grad == 10.0
    w.data = 1.0  # a parameter is read at every call
    assert program(4.0, 1.0) == 17.0


def test_the_gradient_is_that_of_central_differences(target):
    x, y = Value(0.3), Value(0.8)
    program = compile((x * y).tanh() / (1.0 + am.exp(x - y)), [x, y], target=target)
    _, (dx, dy) = program.value_and_gradient(0.7, -0.2)
    h = 1e-6
    assert dx == pytest.approx(
        (program(0.7 + h, -0.2) - program(0.7 - h, -0.2)) / (2 * h), abs=1e-9
    )
    assert dy == pytest.approx(
        (program(0.7, -0.2 + h) - program(0.7, -0.2 - h)) / (2 * h), abs=1e-9
    )


def test_several_outputs_give_tuples(target):
    x, y = Value(2.0), Value(3.0)
    program = compile([x * y, x, Value(7.0), (x * 0.0 + y).detach()], [x, y], target=target)
    assert program(5.0, 10.0) == (50.0, 5.0, 7.0, 10.0)
    assert program.map([(1.0, 2.0), (3.0, 4.0)]) == [(2.0, 1.0, 7.0, 2.0), (12.0, 3.0, 7.0, 4.0)]
    assert compile([x * y], [x, y], target=target)(2.0, 3.0) == (6.0,)
    for act in (
        lambda: program.value_and_gradient(1.0, 2.0),
        lambda: program.backward([(1.0, 2.0)]),
    ):
        with pytest.raises(
            ValueError, match=r"has 4 outputs, and a gradient is that of one; compile"
        ):
            act()
    assert "value_and_gradient" not in program.source()


def test_a_program_without_inputs_needs_no_rows(target):
    x, y = Value(2.0), Value(3.0)
    program = compile(x * y, [], target=target)
    assert (program(), program.map([(), ()]), program.backward()) == (6.0, [6.0, 6.0], 6.0)
    assert (x.grad, y.grad) == (3.0, 2.0)
    assert program.descend([()], lr=0.5, epochs=2) == [6.0, 1.0]
    assert (x.data, y.data) == (0.5 - 0.5 * 2.0, 2.0 - 0.5 * 0.5)


def test_outputs_that_are_inputs_parameters_or_constants(target):
    x, w = Value(2.0), Value(3.0)
    constant = (w * 4.0).parents[1]
    assert compile(x, [x], target=target).value_and_gradient(9.0) == (9.0, (1.0,))
    assert compile(constant, [x], target=target).value_and_gradient(9.0) == (4.0, (0.0,))
    program = compile(w, [x], target=target)
    assert (program.value_and_gradient(9.0), program.backward([[1.0]]), w.grad) == (
        (3.0, (0.0,)), 3.0, 1.0,
    )  # fmt: skip
    assert compile(constant, [], target="python").source() != ""


def test_a_second_derivative_compiles():
    x = Value(2.0)
    (slope,) = derive.gradients(x**3, [x])
    assert compile(slope, [x], target="python").value_and_gradient(5.0) == (75.0, (30.0,))


def test_what_changed_or_was_never_recomputed_does_not_matter():
    x, w = Value(2.0), Value(3.0)
    loss = (w * x).tanh()
    w.data = 0.25  # the graph is stale before it is compiled,
    program = compile(loss, [x], target="python")
    x.data, w.data = 7.0, 0.5  # and again before the gradient is made,
    with no_grad():  # where results would be constants
        value, gradient = program.value_and_gradient(1.0)
    assert (value, gradient) == (math.tanh(0.5), ((1.0 - math.tanh(0.5) ** 2) * 0.5,))
    assert loss.data == math.tanh(6.0)


def test_a_program_keeps_the_graph_only_until_its_gradient_is_made():
    x = Value(2.0)
    program = compile(x * x, [x], target="python")
    program.value_and_gradient(1.0)
    assert program._graph is None and program.value_and_gradient(3.0) == (9.0, (6.0,))
    assert program._backend("inputs") is program._backend("inputs")


# -- gradients of the parameters -------------------------------------------------------------------


def test_backward_is_that_of_the_mean(target):
    model = nn.MLP(2, [5, 1], activation="tanh", seed=3)
    x, y = [Value(0.0), Value(0.0)], Value(0.0)
    program = compile(losses.mse(model(x), [y]), [*x, y], target=target)
    chance = random.Random(0)
    rows = [(chance.gauss(0, 1), chance.gauss(0, 1), chance.random()) for _ in range(7)]
    loss = am.mean([losses.mse(model(row[:2]), row[2]) for row in rows])
    loss.backward()
    expected = [parameter.grad for parameter in program.parameters]
    model.zero_grad()
    assert program.backward(rows) == pytest.approx(loss.data, rel=1e-13)
    found = [parameter.grad for parameter in program.parameters]
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-15)
    program.backward(rows)
    assert [parameter.grad for parameter in program.parameters] == [2.0 * g for g in found]


def test_a_parameter_behind_a_wall_keeps_its_gradient_as_backward_leaves_it(target):
    x, w, behind, flat = Value(1.0), Value(2.0), Value(3.0), Value(-1.0)
    loss = w * x * behind.detach() + flat.sign()
    program = compile(loss, [x], target=target)
    program.backward([[1.0]])
    assert (w._grad, behind._grad, flat._grad) == (3.0, None, 0.0)
    behind.grad = 5.0
    program.backward([[1.0]])
    assert (w._grad, behind._grad) == (6.0, 5.0)


def test_every_optimizer_works_after_backward(target):
    x, y, w = Value(0.0), Value(0.0), Value(0.0)
    program = compile((w * x - y) ** 2, [x, y], target=target)
    optimizer = optim.Adam(program.parameters, lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        program.backward([(1.0, 2.0), (2.0, 4.0)])
        optimizer.step()
    assert w.data == pytest.approx(2.0, abs=1e-3)


def test_an_interrupted_backward_leaves_every_gradient_as_it_was_or_complete():
    x, a, b = Value(1.0), Value(2.0), Value(3.0)
    program = compile(a * b * x, [x], target="python")
    program.backward([[1.0]])  # everything is compiled now
    seen = set()
    for _ in interrupted_everywhere(lambda: program.backward([[1.0]]), compile_module):
        seen.add((a.grad, b.grad))
        a.grad, b.grad = 3.0, 2.0
    seen.add((a.grad, b.grad))
    assert seen == {(3.0, 2.0), (6.0, 4.0)}


# -- descending ------------------------------------------------------------------------------------


def moons_program(model, target="python"):
    x, y = [Value(0.0, "x1"), Value(0.0, "x2")], Value(1.0, "y")
    loss = (1.0 - y * model(x)).relu() + 1e-4 * am.sum([p * p for p in model.parameters()])
    return compile(loss, [*x, y], target=target)


def moons_rows(count):
    data = am.datasets.moons(n=count, noise=0.1, seed=0)
    return [(*features, 2.0 * label - 1.0) for features, label in data]


def eager_epochs(model, rows, epochs, chance=None, **settings):
    """The losses of a loop as a user writes it, one row at a time."""
    rows, optimizer, losses = list(rows), optim.SGD(model.parameters(), **settings), []
    for _ in range(epochs):
        if chance:
            chance.shuffle(rows)
        total = -0.0
        for x1, x2, y in rows:
            model.zero_grad()
            loss = (1.0 - y * model([x1, x2])).relu()
            loss = loss + 1e-4 * am.sum([p * p for p in model.parameters()])
            loss.backward()
            optimizer.step()
            total += loss.data
        losses.append(total / len(rows))
    return losses


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sizes", "momentum", "shuffle"),
    [([16, 16, 1], 0.9, 7), ([3, 1], 0.0, None), ([3, 1], 0.9, None), ([3, 1], 0.0, 8)],
)
def test_descending_one_row_at_a_time_is_the_eager_loop(target, sizes, momentum, shuffle):
    model, twin = [nn.MLP(2, sizes, seed=1337) for _ in range(2)]
    rows = moons_rows(12)
    chance = random.Random(shuffle) if shuffle else None
    expected = eager_epochs(twin, rows, 2, chance, lr=0.05, momentum=momentum)
    found = moons_program(model, target).descend(
        rows, lr=0.05, epochs=2, batch_size=1, momentum=momentum, shuffle=shuffle
    )
    assert bits(found) == bits(expected)
    assert bits([p.data for p in model.parameters()]) == bits([p.data for p in twin.parameters()])


def test_descending_in_batches_is_backward_and_sgd(target):
    model, twin = [nn.MLP(2, [4, 1], activation="tanh", seed=5) for _ in range(2)]
    rows = moons_rows(10)
    found = moons_program(model, target).descend(rows, 0.1, epochs=3, batch_size=4, momentum=0.5)
    program, expected = moons_program(twin, target), []
    optimizer = optim.SGD(program.parameters, lr=0.1, momentum=0.5)
    for _ in range(3):
        total = 0.0
        for batch in (rows[:4], rows[4:8], rows[8:]):
            optimizer.zero_grad()
            total += program.backward(batch) * len(batch)
            optimizer.step()
        expected.append(total / 10)
    assert found == pytest.approx(expected, rel=1e-12)
    numbers = [p.data for p in model.parameters()]
    assert numbers == pytest.approx([p.data for p in twin.parameters()], rel=1e-12, abs=1e-15)


def test_an_epoch_is_one_batch_unless_told_otherwise(target):
    x, w = Value(0.0), Value(1.0)
    program = compile(w * x, [x], target=target)
    assert program.descend([1.0, 3.0], lr=0.25, epochs=2) == [2.0, 1.0]
    assert (w.data, w._grad) == (0.0, None)
    assert program.descend([1.0, 3.0], lr=0.25, epochs=0) == []
    assert program.descend([1.0, 3.0], lr=0.25, epochs=1, batch_size=99) == [0.0]


def test_without_momentum_an_infinite_step_is_forgotten(target):
    x, w = Value(0.0), Value(1.0)
    compile(w * x, [x], target=target).descend([math.inf], lr=1.0, epochs=2)
    assert w.data == -math.inf


def test_a_seed_or_a_generator_shuffles_the_same_way():
    def losses_of(shuffle):
        x, w = Value(0.0), Value(1.0)
        program = compile((w - x) ** 2, [x], target="python")
        return program.descend([1.0, 2.0, 4.0, 8.0], 0.1, epochs=3, batch_size=1, shuffle=shuffle)

    assert losses_of(3) == losses_of(random.Random(3)) != losses_of(None)
    state = random.getstate()
    losses_of(3)
    assert random.getstate() == state


def test_the_callback_sees_each_epoch_and_can_end_it(target):
    x, w = Value(0.0), Value(8.0)
    program = compile(w * w * x, [x], target=target)
    seen = []

    def on_epoch(epoch, loss):
        seen.append((epoch, loss, w.data))
        return epoch == 2

    assert program.descend([1.0], lr=0.25, epochs=9, on_epoch=on_epoch) == [64.0, 16.0]
    assert seen == [(1, 64.0, 4.0), (2, 16.0, 2.0)] and w.data == 2.0
    program.descend([1.0], lr=0.25, epochs=2, on_epoch=lambda epoch, loss: "go on")
    assert w.data == 0.5


@pytest.mark.parametrize("kind", [KeyboardInterrupt, ZeroDivisionError])
def test_what_the_callback_raises_leaves_the_last_complete_epoch(target, kind):
    x, w = Value(0.0), Value(8.0)
    program = compile(w * w * x, [x], target=target)

    def on_epoch(epoch, loss):
        w.data = 99.0  # which does not count
        if epoch == 3:
            raise kind

    with pytest.raises(kind):
        program.descend([1.0], lr=0.25, epochs=9, on_epoch=on_epoch)
    assert w.data == 1.0


def test_an_interrupted_descent_leaves_the_last_complete_epoch():
    x, v, w = Value(0.0), Value(8.0), Value(8.0)
    program = compile((v * v + w * w) * x, [x], target="python")
    program.backward([1.0])
    seen = []
    rooms = [epochs, importlib.import_module("autograd_mini.program.python_backend")]
    for _ in interrupted_everywhere(lambda: program.descend([1.0], 0.25, epochs=3), *rooms):
        seen.append((v.data, w.data))
        v.data = w.data = 8.0
    seen.append((v.data, w.data))
    assert seen == sorted(seen, reverse=True)  # the later the interrupt, the more epochs
    assert set(seen) == {(8.0, 8.0), (4.0, 4.0), (2.0, 2.0), (1.0, 1.0)} and len(seen) > 40


# -- rows ------------------------------------------------------------------------------------------

TWO_ROWS = array("d", [1.0, 2.0, 3.0, 4.0])


@pytest.mark.parametrize(
    "rows",
    [
        [(1, 2), (3, 4)],
        ([1.0, 2.0], [3.0, 4.0]),
        iter([(1.0, 2.0), [3.0, 4.0]]),
        [array("f", [1, 2]), array("b", [3, 4])],
        [(True, 2), (Fraction(3), 4)],
        TWO_ROWS,
        array("f", TWO_ROWS),
        memoryview(TWO_ROWS),
        memoryview(TWO_ROWS).cast("B").cast("d", (2, 2)),
        memoryview(array("d", [1, 0, 2, 0, 3, 0, 4, 0]))[::2],
    ],
    ids=lambda rows: type(rows).__name__,
)
def test_rows_come_in_many_forms(rows):
    numbers, count = buffered(rows, 2)
    assert (list(numbers), count) == ([1.0, 2.0, 3.0, 4.0], 2)


def test_rows_in_numpy_arrays(target):
    numpy = pytest.importorskip("numpy")
    x, y = Value(0.0), Value(0.0)
    program = compile(x - y, [x, y], target=target)
    table = numpy.array([[5.0, 2.0], [7.0, 3.0]])
    kinds = ["f4", "f8", ">f8", "f2", "i8", "u1", object]
    for rows in [table, *[table.astype(kind) for kind in kinds], table.T.copy().T, list(table)]:
        assert program.map(rows) == [3.0, 4.0]
    assert program.map(table.T) == [-2.0, -1.0]
    assert program.map(table.ravel()) == [3.0, 4.0]
    assert program.map(table[::-1]) == [4.0, 3.0]
    assert program.map(numpy.zeros((0, 2))) == program.map([]) == []
    assert program(*table[0]) == 3.0
    table[:] = 1.0
    assert table.shape == (2, 2)  # and it can still be written to


def test_floats_in_a_buffer_are_not_copied():
    assert buffered(TWO_ROWS, 2)[0].obj is TWO_ROWS


BIG = 10**400


@pytest.mark.parametrize(
    ("rows", "kind", "words"),
    [
        (
            [(1.0,)],
            ValueError,
            r"row 0, \(1.0,\), has a length of 1, but this program has 2 inputs",
        ),
        ([(1, 2), (1, 2, 3)], ValueError, r"row 1, \(1, 2, 3\), has a length of 3, but"),
        (
            [1.0, 2.0],
            ValueError,
            r"row 0 is 1.0, but this program has 2 inputs, so each row has a l",
        ),
        ([(1, 2), 3], ValueError, "row 1 is 3, but"),
        ([(1, 2), (1, "a")], TypeError, "row 1 contains 'a', no real number$"),
        (
            [((1, 2), 0)],
            TypeError,
            r"row 0 contains \(1, 2\), .* spread out: \(\*features, label\)",
        ),
        ([(None, 0)], TypeError, "row 0 contains None"),
        ([(1j, 0)], TypeError, "row 0 contains 1j"),
        ([(Value(1.0), 0)], TypeError, r"row 0 contains Value\(1.0\)"),
        (["ab"], TypeError, "row 0 contains 'a'"),
        ("ab", TypeError, r"the rows are a list such as \[\(1.0, 2.0\)\], not 'ab'"),
        (b"ab", TypeError, "not b'ab'"),
        ({"a": 1}, TypeError, "not {'a': 1}"),
        (5, TypeError, "not 5"),
        (None, TypeError, "not None"),
        (
            array("d", [1, 2, 3]),
            ValueError,
            r"a buffer of shape \(3,\), but .* make it \(number of ",
        ),
        (memoryview(bytes(64)).cast("d", (2, 2, 2)), ValueError, r"of shape \(2, 2, 2\)"),
    ],
    ids=lambda part: re.sub(" at 0x\\w+", "", repr(part)),
)
def test_rows_that_do_not_fit_say_so(rows, kind, words):
    with pytest.raises(kind, match=words):
        buffered(rows, 2)


def test_rows_of_one_number_and_of_none():
    assert buffered([1, True, 2.5, BIG, -BIG], 1)[0].tolist() == [
        1.0,
        1.0,
        2.5,
        math.inf,
        -math.inf,
    ]
    assert buffered([(1, BIG)], 2)[0].tolist() == [1.0, math.inf]
    with pytest.raises(ValueError, match=r"row 1 is 2, but this program has 1 input, so"):
        buffered([[1], 2], 1)
    with pytest.raises(ValueError, match=r"has no inputs, so each row is empty, \(\)"):
        buffered([1.0], 0)
    with pytest.raises(ValueError, match=r"has no inputs, so each row is empty, \(\)"):
        buffered(array("d", [1.0]), 0)


# -- what is refused -------------------------------------------------------------------------------


def test_what_cannot_be_compiled_says_so():
    x, y = Value(2.0), Value(3.0)
    z = x * y
    constant = (z * 4.0).parents[1]
    for arguments_, kind, words in [
        ((z, x), TypeError, r"the inputs are a list: write compile\(y, \[x\]\), with brackets"),
        ((z, 5), TypeError, r"the inputs are a list of Values, as in compile\(y, \[x\]\), not 5"),
        ((z, [x, 5.0]), TypeError, r"an input is a Value, not 5.0 \(float\)"),
        ((z, [x, x]), ValueError, r"the input Value\(2.0\) is given twice; give each one once"),
        ((z, [z]), ValueError, r"Value\(6.0, op='\*'\) is a result; an input is a leaf"),
        ((z, [constant]), ValueError, r"Value\(4.0\) is a constant; an input is a leaf"),
        ((3.0, [x]), TypeError, r"the outputs are a Value or a list of them, not 3.0"),
        (([z, 3.0], [x]), TypeError, r"an output is a Value, not 3.0 \(float\)"),
        (([], [x]), ValueError, "there are no outputs; give at least one Value"),
        ((z, [x], "rust"), ValueError, "unknown target 'rust'; choose one of auto, python, native"),
        ((z, [x], "c"), ValueError, r"'c' is a language.*compile\(...\).source\('c'\) gives it"),
    ]:
        with pytest.raises(kind, match=words):
            compile(*arguments_)


def test_a_program_refuses_what_does_not_fit():
    x, w = Value(2.0), Value(3.0)
    program = compile(w * x, [x], target="python")
    descend = program.descend
    for act, kind, words in [
        (
            lambda: program(),
            TypeError,
            "takes 1 number, one for each of its inputs, and was called w",
        ),
        (lambda: program(1.0, 2.0), TypeError, "called with 2"),
        (lambda: program.value_and_gradient(1.0, 2.0), TypeError, "called with 2"),
        (lambda: program("a"), TypeError, "not 'a'"),
        (lambda: program(x), TypeError, r"not Value\(2.0\)"),
        (lambda: program.backward([]), ValueError, "there are no rows.*give at least one"),
        (lambda: program.backward(), ValueError, r"row 0, \(\), has a length of 0"),
        (lambda: descend([], 0.1, 1), ValueError, "there are no rows"),
        (lambda: descend([1.0], -0.1, 1), ValueError, "`lr` is -0.1"),
        (lambda: descend([1.0], math.nan, 1), ValueError, "`lr` is nan"),
        (lambda: descend([1.0], "fast", 1), TypeError, "not 'fast'"),
        (lambda: descend([1.0], 0.1, -1), ValueError, "`epochs` is -1, and must be 0 or more"),
        (
            lambda: descend([1.0], 0.1, 2.5),
            TypeError,
            "`epochs` is 2.5, and must be a whole number",
        ),
        (lambda: descend([1.0], 0.1, True), TypeError, "`epochs` is True"),
        (lambda: descend([1.0], 0.1, 1, 0), ValueError, "`batch_size` is 0, and must be 1 or more"),
        (lambda: descend([1.0], 0.1, 1, 1.0), TypeError, "`batch_size` is 1.0"),
        (lambda: descend([1.0], 0.1, 1, momentum=1.0), ValueError, "`momentum` is 1.0"),
        (lambda: descend([1.0], 0.1, 1, shuffle=True), TypeError, "`shuffle` is True; give a seed"),
        (lambda: descend([1.0], 0.1, 1, shuffle=-1), ValueError, "`shuffle` is -1"),
        (lambda: descend([1.0], 0.1, 1, shuffle="x"), TypeError, "`shuffle` is 'x'"),
        (lambda: program.source("rust"), ValueError, "'rust'; choose one of python, c, javascript"),
    ]:
        with pytest.raises(kind, match=words):
            act()
    assert (w.data, w._grad) == (3.0, None)
    alone = compile(x * x, [x], target="python")
    for act in (lambda: alone.backward([1.0]), lambda: alone.descend([1.0], 0.1, 1)):
        with pytest.raises(ValueError, match="no parameters, leaves that are no inputs"):
            act()


def test_machine_code_without_its_extra_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(native_backend, "available", lambda: False)
    x = Value(2.0)
    with pytest.raises(
        MissingExtra, match=r"pip install 'autograd_mini\[native\]', or choose target"
    ):
        compile(x * x, [x], target="native")
    assert compile(x * x, [x], fast=True).target == "python"


@pytest.mark.slow
def test_the_repr_counts_and_says_what_runs_it():
    x, y, w = Value(2.0), Value(3.0), Value(4.0)
    assert repr(compile(w * x + y, [x, y], target="python")) == (
        "Program(2 inputs, 1 parameter, 2 operations, python)"
    )
    assert repr(compile([x * y, x], [x], "python", fast=True)) == (
        "Program(1 input, 1 parameter, 2 outputs, 1 operation, python)"
    )
    long = am.sum([w * float(k) for k in range(2, 1002)])
    assert repr(compile(long, [], "python")) == (
        "Program(0 inputs, 1 parameter, 1,999 operations, python)"
    )
    if HAS_NATIVE:
        assert repr(compile(x * y, [x], fast=True)).endswith("1 operation, native, fast)")
        assert repr(compile(x * y, [x])).endswith("1 operation, native)")


# -- a user's own operations, and `if` -------------------------------------------------------------


def test_a_users_operation_of_rows_compiles(target):
    swish = Op(
        "swish", "swish({})", lambda x: x * am.sigmoid(x), lambda x, z: z + am.sigmoid(x) * (1 - z)
    )
    x, w = Value(2.0), Value(0.5)
    result = swish(w * x)
    result.backward()
    program = compile(result, [x], target=target)
    assert program.value_and_gradient(2.0) == (result.data, (x.grad,))


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        (lambda x: math.sin(x), r"'own' cannot be compiled: it calls float\(\), math or NumPy"),
        (lambda x: x if x > 0 else -x, r"'own' cannot be compiled: it asks `if`.*where\(heaviside"),
        (lambda x: max(x, 0.0), r"'own' cannot be compiled: it asks `if`"),
        (lambda x: x.real, r"'own' cannot be compiled: its forward function raised AttributeError"),
        (lambda x: x + "a", r"'own' cannot be compiled: its forward function raised TypeError"),
    ],
)
def test_a_users_operation_that_does_not_compile_says_what_is_missing(forward, words):
    x = Value(2.0)
    own = Op("own", "own({})", lambda x: x, lambda x, z: 1.0)
    result = own(x)
    own.forward = forward
    with pytest.raises(CompileError, match=words):
        compile(result, [x])


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (lambda x, z: 1.0 if x > 0 else 0.0, "the derivative of the operation 'own' .* asks `if`"),
        (lambda x, z: math.cos(x), "the derivative of the operation 'own' .* calls float"),
        (lambda x, z: x.real, "the derivative of the operation 'own' .* AttributeError"),
    ],
)
def test_a_rule_that_does_not_compile_says_so_when_it_is_needed(rule, words):
    x, own = Value(2.0), Op("own", "own({})", lambda x: x * x, rule)
    program = compile(own(x), [x], target="python")
    for same in (program, pickle.loads(pickle.dumps(program))):
        assert same(3.0) == 9.0
        with pytest.raises(CompileError, match=words):
            same.value_and_gradient(3.0)
        with pytest.raises(CompileError, match=words):
            same.source()
        assert module_of(same.source(gradient=False))["value"](3.0) == 9.0


def test_check_finds_a_baked_in_if(target):
    w = Value(2.0)

    def build(x):
        return w * x if x > 0 else -w * x

    x = Value(1.0)
    program = compile(build(x), [x], target=target)
    assert program.check(build, [2.0, 5.0]) and program.check(build, [])
    with pytest.raises(CompileError) as caught:
        program.check(build, [2.0, -5.0, -6.0])
    assert str(caught.value).startswith(
        "at row 1, (-5.0,), the graph gives 10.0 and the program -10.0; Python decides an `if`"
    )
    open_choice = compile(am.where(am.heaviside(x), w * x, -w * x), [x], target=target)
    assert open_choice.check(build, [2.0, -5.0])


def test_check_compares_bits_of_every_output():
    x = Value(1.0)
    program = compile([x * 0.0, x / x], [x], target="python")
    assert program.check(lambda x: (x * 0.0, Value(x) / x), [-1.0, 0.0, math.nan])
    for wrong in (lambda x: (0.0, 1.0), lambda x: [x * 0.0], lambda x: x * 0.0):
        with pytest.raises(CompileError, match=r"at row 0, \(-1.0,\), the graph gives"):
            program.check(wrong, [-1.0])
    with pytest.raises(TypeError, match="not 'a'"):
        program.check(lambda x: ["a", 1.0], [1.0])


# -- the source ------------------------------------------------------------------------------------


def neuron():
    x1, x2 = Value(2.0, "x1"), Value(0.0, "x2")
    w1, w2, b = Value(-3.0, "w1"), Value(1.0, "w2"), Value(6.8813735870195432, "b")
    o = (x1 * w1 + x2 * w2 + b).tanh()
    return compile(o, [x1, x2], target="python")


def test_the_source_of_a_neuron():
    source = neuron().source("python").replace(f"autograd_mini {am.__version__}", "autograd_mini")
    assert source == golden_text(GOLDEN, source)


def test_the_source_runs_alone(tmp_path):
    model = nn.MLP(2, [3, 1], activation="gelu", seed=1)
    x = [Value(0.5), Value(-1.0)]
    out = model(x)
    program = compile(out**2 + am.sin(out) / x[0], x, target="python")
    file = tmp_path / "program.py"
    file.write_text(program.source() + "\nprint(*value_and_gradient(0.5, -1.0))\n")
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(file)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    value, gradient = program.value_and_gradient(0.5, -1.0)
    program.backward([(0.5, -1.0)])
    parameters = [parameter.grad for parameter in program.parameters]
    assert done.stdout.split() == bits([value, *gradient, *parameters])
    imports = [
        node for node in ast.walk(ast.parse(program.source()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]  # fmt: skip
    assert [ast.unparse(node) for node in imports] == ["import math"]


def test_the_source_has_the_users_names_and_the_numbers_of_now():
    weights, rate = {"a": Value(2.0), "b": Value(3.0)}, Value(4.0, "learning rate")
    lambda_, v1, x = Value(5.0, "lambda"), Value(6.0), Value(7.0, "mass in kg")
    total = weights["a"] * x + lambda_ * rate + v1
    loss = total.tanh() * total
    program = compile(loss, [x], target="python")
    weights["a"].data = -0.0
    source = program.source()
    names = (
        "weights_a, lambda_, x2, v1 = parameters",
        "-0.0,  # weights_a",
        "# x2 is 'learning rate'",
    )
    for text in (
        *names,
        "#     x1 is 'mass in kg'\n",
        "def value(x1, ",
        "total = ",
        "return loss",
        "d_total = ",
        "d_lambda_ = ",
    ):
        assert text in source, text
    assert (program.inputs, program.outputs) == (("x1",), ("loss",))


def test_constants_of_every_kind_are_literals():
    x = Value(1.0)
    for constant in (math.inf, -math.inf, math.nan, -0.0, 5e-324, 1e308, 0.1):
        expression = (x + constant) * constant - constant
        program = compile(expression, [x], target="python")
        eager = (Value(2.0) + constant) * constant - constant
        written = module_of(program.source())["value"](2.0)
        assert bits([program(2.0), written]) == bits([eager.data, eager.data])


def test_a_sum_of_products_is_one_line_where_it_fits():
    a, b, c, d = (Value(float(k), name) for k, name in enumerate("abcd"))
    minus_a = -a
    line = linearised([a - (b - c) * (a - (b * (c * d))) - -(a + b) * -minus_a], [a, b, c, d])
    assert Statements(line).forward == [
        f"{slot_names(line)[-1]} = a - (b - c) * (a - b * (c * d)) - -(a + b) * -(-a)"
    ]
    many = [Value(1.0, f"weight_{k}") for k in range(40)]
    texts = Statements(linearised([am.dot(many, many)], many)).forward
    assert len(texts) < 20 and 80 < max(map(len, texts)) <= WIDTH


@pytest.mark.slow
def test_a_long_program_is_written_in_lines_of_a_readable_width():
    source = moons_program(nn.MLP(2, [16, 16, 1], seed=1)).source()
    assert max(map(len, source.splitlines())) <= 100


@each_row("name", HELPERS)
def test_the_helpers_do_what_ieee_does(name):
    function = module_of(f"import math\n{HELPERS[name]}")[name]
    points = [*AWKWARD, -2.0, 3.0, -3.0, 1.5, -0.5, 710.0, -745.2, 2.5, 4503599627370497.5, -1e-17]
    for row in itertools.product(points, repeat=function.__code__.co_argcount):
        assert bits([function(*row)]) == bits([getattr(ieee, name)(*row)]), row


def slots_in(text):
    """How many operands a spelling has places for: {} and {}, or {0} several times."""
    return len(set(re.findall(r"{\d}", text)) or re.findall("{}", text))


def gaps(op):
    """What is missing of an operation in the table of spellings."""
    if op not in SPELLINGS:
        return [f"ops.{op.name}: write its row"]
    spelling, slots = SPELLINGS[op], len(op.rules)
    texts = {name: getattr(spelling, name) for name in ("python", "c", "javascript")}
    counts = {name: slots_in(text) for name, text in texts.items()}
    wrong = [name for name, count in counts.items() if count != slots]
    lines = llvm_lines(op)
    if not all(f"{{{name}}}" in lines for name in ("z", *"xyc"[:slots])):
        wrong.append("llvm")
    return [f"ops.{op.name}: write its {name}" for name in wrong]


def test_every_primitive_is_spelled_in_every_language():
    rows = {row for row in vars(ops).values() if isinstance(row, ops.Op)}
    primitive = [op for op in rows if op.forward.__module__ != ops.__name__ and not op.variadic]
    found = [gap for op in primitive for gap in gaps(op)]
    assert not found, "missing in autograd_mini/program/spellings.py:\n" + "\n".join(found)
    assert set(PRIMITIVES) == set(primitive)


def test_every_helper_is_called():
    texts = [row.python for row in SPELLINGS.values()]
    used = {text.partition("(")[0] for text in texts if re.match(r"\w+\(", text)}
    assert used - {"abs"} == set(HELPERS) and set(HELPERS) < RESERVED
    assert set(LLVM_LINES) < {row.llvm for row in SPELLINGS.values()}


# -- labels stay data ------------------------------------------------------------------------------


def shape_of(source):
    """The tree of a source, with every name replaced."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for field in ("id", "arg", "name", "attr"):
            if hasattr(node, field):
                setattr(node, field, "n")
    return ast.dump(tree)


def labelled_source(label):
    x, w, b = Value(2.0, label), Value(3.0, label), Value(4.0, label)
    hidden = w * x + b
    hidden.label = label
    result = hidden.tanh() * hidden
    result.label = label
    return compile(result, [x], target="python").source()


@pytest.mark.slow
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack["id"])
def test_a_label_can_never_become_code(attack, monkeypatch):
    monkeypatch.delenv("PWNED", raising=False)
    label = attack["string"]
    source = labelled_source(label)
    # Docstrings and comments differ in their words only.
    assert shape_of(re.sub(r'""".*?"""', '""', source, count=1, flags=re.DOTALL)) == shape_of(
        re.sub(r'""".*?"""', '""', labelled_source("x"), count=1, flags=re.DOTALL)
    )
    assert source.isascii() and source.isprintable() is False and "\r" not in source
    found = module_of(source)["value_and_gradient"](2.0)
    assert found == module_of(labelled_source("x"))["value_and_gradient"](2.0)
    assert "PWNED" not in os.environ


GOLDEN = golden_files("program", ["neuron.py.txt"]) / "neuron.py.txt"
LABELS = "x w x1 x2 t1 v1 v2 d_x d_v1 w_2 if math parameters".split()
PATHS = st.from_regex(r"[a-z]\.?\[?[0-9]\]?", fullmatch=True)


@pytest.mark.slow
@given(st.lists(st.sampled_from(LABELS) | st.text(max_size=6) | PATHS, min_size=6, max_size=6))
@example(["w", "w", "w_2", "w", "w_3", "w_2"])
@example(["v1", "v2", "x1", "x2", "d_v1", "d_x1"])
@example(["", "t1", "", "x3", "", "v1"])
def test_names_are_identifiers_of_one_slot_each(labels):
    x, y, w, b = (Value(float(k), label) for k, label in enumerate(labels[:4]))
    hidden = x * w + y * b
    hidden.label = labels[4]
    output = hidden.tanh() * hidden
    output.label = labels[5]
    line, _ = with_gradient(output, [x, y])
    names = slot_names(line, RESERVED)
    assert len(names) == len(set(names)) == line.first_step + len(line.steps)
    assert not RESERVED & set(names)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) for name in names)
    assert names == slot_names(line, RESERVED)
    for slot, label in enumerate(labels[:2]):
        if (
            label
            and identifier(label) == label
            and label not in RESERVED
            and label not in labels[:slot]
        ):
            assert names[slot] == label


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("w", "w"),
        ("W_2", "W_2"),
        ("w_", "w_"),
        ("layers[0].neurons[1].w[2]", "layers_0_neurons_1_w_2"),
        ("weights['b']", "weights_b"),
        ("_w", ""),
        ("2w", ""),
        ("w\n", ""),
        ("ω", ""),
        ("w²", ""),
        ("a" * 61, ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_label_as_an_identifier(label, name):
    assert identifier(label) == name


def test_what_the_user_named_keeps_its_name():
    x, b, d_b = Value(2.0), Value(3.0, "b"), Value(4.0, "d_b")
    first, second, wall = x * d_b, x * d_b, x.detach()
    first.label, second.label, wall.label = "first", "second", "wall"
    output = first + second + wall + b
    output.label = "v1"
    line, _ = with_gradient(output, [x])
    names = slot_names(line, RESERVED)
    assert names[:3] == ["x1", "d_b", "b"] and names[line.outputs[0]] == "v1"
    assert "first" in names and not {"second", "wall"} & set(names)


def test_what_has_no_name_is_called_as_in_every_picture():
    x, y, unused = Value(2.0), Value(3.0), Value(9.0)
    w, named = Value(0.5, "w"), Value(7.0, "v2")
    z = am.softplus(y * w + x).exp() * named * Value(4.0)
    shown = {node.data: node.name for node in record(z, {}).graph.nodes}
    line, _ = with_gradient(z, [x, y, unused])
    names = slot_names(line)
    assert names[:3] == ["x2", "x1", "x4"]
    numbers = [2.0, 3.0, 9.0, *[leaf.data for leaf in line.parameters], *line.constants]
    for op, operands in line.steps[: line.forward]:
        numbers.append(op.forward(*[numbers[operand] for operand in operands]))
    forward = dict(zip(names, numbers, strict=False))
    assert {forward[name]: name for name in shown.values()} == shown
    added = set(names[line.first_step : len(numbers)]) - set(shown.values())
    assert {name[0] for name in added} == {"t"}  # the steps that softplus is made of
    assert {name[0] for name in names[len(numbers) :]} == {"d", "t"}


def test_an_input_that_is_not_used_has_its_name_in_every_function():
    x, v1 = Value(2.0), Value(3.0)
    source = compile((x * 2.0).tanh(), [x, v1], target="python").source()
    assert "def value(x, v1):" in source and "def value_and_gradient(x, v1):" in source
    assert source.count("v2 = x * 2.0") == 2


def test_the_name_of_a_derivative_gives_way_to_the_users_own():
    b, w, d_b = Value(3.0, "b"), Value(2.0, "w"), Value(4.0, "d_b")
    source = module_of(compile(b + w * d_b, [], target="python").source())
    assert source["value_and_gradient"]() == (11.0, 1.0, 4.0, 2.0)


# -- sending it ------------------------------------------------------------------------------------


def test_a_program_pickles_with_its_parameters(target):
    model = nn.MLP(2, [4, 1], activation="softplus", seed=2)
    program = moons_program(model, target)
    rows = moons_rows(5)
    sent = pickle.loads(pickle.dumps(program))
    assert repr(sent) == repr(program) and sent.inputs == program.inputs
    assert bits(sent.map(rows)) == bits(program.map(rows))
    assert sent.value_and_gradient(*rows[0]) == program.value_and_gradient(*rows[0])
    assert sent.source() == program.source()
    assert sent.descend(rows, 0.1, 2) == program.descend(rows, 0.1, 2)
    assert [p.label for p in sent.parameters] == [p.label for p in program.parameters]
    assert not set(sent.parameters) & set(program.parameters)


def test_a_model_and_its_program_stay_together():
    model = nn.MLP(2, [1], seed=2)
    for duplicate in (copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))):
        twin, program = duplicate((model, moons_program(model)))
        assert set(program.parameters) == set(twin.parameters())
        assert not set(program.parameters) & set(model.parameters())


def test_several_outputs_and_a_users_operation_pickle():
    cube = Op("cube", "cube({})", lambda x: x * x * x, lambda x, z: 3.0 * x * x)
    x, y = Value(2.0), Value(3.0)
    sent = pickle.loads(pickle.dumps(compile(cube(x * y), [x, y], target="python")))
    assert sent.value_and_gradient(1.0, 2.0) == (8.0, (24.0, 12.0))
    sent = pickle.loads(pickle.dumps(compile([cube(x), y], [x, y], target="python")))
    assert sent(2.0, 5.0) == (8.0, 5.0)


@pytest.mark.slow
def test_a_program_maps_over_processes():
    program = moons_program(nn.MLP(2, [3, 1], seed=2))
    rows = moons_rows(8)
    chunks = [rows[:4], rows[4:]]
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        found = [*itertools.chain(*pool.map(program.map, chunks))]
        single = [*pool.map(program, *zip(*rows, strict=True))]
    assert bits(found) == bits(single) == bits(program.map(rows))


# -- the backend -----------------------------------------------------------------------------------


def test_the_backend_adds_from_the_first_row_on():
    x = Value(0.0)
    backend = PythonBackend(linearised([x * 1.0, -x], [x]))
    numbers = array("d", [1e16, 1.0, -1e16])
    assert backend.total(numbers, 3, array("d")).tolist() == [0.0, 0.0]
    assert bits(backend.total(array("d", [-0.0, -0.0]), 2, array("d"))) == ["-0.0", "0.0"]
    assert backend.rows(memoryview(numbers), 3, array("d")).tolist() == [
        1e16, -1e16, 1.0, -1.0, -1e16, 1e16,
    ]  # fmt: skip


def test_a_program_is_public_as_its_class():
    assert isinstance(neuron(), Program)


# -- the long run ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_random_graphs_give_the_same_bits_as_python_source():
    """As many as GRAPHS in the environment says: the line, which other languages are held to."""
    for seed in range(GRAPHS):
        _, inputs, _, line = graph_of(seed)
        numbers = array("d", [leaf.data for leaf in inputs])
        parameters = array("d", [leaf.data for leaf in line.parameters])
        found = PythonBackend(line).rows(numbers, 1, parameters)
        assert bits(found) == bits(line.run(numbers)), seed


# -- higher order ----------------------------------------------------------------------------------


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2


def test_a_hessian_is_compiled_like_any_other_graph(target):
    x, y = Value(0.0, "x"), Value(0.0, "y")
    slopes = am.gradients(rosenbrock(x, y), [x, y])
    entries = [entry for slope in slopes for entry in am.gradients(slope, [x, y])]
    program = am.compile(entries, [x, y], target=target)
    for at in ((1.0, 1.0), (-1.2, 1.0), (0.3, -2.7)):
        a, b = at
        by_hand = [1200 * a * a - 400 * b + 2, -400 * a, -400 * a, 200]
        assert list(program(*at)) == pytest.approx(by_hand, rel=1e-12)
        assert list(program(*at)) == [entry for row in am.hessian(rosenbrock)(*at) for entry in row]


def test_a_product_of_hessian_and_vector_needs_no_hessian(target):
    x, y, u, v = (Value(1.0, name) for name in "xyuv")
    slopes = am.gradients(rosenbrock(x, y), [x, y])
    along = slopes[0] * u.detach() + slopes[1] * v.detach()
    program = am.compile(am.gradients(along, [x, y]), [x, y, u, v], target=target)
    (a, b), (c, d) = am.hessian(rosenbrock)(0.5, -2.0)
    assert program(0.5, -2.0, 3.0, 7.0) == pytest.approx((3 * a + 7 * b, 3 * c + 7 * d), rel=1e-12)


def test_the_gradient_of_a_compiled_gradient_is_the_second_derivative(target):
    x = Value(0.7, "x")
    (slope,) = am.gradients(am.tanh(x), [x])
    value, (bend,) = am.compile(slope, [x], target=target).value_and_gradient(0.3)
    t = math.tanh(0.3)
    assert value == 1.0 - t * t and bend == pytest.approx(-2 * t * (1 - t * t), rel=1e-12)


# -- memory ----------------------------------------------------------------------------------------


def test_nothing_is_left_to_the_collector():
    def used():
        a, b = Value(2.0, "a"), Value(-3.0, "b")
        loss = (a * b + a).relu() * b
        program = am.compile(loss, [a, b], target="python")
        program(1.0, 2.0)
        program.source("c")
        str(am.explain(loss))
        am.gradients(loss, [a])

    used()
    gc.collect()
    gc.disable()
    try:
        used()
        assert gc.collect() == 0
    finally:
        gc.enable()
