"""The microscope: every number beside one that was worked out in another way."""

import functools
import math
import random
import re
import sys

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mini as am
from autograd_mini import Value, compare_flows, datasets, gradient_flow, losses, nn, optim
from autograd_mini.cli import main as cli
from autograd_mini.training.flow import deep_sigmoids
from autograd_mini.training.flow.flow_path import MOST_STEPS
from autograd_mini.training.flow.measures import Spread, steepest_slope
from autograd_mini.training.plots import bars
from support.goldens import golden_files, golden_text


def digits_loss(model, count=10, data=None):
    batch = (data or datasets.digits())[:count]
    return am.mean(losses.cross_entropy(model(x), y) for x, y in batch)


def moons_loss(model, count=20):
    batch = datasets.moons(count, seed=3)
    return am.mean(losses.hinge(model(x), y) for x, y in batch)


def fixed(sizes, activation, weight=0.5, bias=0.0):
    """An MLP whose weights are all the same."""
    model = nn.MLP(sizes[0], sizes[1:], activation, init="zeros")
    for path, parameter in model.named_parameters().items():
        parameter.data = bias if path.endswith(".b") else weight
    return model


# -- known numbers ---------------------------------------------------------------------------------

# |d out / d in| of h = act(h * w), repeated from 0.5, after 1, 5, 10, 20 and 50, known before.
KNOWN = {
    ("sigmoid", 1.0): ("2.4e-01", "6.1e-04", "3.5e-07", "1.1e-13", "4.0e-33"),
    ("tanh", 1.0): ("7.9e-01", "3.9e-01", "2.2e-01", "1.1e-01", "3.4e-02"),
    ("relu", 0.5): ("5.0e-01", "3.1e-02", "9.8e-04", "9.5e-07", "8.9e-16"),
    ("relu", 2.0): ("2.0e+00", "3.2e+01", "1.0e+03", "1.0e+06", "1.1e+15"),
}


def sigmoid_and_slope(z):
    s = 1 / (1 + mpmath.exp(-z))
    return s, s * (1 - s)


EXACT = {
    "sigmoid": sigmoid_and_slope,
    "tanh": lambda z: (mpmath.tanh(z), mpmath.sech(z) ** 2),
    "relu": lambda z: (max(z, mpmath.mpf(0)), mpmath.mpf(z > 0)),
}


def exact_derivative(activation, weight, depth):
    h, derivative = mpmath.mpf(0.5), mpmath.mpf(1)
    for _ in range(depth):
        h, slope = EXACT[activation](weight * h)
        derivative *= weight * slope
    return derivative


@pytest.mark.slow
@pytest.mark.parametrize("unit", KNOWN, ids=str)
def test_a_repeated_unit_gives_the_known_numbers(unit):
    flows = [deep_sigmoids.repeated_flow(*unit, depth) for depth in deep_sigmoids.REPEATS]
    assert tuple(f"{flow.inputs.norm:.1e}" for flow in flows) == KNOWN[unit]
    with mpmath.workdps(50):
        for depth, flow in zip(deep_sigmoids.REPEATS, flows, strict=True):
            exact = exact_derivative(*unit, depth)
            assert abs(flow.inputs.norm / exact - 1) < 1e-13
            assert abs(flow.path.product / exact - 1) < 1e-13
            factors = list(flow.factors.values())
            assert abs(mpmath.fprod(factors) / exact - 1) < 1e-13


@pytest.mark.parametrize("unit", KNOWN, ids=str)
def test_a_path_is_the_product_that_it_shows(unit):
    path = deep_sigmoids.repeated_flow(*unit, 10).path
    with mpmath.workdps(30):
        h = mpmath.mpf(0.5)
        for step in path.steps[::-1]:  # from the input up
            assert step.z == pytest.approx(float(unit[1] * h), rel=1e-13)
            h, slope = EXACT[unit[0]](unit[1] * h)
            assert (step.slope, step.weight) == (pytest.approx(float(slope), rel=1e-13), unit[1])
            assert step.factor == pytest.approx(step.slope * step.weight, rel=1e-15)
    assert [step.name for step in path.steps] == [f"layers[{9 - i}].neurons[0]" for i in range(10)]


@pytest.mark.slow
def test_a_product_that_is_no_float_is_given_as_a_power_of_ten():
    flow = deep_sigmoids.repeated_flow("sigmoid", 1.0, 600)
    with mpmath.workdps(30):
        power = mpmath.log10(exact_derivative("sigmoid", 1.0, 600))
    assert flow.path.product == 0.0 and flow.verdict == "vanishing"
    assert flow.path.ending == f"product: about 10^{float(power):.0f}, the whole gradient there"
    assert "less than 1e-300" in flow.sentence and "× 0.22 a layer" in flow.sentence
    assert len(flow.path.lines()) == MOST_STEPS + 1 and "... 586 more ..." in flow.path.lines()
    assert "... 576 more" in flow.text


# -- every number of a layer, worked out with arrays -----------------------------------------------

NUMPY = {
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
}


