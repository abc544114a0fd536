"""Code in micrograd's manner runs here with the import changed, and learns the same."""

import random

import pytest

from autograd_mini import datasets
from autograd_mini.engine.value import Value
from autograd_mini.nn import MLP


def train(steps):
    """Micrograd's demonstration: a max-margin loss with a penalty, and a falling learning rate."""
    random.seed(1337)
    data = datasets.moons(100, noise=0.1, seed=1)
    xs, ys = data.features, [2 * label - 1 for label in data.labels]
    model = MLP(2, [16, 16, 1])
    history = []
    for k in range(steps):
        inputs = [list(map(Value, row)) for row in xs]
        scores = [model(row)[0] for row in inputs]  # micrograd: without [0]
        losses = [(1 + -y * score).relu() for y, score in zip(ys, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        penalty = 1e-4 * sum(p * p for p in model.parameters())
        total = data_loss + penalty
        right = [(y > 0) == (score.data > 0) for y, score in zip(ys, scores, strict=True)]
        history.append((total.data, sum(right) / len(right)))
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
    return history


def test_its_demonstration_learns_the_moons():
    history = train(60)
    assert history[0][1] < 0.9
    assert history[-1][1] >= 0.98 and history[-1][0] < 0.1


def test_it_has_micrograds_numbers():
    pytest.importorskip("micrograd", reason="micrograd is not installed")
    from micrograd import engine, nn

    globals_here = train.__globals__
    ours = train(4)
    before = globals_here["MLP"], globals_here["Value"]

    class Listed(nn.MLP):
        def __call__(self, x):
            return [super().__call__(x)]

    try:
        globals_here["MLP"], globals_here["Value"] = Listed, engine.Value
        theirs = train(4)
    finally:
        globals_here["MLP"], globals_here["Value"] = before
    assert [loss for loss, _ in ours] == pytest.approx([loss for loss, _ in theirs], rel=1e-10)
