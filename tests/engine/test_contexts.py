"""`no_grad()` and `anomaly()`: they hold while their body runs, and leave nothing behind."""

import asyncio
import contextlib
import inspect
import subprocess
import sys
import threading

import pytest

import autograd_mini as am
from autograd_mini import Value, no_grad, topological_order
from autograd_mini.engine import contexts


def is_recording():
    return not (Value(1.0) * 2.0).is_constant


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    assert is_recording()
    assert not contexts.open_entries  # after one operation


# -- blocks ----------------------------------------------------------------------------------------


def test_a_block_ends_however_it_ends_and_nests():
    with pytest.raises(KeyError), no_grad():
        with no_grad():
            assert not is_recording()
        assert not is_recording()
        raise KeyError
    with no_grad(), am.anomaly():
        assert not is_recording()
    with am.anomaly():
        assert is_recording()


def test_one_context_again_and_inside_itself():
    quiet = no_grad()
    for _ in range(2):
        with quiet:
            with quiet:
                assert not is_recording()
            assert not is_recording()
        assert is_recording()


def test_a_context_that_is_kept_costs_nothing_once_it_was_left():
    quiet = no_grad()
    for _ in range(3):
        with quiet:
            assert not is_recording()
        assert is_recording() and not contexts.open_entries
    assert len(quiet._locks) <= 1  # nor does it keep anything of the times before


def test_out_of_order_each_holds_until_it_is_left():
    first, second = no_grad(), no_grad()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not is_recording()
    second.__exit__(None, None, None)
    second.__exit__(None, None, None)  # once too often
    assert is_recording()


@pytest.mark.parametrize("context", [no_grad, am.anomaly])
def test_left_in_another_thread(context):
    entered = context()
    entered.__enter__()
    errors = []

    def leave():
        try:
            entered.__exit__(None, None, None)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=leave)
    thread.start()
    thread.join()
    assert not errors and is_recording()


def test_a_generator_with_a_block_that_ends_elsewhere():
    def numbers():
        with no_grad():
            yield 1
            yield 2

    async def main():
        generator = numbers()
        assert await asyncio.create_task(step(generator)) == 1
        assert is_recording()  # the block was entered in the other task
        generator.close()

    async def step(generator):
        return next(generator)

    asyncio.run(main())


def test_for_one_thread_and_for_one_task():
    inside = []

    async def quiet(entered, leave):
        with no_grad():
            entered.set()
            await leave.wait()
            return is_recording()

    async def main():
        entered, leave = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(quiet(entered, leave))
        await entered.wait()
        here = is_recording()
        leave.set()
        return here, await task

    assert asyncio.run(main()) == (True, False)
    with no_grad():
        thread = threading.Thread(target=lambda: inside.append(is_recording()))
        thread.start()
        thread.join()
    assert inside == [True]


def test_a_task_started_inside_is_in_it_until_the_block_ends():
    async def child(outside):
        first = is_recording()
        await outside.wait()
        return first, is_recording()

    async def main():
        outside = asyncio.Event()
        with no_grad():
            task = asyncio.create_task(child(outside))
            await asyncio.sleep(0)
        outside.set()
        return await task

    assert asyncio.run(main()) == (False, True)


def test_many_threads_share_one_context():
    shared, wrong = no_grad(), []

    def work():
        for _ in range(200):
            with shared:
                if is_recording():
                    wrong.append("recorded inside")
            if not is_recording():
                wrong.append("not recorded outside")

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_an_exit_stack_enters_and_leaves_it():
    with contextlib.ExitStack() as stack:
        stack.enter_context(no_grad())
        stack.enter_context(am.anomaly())
        assert not is_recording()


# -- decorated functions ---------------------------------------------------------------------------


def test_a_decorated_function():
    @no_grad()
    def predict(x, *, times=1):
        """What it does."""
        return [is_recording(), x * times]

    assert predict(3, times=2) == [False, 6]
    assert predict.__doc__ == "What it does." and predict.__name__ == "predict"


def test_a_decorated_function_may_call_itself():
    @no_grad()
    def count(n):
        return [is_recording()] if n == 0 else [*count(n - 1), is_recording()]

    assert count(3) == [False] * 4


