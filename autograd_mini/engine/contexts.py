"""Contexts that change how operations are recorded, for one thread or task at a time.

`with` calls two methods of a context, and Ctrl-C may come before, between or after any two steps of
Python. So what opens a context is a single call into C, and so is what closes it; Python handles an
interrupt before such a call or after it, and no state is left behind. What is closed is forgotten
later, by whoever comes across it.
"""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import partial, wraps
from types import coroutine
from weakref import ref

from autograd_mini.engine.reals import number

TYPE_CHECKING = False  # importing `typing` would take longer than all of this package's core
if TYPE_CHECKING:
    from _thread import LockType
    from collections.abc import Generator
    from typing import Any, ParamSpec, TypeVar

    from autograd_mini.engine.ops import Op
    from autograd_mini.engine.value import Value
    from autograd_mini.engine.writing import Contribute
    from autograd_mini.tracing.source_lines import Where

    Arguments = ParamSpec("Arguments")
    Given = TypeVar("Given")
    Function = Callable[Arguments, Any]
    Numbers = tuple[float, ...]


class Observer:
    """Sees new numbers before anybody else: what it raises keeps them from being published.

    This one looks at nothing.
    """

    def operation(self, op: Op, parents: Sequence[Value], numbers: Numbers) -> Where | None:
        """An operation was computed; `numbers` are its operands' and, at the end, its own.

        What it gives is kept with the node: where in the program the operation was written.
        """

    def decision(self, node: Value) -> None:
        """Python is about to decide by the number of a node: in an `if`, or a comparison."""

    def forward_pass(self, data: Mapping[Value, float]) -> None:
        """`recompute()` has these numbers for its nodes, operands before results."""

    def backward_pass(self, order: Sequence[Value], totals: Mapping[Value, float]) -> None:
        """`backward()` has gone through these nodes, and what came to them are these totals."""


_LOOKS_AT_NOTHING = Observer()


# What any thread has entered and not left. While it is empty, an operation need not ask whether a
# context is open where it runs.
open_entries: set[Entry] = set()


class Entry(ref["LockType"]):
    """One `with` of a context: open while it is in `open_entries`, and its lock is locked.

    It is a weak reference to the lock, which nobody else keeps than the `with` that is to leave it.
    So it ends by itself where nobody can leave it any more.
    """

    __slots__ = ("observer", "owner", "records")

    owner: ref[Context]
    records: bool | None
    observer: Observer | None

    def is_locked(self) -> bool:
        """Whether it was not left so far."""
        lock = self()
        return lock is not None and lock.locked()

    def is_open(self) -> bool:
        """Whether it was entered and not left."""
        return self in open_entries and self.is_locked()


# What this thread or task has entered, the innermost last; some may be closed.
_entered: ContextVar[tuple[Entry, ...]] = ContextVar("entered", default=())


def _in_force() -> tuple[bool, Observer]:
    """Whether results remember what they were computed from, and who watches, here and now."""
    records, watching, count = True, _LOOKS_AT_NOTHING, 0
    for entry in _entered.get():  # the innermost that has a say, which comes last, decides
        lock = entry()
        if lock is not None and lock.locked() and entry in open_entries:
            records = records if entry.records is None else entry.records
            watching = entry.observer or watching
            count += 1
    if count < len(open_entries):
        # of contexts that are kept for another time
        open_entries.difference_update([e for e in tuple(open_entries) if not e.is_locked()])
    return records, watching


def is_quiet() -> bool:
    """Whether results are constants, and nobody watches."""
    return _in_force() == (False, _LOOKS_AT_NOTHING)


def is_recording() -> bool:
    """Whether results remember what they were computed from, here and now."""
    return _in_force()[0]


def observer() -> Observer:
    """Who watches, here and now."""
    return _in_force()[1]


def constant_result(make: Callable[[float], Value], op: Op, arguments: tuple[Any, ...]) -> Value:
    """The result of an operation under `no_grad()`: nothing but its number."""
    try:
        numbers = [argument._data for argument in arguments]
    except AttributeError:  # plain numbers among them
        numbers = [x._data if hasattr(x, "_apply") else number(x) for x in arguments]
    return make(number(op.forward(*numbers)))


def read_outside(node: Value) -> float:
    """The number of a node for what Python does with it outside of any graph, as in an `if`."""
    if open_entries:
        observer().decision(node)
    return node._data


class _LookedUp:
    """A method whose look-up does the work, in Python, and gives what is then called, in C."""

    def __init__(self, look_up: Callable[[Any], Callable[..., Any]]) -> None:
        self.look_up = look_up

    def __get__(self, context: Context | None, kind: type) -> Callable[..., Any]:
        if context is None:  # as contextlib.ExitStack asks, which gives the context later
            return lambda context, *error: self.look_up(context)(*error)
        return self.look_up(context)


