"""Training: eagerly and compiled alike, by hand, interrupted, gone wrong, and shown."""

from __future__ import annotations

import importlib.util
import io
import math
import random
import re
import warnings
from functools import partial
from typing import Any

import pytest
from rich.console import Console

import autograd_mini as am
from autograd_mini import Value, datasets, losses, nn, optim
from autograd_mini.program import descent, update_rules
from autograd_mini.training import fit as fit_module
from autograd_mini.training import runs
from autograd_mini.training.fit import layer_of
from autograd_mini.training.history import Epoch, History
from autograd_mini.training.progress import Progress
from autograd_mini.training.samples import LOSSES
from support.goldens import golden_files, golden_text
from support.interrupts import interrupted
from support.rows import each_row

GOLDEN = golden_files("training", ["nan.txt", "history.txt", "boundaries.txt"])
TARGETS = ["python", *(["native"] if importlib.util.find_spec("llvmlite") else [])]
MOONS = datasets.moons(20, seed=3)
IRIS = datasets.iris()[::10]


def bits(model: Any) -> list[str]:
    return [parameter.data.hex() for parameter in model.parameters()]


def small(outputs: int = 1, activation: Any = "tanh", inputs: int = 2) -> nn.MLP:
    return nn.MLP(inputs, [4, 3, outputs], activation=activation, seed=5)


def quietly(model: Any, data: Any, *arguments: Any, **options: Any) -> History:
    return am.fit(model, data, *arguments, **{"quiet": True, "epochs": 3, **options})


# -- eager and compiled, bit for bit ---------------------------------------------------------------


class HalfDetached(nn.Module):
    """One layer of it gets no gradient."""

    def __init__(self) -> None:
        self.first, self.second = nn.Layer(2, 3, seed=1), nn.Layer(3, 1, False, seed=2)

    def __call__(self, features: Any) -> Any:
        return self.second([hidden.detach() for hidden in self.first(features)])


class SignDescent(optim.Optimizer):
    """A rule that asks `if` about its gradient, so that no program can be made of it."""

    def rule(self, data: float, grad: float, state: Any) -> tuple[float, Any]:
        return (data - self.lr if grad > 0 else data + self.lr), state


def regression(n: int = 30) -> list[tuple[list[float], float]]:
    chance = random.Random(4)
    points = [[chance.uniform(-1, 1), chance.uniform(-1, 1)] for _ in range(n)]
    return [(point, math.sin(point[0]) * point[1]) for point in points]


def targets(n: int = 30) -> list[tuple[list[float], list[float]]]:
    return [(point, [target, -target]) for point, target in regression(n)]


def own_loss(output: Any, label: int) -> Any:
    """With a choice by the label, the same computation twice, and one of an output alone."""
    if label:
        return (output - 1.0) * (output - 1.0) + am.softplus(-output)
    return am.log1p(output * output) + abs(output) + am.log1p(output * output)


PLUS_MINUS = [(features, 2 * label - 1) for features, label in MOONS]

