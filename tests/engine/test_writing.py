"""Rules written out give what rules called give, to the bit; the others are called."""

import gc
import itertools
import math
import os
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import Op, Value, topological_order
from autograd_mini.engine import ops, order, writing
from autograd_mini.engine.writing import contribute_by_rules, contribution
from support.rows import each_row

ROWS = {name: op for name, op in vars(ops).items() if isinstance(op, Op)}
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.5, 40.0, 1e-300, 1e300, math.inf, -math.inf, math.nan]


def patterns(op, count):
    return [p for p in itertools.product((True, False), repeat=count) if any(p)]


def contributed(op, numbers, varying, contribute, upstream):
    """The totals of the operands that vary, after a node has contributed to them."""
    operands = [Value(x) if varies else (Value(1.0) * x).parents[1]
                for x, varies in zip(numbers, varying, strict=True)]  # fmt: skip
    node = op.apply(tuple(operands))
    for operand in operands:
        operand._total = -0.0
    node._total = upstream
    contribute(node)
    return [repr(operand._total) for operand, v in zip(operands, varying, strict=True) if v]


def check(op, numbers, upstream):
    for varying in [(True,) * len(numbers)] if op.variadic else patterns(op, len(numbers)):
        written = contributed(op, numbers, varying, contribution(op, varying), upstream)
        called = contributed(op, numbers, varying, contribute_by_rules, upstream)
        assert written == called, (op, numbers, varying)


def arity(op):
    return 3 if op.variadic else len(op.rules)


@pytest.mark.slow
@each_row("name", ROWS)
def test_written_is_called_to_the_bit_at_special_points(name):
    op = ROWS[name]
    points = itertools.product(SPECIAL, repeat=arity(op))
    for numbers in points if arity(op) < 3 else itertools.islice(points, 0, None, 17):
        check(op, numbers, -2.5)


@given(st.sampled_from(sorted(ROWS)), st.lists(st.floats(), min_size=3, max_size=3), st.floats())
def test_written_is_called_to_the_bit_anywhere(name, numbers, upstream):
    op = ROWS[name]
    check(op, tuple(numbers[: arity(op)]), upstream)


@each_row("name", ROWS)
def test_all_rows_of_the_table_but_one_are_written_out(name):
    op = ROWS[name]
    is_called = contribution(op, (True,) * arity(op)) is contribute_by_rules
    assert is_called == (op is ops.logsumexp)  # each derivative would repeat all exponentials


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 3, 17, 299, 301, 2001, 20_001])
def test_sums_and_dots_of_any_length(count):
    values = [Value(1.0 + i % 7) for i in range(count)]
    total = am.sum(values)
    total.backward()
    assert total.data == sum(1 + i % 7 for i in range(count)) and {v.grad for v in values} == {1.0}
    for bias in ([Value(3.0)], []):
        product = am.dot(values, [2.0] * count, *bias)
        product.zero_grad()
        product.backward()
        assert product.data == 2.0 * total.data + 3.0 * len(bias)
        assert {v.grad for v in values} == {2.0}


@pytest.mark.parametrize("row", [ops.mul, ops.power, ops.sub])
def test_results_share_what_hands_the_gradient_on_where_the_same_operands_vary(row):
    x, constant = Value(3.0), (Value(1.0) * 2.0).parents[1]
    apply = {ops.mul: Value.__mul__, ops.power: Value.__pow__, ops.sub: Value.__sub__}[row]
    assert apply(x, x)._contribute is contribution(row, (True, True))
    for number in (constant, 2.0, 2):
        assert apply(x, number)._contribute is contribution(row, (True, False))
    assert apply(constant, x)._contribute is contribution(row, (False, True))
    assert apply(constant, constant)._contribute is None


def test_so_many_operands_are_written_out_and_so_long_a_text_and_no_more():
    for row in (ops.add_all, ops.dot):
        assert contribution(row, [True] * writing.MOST) is not contribute_by_rules
        assert contribution(row, [True] * (writing.MOST + 1)) is contribute_by_rules
    assert writing.Text("x" * writing.LONGEST, {}).text
    with pytest.raises(writing.Unwritable):
        writing.Text("x" * (writing.LONGEST + 1), {})


@pytest.mark.parametrize(("function", "forward"), [(am.sum, ops.add_all), (am.dot, ops.dot)])
def test_sums_and_products_of_many_are_computed_without_a_call(function, forward):
    x, entered = [Value(2.0), Value(3.0)], []
    arguments = (x,) if function is am.sum else (x, x)
    sys.setprofile(lambda frame, *_: entered.append(frame.f_code))
    try:
        function(*arguments)
    finally:
        sys.setprofile(None)
    assert forward.forward.__code__ not in entered