def passes_of_arrays(model, activation, features, targets):
    """Both passes of ½ Σ (output - target)² / n by BP1 to BP4, with matrices."""
    act, slope = NUMPY[activation]
    layers = [
        (np.array([[w.data for w in n.w] for n in layer.neurons]),
         np.array([n.b.data for n in layer.neurons])) for layer in model.layers
    ]  # fmt: skip
    a, zs, activations = np.array(features), [], [np.array(features)]
    for i, (w, b) in enumerate(layers):
        z = a @ w.T + b
        a = z if i == len(layers) - 1 else act(z)
        zs.append(z)
        activations.append(a)
    upstream, found = (a - np.array(targets)) / len(features), {}
    for i in range(len(layers) - 1, -1, -1):
        delta = upstream if i == len(layers) - 1 else upstream * slope(zs[i])
        below = delta @ layers[i][0]
        found[i] = {
            "pre_activations": zs[i], "activations": activations[i + 1], "upstream": upstream,
            "deltas": delta, "weights": delta.T @ activations[i], "biases": delta.sum(axis=0),
            "factor": np.linalg.norm(below) / np.linalg.norm(upstream) if i else None,
        }  # fmt: skip
        upstream = below
    return found


@pytest.mark.slow
@pytest.mark.parametrize("activation", NUMPY)
@pytest.mark.parametrize("sizes", [[3, 5, 4, 2], [2, 1, 1], [4, 3]], ids=str)
def test_every_number_of_every_layer(activation, sizes):
    chance = random.Random(7)
    model = nn.MLP(sizes[0], sizes[1:], activation, init="nielsen", seed=1)
    features = [[chance.uniform(-2, 2) for _ in range(sizes[0])] for _ in range(6)]
    targets = [[chance.uniform(-1, 1) for _ in range(sizes[-1])] for _ in range(6)]
    loss = am.mean(
        losses.quadratic(model(x), y) if len(y) > 1 else 0.5 * losses.mse(model(x), y)
        for x, y in zip(features, targets, strict=True)
    )
    flow = gradient_flow(model, loss, lr=0.3)
    expected = passes_of_arrays(model, activation, features, targets)
    assert [layer.name for layer in flow.layers] == [f"layers[{i}]" for i in range(len(sizes) - 1)]
    for i, layer in enumerate(flow.layers):
        for name in ("pre_activations", "activations", "upstream", "deltas"):
            found = sorted(getattr(layer, name).numbers)
            assert found == pytest.approx(sorted(expected[i][name].ravel()), rel=1e-9, abs=1e-14)
        rows = zip(expected[i]["weights"], expected[i]["biases"], strict=True)
        gradients = [number for row, bias in rows for number in (*row, bias)]
        assert list(layer.gradients.numbers) == pytest.approx(gradients, rel=1e-9, abs=1e-14)
        assert layer.factor == (pytest.approx(expected[i]["factor"], rel=1e-9) if i else None)
        assert (layer.units, layer.samples) == (sizes[i + 1], 6)
        assert layer.activation == ("linear" if i == len(sizes) - 2 else activation)
        norms = [np.linalg.norm(layer.updates.numbers), np.linalg.norm(layer.parameters.numbers)]
        assert layer.update_ratio == pytest.approx(norms[0] / norms[1], rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["tanh", "gelu", "leaky_relu", "elu", "softplus", "silu"])
def test_gradients_and_updates_are_those_of_training_bit_for_bit(activation):
    model = nn.MLP(2, [6, 5, 1], activation, init="he", seed=4)
    loss = moons_loss(model)
    flow = gradient_flow(model, loss, lr=0.25, clip=0.01)
    loss.backward()
    assert [layer.activation for layer in flow.layers] == [activation, activation, "linear"]
    for layer, part in zip(flow.layers, model.layers, strict=True):
        assert list(layer.gradients.numbers) == [p.grad for p in part.parameters()]
        assert list(layer.parameters.numbers) == [p.data for p in part.parameters()]
    before = [p.data for p in model.parameters()]
    assert optim.clip_grad_norm(model.parameters(), 0.01) == flow.norm
    optim.SGD(model.parameters(), lr=0.25).step()
    changes = [old - p.data for old, p in zip(before, model.parameters(), strict=True)]
    updates = [number for layer in flow.layers for number in layer.updates.numbers]
    assert updates == pytest.approx(changes, rel=1e-9, abs=1e-16)


@pytest.mark.parametrize("clip", [None, 1e9, math.inf])
def test_a_clip_that_is_large_enough_changes_nothing(clip):
    model = nn.MLP(2, [4, 1], seed=0)
    flow = gradient_flow(model, moons_loss(model), clip=clip)
    assert flow.clip_factor == 1.0
    assert ("leaves the gradient" in flow.text) == (clip is not None)


@pytest.mark.slow
@given(
    widths=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    activation=st.sampled_from(["tanh", "sigmoid", "softplus", "gelu"]),
    init=st.sampled_from(["xavier", "he", "uniform", "nielsen"]),
    seed=st.integers(0, 99),
)
def test_factors_multiply_to_the_ratio_and_gradients_are_right(widths, activation, init, seed):
    model = nn.MLP(2, [*widths, 2], activation, init=init, seed=seed)
    loss = losses.cross_entropy(model([0.3, -0.8]), 1)
    flow = gradient_flow(model, loss)
    product = math.prod([layer.factor for layer in flow.layers[1:]])
    assert flow.ratio == pytest.approx(product, rel=1e-9)
    assert list(flow.factors) == [f"layers[{i}]" for i in range(len(widths) + 1)]
    loss.backward()
    order = am.topological_order(loss)
    expected = [None if node.is_constant else node.grad for node in order]
    graph = am.trace(loss).graph
    assert [graph.gradients().get(node) for node in graph.nodes] == expected


