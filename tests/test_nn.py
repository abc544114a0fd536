"""Networks: micrograd's numbers, the activations' formulas, files that fit or are refused."""

from __future__ import annotations

import collections
import copy
import dataclasses
import json
import math
import os
import pickle
import random
import re
import stat
import statistics
import struct
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd_mini import Value, files, nn, no_grad, topological_order
from autograd_mini.engine import ops
from autograd_mini.nn import MLP, Layer, Module, Neuron, load, save
from support.interrupts import interrupted_everywhere
from support.rows import each_row


def numbers(model: Module) -> list[float]:
    return [parameter.data for parameter in model.parameters()]


def bits(values: list[float]) -> list[bytes]:
    """For comparing floats with their signs of zero; every nan counts as the same."""
    return [b"nan" if x != x else struct.pack("<d", x) for x in values]


def tiny(**choices: Any) -> MLP:
    return MLP(2, [2, 1], seed=7, **choices)


# -- micrograd -------------------------------------------------------------------------------------


def test_without_a_seed_the_weights_are_pythons_in_micrograds_order() -> None:
    random.seed(1337)
    model = MLP(2, [3, 1])
    source = random.Random(1337)
    for layer in model.layers:
        for neuron in layer.neurons:
            assert [w.data for w in neuron.w] == [source.uniform(-1, 1) for _ in neuron.w]
            assert neuron.b.data == 0.0
    assert random.getstate() == source.getstate()


def test_the_weights_are_micrograds() -> None:
    micrograd = pytest.importorskip("micrograd.nn", reason="micrograd is not installed")
    random.seed(1337)
    theirs = micrograd.MLP(2, [16, 16, 1])
    random.seed(1337)
    ours = MLP(2, [16, 16, 1])
    assert numbers(ours) == [parameter.data for parameter in theirs.parameters()]
    assert len(numbers(ours)) == 337


def train_like_micrograd(model: Any, points: list[list[float]], signs: list[int]) -> list[float]:
    """Ten steps of gradient descent on a hinge loss with decay, in what both libraries can do."""
    losses = []
    for _ in range(10):
        scores = [model(point) for point in points]
        hinges = [(1 + -y * score).relu() for y, score in zip(signs, scores, strict=True)]
        loss = sum(hinges) * (1.0 / len(hinges))
        loss = loss + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        for parameter in model.parameters():
            parameter.data -= 0.1 * parameter.grad
        losses.append(loss.data)
    return losses


def test_ten_steps_of_training_give_micrograds_losses() -> None:
    micrograd = pytest.importorskip("micrograd.nn", reason="micrograd is not installed")
    source = random.Random(5)
    points = [[source.uniform(-1, 1), source.uniform(-1, 1)] for _ in range(20)]
    signs = [1 if x * y > 0 else -1 for x, y in points]
    losses = []
    for library in (micrograd, nn):
        random.seed(1337)
        losses.append(train_like_micrograd(library.MLP(2, [4, 4, 1]), points, signs))
    theirs, ours = losses
    assert ours == pytest.approx(theirs, abs=1e-9, rel=0)
    assert ours[-1] < ours[0]


# -- chance ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [lambda seed: MLP(3, [4, 2], seed=seed),
                                  lambda seed: Layer(3, 4, seed=seed),
                                  lambda seed: Neuron(9, seed=seed)])  # fmt: skip
@pytest.mark.parametrize("init", ["uniform", "nielsen"])
def test_a_seed_repeats_itself_and_leaves_the_global_generator_alone(make: Any, init: str) -> None:
    before = random.getstate()
    assert numbers(make(3)) == numbers(make(3)) != numbers(make(4))
    assert random.getstate() == before


def test_a_seed_draws_different_weights_for_each_neuron_and_layer() -> None:
    weights = [number for number in numbers(MLP(4, [4, 4, 4], seed=0)) if number]
    assert len(set(weights)) == len(weights) == 48


def test_a_generator_can_be_shared() -> None:
    source = random.Random(3)
    first, second = Layer(3, 4, seed=source), Layer(3, 4, seed=source)
    assert numbers(first) == numbers(Layer(3, 4, seed=3)) != numbers(second)


NIN, NOUT = 60, 180
UNIFORM, NORMAL = math.sqrt(1 / 3), 1.0  # standard deviations

INITS = {  # (what a weight is multiplied by, which distribution)
    "uniform": (1.0, UNIFORM),
    "xavier": (math.sqrt(6 / 240), UNIFORM),
    "he": (math.sqrt(2 / 60), NORMAL),
    "lecun": (math.sqrt(1 / 60), NORMAL),
    "nielsen": (math.sqrt(1 / 60), NORMAL),
}


@pytest.mark.slow
@pytest.mark.parametrize("init", INITS)
def test_the_weights_are_spread_as_the_papers_say(init: str) -> None:
    layer = Layer(NIN, NOUT, init=init, seed=11)
    weights = [w.data for neuron in layer.neurons for w in neuron.w]
    scale, deviation = INITS[init]
    assert statistics.fmean(weights) == pytest.approx(0, abs=0.04 * scale)
    assert statistics.pstdev(weights) == pytest.approx(scale * deviation, rel=0.03)
    furthest = max(map(abs, weights)) / scale
    assert 0.99 < furthest <= 1.0 if deviation == UNIFORM else 3.0 < furthest < 6.0


@pytest.mark.slow
@pytest.mark.parametrize("init", [*INITS, "zeros"])
def test_the_biases_are_zero_but_for_nielsens(init: str) -> None:
    biases = [neuron.b.data for neuron in Layer(1, 2000, init=init, seed=11).neurons]
    if init == "nielsen":
        assert statistics.fmean(biases) == pytest.approx(0, abs=0.1)
        assert statistics.pstdev(biases) == pytest.approx(1, rel=0.06)
    else:
        assert set(biases) == {0.0}


