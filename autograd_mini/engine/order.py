"""Who comes before whom, and what must not be interrupted, by another thread or by Ctrl-C."""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock, get_ident
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat

from autograd_mini.engine.quiet_order import quiet_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from autograd_mini.engine.value import Value

    Given = TypeVar("Given")


class NoNode:
    """What stands in place of an operand; a walk may ask it, as a node, whether it was seen."""

    __slots__ = ("_seen", "name")

    def __init__(self, name: str) -> None:
        self.name, self._seen = name, None

    def __reduce__(self) -> str:
        return self.name  # there is one of each, in copies too


NOBODY: Any = NoNode("NOBODY")  # left and right of a leaf, right of exp(x); for plain numbers, too
MANY: Any = NoNode("MANY")  # right of a node that has its operands in a tuple; it is never seen
PATIENCE = 1.0  # seconds, after which a thread that waits looks whom it waits for


class _Turns:
    """Whose turn it is: a walk leaves its mark in every node, and a backward pass its totals."""

    def __init__(self) -> None:
        self.lock, self.owner, self.given = allocate_lock(), 0, 0

    def is_mine(self) -> bool:
        """Whether this thread has the turn already."""
        return self.lock.locked() and self.owner == get_ident()

    def wait(self) -> Any:
        """Wait until nobody has the turn, or somebody who will not give it back.

        A thread that a debugger threw out of the middle of its turn shall not stop all others.
        """
        while self.lock.locked():
            lock = self.lock
            if lock.acquire(timeout=PATIENCE):
                lock.release()
                break
            if self.lock is lock and self._is_lost():
                self.lock = allocate_lock()
        return self.lock

    def _is_lost(self) -> bool:
        frame = sys._current_frames().get(self.owner)
        while frame is not None and frame.f_code is not in_turn.__code__:
            frame = frame.f_back
        return frame is None

    def give_away(self, ask: Callable[[], Given]) -> Given:
        """What a user's function gives; it may wait for other threads, which get the turn."""
        if not self.is_mine():
            return ask()
        self.given, self.owner = self.given + 1, 0
        self.lock.release()
        try:
            return ask()
        finally:
            self.lock.acquire()
            self.given, self.owner = self.given - 1, get_ident()


turns = _Turns()
if hasattr(os, "register_at_fork"):  # in a forked process, no other thread is left
    os.register_at_fork(after_in_child=turns.__init__)  # type: ignore[misc]


def in_turn(act: Callable[[bool], Given]) -> Given:
    """What a function gives that no other thread may disturb.

    It is told whether it must not disturb either: in the middle of somebody's turn, where a user's
    rule runs, a signal handler or a `__del__`.
    """
    if turns.is_mine():
        return act(True)
    with turns.wait():
        turns.owner = get_ident()
        try:
            return act(turns.given > 0)
        finally:
            turns.owner = 0


def at_once(*assignments: Iterable[object]) -> None:
    """Run through iterators whose steps are calls into C: all of them or, interrupted, none.

    >>> numbers = {}
    >>> at_once(map(numbers.__setitem__, "ab", (1.0, 2.0)), map(numbers.__delitem__, "a"))
    >>> numbers
    {'b': 2.0}

    A deque that keeps nothing runs through them in one call into C, and Python handles an interrupt
    only before or after such a call.
    """
    deque(chain(*assignments), maxlen=0)


def topological_order(root: Value) -> list[Value]:
    """`root` and all it was made from, each node once, constants too, operands before results.

    >>> from autograd_mini import Value
    >>> a, b = Value(2.0), Value(3.0)
    >>> c = a * b
    >>> topological_order(c) == [a, b, c]
    True

    Depth first, operands from left to right; no recursion, so a chain of a million nodes will do.
    """
    return in_turn(lambda quietly: quiet_order(root) if quietly else order_below(root))


def pass_in_turn(root: Value, start: float, sweep: Callable[[list[Value]], None]) -> None:
    """Run a backward pass over the order of a graph, with all totals at the `start`."""

    def act(quietly: bool) -> None:
        if not quietly:
            return sweep(order_below(root, start))
        order = quiet_order(root)
        totals = [getattr(node, "_total", None) for node in order]
        try:
            at_once(map(setattr, order, repeat("_total"), repeat(start)))
            sweep(order)
        finally:
            at_once(map(setattr, order, repeat("_total"), totals))

    in_turn(act)


def order_below(root: Value, start: float | None = None) -> list[Value]:
    """The topological order; or, for a sweep, without plain numbers that are no nodes yet.

    All totals are then set to the `start`. A mark in the node takes half the time of a set of
    nodes: 100 ns a node instead of 160.
    """
    order: list[Value] = []
    path: list[Value] = []  # from the root to the node at hand
    to_come: dict[Value, Iterator[Value]] = {}  # for nodes of many operands: those not looked at
    NOBODY._seen = mark = object()
    node = root
    while True:
        while node._seen is not mark:  # down, from each node to its first operand
            node._seen = mark
            if start is None:
                node.parents  # noqa: B018 (makes nodes of plain numbers)
            else:
                node._total = start
            if node.op is None:
                order.append(node)
                break
            path.append(node)
            node = node._left
        while path:  # up, until there is an operand that was not seen
            last = path.pop()
            node = last._right
            if node is MANY:
                node = _unseen_of(last, to_come, mark)
            if node._seen is not mark:
                path.append(last)
                break
            order.append(last)
        else:
            return order


def _unseen_of(node: Value, to_come: dict[Value, Iterator[Value]], mark: object) -> Value:
    """The next of many operands without the mark of the walk."""
    operands = to_come.get(node) or iter(node._many)
    for operand in operands:
        if operand._seen is not mark:
            to_come[node] = operands
            return operand
    return NOBODY  # type: ignore[no-any-return]
