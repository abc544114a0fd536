"""The dominant path through the layers, w * σ'(z) by w * σ'(z): why a gradient vanished."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from autograd_mini.engine.value import Value
from autograd_mini.explaining.derivation import nodes_on_paths
from autograd_mini.explaining.operations import other_factor
from autograd_mini.explaining.paths import Path, dominant_path, size_along
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import columns
from autograd_mini.text.names import cut_name
from autograd_mini.text.numbers import DIGITS, number_text, power_text, rounded, size_text
from autograd_mini.text.parts import Equation, product, separated, shortened
from autograd_mini.tracing.graph import Edge, Node
from autograd_mini.tracing.trace import Trace
from autograd_mini.training.flow.anatomy import Anatomy, Unit, bare
from autograd_mini.training.flow.measures import Gradients

MOST_STEPS = 14  # shown of a path, half of them from each end


class PathStep:
    """What one layer does to the gradient on the path: `factor` = slope * weight.

    `name` is the neuron, or "loss" for what comes before the first one, "between" for operations
    that belong to no layer. `slope` is σ'(z), the slope of the activation at `z`; `weight` is what
    the neuron multiplies its operand by, and `weight_name` what that is called. What there is none
    of is None: the last step has no weight if the path ends at z.
    """

    def __init__(self, name: str, edges: Sequence[Edge]) -> None:
        self.name, self.factor, self.size = name, _product(edges), size_along(edges)
        self.weight_name = ""
        self.slope: float | None = None
        self.z: float | None = None
        self.weight: float | None = None

    def __repr__(self) -> str:
        return f"PathStep({self.name!r}, {self.written})"

    @property
    def written(self) -> str:
        """The step as symbols = numbers = result.

        >>> PathStep("loss", []).written
        '1'
        """
        pairs = [(f"σ'({size_text(self.z)})", self.slope), (self.weight_name, self.weight)]
        there = [(symbol, rounded(number)) for symbol, number in pairs if number is not None]
        whole = rounded(self.factor)
        if not there:
            return as_text(whole)
        symbols, numbers = zip(*there, strict=True)
        return as_text(Equation(separated(symbols, " * "), product(numbers), whole))


class FlowPath:
    """The path from the loss down to the first layer along which most of the gradient flows.

    `steps` are its `PathStep`s from the loss down, `product` the product of their factors, and
    `end` where it leads: to an input, or to z of a neuron in the first layer, whichever has the
    largest gradient, which is `gradient`, with what comes along all other paths. Of the paths to
    there it is the one with the fewest zeros among its factors and the largest product of the
    others.
    """

    def __init__(self, anatomy: Anatomy, path: Path, gradient: float) -> None:
        self.product, self.gradient = path.product, gradient
        unit = anatomy.unit_of.get(path.end.index)
        self.end = f"z of {_name_of(unit, anatomy)}" if unit else "an input"
        self.steps = list(_steps(anatomy, path.edges))

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The path as a table: each step, and the product so far."""
        rows = [
            (cut_name(step.name), step.written, _so_far(self.steps[:count]))
            for count, step in enumerate(self.steps, 1)
        ]
        lines = columns(rows, sides="<<>")
        return shortened(lines, MOST_STEPS, f"... {len(lines) - 2 * (MOST_STEPS // 2)} more ...")

    @property
    def ending(self) -> str:
        """What it comes to, and what all paths together do."""
        all_paths = f"; all paths together: {number_text(self.gradient)}"
        end = ", the whole gradient there" if self.product == self.gradient else all_paths
        return f"product: {_so_far(self.steps, DIGITS)}{end}"


def _so_far(steps: Sequence[PathStep], count: int = 2) -> str:
    """The product of the factors; where that is no float, how large it is."""
    total = math.prod([step.factor for step in steps])
    ordinary = all(0.0 < abs(step.factor) < math.inf for step in steps)
    if ordinary and not 0.0 < abs(total) < math.inf:
        return power_text(sum([step.size for step in steps]))
    return size_text(total, count)


def flow_path(anatomy: Anatomy, gradients: Gradients) -> FlowPath | None:
    """The dominant path to where the first layer gets its inputs; None where no gradient comes."""
    found = {index: gradients[index] for index in _ends(anatomy)}
    sizes = {index: _size(gradient) for index, gradient in found.items() if gradient is not None}
    if not sizes:
        return None
    largest = max(sizes, key=sizes.__getitem__)
    end = anatomy.graph.nodes[largest]
    trace = _Swept(anatomy, gradients)
    path = dominant_path(trace, nodes_on_paths(trace, [end]), trace.root, end)
    return FlowPath(anatomy, path, gradients[largest] or 0.0)


def _size(gradient: float) -> float:
    return math.inf if math.isnan(gradient) else abs(gradient)


def _ends(anatomy: Anatomy) -> list[int]:
    """The inputs, if they are leaves; else the pre-activations of the first layer."""
    lowest = min([level for _, level in anatomy.stages], default=0)
    stages = [stage for stage in anatomy.stages.values() if stage.level == lowest]
    return anatomy.inputs or [unit.z for stage in stages for unit in stage.units]


class _Swept(Trace):
    """A trace without events, which knows the gradients all the same."""

    def __init__(self, anatomy: Anatomy, gradients: Gradients) -> None:
        super().__init__(anatomy.graph, (), {})
        self._gradients = gradients

    def gradient(self, which: Value | Node | str, step: int | None = None) -> float | None:
        return self._gradients[self.node(which).index]


# -- steps -----------------------------------------------------------------------------------------


def _steps(anatomy: Anatomy, edges: Sequence[Edge]) -> Iterator[PathStep]:
    """One step for each layer on the way, and one for what lies between two of them."""
    outside = "loss"
    for key, run in groupby(edges, lambda edge: anatomy.stage_of.get(edge.consumer.index)):
        along = list(run)
        yield _layer_step(anatomy, along) if key else PathStep(outside, along)
        outside = "between"


def _layer_step(anatomy: Anatomy, edges: Sequence[Edge]) -> PathStep:
    # The weighted sum that the edges come to: at their end, or where they begin to multiply.
    nodes = [edges[0].consumer.index, *[edge.node.index for edge in edges]]
    unit = next(anatomy.unit_of[index] for index in nodes if index in anatomy.unit_of)
    step = PathStep(_name_of(unit, anatomy), edges)
    slopes = [edge for edge in edges if edge.node.index == unit.z]
    weights = [edge for edge in edges if edge.node.index != unit.z]
    if slopes:
        step.slope, step.z = slopes[0].local, slopes[0].node.data
    if weights:
        step.weight, step.weight_name = _product(weights), _weight_name(anatomy, weights)
    return step


def _weight_name(anatomy: Anatomy, edges: Sequence[Edge]) -> str:
    """The path of the parameter, without what the name of its neuron says already."""
    others = [other_factor(anatomy.graph, edge) for edge in edges]
    paths = [anatomy.parameters.get(node.index, "") for node in others if node]
    return next(filter(None, paths), "w").rpartition(".")[2]


def _product(edges: Sequence[Edge]) -> float:
    return math.prod([edge.local for edge in edges if edge.local is not None], start=1.0)


def _name_of(unit: Unit, anatomy: Anatomy) -> str:
    stage = anatomy.stages[anatomy.stage_of[unit.z]]
    return stage.name if unit.group == stage.path else bare(unit.group)
