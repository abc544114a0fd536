"""Which layers a loss went through: found by the names of the parameters that it was made with.

A layer is met once for each time that it is used one after the other: a cell that is unrolled over
five steps is five layers, which share their parameters. All samples of a batch are in the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from autograd_mini.clusters.layers import groups_of
from autograd_mini.engine.ops import Op
from autograd_mini.engine.staleness import check_fresh
from autograd_mini.engine.value import Value, topological_order
from autograd_mini.nn import Module
from autograd_mini.tracing.graph import Graph, Node, graph_in_order

Key = tuple[str, int]  # (the path of a layer, how many layers there are before its outputs)
Model = Module | Iterable[Value]  # or its parameters alone

# Every path is put under this word, so that a module which is itself a layer has a name too.
_MODEL = "model"
INPUT: Key = ("", 0)


class Unit:
    """One neuron at work on one sample: its pre-activation z, and its output a.

    Both are indices of nodes, the same where no activation follows. `group` is the neuron's path.
    """

    __slots__ = ("group", "op", "output", "z")

    def __init__(self, group: str, z: int) -> None:
        self.group, self.z, self.output = group, z, z
        self.op: Op | None = None


class Stage:
    """A layer as the loss went through it: its units, its nodes, and the layers that feed it."""

    def __init__(self, path: str, level: int) -> None:
        self.path, self.level, self.name = path, level, path
        self.units: list[Unit] = []
        self.sources: set[Key] = set()
        self.parameters: list[int] = []  # indices, in the order of the model


class Anatomy:
    """The graph of a loss, with its layers, in the order of the forward pass.

    `parameters` has the path of each parameter by the index of its node, `unused` the paths of
    those that the loss does not depend on, `outside` the paths of those that are in no layer, and
    `inputs` the indices of the other leaves that layers depend on. `stage_of` says for a node which
    layer computes it, `unit_of` for a pre-activation which unit.
    """

    def __init__(self, model: Model, loss: Value) -> None:
        paths = named(model)
        order = topological_order(loss)
        self.graph = graph_in_order(order, {})
        if any(node.is_stale for node in self.graph.nodes):
            check_fresh(order)
        place = {value: index for index, value in enumerate(order)}
        self.parameters = {place[v]: path for path, v in paths.items() if v in place}
        self.unused = [path for path, v in paths.items() if v not in place]
        _check_part_in(model, paths, self.parameters)
        for node in self.graph.nodes:  # parameters are called by their paths, and no other is
            path = self.parameters.get(node.index)
            node.name = f"{_MODEL}.{path}" if path else f"v{node.index}"
        self._groups = groups_of(self.graph)
        below = _below(self.graph, self._groups.sums)
        self.inputs = [
            node.index for node in self.graph.nodes
            if node.is_leaf and node.index in below and node.index not in self.parameters
        ]  # fmt: skip
        self.stages: dict[Key, Stage] = {}
        self.stage_of: dict[int, Key] = {}
        self.unit_of: dict[int, Unit] = {}
        self._read_nodes()
        self._give_parameters()
        _name_stages(self.stages.values(), self.parameters)

    def _read_nodes(self) -> None:
        """From the leaves on, with the layers that come right before each node."""
        self._levels = [0] * len(self.graph.nodes)
        self._before: list[frozenset[Key]] = [frozenset()] * len(self.graph.nodes)
        for index in self.inputs:
            self._before[index] = frozenset([INPUT])
        for node in self.graph.nodes:
            if node.parents:
                self._read(node)
        for key, stage in self.stages.items():
            stage.sources.discard(key)

    def _read(self, node: Node) -> None:
        index, within = node.index, self._groups.within[node.index]
        self._levels[index] = max([self._levels[parent] for parent in node.parents])
        before = {self._before[parent] for parent in node.parents}
        self._before[index] = frozenset().union(*before) if len(before) > 1 else before.pop()
        operand = self._groups.sums.get(node.parents[0])
        if index in self._groups.sums:
            self._read_sum(index)
        elif operand and operand.activation is node.op and len(node.parents) == 1:
            unit = self.unit_of[node.parents[0]]
            unit.output, unit.op = index, node.op
            self.stage_of[index] = self.stage_of[unit.z]
        elif within:  # a part of a sum that is still to come
            self.stage_of[index] = (_layer_of(within[-1]), self._levels[index] + 1)

    def _read_sum(self, index: int) -> None:
        group = self._groups.sums[index].group
        self._levels[index] += 1
        key = (_layer_of(group), self._levels[index])
        stage = self.stages.setdefault(key, Stage(*key))
        unit = self.unit_of[index] = Unit(group, index)
        stage.units.append(unit)
        stage.sources |= self._before[index]
        self.stage_of[index] = key
        self._before[index] = frozenset([key])

    def _give_parameters(self) -> None:
        used: defaultdict[Key, set[int]] = defaultdict(set)
        for index, key in self.stage_of.items():
            used[key].update(self.graph.nodes[index].parents)
        rank = {index: place for place, index in enumerate(self.parameters)}
        for key, stage in self.stages.items():
            stage.parameters = sorted(rank.keys() & used[key], key=rank.__getitem__)
        inside = set().union(*used.values())
        self.outside = [path for index, path in self.parameters.items() if index not in inside]


def named(model: Model) -> dict[str, Value]:
    """The parameters of a model by their paths; a list of Values has its labels for paths.

    >>> from autograd_mini import nn
    >>> list(named(nn.Neuron(1))), list(named([Value(1.0, "w"), Value(2.0)]))
    (['w[0]', 'b'], ['w', 'p[1]'])
    """
    if isinstance(model, Module):
        return model.named_parameters()
    listed = list(model) if isinstance(model, Iterable) else None
    if listed is None or not all(isinstance(value, Value) for value in listed):
        raise TypeError(
            f"the model is an nn.Module or a list of its parameters, not {_short(model)}"
        )
    found: dict[str, Value] = {}
    for i, value in enumerate(listed):
        path = value.label or f"p[{i}]"
        if found.setdefault(path, value) is not value:
            raise ValueError(
                f"two of the parameters are labelled {path!r}; give the module that they are in, "
                "or labels of their own"
            )
    return found


def _short(thing: object) -> str:
    text = repr(thing)
    return text if len(text) <= 60 else f"a {type(thing).__name__}"


def _check_part_in(model: Model, paths: Mapping[str, Value], found: Mapping[int, str]) -> None:
    if not paths:
        raise ValueError(f"{_short(model)} has no parameters, so no gradient flows to any")
    if not found:
        raise ValueError(
            f"none of the {len(paths)} parameters of {_short(model)} has a part in this loss; "
            "give the loss that was computed with this model"
        )


def _layer_of(group: str) -> str:
    """layers[0].neurons[1] is a neuron of layers[0]; a neuron in nothing is a layer by itself."""
    around, _, _ = group.rpartition(".")
    return around or group


def _below(graph: Graph, sums: Iterable[int]) -> set[int]:
    """The nodes that a weighted sum depends on, and these themselves."""
    found = set(sums)
    for node in reversed(graph.nodes):
        if node.index in found:
            found.update(node.parents)
    return found


# -- names -----------------------------------------------------------------------------------------


def _name_stages(stages: Collection[Stage], parameters: Mapping[int, str]) -> None:
    """Call each stage by its path or, if that does not say which it is, by what is its own."""
    sharing: defaultdict[str, list[Stage]] = defaultdict(list)
    for stage in stages:
        sharing[stage.path].append(stage)
    for path, together in sharing.items():
        telling = len(together) == 1 and (path != _MODEL or len(stages) == 1)
        for stage in together:
            rivals = [other for other in together if other is not stage]
            stage.name = bare(path) if telling else _own_name(stage, rivals, parameters)


def _own_name(stage: Stage, rivals: Sequence[Stage], parameters: Mapping[int, str]) -> str:
    groups = {unit.group for unit in stage.units}
    theirs = {unit.group for other in rivals for unit in other.units} | {stage.path}
    if len(groups) == 1 and not groups & theirs:
        return bare(groups.pop())
    shared = {i for other in rivals for i in other.parameters}
    for index in stage.parameters:
        if index not in shared:
            return parameters[index]
    number = 1 + len([other for other in rivals if other.level < stage.level])
    return f"{bare(stage.path)}, use {number}"


def bare(path: str) -> str:
    """A path as the model has it.

    >>> bare("model.layers[0]"), bare("model")
    ('layers[0]', 'model')
    """
    return path.removeprefix(f"{_MODEL}.")