class Context:
    """A context, and a decorator: whether results remember, who watches, or both.

    Any number of threads and tasks may be in it at once. It is left in any order, from any thread.
    """

    def __init__(self, records: bool | None = None, observer: Observer | None = None) -> None:
        self.records, self.observer = records, observer
        self._locks: set[LockType] = set()

    def again(self) -> Context:
        """Another one of the same kind."""
        return Context(self.records, self.observer)

    def _fresh(self) -> Entry | None:
        """The entry that this thread or task has made and not yet opened."""
        last = _entered.get()[-1:]
        is_fresh = last and last[0].owner() is self and last[0] not in open_entries
        return last[0] if is_fresh and last[0].is_locked() else None

    def _made(self) -> Entry:
        lock = allocate_lock()
        lock.acquire()
        self._locks.difference_update([left for left in tuple(self._locks) if not left.locked()])
        self._locks.add(lock)
        entry = Entry(lock, open_entries.discard)
        hash(entry)  # now, for a reference to what is gone has none
        entry.owner, entry.records, entry.observer = ref(self), self.records, self.observer
        _entered.set((*[entry for entry in _entered.get() if entry.is_open()], entry))
        return entry

    def _innermost(self) -> Entry | None:
        """The last open entry of this context, here or, failing that, anywhere."""
        candidates = (*open_entries, *_entered.get())
        found = [one for one in candidates if one.owner() is self and one.is_open()]
        return found[-1] if found else None

    # `with` looks up both methods before it calls the first.
    @_LookedUp
    def __enter__(self: Context) -> Callable[[], None]:
        return partial(open_entries.add, self._fresh() or self._made())

    @_LookedUp
    def __exit__(self: Context) -> Callable[..., Any]:
        lock: Any = (self._fresh() or self._innermost() or self._made())()
        exit: Callable[..., Any] = lock.__exit__
        return exit

    def __call__(self, function: Callable[Arguments, Given]) -> Callable[Arguments, Given]:
        """The function, generator, coroutine or asynchronous generator, run in this context."""
        import inspect

        kinds = (
            (inspect.isasyncgenfunction, _asynchronous_generator),
            (inspect.iscoroutinefunction, _coroutine),
            (inspect.isgeneratorfunction, _generator),
        )
        decorated = next((made for is_kind, made in kinds if is_kind(function)), _function)
        return wraps(function)(decorated(self, function))


def no_grad() -> Context:
    """Make results constants, without a history, in this context or a function decorated with it.

    >>> from autograd_mini import Value
    >>> w = Value(2.0)
    >>> with no_grad():
    ...     w.data -= 0.1 * w.grad
    ...     (w * 3.0).is_constant
    True

    It holds for the current thread or task and ends with the block, however the block ends. A
    generator or a coroutine that is decorated is in it while its body runs, not while it waits.
    """
    return Context(records=False)


# -- decorated functions ---------------------------------------------------------------------------


def _function(context: Context, function: Function[Arguments]) -> Function[Arguments]:
    def decorated(*arguments: Arguments.args, **options: Arguments.kwargs) -> Any:
        with context.again():
            return function(*arguments, **options)

    return decorated


def _generator(context: Context, function: Function[Arguments]) -> Function[Arguments]:
    def decorated(*arguments: Arguments.args, **options: Arguments.kwargs) -> Any:
        return (yield from _stepwise(context, function(*arguments, **options)))

    return decorated


def _coroutine(context: Context, function: Function[Arguments]) -> Function[Arguments]:
    async def decorated(*arguments: Arguments.args, **options: Arguments.kwargs) -> Any:
        return await _stepwise(context, function(*arguments, **options))

    return decorated


def _asynchronous_generator(context: Context, function: Function[Arguments]) -> Function[Arguments]:
    async def decorated(*arguments: Arguments.args, **options: Arguments.kwargs) -> Any:
        body = function(*arguments, **options)
        step = body.asend(None)
        while True:
            try:
                item = await _stepwise(context, step)
            except StopAsyncIteration:
                return
            try:
                step = body.asend((yield item))
            except GeneratorExit:
                await _stepwise(context, body.aclose())
                raise
            except BaseException as error:
                step = body.athrow(error)

    return decorated


@coroutine
def _stepwise(context: Context, body: Generator[Any, Any, Any]) -> Any:
    """What a generator or a coroutine gives, each step of it run in the context."""
    step, given = body.send, None
    while True:
        try:
            with context.again():
                item = step(given)
        except StopIteration as end:
            return end.value
        try:
            step, given = body.send, (yield item)
        except GeneratorExit:
            with context.again():
                body.close()
            raise
        except BaseException as error:
            step, given = body.throw, error


# -- results that know where in the program they were made ----------------------------------------


def way_back(
    contribute: Contribute | None, op: Op, operands: Sequence[Value], numbers: Numbers
) -> Contribute | None:
    """The way back of a result that an open context makes of the usual one; None for a constant."""
    records, watching = _in_force()
    where = watching.operation(op, operands, numbers)
    if not records or contribute is None:
        return None
    return Recorded(contribute, where) if where else contribute


class Recorded:
    """What hands a gradient on, and knows where in the program its operation was written.

    So nodes that nobody asked to record have no place to keep that, and pay nothing for it.
    """

    __slots__ = ("contribute", "where")

    def __init__(self, contribute: Contribute, where: Where) -> None:
        self.contribute, self.where = contribute, where

    def __call__(self, node: Value) -> None:
        self.contribute(node)


def where_recorded(node: Value) -> Where | None:
    """Where a live node's operation was written, if that was recorded."""
    return node._contribute.where if type(node._contribute) is Recorded else None