def brute_force_path(loss, end):
    """The largest product of local derivatives along any path, found by walking all of them."""
    if loss is end:
        return 1.0
    pairs = zip(loss.parents, loss.local_derivatives(), strict=True)
    products = [local * brute_force_path(parent, end) for parent, local in pairs if local]
    return max(products, key=abs, default=0.0)


@pytest.mark.parametrize("seed", range(5))
def test_the_dominant_path_is_the_largest_of_all(seed):
    model = nn.MLP(2, [3, 3, 3, 2], "tanh", init="he", seed=seed)
    x = [Value(0.4), Value(-1.1)]
    loss = losses.cross_entropy(model(x), 0)
    path = gradient_flow(model, loss).path
    loss.backward()
    end = max(x, key=lambda value: abs(value.grad))
    assert path.product == pytest.approx(brute_force_path(loss, end), rel=1e-12)
    assert path.gradient == end.grad and path.end == "an input"
    names = [step.name for step in path.steps]
    assert names[0] == "loss" and [re.sub(r"\.neurons.*", "", name) for name in names[1:]] == [
        f"layers[{i}]" for i in (3, 2, 1, 0)
    ]
    parameters = model.named_parameters()
    for step in path.steps[1:]:
        assert step.weight == parameters[f"{step.name}.{step.weight_name}"].data


def test_a_path_of_plain_inputs_ends_before_the_first_weights():
    model = fixed([2, 2, 1], "tanh", weight=0.5)
    flow = gradient_flow(model, model([1.0, 1.0]))
    assert flow.path.end == "z of layers[0].neurons[0]"
    first = flow.path.steps[-1]
    assert (first.weight, first.weight_name, first.written) == (None, "", "σ'(1) = 0.42")
    assert len(flow.inputs) == 0 and flow.layers[0].factor is None
    second = flow.path.steps[-2]
    assert second.written == "w[0] = 0.5" and second.slope is None  # linear: it has no slope


# -- idle units ------------------------------------------------------------------------------------


def test_units_that_were_made_dead_are_dead():
    model = nn.MLP(2, [4, 4, 1], "relu", init="he", seed=2)
    for neuron in (model.layers[0].neurons[1], model.layers[1].neurons[3]):
        neuron.b.data = -10.0
    flow = gradient_flow(model, moons_loss(model))
    assert "layers[0].neurons[1]" in flow.layers[0].dead
    assert "layers[1].neurons[3]" in flow.layers[1].dead
    for layer, part in zip(flow.layers, model.layers, strict=True):
        silent = [
            f"{layer.name}.neurons[{i}]" for i in range(len(part.neurons))
            if layer.activation == "relu" and not any(
                (model.layers[0](x) if part is model.layers[0]
                 else part(model.layers[0](x)))[i].data for x, _ in datasets.moons(20, seed=3))
        ]  # fmt: skip
        assert layer.dead == silent and layer.saturated == []


def test_units_that_were_made_saturated_are_saturated():
    model = nn.MLP(2, [4, 4, 1], "tanh", init="xavier", seed=2)
    model.layers[0].neurons[2].b.data = 30.0  # its slope is 0 in floats, and it is not dead
    model.layers[1].neurons[0].b.data = -9.0
    flow = gradient_flow(model, moons_loss(model))
    assert [layer.saturated for layer in flow.layers] == [
        ["layers[0].neurons[2]"], ["layers[1].neurons[0]"], [],
    ]  # fmt: skip
    assert [layer.dead for layer in flow.layers] == [[], [], []]


# z where the slope is 5 % of the steepest: σ(1 - σ) = 0.0125, 1 - tanh² = 0.05
BORDERS = {
    "sigmoid": 2 * math.atanh(math.sqrt(0.95)),
    "tanh": math.atanh(math.sqrt(0.95)),
    "softplus": math.log(0.05 / 0.95),
    "elu": math.log(0.05),
}


@pytest.mark.parametrize("activation", BORDERS)
@pytest.mark.parametrize("further", [True, False])
def test_a_unit_is_saturated_beyond_five_percent_of_its_steepest_slope(activation, further):
    border = BORDERS[activation]
    steepest = steepest_slope(getattr(am.engine.ops, activation))
    assert steepest == pytest.approx(0.25 if activation == "sigmoid" else 1.0, rel=1e-4)
    model = fixed([1, 1, 1], activation, weight=1.0)
    z = border * (1.01 if further else 0.99)
    flow = gradient_flow(model, model([z]))
    assert bool(flow.layers[0].saturated) == further


def test_one_sample_that_gets_through_is_enough():
    model = fixed([1, 1, 1], "relu", weight=1.0)
    flows = [
        gradient_flow(model, am.mean(model([x]) for x in xs)) for xs in ([-1.0, -2.0], [-1.0, 2.0])
    ]
    assert [flow.layers[0].dead for flow in flows] == [["layers[0].neurons[0]"], []]


def test_a_unit_that_is_0_and_flat_on_some_samples_and_flat_on_others_is_saturated():
    model = fixed([1, 1, 1], "sigmoid", weight=1.0)
    flow = gradient_flow(model, am.mean(model([z]) for z in (-800.0, 9.0)))
    assert (flow.layers[0].dead, flow.layers[0].saturated) == ([], ["layers[0].neurons[0]"])


def test_an_activation_of_ones_own_has_its_own_steepest_slope():
    hard = am.Op("hard", "hard({})", lambda x: x * 4.0, lambda x, z: 4.0)
    picky = am.Op("picky", "picky({})", lambda x: 1 / 0, 1.0)
    assert steepest_slope(hard) == 4.0 and steepest_slope(picky) is None
    model = nn.MLP(1, [2, 1], activation=hard, seed=0)
    layer = gradient_flow(model, model([0.5])).layers[0]
    assert (layer.activation, layer.dead, layer.saturated) == ("hard", [], [])


