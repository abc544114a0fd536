"""`compile`: a graph becomes a `Program`, which runs again on other numbers, fast."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from reprlib import repr as short
from typing import TYPE_CHECKING, Any

from autograd_mini.engine import ieee
from autograd_mini.engine.errors import CompileError
from autograd_mini.engine.order import at_once
from autograd_mini.engine.value import Value, set_grad, topological_order
from autograd_mini.optim import SGD
from autograd_mini.program import arguments
from autograd_mini.program.buffers import buffered
from autograd_mini.program.chain_rule import narrowed, with_gradient
from autograd_mini.program.epochs import descended, generator, numbers_of, whole
from autograd_mini.program.linear import Linear, invented_names, linearised
from autograd_mini.program.reserved_words import PYTHON as RESERVED
from autograd_mini.program.slot_names import slot_names
from autograd_mini.text.numbers import counted
from autograd_mini.tracing.graph import caller_names

if TYPE_CHECKING:
    import random

    # output, inputs, names found, names invented
    Graph = tuple[Value, Sequence[Value], dict[Value, str], dict[Value, str]]
    Numbers = array[float] | memoryview[float]
    Gradient = tuple[Linear, list[bool]]  # what `with_gradient` gives

LANGUAGES = ("python", "c", "javascript")


def compile(
    outputs: Value | Sequence[Value],
    inputs: Sequence[Value],
    target: str = "auto",
    fast: bool = False,
) -> Program:
    """A program that computes the outputs from other numbers for the inputs, without the graph.

    >>> x, y, w = Value(2.0), Value(3.0), Value(0.5)
    >>> program = compile(w * x + y, [x, y])
    >>> program(10.0, 1.0)
    6.0
    >>> w.data = 2.0
    >>> program(10.0, 1.0)
    21.0

    All leaves that are no inputs are parameters: their numbers are read at every call. Constants
    are fixed, and so is what Python decided while the graph was built, such as an `if`; write
    `where` for a choice, and see `Program.check`. With a sequence of outputs, calls give a tuple.

    The target "native" is machine code, which needs the extra of that name; "python" is generated
    Python; "auto" is machine code where it can be had. The numbers are those of the graph, bit for
    bit; `fast` gives leave to be off by 4 units in the last place at each operation, which makes
    machine code faster, and means nothing to Python. An operation of your own is compiled if its
    functions are written in operators and other operations, else it is a `CompileError`.
    """
    names = caller_names(depth=2)
    single = isinstance(outputs, Value)
    listed = arguments.checked_outputs([outputs] if isinstance(outputs, Value) else outputs)
    leaves = arguments.checked_inputs(inputs)
    invented = invented_names(listed, leaves, names)
    value = linearised(listed, leaves, names=names, invented=invented)
    graph = None
    if len(listed) == 1:
        graph = (listed[0], leaves, _names_in(listed[0], leaves, names), invented)
    return Program(value, graph, target, fast, single)


class Program:
    """A graph made ready to run on other numbers; `compile` makes it.

    >>> x, y = Value(2.0), Value(3.0)
    >>> program = compile(x * y + x, [x, y], target="python")
    >>> program
    Program(2 inputs, 0 parameters, 2 operations, python)
    >>> program(5.0, 10.0), program.map([(1.0, 1.0), (2.0, 2.0)])
    (55.0, [2.0, 6.0])

    `inputs` and `outputs` are their names, `parameters` the leaves that are no inputs, and
    `operations` how many there are without the gradient. A program pickles with its parameters, and
    is compiled again when it is loaded.
    """

    def __init__(
        self,
        value: Linear,
        graph: Graph | None,
        target: str,
        fast: bool,
        single: bool,
        gradient: Gradient | str | None = None,
    ) -> None:
        self._value, self._graph, self._single = value, graph, single
        self._derived = gradient  # a text says why there is none
        self._backends: dict[str, Any] = {}
        self._wanted = (target, fast)
        self.target = arguments.available_target(target)
        self.fast = bool(fast) and self.target == "native"
        self.parameters, self.operations = value.parameters, len(value.steps)

    @cached_property
    def _names(self) -> list[str]:
        return slot_names(self._value, RESERVED)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the inputs, as they are in the source."""
        return tuple(self._names[: self._value.inputs])

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs, as they are in the source."""
        return tuple([self._names[slot] for slot in self._value.outputs])

    # -- running it --------------------------------------------------------------------------------

    def __call__(self, *numbers: float) -> float | tuple[float, ...]:
        """The output for these inputs; a tuple if a sequence of outputs was compiled.

        >>> x, y = Value(2.0), Value(3.0)
        >>> compile([x * y, x - y], [x, y])(5.0, 10.0)
        (50.0, -5.0)
        """
        found = self._backend("value").rows(self._row(numbers), 1, self._parameter_numbers())
        return float(found[0]) if self._single else tuple(found)

    def map(self, rows: object) -> list[Any]:
        """The output for each row of inputs, as a list: floats, or tuples where calls give tuples.

        >>> x, y = Value(2.0), Value(3.0)
        >>> compile(x * y, [x, y]).map([(1.0, 10.0), (2.0, 20.0)])
        [10.0, 40.0]

        Rows are lists, tuples, or anything with the buffer protocol: `array.array`, `memoryview`,
        NumPy's arrays. Rows of another length are a `ValueError`, what is no number a `TypeError`.
        """
        numbers, count = buffered(rows, self._value.inputs)
        found = self._backend("value").rows(numbers, count, self._parameter_numbers()).tolist()
        width = len(self._value.outputs)
        return list(found) if self._single else list(zip(*[iter(found)] * width, strict=True))

    def value_and_gradient(self, *numbers: float) -> tuple[float, tuple[float, ...]]:
        """The output, and its derivatives with respect to the inputs.

        >>> x, y = Value(2.0), Value(3.0)
        >>> compile(x * y, [x, y]).value_and_gradient(5.0, 10.0)
        (50.0, (10.0, 5.0))

        A program with several outputs is a `ValueError`.
        """
        found = self._backend("inputs").rows(self._row(numbers), 1, self._parameter_numbers())
        return float(found[0]), tuple(found[1:])

    def backward(self, rows: object = ((),)) -> float:
        """Add the gradient of the mean output over the rows to the parameters' `.grad`.

        >>> x, w = Value(2.0), Value(3.0)
        >>> program = compile(w * x, [x])
        >>> program.backward([[1.0], [3.0]])
        6.0
        >>> w.grad
        2.0

        Gives that mean. It is `backward()` of the mean: gradients add up until they are zeroed, so
        every optimizer works with it, and an interrupt leaves all as they were. No other node is
        touched. A program without inputs needs no rows; without parameters it is a `ValueError`,
        and so are no rows.
        """
        self._need_parameters()
        numbers, count = self._some_rows(rows)
        sums = self._backend("parameters").total(numbers, count, self._parameter_numbers())
        mean, *gradient = [float(total) / count for total in sums]
        grads = [
            leaf._grad if not reached else slope if leaf._grad is None else leaf._grad + slope
            for leaf, slope, reached in zip(
                self.parameters, gradient, self._gradient[1], strict=True
            )
        ]
        at_once(map(set_grad, self.parameters, grads))  # all or none, as in Value.backward
        return float(mean)

    def descend(
        self,
        rows: object,
        lr: float,
        epochs: int,
        batch_size: int | None = None,
        momentum: float = 0.0,
        shuffle: int | random.Random | None = None,
        on_epoch: Callable[[int, float], Any] | None = None,
    ) -> list[float]:
        """Plain gradient descent on the output, the loss of a row; gives the loss of each epoch.

        >>> x, y, w = Value(0.0), Value(0.0), Value(0.0, "w")
        >>> program = compile((w * x - y) ** 2, [x, y])
        >>> losses = program.descend([(1.0, 2.0), (2.0, 4.0)], lr=0.1, epochs=40)
        >>> losses[0], round(w.data, 6)
        (10.0, 2.0)

        Each step is that of `SGD(program.parameters, lr, momentum)` with the mean gradient of
        `batch_size` rows; None is all of them, and the last batch of an epoch may be smaller. The
        loss of an epoch is the mean over its rows, each just before the update that uses it.
        `shuffle` is a seed, or a `random.Random`, which reorders the rows before every epoch.

        The parameters live in one buffer until the end. An exception or Ctrl-C passes through, and
        leaves them as they were after the last complete epoch. `on_epoch(epoch, loss)`, with epochs
        counted from 1, is called after each: the parameters are up to date then, changes to them do
        not count, and if it returns True, that epoch was the last.
        """
        self._need_parameters()
        rule = SGD(self.parameters, lr, momentum)  # which checks the numbers, too
        given = self._some_rows(rows)
        batch = given[1] if batch_size is None else whole("batch_size", batch_size, least=1)
        epochs, chance = whole("epochs", epochs, least=0), generator(shuffle)
        backend = self._backend("parameters")
        return descended(backend, given, batch, rule, epochs, chance, on_epoch)

    def check(self, build: Callable[..., Any], rows: object) -> bool:
        """Compare with graphs that `build(*numbers)` makes afresh for each row; True if they agree.

        >>> w = Value(2.0)
        >>> def build(x):
        ...     return w * x if x > 0 else -w * x  # this is decided when the graph is built
        >>> x = Value(1.0)
        >>> program = compile(build(x), [x])
        >>> program.check(build, [[2.0], [5.0]])
        True
        >>> program.check(build, [[2.0], [-5.0]])
        Traceback (most recent call last):
        autograd_mini.engine.errors.CompileError: at row 1, (-5.0,), the graph gives 10.0 ...

        Bit for bit, nan equal to nan; within a relative 1e-9 for a `fast` program. Otherwise it is
        a `CompileError` with the first row that differs.
        """
        numbers, count = buffered(rows, self._value.inputs)
        width = self._value.inputs
        for index in range(count):
            row = tuple(numbers[index * width : (index + 1) * width])
            built, found = _numbers_of(build(*row)), _numbers_of(self(*row))
            if not self._agree(built, found):
                raise CompileError(
                    f"at row {index}, {short(row)}, the graph gives {_plain(built)} and the "
                    f"program {_plain(found)}; Python decides an `if` on a number once, when the "
                    "graph is built: write where(heaviside(x - 1), a, b) for an open choice"
                )
        return True

    def _agree(self, built: Sequence[float], found: Sequence[float]) -> bool:
        if not self.fast:
            return list(map(repr, built)) == list(map(repr, found))
        return len(built) == len(found) and all(
            math.isclose(a, b, abs_tol=1e-12) or repr(a) == repr(b)
            for a, b in zip(built, found, strict=True)
        )

    # -- showing it, sending it --------------------------------------------------------------------

    def source(self, language: str = "python", gradient: bool = True) -> str:
        """The program as source in "python", "c" or "javascript", complete by itself.

        >>> x, w = Value(2.0), Value(3.0)
        >>> text = compile(w * x, [x]).source("python")
        >>> module = {}
        >>> exec(text, module)
        >>> module["value"](10.0), module["value_and_gradient"](10.0)
        (30.0, (30.0, 3.0, 10.0))

        It has the numbers that the parameters have now. Several outputs have no gradient; without
        `gradient`, there is none of a single one either. Another language is a `ValueError`.
        """
        if language not in LANGUAGES:
            raise ValueError(f"unknown language {language!r}; choose one of {', '.join(LANGUAGES)}")
        has_gradient = gradient and len(self._value.outputs) == 1
        room = import_module(f"autograd_mini.program.{language}_source")
        write = getattr(room, f"{language}_source")
        return str(write(self._value, self._gradient[0] if has_gradient else None))

    def __repr__(self) -> str:
        parts = [counted(self._value.inputs, "input"), counted(len(self.parameters), "parameter")]
        if not self._single:
            parts.append(counted(len(self._value.outputs), "output"))
        parts += [counted(self.operations, "operation"), self.target]
        return f"Program({', '.join(parts)}{', fast' * self.fast})"

    def __reduce__(self) -> tuple[Any, ...]:
        try:
            gradient: Gradient | str | None = self._gradient
        except ValueError as error:
            gradient = str(error)
        return Program, (self._value, None, *self._wanted, self._single, gradient)

    # -- its parts ---------------------------------------------------------------------------------

    @property
    def _gradient(self) -> Gradient:
        """The line of the output and all its derivatives, made when it is first asked for."""
        count = len(self._value.outputs)
        if count != 1:
            raise ValueError(
                f"this program has {count} outputs, and a gradient is that of one; "
                "compile one of them alone, or their sum"
            )
        graph = self._graph
        if self._derived is None and graph is not None:
            self._derived = with_gradient(*graph)
            self._graph = None  # which can be freed now
        if not isinstance(self._derived, tuple):
            raise CompileError(str(self._derived))
        return self._derived

    def _line(self, which: str) -> Linear:
        if which == "value":
            return self._value
        line, _ = self._gradient
        first = 1 + self._value.inputs
        wanted = range(1, first) if which == "inputs" else range(first, len(line.outputs))
        return narrowed(line, [0, *wanted])

    def _backend(self, which: str) -> Any:
        """What runs the line of the output alone, or with its derivatives by one kind of leaves."""
        if which not in self._backends:
            line = self._line(which)
            self._backends[which] = arguments.made_backend(line, self.target, self.fast)
        return self._backends[which]

    def gradient_backend(self) -> tuple[Any, list[bool]]:
        """What runs the output with its derivatives by the parameters, and which those reach."""
        self._need_parameters()
        return self._backend("parameters"), self._gradient[1]

    def _parameter_numbers(self) -> array[float]:
        return numbers_of(self.parameters)

    def _row(self, numbers: Sequence[float]) -> array[float]:
        if len(numbers) != self._value.inputs:
            raise TypeError(
                f"this program takes {counted(self._value.inputs, 'number')}, one for each of its "
                f"inputs, and was called with {len(numbers)}"
            )
        return array("d", map(ieee.number, numbers))

    def _some_rows(self, rows: object) -> tuple[Numbers, int]:
        numbers, count = buffered(rows, self._value.inputs)
        if not count:
            raise ValueError("there are no rows, and so no mean of them; give at least one")
        return numbers, count

    def _need_parameters(self) -> None:
        if not self.parameters:
            raise ValueError(
                "this program has no parameters, leaves that are no inputs, to give a gradient to; "
                "value_and_gradient() gives the derivatives with respect to the inputs"
            )


# -- what the programs need ------------------------------------------------------------------------


def _names_in(
    output: Value, inputs: Sequence[Value], names: Mapping[Value, str]
) -> dict[Value, str]:
    """The names of a graph's own nodes and of the inputs: a program keeps nothing else alive."""
    return {node: names[node] for node in (*topological_order(output), *inputs) if node in names}


def _numbers_of(outputs: object) -> list[float]:
    listed = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
    return [x.data if isinstance(x, Value) else ieee.number(x) for x in listed]


def _plain(numbers: Sequence[float]) -> str:
    return repr(numbers[0]) if len(numbers) == 1 else short(tuple(numbers))
