"""Nielsen's Neural Networks and Deep Learning (2015): his neuron, his equations, his network."""

from __future__ import annotations

import json
import math

import pytest

import autograd_mini as am
from autograd_mini import datasets, losses, nn, optim
from support.places import DATA

EXAMPLES = DATA / "golden_examples.json"
(RUNS,) = [example["runs"] for example in json.loads(EXAMPLES.read_text()) if "runs" in example]


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"w={run['w']}, b={run['b']}")
@pytest.mark.parametrize("compiled", [False, "python"])
def test_the_one_neuron_of_chapter_3_to_the_printed_digits(run, compiled):
    neuron = nn.Neuron(1, activation="sigmoid")
    neuron.w[0].data, neuron.b.data = run["w"], run["b"]
    rule = optim.SGD(neuron.parameters(), lr=run["eta"])
    first = neuron([1.0]).data
    am.fit(
        neuron, [([1.0], 0.0)], losses.quadratic, rule, run["epochs"], quiet=True, compiled=compiled
    )
    last = neuron([1.0]).data
    printed = {"0.82": "0.09", "0.98": "0.20"}  # before, and after 300 epochs
    assert printed[f"{first:.2f}"] == f"{last:.2f}"
    found = [first, last, neuron.w[0].data, neuron.b.data]
    assert found == pytest.approx([run[k] for k in ("first", "last", "w_end", "b_end")], rel=1e-12)


# -- his four equations, on plain lists ------------------------------------------------------------


def sigmoid(z):
    return 1.0 / (1.0 + math.exp(-z)) if z >= 0 else math.exp(z) / (1.0 + math.exp(z))


def by_the_four_equations(weights, biases, x, y):
    """Chapter 2: the errors δ of each layer, and the derivatives by the biases and the weights."""
    activations, zs = [x], []
    for w, b in zip(weights, biases, strict=True):
        zs.append(
            [math.fsum([*map(math.prod, zip(row, activations[-1], strict=True)), bias])
             for row, bias in zip(w, b, strict=True)]
        )  # fmt: skip
        activations.append([sigmoid(z) for z in zs[-1]])
    slopes = [[sigmoid(z) * sigmoid(-z) for z in layer] for layer in zs]
    # BP1: δ of the last layer is ∇C ⊙ σ'(z)
    deltas = [[(a - t) * s for a, t, s in zip(activations[-1], y, slopes[-1], strict=True)]]
    for layer in range(len(weights) - 2, -1, -1):
        # BP2: δ = (wᵀ of the next layer · δ of the next layer) ⊙ σ'(z)
        columns = zip(*weights[layer + 1], strict=True)
        back = [
            math.fsum(map(math.prod, zip(column, deltas[0], strict=True))) for column in columns
        ]
        deltas.insert(0, [e * s for e, s in zip(back, slopes[layer], strict=True)])
    # BP3: ∂C/∂b = δ; BP4: ∂C/∂w = activation of the layer before, times δ
    by_weights = [
        [[a * d for a in before] for d in delta]
        for before, delta in zip(activations, deltas, strict=False)
    ]
    return deltas, by_weights


@pytest.mark.parametrize("seed", range(5))
def test_bp1_to_bp4(seed):
    model = nn.MLP(3, [4, 5, 2], ["sigmoid"] * 3, init="nielsen", seed=seed)
    x, y = [0.5, -1.0, 0.25], [0.0, 1.0]
    losses.quadratic(model(x), y).backward()
    weights = [[[w.data for w in n.w] for n in layer.neurons] for layer in model.layers]
    biases = [[n.b.data for n in layer.neurons] for layer in model.layers]
    deltas, by_weights = by_the_four_equations(weights, biases, x, y)
    for layer, delta, rows in zip(model.layers, deltas, by_weights, strict=True):
        for neuron, d, row in zip(layer.neurons, delta, rows, strict=True):
            assert neuron.b.grad == pytest.approx(d, rel=1e-14, abs=1e-16)
            assert [w.grad for w in neuron.w] == pytest.approx(row, rel=1e-14, abs=1e-16)


# -- his network on handwritten digits -------------------------------------------------------------


def his_cross_entropy(outputs, label):
    """Chapter 3, of outputs before their sigmoid: -Σ y ln a + (1 - y) ln(1 - a)."""
    return am.sum(
        losses.binary_cross_entropy_with_logits(output, float(place == label))
        for place, output in enumerate(outputs)
    )


COSTS = {
    "quadratic": (["sigmoid", "sigmoid"], losses.quadratic, 3.0),
    "his cross-entropy": (["sigmoid", "linear"], his_cross_entropy, 0.5),
    "softmax": (["sigmoid", "linear"], losses.cross_entropy, 0.5),
}


def trained(cost, epochs, data, **options):
    activations, loss, rate = COSTS[cost]
    train, test = data
    model = nn.MLP(64, [30, 10], activations, init="nielsen", seed=0)
    rule = optim.SGD(model.parameters(), lr=rate)
    return model, am.fit(
        model, train, loss, rule, epochs, batch_size=10, test=test, quiet=True, **options
    )


@pytest.mark.parametrize("cost", COSTS)
def test_thirty_neurons_read_digits(cost):
    pytest.importorskip("llvmlite", reason="the extra `native` is not installed")
    _, history = trained(cost, 30, datasets.split(datasets.digits()))
    assert history.ran == "native" and max(history.test_accuracy) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("cost", COSTS)
def test_eagerly_it_is_the_same(cost):
    train, test = datasets.split(datasets.digits())
    (one, eager), (two, compiled) = [
        trained(cost, 2, (train[:150], test[:50]), compiled=choice) for choice in (False, "python")
    ]
    assert eager.test_accuracy == compiled.test_accuracy
    numbers = [[p.data for p in model.parameters()] for model in (one, two)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-9, abs=1e-12)
