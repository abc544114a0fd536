"""How the cost of training grows with the network: time, memory, and operations, measured."""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence

from autograd_mini import datasets, losses, nn, optim
from autograd_mini.explaining.cost import cost
from autograd_mini.text.layout import columns, paragraphs
from autograd_mini.text.numbers import number_text
from autograd_mini.training.plots import COLOURS, Figure, Plot, dress
from autograd_mini.training.runs import CompiledRun, EagerRun
from autograd_mini.training.samples import classification_loss

WIDTHS = (2, 4, 8, 16, 32)
BATCH = 10
ROUNDS = 5
SECONDS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6}
BYTES = {"MB": 1e6, "kB": 1e3}


class Scale:
    """One row of `scaling`: what a network costs.

    `eager_seconds` and `compiled_seconds` are for a training step of ten samples. `eager_bytes` and
    `compiled_bytes` are the most memory that it takes from Python meanwhile, beside what is kept
    from step to step. `compile_seconds` is what comes before.
    `reverse`, `central` and `value` count the operations of one sample: for its gradient by reverse
    mode and by central differences, and for its loss alone.
    """

    def __init__(self, width: int) -> None:
        data = datasets.moons(BATCH)
        model = nn.MLP(2, [width, width, 1], activation="tanh", init="xavier", seed=0)
        optimizer = optim.SGD(model.parameters(), lr=0.01)
        self.width, self.parameters = width, len(model.parameters())
        counted = cost(losses.binary_cross_entropy_with_logits(model(data[0][0]), 1))
        self.nodes, self.value = counted.nodes, counted.function
        self.reverse, self.central = counted.reverse_mode, counted.central_differences
        eager = EagerRun(model, classification_loss, optimizer, list(data))
        self.eager_seconds, self.eager_bytes = _measured(eager)
        start = time.perf_counter()
        compiled = CompiledRun(eager)
        self.compile_seconds = time.perf_counter() - start
        self.target = compiled.ran
        self.compiled_seconds, self.compiled_bytes = _measured(compiled)


def _measured(run: EagerRun | CompiledRun) -> tuple[float, int]:
    """The seconds of a step, as the median of some rounds, and the bytes that it takes."""

    def step() -> None:
        run.epoch(range(BATCH), BATCH)

    step()
    times = [_seconds(step) for _ in range(ROUNDS)]
    gc.collect()
    tracemalloc.start()
    step()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return statistics.median(times), peak


def _seconds(step: Callable[[], None]) -> float:
    calls, spent = 0, 0.0
    while spent < 0.01:
        start = time.perf_counter()
        step()
        spent += time.perf_counter() - start
        calls += 1
    return spent / calls


def scaling(widths: Sequence[int] = WIDTHS) -> Scaling:
    """What a training step of MLP(2, [n, n, 1]) takes for growing n, eagerly and compiled.

    >>> found = scaling([2, 4])
    >>> [(row.parameters, row.reverse, row.central) for row in found.rows]
    [(15, 69, 990), (37, 167, 5402)]

    Time and memory are measured here and now; the operations of a gradient are counted, by reverse
    mode and by central differences, as `cost` does it.
    """
    if not widths:
        raise ValueError("there are no widths; give some, such as [2, 4, 8]")
    Scale(1)  # what is done once, such as loading the compiler, shall not count
    return Scaling([Scale(width) for width in widths])


class Scaling(Plot):
    """What `scaling` found: its `rows`, as a table and as a plot."""

    def __init__(self, rows: Sequence[Scale]) -> None:
        self.rows = rows
        super().__init__(self._written(), self._drawn, size=(9.6, 3.4))

    def _written(self) -> str:
        target = "machine code" if self.rows[0].target == "native" else "generated Python"
        times = [["n", "parameters", "eager", "memory", "compiled", "memory", "to compile"]]
        counts = [["n", "parameters", "loss", "by reverse mode", "by central differences"]]
        for row in self.rows:
            head = [str(row.width), f"{row.parameters:,}"]
            seconds = row.eager_seconds, row.compiled_seconds, row.compile_seconds
            eager, compiled, compiling = [_with_unit(number, SECONDS) for number in seconds]
            sizes = [_with_unit(count, BYTES) for count in (row.eager_bytes, row.compiled_bytes)]
            times.append([*head, eager, sizes[0], compiled, sizes[1], compiling])
            found = [f"{n:,} ({n / row.value:,.1f} ×)" for n in (row.reverse, row.central)]
            counts.append([*head, f"{row.value:,}", *found])
        step = f"A training step of {BATCH} samples of MLP(2, [n, n, 1]); compiled is {target}:"
        operations = "Operations for one sample, and how many times those of its loss that is:"
        return paragraphs([[step, *columns(times)], [operations, *columns(counts)]])

    def _drawn(self, figure: Figure) -> None:
        panels = {
            "seconds for a step": {"eager": "eager_seconds", "compiled": "compiled_seconds"},
            "bytes for a step": {"eager": "eager_bytes", "compiled": "compiled_bytes"},
            "operations for a gradient": {"central differences": "central", "reverse": "reverse"},
        }
        xs = [row.parameters for row in self.rows]
        for axes, (title, curves) in zip(figure.subplots(1, 3), panels.items(), strict=True):
            for colour, (name, attribute) in zip(COLOURS, curves.items(), strict=False):
                ys = [getattr(row, attribute) for row in self.rows]
                axes.loglog(xs, ys, "o-", label=name, color=colour, markersize=4)
            dress(axes, title, "parameters")


def _with_unit(number: float, units: Mapping[str, float]) -> str:
    """A number in the largest unit that it has one of, or in the last."""
    unit = next((name for name, size in units.items() if number >= size), list(units)[-1])
    return f"{number_text(number / units[unit], 3)} {unit}"