CASES: dict[str, Any] = {
    "one output": (lambda: small(), MOONS, None, lambda p: optim.SGD(p, 0.3)),
    "several outputs": (lambda: small(3, inputs=4), IRIS, None, lambda p: optim.SGD(p, 0.1)),
    "relu": (lambda: small(3, "relu", 4), IRIS, None, lambda p: optim.SGD(p, 0.05)),
    "momentum": (lambda: small(), MOONS, None, lambda p: optim.SGD(p, 0.1, 0.9)),
    "nesterov and decay": (
        lambda: small(), MOONS, None, lambda p: optim.SGD(p, 0.1, 0.9, True, 0.01),
    ),
    "adam": (lambda: small(), MOONS, None, lambda p: optim.Adam(p, 0.02)),
    "adam with everything": (
        lambda: small(), MOONS, None, lambda p: optim.Adam(p, 0.02, (0.8, 0.9), 1e-6, 0.1),
    ),
    "a rule that is no program": (lambda: small(), MOONS, None, lambda p: SignDescent(p, 0.01)),
    "hinge, -1 and 1": (lambda: small(), PLUS_MINUS, losses.hinge, lambda p: optim.SGD(p, 0.1)),
    "quadratic": (
        lambda: nn.MLP(4, [3, 3], ["sigmoid"] * 2, init="nielsen", seed=0), IRIS,
        losses.quadratic, lambda p: optim.SGD(p, 0.5),
    ),
    "a loss of one's own": (lambda: small(), MOONS, own_loss, lambda p: optim.SGD(p, 0.1)),
    "a target": (lambda: small(), regression(), losses.mse, lambda p: optim.SGD(p, 0.1)),
    "few targets": (lambda: small(), regression(5), losses.mse, lambda p: optim.SGD(p, 0.1)),
    "lists of targets": (lambda: small(2), targets(), losses.mse, lambda p: optim.SGD(p, 0.1)),
    "few lists": (lambda: small(2), targets(4), losses.mse, lambda p: optim.SGD(p, 0.1)),
    "one class only": (lambda: small(), MOONS[:5], losses.mse, lambda p: optim.SGD(p, 0.1)),
    "half of it detached": (HalfDetached, MOONS, None, lambda p: optim.SGD(p, 0.1, 0.9)),
    "a neuron": (lambda: nn.Neuron(2, seed=0), MOONS, None, lambda p: optim.SGD(p, 0.1)),
    "some parameters frozen": (lambda: small(), MOONS, None, lambda p: optim.SGD(p[3:7], 0.5)),
    "another order": (lambda: small(), MOONS, None, lambda p: optim.Adam(p[::-1], 0.02)),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("clip", [None, 0.3], ids=["", "clipped"])
@pytest.mark.parametrize("case", CASES)
def test_one_sample_at_a_time_eager_and_compiled_agree_to_the_bit(case, clip, target):
    make, data, loss, rule = CASES[case]
    found = []
    for compiled in (False, target):
        model = make()
        optimizer = rule(model.parameters())
        history = quietly(
            model, data, loss, optimizer, batch_size=1, clip=clip, compiled=compiled, test=data[:3]
        )
        lists = [history.loss, history.accuracy, history.test_loss, history.test_accuracy]
        found.append((bits(model), lists, history.gradient_norms, optimizer.states, history.ran))
    eager, compiled_ = found
    assert compiled_[:-1] == eager[:-1]
    assert (eager[-1], compiled_[-1]) == ("eager", target)


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("case", ["several outputs", "adam", "quadratic", "lists of targets"])
def test_in_batches_only_the_order_of_sums_may_differ(case, target):
    make, data, loss, rule = CASES[case]
    models = [make(), make()]
    for model, compiled in zip(models, (False, target), strict=True):
        quietly(model, data, loss, rule(model.parameters()), batch_size=4, compiled=compiled)
    eager, compiled_ = [[p.data for p in model.parameters()] for model in models]
    assert compiled_ == pytest.approx(eager, rel=1e-9, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("compiled", [False, *TARGETS])
def test_a_seed_repeats_a_run_to_the_bit_and_none_keeps_the_order(compiled):
    runs_ = {}
    for name, seed in {"a": 1, "b": 1, "c": 2, "none": None}.items():
        model = small()
        quietly(model, MOONS, seed=seed, batch_size=3, compiled=compiled)
        runs_[name] = bits(model)
    assert runs_["a"] == runs_["b"]
    assert len({tuple(found) for found in runs_.values()}) == 3
    model = small()
    by_hand(model, list(MOONS), epochs=3, batch_size=3, lr=0.1)
    assert [float.fromhex(x) for x in runs_["none"]] == pytest.approx(
        [p.data for p in model.parameters()], rel=1e-12
    )


def by_hand(model, samples, epochs, batch_size, lr):
    """The loop as it stands in the README, and what a history has to say of it."""
    found, norms = [], []
    for _ in range(epochs):
        total, squares = 0.0, []
        for start in range(0, len(samples), batch_size):
            batch = samples[start : start + batch_size]
            loss = am.mean(
                losses.binary_cross_entropy_with_logits(model(x), label) for x, label in batch
            )
            model.zero_grad()
            loss.backward()
            squares.append({k: p.grad**2 for k, p in model.named_parameters().items()})
            for p in model.parameters():
                p.data -= lr * p.grad
            total += loss.data * len(batch)
        found.append(total / len(samples))
        norms.append(
            {
                layer: math.sqrt(
                    sum(x for step in squares for k, x in step.items() if k.startswith(layer))
                    / len(squares)
                )
                for layer in ("layers[0]", "layers[1]", "layers[2]")
            }
        )
    return found, norms


@pytest.mark.parametrize("compiled", [False, *TARGETS])
def test_a_history_says_what_the_loop_by_hand_says(compiled):
    mine, other = small(), small()
    history = quietly(mine, MOONS, batch_size=6, seed=None, compiled=compiled, test=MOONS[:7])
    loss, norms = by_hand(other, list(MOONS), epochs=3, batch_size=6, lr=0.1)
    assert history.loss == pytest.approx(loss, rel=1e-12)
    for layer in history.layers:
        assert history.gradient_norms[layer] == pytest.approx([n[layer] for n in norms], rel=1e-9)
    assert history.accuracy[-1] == am.accuracy(mine, MOONS)
    assert history.test_accuracy[-1] == am.accuracy(mine, MOONS[:7])
    test_losses = [
        losses.binary_cross_entropy_with_logits(mine(x), label).data for x, label in MOONS[:7]
    ]
    assert history.test_loss[-1] == pytest.approx(math.fsum(test_losses) / 7, rel=1e-12)
    assert len(history) == 3 and all(seconds > 0 for seconds in history.seconds)
    assert history.learning_rates == [0.1] * 3
    assert all(parameter._grad is None for parameter in mine.parameters())


@pytest.mark.slow
@pytest.mark.parametrize("compiled", [False, *TARGETS])
def test_an_optimizer_goes_on_where_it_stopped(compiled):
    once, twice = small(), small()
    for model, parts in ((once, [4]), (twice, [1, 3])):
        optimizer = optim.Adam(model.parameters(), 0.05)
        for epochs in parts:
            quietly(
                model, MOONS, None, optimizer, epochs=epochs, batch_size=1, seed=None,
                compiled=compiled,
            )  # fmt: skip
        assert optimizer.states[0][0] == 80 and type(optimizer.states[0][0]) is int
    assert bits(once) == bits(twice)


def test_parameters_that_the_optimizer_does_not_have_stay_as_they_are():
    for compiled in (False, *TARGETS):
        model = small()
        before = bits(model)
        quietly(model, MOONS, None, optim.SGD(model.parameters()[3:7], 0.5), compiled=compiled)
        changed = [place for place, pair in enumerate(zip(before, bits(model), strict=True))
                   if pair[0] != pair[1]]  # fmt: skip
        assert changed == [3, 4, 5, 6]


# -- what can not be compiled ----------------------------------------------------------------------


class Branching(nn.Module):
    """An `if` on a feature, which a graph decides once and for all."""

    def __init__(self) -> None:
        self.neuron = nn.Neuron(2, activation="linear", seed=0)

    def __call__(self, features: Any) -> Any:
        return self.neuron(features) * (2.0 if features[0] > 0.3 else -1.0)


class Floating(Branching):
    def __call__(self, features: Any) -> Any:
        return self.neuron([math.floor(feature) for feature in features])


class Gambling(Branching):
    def __call__(self, features: Any) -> Any:
        return self.neuron(features) * random.random()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Branching, "decided only when it runs"),
        (Floating, "TypeError"),
        (Gambling, "the graph gives"),
    ],
)
def test_what_no_program_would_do_is_done_eagerly_and_the_history_says_why(make, reason):
    history = quietly(make(), MOONS)
    assert history.ran == "eager" and reason in history.reason
    assert f"Not compiled: {history.reason}." in repr(history)
    with pytest.raises(am.CompileError, match=re.escape(reason)):
        quietly(make(), MOONS, compiled=True)
    assert quietly(make(), MOONS, compiled=False).reason is None