# -- rows of a user's ------------------------------------------------------------------------------

ALPHA = 2.0


def counting(*numbers):
    left = iter(numbers)
    return lambda x, z: next(left)


def a_rule_with_try(x, z):
    try:
        return 1.0 / x
    except Exception:
        return 0.0


def rule_with_keyword():
    left = [4.0, 3.0]

    def rule(x, z, *, left=left):
        return left.pop()

    return rule


class Counting(list):
    def rule(self, x, z):
        return self.pop(0)


def a_rule_with_if(x, z):
    if x > 0:
        return 3.0
    return 5.0


IMPURE = {
    "a counter": (lambda: counting(1.0, 2.0), [1.0, 2.0]),
    "a name of the user's": (lambda: lambda x, z: ALPHA * x, [6.0, 6.0]),
    "isinstance": (lambda: lambda x, z: 7.0 if isinstance(x, float) else 8.0, [7.0, 7.0]),
    "type": (lambda: lambda x, z: 7.0 if type(x) is float else 8.0, [7.0, 7.0]),
    "math": (lambda: lambda x, z: math.exp(x - 3.0), [1.0, 1.0]),
    "if": (lambda: a_rule_with_if, [3.0, 3.0]),
    "a division": (lambda: lambda x, z: x / 2.0, [1.5, 1.5]),
    "a power": (lambda: lambda x, z: x**2, [9.0, 9.0]),
    "a default": (lambda: lambda x, z, by=ALPHA: by * x, [6.0, 6.0]),
    "a try": (lambda: a_rule_with_try, [1.0 / 3.0, 1.0 / 3.0]),
    "assert": (lambda: lambda x, z: x if isinstance(x, float) else 1 / 0, [3.0, 3.0]),
    "is": (lambda: lambda x, z: 1.0 if x is z else 2.0, [1.0, 1.0]),
    "a text": (lambda: lambda x, z: 1.0 if f"{x}" == "3.0" else 2.0, [1.0, 1.0]),
    "a keyword": (lambda: rule_with_keyword(), [3.0, 4.0]),
    "a method": (lambda: Counting([3.0, 4.0]).rule, [3.0, 4.0]),
    "a loop": (lambda: lambda x, z: [y * x for y in (1.0, 2.0)][1], [6.0, 6.0]),
    "a row": (lambda: lambda x, z: am.maximum(x, 1.0), [3.0, 3.0]),
}


@pytest.mark.parametrize("name", IMPURE)
def test_a_rule_that_is_more_than_arithmetic_is_called_each_time(name):
    make, expected = IMPURE[name]
    row = Op("own", "own({})", lambda x: x, make())
    found = []
    for _ in expected:
        x = Value(3.0)
        row(x).backward()
        found.append(x.grad)
    assert found == expected


def test_random_rules_stay_random():
    chance = random.Random(0)
    row = Op("noise", "noise({})", lambda x: x, lambda x, z: chance.random() * x)
    grads = set()
    for _ in range(5):
        x = Value(3.0)
        row(x).backward()
        grads.add(x.grad)
    assert len(grads) == 5


def test_a_name_that_gets_another_meaning_counts_at_once(monkeypatch):
    row = Op("scaled", "scaled({})", lambda x: x, lambda x, z: ALPHA * x)
    x = Value(3.0)
    row(x).backward()
    monkeypatch.setitem(globals(), "ALPHA", 10.0)
    y = Value(3.0)
    row(y).backward()
    assert (x.grad, y.grad) == (6.0, 30.0)


def test_a_rule_of_nothing_but_arithmetic_is_written_out():
    cube = Op("cube", "{}³", lambda x: x * x * x, lambda x, z: 3.0 * x * x)
    assert contribution(cube, (True,)) is not contribute_by_rules
    x = Value(2.0)
    cube(x).backward()
    assert x.grad == 12.0


def test_a_variadic_row_of_a_users():
    product = Op(
        "product",
        lambda n: "*".join(["{}"] * n),
        math_prod,
        lambda x, z: [z] * len(x),
        variadic=True,
    )
    a, b = Value(2.0), Value(5.0)
    result = product(a, b, 3)
    result.backward()
    assert (result.data, a.grad, b.grad) == (30.0, 30.0, 30.0)
    assert [parent.data for parent in result.parents] == [2.0, 5.0, 3.0]


