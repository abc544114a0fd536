"""Contexts that change how operations are recorded, for one thread or task at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

TYPE_CHECKING = False  # importing `typing` would take longer than all of this package's core
if TYPE_CHECKING:
    from typing import Any

# What makes the local-derivative closure of a new result; None is the usual way, in `value.py`.
# It takes (op, parents, numbers), and a result that gets no closure is a constant.
closure_maker: ContextVar[Callable[..., Any] | None] = ContextVar("closure_maker", default=None)

# One entry for each such context that is open in any thread. While it is empty, an operation need
# not ask the variable above: 13 ns instead of 20, at every operation.
open_contexts: list[None] = []


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
    token = closure_maker.set(lambda op, parents, numbers: None)
    open_contexts.append(None)
    try:
        yield
    finally:
        open_contexts.pop()
        closure_maker.reset(token)