# -- the verdict -----------------------------------------------------------------------------------


def relu_with_biases(*biases, weight=1.0):
    model = fixed([1, len(biases), 1], "relu", weight)
    for neuron, bias in zip(model.layers[0].neurons, biases, strict=True):
        neuron.b.data = bias
    return model


def chain(activation, weight, depth):
    return fixed([1] * (depth + 1), [activation] * depth, weight)


VERDICTS = {
    "healthy": (chain("tanh", 1.0, 5), [0.5], "keeps its size within a factor of 10"),
    "one layer": (chain("tanh", 1.0, 1), [0.5], "There is one layer"),
    "vanishing": (chain("sigmoid", 1.0, 5), [0.5], "shrinks to 0.0026 of itself, × 0.23 a layer"),
    "vanishing by weights": (chain("relu", 0.5, 5), [0.5], "shrinks to 0.062 of itself, × 0.5"),
    "not yet vanishing": (chain("relu", 0.5, 4), [0.5], "factor of 10: × 0.5 a layer"),
    "exploding": (chain("relu", 2.0, 5), [0.5], "grows to 16 times itself, × 2 a layer"),
    "not yet exploding": (chain("relu", 2.0, 4), [0.5], "factor of 10: × 2 a layer"),
    "exploding, half dead": (relu_with_biases(-9.0, 1.0, weight=9.0), [0.5] * 5, "Dead on these"),
    "all dead": (relu_with_biases(-9.0, -9.0), [0.5], "2 of 2 units of layers[0] are dead, 0 on"),
    "half dead": (relu_with_biases(-9.0, 1.0), [0.5] * 5, "1 of 2 units of layers[0] are dead"),
    "few samples": (relu_with_biases(-9.0, 1.0), [0.5] * 4, "Dead on these samples: 1 of 2 in"),
    "saturated": (chain("tanh", 8.0, 3), [0.5], "is saturated: tanh is flat there. Try smaller"),
    "right already": (chain("tanh", 1.0, 1), [9.0], "as it should be where outputs are right"),
    "not finite": (chain("relu", 1e200, 3), [0.5], "The loss is inf"),
}  # fmt: skip
WORDS = {"one layer": "healthy", "vanishing by weights": "vanishing", "not yet vanishing":
         "healthy", "not yet exploding": "healthy", "all dead": "dying", "half dead": "dying",
         "exploding, half dead": "exploding",
         "few samples": "healthy", "right already": "saturated"}  # fmt: skip


@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts(name):
    model, inputs, sentence = VERDICTS[name]
    flow = gradient_flow(model, am.mean(model([x]) for x in inputs))
    assert flow.verdict == WORDS.get(name, name)
    assert sentence in flow.sentence
    assert f"{flow.verdict}: {flow.sentence[:20]}" in flow.text.replace("\n", " ")
    repeat = compare_flows({"it": flow})
    assert re.search(rf"verdict +{flow.verdict}", repeat.text)


def test_an_infinite_gradient_of_a_finite_loss_is_not_finite():
    model = chain("relu", 1.0, 2)
    flow = gradient_flow(model, model([0.0]).sqrt())
    assert flow.loss == 0.0 and flow.verdict == "not finite"
    assert "nan or infinite from layers[1] on down" in flow.sentence


def test_a_wall_cuts_the_gradient():
    model = chain("tanh", 1.0, 3)
    loss = model.layers[2](model.layers[1](model.layers[0](0.5)).detach())
    flow = gradient_flow(model, loss)
    assert flow.verdict == "cut" and "No gradient comes to layers[1]" in flow.sentence
    assert flow.path is None and flow.layers[0].upstream.norm == 0.0
    assert flow.layers[2].factor == 0.0 and flow.layers[1].factor is None


def test_a_large_step_is_mentioned_and_a_small_one_not():
    model = chain("relu", 2.0, 5)
    loss = model([0.5])
    text = gradient_flow(model, loss).text.replace("\n", " ")
    assert "one step changes the parameters of layers[0]" in text
    assert "one step changes" not in gradient_flow(model, loss, lr=1e-6).text
    assert "one step changes" not in gradient_flow(model, loss, clip=0.1).text
    assert gradient_flow(model, loss, lr=0.0).layers[0].update_ratio == 0.0


def test_parameters_of_zero_that_change_have_no_ratio():
    model = chain("tanh", 0.0, 1)
    assert gradient_flow(model, model([0.5])).layers[0].update_ratio == math.inf


def test_many_layers_with_dead_units_are_counted():
    model = nn.MLP(1, [2] * 6 + [1], "relu", init="zeros")
    for path, parameter in model.named_parameters().items():
        parameter.data = 0.5 if "neurons[0]" in path else -1.0
    flow = gradient_flow(model, model([1.0]))
    assert [len(layer.dead) for layer in flow.layers] == [1] * 6 + [0]
    assert "1 of 2 in layers[2] and more in 3 other layers." in flow.sentence


SOFT = am.Op("soft", "soft({})", am.tanh, lambda x, z: 1.0 - z * z)  # not met before


def test_no_grad_has_no_say_in_what_is_saturated():
    model = nn.MLP(1, [1, 1], activation=SOFT, seed=0)
    loss = model([50.0])
    with am.no_grad():
        assert gradient_flow(model, loss).layers[0].saturated == ["layers[0].neurons[0]"]


