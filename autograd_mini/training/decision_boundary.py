"""Where in the plane a model says which class: as text in half-blocks, in colour, and as a plot."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from autograd_mini.engine.contexts import no_grad
from autograd_mini.text.numbers import number_text
from autograd_mini.training.metrics import check_class, class_of, predicted_class
from autograd_mini.training.plots import COLOURS, END_DIGITS, Figure, Plot, framed
from autograd_mini.training.samples import Model, Sample, checked_samples

COLUMNS = 60  # of the text; a line is two points high, which makes them about square
LINES = 24  # at most
LARGEST = 1e300  # of a feature, so that nothing overflows
MOST_CLASSES = 100  # that are named
MARGIN = 0.15  # of the width of the data, on each side
LABELS = 8  # characters for the numbers on the left

# What a character shows of the upper and the lower point in it: class 0 is empty, class 1 is full.
HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
SHADES = " █░▓▒"  # where there are more classes
MARKS = "ox+*#@%&$="  # for samples
NONE = "?"  # where the model gives nan, which is no class
# Pale enough for black marks; the first two are those of a gradient above and below zero.
AREAS = ("#9ecae1", "#fdbe85", "#a1d99b", "#c994c7", "#bdbdbd", "#e7cb94")
BLANK = "#ffffff"


def decision_boundary(
    model: Model, data: Iterable[Any], columns: int = COLUMNS, threshold: float = 0.0
) -> DecisionBoundary:
    """Which class a model says where, for samples with two features, which are drawn over it.

    >>> from autograd_mini import datasets
    >>> decision_boundary(lambda x: [x[0] + x[1] - 1.0], datasets.xor(), columns=24)
        1.15 ┤ ▀██████████████████████
             │  x▀█████████████████o██
             │     ▀██████████████████
             │       ▀████████████████
             │         ▀██████████████
             │           ▀████████████
             │             ▀██████████
             │               ▀████████
             │                 ▀██████
             │                   ▀████
             │  o                  x██
       -0.15 ┤                       ▀
             └────────────────────────
              -0.15               1.15
              o false [ ]   x true [█]

    It shows itself as text, in colour where rich prints it, and as a plot in notebooks, where the
    extra `plot` is installed. `columns` is the width of the text, `threshold` that of `accuracy`. A
    class with an area of its own is full, class 0 is empty, and samples are marks. Where the model
    gives nan there is a question mark, in colour nothing.

    Features that are not 2 finite numbers are a `ValueError`, labels that are no classes a
    `TypeError`.
    """
    samples = checked_samples("data", data)
    width = len(samples[0][0])
    if width != 2:
        raise ValueError(f"a boundary is drawn in the plane, for 2 features; the data has {width}")
    for features, label in samples:
        check_class(label)
        if not -1 <= label < MOST_CLASSES:
            raise ValueError(f"the label {label!r} is not among {MOST_CLASSES} classes from 0 up")
        if not all(abs(feature) < LARGEST for feature in features):
            raise ValueError(f"no boundary can be drawn around the point {features!r}")
    names = getattr(data, "label_names", ())
    return DecisionBoundary(model, samples, [str(name) for name in names], columns, threshold)


class DecisionBoundary(Plot):
    """What `decision_boundary` gives: `classes` has a row of classes for each height, from the top.

    -1 is none, where the model gives nan.

    >>> boundary = decision_boundary(lambda x: [x[0]], [([-1.0, 0.0], 0), ([1.0, 2.0], 1)], 8)
    >>> boundary.classes[0]
    [0, 0, 0, 0, 1, 1, 1, 1]
    """

    def __init__(
        self, model: Model, samples: list[Sample], names: list[str], columns: int, threshold: float
    ) -> None:
        self._points = [features for features, _ in samples]
        self._kinds = [class_of(label, 1) for _, label in samples]
        self._x, self._y = map(_range, zip(*self._points, strict=True))
        columns = max(columns, 2)
        height = (self._y[1] - self._y[0]) / (self._x[1] - self._x[0])
        rows = 2 * min(max(round(columns * height / 2), 4), LINES)
        xs, ys = _steps(*self._x, columns), _steps(*self._y, rows)[::-1]
        with no_grad():
            self.classes = [[predicted_class(model([x, y]), threshold) for x in xs] for y in ys]
        self._count = 1 + max(*map(max, self.classes), *self._kinds)
        self._has_nan = any(-1 in row for row in self.classes)
        self._names = [*names, *map(str, range(len(names), self._count))]
        super().__init__(self._written(), self._drawn, size=(4.6, 4.2))

    # -- text --------------------------------------------------------------------------------------

    def _written(self) -> str:
        lines = [[self._character(*pair) for pair in line] for line in self._lines()]
        for (row, column), kind in self._marks.items():
            lines[row][column] = MARKS[kind % len(MARKS)]
        low, high = [number_text(number, END_DIGITS) for number in self._x]
        picture = framed(lines, self._y[::-1], (low, high), LABELS)
        shades = " █" if self._count <= 2 else SHADES
        legend = [
            f"{MARKS[place % len(MARKS)]} {name} [{shades[place % len(shades)]}]"
            for place, name in enumerate(self._names)
        ]
        legend += [f"{NONE} nan"] * self._has_nan
        return "\n".join([*picture, " " * (LABELS + 2) + "   ".join(legend)])

    def _lines(self) -> list[list[tuple[int, int]]]:
        """Pairs of classes, the upper and the lower one of each character."""
        pairs = zip(self.classes[::2], self.classes[1::2], strict=True)
        return [list(zip(upper, lower, strict=True)) for upper, lower in pairs]

    def _character(self, upper: int, lower: int) -> str:
        if min(upper, lower) < 0:
            return NONE
        if self._count <= 2:
            return HALVES[min(upper, 1), min(lower, 1)]
        return SHADES[upper % len(SHADES)]

    @property
    def _marks(self) -> dict[tuple[int, int], int]:
        """By line and column, the class of the last of the samples there."""
        height, width = len(self.classes) // 2, len(self.classes[0])
        marks = {}
        for (x, y), kind in zip(self._points, self._kinds, strict=True):
            row = int((self._y[1] - y) / (self._y[1] - self._y[0]) * height)
            column = int((x - self._x[0]) / (self._x[1] - self._x[0]) * width)
            marks[min(row, height - 1), min(column, width - 1)] = kind
        return marks

    def __rich__(self) -> Any:
        """In colour: each half of a character is a point, in the colour of its class."""
        from rich.text import Text

        marks, text = self._marks, Text()
        for row, line in enumerate(self._lines()):
            for column, (upper, lower) in enumerate(line):
                mark = marks.get((row, column))
                shown = "▀" if mark is None else MARKS[mark % len(MARKS)]
                ink = _area(upper) if mark is None else "black"
                text.append(shown, f"{ink} on {_area(lower)}")
            text.append("\n")
        for kind, name in enumerate(self._names):
            text.append(f" {MARKS[kind % len(MARKS)]} {name} ", f"black on {_area(kind)}")
        if self._has_nan:
            text.append(" nan ", f"black on {BLANK}")
        return text

    # -- the plot ----------------------------------------------------------------------------------

    def _drawn(self, figure: Figure) -> None:
        from matplotlib.colors import ListedColormap

        axes = figure.subplots()
        extent = (*self._x, *self._y)
        colours = [COLOURS[place % len(COLOURS)] for place in range(self._count)]
        areas = [[math.nan if kind < 0 else kind for kind in row] for row in self.classes]
        axes.imshow(
            areas, extent=extent, aspect="auto", interpolation="nearest", alpha=0.25,
            cmap=ListedColormap(colours), vmin=-0.5, vmax=self._count - 0.5,
        )  # fmt: skip
        for kind, (colour, name) in enumerate(zip(colours, self._names, strict=False)):
            pairs = zip(self._points, self._kinds, strict=True)
            own = [point for point, label in pairs if label == kind]
            axes.scatter([x for x, _ in own], [y for _, y in own], s=14, c=colour, label=name)
        axes.legend(fontsize=8, title="blank: nan" if self._has_nan else None)


def _area(kind: int) -> str:
    return BLANK if kind < 0 else AREAS[kind % len(AREAS)]


def _range(numbers: Sequence[float]) -> tuple[float, float]:
    low, high = min(numbers), max(numbers)
    margin = MARGIN * (high - low) or max(1.0, abs(low))
    return low - margin, high + margin


def _steps(low: float, high: float, count: int) -> list[float]:
    """The middles of so many equal parts of a range."""
    return [low + (high - low) * (place + 0.5) / count for place in range(count)]
