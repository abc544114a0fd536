"""The loss of any one sample as a single graph, from which a program is compiled.

A loss may do with a label whatever it likes: compare it, count with it, choose an output by it. All
that happens while the graph is built. So the graph has the loss for every label that there is, side
by side, and chooses among them by a leaf of its own. Where labels are too many for that, they are
leaves themselves, and the loss has to take them so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import is_not
from typing import Any

from autograd_mini.engine.contexts import Context, Observer
from autograd_mini.engine.errors import CompileError
from autograd_mini.engine.functions import where
from autograd_mini.engine.value import Value, topological_order
from autograd_mini.program.linear import OPEN_CHOICE
from autograd_mini.training.samples import Loss, Model, Sample, listed

Key = tuple[type, Any]  # of a label: its type, and what a dict may have for a key

MOST_LABELS = 20  # side by side


class SampleGraph:
    """The graph of one sample: `inputs` stand for its features and its label.

    >>> from autograd_mini import losses, nn
    >>> model = nn.Neuron(2, activation="linear", init="zeros")
    >>> graph = SampleGraph(model, losses.hinge, [([1.0, 2.0], 1), ([3.0, 4.0], -1)])
    >>> graph.row(([5.0, 6.0], -1))
    [5.0, 6.0, 1.0]
    >>> len(graph.inputs), graph.loss.data
    (3, 1.0)

    `outputs` are those of the model, `loss` what is to become smaller. Where the labels cannot
    become part of a graph, it is a `CompileError`.
    """

    def __init__(self, model: Model, loss: Loss, samples: Sequence[Sample]) -> None:
        features = [_Leaf(0.0, f"x{place}") for place in range(len(samples[0][0]))]
        kinds = dict.fromkeys([_key(label) for _, label in samples])
        chosen = len(kinds) <= MOST_LABELS
        self._labels = _Chosen(kinds) if chosen else _Targets([label for _, label in samples])
        with Context(observer=_Choices()):
            given = model(features)
            self.outputs = listed(given)
            self.loss = self._labels.loss(loss, given, self.outputs)
        self.inputs = [*features, *self._labels.leaves]

    def row(self, sample: Sample) -> list[float]:
        """A sample as a number for each input."""
        features, label = sample
        return [*features, *self._labels.numbers(label)]


class _Leaf(Value):
    """A leaf without a number, so that it equals none; what is made of it is a plain Value."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        raise CompileError(OPEN_CHOICE)

    __hash__ = Value.__hash__


class _Choices(Observer):
    """Whoever decides by a number that is to change would decide once and for all."""

    def decision(self, node: Value) -> None:
        if not node.is_constant:
            raise CompileError(OPEN_CHOICE)


class _Chosen:
    """Few labels: the loss of each is in the graph, and their place in line chooses among them."""

    def __init__(self, kinds: Iterable[Key]) -> None:
        self._labels = [_label(key) for key in kinds]
        self._places = {key: float(place) for place, key in enumerate(kinds)}
        self.leaves = [Value(0.0, "label")] if len(self._labels) > 1 else []

    def loss(self, loss: Loss, given: object, outputs: Sequence[object]) -> Any:
        found = _merged(outputs, [loss(given, label) for label in self._labels])
        chosen = found[-1]
        for place in range(len(found) - 2, -1, -1):
            chosen = where(self.leaves[0] - float(place), chosen, found[place])
        return chosen

    def numbers(self, label: object) -> list[float]:
        return [self._places[_key(label)]] * len(self.leaves)


class _Targets:
    """Many labels: each is one number or more, and they are leaves."""

    def __init__(self, labels: Sequence[Any]) -> None:
        self._is_single = not isinstance(labels[0], Sequence)
        widths = {len(self.numbers(label)) for label in labels}
        if len(widths) > 1:
            raise CompileError("the labels have different lengths")
        self.leaves: list[Value] = [_Leaf(0.0, f"target{place}") for place in range(*widths)]

    def loss(self, loss: Loss, given: object, outputs: Sequence[object]) -> Any:
        return loss(given, self.leaves[0] if self._is_single else list(self.leaves))

    def numbers(self, label: Any) -> list[float]:
        try:
            return [float(number) for number in ([label] if self._is_single else label)]
        except (TypeError, ValueError):
            raise CompileError(f"the label {label!r} is not made of numbers") from None


def _key(label: object) -> Key:
    """Labels that a loss can tell apart have different keys; 1 and 1.0 do, too."""
    inside = tuple(map(_key, label)) if isinstance(label, list | tuple) else label
    try:
        hash(inside)
    except TypeError:
        raise CompileError(f"the label {label!r} is neither a number nor a list of them") from None
    return type(label), inside


def _label(key: Key) -> Any:
    kind, inside = key
    return kind(map(_label, inside)) if kind in (list, tuple) else inside


def _merged(outputs: Iterable[object], losses: Sequence[Any]) -> list[Any]:
    """The same losses, with one node where several of them compute the same of the outputs.

    Nodes of one loss are never merged with each other, so that gradients add up as they did before:
    from all losses but the chosen one comes 0.
    """
    below = {node for output in outputs for node in _order(output)}
    shared: dict[Any, Value] = {}
    merged = []
    for loss in losses:
        found = {node: node for node in below}
        times: Counter[Any] = Counter()
        for node in [node for node in _order(loss) if node not in below]:
            operands = [found[parent] for parent in node.parents]
            # What nodes have in common that are made alike; a leaf is like no other node.
            key = node if node.is_leaf else (node.op, node._data.hex(), *operands)
            times[key] += 1
            is_other = any(map(is_not, operands, node.parents))
            made = node.op(*operands) if node.op and is_other else node
            found[node] = shared.setdefault((key, times[key]), made)
        merged.append(found.get(loss, loss))
    return merged


def _order(loss: object) -> Sequence[Value]:
    return topological_order(loss) if isinstance(loss, Value) else []
