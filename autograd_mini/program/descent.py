"""Epochs of any optimizer on a program: numbers, states and gradients stay in buffers meanwhile."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from itertools import chain
from typing import Any

from autograd_mini import optim
from autograd_mini.engine.errors import CompileError
from autograd_mini.engine.order import at_once
from autograd_mini.engine.value import Value, set_data
from autograd_mini.program.compile import Program
from autograd_mini.program.epochs import numbers_of
from autograd_mini.program.update_rules import CompiledRule


class Descent:
    """Training a program whose output is the loss of one row, epoch by epoch.

    >>> from autograd_mini.program.compile import compile
    >>> x, y, w = Value(0.0), Value(0.0), Value(0.0, "w")
    >>> program = compile((w * x - y) ** 2, [x, y], target="python")
    >>> rows = [(1.0, 2.0), (2.0, 4.0)]
    >>> descent = Descent(program, optim.SGD([w], lr=0.25))
    >>> descent.epoch(rows, batch_size=1)
    (4.0, array('d', [80.0]))
    >>> w.data
    0.0
    >>> descent.write_back()
    >>> w.data
    3.0

    An epoch gives the mean of the loss over the rows, each just before the update that uses it, and
    for each parameter of the optimizer the sum of its squared gradients over the steps. With `clip`
    the gradients of a step have at most that norm. The leaves get their numbers, and the optimizer
    its states, when they are written back: all or none.
    """

    def __init__(
        self, program: Program, optimizer: optim.Optimizer, clip: float | None = None
    ) -> None:
        self._optimizer, self._clip = optimizer, clip
        self._backend, reached = program.gradient_backend()
        places = {leaf: place for place, leaf in enumerate(program.parameters) if reached[place]}
        # The program's order is the quicker one; a norm is added up in the optimizer's.
        first, second = (program, optimizer) if clip is None else (optimizer, program)
        others = set(second.parameters)
        self._trained = [leaf for leaf in first.parameters if leaf in places and leaf in others]
        self._places = [places[leaf] for leaf in self._trained]
        self._is_whole = self._places == list(range(len(program.parameters)))
        self._numbers = numbers_of(program.parameters)
        self._target, self._settings = program.target, _settings(optimizer)
        self._rule = _rule(optimizer, self._trained, program.target)
        self._backend.total(array("d"), 0, self._numbers)  # which compiles it now

    def epoch(self, rows: Sequence[Sequence[float]], batch_size: int) -> tuple[float, array[float]]:
        """A step after each `batch_size` rows, in their order."""
        if _settings(self._optimizer) != self._settings:  # somebody changed them meanwhile
            self._settings = _settings(self._optimizer)
            self._rule = _rule(self._optimizer, self._trained, self._target)
        loss = -0.0  # to which every number can be added without a change, -0.0 too
        for start in range(0, len(rows), batch_size):
            batch = rows[start : start + batch_size]
            loss += self._step(array("d", chain.from_iterable(batch)), len(batch))
        return loss / len(rows), self._spread(self._rule.take_squares())

    def _step(self, numbers: array[float], count: int) -> float:
        sums = self._backend.total(numbers, count, self._numbers)
        gradient: Sequence[float] = sums[1:]
        if not self._is_whole:
            gradient = [gradient[place] for place in self._places]
        if self._clip is not None:
            gradient = optim.clipped([total / count for total in gradient], self._clip)[1]
            count = 1
        self._rule.step(gradient, self._optimizer.lr, count)
        self._take_numbers()
        return float(sums[0])

    def _take_numbers(self) -> None:
        if self._is_whole:
            self._numbers = self._rule.numbers
            return
        for place, number in zip(self._places, self._rule.numbers, strict=True):
            self._numbers[place] = number

    def _spread(self, squares: Iterable[float]) -> array[float]:
        """One for each parameter of the optimizer, 0 for those that got no gradient."""
        found = dict(zip(self._trained, squares, strict=True))
        return array("d", [found.get(leaf, 0.0) for leaf in self._optimizer.parameters])

    def write_back(self) -> None:
        """What was reached is what counts."""
        self._rule.write_back()


def _settings(optimizer: optim.Optimizer) -> dict[str, Any]:
    """What a rule may go by, beside the learning rate, which it is told at every step."""
    own = ("_lr", "parameters", "states")
    return {name: value for name, value in vars(optimizer).items() if name not in own}


def _rule(optimizer: optim.Optimizer, trained: Sequence[Value], target: str) -> Any:
    try:
        return CompiledRule(optimizer, trained, target)
    except CompileError:
        return PlainRule(optimizer, trained)


class PlainRule:
    """What `CompiledRule` does, for a rule that is no program: the optimizer's own step, on copies.

    >>> w = Value(1.0)
    >>> rule = PlainRule(optim.SGD([w], lr=0.5), [w])
    >>> rule.step([4.0], lr=0.5, count=2)
    >>> rule.numbers, rule.take_squares(), w.data
    (array('d', [0.0]), [4.0], 1.0)
    """

    def __init__(self, optimizer: optim.Optimizer, parameters: Sequence[Value]) -> None:
        self._optimizer, self._own = optimizer, copy(optimizer)
        self._own.parameters = [Value(leaf.data) for leaf in optimizer.parameters]
        self._own.states = list(optimizer.states)
        copies = dict(zip(optimizer.parameters, self._own.parameters, strict=True))
        self._trained = [copies[leaf] for leaf in parameters]
        self._squares = [0.0] * len(parameters)

    def step(self, gradient: Iterable[float], lr: float, count: int) -> None:
        self._own.lr = lr
        for leaf, total in zip(self._trained, gradient, strict=True):
            leaf.grad = total / count
        self._own.step()
        self._squares = [
            square + leaf.grad * leaf.grad
            for square, leaf in zip(self._squares, self._trained, strict=True)
        ]

    @property
    def numbers(self) -> array[float]:
        return numbers_of(self._trained)

    def take_squares(self) -> list[float]:
        found, self._squares = self._squares, [0.0] * len(self._squares)
        return found

    def write_back(self) -> None:
        numbers: Iterator[Any] = map(float, numbers_of(self._own.parameters))
        new_numbers = map(set_data, self._optimizer.parameters, numbers)
        vars(self._optimizer).update(_settings(self._own))  # what the rule remembers there
        states = (list(self._own.states),)
        new_states = map(setattr, (self._optimizer,), ("states",), states)
        at_once(new_numbers, new_states)
