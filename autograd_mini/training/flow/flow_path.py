"""The dominant path through the layers, w * σ'(z) by w * σ'(z): why a gradient vanished."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from autograd_mini.explaining.dominant_path import dominant_path, size_along
from autograd_mini.explaining.operations import other_factor
from autograd_mini.explaining.paths import Path
from autograd_mini.text.as_text import as_text
from autograd_mini.text.layout import columns
from autograd_mini.text.names import cut_name
from autograd_mini.text.numbers import DIGITS, number_text, power_text, rounded, size_text
from autograd_mini.text.parts import Equation, product, separated, shortened
from autograd_mini.tracing.graph import Edge, Node
from autograd_mini.tracing.trace import Trace
from autograd_mini.training.flow.anatomy import Anatomy, Stage, Unit, bare

if TYPE_CHECKING:
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
        self.end = _name_of_end(anatomy, path.end)
        self.steps = list(_steps(anatomy, path.edges))

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The path as a table: each step, and the product so far."""
        rows = [
            (cut_name(step.name), step.written, _so_far(self.steps[: i + 1]))
            for i, step in enumerate(self.steps)
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
    total = 1.0
    for step in steps:
        total *= step.factor
    ordinary = all(0.0 < abs(step.factor) < math.inf for step in steps)
    if ordinary and not 0.0 < abs(total) < math.inf:
        return power_text(sum([step.size for step in steps]))
    return size_text(total, count)


def flow_path(anatomy: Anatomy, gradients: Gradients) -> FlowPath | None:
    """The dominant path to where the first layer gets its inputs; None where no gradient comes."""
    ends = [index for index in _ends(anatomy) if gradients[index] is not None]
    if not ends:
        return None
    end = anatomy.graph.nodes[max(ends, key=lambda index: _size(gradients[index]))]
    trace = Trace(anatomy.graph, (), {})
    nodes = _between(anatomy, end, gradients)
    path = dominant_path(trace, nodes, trace.root, end)
    return FlowPath(anatomy, path, gradients[end.index] or 0.0)


def _ends(anatomy: Anatomy) -> list[int]:
    """The inputs, if they are leaves; else the pre-activations of the first layer."""
    if anatomy.inputs:
        return anatomy.inputs
    lowest = min([level for _, level in anatomy.stages], default=0)
    stages = [stage for (_, level), stage in anatomy.stages.items() if level == lowest]
    return [unit.z for stage in stages for unit in stage.units]


def _size(gradient: float | None) -> float:
    size = abs(gradient or 0.0)
    return size if size == size else float("inf")


def _between(anatomy: Anatomy, end: Node, gradients: Gradients) -> list[Node]:
    """The nodes on the ways from the loss down to the end, in the order of the backward pass."""
    leading, found = {end.index}, [end]
    for node in anatomy.graph.nodes[end.index + 1 :]:
        uses = zip(node.parents, node.local_derivatives, strict=True)
        leads = any(index in leading for index, local in uses if local is not None)
        if leads and gradients[node.index] is not None:
            leading.add(node.index)
            found.append(node)
    return found[::-1]


# -- steps -----------------------------------------------------------------------------------------


def _steps(anatomy: Anatomy, edges: Sequence[Edge]) -> Iterator[PathStep]:
    """One step for each layer on the way, and one for what lies between two of them."""
    first = True
    for key, run in groupby(edges, lambda edge: anatomy.stage_of.get(edge.consumer.index)):
        along = list(run)
        if key is None:
            yield PathStep("loss" if first else "between", along)
        else:
            yield _layer_step(anatomy, along)
        first = False


def _layer_step(anatomy: Anatomy, edges: Sequence[Edge]) -> PathStep:
    unit = anatomy.unit_of[_sum_in(anatomy, edges)]
    stage = anatomy.stages[anatomy.stage_of[unit.z]]
    step = PathStep(_name_of(unit, stage), edges)
    slopes = [edge for edge in edges if edge.node.index == unit.z]
    weights = [edge for edge in edges if edge.node.index != unit.z]
    if slopes:
        step.slope, step.z = slopes[0].local, slopes[0].node.data
    if weights:
        step.weight, step.weight_name = _product(weights), _weight_name(anatomy, weights)
    return step


def _sum_in(anatomy: Anatomy, edges: Sequence[Edge]) -> int:
    """The weighted sum that a run of edges comes to: at its end, or where it begins to multiply."""
    nodes = [edges[0].consumer.index, *[edge.node.index for edge in edges]]
    return next(index for index in nodes if index in anatomy.unit_of)


def _weight_name(anatomy: Anatomy, edges: Sequence[Edge]) -> str:
    """The path of the parameter, without what the name of its neuron says already."""
    others = [other_factor(anatomy.graph, edge) for edge in edges]
    paths = [anatomy.parameters.get(node.index, "") for node in others if node]
    path = next((path for path in paths if path), "w")
    return path.rpartition(".")[2] if "." in path else path


def _product(edges: Sequence[Edge]) -> float:
    product = 1.0
    for edge in edges:
        product *= 1.0 if edge.local is None else edge.local
    return product


def _name_of(unit: Unit, stage: Stage) -> str:
    return stage.name if unit.group == stage.path else bare(unit.group)


def _name_of_end(anatomy: Anatomy, end: Node) -> str:
    unit = anatomy.unit_of.get(end.index)
    if unit is None:
        return "an input"
    return f"z of {_name_of(unit, anatomy.stages[anatomy.stage_of[unit.z]])}"
