"""Outlines: what of a graph is shown, what is closed, and what is said about the rest."""

import graphlib
import operator
import random
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import Value, dot, losses, nn
from autograd_mini.clusters.blocks import blocks_of
from autograd_mini.clusters.collapsing import outline
from autograd_mini.clusters.expansion import expanded
from autograd_mini.clusters.items import Item, Outline
from autograd_mini.clusters.layers import groups_of
from autograd_mini.clusters.summaries import alike_merged
from autograd_mini.tracing.graph import Graph, caller_names, graph_of, unique_names
from autograd_mini.tracing.trace import both_passes
from support.places import ATTACKS
from support.random_graphs import bits, graphs, random_graph
from support.rows import each_row

SAMPLES = [[0.1, 0.2], [0.3, -0.4], [1.0, 2.0], [-1.0, 0.5], [0.2, 0.3]]
LABELS = [0, 1, 1, 0, 0.5]


def network(activation="tanh", samples=1) -> Graph:
    model = nn.MLP(2, [4, 4, 1], activation, seed=0)
    loss = losses.binary_cross_entropy_with_logits
    found = [loss(model(x), y) for x, y in zip(SAMPLES, LABELS, strict=True)]
    return graph_of(am.mean(found[:samples]) if samples > 1 else found[0])


def relabelled(module, prefix):
    for path, parameter in module.named_parameters().items():
        parameter.label = f"{prefix}.{path}"
    return module


def check(found: Outline) -> None:
    """What must be so in every outline."""
    nodes, items = found.graph.nodes, found.items
    assert [node.index for node in nodes] == list(range(len(nodes)))
    place = {node.index: i for i, item in enumerate(items) for node in item.nodes}
    assert sorted(node.index for item in items for node in item.nodes) == list(range(len(nodes)))
    for item in items:
        indices = [node.index for node in item.nodes]
        assert indices == sorted(indices) and item.node is item.nodes[-1]
        assert item.is_closed or len(indices) == 1
        assert bool(item.note) == item.is_closed
    assert len({item.key for item in items}) == len(items)
    between = [
        (parent, position, node.index)
        for node in nodes
        for position, parent in enumerate(node.parents)
        if place[parent] != place[node.index]
    ]
    shown = []
    for link in found.links:
        assert items.index(link.source) < items.index(link.target)
        for edge in link.edges:
            assert edge.node in link.source.nodes and edge.consumer in link.target.nodes
            shown.append((edge.node.index, edge.position, edge.consumer.index))
    assert sorted(shown) == sorted(between)
    pairs = [(link.source.key, link.target.key) for link in found.links]
    assert len(set(pairs)) == len(pairs)


def titles(found: Outline) -> list[str]:
    return [item.title for item in found.items if item.is_closed]


def notes(found: Outline) -> list[str]:
    return [item.note for item in found.items if item.is_closed]


def members(graph: Graph, name: str) -> list:
    pairs = zip(graph.nodes, groups_of(graph).within, strict=True)
    return [node for node, names in pairs if name in names]


# -- blocks ----------------------------------------------------------------------------------------


def check_blocks(graph, labels, blocks):
    assert sorted(index for block in blocks for index in block) == list(range(len(graph.nodes)))
    place = {index: i for i, block in enumerate(blocks) for index in block}
    for block in blocks:
        assert block == sorted(block) and len({labels[index] for index in block}) == 1
    for node in graph.nodes:
        assert all(place[parent] <= place[node.index] for parent in node.parents)


def is_acyclic(graph, labels):
    sorter = graphlib.TopologicalSorter()
    for node in graph.nodes:
        others = {labels[parent] for parent in node.parents} - {labels[node.index]}
        sorter.add(labels[node.index], *others)
    try:
        sorter.prepare()
    except graphlib.CycleError:
        return False
    return True


@pytest.mark.slow
@given(graphs(), st.integers(0, 2**32), st.integers(1, 12))
def test_blocks_come_after_what_they_need_whatever_the_labels(values, seed, count):
    graph, chance = graph_of(values[-1]), random.Random(seed)
    labels = [chance.randrange(count) for _ in graph.nodes]
    blocks = blocks_of(graph, labels)
    check_blocks(graph, labels, blocks)
    assert is_acyclic(graph, labels) == (len(blocks) == len(set(labels)))


@pytest.mark.slow
@given(graphs())
def test_nodes_with_labels_of_their_own_stay_in_their_order(values):
    graph = graph_of(values[-1])
    labels = [node.index for node in graph.nodes]
    assert blocks_of(graph, labels) == [[index] for index in labels]


CUTS = {  # a chain of operations x -> ... with these labels, and its blocks
    "one": ("aaaa", [[0, 1, 2, 3]]),
    "two": ("aabb", [[0, 1], [2, 3]]),
    "there and back": ("aabba", [[0, 1], [2, 3], [4]]),
    "twice there and back": ("abab", [[0], [1], [2], [3]]),
}


@pytest.mark.parametrize("name", CUTS)
def test_a_block_that_feeds_back_is_cut(name):
    labels, blocks = CUTS[name]
    value = Value(1.0)
    for _ in labels[1:]:
        value = value.exp()
    assert blocks_of(graph_of(value), labels) == blocks


def test_parts_are_as_large_as_they_can_be():
    w = Value(1.0)
    first, other = w.exp(), w.sin()
    second = (first + 1.0).exp()  # through a node outside
    graph = graph_of(other + second * w)
    labels = ["g" if node.op in (None, am.exp, am.sin) else node.index for node in graph.nodes]
    blocks = blocks_of(graph, labels)
    check_blocks(graph, labels, blocks)
    words = [[graph.nodes[i].op.name if graph.nodes[i].op else "" for i in b] for b in blocks]
    assert words == [["", "sin", "exp", ""], ["add"], ["exp"], ["mul"], ["add"]]


