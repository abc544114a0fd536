"""What is measured of a layer: its activations, gradients and updates, and its idle units."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce

from autograd_mini.engine import ieee
from autograd_mini.engine.facts import facts_of
from autograd_mini.engine.ops import Op
from autograd_mini.engine.sweep import CONTRIBUTION, sweep
from autograd_mini.optim import _norm
from autograd_mini.text.numbers import number_text, size_text
from autograd_mini.tracing.graph import Graph, Node
from autograd_mini.training.flow.anatomy import INPUT, Anatomy, Stage, Unit, bare

Gradients = Sequence[float | None]  # of each node; None where none comes

FLAT = 0.05  # of its steepest slope: where an activation is flatter, it is saturated


class Spread:
    """Numbers, and how they are spread: mean, deviation, norm, quantiles.

    >>> spread = Spread([3.0, -4.0])
    >>> spread
    Spread(2 numbers: mean -0.5, deviation 3.5, norm 5)
    >>> spread.norm, spread.largest, spread.quantile(0.25)
    (5.0, 4.0, -2.25)

    `numbers` are all of them. `norm` is the root of the sum of their squares, and `largest` the
    largest in size. The deviation is that of the numbers themselves (divided by n). Of no numbers,
    everything is 0; where one is nan, so are the others.
    """

    __slots__ = ("deviation", "largest", "mean", "norm", "numbers")

    def __init__(self, numbers: Iterable[float]) -> None:
        self.numbers = tuple(numbers)
        count = max(1, len(self.numbers))
        self.mean = sum(self.numbers) / count
        self.norm = _norm(list(self.numbers))
        self.largest = reduce(ieee.maximum, map(abs, self.numbers), 0.0)
        away = [number - self.mean for number in self.numbers]
        self.deviation = _norm(away) / math.sqrt(count)

    def quantile(self, share: float) -> float:
        """The number that this share of the numbers is not above, interpolated between neighbours.

        >>> Spread([0.0, 1.0, 4.0]).quantile(0.5)
        1.0
        """
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"a quantile is asked for with a share from 0 to 1, not {share!r}")
        if not self.numbers:
            return 0.0
        ordered = sorted(self.numbers)
        place = share * (len(ordered) - 1)
        low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
        return low if low == high else low + (place - math.floor(place)) * (high - low)

    def __len__(self) -> int:
        return len(self.numbers)

    def __repr__(self) -> str:
        mean, deviation, norm = map(number_text, (self.mean, self.deviation, self.norm))
        return f"Spread({len(self)} numbers: mean {mean}, deviation {deviation}, norm {norm})"


class LayerFlow:
    """One layer under the microscope.

    `name`, `activation` (the name of the operation, "linear" where there is none), `units` (how
    many), and `samples` (how often each was used). Each of the following is a `Spread`:

        pre_activations  z, the weighted sums          activations  a, what the layer gives
        deltas           dL/dz                         upstream     dL/da, what comes from above
        parameters       the weights and biases        gradients    their dL/dp, from this use
        updates          learning rate times gradient, after clipping

    `dead` has the paths of the units that give 0 and let no gradient through on any sample, as a
    relu does that never opens. `saturated` has those of the others whose activation is flatter than
    5 % of its steepest slope on every sample, as sigmoid beyond z = ±4.4 and tanh beyond ±2.2.

    `factor` is by how much the layer multiplies the gradient on its way back: the norm of dL/da in
    the layers that feed it, divided by that of its own. It is None if plain numbers feed it, and if
    no gradient comes. `update_ratio` is the norm of the updates divided by that of the parameters.
    """

    def __init__(self, anatomy: Anatomy, stage: Stage, gradients: Gradients) -> None:
        nodes, units = anatomy.graph.nodes, stage.units
        self.name = stage.name
        self.activation = "/".join(dict.fromkeys([x.op.name if x.op else "linear" for x in units]))
        groups = {unit.group for unit in units}
        self.units, self.samples = len(groups), len(units) // len(groups)
        self.pre_activations = Spread([nodes[unit.z].data for unit in units])
        self.activations = Spread([nodes[unit.output].data for unit in units])
        self.deltas = Spread([gradients[unit.z] or 0.0 for unit in units])
        self.upstream = Spread([gradients[unit.output] or 0.0 for unit in units])
        self.parameters = Spread([nodes[index].data for index in stage.parameters])
        self.gradients = self.updates = Spread([])
        self.factor: float | None = None
        self.dead, self.saturated = _idle_units(anatomy.graph, units).values()

    @property
    def update_ratio(self) -> float:
        """The norm of the updates divided by that of the parameters; 0 if nothing is updated."""
        if not self.parameters.norm:
            return math.inf if self.updates.norm else 0.0
        return self.updates.norm / self.parameters.norm

    def __repr__(self) -> str:
        factor = "" if self.factor is None else f", factor {size_text(self.factor, 3)}"
        units, norm = f"{self.units} {self.activation}", size_text(self.upstream.norm, 3)
        return f"LayerFlow({self.name!r}, {units}, |dL/da| {norm}{factor})"


def contributions(anatomy: Anatomy) -> dict[object, dict[int, float]]:
    """For each layer, what came from it to each of its parameters; under None, from elsewhere."""
    found: dict[object, dict[int, float]] = {}
    graph = anatomy.graph
    steps = sweep({graph.nodes[-1]: 1.0}, graph.nodes, graph.passing)
    for kind, node, consumer, *_, product, _, _ in steps:
        if kind == CONTRIBUTION and node.index in anatomy.parameters:
            into = found.setdefault(anatomy.stage_of.get(consumer.index), {})
            before = into.get(node.index)
            into[node.index] = product if before is None else before + product
    return found


def measured(anatomy: Anatomy, gradients: Gradients, step: float) -> list[LayerFlow]:
    """All layers, from the inputs to the loss; updates are gradients times the step."""
    layers = {key: LayerFlow(anatomy, stage, gradients) for key, stage in anatomy.stages.items()}
    outputs = {key: layer.upstream.numbers for key, layer in layers.items()}
    outputs[INPUT] = tuple([gradients[index] or 0.0 for index in anatomy.inputs])
    arrived = contributions(anatomy)
    for key, stage in anatomy.stages.items():
        layer, found = layers[key], arrived.get(key, {})
        layer.gradients = Spread([found.get(index, 0.0) for index in stage.parameters])
        layer.updates = Spread([step * number for number in layer.gradients.numbers])
        below = [number for source in sorted(stage.sources) for number in outputs[source]]
        if below and layer.upstream.norm != 0.0:
            layer.factor = Spread(below).norm / layer.upstream.norm
    return [layers[key] for key in sorted(layers, key=lambda key: key[1])]


# -- idle units ------------------------------------------------------------------------------------


def _idle_units(graph: Graph, units: Iterable[Unit]) -> dict[str, list[str]]:
    """The neurons that are "dead", and those that are "saturated", over all their samples."""
    kinds: dict[str, set[str]] = {}
    for unit in units:
        kinds.setdefault(unit.group, set()).add(_idle(graph.nodes[unit.output], unit.op))
    idle: dict[str, list[str]] = {"dead": [], "saturated": []}
    for group, found in kinds.items():
        if "" not in found:
            idle["dead" if found == {"dead"} else "saturated"].append(bare(group))
    return idle


def _idle(output: Node, op: Op | None) -> str:
    steepest = steepest_slope(op) if op else None
    slope = output.local_derivatives[0] if op else None
    if steepest is None or slope is None:
        return ""
    if slope == 0.0 and output.data == 0.0:
        return "dead"
    return "saturated" if abs(slope) < FLAT * steepest else ""


@lru_cache(maxsize=256)
def steepest_slope(op: Op) -> float | None:
    """The largest slope of an activation, in size; if nobody knows it, that between -10 and 10.

    >>> from autograd_mini.engine import ops
    >>> steepest_slope(ops.sigmoid), steepest_slope(ops.tanh), steepest_slope(ops.relu)
    (0.25, 1.0, 1.0)
    """
    known = facts_of(op).largest_slope
    if known is not None:
        return known
    slopes = [_slope(op, place / 20.0) for place in range(-200, 201)]
    return max([abs(slope) for slope in slopes if slope and math.isfinite(slope)], default=None)


def _slope(op: Op, x: float) -> float | None:
    try:
        slope: float | None = op.derivatives((x,), op.forward(x))[0]
        return slope  # of numbers: no_grad() has no say in it
    except Exception:  # one of the user's own, which refuses this number
        return None
