"""The neurons and layers of a graph, known by what its parameters are called.

The path of a parameter, such as layers[0].neurons[1].w[2], says where it is: in a neuron, which is
in a layer. What adds up its products belongs there too, and the activation that follows.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy

from autograd_mini.engine.facts import facts_of
from autograd_mini.engine.ops import Op
from autograd_mini.tracing.graph import Graph, Node

Names = tuple[str, ...]  # of groups, from the outside in

_PART = r"[^\W\d]\w*(?:\[(?:\d+|'[^'\\.]*')\])*"
_PATH = re.compile(rf"{_PART}(?:\.{_PART})+")
LONGEST_PATH = 200


class WeightedSum:
    """b + w0·x0 + w1·x1 + ..., all of it or a part, in one group.

    `first` is the index of its first weight; `activation` is the operation that follows, if any.
    """

    __slots__ = ("activation", "first", "group", "has_bias", "weights")

    def __init__(self, group: str, first: int, weights: int, has_bias: bool) -> None:
        self.group, self.first, self.weights, self.has_bias = group, first, weights, has_bias
        self.activation: Op | None = None


class Groups:
    """Which groups each node is in, and what they compute.

    `within` has for each node the names of its groups, from the outside in; () for what is in none.
    `sums` has the weighted sums by the index of their node, `parameters` the number of parameters
    by the name of their group. `doubled` are paths that two parameters share, so that they say
    nothing. `names` are all groups; `innermost` those with no group in them, the neurons; `layers`
    those right around the innermost, or these themselves where nothing is around; `outermost` those
    in no other.
    """

    def __init__(
        self,
        within: Sequence[Names],
        sums: Mapping[int, WeightedSum],
        parameters: Mapping[str, int],
        doubled: Sequence[str],
    ) -> None:
        self.within, self.sums, self.parameters, self.doubled = within, sums, parameters, doubled
        chains = [names for names in dict.fromkeys(within) if names]
        around = {name for names in chains for name in names[:-1]}
        deepest = [names for names in chains if names[-1] not in around]
        self.names = list(dict.fromkeys([name for names in chains for name in names]))
        self.innermost = [names[-1] for names in deepest]
        self.layers = list(dict.fromkeys([names[max(0, len(names) - 2)] for names in deepest]))
        self.outermost = list(dict.fromkeys([names[0] for names in chains]))

    def carried(self, origins: Sequence[int]) -> Groups:
        """The same groups for a graph whose nodes came from these, as `expansion` gives them."""
        places = {origin: place for place, origin in enumerate(origins)}
        sums = {}
        for index, old in self.sums.items():
            new = sums[places[index]] = copy(old)
            new.first = places[old.first]
        within = [self.within[origin] for origin in origins]
        return Groups(within, sums, self.parameters, self.doubled)


def groups_of(graph: Graph) -> Groups:
    """The groups of a graph, found by the names of its leaves.

    >>> from autograd_mini import nn
    >>> from autograd_mini.tracing.graph import graph_of
    >>> output = nn.MLP(1, [1, 1], "tanh")([0.5])
    >>> for node, names in zip(graph_of(output).nodes, groups_of(graph_of(output)).within):
    ...     print(node.name or node.op or "constant", *names[1:])
    layers[1].neurons[0].w[0] layers[1].neurons[0]
    layers[0].neurons[0].w[0] layers[0].neurons[0]
    constant
    layers[0].neurons[0].b layers[0].neurons[0]
    Op('dot') layers[0].neurons[0]
    Op('tanh') layers[0].neurons[0]
    layers[1].neurons[0].b layers[1].neurons[0]
    Op('dot') layers[1].neurons[0]

    A group has the parameters that it uses, the `dot` of its weights with anything (or products and
    sums of those, written by hand), and the activation that is applied to that alone. Inputs,
    targets and losses are in none. A neuron by itself, with parameters w[0], w[1], ... and b, is
    the group "neuron".
    """
    owners, doubled = _owners(graph)
    reader = _Reader(graph, owners)
    for node in graph.nodes:
        reader.read(node)
    reader.read_activations()
    within = [_names(group) for group in reader.groups]
    leaves = [node.index for node in graph.nodes if node.is_leaf]
    parameters = Counter([name for index in leaves for name in within[index]])
    return Groups(within, reader.sums, parameters, doubled)


# -- names -----------------------------------------------------------------------------------------


def _owners(graph: Graph) -> tuple[list[str], list[str]]:
    """For each node the group that its name puts it in, "" for none; and names that stand twice."""
    leaves = [node for node in graph.nodes if node.is_leaf]
    lone = _lone_neuron(graph)
    short = {node.index: _single(node.name) for node in leaves if len(node.name) <= LONGEST_PATH}
    paths = {index: name for index, name in short.items() if _PATH.fullmatch(name)}
    paths |= {node.index: f"neuron.{_single(node.name)}" for node in lone}
    times = Counter(paths.values())
    doubled = [path for path, count in times.items() if count > 1]
    bad = {name for path in doubled for name in _names(path.rpartition(".")[0])}
    owners = [""] * len(graph.nodes)
    for index, path in paths.items():
        group = path.rpartition(".")[0]
        owners[index] = "" if bad.intersection(_names(group)) else group
    return owners, doubled


def _single(name: str) -> str:
    """A name without the number that tells it from another one, as in `unique_names`."""
    return re.sub(r"\]_\d+$", "]", name)


def _names(group: str) -> Names:
    """A group and those around it: a.b.c is within a.b, which is within a."""
    parts = group.split(".") if group else []
    return tuple([".".join(parts[: i + 1]) for i in range(len(parts))])


def _lone_neuron(graph: Graph) -> list[Node]:
    """The parameters of dot nodes whose weights are called w[0], w[1], ... and whose bias is b."""
    found: dict[int, Node] = {}
    for dot in graph.nodes:
        if facts_of(dot.op).form == "dot":
            operands = [graph.nodes[parent] for parent in dot.parents]
            weights, bias = operands[: len(operands) // 2], operands[-1]
            if _are_a_neuron(weights, bias):
                found |= {node.index: node for node in [*weights, bias]}
    return list(found.values())


def _are_a_neuron(weights: Sequence[Node], bias: Node) -> bool:
    named = [_single(node.name) == f"w[{i}]" for i, node in enumerate(weights)]
    named.append(re.fullmatch(r"b(_\d+)?", bias.name) is not None)
    return all(named) and all(node.is_leaf for node in [*weights, bias])


# -- what is done with parameters ------------------------------------------------------------------


class _Reader:
    """Goes through a graph from the leaves on, and notes the group of what it recognises."""

    def __init__(self, graph: Graph, owners: list[str]) -> None:
        self.graph, self.owners = graph, owners
        self.groups = [""] * len(owners)
        self.sums: dict[int, WeightedSum] = {}
        self.parts: dict[int, WeightedSum] = {}  # all of them, those too that are in a larger one

    def read(self, node: Node) -> None:
        rule = _RULES.get(facts_of(node.op).form)
        found = rule(self, node) if rule else None
        if found:
            self.sums[node.index] = self.parts[node.index] = found
            self.groups[node.index] = found.group

    def _dot(self, dot: Node) -> WeightedSum | None:
        count = len(dot.parents) // 2
        weights, inputs, bias = dot.parents[:count], dot.parents[count:-1], dot.parents[-1]
        varying = [weight for weight in weights if not self.graph.nodes[weight].is_constant]
        group = self._common_owner(varying)
        if not group or group in [self.owners[parent] for parent in inputs]:  # w·w is no neuron
            return None
        earlier = self._absorbed([bias], group, varying[0])  # the bias may be another dot
        has_bias = self.owners[bias] == group or any(part.has_bias for part in earlier)
        self._claim(group, [*weights, bias])
        return WeightedSum(group, varying[0], count + _weights(earlier), has_bias)

    def _common_owner(self, parameters: Iterable[int]) -> str:
        owners = {self.owners[parameter] for parameter in parameters}
        return owners.pop() if len(owners) == 1 else ""

    def _product(self, node: Node) -> WeightedSum | None:
        owned = [parent for parent in node.parents if self.owners[parent]]
        if len(owned) != 1:  # no parameter, or two, and either could be the weight
            return None
        group = self.owners[owned[0]]
        others = [self.parts.get(parent) for parent in node.parents]
        if any(other and other.group == group for other in others):
            return None
        self._claim(group, owned)
        return WeightedSum(group, owned[0], 1, has_bias=False)

    def _sum(self, node: Node) -> WeightedSum | None:
        """A sum of parts of one group, and of nothing else but its bias or a plain number."""
        terms = [parent for parent in node.parents if not self._is_plain(parent, node)]
        parts = [self.parts[term] for term in terms if term in self.parts]
        biases = [term for term in terms if self.owners[term]]
        groups = {part.group for part in parts} | {self.owners[bias] for bias in biases}
        if not parts or len(groups) != 1 or len(parts) + len(biases) < len(terms):
            return None
        firsts = [part.first for part in parts] + biases
        count_of_biases = len(biases) + len([part for part in parts if part.has_bias])
        if len(set(firsts)) < len(firsts) or count_of_biases > 1:  # two uses, not two parts
            return None
        (group,) = groups
        self._absorbed(terms, group)
        self._claim(group, node.parents)
        return WeightedSum(group, parts[0].first, _weights(parts), count_of_biases == 1)

    def _is_plain(self, index: int, consumer: Node) -> bool:
        """A constant bias, or the 0 of Python's sum; n + 1 belongs to a loss such as hinge."""
        node = self.graph.nodes[index]
        return node.is_constant and (node.data == 0.0 or facts_of(consumer.op).kind == "reduction")

    def _absorbed(self, terms: Iterable[int], group: str, first: int = -1) -> list[WeightedSum]:
        """Those of the terms that become parts of a larger sum."""
        parts = []
        for term in terms:
            part = self.parts.get(term)
            if part and part.group == group and part.first != first:
                self.sums.pop(term, None)
                parts.append(part)
        return parts

    def _claim(self, group: str, parameters: Iterable[int]) -> None:
        """Note that parameters are used, and plain numbers in their places."""
        for index in parameters:
            if self.owners[index] == group or self.graph.nodes[index].is_constant:
                self.groups[index] = group

    def read_activations(self) -> None:
        """The one operation that a sum goes through alone."""
        users: defaultdict[int, list[Node]] = defaultdict(list)
        for node in self.graph.nodes:
            for parent in node.parents:
                users[parent].append(node)
        for index, found in self.sums.items():
            using = users[index]
            if len(using) == 1 and self._is_activation(using[0], users[using[0].index]):
                found.activation = using[0].op
                self.groups[using[0].index] = found.group

    def _is_activation(self, node: Node, users: Sequence[Node]) -> bool:
        if len(node.parents) != 1:
            return False
        if users and all(user.index in self.parts for user in users):  # between two neurons
            return True
        # Whatever follows; but softplus(output) is the logistic loss.
        return facts_of(node.op).kind == "activation" and not facts_of(node.op).ends_losses


# By the form of an operation.
_RULES: dict[str, Callable[[_Reader, Node], WeightedSum | None]] = {
    "dot": _Reader._dot,
    "product": _Reader._product,
    "sum": _Reader._sum,
}


def _weights(parts: Iterable[WeightedSum]) -> int:
    return sum([part.weights for part in parts])