# -- other models than MLPs ------------------------------------------------------------------------


class TwoBranches(nn.Module):
    """Two layers side by side, a third on top; both call their parameters neurons[0].w[0]."""

    def __init__(self):
        self.left, self.right = nn.Layer(2, 3, activation="tanh", seed=0), nn.Layer(1, 2, seed=1)
        self.top = nn.Layer(5, 1, activation="sigmoid", seed=2)
        self.scale, self.offset = Value(2.0), Value(-1.0)

    def __call__(self, x, y):
        return self.top([*self.left(x), *self.right(y)]) * self.scale + self.offset.exp()


def test_layers_of_other_names_and_side_by_side():
    model = TwoBranches()
    flow = gradient_flow(model, model([1.0, 2.0], [0.5]) ** 2)
    assert [(layer.name, layer.units, layer.activation) for layer in flow.layers] == [
        ("left", 3, "tanh"), ("right", 2, "relu"), ("top", 1, "sigmoid"), ("scale", 1, "linear"),
    ]  # fmt: skip
    assert flow.outside == ["offset"] and "In no layer: offset." in flow.text
    left, right, top, _ = flow.layers
    below = math.hypot(left.upstream.norm, right.upstream.norm)
    assert top.factor == pytest.approx(below / top.upstream.norm, rel=1e-12)


class Crossed(nn.Module):
    """Two layers below, of which each feeds one neuron of the layer above."""

    def __init__(self):
        self.left, self.right = nn.Layer(1, 2, seed=0), nn.Layer(1, 2, seed=1)
        self.top = nn.Layer(2, 2, activation="tanh", seed=2)

    def __call__(self, x):
        first, second = self.top.neurons
        return first(self.left([x])) + second(self.right([-x]))


def test_a_layer_is_fed_by_all_that_feed_its_neurons():
    model = Crossed()
    left, right, top = gradient_flow(model, model(1.0)).layers
    below = math.hypot(left.upstream.norm, right.upstream.norm)
    assert left.upstream.norm > 0.0 < right.upstream.norm
    assert top.factor == pytest.approx(below / top.upstream.norm, rel=1e-12)


def test_the_parameters_of_another_model_are_no_layers():
    """A generator below a critic: both call their parameters layers[0].neurons[0].w[0]."""
    generator = nn.MLP(1, [2, 2], "tanh", seed=0)
    critic = nn.MLP(2, [3, 1], "tanh", seed=1)
    loss = critic(generator([0.5]))
    flow = gradient_flow(generator, loss)
    assert [layer.units for layer in flow.layers] == [2, 2] and len(flow.inputs) == 0
    upper = gradient_flow(critic, loss)
    assert [layer.units for layer in upper.layers] == [3, 1]
    loss.backward()
    assert flow.norm == pytest.approx(math.hypot(*[p.grad for p in generator.parameters()]))
    assert upper.norm == pytest.approx(math.hypot(*[p.grad for p in critic.parameters()]))


class Recurrent(nn.Module):
    """A cell of two units, unrolled: the same parameters at each step."""

    def __init__(self):
        self.cell = nn.Layer(3, 2, activation="tanh", init="xavier", seed=3)

    def __call__(self, inputs):
        state = [0.0, 0.0]
        for x in inputs:
            state = self.cell([x, *state])
        return am.sum(state)


def test_a_cell_is_a_layer_for_each_time_that_it_is_used():
    model = Recurrent()
    loss = model([1.0, -1.0, 0.5])
    flow = gradient_flow(model, loss)
    assert [layer.name for layer in flow.layers] == ["cell, use 1", "cell, use 2", "cell, use 3"]
    loss.backward()
    sums = map(sum, zip(*[layer.gradients.numbers for layer in flow.layers], strict=True))
    assert list(sums) == pytest.approx([p.grad for p in model.parameters()], rel=1e-12)
    assert flow.norm == pytest.approx(math.hypot(*[p.grad for p in model.parameters()]))


class ByHand(nn.Module):
    """Neurons written out, in lists of their own: no dot, no Layer."""

    def __init__(self, depth):
        self.w = [Value(0.5 + 0.1 * i) for i in range(depth)]
        self.b = [Value(0.1) for _ in range(depth)]

    def __call__(self, x):
        for w, b in zip(self.w, self.b, strict=True):
            x = (x * w + b).tanh()
        return x


def test_neurons_written_by_hand():
    model = ByHand(4)
    loss = model(Value(0.3))
    flow = gradient_flow(model, loss)
    assert [layer.name for layer in flow.layers] == ["w[0]", "w[1]", "w[2]", "w[3]"]
    loss.backward()
    pairs = zip(model.w, model.b, strict=True)
    assert [layer.gradients.numbers for layer in flow.layers] == [
        (w.grad, b.grad) for w, b in pairs
    ]
    assert [step.weight for step in flow.path.steps] == [w.data for w in reversed(model.w)]
    assert flow.path.product == pytest.approx(flow.inputs.norm, rel=1e-12)


@pytest.mark.parametrize(
    "model, name", [(nn.Layer(2, 3, seed=0), "model"), (nn.Neuron(2, seed=0), "model")], ids=repr
)
def test_a_layer_or_a_neuron_alone(model, name):
    outputs = model([1.0, 2.0])
    flow = gradient_flow(model, am.sum(outputs) if isinstance(outputs, list) else outputs)
    assert [layer.name for layer in flow.layers] == [name]


