"""Two ways to run the epochs of a training, with the same numbers: eagerly, and compiled."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from reprlib import repr as short

from autograd_mini import optim
from autograd_mini.engine.contexts import no_grad
from autograd_mini.engine.errors import CompileError
from autograd_mini.engine.functions import mean
from autograd_mini.engine.value import Value, topological_order
from autograd_mini.explaining.why import why
from autograd_mini.program.compile import Program, compile
from autograd_mini.program.descent import Descent
from autograd_mini.text.numbers import number_text
from autograd_mini.training.metrics import share_right
from autograd_mini.training.sample_graphs import SampleGraph
from autograd_mini.training.samples import Loss, Model, Sample, listed, threshold_for

CHECKED = 12  # samples on which a program is compared with the graph, before it is trusted


class NotANumber(Exception):
    """A step that would make nan of the parameters; `samples` are those of its batch."""

    def __init__(self, step: int, samples: Sequence[Sample]) -> None:
        super().__init__(step, samples)
        self.step, self.samples = step, samples


@dataclass
class EagerRun:
    """Epochs on live `Value`s. After each step, parameters and optimizer are those of the step.

    >>> from autograd_mini import losses, nn
    >>> model = nn.Neuron(1, activation="linear", init="zeros")
    >>> optimizer = optim.SGD(model.parameters(), lr=0.25)
    >>> run = EagerRun(model, losses.mse, optimizer, [([1.0], 2.0), ([2.0], 4.0)])
    >>> run.epoch([0, 1], batch_size=1)
    (2.5, array('d', [32.0, 20.0]))
    >>> run.steps, [parameter.data for parameter in model.parameters()]
    (2, [2.0, 1.5])
    """

    model: Model
    loss: Loss
    optimizer: optim.Optimizer
    samples: Sequence[Sample]
    clip: float | None = None
    steps = 0
    ran = "eager"

    def __post_init__(self) -> None:
        self.threshold = threshold_for(self.loss, [label for _, label in self.samples])

    def epoch(self, order: Sequence[int], batch_size: int) -> tuple[float, array[float]]:
        """The mean loss, and for each parameter the sum of its squared gradients."""
        total, squares = -0.0, [0.0] * len(self.optimizer.parameters)
        self.steps = 0
        for start in range(0, len(order), batch_size):
            batch = [self.samples[place] for place in order[start : start + batch_size]]
            total += self._step(batch, squares) * len(batch)
            self.steps += 1
        return total / len(order), array("d", squares)

    def _step(self, batch: Sequence[Sample], squares: list[float]) -> float:
        loss = mean([self.loss(self.model(features), label) for features, label in batch])
        self._differentiate(loss)
        if self.clip is not None:
            optim.clip_grad_norm(self.optimizer.parameters, self.clip)
        gradient = [parameter.grad for parameter in self.optimizer.parameters]
        number = _number(loss)
        if any(map(math.isnan, [number, *gradient])):
            raise NotANumber(self.steps, batch)
        self.optimizer.step()
        pairs = zip(squares, gradient, strict=True)
        squares[:] = [square + slope * slope for square, slope in pairs]
        return number

    def _differentiate(self, loss: Value | float) -> None:
        self.optimizer.zero_grad()
        if isinstance(loss, Value) and not loss.is_constant:
            loss.backward()

    def what_became_nan(self, batch: Sequence[Sample]) -> str:
        """The first sample whose loss or gradient is nan, and why it is.

        >>> from autograd_mini import losses, nn
        >>> model = nn.Neuron(1, activation="linear", init="zeros")
        >>> batch = [([1.0], 2.0), ([float("nan")], 4.0)]
        >>> run = EagerRun(model, losses.mse, optim.SGD(model.parameters(), lr=0.1), batch)
        >>> print(run.what_became_nan(batch))
        The loss of the sample ([nan], 4.0) is nan.
        <BLANKLINE>
        dloss/d(w[0]) = nan, from a number that was given.
        ...

        The gradients of the parameters are used for that.
        """
        for features, label in batch:
            loss = self.loss(self.model(features), label)
            self._differentiate(loss)
            leaves = self.optimizer.parameters
            spoilt = [p for p in leaves if p._grad is not None and math.isnan(p._grad)]
            few = [number_text(feature) for feature in features[:4]] + ["…"] * (len(features) > 4)
            sample = f"the sample ([{', '.join(few)}], {label!r})"
            if spoilt:
                what = "loss" if math.isnan(loss.data) else "gradient of the loss"
                return f"The {what} of {sample} is nan.\n\n{why(loss, spoilt[0])}"
            if math.isnan(_number(loss)):
                return f"The loss of {sample} is nan, whatever the parameters are."
        return "Only the sum over the batch is nan: infinite losses or gradients cancelled in it."

    def write_back(self) -> None:
        """Nothing to do: the parameters are those of the model."""

    def judge(self, samples: Sequence[Sample]) -> tuple[float, float | None]:
        """The mean loss of the model as it is, and the share of samples that it gets right."""
        labels = [label for _, label in samples]
        with no_grad():
            given = [self.model(features) for features, _ in samples]
            found = mean(map(_number, map(self.loss, given, labels)))
        try:
            return found, share_right(list(map(listed, given)), labels, self.threshold)
        except TypeError:  # a loss of one's own may take anything, and then there are no classes
            return found, None


class CompiledRun:
    """Epochs of a program of the loss of one sample; the model is touched after whole epochs only.

    >>> from autograd_mini import losses, nn
    >>> model = nn.Neuron(1, activation="linear", init="zeros")
    >>> optimizer = optim.SGD(model.parameters(), lr=0.25)
    >>> eager = EagerRun(model, losses.mse, optimizer, [([1.0], 2.0), ([2.0], 4.0)])
    >>> run = CompiledRun(eager, target="python")
    >>> run.epoch([0, 1], batch_size=1)
    (2.5, array('d', [32.0, 20.0]))
    >>> run.write_back()
    >>> [parameter.data for parameter in model.parameters()]
    [2.0, 1.5]

    It does what `eager` would do; `tests` are samples that will only be judged. What cannot be
    compiled, or would not do what the model does, is a `CompileError`. So is an epoch that came to
    nan: it has to be run again eagerly, to see where.
    """

    def __init__(self, eager: EagerRun, tests: Sequence[Sample] = (), target: str = "auto") -> None:
        samples = [*eager.samples, *tests]
        graph = _sample_graph(eager, samples)
        program = compile(graph.loss, graph.inputs, target)
        rows = [graph.row(sample) for sample in samples]
        _check(program, eager, list(zip(samples, rows, strict=True)))
        self._rows = rows[: len(eager.samples)]
        self._descent = Descent(program, eager.optimizer, eager.clip)
        self._outputs = compile([graph.loss, *graph.outputs], graph.inputs, target)
        self._row_of, self._threshold = graph.row, eager.threshold
        self.judge(samples[:1])  # which compiles it now
        self.ran = program.target

    def epoch(self, order: Sequence[int], batch_size: int) -> tuple[float, array[float]]:
        """The mean loss, and for each parameter the sum of its squared gradients."""
        loss, squares = self._descent.epoch([self._rows[place] for place in order], batch_size)
        if any(map(math.isnan, [loss, *squares])):
            raise CompileError("the epoch came to nan")
        return loss, squares

    def write_back(self) -> None:
        """Give the model and the optimizer what the epochs came to."""
        self._descent.write_back()

    def judge(self, samples: Sequence[Sample]) -> tuple[float, float | None]:
        """The mean loss of the model as it is, and the share of samples that it gets right."""
        found = self._outputs.map([self._row_of(sample) for sample in samples])
        labels = [label for _, label in samples]
        outputs = [row[1:] for row in found]
        return mean([row[0] for row in found]), share_right(outputs, labels, self._threshold)


def _number(loss: Value | float) -> float:
    return float(loss.data if isinstance(loss, Value) else loss)


# -- can it be compiled? ---------------------------------------------------------------------------


def _sample_graph(eager: EagerRun, samples: Sequence[Sample]) -> SampleGraph:
    """What goes wrong here need not go wrong on plain numbers, so it is no more than a reason."""
    try:
        graph = SampleGraph(eager.model, eager.loss, samples)
    except CompileError:
        raise
    except Exception as error:
        raise CompileError(
            f"on Values for features it raised {type(error).__name__}: {error}"
        ) from error
    below = topological_order(graph.loss) if isinstance(graph.loss, Value) else []
    if not {node for node in below if node.is_leaf} - set(graph.inputs):
        raise CompileError("the loss does not depend on any parameter")
    if not all(isinstance(output, Value) for output in graph.outputs):
        raise CompileError("the model gives an output that is no Value")
    return graph


def _check(program: Program, eager: EagerRun, pairs: Sequence[tuple[Sample, list[float]]]) -> None:
    """An `if` on a feature was decided once and for all: does it matter on these samples?"""
    for sample, row in pairs[:: max(1, len(pairs) // CHECKED)]:
        built, _ = eager.judge([sample])
        found = program(*row)
        if repr(built) != repr(found):
            raise CompileError(
                f"for the sample {short(sample)} the graph gives {built!r} and the program "
                f"{found!r}; an `if` on a number is decided once, write where(...) for it"
            )
