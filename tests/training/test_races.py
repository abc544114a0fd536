"""Update rules as formulas and against each other; how cost grows with a network."""

from __future__ import annotations

import math
import re

import pytest

import autograd_mini as am
from autograd_mini import Value, datasets, losses, nn, optim
from autograd_mini.engine import ops
from autograd_mini.training.plots import curves
from autograd_mini.training.race import RULES, Rule, race
from autograd_mini.training.rule_formulas import rule_formula
from autograd_mini.training.scaling import scaling

OPTIMIZERS = {
    "plain": lambda p: optim.SGD(p, 0.1),
    "decay": lambda p: optim.SGD(p, 0.1, weight_decay=0.01),
    "momentum": lambda p: optim.SGD(p, 0.1, 0.9),
    "momentum and decay": lambda p: optim.SGD(p, 0.1, 0.9, weight_decay=0.01),
    "nesterov": lambda p: optim.SGD(p, 0.1, 0.9, True),
    "nesterov and decay": lambda p: optim.SGD(p, 0.1, 0.9, True, 0.01),
    "adam": lambda p: optim.Adam(p, 0.02),
    "adam and decay": lambda p: optim.Adam(p, 0.02, (0.8, 0.9), 1e-3, 0.01),
}
SETTINGS = ("lr", "momentum", "weight_decay", "eps")


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_formula_done_by_hand_is_what_the_optimizer_does(name):
    p = Value(1.0)
    optimizer = OPTIMIZERS[name]([p])
    lines = [line.split(" ← ") for line in rule_formula(optimizer).splitlines()]
    numbers = {key: getattr(optimizer, key) for key in SETTINGS if hasattr(optimizer, key)}
    numbers |= dict(zip(("beta1", "beta2"), getattr(optimizer, "betas", ()), strict=False))
    numbers |= {"v": 0.0, "m": 0.0, "t": 0.0, "p": 1.0, "sqrt": math.sqrt}
    for g in (1.0, -0.5, 0.25, 3.0):
        p.grad = numbers["g"] = g
        for left, right in lines:  # one after the other: the formulas are Python
            numbers[left] = eval(right, {}, numbers)
        optimizer.step()
        assert numbers["p"] == pytest.approx(p.data, rel=1e-14)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_formula_has_no_line_too_many(name):
    lines = rule_formula(OPTIMIZERS[name]([Value(1.0)])).splitlines()
    wanted = {"plain": "p", "decay": "p", "momentum": "vp", "momentum and decay": "vp",
              "nesterov": "vp", "nesterov and decay": "gvp", "adam": "tmvp",
              "adam and decay": "gtmvp"}[name]  # fmt: skip
    assert "".join(line[0] for line in lines) == wanted


def test_the_formulas_are_those_of_the_docstrings():
    def squeezed(text):
        return re.sub(r"\s+", " ", text or "")

    for line in rule_formula(optim.SGD([Value(0.0)], 0.1, 0.9)).splitlines():
        assert line in squeezed(optim.SGD.__doc__)
    for line in rule_formula(optim.Adam([Value(0.0)])).splitlines()[1:2]:
        assert line in squeezed(optim.Adam.__doc__)


class Own(optim.Optimizer):
    """A rule with a state of two numbers that have no names."""

    start = (0.0, 0.0)

    def rule(self, data, grad, state):
        first, second = state
        first = 0.5 * first + grad
        return data - self.lr * ops.tanh(first + second), (first, second + first)


class Branching(optim.Optimizer):
    def rule(self, data, grad, state):
        return data - math.sqrt(grad), state


def test_rules_of_ones_own():
    assert rule_formula(Own([Value(0.0)], lr=0.1)).splitlines() == [
        "s1 ← 0.5 * s1 + g",
        "s2 ← s2 + s1",
        "p ← p - lr * tanh(s1 + s2)",
    ]
    with pytest.raises(ValueError, match="the rule of Branching cannot be written as a formula"):
        rule_formula(Branching([Value(0.0)], lr=0.1))


# -- the race --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_race_starts_from_the_same_point_and_leaves_the_model_there():
    data, model = datasets.moons(40), nn.MLP(2, [6, 1], "tanh", seed=0)
    before = [parameter.data for parameter in model.parameters()]
    found = race(model, data, epochs=6, batch_size=None)
    assert [parameter.data for parameter in model.parameters()] == before
    assert list(found.histories) == list(RULES)
    assert len({history.loss[0] for history in found.histories.values()}) == 1
    alone = nn.MLP(2, [6, 1], "tanh", seed=0)
    history = am.fit(alone, data, None, optim.SGD(alone.parameters(), 0.1), 6, quiet=True)
    assert found.histories["plain"].loss == history.loss
    rates = found.histories["momentum, cosine"].learning_rates
    assert rates == [optim.cosine(epoch, 6, start=0.1) for epoch in range(6)]
    text = repr(found)
    for name, formula in found.formulas.items():
        assert name in text and all(line in text for line in formula.splitlines())
    assert all(mark in found.chart.partition("┤")[0] for mark in "•+x*#o")


def test_a_race_of_regressions_has_no_share_that_is_right():
    data = [([x / 10], x / 5) for x in range(10)]
    model = nn.Neuron(1, activation="linear", init="zeros")
    found = race(model, data, {"Own": Rule(lambda p: optim.SGD(p, 0.3))}, 60, loss=losses.mse)
    assert found.histories["Own"].loss[-1] < 0.01
    assert repr(found).splitlines()[-1].endswith("–")


def test_a_rule_that_stopped_early_is_drawn_no_further():
    chart = curves("loss", {"all": [1.0] * 30, "some": [0.5] * 10})
    lines = chart.splitlines()
    assert max(line.rfind("+") for line in lines[1:]) < max(line.rfind("•") for line in lines) - 30


def test_nothing_to_race_or_to_scale_is_said():
    with pytest.raises(ValueError, match="no rules to race"):
        race(nn.Neuron(2), datasets.xor(), {})
    with pytest.raises(ValueError, match="no widths"):
        scaling([])


# -- scales ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_scaling_counts_what_cost_counts_and_measures_the_rest():
    found = scaling([2, 8])
    for row in found.rows:
        model = nn.MLP(2, [row.width, row.width, 1], "tanh", init="xavier", seed=0)
        counted = am.cost(losses.binary_cross_entropy_with_logits(model([0.5, 0.5]), 1))
        assert (row.reverse, row.central) == (counted.reverse_mode, counted.central_differences)
        assert row.central == row.parameters * (2 * row.value + 4)
        assert row.parameters == len(model.parameters())
        assert min(row.eager_seconds, row.compiled_seconds, row.compile_seconds) > 0.0
    small, large = found.rows
    assert large.eager_bytes > 2 * small.eager_bytes > 0
    assert "by central differences" in repr(found) and f"{large.central:,}" in repr(found)