def math_prod(*numbers):
    return math.prod(numbers)


def test_the_text_of_a_rule_keeps_what_binds():
    text = {name: writing.Text(name, {}) for name in "xyz"}
    x, y, z = text.values()
    assert (x + y * z).text == "x + y * z" and ((x + y) * z).text == "(x + y) * z"
    assert (x - (y - z)).text == "x - (y - z)" and (x * (y * z)).text == "x * (y * z)"
    assert (-(x + y)).text == "(-(x + y))" and (2.0 - x).text == "2.0 - x"


@pytest.mark.parametrize(
    "decides",
    [bool, float, lambda x: x < 1.0, lambda x: x > 1.0, lambda x: x <= x, lambda x: x >= x,
     lambda x: x == 1.0],
)  # fmt: skip
def test_text_has_no_number_to_decide_by(decides):
    with pytest.raises(writing.Unwritable):
        decides(writing.Text("x", {}))


# -- rules that walk the graph that they are in ----------------------------------------------------


def walking(walk):
    """A graph with a row in its middle whose rule does something with the whole graph."""
    x, y = Value(2.0, "x"), Value(3.0, "y")
    whole = []
    row = Op("walks", "walks({})", lambda x: 2.0 * x, lambda x, z: walk(*whole) or 2.0)
    root = row(x * y) * x + y * (x + y)
    whole += [root, x, y]
    return root, x, y


def plain():
    x, y = Value(2.0), Value(3.0)
    root = (x * y) * 2.0 * x + y * (x + y)
    root.backward()
    return x.grad, y.grad


def other_graph(root, x, y):
    a = Value(4.0)
    (a * a).backward()
    assert a.grad == 8.0


WALKS = {
    "the order": lambda root, x, y: topological_order(root) and None,
    "gradients": lambda root, x, y: [g.data for g in am.gradients(x * y, [x])] and None,
    "a trace": lambda root, x, y: am.trace(x * y).gradient("x") and None,
    "another graph": other_graph,
    "grad": lambda root, x, y: am.grad(lambda a: a * a)(3.0) and None,
}


@pytest.mark.parametrize("name", WALKS)
def test_a_rule_may_walk_the_graph_in_the_middle_of_a_sweep(name):
    root, x, y = walking(WALKS[name])
    root.backward()
    assert (x.grad, y.grad) == plain()


def test_a_rule_may_sweep_a_part_of_its_own_graph():
    swept = []

    def sweep(root, x, y):
        if not swept:
            swept.append(True)
            (x * y).backward()
            root.backward()

    root, x, y = walking(sweep)
    root.backward()
    dx, dy = plain()
    assert (x.grad, y.grad) == (dx + 3.0 + dx, dy + 2.0 + dy)


def test_a_rule_that_fails_in_a_sweep_inside_a_sweep_changes_nothing():
    def broken(x, z):
        raise ZeroDivisionError

    def sweep(root, x, y):
        inner = Op("broken", "broken({})", lambda x: x, broken)(x) * y
        with pytest.raises(ZeroDivisionError):
            inner.backward()

    root, x, y = walking(sweep)
    root.backward()
    assert (x.grad, y.grad) == plain()


# -- threads ---------------------------------------------------------------------------------------


