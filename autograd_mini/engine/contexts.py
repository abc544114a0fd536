"""Contexts that change how operations are recorded, for one thread or task at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token

TYPE_CHECKING = False  # importing `typing` would take longer than all of this package's core
if TYPE_CHECKING:
    from typing import Any

    from autograd_mini.source_lines import Where


class Watcher:
    """Sees new numbers before anybody else: what it raises keeps them from being published.

    This one looks at nothing. No method of any watcher returns anything.
    """

    def operation(self, op: Any, parents: Any, numbers: tuple[float, ...]) -> None:
        """An operation was computed; `numbers` are its operands' and, at the end, its own."""

    def decision(self, node: Any) -> None:
        """Python is about to decide by the number of a node: in an `if`, or a comparison."""

    def forward_pass(self, data: Mapping[Any, float]) -> None:
        """`recompute()` has these numbers for its nodes, operands before results."""

    def backward_pass(self, totals: Mapping[Any, float]) -> None:
        """`backward()` has these gradients for its nodes, in topological order."""


watcher: ContextVar[Watcher] = ContextVar("watcher", default=Watcher())  # noqa: B039 (no state)

# What makes the local-derivative closure of a new result; None is the usual way, in `value.py`.
# It takes (op, parents, numbers), and a result that gets no closure is a constant.
closure_maker: ContextVar[Callable[..., Any] | None] = ContextVar("closure_maker", default=None)

# One entry for each context that is open in any thread. While there is none, an operation need not
# ask the variables above: 13 ns instead of 20, at every operation.
open_contexts: set[object] = set()


def decided(node: Any) -> float:
    """The number of a node for what Python does with it outside of any graph."""
    if open_contexts:
        watcher.get().decision(node)
    number: float = node._data
    return number


def in_force(settings: Mapping[ContextVar[Any], Any]) -> Iterator[None]:
    """What a context yields from: these variables have these values until its block ends."""
    tokens: list[Token[Any]] = []
    undo = map(ContextVar.reset, settings, tokens)
    try:
        tokens.extend(map(ContextVar.set, settings, settings.values()))
        open_contexts.add(undo)
        yield
    finally:
        deque(undo, maxlen=0)  # in one call into C, during which no interrupt is handled
        open_contexts.discard(undo)


@contextmanager
def no_grad() -> Iterator[None]:
    """Make results constants, without a history, in this context or a function decorated with it.

    >>> from autograd_mini import Value
    >>> w = Value(2.0)
    >>> with no_grad():
    ...     w.data -= 0.1 * w.grad
    ...     (w * 3.0).is_constant
    True

    It holds for the current thread or task and ends with the block, however the block ends.
    """
    yield from in_force({closure_maker: watcher.get().operation})  # which gives no closure


# -- closures that know where in the program they were made ----------------------------------------


class Recorded:
    """A local-derivative closure that knows where in the program its operation was written.

    So nodes that nobody asked to record have no place to keep that, and pay nothing for it.
    """

    __slots__ = ("closure", "where")

    def __init__(self, closure: Any, where: Where | None) -> None:
        self.closure, self.where = closure, where

    def __call__(self) -> Any:
        return self.closure()

    @property
    def __self__(self) -> Any:
        """The numbers of the forward pass, where the closure holds any."""
        return self.closure.__self__


def where_recorded(node: Any) -> Where | None:
    """Where a live node's operation was written, if that was recorded."""
    return node._local.where if type(node._local) is Recorded else None


def recomputed(data: Mapping[Any, float], closures: list[Any]) -> list[Any]:
    """What `recompute()` may publish: the numbers are seen, and source lines are kept."""
    watcher.get().forward_pass(data)
    held = [node._local for node in data]
    return [
        Recorded(new, old.where) if type(old) is Recorded else new
        for old, new in zip(held, closures, strict=True)
    ]