def test_a_decorated_generator_holds_while_its_body_runs():
    @no_grad()
    def numbers():
        """What it does."""
        try:
            sent = yield is_recording()
            assert sent == "sent"
            yield is_recording()
            try:
                yield is_recording()
            except KeyError:
                yield is_recording()
            return "done"
        finally:
            seen.append(is_recording())

    seen = []
    generator = numbers()
    assert inspect.isgeneratorfunction(numbers) and numbers.__doc__ == "What it does."
    assert next(generator) is False and is_recording()
    assert generator.send("sent") is False and is_recording()
    assert next(generator) is False and is_recording()
    assert generator.throw(KeyError("thrown")) is False and is_recording()
    with pytest.raises(StopIteration) as end:
        next(generator)
    assert end.value.value == "done" and seen == [False]
    stopped = numbers()
    next(stopped)
    stopped.close()
    assert seen == [False, False]


def test_a_decorated_coroutine_holds_while_its_body_runs():
    @no_grad()
    async def predict(gate):
        first = is_recording()
        await gate.wait()
        return first, is_recording()

    async def main():
        gate = asyncio.Event()
        coroutine = predict(gate)
        task = asyncio.ensure_future(coroutine)
        await asyncio.sleep(0)
        here = is_recording()
        gate.set()
        return here, await task

    assert inspect.iscoroutinefunction(predict)
    assert asyncio.run(main()) == (True, (False, False))


def test_a_decorated_coroutine_that_is_stepped_by_hand():
    @no_grad()
    async def body():
        await asyncio.sleep(0)
        return is_recording()

    coroutine = body()
    coroutine.send(None)
    assert is_recording()  # while it waits
    with pytest.raises(StopIteration) as end:
        coroutine.send(None)
    assert end.value.value is False


def test_a_decorated_asynchronous_generator_holds_while_its_body_runs():
    @no_grad()
    async def numbers():
        try:
            yield is_recording()
            await asyncio.sleep(0)
            try:
                yield is_recording()
            except KeyError:
                yield is_recording()
        finally:
            seen.append(is_recording())

    seen = []

    async def main():
        found = []
        async for inside in numbers():
            found += [inside, is_recording()]
        generator = numbers()
        await generator.asend(None)
        await generator.asend(None)
        found += [await generator.athrow(KeyError("thrown")), is_recording()]
        await generator.aclose()
        return found

    assert inspect.isasyncgenfunction(numbers)
    assert asyncio.run(main()) == [False, True] * 3
    assert seen == [False, False]


def test_anomaly_decorates_too():
    @am.anomaly()
    def numbers(x):
        yield x * 2.0
        yield (x - x).log()

    generator = numbers(Value(1.0))
    assert next(generator).data == 2.0
    (Value(0.0)).log()  # outside of the body nobody watches
    with pytest.raises(am.AnomalyError):
        next(generator)


# -- observers -------------------------------------------------------------------------------------


class Seen(contexts.Observer):
    """Keeps what it is shown."""

    def __init__(self):
        self.operations, self.decisions, self.passes = [], [], []

    def operation(self, op, parents, numbers):
        self.operations.append((op.name, tuple(parents), numbers))

    def decision(self, node):
        self.decisions.append(node)

    def forward_pass(self, data):
        self.passes.append(("forward", dict(data)))

    def backward_pass(self, order, totals):
        self.passes.append(("backward", list(order), dict(totals)))


def test_an_observer_sees_operations_with_their_operands_and_numbers():
    a, b, seen = Value(2.0), Value(3.0), Seen()
    with contexts.Context(observer=seen):
        product = a * b
        product.tanh()
        am.dot([a], [b], 1.0)
    [(*first, numbers), (*second, _), (*third, _)] = seen.operations
    assert (first, numbers) == (["mul", (a, b)], (2.0, 3.0, 6.0))
    assert second == ["tanh", (product,)] and third[0] == "dot" and third[1][:2] == (a, b)


def test_an_observer_sees_what_python_decides_by():
    a, b, seen = Value(2.0), Value(3.0), Seen()
    with contexts.Context(observer=seen):
        assert a < b and a
        assert a.data == 2.0
    assert seen.decisions == [a, b, a, a]
    assert a < b and len(seen.decisions) == 4  # outside of it nobody looks