def test_a_list_of_parameters_will_do():
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    loss = moons_loss(model)
    assert gradient_flow(model.parameters(), loss).text == gradient_flow(model, loss).text
    w = Value(0.5)
    assert [layer.name for layer in gradient_flow([w], ((0.5 * w).tanh() * w).tanh()).layers] == [
        "model, use 1", "model, use 2",
    ]  # fmt: skip


def test_an_activation_of_several_operations_counts_above():
    model = nn.MLP(1, [1, 1], activation=lambda z: z * z.sigmoid(), seed=0)
    flow = gradient_flow(model, model([Value(0.5)]))
    assert [layer.activation for layer in flow.layers] == ["linear", "linear"]
    assert math.prod(flow.factors.values()) == pytest.approx(flow.inputs.norm, rel=1e-12)
    assert [step.name for step in flow.path.steps] == [
        "layers[1].neurons[0]", "between", "layers[0].neurons[0]",
    ]  # fmt: skip


def test_parameters_without_a_weighted_sum():
    class Scale(nn.Module):
        def __init__(self):
            self.a, self.b = Value(2.0), Value(3.0)

        def __call__(self):
            return self.a.exp() + self.b

    model = Scale()
    flow = gradient_flow(model, model())
    assert (flow.layers, flow.verdict, flow.outside) == ([], "no layers", ["a", "b"])
    assert "In no layer: a and b." in flow.text and compare_flows({"it": flow}).text


def test_parameters_that_the_loss_does_not_need():
    model = nn.MLP(2, [3, 1], seed=0)
    loss = am.sum(model.layers[0]([1.0, 2.0]))
    flow = gradient_flow(model, loss)
    assert flow.unused == [f"layers[1].neurons[0].{p}" for p in ("w[0]", "w[1]", "w[2]", "b")]
    assert "does not depend on layers[1].neurons[0].w[0]," in flow.text.replace("\n", " ")


def test_targets_that_are_leaves_are_no_inputs():
    model, target = nn.MLP(1, [2, 1], "tanh", seed=0), Value(1e9, "layers[7].neurons[0].w[0]")
    flow = gradient_flow(model, losses.mse(model([0.5]), [target]))
    assert len(flow.inputs) == 0 and flow.path.end.startswith("z of")
    assert [layer.name for layer in flow.layers] == ["layers[0]", "layers[1]"]


# -- it is only a reader ---------------------------------------------------------------------------


def test_nothing_is_altered():
    model = nn.MLP(2, [5, 1], seed=0)
    loss = moons_loss(model)
    model.parameters()[0].grad = 3.0
    order = am.topological_order(loss)
    before = [
        (n._data, n._grad, n.label, n.op, n.parents, n._numbers, n._contribute) for n in order
    ]
    flow = gradient_flow(model, loss, clip=1.0)
    assert repr(flow) and flow.chart and flow._repr_html_()
    assert [
        (n._data, n._grad, n.label, n.op, n.parents, n._numbers, n._contribute) for n in order
    ] == before


def test_it_keeps_the_numbers_of_its_moment():
    model = chain("tanh", 1.0, 3)
    flow = gradient_flow(model, model([0.5]))
    text = flow.text
    model.layers[0].neurons[0].w[0].data = 99.0
    assert flow.text == text


def fails(kind, *arguments, **options):
    with pytest.raises(kind) as caught:
        gradient_flow(*arguments, **options)
    return str(caught.value)


def test_errors_are_sentences():
    model, other = nn.MLP(1, [1], seed=0), nn.MLP(1, [1], seed=0)
    loss = model([0.5])
    assert "which is a Value, not float" in fails(TypeError, model, 1.0)
    assert "none of the 2 parameters of MLP of" in fails(ValueError, other, loss)
    assert "give the loss that was computed with this model" in fails(ValueError, other, loss)
    assert "has no parameters" in fails(ValueError, nn.Module(), loss)
    assert "not None" in fails(TypeError, None, loss)
    assert "not 'model'" in fails(TypeError, "model", loss)
    assert "`lr` is -1.0" in fails(ValueError, model, loss, lr=-1.0)
    assert "`clip` is" in fails(ValueError, model, loss, clip=math.nan)
    twice = [Value(1.0, "w"), Value(2.0, "w")]
    assert "two of the parameters are labelled 'w'" in fails(ValueError, twice, loss)
    with am.no_grad():
        constant = model([0.5])
    assert "is a constant" in fails(ValueError, model, constant)
    model.layers[0].neurons[0].b.data = 5.0
    assert "recompute()" in fails(am.StaleGraph, model, loss)


def test_to_compare_takes_flows_or_pairs():
    model = chain("tanh", 1.0, 2)
    loss = model([0.5])
    both = compare_flows({"a": (model, loss), "b": gradient_flow(model, loss)}, lr=0.1)
    assert both.flows["a"].text == both.flows["b"].text
    assert compare_flows({"a": [model, loss]}, clip=0.5).flows["a"].clip == 0.5
    with pytest.raises(ValueError, match="nothing to compare"):
        compare_flows({})
    with pytest.raises(TypeError, match="not Value"):
        compare_flows({"a": loss})
    with pytest.raises(TypeError, match="give a dict by name"):
        compare_flows([(model, loss)])


# -- what is shown ---------------------------------------------------------------------------------


def pair(activation):
    model = nn.MLP(64, [12] * 4 + [10], activation, init="xavier", seed=1)
    return model, digits_loss(model)