def test_a_program_that_comes_to_nan_where_the_graph_does_not_is_given_up():
    def loss(outputs, label):  # log of the probability, as a beginner writes it
        return -am.log(am.softmax(outputs)[label])

    def model():
        return nn.MLP(2, [2], ["linear"], init="zeros", seed=0)

    data = [([1000.0, 0.0], 0), ([1000.0, 0.0], 0), ([0.0, 1.0], 1)]
    eager, compiled = model(), model()
    options: Any = {"batch_size": 1, "seed": None, "epochs": 4}
    one = quietly(eager, data, loss, compiled=False, **options)
    two = quietly(compiled, data, loss, compiled="python", **options)
    assert bits(eager) == bits(compiled) and one.loss == two.loss
    assert two.ran == "eager" and "nan" in two.reason and two.stopped is None


class Clipping(optim.SGD):
    """A step of its own, around that of SGD."""

    def step(self) -> None:
        optim.clip_grad_norm(self.parameters, 0.05)
        super().step()


class Counting(optim.Optimizer):
    """A rule that remembers something beside its states."""

    count = 0

    def rule(self, data: float, grad: float, state: Any) -> tuple[float, Any]:
        self.count += 1
        return data - self.lr / self.count * grad, state


class Growing(optim.Optimizer):
    """A state that takes its form at the first step."""

    def rule(self, data: float, grad: float, state: Any) -> tuple[float, Any]:
        velocity = grad if state is None else 0.9 * state + grad
        return data - self.lr * velocity, velocity


class Gambler(optim.Optimizer):
    def rule(self, data: float, grad: float, state: Any) -> tuple[float, Any]:
        return data - self.lr * grad + random.gauss(0.0, 0.01), state


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Clipping, Counting, Growing, SignDescent])
def test_rules_that_are_no_programs_do_what_they_do_eagerly(kind):
    found = []
    for compiled in (False, *TARGETS):
        random.seed(3)
        model = small()
        optimizer = kind(model.parameters(), 0.1)
        for _ in range(2):
            history = quietly(model, MOONS, None, optimizer, batch_size=1, compiled=compiled)
        assert history.ran == (compiled or "eager")
        found.append((bits(model), optimizer.states, getattr(optimizer, "count", 0)))
    assert all(one == found[0] for one in found)


def test_chance_in_a_rule_is_not_drawn_once_and_for_all():
    parameters = small().parameters()
    rule = descent._rule(Gambler(parameters, 0.1), parameters, "python")
    assert isinstance(rule, descent.PlainRule)


@pytest.mark.parametrize("compiled", [False, *TARGETS])
def test_settings_may_change_between_epochs(compiled):
    def run(engine):
        model = small()
        optimizer = optim.SGD(model.parameters(), 0.1, 0.5)

        def change(history):
            optimizer.momentum, optimizer.weight_decay = 0.25 * len(history), 0.01

        quietly(model, MOONS, None, optimizer, batch_size=1, callback=change, compiled=engine)
        return bits(model)

    assert run(compiled) == run(False)


def maximum_of_python(output, label):
    return max(0.0, 1.0 - label * output)


def capped(output, label):
    return (min(output, 2.0) - label) ** 2


def rare(output, label):
    return (output - label) ** 2 * (3.0 if label == 7 else 1.0)


def number_alone(output, label):
    return (output - label) ** 2 * (2.0 if output.data > 0.5 else 1.0)