def test_zeros_are_zeros() -> None:
    assert set(numbers(MLP(2, [2, 1], init="zeros"))) == {0.0}


# -- what a network computes -----------------------------------------------------------------------

FORMULAS: dict[str, Callable[[Any], Any]] = {
    "linear": lambda z: z,
    "relu": lambda z: max(z, 0),
    "leaky_relu": lambda z: z if z > 0 else z / 100,
    "elu": lambda z: z if z > 0 else mpmath.expm1(z),
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
    "silu": lambda z: z / (1 + mpmath.exp(-z)),
    "gelu": lambda z: z * mpmath.ncdf(z),
    "tanh": mpmath.tanh,
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
}


def test_every_activation_has_a_formula_and_a_title() -> None:
    assert set(FORMULAS) == set(nn._ACTIVATIONS) == set(nn._TITLES)


@each_row("name", FORMULAS)
@each_row("z", [-2.5, -0.3, 0.0, 0.7, 3.0])
def test_activations_compute_their_formulas(name: str, z: float) -> None:
    neuron = Neuron(1, activation=name, init="zeros")
    neuron.b.data = z
    with mpmath.workdps(30):
        expected = float(FORMULAS[name](mpmath.mpf(z)))
    assert neuron([1.0]).data == pytest.approx(expected, rel=1e-14, abs=1e-16)


def set_numbers(model: Module, values: list[float]) -> None:
    for parameter, number in zip(model.parameters(), values, strict=True):
        parameter.data = number


def test_a_network_small_enough_to_compute_by_hand() -> None:
    model = MLP(2, [2, 1])
    set_numbers(model, [1.0, -2.0, 0.5, 3.0, 1.0, -1.0, 2.0, -4.0, 0.25])
    output = model([2.0, 1.0])
    # relu(1*2 - 2*1 + 0.5) = 0.5, relu(3*2 + 1*1 - 1) = 6, and 2*0.5 - 4*6 + 0.25 = -22.75
    assert output.data == -22.75
    output.backward()
    grads = [parameter.grad for parameter in model.parameters()]
    assert grads == [4.0, 2.0, 2.0, -8.0, -4.0, -4.0, 0.5, 6.0, 1.0]


def test_gradients_are_the_slopes() -> None:
    model = MLP(3, [4, 3, 2], activation=["tanh", "silu", "sigmoid"], seed=2)
    inputs = [0.3, -1.2, 0.8]

    def height() -> float:
        first, second = model(inputs)
        return first.data - 2.0 * second.data

    first, second = model(inputs)
    (first - 2.0 * second).backward()
    for path, parameter in model.named_parameters().items():
        centre, slope = parameter.data, parameter.grad
        parameter.data = centre + 1e-5
        above = height()
        parameter.data = centre - 1e-5
        assert (above - height()) / 2e-5 == pytest.approx(slope, abs=1e-9), path
        parameter.data = centre


def test_one_name_is_for_the_hidden_layers_and_a_list_for_all() -> None:
    def activations(model: MLP) -> list[list[Any]]:
        return [[neuron.activation for neuron in layer.neurons] for layer in model.layers]

    assert activations(MLP(2, [2, 1])) == [["relu", "relu"], ["linear"]]
    assert activations(MLP(2, [1, 2], "tanh")) == [["tanh"], ["linear", "linear"]]
    assert activations(MLP(2, [1])) == [["linear"]]
    assert activations(MLP(2, [2, 1], ["elu", "gelu"])) == [["elu", "elu"], ["gelu"]]
    assert activations(MLP(2, [1], ("silu",))) == [["silu"]]


def test_nonlin_is_as_in_micrograd() -> None:
    assert Neuron(2).activation == Neuron(2, True).activation == "relu"
    assert Neuron(2, False).activation == Neuron(2, nonlin=False).activation == "linear"
    assert [neuron.activation for neuron in Layer(2, 2, nonlin=False).neurons] == ["linear"] * 2


def test_an_activation_may_be_a_function_or_a_row() -> None:
    def cube(z: Value) -> Value:
        return z * z * z

    for function in (cube, ops.Op("cube", "{}³", lambda x: x * x * x, lambda x, z: 3.0 * x * x)):
        model = MLP(1, [1, 1], activation=function)
        set_numbers(model, [2.0, 1.0, 1.0, 0.0])
        output = model([1.0])
        output.backward()
        assert output.data == 27.0
        assert model.layers[0].neurons[0].b.grad == 27.0
        assert repr(model.layers[0]) == "Layer of [cubeNeuron(1)]"


def test_an_activation_may_be_changed_later() -> None:
    neuron = Neuron(1, init="zeros")
    neuron.b.data = -1.0
    assert neuron([0.0]).data == 0.0
    neuron.activation = "linear"
    assert neuron([0.0]).data == -1.0
    neuron.activation = "nonsense"
    assert repr(neuron) == "nonsenseNeuron(1)"


@pytest.mark.parametrize("make", [Layer, lambda nin, nout: MLP(nin, [4, nout])])
def test_one_output_is_a_value_and_several_are_a_list(make: Callable[[int, int], Any]) -> None:
    assert type(make(2, 1)([1, 2])) is Value
    for nout in (2, 3):
        outputs = make(2, nout)([1, 2])
        assert type(outputs) is list and [type(output) for output in outputs] == [Value] * nout


@pytest.mark.parametrize("make", [Neuron, lambda nin: Layer(nin, 2), lambda nin: MLP(nin, [3, 2])])
@pytest.mark.parametrize("one", [2, 2.0, True, Value(2.0)], ids=repr)
def test_one_input_may_be_given_by_itself(make: Callable[[int], Any], one: Any) -> None:
    module = make(1)
    by_itself, in_a_list = module(one), module([one])
    if isinstance(module, Neuron):
        by_itself, in_a_list = [by_itself], [in_a_list]
    assert [output.data for output in by_itself] == [output.data for output in in_a_list]