def of_depth(depth):
    model = nn.MLP(2, [6] * (depth - 1) + [1], "relu", init="he", seed=0)
    return model, moons_loss(model)


TEXTS = {
    "sigmoid": lambda: gradient_flow(*pair("sigmoid"), clip=0.1).text,
    "relu": lambda: gradient_flow(*pair("relu")).text,
    "chart": lambda: gradient_flow(*pair("sigmoid")).chart,
    "compared": lambda: compare_flows({each: pair(each) for each in NUMPY}).text,
    "depths": lambda: compare_flows({str(n): of_depth(n) for n in (2, 3)}, clip=0.5).text,
    "chain": lambda: deep_sigmoids.repeated_flow("sigmoid", 1.0, 20).text,
    "repeated": deep_sigmoids.repeated_table,
}
GOLDEN = golden_files("training/flow", [f"{name}.txt" for name in TEXTS])


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXTS)
def test_texts(name):
    text = TEXTS[name]()
    assert text + "\n" == golden_text(GOLDEN / f"{name}.txt", text + "\n")
    assert max(map(len, text.splitlines())) <= 82


def test_html_for_notebooks():
    model = chain("tanh", 1.0, 2)
    flow = gradient_flow(model, model([0.5]))
    for shown in (flow, compare_flows({"<b>": flow})):
        html = shown._repr_html_()
        assert html.startswith("<pre") and "|dL/da|" in html and "<b>" not in html
    assert repr(flow.layers[1]) == "LayerFlow('layers[1]', 1 tanh, |dL/da| 1, factor 0.814)"
    assert "PathStep('layers[1].neurons[0]'" in repr(flow.path.steps[0]) and repr(flow.path)


def test_spreads():
    spread = Spread([3.0, -4.0, 0.0])
    assert (spread.norm, spread.largest, len(spread)) == (5.0, 4.0, 3)
    assert spread.mean == pytest.approx(-1 / 3)
    assert spread.deviation == pytest.approx(float(np.std([3.0, -4.0, 0.0])))
    for share in (0.0, 0.1, 0.5, 0.77, 1.0):
        expected = float(np.quantile([3.0, -4.0, 0.0], share))
        assert spread.quantile(share) == pytest.approx(expected)
    with pytest.raises(ValueError, match="from 0 to 1"):
        spread.quantile(2.0)
    empty = Spread([])
    assert (empty.mean, empty.norm, empty.deviation, empty.quantile(0.5)) == (0, 0, 0, 0)
    assert Spread([1e300, 1e300]).norm == pytest.approx(math.sqrt(2) * 1e300)
    assert math.isnan(Spread([1.0, math.nan]).largest) and math.isnan(Spread([math.nan]).norm)


def test_bars_grow_by_powers_of_ten():
    lengths = [line.count("█") for line in bars({"a": 100.0, "b": 1.0, "c": 0.01, "d": 0.0})]
    assert lengths == [40, 20, 1, 0]
    close = [line.count("█") for line in bars({"a": 1.0, "b": 0.9})]
    assert close[0] == 40 and close[1] >= 37  # what is nearly the same looks so
    assert "∞" in bars({"a": math.inf, "b": 1.0})[0] and bars({}) == []


# -- plots -----------------------------------------------------------------------------------------


def test_plots_show_every_layer(tmp_path):
    pytest.importorskip("matplotlib")
    flow = gradient_flow(*pair("sigmoid"))
    figure = flow.plot().figure
    sizes, activations, gradients = figure.axes
    lines = [list(line.get_ydata()) for line in sizes.lines]
    assert lines[0] == [layer.upstream.norm for layer in flow.layers]
    assert lines[1] == [layer.gradients.norm for layer in flow.layers]
    for axes in (sizes, activations, gradients):
        labels = [label.get_text() for label in axes.get_xticklabels()]
        assert labels == [layer.name for layer in flow.layers]
    flow.plot().save(tmp_path / "flow.png")
    assert (tmp_path / "flow.png").read_bytes().startswith(b"\x89PNG")


def test_a_comparison_is_lined_up_at_the_loss():
    pytest.importorskip("matplotlib")
    flows = {str(n): deep_sigmoids.repeated_flow("tanh", 1.0, n) for n in (2, 4)}
    short, long = [
        list(line.get_ydata()) for line in compare_flows(flows).plot().figure.axes[0].lines
    ]
    assert len(short) == len(long) == 4 and np.isnan(short[:2]).all()
    assert short[2:] == [layer.upstream.norm for layer in flows["2"].layers]


@pytest.mark.parametrize("model", [chain("relu", 0.0, 3), chain("tanh", 1.0, 100)], ids=repr)
def test_a_plot_of_zeros_or_of_many_layers(model):
    pytest.importorskip("matplotlib")
    flow = gradient_flow(model, model([0.5]))
    assert b"<svg" in flow.plot().content(".svg")
    assert b"<svg" in compare_flows({"it": flow}).plot().content(".svg")
    assert len(flow.plot().figure.axes[0].get_xticks()) <= 24