@pytest.mark.parametrize("loss", [maximum_of_python, capped, rare, number_alone])
def test_a_loss_that_decides_by_numbers_is_not_compiled(loss):
    data = [([x / 10], float(x)) for x in range(-12, 12)]
    models = [nn.Neuron(1, activation="linear", init="zeros") for _ in range(2)]
    histories = []
    for model, compiled in zip(models, (False, "auto"), strict=True):
        rule = optim.SGD(model.parameters(), 0.01)
        histories.append(quietly(model, data, loss, rule, batch_size=1, compiled=compiled))
    assert histories[0].loss == histories[1].loss and bits(models[0]) == bits(models[1])
    assert histories[1].ran == "eager" and "decided only when it runs" in histories[1].reason


class Single(nn.Module):
    """A model of one number, and a loss that takes it as it is."""

    def __init__(self) -> None:
        self.slope, self.offset = Value(0.0), Value(0.0)

    def __call__(self, features: Any) -> Any:
        return self.slope * features[0] + self.offset


class Listed(Single):
    def __call__(self, features: Any) -> Any:
        return [super().__call__(features)]


class Named(Single):
    def __call__(self, features: Any) -> Any:
        return {"y": super().__call__(features)}


@pytest.mark.parametrize("compiled", [False, "auto", *TARGETS])
def test_a_loss_gets_what_the_model_gave(compiled):
    data = [([1.0], 2.0), ([2.0], 4.0)]
    history = quietly(Single(), data, lambda y, t: (y - t) ** 2, compiled=compiled)
    assert history.loss[-1] < history.loss[0] and history.ran != "auto"
    listed = quietly(Listed(), data, lambda y, t: (y[0] - t) ** 2, compiled=compiled)
    assert (listed.loss, listed.ran) == (history.loss, history.ran)
    if compiled in (False, "auto"):
        history = quietly(Named(), data, lambda y, t: (y["y"] - t) ** 2, compiled=compiled)
        assert history.ran == "eager" and history.accuracy == []


def test_a_loss_without_parameters_is_left_to_the_eager_run():
    history = quietly(small(), MOONS, lambda output, label: 1.0)
    assert history.loss == [1.0] * 3 and "does not depend on any parameter" in history.reason


def test_which_number_an_output_has_to_pass_goes_by_the_loss_and_the_targets():
    def share(loss, labels, output):
        model = nn.Neuron(1, activation="linear", init="zeros")
        model.b.data = output
        data = [([0.0], label) for label in labels]
        rule = optim.SGD(model.parameters(), 0.0)
        return quietly(model, data, loss, rule, epochs=1).accuracy

    assert share(None, [0, 1, 1], 0.3) == [2 / 3]
    assert share(losses.mse, [0, 1, 1], 0.3) == [1 / 3]
    assert share(losses.mse, [-1, 1, 1], 0.3) == [2 / 3]
    assert share(losses.mse, [3, 4], 0.3) == []
    assert am.accuracy(lambda x: [0.3], [([0.0], 0)], threshold=0.5) == 1.0


# -- an early end ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("compiled", [False, "python"])
def test_ctrl_c_anywhere_gives_the_history_so_far_and_whole_steps(compiled):
    def start():
        model = nn.Neuron(1, activation="linear", init="zeros")
        return model, optim.SGD(model.parameters(), 0.1, momentum=0.5)

    data = [([1.0], 2.0), ([2.0], 1.0), ([3.0], 5.0)]
    states = whole_states(*start(), data)
    wanted = states[::3] if compiled else states
    rooms = [descent, update_rules] if compiled else [optim]
    histories = 0
    for stop in range(10_000):
        model, optimizer = start()
        options = {"batch_size": 1, "seed": None, "compiled": compiled, "epochs": 2}
        act = partial(quietly, model, data, losses.mse, optimizer, **options)
        try:
            history, reached = interrupted(act, stop, fit_module, runs, *rooms)
        except KeyboardInterrupt:  # outside of the loop it passes through
            history, reached = None, True
        found = (bits(model), optimizer.states)
        assert found in wanted
        if not reached:
            break
        if history is not None and history.was_interrupted:
            histories += 1
            assert f"after {len(history)} epoch" in history.stopped
            assert len(history.loss) == len(history.seconds) == len(history)
            assert found in states[3 * len(history) :]
    assert found == states[-1] and len(history) == 2 and histories > 20


def whole_states(model, optimizer, data):
    """Parameters and states at the start, and after each step of two epochs."""
    states = [(bits(model), list(optimizer.states))]
    for features, label in [*data, *data]:
        optimizer.zero_grad()
        losses.mse(model(features), label).backward()
        optimizer.step()
        states.append((bits(model), list(optimizer.states)))
    return states


class Logarithm(nn.Module):
    """log(w * x): nan as soon as w * x falls below 0."""

    def __init__(self) -> None:
        self.w = Value(1.0, "w")

    def __call__(self, features: Any) -> Any:
        return am.log(self.w * features[0])