def test_layers_of_one_fit_together() -> None:
    first, second = Layer(1, 1, nonlin=False, seed=0), Layer(1, 1, nonlin=False, seed=1)
    x = Value(2.0)
    output = second(first(x))
    output.backward()
    slopes = [layer.neurons[0].w[0].data for layer in (first, second)]
    assert output.data == pytest.approx(2.0 * slopes[0] * slopes[1])
    assert x.grad == pytest.approx(slopes[0] * slopes[1])
    assert type(MLP(3, [1, 4, 1])([1.0, 2.0, 3.0])) is Value  # narrow in the middle
    assert len(MLP(1, [1, 1, 2])(0.5)) == 2


def test_the_last_layer_may_have_an_activation_of_its_own() -> None:
    def kinds(model: MLP) -> list[Any]:
        return [layer.neurons[0].activation for layer in model.layers]

    assert kinds(MLP(2, [3, 3, 1])) == ["relu", "relu", "linear"]
    assert kinds(MLP(2, [3, 3, 1], output="tanh")) == ["relu", "relu", "tanh"]
    assert kinds(MLP(2, [3, 1], "silu", output="sigmoid")) == ["silu", "sigmoid"]
    assert kinds(MLP(2, [1], output=math.sin)) == [math.sin]
    model = MLP(2, [3, 1], output="tanh", seed=0)
    assert model([1.0, 2.0]).op.name == "tanh"
    assert model([1.0, 2.0]).data == math.tanh(MLP(2, [3, 1], seed=0)([1.0, 2.0]).data)


def test_a_pre_activation_is_one_node_and_inputs_are_shared() -> None:
    output = MLP(2, [3, 1])([0.5, -0.5])
    nodes = topological_order(output)
    assert Counter(node.op.name for node in nodes if node.op) == {"dot": 4, "relu": 3}
    assert sorted(node.data for node in nodes if node.is_constant) == [-0.5, 0.5]
    assert len(nodes) == 13 + 7 + 2  # parameters, results, inputs


@pytest.mark.parametrize("inputs", [[1, True], (1.0, 1.0), iter([1.0, 1.0]), [Value(1.0), 1.0]])
def test_inputs_are_numbers_or_values_in_any_order_of_giving(inputs: Any) -> None:
    assert tiny()(inputs).data == tiny()([1.0, 1.0]).data


def test_inputs_from_numpy() -> None:
    numpy = pytest.importorskip("numpy")
    model = tiny()
    assert model(numpy.array([0.5, 2.0])).data == model([0.5, 2.0]).data
    assert model.layers[0].neurons[0](numpy.array([0.5, 2.0])).data == model.layers[0](
        [0.5, 2.0]
    )[0].data  # fmt: skip


def test_inputs_may_be_values_that_want_a_gradient() -> None:
    neuron, x = Neuron(1, False, init="zeros"), Value(3.0)
    neuron.w[0].data = 5.0
    neuron([x]).backward()
    assert (x.grad, neuron.w[0].grad) == (5.0, 3.0)


def test_under_no_grad_there_is_no_graph() -> None:
    with no_grad():
        output = tiny()([1.0, 2.0])
    assert output.is_constant and output.data == tiny()([1.0, 2.0]).data


def test_a_neuron_of_your_own_may_stand_in_a_layer() -> None:
    class Twice(Neuron):
        def __call__(self, inputs: Any) -> Any:
            return 2.0 * super().__call__(inputs)

    layer = Layer(1, 2, nonlin=False, seed=0)
    expected = 2.0 * layer([3.0])[1].data
    layer.neurons[1] = Twice(1, False, seed=random.Random())
    layer.neurons[1].w[0].data = expected / 6.0
    assert layer([3.0])[1].data == pytest.approx(expected)


# -- parameters ------------------------------------------------------------------------------------


def test_parameters_are_labelled_by_path() -> None:
    assert [p.label for p in MLP(1, [2, 1]).parameters()] == [
        "layers[0].neurons[0].w[0]", "layers[0].neurons[0].b",
        "layers[0].neurons[1].w[0]", "layers[0].neurons[1].b",
        "layers[1].neurons[0].w[0]", "layers[1].neurons[0].w[1]", "layers[1].neurons[0].b",
    ]  # fmt: skip
    assert [p.label for p in Layer(1, 2).parameters()] == [
        "neurons[0].w[0]", "neurons[0].b", "neurons[1].w[0]", "neurons[1].b",
    ]  # fmt: skip
    assert [p.label for p in Neuron(2).parameters()] == ["w[0]", "w[1]", "b"]


def test_parameters_come_in_micrograds_order() -> None:
    model = MLP(3, [2, 2])
    expected = [p for layer in model.layers for n in layer.neurons for p in [*n.w, n.b]]
    assert list(map(id, model.parameters())) == list(map(id, expected))
    assert list(map(id, model.named_parameters().values())) == list(map(id, expected))


class Everything(Module):
    """One of each that can hold a parameter or something that is none."""

    def __init__(self) -> None:
        self.scale = Value(1.0)
        self.pair = (Value(2.0), [Value(3.0)])
        self.heads = {"a": Neuron(1), 5: Value(4.0), (1, 2): Value(5.0)}
        self.same = self.scale
        self._result = self.scale * 2.0
        self._constant = self._result.parents[1]
        self.count, self.name, self.nothing = 3, "net", None
        self._hidden = Value(6.0)
        self._self = self