def test_an_observer_sees_the_numbers_of_both_passes():
    a, b, seen = Value(2.0), Value(5.0), Seen()
    square, wall = a * a, b.detach()
    y = square * 3.0
    total = y + wall
    a.data = 5.0
    with contexts.Context(observer=seen):
        total.recompute()
        total.backward()
    (_, data), (_, order, totals) = seen.passes
    assert data == {square: 25.0, y: 75.0, wall: 5.0, total: 80.0}
    assert order == topological_order(total)
    assert totals == {a: 30.0, square: 3.0, y: 1.0, wall: 1.0, total: 1.0}  # not b


def test_what_an_observer_raises_keeps_new_numbers_back():
    class Refuses(contexts.Observer):
        def forward_pass(self, data):
            raise KeyError

        def backward_pass(self, order, totals):
            raise KeyError

    a = Value(2.0)
    y = a * a
    a.data = 3.0
    with contexts.Context(observer=Refuses()):
        with pytest.raises(KeyError):
            y.recompute()
        with pytest.raises(KeyError):
            y.backward()
    assert (y.data, a._grad, y._grad) == (4.0, None, None)


# -- derivatives -----------------------------------------------------------------------------------


def square(x):
    return x * x * x


@pytest.mark.parametrize(
    ("derivative", "expected"),
    [
        (lambda: am.grad(square)(2.0), 12.0),
        (lambda: am.grad(am.grad(square))(2.0), 12.0),
        (lambda: am.value_and_grad(square)(2.0), (8.0, 12.0)),
        (lambda: am.jvp(square, 2.0, 1.0), (8.0, 12.0)),
        (lambda: am.jacobian(lambda x: [square(x), x])(2.0), [[12.0], [1.0]]),
        (lambda: am.hessian(square)(2.0), [[12.0]]),
        (lambda: am.gradcheck(square, 2.0), True),
    ],
)
def test_derivatives_do_not_mind_an_outer_no_grad(derivative, expected):
    with no_grad():
        assert derivative() == expected
        assert not is_recording()
    assert derivative() == expected


def test_nor_do_those_at_a_value_or_of_a_generator():
    with no_grad():
        assert am.grad(square)(Value(2.0)) == 12.0
        assert am.hessian(square)(Value(2.0)) == [[12.0]]
        assert am.jacobian(lambda x: (x * k for k in (1.0, 2.0)))(3.0) == [[1.0], [2.0]]


def test_no_grad_inside_counts():
    def half(x):
        with no_grad():
            constant = x * x
        return constant * x

    assert am.grad(half)(3.0) == 9.0
    with no_grad():
        assert am.grad(half)(3.0) == 9.0


def test_a_function_that_raises_leaves_no_variables_behind():
    def broken(x):
        raise KeyError

    with pytest.raises(KeyError):
        am.grad(broken)(2.0)
    assert am.grad(square)(2.0) == 12.0


def test_fit_says_that_it_would_train_nothing():
    model = am.nn.MLP(2, [2, 1], seed=0)
    with no_grad(), pytest.raises(ValueError, match=r"fit\(\) under no_grad\(\) would train noth"):
        am.fit(model, am.datasets.xor(), epochs=1)


# -- Ctrl-C ----------------------------------------------------------------------------------------

SIGNALS = """
import os, signal, sys, threading, time, traceback
import autograd_mini as am
from autograd_mini import Value, no_grad, topological_order
from autograd_mini.engine import contexts

made = {"no_grad": no_grad, "anomaly": am.anomaly}[sys.argv[1]]
wanted, kept, left, inside = int(sys.argv[2]), [], 0, 0
x = Value(2.0)
pid = os.getpid()

def use():
    while True:
        with made():
            pass

def send():
    while len(kept) < wanted:
        os.kill(pid, signal.SIGINT)
        time.sleep(0.0003)

def interrupt(*_):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # till somebody has looked at this one
    raise KeyboardInterrupt

sender = threading.Thread(target=send, daemon=True)
started = False
while len(kept) < wanted:
    try:
        signal.signal(signal.SIGINT, interrupt)
        if not started:
            started = True
            sender.start()
        use()
    except KeyboardInterrupt as error:
        frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        if "use" in frames:
            kept.append(error)  # with its traceback, as a REPL keeps the last one
            left += (x * x).is_constant or bool(contexts.open_entries)
print(len(kept), left)
"""


@pytest.mark.slow
@pytest.mark.parametrize("context", ["no_grad", "anomaly"])
def test_signals_leave_nothing_open(context):
    program = [sys.executable, "-c", SIGNALS, context, "300"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60)
    assert done.stdout == "300 0\n", done.stdout + done.stderr[-2000:]