@pytest.mark.parametrize("compiled", [False, *TARGETS])
def test_nan_ends_a_training_before_the_step_that_it_would_spoil(compiled):
    data = [([1.0], 1.0), ([2.0], 1.0), ([-3.0], 1.0)]
    model = Logarithm()
    optimizer = optim.SGD([model.w], 0.1)
    with pytest.warns(RuntimeWarning, match="before step 3 of it"):
        history = quietly(
            model, data, losses.mse, optimizer, batch_size=1, seed=None, compiled=compiled
        )
    other = Logarithm()
    for features, label in data[:2]:
        loss = losses.mse(other(features), label)
        other.zero_grad()
        loss.backward()
        other.w.data -= 0.1 * other.w.grad
    assert model.w.data == other.w.data
    assert len(history) == 0 and not history.was_interrupted
    assert history.stopped == golden_text(GOLDEN / "nan.txt", history.stopped)


def test_nan_in_a_gradient_alone_ends_it_too():
    class Root(Logarithm):
        def __call__(self, features: Any) -> Any:
            return am.sqrt(self.w * features[0]) * 0.0

    with pytest.warns(RuntimeWarning, match="gradient of the loss"):
        history = nan_gradient(Root())
    assert "The gradient of the loss of the sample ([0], 1.0) is nan" in history.stopped


def nan_gradient(model):
    return quietly(
        model, [([0.0], 1.0)], losses.mse, optim.SGD(model.parameters(), 0.1), compiled=False
    )


def test_losses_that_cancel_are_named_too():
    class Line(Logarithm):
        def __call__(self, features: Any) -> Any:
            return self.w * features[0]

    def loss(output, label):
        return output * label

    model = Line()
    data = [([1.0], math.inf), ([1.0], -math.inf)]
    with pytest.warns(RuntimeWarning, match="cancelled"):
        history = quietly(model, data, loss, optim.SGD([model.w], 0.1), compiled=False)
    assert "Only the sum over the batch is nan" in history.stopped
    constant = [([1.0], math.nan)]
    with pytest.warns(RuntimeWarning, match="is nan, whatever the parameters are"):
        quietly(model, constant, lambda output, label: Value(label), optim.SGD([model.w], 0.1),
                compiled=False)  # fmt: skip


def test_a_trouble_is_told_aloud_unless_it_is_quiet(capsys):
    model = Logarithm()
    am.fit(model, [([-1.0], 1.0)], losses.mse, optim.SGD([model.w], 0.1), epochs=2)
    assert "Stopped in epoch 1, before step 1 of it." in capsys.readouterr().out


def test_a_callback_may_give_the_true_of_numpy():
    numpy = pytest.importorskip("numpy")
    answers = quietly(small(), MOONS, epochs=9, callback=lambda history: numpy.True_)
    assert len(answers) == 1
    assert len(quietly(small(), MOONS, callback=lambda history: "go on")) == 3


def test_a_callback_sees_each_epoch_and_can_end_it():
    seen = []

    def callback(history):
        seen.append((len(history), history.loss[-1]))
        return len(history) == 4

    history = quietly(small(), MOONS, epochs=9, callback=callback)
    assert [number for number, _ in seen] == [1, 2, 3, 4]
    assert [loss for _, loss in seen] == history.loss and history.stopped is None


@pytest.mark.parametrize("compiled", [False, *TARGETS])
def test_a_schedule_sets_the_rate_of_each_epoch_and_then_it_is_as_before(compiled):
    model, other = small(), small()
    optimizer = optim.SGD(model.parameters(), 0.7)
    history = quietly(model, MOONS, None, optimizer, schedule=lambda epoch: 0.4 / (1 + epoch),
                      batch_size=1, seed=None, compiled=compiled)  # fmt: skip
    assert history.learning_rates == [0.4, 0.2, 0.4 / 3] and optimizer.lr == 0.7
    for epoch in range(3):
        by_hand(other, list(MOONS), epochs=1, batch_size=1, lr=0.4 / (1 + epoch))
    assert bits(model) == bits(other)


# -- checkpoints -----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("compiled", [False, *TARGETS])
@pytest.mark.parametrize("case", ["one output", "adam", "momentum", "a rule that is no program"])
def test_a_training_goes_on_from_its_checkpoint_to_the_bit(case, compiled, tmp_path):
    make, data, loss, rule = CASES[case]
    options = {"batch_size": 3, "compiled": compiled, "seed": 5, "test": data[:4]}
    whole, found = make(), []
    optimizer = rule(whole.parameters())
    history = quietly(whole, data, loss, optimizer, epochs=6, **options)
    for epochs in (2, 2, 5, 6):  # each time by a model and an optimizer made anew
        model = make()
        resumed = rule(model.parameters())
        file = tmp_path / "run.json"
        found = quietly(model, data, loss, resumed, epochs=epochs, checkpoint=file, **options)
        assert len(found) == epochs
    assert bits(model) == bits(whole) and resumed.states == optimizer.states
    assert [type(x) for x in flat(resumed.states)] == [type(x) for x in flat(optimizer.states)]
    for name in ("loss", "accuracy", "test_loss", "test_accuracy", "gradient_norms"):
        assert getattr(found, name) == getattr(history, name)


def flat(states):
    return [x for state in states for x in (state if isinstance(state, tuple) else [state])]