def test_a_module_finds_its_parameters() -> None:
    assert list(Everything().named_parameters()) == [
        "scale", "pair[0]", "pair[1][0]", "heads.a.w[0]", "heads.a.b", "heads[5]", "heads[(1, 2)]",
    ]  # fmt: skip
    assert len(Everything().parameters()) == 7
    assert Module().parameters() == []


def test_a_shared_parameter_is_given_once() -> None:
    model = tiny()
    model.layers.append(model.layers[0])
    model.layers[1].neurons[0].b = model.layers[0].neurons[0].b
    assert len(model.parameters()) == 8
    assert list(model.named_parameters())[2] == "layers[0].neurons[0].b"


def network(**attributes: object) -> Module:
    made = Module()
    for name, part in attributes.items():
        setattr(made, name, part)
    return made


def in_a_circle() -> Module:
    outer = network(inner=network(w=Value(1.0)))
    outer.inner.parent = outer  # type: ignore[attr-defined]
    return outer


@dataclasses.dataclass
class Pair:
    left: Value
    right: float


class Slotted(Module):
    __slots__ = ("w",)

    def __init__(self) -> None:
        self.w = Value(1.0)


class Shared(Module):
    w = Value(1.0)
    parts: ClassVar = [Value(2.0), 3.0]


class Plain:
    def __init__(self) -> None:
        self.w = Value(1.0)


def leaf() -> Value:
    return Value(1.0)


@each_row(
    ("make", "paths"),
    [
        (lambda: network(w=collections.deque([leaf(), leaf()])), ["w[0]", "w[1]"]),
        (lambda: network(w=np.array([[leaf()], [leaf()]])), ["w[(0, 0)]", "w[(1, 0)]"]),
        (lambda: network(pair=Pair(leaf(), 2.0)), ["pair.left"]),
        (lambda: network(pair=SimpleNamespace(left=leaf())), ["pair.left"]),
        (lambda: network(w={"a": (leaf(),)}), ["w.a[0]"]),
        (Slotted, ["w"]),
        (Shared, ["w", "parts[0]"]),
        (lambda: network(x=1, f=len, data=np.zeros(3), s={1, 2}, o=object(), w=leaf()), ["w"]),
        (lambda: network(_w=leaf() * 2.0, _s={leaf()}, w=leaf()), ["w"]),
    ],
)
def test_parameters_are_found_wherever_they_are_kept(
    make: Callable[[], Module], paths: list[str]
) -> None:
    assert list(make().named_parameters()) == paths


@each_row(
    ("make", "sentence"),
    [
        (lambda: network(w=[leaf() * 0.1]), r"w\[0\] is Value\(.*, a result and no parameter"),
        (lambda: network(w=leaf().detach() * 1.0), r"w is Value.*no parameter"),
        (lambda: network(w=without_history()), r"w is Value.*a constant and no parameter"),
        (
            lambda: network(w={leaf(), leaf()}),
            "w is a set, which has no order; keep them in a list",
        ),
        (lambda: network(w=frozenset([Neuron(1)])), "w is a set"),
        (lambda: network(helper=Plain()), r"helper is a Plain with Values in it.*class Plain"),
        (in_a_circle, r"inner\.parent leads back to what it is in; .*underscore, as in _parent"),
    ],
)
def test_parameters_that_would_be_lost_are_an_error(
    make: Callable[[], Module], sentence: str
) -> None:
    model = make()
    for ask in (model.parameters, model.named_parameters, model.zero_grad, model.label_parameters):
        with pytest.raises(ValueError, match=sentence):
            ask()


def without_history() -> Value:
    with no_grad():
        return Value(1.0) * 2.0


def test_a_subclass_with_more_parameters_trains_them() -> None:
    class Scaled(MLP):
        def __init__(self) -> None:
            super().__init__(1, [1])
            self.scale = Value(1.0)

    assert list(Scaled().named_parameters())[-1] == "scale"
    assert len(Scaled().parameters()) == 3


def test_two_parameters_with_the_same_path_are_refused() -> None:
    model = Module()
    model.w, model.__dict__["w[0]"] = [Value(1.0)], Value(2.0)  # type: ignore[attr-defined]
    assert len(model.parameters()) == 2
    with pytest.raises(ValueError, match="two parameters have the same path; rename"):
        model.named_parameters()


def test_zero_grad_forgets_and_touches_nothing_else() -> None:
    model, other = tiny(activation="tanh"), Value(1.0)
    (model([1.0, 1.0]) * other).backward()
    before, slope = numbers(model), other.grad
    assert slope and model.layers[1].neurons[0].b._grad == 1.0
    model.zero_grad()
    assert [parameter._grad for parameter in model.parameters()] == [None] * 9
    assert other.grad == slope and numbers(model) == before


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_model_can_be_copied(clone: Callable[[MLP], MLP]) -> None:
    model = tiny(activation="tanh")
    other = clone(model)
    assert other([1.0, 2.0]).data == model([1.0, 2.0]).data
    other.parameters()[0].data = 9.0
    assert model.parameters()[0].data != 9.0


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (Neuron(2), "ReLUNeuron(2)"),
        (Neuron(3, nonlin=False), "LinearNeuron(3)"),
        (Neuron(1, activation="leaky_relu"), "LeakyReLUNeuron(1)"),
        (Neuron(1, activation="gelu"), "GELUNeuron(1)"),
        (Neuron(1, activation=math.sin), "sinNeuron(1)"),
        (Layer(2, 2), "Layer of [ReLUNeuron(2), ReLUNeuron(2)]"),
        (Layer(16, 16), "Layer(16 ReLU neurons of 16 inputs)"),
        (Layer(2, 5, activation="tanh"), "Layer(5 Tanh neurons of 2 inputs)"),
        (
            MLP(2, [2, 2]),
            "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], "
            "Layer of [LinearNeuron(2), LinearNeuron(2)]]",
        ),
        (MLP(2, [16, 16, 1]), "MLP(2 -> 16 ReLU -> 16 ReLU -> 1 Linear, 337 parameters)"),
        (MLP(3, [4, 2], ["tanh", "sigmoid"]), "MLP(3 -> 4 Tanh -> 2 Sigmoid, 26 parameters)"),
    ],
)
def test_reprs_can_be_read_in_one_line(module: Module, text: str) -> None:
    assert repr(module) == text


