"""An update rule as a program: one step of an optimizer on all its parameters in one call."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from copy import copy
from itertools import chain
from typing import Any

from autograd_mini.engine.errors import CompileError
from autograd_mini.engine.order import at_once
from autograd_mini.engine.value import Value, set_data
from autograd_mini.optim import Optimizer
from autograd_mini.program.arguments import made_backend
from autograd_mini.program.linear import Builder, Linear, Symbol


class CompiledRule:
    """The parameters and states of an optimizer in one buffer, and its rule as a program on it.

    >>> from autograd_mini.optim import SGD
    >>> w = Value(1.0)
    >>> rule = CompiledRule(SGD([w], lr=0.5, momentum=0.5), [w], "python")
    >>> rule.step([4.0], lr=0.5, count=2)  # the gradient is a sum over so many rows
    >>> rule.numbers.tolist(), rule.take_squares().tolist(), w.data
    ([0.0], [4.0], 1.0)
    >>> rule.write_back()
    >>> w.data
    0.0

    The bits are those of `optimizer.step()`. `parameters` are those that get gradients, among the
    optimizer's; `take_squares()` gives for each of them the sum of its squared mean gradients. A
    rule that asks `if` about a number, or calls `math`, is a `CompileError`.
    """

    def __init__(self, optimizer: Optimizer, parameters: Sequence[Value], target: str) -> None:
        self._optimizer, self._parameters = optimizer, parameters
        places = {parameter: i for i, parameter in enumerate(optimizer.parameters)}
        self._places = [places[parameter] for parameter in parameters]
        self._shape = optimizer.start
        line = rule_line(optimizer)
        if line.constants != rule_line(optimizer).constants:
            raise CompileError(f"the rule of {type(optimizer).__name__} is another at each step")
        self._backend = made_backend(line, target, fast=False)
        self._width = 3 + len(_flat(self._shape))
        self._rows = array("d", chain.from_iterable(map(self._row, self._places)))
        self._backend.rows(array("d"), 0, array("d", [0.0, 1.0]))  # which compiles it now

    def _row(self, place: int) -> tuple[float, ...]:
        optimizer = self._optimizer
        state = _flat(optimizer.states[place])
        return (optimizer.parameters[place].data, 0.0, 0.0, *map(float, state))

    def step(self, gradient: Sequence[float], lr: float, count: int) -> None:
        """Move every parameter against its gradient, which is a sum over `count` rows."""
        self._rows[1 :: self._width] = array("d", gradient)
        found = self._backend.rows(self._rows, len(self._parameters), array("d", [lr, count]))
        self._rows = found

    @property
    def numbers(self) -> array[float]:
        """The numbers of the parameters now."""
        return self._rows[:: self._width]

    def take_squares(self) -> array[float]:
        """The sums of squared gradients since the last time that they were taken."""
        found = self._rows[2 :: self._width]
        self._rows[2 :: self._width] = array("d", bytes(8 * len(found)))
        return found

    def write_back(self) -> None:
        """Give parameters and optimizer their numbers: to all of them, or to none."""
        states = list(self._optimizer.states)
        rows = zip(*[iter(self._rows)] * self._width, strict=True)
        for place, (_, _, _, *numbers) in zip(self._places, rows, strict=True):
            states[place] = _like(self._shape, numbers)
        new_numbers = map(set_data, self._parameters, self.numbers)
        new_states = map(setattr, (self._optimizer,), ("states",), (states,))
        at_once(new_numbers, new_states)  # one call into C, as in Optimizer.step


def rule_line(optimizer: Optimizer) -> Linear:
    """The line from (number, gradient, sum of squares, *state) to the same after a step.

    >>> from autograd_mini.optim import SGD
    >>> line = rule_line(SGD([Value(1.0)], lr=0.5))
    >>> len(line.steps), [leaf.label for leaf in line.parameters]
    (5, ['lr', 'count'])

    The gradient is a sum over `count` rows; it becomes their mean.
    """
    inputs = [Value(0.0) for _ in range(3 + len(_flat(optimizer.start)))]
    builder = Builder(inputs, {})
    lr, count = _parameter(builder, "lr"), _parameter(builder, "count")
    data, gradient, squares, *state = [builder.known[leaf] for leaf in inputs]
    mean = gradient / count
    if type(optimizer).step is not Optimizer.step:
        raise CompileError(f"{type(optimizer).__name__} has a step of its own")
    rule: Any = copy(optimizer)
    rule._lr = lr
    before = dict(vars(rule))
    new_data, new_state = _applied(rule, data, mean, _like(optimizer.start, state))
    if vars(rule) != before:
        raise CompileError(f"the rule of {type(rule).__name__} remembers more than its state")
    states, start = _flat(new_state), optimizer.start
    if len(states) != len(state) or isinstance(new_state, tuple) != isinstance(start, tuple):
        raise CompileError(f"the state {new_state!r} has another form than {start!r}")
    outputs = [new_data, 0.0, squares + mean * mean, *states]
    return builder.finished([builder.place(output) for output in outputs], len(builder.steps))


def _parameter(builder: Builder, label: str) -> Symbol:
    leaf = Value(0.0, label)
    builder.slot_of(leaf)
    found: Symbol = builder.known[leaf]
    return found


def _applied(rule: Any, data: Symbol, mean: Symbol, state: object) -> tuple[Any, Any]:
    name = type(rule).__name__
    try:
        new_data, new_state = rule.rule(data, mean, state)
        return new_data, new_state
    except CompileError as error:
        raise CompileError(f"the rule of {name} cannot be compiled: {error}") from None
    except Exception as error:
        raise CompileError(
            f"the rule of {name} cannot be compiled: it raised {type(error).__name__}: {error}"
        ) from error


# -- states: nothing, a number, or a tuple of numbers ----------------------------------------------


def _flat(state: object) -> tuple[Any, ...]:
    if state is None:
        return ()
    if isinstance(state, tuple):
        return state
    if isinstance(state, int | float | Symbol):
        return (state,)
    raise CompileError(f"the state {state!r} of the optimizer is no number and no tuple of numbers")


def _like(shape: object, numbers: Sequence[Any]) -> Any:
    """The numbers in the form of a state, whole ones where it has them; symbols as they are."""
    found = [
        int(number) if isinstance(part, int) and isinstance(number, float) else number
        for part, number in zip(_flat(shape), numbers, strict=True)
    ]
    if shape is None:
        return None
    return tuple(found) if isinstance(shape, tuple) else found[0]