def test_threads_on_separate_graphs_and_on_shared_leaves():
    shared = [Value(float(i + 1)) for i in range(5)]
    wrong = []

    def work(own):
        for _ in range(60):
            a = Value(own)
            total = a
            for leaf in shared:
                total = total * 0.5 + leaf * a
            total.backward()
            if a.grad != expected:
                wrong.append(a.grad)

    a = Value(0.0)
    total = a
    for leaf in shared:
        total = total * 0.5 + leaf * a
    total.backward()
    expected = a.grad
    for leaf in shared:
        leaf.grad = None
    threads = [threading.Thread(target=work, args=(1.0,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert [leaf.grad for leaf in shared] == [240.0 * 0.5 ** (4 - i) for i in range(5)]


def test_a_turn_that_nobody_gives_back_does_not_stop_others(monkeypatch):
    monkeypatch.setattr(order, "PATIENCE", 0.05)
    x = Value(3.0)
    (x * x).backward()  # this thread had its turn, and has it no more
    order.turns.lock.acquire()  # as if a debugger had thrown a thread out of its turn
    (x * x).backward()
    assert x.grad == 12.0 and not order.turns.lock.locked()


def test_a_turn_is_taken_from_a_thread_that_lives_on_without_it(monkeypatch):
    monkeypatch.setattr(order, "PATIENCE", 0.05)
    done = threading.Event()
    thread = threading.Thread(target=done.wait, args=(20,))
    thread.start()
    order.turns.lock.acquire()
    order.turns.owner = thread.ident  # as if it had been thrown out of its turn
    x = Value(3.0)
    (x * x).backward()
    assert thread.is_alive() and x.grad == 6.0 and not order.turns.lock.locked()
    done.set()
    thread.join()


def test_a_turn_that_a_thread_still_has_is_waited_for(monkeypatch):
    monkeypatch.setattr(order, "PATIENCE", 0.02)
    entered, done = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=order.in_turn, args=(lambda _: (entered.set(), time.sleep(0.15), done.set()),)
    )
    thread.start()
    entered.wait(20)
    x = Value(3.0)
    (x * x).backward()
    assert done.is_set() and x.grad == 6.0
    thread.join()


def test_a_turn_inside_of_ones_own_is_told_not_to_disturb():
    told = []
    order.in_turn(lambda quietly: told.append(quietly) or order.in_turn(told.append))
    order.in_turn(lambda _: order.turns.give_away(lambda: order.in_turn(told.append)))
    order.in_turn(told.append)
    assert told == [False, True, True, False]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_does_not_wait_for_threads_that_it_has_not():
    program = """
import os, threading, time
from autograd_mini import Value
from autograd_mini.engine import order
held, done = threading.Event(), threading.Event()
def hold():
    order.in_turn(lambda _: (held.set(), done.wait()))
thread = threading.Thread(target=hold)
thread.start()
held.wait()
child = os.fork()
if child == 0:
    x = Value(3.0)
    (x * x).backward()
    os._exit(int(x.grad))
start = time.perf_counter()
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
done.set()
print(code, time.perf_counter() - start < 4.0)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "6 True\n", done.stderr


def test_a_rule_may_wait_for_another_thread():
    def ask(x, z):
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: am.grad(lambda t: t * t * x)(3.0)).result(timeout=20)

    shared = Value(2.0)
    row = Op("asks", "asks({})", lambda x: x, ask)
    (row(shared * 1.0) * shared + shared).backward()
    assert shared.grad == 12.0 * 2.0 + 2.0 + 1.0


def test_what_another_thread_does_while_a_rule_waits_changes_nothing():
    shared, entered, go_on = Value(2.0), threading.Event(), threading.Event()

    def wait(x, z):
        entered.set()
        go_on.wait(20)
        return 1.0

    slow = Op("slow", "slow({})", lambda x: x, wait)(shared * 1.0) * shared + shared
    thread = threading.Thread(target=slow.backward)
    thread.start()
    entered.wait(20)
    (shared * shared * 3.0).backward()
    go_on.set()
    thread.join()
    assert shared.grad == 12.0 + 2.0 + 2.0 + 1.0


def test_a_walk_in_the_middle_of_a_walk():
    """As a signal handler or a `__del__` may do it, at any moment."""

    class Walks:
        def __del__(self):
            seen.append(len(topological_order(other)))
            other.backward()

    seen, leaf = [], Value(2.0)
    other = leaf * 3.0 + leaf
    x = Value(0.5)
    y = x
    for _ in range(2000):
        y = y * 0.999 + x
    y.backward()
    expected, x.grad = x.grad, None
    threshold = gc.get_threshold()
    gc.set_threshold(20)
    try:
        for _ in range(30):
            cycle = [Walks()]
            cycle.append(cycle)
            del cycle
            x.grad = None
            y.backward()
            assert x.grad == expected
    finally:
        gc.set_threshold(*threshold)
    assert len(seen) > 10


def test_a_forward_with_infinite_numbers():
    row = Op(
        "own", lambda n: "own", lambda *x: x[0] - 1e999, lambda x, z: [1.0] * len(x), variadic=True
    )
    assert row(Value(1.0), 2.0).data == -math.inf


@pytest.mark.slow
def test_a_row_that_is_dropped_leaves_nothing_for_the_collector():
    gc.collect()
    gc.disable()
    try:
        row = Op("double", "double({})", lambda x: 2.0 * x, lambda x, z: 2.0)
        many = Op(
            "own", lambda n: "own", lambda *x: x[0], lambda x, z: [1.0] * len(x), variadic=True
        )
        x = Value(1.0)
        (row(x) + many(x, x)).backward()
        del row, many, x
        assert gc.collect() == 0
    finally:
        gc.enable()