def test_the_repr_of_a_mixed_layer_names_all_kinds() -> None:
    layer = Layer(2, 5)
    layer.neurons[1].activation = "tanh"
    assert repr(layer) == "Layer(5 ReLU/Tanh neurons of 2 inputs)"


# -- what is refused -------------------------------------------------------------------------------


REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: Neuron(0), ValueError, "`nin` is 0, and must be 1 or more"),
    (lambda: Neuron(1.5), TypeError, "`nin` is 1.5, and must be a whole number"),  # type: ignore[arg-type]
    (lambda: Layer(2, -1), ValueError, "`nout` is -1, and must be 1 or more"),
    (lambda: MLP(2, [3, 0]), ValueError, "`nout` is 0"),
    (lambda: MLP(2, []), ValueError, "`nouts` is empty"),
    (lambda: MLP(2, 3), TypeError, "`nouts` is 3, and must be a list"),  # type: ignore[arg-type]
    (lambda: MLP(2, [3, 1], ["relu"]), ValueError, "1 activations for 2 layers"),
    (lambda: MLP(2, [3], ["relu", "relu"]), ValueError, "2 activations for 1 layers"),
    (lambda: MLP(2, [3], "tanhh"), ValueError, "unknown activation 'tanhh'; choose one of linear,"),
    (lambda: MLP(2, [3, 1], "ReLU"), ValueError, "silu, gelu, or give a function"),
    (lambda: Neuron(2, activation=3), TypeError, "a name or a function, not 3"),  # type: ignore[arg-type]
    (lambda: Neuron(2, init="glorot"), ValueError, "unknown init 'glorot'; choose one of uniform, "
     "xavier, he, lecun, nielsen, zeros"),
    (lambda: Neuron(2, init=["he"]), ValueError, "unknown init"),  # type: ignore[arg-type]
    (lambda: MLP(2, [1], seed=-1), ValueError, "`seed` is -1, and must be 0 or more"),
    (lambda: MLP(2, [1], seed="a"), TypeError, "`seed` is 'a', and must be a whole"),  # type: ignore[arg-type]
    (lambda: MLP(2, [16, 1])([1, 2, 3]), ValueError, "Layer(16 ReLU neurons of 2 inputs) takes 2 "
     "inputs, but was given 3"),
    (lambda: Layer(2, 1)([1]), ValueError, "Layer of [ReLUNeuron(2)] takes 2 inputs, but was "
     "given 1"),
    (lambda: Neuron(2)([]), ValueError, "ReLUNeuron(2) takes 2 inputs, but was given 0"),
    (lambda: Neuron(2)(0.5), ValueError, "ReLUNeuron(2) takes 2 inputs, but was given 1"),
    (lambda: Layer(2, 16)(0.5), ValueError, "Layer(16 ReLU neurons of 2 inputs) takes 2 inputs, "
     "but was given 1"),
    (lambda: MLP(2, [1])(Value(0.5)), ValueError, "[LinearNeuron(2)] takes 2 inputs, but was "
     "given 1"),
    (lambda: Neuron(1)("a"), TypeError, "ReLUNeuron(1) takes a list of inputs, not 'a'"),  # type: ignore[arg-type]
    (lambda: Layer(2, 1)("ab"), TypeError, "[ReLUNeuron(2)] takes a list of inputs, not 'ab'"),  # type: ignore[arg-type]
    (lambda: MLP(1, [1])(None), TypeError, "takes a list of inputs, not None"),  # type: ignore[arg-type]
    (lambda: MLP(2, [3, 1], ["relu", "tanh"], output="tanh"), ValueError, "output='tanh' beside a "
     "list of activations"),
    (lambda: MLP(2, [3, 1], output="tanhh"), ValueError, "unknown activation 'tanhh'"),
    (lambda: tiny()(["a", 1.0]), TypeError, "expected a real number such as 2.0, not 'a'"),
    (lambda: tiny()([None, 1.0]), TypeError, "expected a real number such as 2.0, not None"),
    (lambda: save([Value(1.0)], "x"), TypeError, "a model is a Module such as MLP"),  # type: ignore[arg-type]
]  # fmt: skip