def test_it_is_the_block_that_can_begin_which_is_cut():
    a, b = Value(1.0), Value(2.0)
    graph = graph_of((a * b.exp()) * b)
    assert [node.op.name if node.op else "" for node in graph.nodes] == [
        "",
        "",
        "exp",
        "mul",
        "mul",
    ]
    assert blocks_of(graph, "abbab") == [[1, 2], [0, 3], [4]]


@pytest.mark.slow
def test_many_parts_take_no_recursion_and_no_square_of_the_time():
    value = Value(1.0)
    for _ in range(3000):
        value = value.exp().sin()
    graph = graph_of(value)
    labels = ["e" if node.op is am.exp else "s" for node in graph.nodes]
    assert len(blocks_of(graph, labels)) == 6001


# -- groups ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("samples", [1, 5])
def test_a_networks_layers_and_neurons_are_known_by_its_labels(samples):
    graph = network(samples=samples)
    groups = groups_of(graph)
    for node, names in zip(graph.nodes, groups.within, strict=True):
        if node.is_leaf:
            layer, neuron, _ = node.name.split(".")
            assert names == (layer, f"{layer}.{neuron}")
    for name in ("layers[0].neurons[3]", "layers[1].neurons[0]"):
        operations = [node.op.name for node in members(graph, name) if node.op]
        assert operations == ["dot", "tanh"] * samples
    (last,) = [name for name in groups.innermost if name.startswith("layers[2]")]
    assert [node.op.name for node in members(graph, last) if node.op] == ["dot"] * samples
    assert len(members(graph, "layers[0]")) == 12 + 8 * samples
    assert groups.names == sorted(groups.names, key=groups.names.index)
    assert set(groups.layers) == set(groups.outermost) == {f"layers[{i}]" for i in range(3)}
    assert len(groups.innermost) == 9 and not groups.doubled


def test_inputs_targets_and_losses_are_in_no_group():
    graph = network(samples=5)
    outside = [n for n, w in zip(graph.nodes, groups_of(graph).within, strict=True) if not w]
    assert not [node for node in outside if node.is_leaf]
    words = [node.op.name if node.op else "constant" for node in outside]
    assert {word: words.count(word) for word in set(words)} == {
        "constant": 10 + 2 + 1,  # inputs, the label 0.5 and 1 less that, the 5 of the mean
        "softplus": 6, "neg": 3, "mul": 2, "add": 1, "sum": 1, "div": 1,
    }  # fmt: skip


LOSSES = {
    "mse": lambda out: losses.mse(out, 0.0),
    "quadratic": lambda out: losses.quadratic(out, 1.0),
    "hinge": lambda out: losses.hinge(out, 1),
    "hinge of the other class": lambda out: losses.hinge(out, -1),
    "logistic, 0": lambda out: losses.binary_cross_entropy_with_logits(out, 0),
    "logistic, 1": lambda out: losses.binary_cross_entropy_with_logits(out, 1),
    "logistic, between": lambda out: losses.binary_cross_entropy_with_logits(out, 0.3),
    "squares": lambda out: (out - 1.0) ** 2,
    "a sum from 0": lambda out: sum([out * 1.0]),
    "absolute": lambda out: abs(out),
    "to the other side": lambda out: 1.0 - out,
}


@pytest.mark.parametrize("loss", LOSSES)
def test_no_node_of_a_loss_is_taken_for_a_neurons(loss):
    output = nn.MLP(1, [2, 1], "tanh", seed=0)([0.5])
    alone = groups_of(graph_of(output)).within
    graph = graph_of(LOSSES[loss](output))
    within = groups_of(graph).within
    assert [n for n in within if n] == [names for names in alone if names]
    assert within[-1] == ()


ACTIVATIONS = "relu leaky_relu elu softplus silu gelu tanh sigmoid".split()


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "sin"])
def test_the_activation_belongs_to_the_neuron(activation):
    hidden = getattr(Value, activation)
    graph = graph_of(nn.MLP(1, [2, 1], hidden, seed=0)([0.5]))
    operations = [node.op.name for node in members(graph, "layers[0].neurons[1]") if node.op]
    assert operations == ["dot", activation]
    (item,) = [i for i in outline(graph, "neurons").items if i.title == "layers[0].neurons[1]"]
    assert item.note == f"neuron: {activation}(w·x + b), 1 weight"
    assert item.node.op.name == activation


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_activation_of_the_last_layer_too_but_for_softplus(activation):
    graph = graph_of(nn.MLP(1, [1, 1], ["tanh", activation], seed=0)([0.5]))
    names = groups_of(graph).within[-1]
    assert names == (() if activation == "softplus" else ("layers[1]", "layers[1].neurons[0]"))


def test_an_activation_of_something_else_too_is_not_taken():
    model = nn.MLP(1, [1, 1], lambda z: z * z.sigmoid(), seed=0)
    graph = graph_of(model([0.5]))
    assert [n.op.name for n in members(graph, "layers[0]") if n.op] == ["dot"]