def test_a_checkpoint_is_that_of_the_last_whole_epoch_whatever_happens_then(tmp_path):
    file = tmp_path / "run.json"
    whole, model = small(), small()
    quietly(whole, MOONS, epochs=4, batch_size=2, compiled=False)

    def stop(history):
        if len(history) == 3:
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        quietly(model, MOONS, epochs=4, batch_size=2, compiled=False, checkpoint=file,
                callback=stop)  # fmt: skip
    model.parameters()[0].data = math.nan
    quietly(model, MOONS, epochs=4, batch_size=2, compiled=False, checkpoint=file)
    assert bits(model) == bits(whole)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "change", "sentence"),
    [
        ({"batch_size": 4}, None, "batch_size is 4 here and 3 there"),
        ({"data": MOONS[:9]}, None, "samples is 9 here and 20 there"),
        ({"seed": None}, None, "shuffled is 'False' here and 'True' there"),
        ({"adam": True}, None, "optimizer is 'Adam' here and 'SGD' there"),
        ({"model": small(1, "relu", 2)}, None, "model is 'MLP(2 -> 4 ReLU"),
        ({"test": MOONS[:3]}, None, "test is "),
        ({"data": [*MOONS[1:], MOONS[0]]}, None, "data is "),
        ({"frozen": 3}, None, "trained is "),
        ({}, ('"layers[0].neurons[0].w[0]": ', '"x": '), "lacks"),
        ({}, ('"autograd_mini checkpoint"', '"else"'), "its format is 'else'"),
        ({}, ('"order": [', '"order": [0, '), '"order" has 21 entries, and 20 are needed'),
        ({}, ('"states": [', '"states": [0.5, '), '"states" has 32'),
        ({}, ('"loss": ', '"lost": '), "an epoch lacks 'loss'"),
        ({}, ("{", "[", 1), "Expecting"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused_and_nothing_changes(
    options, change, sentence, tmp_path
):
    file = tmp_path / "run.json"
    quietly(small(), MOONS, epochs=1, batch_size=3, checkpoint=file)
    if change:
        file.write_text(file.read_text().replace(*change))
    text, options = file.read_text(), dict(options)
    model, data = options.pop("model", small()), options.pop("data", MOONS)
    kind = optim.Adam if options.pop("adam", False) else optim.SGD
    parameters = model.parameters()[options.pop("frozen", 0) :]
    before = bits(model)
    with pytest.raises(ValueError, match="does not fit this training") as caught:
        quietly(model, data, None, kind(parameters, 0.1),
                **{"batch_size": 3, "checkpoint": file, **options})  # fmt: skip
    assert sentence in str(caught.value)
    assert bits(model) == before and file.read_text() == text


# -- what is refused -------------------------------------------------------------------------------


@each_row(
    ("act", "kind", "sentence"),
    [
        (lambda m: am.fit(m, []), ValueError, "`data` has no samples"),
        (lambda m: am.fit(m, 3), TypeError, "`data` is 3"),
        (lambda m: am.fit(m, "xy"), TypeError, "`data` is 'xy'"),
        (lambda m: am.fit(m, [1.0, 2.0]), TypeError, "sample 0 of `data` is 1.0"),
        (lambda m: am.fit(m, [(["a"], 1)]), TypeError, "must be a pair of a list of numbers"),
        (lambda m: am.fit(m, [([1.0, 2.0], 1), ([1.0], 1)]), ValueError, "1 features"),
        (lambda m: am.fit(m, MOONS, test=[]), ValueError, "`test` has no samples"),
        (lambda m: am.fit(m, MOONS, epochs=-1), ValueError, "`epochs` is -1"),
        (lambda m: am.fit(m, MOONS, epochs=1.5), TypeError, "`epochs` is 1.5"),
        (lambda m: am.fit(m, MOONS, batch_size=0), ValueError, "`batch_size` is 0"),
        (lambda m: am.fit(m, MOONS, seed=-1), ValueError, "-1"),
        (lambda m: am.fit(m, MOONS, compiled="fast"), ValueError, "'auto', True, False"),
        (lambda m: am.fit(m, MOONS, clip=-1.0), ValueError, "`max_norm` is -1.0"),
        (lambda m: am.fit(m, MOONS, optimizer="adam"), TypeError, "`optimizer` is 'adam'"),
        (lambda m: am.fit(lambda x: x, MOONS), TypeError, "`optimizer` is None"),
        (lambda m: am.fit(m, MOONS, optimizer="adam"), TypeError, "optim.Adam(model.parameters()"),
        (
            lambda m: am.fit(m, MOONS, optimizer=optim.Adam),
            TypeError,
            "must be one that is made, such as optim.Adam(model.parameters(), lr=0.001)",
        ),
        (
            lambda m: am.fit(m, MOONS, optim.Adam),
            TypeError,
            "an optimizer; write optimizer=optim.Adam(model.parameters(), lr=...)",
        ),
        (
            lambda m: am.fit(m, MOONS, optim.SGD(m.parameters(), 0.1)),
            TypeError,
            "an optimizer; write optimizer=optim.SGD(model.parameters(), lr=...)",
        ),
        (lambda m: am.fit(m, MOONS, "msc"), ValueError, "`loss` is 'msc'; did you mean 'mse'?"),
        (lambda m: am.fit(m, MOONS, "Adam"), ValueError, "choose one of mse, quadratic, hinge"),
        (lambda m: am.fit(m, MOONS, 30), TypeError, "`loss` is 30, and must be a function"),
        (lambda m: am.fit(m, MOONS, MOONS), TypeError, "`loss` is Dataset("),
        (lambda m: am.fit(m, MOONS, None, 30), TypeError, "`optimizer` is 30"),
        (lambda m: am.fit(m, MOONS, None, losses.mse), TypeError, "`optimizer` is <function mse"),
        (lambda m: am.fit(m, MOONS, schedule=0.1), TypeError, "`schedule` is 0.1"),
        (lambda m: am.fit(m, MOONS, callback=3), TypeError, "`callback` is 3"),
        (lambda m: am.fit(MOONS, m), TypeError, "write the model first, then the data"),
        (lambda m: am.fit(nn.MLP, MOONS), TypeError, "`model` is <class"),
        (
            lambda m: am.fit(m, MOONS, optimizer=optim.SGD([Value(1.0)], 0.1)),
            ValueError,
            "the optimizer has no parameter of MLP",
        ),
        (lambda m: am.fit(m, regression()), TypeError, "is no class, a whole number"),
        (lambda m: am.fit(m, [([1.0, 2.0, 3.0], 1)]), ValueError, "takes 2 inputs"),
        (lambda m: am.accuracy(m, regression()), TypeError, "is no class"),
        (lambda m: am.decision_boundary(m, datasets.iris()), ValueError, "the data has 4"),
        (lambda m: am.confusion_table(m, []), ValueError, "no samples"),
        (lambda m: am.confusion_table(m, [([1.0, 2.0], -2)]), ValueError, "the label -2 is no"),
        (lambda m: am.fit(m, MOONS, test=[([1.0], 1)]), ValueError, "2 features, and `test` 1"),
        (lambda m: am.fit(m, MOONS, seed=True), TypeError, "`seed` is True"),
        (lambda m: am.decision_boundary(m, regression()), TypeError, "is no class"),
        (lambda m: am.decision_boundary(m, [([math.nan, 1.0], 1)]), ValueError, "[nan, 1.0]"),
        (lambda m: am.decision_boundary(m, [([1.0, 1.0], 10**6)]), ValueError, "1000000"),
    ],
)
def test_bad_input_is_refused_in_a_sentence_and_nothing_is_lost(act, kind, sentence):
    model = small()
    before = bits(model)
    with pytest.raises(kind, match=re.escape(sentence)):
        act(model)
    assert bits(model) == before


def test_a_loss_goes_by_its_name_too():
    for name, loss in LOSSES.items():
        data, outputs = (IRIS, 3) if name == "cross_entropy" else (PLUS_MINUS, 1)
        if name.startswith("binary"):
            data = MOONS
        named, given = (quietly(small(outputs, inputs=len(data[0][0])), data, which)
                        for which in (name, loss))  # fmt: skip
        assert named.loss == given.loss and named.accuracy == given.accuracy
    assert list(LOSSES) == [
        "mse", "quadratic", "hinge", "binary_cross_entropy_with_logits", "cross_entropy",
    ]  # fmt: skip


# -- what is shown ---------------------------------------------------------------------------------


def test_plain_lines_in_a_pipe(capsys):
    am.fit(small(), MOONS, epochs=13, test=MOONS[:5])
    lines = capsys.readouterr().out.splitlines()
    assert [int(re.search(r"epoch +(\d+)", line)[1]) for line in lines] == [2, 4, 6, 9, 11, 13]
    assert re.fullmatch(r"  epoch  13  loss 0\.\d{3}  right \d+\.0%  \(test \d+\.0%\)", lines[-1])
    am.fit(small(), regression(), losses.mse, epochs=1, test=regression(3))
    assert re.fullmatch(r"  epoch   1  loss 0\.\d+  \(test 0\.\d+\)\n", capsys.readouterr().out)
    quietly(small(), MOONS)
    assert capsys.readouterr().out == ""


def test_a_line_that_moves_on_a_terminal():
    console = Console(file=io.StringIO(), force_terminal=True, width=90)
    history = History(["model"])
    with Progress(2, console) as progress:
        for loss in (0.5, 0.25):
            history.append(Epoch(loss, None, None, None, 0.1, 0.01, {"model": 1.0}))
            progress.show(history)
    text = console.file.getvalue()
    assert "━" in text and "epoch   2  loss 0.250" in text


def test_a_history_as_a_table():
    history = History(["layers[0]", "layers[1]"], "native")
    assert repr(history) == "History: 0 epochs, as machine code"
    for epoch in range(30):
        norms = {"layers[0]": 0.1, "layers[1]": 1.0 / (1 + epoch)}
        numbers = 1.0 / (1 + epoch), 1 - 0.5**epoch, 2.0 / (1 + epoch), 0.5
        history.append(Epoch(*numbers, 0.1, 0.01, norms))
    history.stopped = "Stopped by Ctrl-C."
    text = f"{history!r}\n\n{history.plot()!r}\n"
    assert text == golden_text(GOLDEN / "history.txt", text)


def test_a_plot_is_drawn_by_matplotlib_where_there_is_one_and_else_is_text(tmp_path, monkeypatch):
    history = quietly(small(), MOONS, epochs=5)
    plot = history.plot()
    plot.save(tmp_path / "course.txt")
    assert (tmp_path / "course.txt").read_text() == f"{plot!r}\n"
    with monkeypatch.context() as patched:
        patched.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(am.MissingExtra, match=r"pip install 'autograd_mini\[plot\]'"):
            plot.save(tmp_path / "course.svg")
        assert plot._repr_html_().startswith("<pre")
    with pytest.raises(ValueError, match=r"\.svg \.png \.pdf \.txt"):
        plot.save(tmp_path / "course.gif")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["course.txt"]


def test_plots_with_matplotlib(tmp_path):
    pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        history = quietly(small(), MOONS, epochs=5, test=MOONS)
        plot = history.plot()
        assert [axes.get_title() for axes in plot.figure.axes] == ["loss", "right", "|gradient|"]
        for suffix, start in {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}.items():
            path = plot.save(tmp_path / f"course{suffix}")
            assert path.read_bytes().startswith(start)
        assert plot.content(".svg") == history.plot().content(".svg")
        assert plot._repr_html_().lstrip().startswith("<svg")
        boundary = am.decision_boundary(small(), MOONS)
        (axes,) = boundary.figure.axes
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["upper", "lower"]


def test_layers_are_what_has_neurons():
    assert [layer_of(path) for path in ("neurons[0].w[1]", "a.b.neurons[0].b", "a.b", "b")] == [
        "model", "a.b", "a", "model",
    ]  # fmt: skip


# -- how right it is -------------------------------------------------------------------------------


def test_accuracy_and_the_confusion_table():
    guesses = {0.0: [1.0, 0.0, 0.0], 1.0: [0.0, 2.0, 0.0], 2.0: [0.0, 3.0, 1.0]}
    data = [([x], label) for x, label in [(0.0, 0), (1.0, 1), (2.0, 2), (2.0, 1), (2.0, 2)]]
    assert am.accuracy(lambda x: guesses[x[0]], data) == 3 / 5
    table = am.confusion_table(lambda x: guesses[x[0]], data)
    assert table.counts == [[1, 0, 0], [0, 2, 0], [0, 2, 0]]
    assert table.worst == ("2", "1", 2)
    assert repr(table).splitlines() == [
        "class  0  1  2  right",
        "0      1  ·  ·   100%",
        "1      ·  2  ·   100%",
        "2      ·  2  ·     0%",
    ]
    assert am.ConfusionTable([(1, 1)]).worst is None
    assert am.accuracy(lambda x: x[0], [([1.0], 1), ([-1.0], -1), ([-1.0], 0)]) == 1.0
    assert am.accuracy(lambda x: [math.nan, 1.0], [([1.0], 0)]) == 0.0


@pytest.mark.slow
def test_a_decision_boundary_as_text():
    data = [([0.0, 0.0], 0), ([4.0, 0.0], 1), ([2.0, 3.0], 2)]
    three = am.decision_boundary(lambda x: [-abs(x[0]), -abs(x[0] - 4), x[1] - 3], data, 30)
    two = am.decision_boundary(lambda x: [x[0] ** 2 + x[1] ** 2 - 4], data[:2], 30)
    text = f"{two!r}\n\n{three!r}\n"
    assert text == golden_text(GOLDEN / "boundaries.txt", text)
    assert {guess for row in three.classes for guess in row} == {0, 1, 2}
    am.decision_boundary(lambda x: x[0], [([1e17, 1e17], 0), ([1e17, 5.0], 1)])


def test_a_decision_boundary_in_colour():
    console = Console(file=io.StringIO(), force_terminal=True, width=80, color_system="truecolor")
    console.print(am.decision_boundary(lambda x: [x[0]], [([-1.0, 0.0], 0), ([1.0, 1.0], 1)], 20))
    text = console.file.getvalue()
    assert "38;2;158;202;225" in text and "48;2;253;190;133" in text and " x 1 " in text


def test_a_decision_boundary_shows_where_the_model_gives_nan():
    data = [([0.0, 0.0], 0), ([3.0, 1.0], 1)]

    def broken(x):
        return math.nan if x[0] > 2 else x[1] - 0.5

    for model in (broken, lambda x: [broken(x), 0.0, x[0]], lambda x: math.nan):
        boundary = am.decision_boundary(model, data, 20)
        first = str(boundary).splitlines()[0].rpartition("┤")[2]
        assert first[-1] == "?" and (first[0] == "?") is (boundary.classes[0][0] == -1)
        assert "? nan" in str(boundary).splitlines()[-1]
        console = Console(
            file=io.StringIO(), force_terminal=True, width=80, color_system="truecolor"
        )
        console.print(boundary)
        assert "48;2;255;255;255" in console.file.getvalue() and " nan " in console.file.getvalue()
        if importlib.util.find_spec("matplotlib"):
            (axes,) = boundary.figure.axes
            shown = axes.images[0].get_array()
            assert shown.mask[0][-1]
            assert axes.get_legend().get_title().get_text() == "blank: nan"
    assert "nan" not in str(am.decision_boundary(lambda x: x[0], data, 20))