@each_row(("act", "kind", "sentence"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_does_not_fit_is_refused_in_a_sentence(
    act: Callable[[], Any], kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind, match=re.escape(sentence)):
        act()


def test_a_neuron_that_lost_a_weight_is_noticed() -> None:
    # The weights and the inputs go to `dot` in one row, where they would be taken for each other.
    layer = Layer(3, 2)
    del layer.neurons[1].w[0]
    with pytest.raises(
        ValueError, match=re.escape("ReLUNeuron(2) takes 2 inputs, but was given 3")
    ):
        layer([1.0, 2.0, 3.0])


# -- saving ----------------------------------------------------------------------------------------

posix = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX file system")
SPECIAL = [math.nan, math.inf, -math.inf, -0.0, 0.0, 5e-324, -2.2250738585072014e-308, 0.1, 1e308]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "model.json"


def test_the_file_is_plain_json(file: Path) -> None:
    model = Neuron(4)
    set_numbers(model, [0.1, math.nan, -math.inf, -0.0, math.inf])
    save(model, file)
    assert file.read_bytes().decode("ascii") == (
        "{\n"
        ' "format": "autograd_mini parameters",\n'
        ' "version": 1,\n'
        ' "parameters": {\n'
        '  "w[0]": 0.1,\n'
        '  "w[1]": "nan",\n'
        '  "w[2]": "-inf",\n'
        '  "w[3]": -0.0,\n'
        '  "b": "inf"\n'
        " }\n"
        "}\n"
    )


@given(st.lists(st.floats(), min_size=9, max_size=9))
@example(SPECIAL)
def test_numbers_come_back_bit_for_bit(values: list[float]) -> None:
    model, other = tiny(), tiny()
    set_numbers(model, values)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.json")
        save(model, path)
        load(other, path)
    assert bits(numbers(other)) == bits(values)


def test_gradients_and_labels_stay_when_numbers_are_loaded(file: Path) -> None:
    model = tiny()
    save(model, file)
    model.parameters()[0].grad, model.parameters()[0].label = 5.0, "mine"
    load(model, file)
    assert (model.parameters()[0].grad, model.parameters()[0].label) == (5.0, "mine")


def test_a_network_of_your_own_can_be_saved(file: Path) -> None:
    model, other = Everything(), Everything()
    set_numbers(model, [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5])
    save(model, str(file))
    load(other, str(file))
    assert numbers(other) == numbers(model)


def test_parameters_that_the_file_would_lose_are_refused(file: Path) -> None:
    class Secretive(Module):
        def __init__(self) -> None:
            self._weight = Value(1.0)

        def parameters(self) -> list[Value]:
            return [self._weight]

    with pytest.raises(
        ValueError, match=r"1 parameters of .* have no path; keep them in attributes"
    ):
        save(Secretive(), file)
    assert not file.exists()


LABELS = ["", "x", "__proto__", '"], "b": 7, "x": ["', "a\nb", "\ud800x", "abc\u202e gnp.exe\u2066",
          "a\u2028b", "layers[0].neurons[0].b", "x\\", "\x1b]8;;http://127.0.0.1\x07x", "format",
          "</script><script>", "{0.__class__}", "%s%n"]  # fmt: skip


@pytest.mark.parametrize("label", LABELS, ids=ascii)
def test_the_file_is_the_same_whatever_the_labels(file: Path, label: str) -> None:
    save(tiny(), file)
    expected = file.read_bytes()
    model = tiny()
    for parameter in model.parameters():
        parameter.label = label
    save(model, file)
    assert file.read_bytes() == expected
    load(model, file)
    assert numbers(model) == numbers(tiny())


@pytest.mark.parametrize("name", [label for label in LABELS if label], ids=ascii)
def test_attribute_names_cannot_break_out_of_the_file(file: Path, name: str) -> None:
    model, other = Module(), Module()
    for module, number in ((model, 0.5), (other, 0.0)):
        vars(module)[f".{name}" if name == "__proto__" else name] = Value(number)
    save(model, file)
    assert len(json.loads(file.read_bytes())["parameters"]) == 1
    load(other, file)
    assert numbers(other) == [0.5]


NAMES = ["$HOME/pwned-%TEMP%", "-o", "x; touch pwned; $(touch pwned) `touch pwned`",
         "graph.html:ads", "~", " ", "a\nb", "\u202egnp.nosj"]  # fmt: skip


@posix
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_path_is_taken_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "$HOME").mkdir()
    save(tiny(), name)
    created = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert created == sorted(["$HOME", name])


@posix
def test_a_new_file_gets_the_usual_permissions(file: Path) -> None:
    old = os.umask(0o027)
    try:
        save(tiny(), file)
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@posix
@pytest.mark.parametrize("mode", [0o600, 0o664, 0o200])
def test_a_replaced_file_keeps_its_permissions(file: Path, mode: int) -> None:
    file.write_text("old")
    file.chmod(mode)
    save(tiny(), file)
    assert stat.S_IMODE(file.stat().st_mode) == mode
    file.chmod(0o600)
    load(tiny(), file)


def test_a_read_only_file_is_left_alone(file: Path) -> None:
    file.write_text("old")
    file.chmod(0o444)
    with pytest.raises(PermissionError, match="is read-only; make it writable"):
        save(tiny(), file)
    assert file.read_text() == "old"


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize("function", ["fsync", "chmod", "replace"])
def test_an_interrupted_save_leaves_the_old_file(
    file: Path, monkeypatch: pytest.MonkeyPatch, function: str, error: BaseException
) -> None:
    def broken(*arguments: Any) -> None:
        raise error

    file.write_text("old")
    monkeypatch.setattr(os, function, broken)
    with pytest.raises(type(error)):
        save(tiny(), file)
    assert file.read_text() == "old"
    assert leftovers(file.parent) == ["model.json"]


def test_the_new_file_is_complete_and_on_the_disk_before_it_is_put_in_place(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    synchronise, replace = os.fsync, os.replace

    def watched_fsync(descriptor: int) -> None:
        json.loads(os.pread(descriptor, 10**6, 0) if hasattr(os, "pread") else "0")
        calls.append("fsync")
        synchronise(descriptor)

    def watched_replace(source: str, target: str) -> None:
        assert os.path.dirname(source) == os.path.dirname(target)
        calls.append("replace")
        replace(source, target)

    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL

    def readable(name: Any, mode: str, **options: Any) -> Any:
        assert mode == "xb"
        return open(os.open(name, flags), "wb", **options)

    monkeypatch.setattr(files, "open", readable, raising=False)
    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    save(tiny(), file)
    assert calls == ["fsync", "replace"]


def make_link(path: Path) -> None:
    outside = path.with_name("outside.json")
    outside.write_text("old")
    path.symlink_to(outside)


SPECIAL_FILES: dict[str, Callable[[Path], Any]] = {
    "symbolic link": make_link,
    "dangling link": lambda path: path.symlink_to(path.with_name("nowhere")),
    "folder": lambda path: path.mkdir(),
    "pipe": lambda path: os.mkfifo(path),
    "link to a device": lambda path: path.symlink_to("/dev/full"),
}


@posix
@pytest.mark.parametrize("kind", SPECIAL_FILES)
def test_save_writes_to_files_only(file: Path, kind: str) -> None:
    SPECIAL_FILES[kind](file)
    before, there = file.lstat(), leftovers(file.parent)
    sentence = (
        "is a symbolic link, and is not" if "link" in kind else "is no regular file, and is not"
    )
    with pytest.raises(ValueError, match=sentence):
        save(tiny(), file)
    assert file.lstat() == before and leftovers(file.parent) == there
    if kind == "symbolic link":
        assert file.read_text() == "old"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("device", ["/dev/full", "/dev/null"])
def test_save_does_not_write_to_devices(device: str) -> None:
    with pytest.raises(ValueError, match="is no regular file"):
        save(tiny(), device)


@posix
@pytest.mark.parametrize("kind", ["folder", "pipe", "link to a device"])
def test_load_reads_from_files_only(file: Path, kind: str) -> None:
    SPECIAL_FILES[kind](file)
    with pytest.raises(ValueError, match="it is no regular file"):
        load(tiny(), file)  # reading from the pipe would wait for ever


@posix
def test_load_follows_links(file: Path) -> None:
    save(tiny(), file.with_name("real.json"))
    file.symlink_to(file.with_name("real.json"))
    load(tiny(), file)


@pytest.mark.parametrize("act", [save, load])
def test_paths_that_are_none(act: Any, tmp_path: Path) -> None:
    for path, kind, sentence in (
        ("", ValueError, "the path is empty"),
        (b"model.json", TypeError, "must be a string or a pathlib.Path"),
        (3, TypeError, "int"),
        (None, TypeError, "NoneType"),
        ("a\0b", ValueError, "null"),
        (tmp_path / "nowhere" / "model.json", FileNotFoundError, "nowhere"),
        (tmp_path / "../../../../../../nowhere/pwned", FileNotFoundError, "nowhere"),
        (tmp_path / ("x" * 300), OSError, "x" * 300),
    ):
        with pytest.raises(kind, match=sentence):
            act(tiny(), path)
    assert leftovers(tmp_path) == []


def test_a_file_that_is_not_there_is_not_found(file: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tiny(), file)


# -- loading ---------------------------------------------------------------------------------------


def document(**changes: Any) -> dict[str, Any]:
    named = {path: parameter.data for path, parameter in tiny().named_parameters().items()}
    whole = {"format": "autograd_mini parameters", "version": 1, "parameters": named}
    return whole | changes


def dumped(**changes: Any) -> str:
    return json.dumps(document(**changes))


FIRST, SECOND = "layers[0].neurons[0].w[0]", "layers[0].neurons[0].w[1]"


def with_entry(name: str, raw: Any) -> str:
    return dumped(parameters=document()["parameters"] | {name: raw})


def with_first(raw: Any) -> str:
    return with_entry(FIRST, raw)


def with_text(literal: str) -> str:
    return with_first("@").replace('"@"', literal)


def without(gone: str) -> str:
    return dumped(parameters={n: x for n, x in document()["parameters"].items() if n != gone})


GOOD = dumped()

CORRUPT: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "Expecting value"),
    "truncated": (GOOD[:-1], "Expecting"),
    "cut in a number": (GOOD[: GOOD.index("0.") + 3], "Expecting"),
    "more after it": (GOOD + "{}", "Extra data"),
    "byte-order mark": ("\ufeff" + GOOD, "BOM"),
    "utf-16": (GOOD.encode("utf-16"), "codec can't decode"),
    "latin-1": (GOOD.replace("w[0]", "\xe9").encode("latin-1"), "codec can't decode"),
    "a pickle": (b"cos\nsystem\n(S'touch pwned'\ntR.", "Expecting value"),
    "nan": (with_text("NaN"), 'NaN is not JSON; use the strings "nan", "inf" and "-inf"'),
    "infinity": (with_text("Infinity"), "Infinity is not JSON"),
    "-infinity": (with_text("-Infinity"), "-Infinity is not JSON"),
    "nan elsewhere": ('{"w":[NaN,Infinity,-Infinity]}', "NaN is not JSON"),
    "too large a float": (with_text("1e999"), f"{FIRST} is too large for a float"),
    "too large an int": (with_text("-1" + "0" * 400), f"{FIRST} is too large for a float"),
    "far too large an int": (with_text("1" * 5000), f"{FIRST} is too large for a float"),
    "a list": ("[]", "the file must be a JSON object, not list"),
    "a number": ("3", "the file must be a JSON object, not 3.0"),
    "null": ("null", "the file must be a JSON object, not None"),
    "deep": ("[" * 100_000, "nested too deeply"),
    "no format": ('{"w":[0.1]}', "lacks 'format', 'version', 'parameters' and has unexpected 'w'"),
    "too few": ('{"format":"autograd_mini","w":[0.1]}', "the file lacks 'version', 'parameters'"),
    "more than the format": (dumped(more=1), "the file has unexpected 'more'"),
    "another format": (dumped(format="pickle"), "its format is 'pickle', not 'autograd_mini param"),
    "a format that is a list": (dumped(format=[1]), "its format is list"),
    "a long format": (dumped(format="x" * 10**6), "its format is 'xxxx"),
    "version 2": (dumped(version=2), "its version is 2.0, not 1"),
    "version true": (dumped(version=True), "its version is True, not 1"),
    "version text": (dumped(version="1"), "its version is '1', not 1"),
    "parameters in a list": (dumped(parameters=[0.1] * 9), '"parameters" must be a JSON object'),
    "no parameters": (dumped(parameters={}), f'"parameters" lacks {FIRST!r}, {SECOND!r}, '
                      "'layers[0].neurons[0].b' and 6 more"),
    "one too few": (without(FIRST), f'"parameters" lacks {FIRST!r}'),
    "one too many": (with_entry("x", 1.0), "\"parameters\" has unexpected 'x'"),
    "another shape": (dumped(parameters={"w[0]": 1.0, "b": 2.0}),
                      "and 6 more and has unexpected 'b', 'w[0]'"),
    "a hostile name": (with_entry("\x1b[2J\u202e\ud800", 1.0),
                       r"has unexpected '\x1b[2J\u202e\ud800'"),
    "twice": (GOOD.replace(f'"{SECOND}"', f'"{FIRST}"'), f"it gives {FIRST!r} twice"),
    "twice at the top": (GOOD.replace('{"format"', '{"version": 1, "format"'),
                         "it gives 'version' twice"),
    "text": (with_first("0.1"), f"{FIRST} is '0.1', not a number"),
    "NaN text": (with_first("NaN"), f"{FIRST} is 'NaN', not a number"),
    "+inf": (with_first("+inf"), f"{FIRST} is '+inf', not a number"),
    "true": (with_first(True), f"{FIRST} is True, not a number"),
    "null for a number": (with_first(None), f"{FIRST} is None, not a number"),
    "a list for a number": (with_first([1]), f"{FIRST} is list, not a number"),
    "an object for a number": (with_first({"a": 1}), f"{FIRST} is dict, not a number"),
    "a hexadecimal number": (with_text("0x1p3"), "Expecting"),
    "a leading zero": (with_text("01"), "Expecting"),
    "a plus": (with_text("+1"), "Expecting"),
    "single quotes": (GOOD.replace('"', "'"), "Expecting"),
}  # fmt: skip