def hand_made(activation=Value.tanh):
    """A neuron as a student writes it, product by product."""
    w = [Value(0.1 * i, f"n.w[{i}]") for i in range(3)]
    b = Value(0.5, "n.b")
    x = [Value(1.0, f"x{i}") for i in range(3)]
    products = [x[0] * w[0], w[1] * x[1], w[2] * 2.0]
    return {
        "w0*x0 + w1*x1 + w2*x2 + b": products[0] + products[1] + products[2] + b,
        "b + w0*x0 + ...": b + products[0] + products[1] + products[2],
        "sum(products) + b": sum(products) + b,
        "sum(products, b)": sum(products, b),
        "am.sum": am.sum([*products, b]),
        "am.sum, then b": am.sum(products) + b,
        "in another order": products[2] + (b + products[0]) + products[1],
    }


@pytest.mark.parametrize("way", hand_made())
def test_a_neuron_written_by_hand_is_known_too(way):
    total = hand_made()[way]
    graph = graph_of((total.tanh() - 1.0) ** 2)
    names = [node.name for node in members(graph, "n")]
    assert {name for name in names if name} == {"n.w[0]", "n.w[1]", "n.w[2]", "n.b"}
    found = outline(graph, "neurons")
    check(found)
    assert (titles(found), notes(found)) == (["n"], ["neuron: tanh(w·x + b), 3 weights"])
    others = [item.node for item in found.items if not item.is_closed]
    assert {node.name for node in others if node.is_leaf} == {"x0", "x1"}
    assert [node.op.symbol for node in others if node.op] == ["-", "**"]


class Thing:
    def __init__(self, **parts):
        vars(self).update(parts)


def test_groups_come_from_names_found_in_the_scope_too():
    def neuron(count):
        return Thing(w=[Value(0.1) for _ in range(count)], b=Value(0.0))

    def output(first, second, last):  # so that nothing else here has names
        outputs = [(n.w[0] * 1.0 + n.w[1] * 2.0 + n.b).relu() for n in (first, second)]
        return dot(last.w, outputs, last.b)

    hidden, last = Thing(neurons=[neuron(2), neuron(2)]), Thing(neurons=[neuron(2)])
    model = Thing(layers=[hidden, last])
    root = output(*hidden.neurons, *last.neurons)
    del hidden, last
    graph = graph_of(root, caller_names())
    assert groups_of(graph).outermost == ["model"]
    found = outline(graph, "layers")
    check(found)
    assert titles(found) == ["model.layers[0]", "model.layers[1]"]
    assert notes(found) == ["layer: 2 relu neurons, 6 parameters", "layer: 1 neuron, 3 parameters"]
    assert found.items[-1].within == ("model",) and len(model.layers) == 2


