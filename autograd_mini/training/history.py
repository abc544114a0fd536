"""What happened in a training: one row for each epoch, as lists, as a table, as a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd_mini.text.layout import columns
from autograd_mini.text.numbers import counted, number_text
from autograd_mini.training.plots import Figure, Plot, curves, draw_curves

RAN = {"eager": "eagerly", "python": "as generated Python", "native": "as machine code"}
MOST_ROWS = 12  # of a table


@dataclass(slots=True)
class Epoch:
    """One row of a history; None where there is no such number."""

    loss: float
    accuracy: float | None
    test_loss: float | None
    test_accuracy: float | None
    learning_rate: float
    seconds: float
    gradient_norms: Mapping[str, float]


class History:
    """The course of a training, as `fit` gives it: lists with one number for each epoch.

    >>> from autograd_mini import datasets, fit, nn
    >>> model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
    >>> history = fit(model, datasets.xor(), epochs=3, quiet=True, compiled=False)
    >>> history
    History: 3 epochs, eagerly
    epoch      loss  right
        1  0.699595  25.0%
        2  0.698988  25.0%
        3  0.698441  25.0%
    >>> len(history), len(history.loss), history.ran, history.stopped
    (3, 3, 'eager', None)

    - `loss`: the mean over the samples of the loss just before the update that used them.
    - `accuracy`, `test_loss`, `test_accuracy`: of the model as it was at the end of the epoch;
      empty where there are no classes, or no test data.
    - `gradient_norms`: a list for each layer; the norm of the gradient of its parameters, as root
      mean square over the steps of the epoch.
    - `learning_rates`, and `seconds` that each epoch took; `compile_seconds` came before them.
    - `ran`: "eager", "python" (generated Python) or "native" (machine code); `reason` is why it did
      not run compiled, where that was wanted and could not be.
    - `stopped`: why the training ended before its last epoch; None if it did not.
      `was_interrupted` says whether it was by Ctrl-C.
    """

    def __init__(self, layers: Sequence[str], ran: str = "eager") -> None:
        self.layers, self.ran = list(layers), ran
        self.reason: str | None = None
        self.stopped: str | None = None
        self.was_interrupted = False
        self.compile_seconds = 0.0
        self.epochs: list[Epoch] = []

    def append(self, epoch: Epoch) -> None:
        """Add the row of an epoch, in one step, so that all lists stay of one length."""
        self.epochs.append(epoch)

    def __len__(self) -> int:
        return len(self.epochs)

    def _all(self, name: str) -> list[Any]:
        return [x for epoch in self.epochs if (x := getattr(epoch, name)) is not None]

    @property
    def loss(self) -> list[float]:
        """The mean loss of each epoch."""
        return self._all("loss")

    @property
    def accuracy(self) -> list[float]:
        """The share of the training samples that the model got right after each epoch."""
        return self._all("accuracy")

    @property
    def test_loss(self) -> list[float]:
        """The mean loss of the test samples after each epoch."""
        return self._all("test_loss")

    @property
    def test_accuracy(self) -> list[float]:
        """The share of the test samples that the model got right after each epoch."""
        return self._all("test_accuracy")

    @property
    def gradient_norms(self) -> dict[str, list[float]]:
        """For each layer the norm of its gradient in each epoch."""
        rows = [epoch.gradient_norms for epoch in self.epochs]
        return {layer: [norms[layer] for norms in rows] for layer in self.layers}

    @property
    def learning_rates(self) -> list[float]:
        """The learning rate of each epoch."""
        return self._all("learning_rate")

    @property
    def seconds(self) -> list[float]:
        """How long each epoch took, in seconds."""
        return self._all("seconds")

    # -- showing it --------------------------------------------------------------------------------

    def __repr__(self) -> str:
        head = f"History: {counted(len(self), 'epoch')}, {RAN[self.ran]}"
        lines = [head, *self._table()]
        if self.reason:
            lines += ["", f"Not compiled: {self.reason}."]
        if self.stopped:
            lines += ["", self.stopped]
        return "\n".join(lines)

    def _table(self) -> list[str]:
        found = {"loss": self.loss, "right": self.accuracy}
        found |= {"test loss": self.test_loss, "test right": self.test_accuracy}
        there = {title: numbers for title, numbers in found.items() if numbers}
        rows = [["epoch", *there]]
        for place in shown_places(len(self), MOST_ROWS):
            cells = [_cell(title, numbers[place]) for title, numbers in there.items()]
            rows.append([str(place + 1), *cells])
        return columns(rows, sides=">") if self.epochs else []

    def plot(self) -> Plot:
        """The losses, the shares that are right and the norms of the gradients as a plot.

        >>> from autograd_mini import datasets, fit, nn
        >>> model = nn.MLP(2, [4, 1], activation="tanh", seed=0)
        >>> history = fit(model, datasets.xor(), epochs=30, quiet=True)
        >>> print(str(history.plot())[:21])
        loss       • training

        It shows itself: drawn by matplotlib in a notebook, if the extra `plot` is installed, and as
        text elsewhere. `history.plot().save("training.svg")` writes it, `.show()` opens it.
        """
        panels = self._panels()

        def draw(figure: Figure) -> None:
            places = figure.subplots(1, len(panels), squeeze=False)[0]
            for axes, panel in zip(places, panels, strict=True):
                draw_curves(axes, *panel)

        text = "\n\n".join([curves(*panel) for panel in panels])
        return Plot(text, draw, size=(3.6 * len(panels), 3.2))

    def _panels(self) -> list[tuple[str, Mapping[str, Sequence[float]], bool]]:
        """Titles, curves, and whether they are on a logarithmic scale."""
        losses = {"training": self.loss, "test": self.test_loss}
        shares = {"training": self.accuracy, "test": self.test_accuracy}
        panels = [("loss", losses, False), ("right", shares, False)]
        panels.append(("|gradient|", self.gradient_norms, True))
        there = [(title, _given(series), scale) for title, series, scale in panels]
        return [panel for panel in there if panel[1]]


def _given(series: Mapping[str, Sequence[float]]) -> dict[str, Sequence[float]]:
    return {name: numbers for name, numbers in series.items() if numbers}


def shown_places(count: int, most: int) -> list[int]:
    """Places that stand for all of them: evenly spread, the first and the last among them.

    >>> shown_places(3, 5), shown_places(101, 5)
    ([0, 1, 2], [0, 25, 50, 75, 100])
    """
    if count <= most:
        return list(range(count))
    return [round(step * (count - 1) / (most - 1)) for step in range(most)]


def _cell(title: str, number: float) -> str:
    return f"{number:.1%}" if "right" in title else number_text(number)