@pytest.mark.parametrize("name", CORRUPT)
def test_a_file_that_does_not_fit_changes_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    content, sentence = CORRUPT[name]
    monkeypatch.chdir(file.parent)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    model = tiny(init="nielsen")
    before = numbers(model)
    with pytest.raises(ValueError, match=re.escape(sentence)) as refusal:
        load(model, file)
    assert numbers(model) == before
    message = str(refusal.value)
    assert message.startswith(f"{str(file)!r} does not fit MLP of [")
    assert len(message) < 700 and message.isprintable()
    assert leftovers(file.parent) == ["model.json"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1.0), ("-0", -0.0), ("-7e-2", -0.07), ('"nan"', math.nan), ('"-inf"', -math.inf),
     ("1E2", 100.0), ("4e-324", 5e-324), ("12345678901234567890123", 1.2345678901234568e22)],
)  # fmt: skip
def test_what_json_allows_is_loaded(file: Path, text: str, number: float) -> None:
    file.write_text(with_text(text))
    model = tiny()
    load(model, file)
    assert bits([model.parameters()[0].data]) == bits([number])


def test_the_order_in_the_file_does_not_matter(file: Path) -> None:
    named = document()["parameters"]
    shuffled = dict(reversed([(name, float(i)) for i, name in enumerate(named)]))
    file.write_text(json.dumps(document(parameters=shuffled)))
    model = tiny()
    load(model, file)
    assert numbers(model) == [float(i) for i in range(9)]