def test_without_matplotlib_there_is_a_chart_of_text(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    flow = deep_sigmoids.repeated_flow("tanh", 1.0, 3)
    for shown, text in ((flow, flow.chart), (compare_flows({"it": flow}),) * 2):
        assert repr(shown.plot()) == str(text)
        shown.plot().save(tmp_path / "flow.txt")
        assert (tmp_path / "flow.txt").read_text() == f"{text}\n"
        with pytest.raises(am.MissingExtra, match=r"autograd_mini\[plot\]"):
            shown.plot().save(tmp_path / "flow.png")
    assert flow.chart.count("█") > 90


# -- Nielsen's deep networks -----------------------------------------------------------------------


@pytest.mark.parametrize("cost", deep_sigmoids.COSTS)
def test_speeds_are_the_norms_of_the_biases_gradients(cost):
    """Beside BP1 to BP4 with matrices, on the same weights."""
    data = datasets.iris()[::10]
    kinds = ["sigmoid"] * 2 + [deep_sigmoids.COSTS[cost][0]]
    model = nn.MLP(4, [5, 5, 3], kinds, init="nielsen", seed=4)
    act, slope = NUMPY["sigmoid"]
    total = [np.zeros(5), np.zeros(5)]
    for x, label in data:
        zs, a = [], np.array(x)
        for layer in model.layers:
            w = np.array([[p.data for p in n.w] for n in layer.neurons])
            zs.append(w @ a + np.array([n.b.data for n in layer.neurons]))
            a = act(zs[-1])
        delta = a - np.eye(3)[label]
        delta = delta * slope(zs[2]) if cost == "quadratic" else delta
        for i in (1, 0):
            above = model.layers[i + 1].neurons
            delta = np.array([[p.data for p in n.w] for n in above]).T @ delta * slope(zs[i])
            total[i] += delta / len(data)
    speeds = deep_sigmoids.learning_speeds(data, 2, cost, seed=4, width=5)
    assert speeds == pytest.approx([float(np.linalg.norm(each)) for each in total], rel=1e-10)


@pytest.mark.slow
def test_each_earlier_layer_of_sigmoids_learns_several_times_slower():
    speeds = deep_sigmoids.learning_speeds(datasets.digits()[:100], 3, "cross-entropy", width=10)
    assert all(2.0 < factor < 20.0 for factor in deep_sigmoids.factors(speeds))
    with pytest.raises(ValueError, match="choose one of quadratic, cross-entropy"):
        deep_sigmoids.learning_speeds(datasets.iris(), 1, "mse")


def test_nielsens_factors_as_he_logged_them():
    found = [f"{f:.1f}" for s in deep_sigmoids.NIELSEN.values() for f in deep_sigmoids.factors(s)]
    assert found == ["4.7", "5.1", "4.7", "5.7", "4.1", "4.1"]


# -- the command -----------------------------------------------------------------------------------


def run(capsys, *arguments):
    status = cli.main(["flow", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.slow
def test_the_command_without_a_data_set_shows_repeated_units(capsys):
    status, text, _ = run(capsys)
    assert status == 0 and deep_sigmoids.repeated_table() in text and "flow digits" in text


@pytest.mark.slow
@pytest.mark.parametrize("data", ["iris", "digits", "moons", "circles", "spirals", "xor"])
def test_the_command_on_every_data_set(data, capsys):
    status, text, _ = run(capsys, data, "--depth", "3", "--width", "4", "--samples", "6")
    assert status == 0 and "layers[2]" in text and "The dominant path" in text
    assert ("10 linear" in text) == (data == "digits")


def test_the_command_compares_side_by_side(capsys, tmp_path):
    pytest.importorskip("matplotlib")
    status, text, _ = run(
        capsys, "moons", "--depth", "4", "--width", "5", "--activation", "sigmoid,tanh",
        "--init", "xavier,he", "--clip", "0.1", "--plot", str(tmp_path / "flows.svg"),
    )  # fmt: skip
    assert status == 0
    heads = [line for line in text.splitlines() if line.startswith("init")]
    assert heads == ["init xavier, 4 layers.", "init he, 4 layers."]
    assert text.count("verdict") == 2 and text.count("clipped to") == 2
    assert "Wrote" in text and (tmp_path / "flows.svg").exists()
    assert [len(line.split()) for line in text.splitlines() if "layers[0]" in line] == [3, 3]


def test_the_command_compares_depths(capsys):
    status, text, _ = run(capsys, "moons", "--depth", "2,4", "--width", "3")
    assert status == 0 and text.startswith("tanh, init xavier.") and "last - 3" in text


@pytest.mark.slow
def test_the_command_measures_nielsens_networks(capsys, monkeypatch):
    small = functools.partial(deep_sigmoids.learning_speeds, width=3)
    monkeypatch.setattr(deep_sigmoids, "learning_speeds", small)
    monkeypatch.setattr(deep_sigmoids, "DEPTHS", (2,))
    status, text, _ = run(capsys, "--nielsen")
    assert status == 0 and text.count("Nielsen  ") == 2 and "cross-entropy cost" in text
    status, _, error = run(capsys, "iris", "--nielsen")
    assert status == 2 and "not for iris" in error


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments, message",
    [
        (["moons", "--activation", "tank"], "unknown activation 'tank'"),
        (["moons", "--init", "warm"], "unknown init 'warm'"),
        (["moons", "--samples", "0"], "--samples is 0"),
        (["moons", "--width", "0"], "must be 1 or more"),
        (["moons", "--lr", "-1"], "`lr` is -1.0"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, message, capsys):
    status, _, error = run(capsys, *arguments)
    assert status == 2 and message in error


def test_the_command_wants_whole_depths(capsys):
    for depth in ("0", "two", "3,", "-1"):
        with pytest.raises(SystemExit):
            cli.main(["flow", "moons", f"--depth={depth}"])
        assert "whole numbers such as 5,10,20" in capsys.readouterr().err