OTHERS = {  # graphs without groups
    "plain names": lambda: Value(1.0, "a") * Value(2.0, "b"),
    "a list of weights": lambda: Value(1.0, "w[0]") * Value(2.0, "x[0]") + Value(1.0, "b"),
    "a dot of lists": lambda: dot([Value(1.0, "p[0]")], [Value(2.0, "q[0]")], Value(1.0, "b")),
    "a dot without bias": lambda: dot([Value(1.0, "w[0]")], [Value(2.0, "x[0]")]),
    "weights in disorder": lambda: dot([Value(1.0, "w[1]")], [Value(2.0)], Value(1.0, "b")),
    "another name for the bias": lambda: dot([Value(1.0, "w[0]")], [2.0], Value(1.0, "c")),
    "inputs with paths": lambda: Value(1.0, "point.x") + Value(2.0, "point.y"),
    "squared weights": lambda: Value(3.0, "n.w") ** 2,
    "a product of two parameters": lambda: Value(3.0, "n.w") * Value(2.0, "m.w"),
    "weights by themselves": lambda: am.dot([V := Value(3.0, "n.w[0]")], [V]),
    "results with paths": lambda: Value(3.0, "x") * 2.0,
    "a path and more": lambda: Value(3.0, "n.w + 1") * 2.0,
    "a very long path": lambda: Value(3.0, "n." * 150 + "w") * 2.0,
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_is_no_group(case):
    graph = graph_of(OTHERS[case]())
    assert groups_of(graph).names == []
    found = outline(graph, "neurons")
    check(found)
    assert found.notes == [
        "There is no group to close: no parameter here has a path such as layers[0].w[1]."
    ]


def test_the_penalty_on_the_weights_is_no_neurons():
    model = nn.MLP(1, [1, 1], seed=0)
    penalty = am.sum([p * p for p in model.parameters()])
    graph = graph_of(model([0.5]) + 0.5 * penalty)
    within = groups_of(graph).within
    for node, names in zip(graph.nodes, within, strict=True):
        assert bool(names) == (node.is_leaf or (bool(node.op) and node.op.name in ("dot", "relu")))


def operations_in(value, group="n") -> list[str]:
    return [node.op.name for node in members(graph_of(value), group) if node.op]


def test_what_comes_after_a_neuron_is_not_its_own():
    w, v, b, c = [Value(0.5, f"n.{name}") for name in "wvbc"]
    x, y = Value(1.0, "x"), Value(2.0, "y")
    assert operations_in(w * x + v * y) == ["mul", "mul", "add"]
    assert operations_in(w * x + w * y) == ["mul", "mul"]  # used twice, then added
    assert operations_in((w * x + b) + (v * x + c)) == ["mul", "add", "mul", "add"]
    assert operations_in((0.5 * w) * w) == ["mul"]
    assert operations_in((w * x + b) + x) == ["mul", "add"]
    assert operations_in((w * x + b) + 1.0) == ["mul", "add"]


def test_an_unknown_function_is_an_activation_only_between_two_neurons():
    w, v, x = Value(0.5, "n.w"), Value(0.5, "m.v"), Value(1.0, "x")
    between = (w * x).sin()
    assert operations_in(v * between) == ["mul", "sin"]
    assert operations_in(v * between + between) == ["mul"]
    assert operations_in(between + 1.0) == ["mul"]
    assert operations_in(v * (w * x * 2.0)) == ["mul"]
    z = w * x
    assert operations_in(v * z.tanh() + z) == ["mul"]


CELLS = {  # the next state of a recurrent neuron from x and the state, and what is said of it
    "one in the other": (lambda w, u, b, x, h: dot([u], [h], dot([w], [x], b)), "w·x + b"),
    "no bias": (lambda w, u, b, x, h: dot([u], [h], dot([w], [x])), "w·x"),
    "added": (lambda w, u, b, x, h: dot([w], [x], b) + dot([u], [h]), "w·x + b"),
}


@pytest.mark.parametrize("case", CELLS)
def test_a_neuron_of_two_sums(case):
    make, formula = CELLS[case]
    w, u, b = [Value(0.5, f"cell.{name}") for name in "wub"]
    state = make(w, u, b, 1.0, Value(0.1, "h")).tanh()
    once, twice = [
        outline(graph_of(v), "neurons") for v in (state, make(w, u, b, 2.0, state).tanh())
    ]
    assert notes(once) == [f"neuron: tanh({formula}), 2 weights"]
    assert notes(twice) == [f"neuron: tanh({formula}), 2 weights, used 2 times"]
    assert [item.node.data for item in once.items if item.node.is_constant] == [1.0]


def test_the_same_sum_used_as_a_bias_is_a_second_use():
    w = Value(0.5, "n.w")
    found = outline(graph_of(dot([w], [2.0], dot([w], [1.0]))), "neurons")
    assert notes(found) == ["neuron: w·x, 1 weight, used 2 times"]


def test_a_neuron_by_itself_is_a_group():
    neuron = nn.Neuron(2, activation="tanh", seed=0)
    found = outline(graph_of(neuron([Value(1.0, "x"), Value(2.0, "y")])), "neurons")
    check(found)
    assert [i.title or i.node.name for i in found.items] == ["x", "y", "neuron"]
    assert notes(found) == ["neuron: tanh(w·x + b), 2 weights"]


def test_a_layer_by_itself():
    layer = nn.Layer(2, 3, seed=0)
    groups = groups_of(graph_of(am.sum(layer([1.0, 2.0]))))
    assert groups.innermost == groups.layers == groups.outermost
    assert groups.names == [f"neurons[{i}]" for i in range(3)]


def test_a_module_of_ones_own():
    class Blend(nn.Module):
        def __init__(self):
            self.left, self.right = nn.Layer(1, 2, seed=0), nn.Neuron(2, activation="tanh", seed=1)
            self.mix = {"scale": Value(0.5)}
            self.label_parameters()

        def __call__(self, x):
            return self.right(self.left(x)) * self.mix["scale"]

    graph = graph_of(Blend()([1.0]))
    groups = groups_of(graph)
    assert groups.names == ["right", "left", "left.neurons[0]", "left.neurons[1]", "mix"]
    assert groups.layers == ["right", "left", "mix"]
    found = outline(graph, ["left"])
    check(found)
    assert notes(found) == ["layer: 2 relu neurons, 4 parameters"]


def test_a_layer_without_neurons_in_it():
    rows = [[Value(0.1, f"h.w[{i}][{j}]") for j in range(2)] for i in range(3)]
    biases = [Value(0.0, f"h.b[{i}]") for i in range(3)]
    outputs = [dot(w, [1.0, 2.0], b).tanh() for w, b in zip(rows, biases, strict=True)]
    found = outline(graph_of(am.sum(outputs)), "neurons")
    check(found)
    assert notes(found) == ["layer: 3 tanh neurons, 9 parameters"]


def test_two_networks_with_labels_of_their_own():
    first, second = [relabelled(nn.MLP(1, [1, 1], seed=0), name) for name in "ab"]
    x = Value(1.0, "x")
    graph = graph_of(first([x]) - second([x]))
    found = outline(graph, ["a", "b"])
    check(found)
    assert titles(found) == ["a", "b"]
    assert notes(found) == ["network: 2 neurons, 4 parameters"] * 2
    layers = titles(outline(graph, "layers"))
    assert layers == ["a.layers[0]", "a.layers[1]", "b.layers[0]", "b.layers[1]"]


@pytest.mark.parametrize("naming", ["labels", "unique names"])
def test_two_networks_with_the_same_labels_have_no_groups(naming):
    first, second = [nn.MLP(1, [2, 1], seed=seed) for seed in (0, 1)]
    graph = graph_of(second(first([1.0])))
    if naming == "unique names":
        for node, name in zip(graph.nodes, unique_names(graph), strict=True):
            node.name = name
    found = outline(graph, "layers")
    check(found)
    assert titles(found) == [] and len(found.notes) == 2
    assert found.notes[1] == (
        "Two parameters are called layers[1].neurons[0].w[0]: groups need labels that differ."
    )


def test_a_network_with_a_second_one_of_the_same_labels_and_a_third():
    twins = [nn.MLP(1, [1], seed=seed) for seed in (0, 1)]
    other = relabelled(nn.MLP(1, [1], seed=2), "other")
    graph = graph_of(am.sum([model([1.0]) for model in [*twins, other]]))
    assert groups_of(graph).outermost == ["other"]
    assert outline(graph, limit=9).notes[-1].startswith("Two parameters are called")


# -- closed groups ---------------------------------------------------------------------------------


def test_closed_layers_of_five_samples():
    found = outline(network(samples=5), "layers")
    check(found)
    assert titles(found) == ["layers[0]", "layers[1]", "layers[2]"]
    assert notes(found) == [
        "layer: 4 tanh neurons, 12 parameters, used 5 times",
        "layer: 4 tanh neurons, 20 parameters, used 5 times",
        "layer: 1 neuron, 5 parameters, used 5 times",
    ]
    assert found.notes == ["3 closed boxes stand for 122 of 149 nodes."]
    assert all(item.within == () for item in found.items)


def test_closed_neurons_stand_in_their_open_layers():
    found = outline(network(), "neurons")
    check(found)
    assert len(titles(found)) == 9
    for item in found.items:
        assert item.within == ((item.title.partition(".")[0],) if item.is_closed else ())
    counts = [
        len(link.edges) for link in found.links if link.target.title == "layers[2].neurons[0]"
    ]
    assert counts == [1, 1, 1, 1]


def test_some_closed_and_the_rest_open():
    found = outline(network(), ["layers[0]", "layers[1].neurons[2]"])
    check(found)
    assert titles(found) == ["layers[0]", "layers[1].neurons[2]"]
    assert [item.within for item in found.items if item.is_closed] == [(), ("layers[1]",)]
    opened = [item for item in found.items if item.within[:1] == ("layers[2]",)]
    assert len(opened) == 6 and all(item.within[1] == "layers[2].neurons[0]" for item in opened)
    links = [link for link in found.links if link.source.title == "layers[0]"]
    assert sorted(len(link.edges) for link in links) == [4, 4, 4, 4]
    assert [len(link.edges) for link in links if link.target.is_closed] == [4]


def test_an_outer_group_hides_the_inner_one():
    graph = network()
    both, outer = outline(graph, ["layers[0].neurons[1]", "layers[0]"]), outline(graph, "layers[0]")
    assert titles(both) == titles(outer) == ["layers[0]"]


def test_nothing_closed():
    graph = network(samples=5)
    for closed in ("none", []):
        found = outline(graph, closed)
        check(found)
        assert [item.node for item in found.items] == list(graph.nodes)
        assert found.notes == [] and titles(found) == []


def recurrent(steps: int, between) -> Graph:
    cell = relabelled(nn.Neuron(2, activation="tanh", seed=0), "cell")
    state = Value(0.0, "start")
    for step in range(steps):
        state = cell([0.1 * step, between(state)])
    return graph_of(state)


def test_a_group_applied_to_its_own_output_is_one():
    found = outline(recurrent(3, lambda state: state), "neurons")
    check(found)
    assert titles(found) == ["cell"]
    assert notes(found) == ["neuron: tanh(w·x + b), 2 weights, used 3 times"]


def test_a_group_that_feeds_back_through_others_is_cut():
    found = outline(recurrent(3, lambda state: state * 0.5), "neurons")
    check(found)
    assert titles(found) == ["cell (1 of 3)", "cell (2 of 3)", "cell (3 of 3)"]
    assert [len(item.nodes) for item in found.items if item.is_closed] == [5, 2, 2]
    assert found.notes == [
        "3 closed boxes stand for 9 of 19 nodes.",
        "The group cell leads back into itself through other nodes, so it is 3 boxes, "
        "in the order of their use.",
    ]


@pytest.mark.parametrize(
    "closed, words",
    [
        ("layer", ["'layer'", "'auto', 'none', 'neurons', 'layers'", "layers[2], layers[2].n"]),
        (["layers[0]", "layers[7]"], ["'layers[7]'"]),
        ([3], ["cannot close 3"]),
    ],
)  # fmt: skip
def test_an_unknown_group_is_an_error_that_says_which_there_are(closed, words):
    with pytest.raises(ValueError) as caught:
        outline(network(), closed)
    assert all(word in str(caught.value) for word in words)


def test_other_mistakes_in_the_arguments():
    with pytest.raises(ValueError, match="groups, of which this graph has none"):
        outline(graph_of(Value(1.0)), "a")
    with pytest.raises(TypeError, match="`closed` is 3, and must be one of 'auto', 'none'"):
        outline(network(), 3)
    with pytest.raises(ValueError, match="the limit is 0, and must be 1 or more"):
        outline(network(), limit=0)


# -- not too much ----------------------------------------------------------------------------------


def chain(length: int) -> Graph:
    value = Value(0.5, "x")
    for _ in range(length):
        value = value.sin().exp()
    return graph_of(value)


def test_a_small_graph_is_shown_whole_with_its_groups_open():
    found = outline(network())
    check(found)
    assert found.notes == [] and titles(found) == []
    assert found.items[0].within == ("layers[2]", "layers[2].neurons[0]")


def test_the_limit_itself_is_not_too_much():
    graph = chain(7)
    assert len(graph.nodes) == 15
    assert outline(graph, limit=15).notes == []
    assert len(outline(graph, limit=14).notes) == 1


AUTOMATIC = {  # limit: how many items, the notes
    149: (149, []),
    100: (36, ["149 nodes: the neurons are closed; draw(v, closed='none') opens them."]),
    30: (30, ["149 nodes: the layers are closed; draw(v, closed='neurons') opens them."]),
    20: (18, [
        "149 nodes: the layers are closed; draw(v, closed='neurons') opens them.",
        "Nodes alike, with the same operation in the same place, are one box, "
        "such as '10 × constant'.",
    ]),
    5: (4, [
        "149 nodes: the layers are closed; draw(v, closed='neurons') opens them.",
        "Nodes alike, with the same operation in the same place, are one box, "
        "such as '10 × constant'.",
        "Only the 3 boxes nearest to the result are shown, and '146 more nodes' for the others; "
        "draw an inner node to see more.",
    ]),
}  # fmt: skip


@pytest.mark.parametrize("limit", AUTOMATIC)
def test_the_more_there_is_the_more_is_closed(limit):
    found = outline(network(samples=5), limit=limit)
    check(found)
    assert (len(found.items), found.notes) == AUTOMATIC[limit]
    assert len(found.items) <= max(limit, 1)


def test_the_outermost_groups_close_when_the_layers_are_too_many():
    model = relabelled(nn.MLP(1, [1] * 12, seed=0), "net")
    graph = graph_of(model([1.0]))
    found = outline(graph, limit=5)
    check(found)
    assert (titles(found), notes(found)) == (["net"], ["network: 12 neurons, 24 parameters"])
    assert found.notes == ["48 nodes: the groups are closed; draw(v, closed='layers') opens them."]


@pytest.mark.slow
def test_a_sum_of_many_like_terms():
    x = [Value(float(i), f"x[{i}]") for i in range(1000)]
    for total in (am.sum([v.softplus() for v in x]), sum([v.softplus() for v in x])):
        found = outline(graph_of(total))
        check(found)
        assert [i.title or i.node.op.name for i in found.items if i.title or i.node.op] in (
            ["1,000 × leaf", "1,000 × softplus", "sum"],
            ["1,000 × leaf", "1,000 × softplus", "1,000 × +"],
        )
        by_title = {item.title: item.note for item in found.items}
        assert by_title["1,000 × leaf"] == "x[0] to x[999], data from 0 to 999"
        assert by_title["1,000 × softplus"] == "data from 0.6931 to 999"


def test_additions_one_after_the_other_are_one_sum():
    x = [Value(float(i), f"x[{i}]").sin() for i in range(100)]
    found = outline(graph_of(reduce(operator.add, x)))
    check(found)
    assert titles(found) == ["100 × leaf", "100 × sin", "99 × +"]
    used_twice = Value(1.0, "a") + Value(2.0, "b")
    graph = graph_of((used_twice + Value(3.0, "c")) * used_twice)
    single = [Item(f"v{node.index}", [node]) for node in graph.nodes]
    assert [item.title for item in alike_merged(graph, single, 1)] == ["2 × leaf", "", "", "", ""]


def test_only_as_much_is_merged_as_must_be():
    terms = [Value(float(i)).exp() for i in range(10)] + [Value(float(i)).sin() for i in range(3)]
    graph = graph_of(am.sum(terms))
    for limit, merged in {
        27: [], 26: ["10 × leaf", "10 × exp"], 9: ["10 × leaf", "10 × exp"],
        8: ["10 × leaf", "10 × exp", "3 × leaf", "3 × sin"],
    }.items():  # fmt: skip
        assert titles(outline(graph, limit=limit)) == merged


def test_where_anything_is_merged_ten_alike_are():
    terms = [Value(float(i)).exp() for i in range(30)] + [Value(float(i)).sin() for i in range(10)]
    assert titles(outline(graph_of(am.sum(terms)), limit=60)) == [
        "30 × leaf", "30 × exp", "10 × leaf", "10 × sin",
    ]  # fmt: skip


def test_leaves_and_constants_are_not_alike():
    found = outline(graph_of(am.sum([x for i in range(60) for x in (Value(i), 2.0)])))
    assert titles(found) == ["60 × leaf", "60 × constant"]


def test_what_is_in_another_place_is_not_alike():
    pairs = [(Value(1.0, f"w{i}"), Value(2.0, f"x{i}")) for i in range(60)]
    found = outline(graph_of(am.sum([w - x for w, x in pairs])))
    check(found)
    assert [(i.title, i.note) for i in found.items[:2]] == [
        ("60 × leaf", "w0 to w59, data 1"), ("60 × leaf", "x0 to x59, data 2"),
    ]  # fmt: skip
    weights, inputs = [Value(1.0) for _ in range(60)], [Value(2.0) for _ in range(60)]
    found = outline(graph_of(dot(weights, inputs, Value(3.0, "b"))))
    check(found)
    assert [len(item.nodes) for item in found.items] == [60, 60, 1, 1]
    assert [item.note for item in found.items] == ["data 1", "data 2", "", ""]


def test_numbers_that_are_not_finite_are_counted():
    inf, nan = float("inf"), float("nan")
    numbers = [1.0, -0.0, inf, nan] * 30
    found = outline(graph_of(am.sum([Value(x) for x in numbers])))
    assert found.items[0].note == "data from 0 to 1, 60 not finite"
    found = outline(graph_of(am.sum([Value(nan) for _ in numbers])))
    assert found.items[0].note == "no data is finite"


@pytest.mark.slow
def test_of_a_long_chain_the_end_is_shown():
    found = outline(chain(5000))
    check(found)
    assert len(found.items) == 61
    others = found.items[0]
    assert (others.title, others.note) == (
        "9,941 more nodes", "4,970 × sin, 4,970 × exp, 1 leaf; 9,940 operations in a row",
    )  # fmt: skip
    assert found.notes == [
        "10,001 nodes: only the 60 boxes nearest to the result are shown, and '9,941 more nodes' "
        "for the others; draw an inner node to see more."
    ]
    assert [item.node for item in found.items[1:]] == list(found.graph.nodes[-60:])


def test_what_is_used_far_away_is_not_kept_near():
    x = Value(1.0, "x")
    value = x
    for _ in range(300):
        value = value.sin() * 1.5
    found = outline(graph_of(value + x))
    check(found)
    assert "x" in [node.name for node in found.items[0].nodes]


@pytest.mark.slow
def test_a_large_training_loss_is_a_summary():
    data = am.datasets.moons(40)
    model = nn.MLP(2, [8, 8, 1], seed=0)
    logistic = losses.binary_cross_entropy_with_logits
    pairs = zip(data.features, data.labels, strict=True)
    found = outline(graph_of(sum([logistic(model(x), y) for x, y in pairs]) / 40))
    check(found)
    assert len(found.items) <= 100
    assert titles(found)[:4] == ["80 × constant", "layers[0]", "layers[1]", "layers[2]"]
    assert {"40 × softplus", "40 × +"} <= set(titles(found))


@pytest.mark.slow
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_every_node_has_its_place_whatever_the_limit(seed, limit):
    graph = graph_of(random_graph(random.Random(seed), 60)[-1])
    found = outline(graph, limit=limit)
    check(found)
    assert len(found.items) <= max(limit, 2)


PATHS = ["a.w", "a.b", "a.c.w", "a.c.b", "b.w[0]", "b.w[1]", "b.d.e.w", "x", "w[0]", "b", ""]
ROWS = {"dot": lambda a, b, c: am.engine.ops.dot(a, b, c), "*": lambda a, b, c: a * b,
        "+": lambda a, b, c: a + b, "tanh": lambda a, b, c: a.tanh(),
        "sum": lambda a, b, c: am.engine.ops.add_all(a, b, c)}  # fmt: skip


@pytest.mark.slow
@given(st.randoms(use_true_random=False), st.sampled_from(["none", "neurons", "layers", "auto"]))
def test_groups_of_any_kind_leave_no_nonsense(chance, closed):
    nodes = [Value(0.5, label) for label in chance.sample(PATHS, len(PATHS))]
    for _ in range(40):
        row = ROWS[chance.choice(list(ROWS))]
        operands = [chance.choice(nodes[:11] + nodes[-5:]) for _ in range(3)]
        nodes.append(row(*operands))
    graph = graph_of(am.sum(nodes[-6:]))
    for expand in (False, True):
        found = outline(graph, closed, expand, limit=20)
        check(found)
    names = groups_of(graph).names
    check(outline(graph, chance.sample(names, len(names) // 2)))


@pytest.mark.slow
@each_row("attack", ATTACKS, ids=lambda attack: attack["id"])
def test_names_made_to_break_things(attack):
    text = attack["string"]
    labels = [text, f"{text}.w[0]", f"layers[0].{text}", f"net.{text}.w[1]", f"{text}[0].b"]
    leaves = [Value(1.0, label) for label in [*labels, *[f"{text}[{i}]" for i in range(3)]]]
    total = am.sum([dot([leaf], [2.0], Value(0.0, f"{text}.b")) for leaf in leaves]).tanh()
    graph = graph_of(total)
    groups = groups_of(graph)
    for closed in ("auto", "neurons", "layers", groups.names):
        check(outline(graph, closed, expand=True, limit=6))
    plain = text.isidentifier()
    assert all(plain or text not in name for name in groups.names)


# -- expanded --------------------------------------------------------------------------------------


def gradients_in(graph: Graph) -> dict[str, float]:
    return {e.node.name: e.after for e in both_passes(graph) if e.kind == "done" and e.node.is_leaf}


def recomputed(graph: Graph) -> list:
    """The number of each result, by its operation, from the numbers of its operands."""
    nodes = graph.nodes
    return [n.op.forward(*[nodes[p].data for p in n.parents]) if n.op else n.data for n in nodes]


def test_a_dot_becomes_products_and_their_sum():
    w, x = [Value(2.0, "w0"), Value(-3.0, "w1")], [Value(5.0, "x0"), 7.0]
    total = dot(w, x, Value(0.5, "b"))
    root = total.tanh() + 1.0
    total.label = "z"
    root.backward()
    graph = expanded(graph_of(root))
    found = [(n.name or (n.op.name if n.op else n.data), n.data, n.parents) for n in graph.nodes]
    assert found == [
        ("w0", 2.0, ()), ("w1", -3.0, ()), ("x0", 5.0, ()), (7.0, 7.0, ()), ("b", 0.5, ()),
        ("mul", 10.0, (0, 2)), ("mul", -21.0, (1, 3)), ("z", -10.5, (4, 5, 6)),
        ("tanh", root.parents[0].data, (7,)), (1.0, 1.0, ()), ("add", root.data, (8, 9)),
    ]  # fmt: skip
    first, second, sum_of_all = graph.nodes[5:8]
    assert (first.local_derivatives, second.local_derivatives) == ((5.0, 2.0), (7.0, None))
    assert (sum_of_all.op.name, sum_of_all.local_derivatives) == ("sum", (1.0, 1.0, 1.0))
    assert first.grad == second.grad == sum_of_all.grad == total.grad
    assert not any(node.is_leaf or node.is_constant or node.is_stale for node in graph.nodes[5:8])


def test_the_graph_that_was_given_stays_as_it_was():
    graph = graph_of(dot([Value(2.0)], [Value(3.0)]) * 2.0)
    before = [(node.index, node.parents, node.name, node.op) for node in graph.nodes]
    expanded(graph)
    assert [(node.index, node.parents, node.name, node.op) for node in graph.nodes] == before


def test_a_single_product_is_added_with_a_plus():
    graph = expanded(graph_of(dot([Value(2.0)], [Value(3.0)], Value(1.0))))
    assert [node.op.symbol for node in graph.nodes if node.op] == ["*", "+"]


def test_a_product_of_plain_numbers_is_a_plain_number():
    graph = expanded(graph_of(dot([Value(2.0, "w"), 3.0], [Value(4.0, "x"), 5.0])))
    assert [(n.data, n.is_constant, n.op) for n in graph.nodes if not n.is_leaf][:2] == [
        (0.0, True, None), (8.0, False, graph.nodes[-3].op),
    ]  # fmt: skip
    folded = graph.nodes[-2]
    assert (folded.data, folded.is_constant, folded.is_leaf, folded.op) == (15.0, True, False, None)
    assert graph.nodes[-1].local_derivatives == (None, 1.0, None)
    assert len(graph.nodes) == 6  # 3 and 5 are gone


def test_the_same_node_twice():
    a = Value(3.0, "a")
    graph = expanded(graph_of(dot([a, a], [a, 2.0])))
    assert gradients_in(graph) == {"a": 8.0}


def test_nodes_are_expanded_by_name():
    first = dot([Value(1.0, "u")], [Value(2.0, "v")], Value(0.0, "b"))
    second = dot([first], [Value(3.0, "w")])
    first.label = "first"
    graph = graph_of(second + 1.0)
    assert [n.op.name for n in expanded(graph, ["first"]).nodes if n.op] == [
        "mul",
        "add",
        "dot",
        "add",
    ]
    invented = unique_names(graph)[graph.nodes[-3].index]
    for which in (invented, [invented], {invented: 1}):
        names = [node.op.name for node in expanded(graph, which).nodes if node.op]
        assert names == ["dot", "mul", "add", "add"]
    assert len(expanded(graph, ["first", invented]).nodes) == len(expanded(graph).nodes)
    assert expanded(graph, False) is graph and expanded(graph, []) is graph


@pytest.mark.parametrize(
    "which, message",
    [
        ("nobody", r"there is no node 'nobody'; what can be expanded: z$"),
        (["u"], r"'u' is no dot node; what can be expanded: z$"),
    ],
)
def test_what_cannot_be_expanded(which, message):
    total = dot([Value(1.0, "u")], [2.0])
    total.label = "z"
    with pytest.raises(ValueError, match=message):
        expanded(graph_of(total), which)
    with pytest.raises(ValueError, match=r"there is no dot node$"):
        expanded(graph_of(Value(1.0)), which)


@pytest.mark.slow
@given(graphs())
def test_expanding_changes_no_number(values):
    root = values[-1]
    graph = graph_of(root)
    opened = expanded(graph)
    check(outline(graph, "none", expand=True))
    assert not any(node.op is am.engine.ops.dot for node in opened.nodes)
    assert bits(recomputed(opened)) == bits([node.data for node in opened.nodes])
    if root.op:
        theirs, ours = gradients_in(graph), gradients_in(opened)
        assert theirs.keys() == ours.keys()


@pytest.mark.slow
@given(st.randoms(use_true_random=False))
def test_expanding_changes_no_gradient(chance):
    graph = graph_of(random_graph(chance, 30, tame=True)[-1])
    theirs, ours = gradients_in(graph), gradients_in(expanded(graph))
    assert list(ours.values()) == pytest.approx([theirs[name] for name in ours], nan_ok=True)


STALE = {  # what was changed since: which nodes of w, x, b, w*x, sum no longer fit
    "nothing": ({}, ""),
    "the weight": ({"w": 9.0}, "*"),
    "the input": ({"x": 9.0}, "*"),
    "the bias": ({"b": 9.0}, "+"),
    "the weight and the bias": ({"w": 9.0, "b": 9.0}, "*+"),
    "the sum": ({"z": 9.0}, "+"),
}


@pytest.mark.parametrize("case", STALE)
def test_what_does_not_fit_any_more_is_told(case):
    changes, stale = STALE[case]
    w, x, b = Value(2.0, "w"), Value(3.0, "x"), Value(4.0, "b")
    z = dot([w], [x], b)
    z.label = "z"
    for node in (w, x, b, z):
        node.data = changes.get(node.label, node.data)
    graph = expanded(graph_of(z.exp()))
    assert "".join(n.op.symbol for n in graph.nodes if n.is_stale and n.op.name != "exp") == stale


def test_groups_stay_when_their_dots_are_opened():
    graph = network()
    found = outline(graph, "neurons", expand=True)
    check(found)
    assert titles(found) == titles(outline(graph, "neurons"))
    assert notes(found) == notes(outline(graph, "neurons"))
    biased = graph_of(dot([Value(1.0, "n.v"), Value(1.0, "n.w")], [4.0, 5.0], 3.0))
    assert notes(outline(expanded(biased), "neurons")) == ["neuron: w·x, 2 weights"]
    other = graph_of(dot([Value(1.0, "n.w")], [Value(2.0, "m.x")], 3.0) * Value(1.0, "m.v"))
    assert titles(outline(other, "neurons", expand=True)) == ["n", "m"]
    weight = next(node for node in graph.nodes if node.name == "layers[0].neurons[0].w[0]")
    (first,) = [node for node in graph.nodes if weight.index in node.parents]
    opened = outline(graph, "none", expand=unique_names(graph)[first.index])
    check(opened)
    products = [item for item in opened.items if item.node.op is am.engine.ops.mul]
    assert [item.within for item in products] == [("layers[0]", "layers[0].neurons[0]")] * 2
