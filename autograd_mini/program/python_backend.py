"""A straight line run by Python itself: generated source, with a loop over the rows around it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Any

from autograd_mini.program.linear import Linear
from autograd_mini.program.python_source import Statements, indented, tuple_text, unpacked
from autograd_mini.program.spellings import python_helpers

if TYPE_CHECKING:
    Numbers = array[float] | memoryview[float]
    Function = Callable[[Iterable[Any], Sequence[float]], list[float]]


class PythonBackend:
    """Runs one straight line on rows of numbers, which stand one after the other in a buffer.

    >>> from autograd_mini import Value
    >>> from autograd_mini.program.linear import linearised
    >>> x, y = Value(2.0), Value(3.0)
    >>> backend = PythonBackend(linearised([x * y, x + y], [x, y]))
    >>> rows = array("d", [1.0, 10.0, 2.0, 20.0])
    >>> backend.rows(rows, 2, array("d")).tolist(), backend.total(rows, 2, array("d")).tolist()
    ([10.0, 11.0, 40.0, 22.0], [50.0, 33.0])
    """

    def __init__(self, linear: Linear) -> None:
        self._linear = linear

    def rows(self, numbers: Numbers, count: int, parameters: array[float]) -> array[float]:
        """The outputs for each row, one row after the other."""
        return array("d", self._each(self._tuples(numbers, count), parameters))

    def total(self, numbers: Numbers, count: int, parameters: array[float]) -> array[float]:
        """The sum of each output over the rows, added from the first row on."""
        return array("d", self._sums(self._tuples(numbers, count), parameters))

    def descend(
        self,
        numbers: Numbers,
        order: array[int] | None,
        batch: int,
        parameters: array[float],
        velocity: array[float],
        lr: float,
        momentum: float,
    ) -> float:
        """One epoch of gradient descent, in place on the parameters and the velocity.

        The first output is the loss, the others are its gradient with respect to the parameters.
        For each batch of rows, velocity = momentum * velocity + mean gradient, and
        parameter -= lr * velocity, as `optim.SGD` does it. Gives the mean loss of the rows, each
        just before the update that it takes part in.
        """
        count = len(numbers) // self._linear.inputs if order is None else len(order)
        rows = list(self._tuples(numbers, count))
        if order is not None:
            rows = [rows[index] for index in order]
        data, speeds = parameters.tolist(), velocity.tolist()
        loss = -0.0  # to which every number can be added without a change, -0.0 too
        for start in range(0, count, batch):
            part = rows[start : start + batch]
            first, *totals = self._sums(part, data)
            loss += first
            gradient = [total / len(part) for total in totals]
            speeds = _velocity(speeds, gradient, momentum)
            data = [number - lr * speed for number, speed in zip(data, speeds, strict=True)]
        parameters[:], velocity[:] = array("d", data), array("d", speeds)
        return loss / count

    def _tuples(self, numbers: Numbers, count: int) -> Iterable[tuple[float, ...]]:
        width = self._linear.inputs
        return zip(*[iter(numbers)] * width, strict=False) if width else repeat((), count)

    # -- the generated functions -------------------------------------------------------------------

    @cached_property
    def _statements(self) -> Statements:
        return Statements(self._linear)

    @cached_property
    def _each(self) -> Function:
        """From (rows, parameters) to the outputs of each row."""
        made = self._statements
        inside = [f"_results += {tuple_text(made.outputs)}"]
        return self._compiled(["_results = []", *self._loop(inside), "return _results"])

    @cached_property
    def _sums(self) -> Function:
        """From (rows, parameters) to the sum of each output."""
        totals = [f"_total_{position}" for position in range(len(self._statements.outputs))]
        pairs = zip(totals, self._statements.outputs, strict=True)
        inside = [f"{total} += {output}" for total, output in pairs]
        begin = f"{' = '.join(totals)} = -0.0"
        return self._compiled([begin, *self._loop(inside), f"return [{', '.join(totals)}]"])

    def _loop(self, end: Iterable[str]) -> list[str]:
        """`for` over the rows, the statements, then those at the end."""
        made = self._statements
        target = f"({', '.join(made.inputs)},)" if made.inputs else "_"
        return [f"for {target} in _rows:", *indented([*made.forward, *made.backward, *end])]

    def _compiled(self, body: Iterable[str]) -> Function:
        # The names in it are letters, digits and underscores only, whatever the user's labels are.
        unpacking = unpacked("_parameters", self._statements.parameters)
        function = ["def _function(_rows, _parameters):", *indented([*unpacking, *body])]
        rows = [op for op, _ in self._linear.steps]
        source = "\n".join([*python_helpers(rows), *function])
        names: dict[str, Any] = {"math": math}
        exec(compile(source, "<a program of autograd_mini>", "exec"), names)
        found: Function = names.pop("_function")  # and so no cycle with its globals
        return found


def _velocity(velocity: Iterable[float], gradient: list[float], momentum: float) -> list[float]:
    """As in `optim.SGD`: without momentum nothing of the old velocity is touched."""
    if not momentum:
        return gradient
    pairs = zip(velocity, gradient, strict=True)
    return [momentum * speed + slope for speed, slope in pairs]