def independent_reading(content: bytes) -> dict[str, Any] | None:
    """What a strict reader makes of a file, or None; written without a look at `load`."""
    try:
        found = json.loads(content.decode("utf-8"))
        named = dict.fromkeys(found) and found["parameters"]
        fits = found == document(parameters=named) and set(named) == set(document()["parameters"])
    except (ValueError, TypeError, KeyError):
        return None
    return named if fits else None


@given(st.data())
def test_a_damaged_file_is_refused_or_says_what_was_loaded(data: st.DataObject) -> None:
    content = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content) - 1))
        end = data.draw(st.integers(start, min(start + 40, len(content))))
        pieces = st.binary(max_size=3) | st.sampled_from(
            [b"-", b"1", b"e", b"null", b'"', b"}", b" "]
        )
        content[start:end] = data.draw(pieces)
        if not content:
            break
    model = tiny(init="he")
    before = numbers(model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        path.write_bytes(content)
        try:
            load(model, path)
        except ValueError:
            assert numbers(model) == before
            return
    named = independent_reading(bytes(content))
    assert named is not None
    assert bits(numbers(model)) == bits([float(named[path]) for path in model.named_parameters()])


# -- interrupts ------------------------------------------------------------------------------------


# An interrupt before the end of a `with` leaves its file to be closed by the collector.
UNCLOSED = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@UNCLOSED
def test_an_interrupt_leaves_a_model_as_it_was_or_completely_loaded(file: Path) -> None:
    trained, model = Layer(1, 2, seed=0), Layer(1, 2, init="zeros")
    save(trained, file)
    seen = []
    for _ in interrupted_everywhere(lambda: load(model, file), nn):
        seen.append(numbers(model))
        assert seen[-1] in ([0.0] * 4, numbers(trained))
        set_numbers(model, [0.0] * 4)
    assert len(seen) > 50 and numbers(model) == numbers(trained)


@UNCLOSED
def test_an_interrupt_leaves_the_old_file_or_the_new_one(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Neuron(1)
    save(model, file)
    new = file.read_text()
    file.write_text("old")
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # it is slow
    seen = []
    for _ in interrupted_everywhere(lambda: save(model, file), nn, files):
        seen.append(file.read_text())
        file.write_text("old")
    assert len(seen) > 30 and set(seen) <= {"old", new}
    assert file.read_text() == new and leftovers(file.parent) == ["model.json"]
