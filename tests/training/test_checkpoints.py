"""Checkpoints: what goes on from them, what is refused, damaged files, full disks and Ctrl-C."""

from __future__ import annotations

import copy
import functools
import json
import math
import random
import resource
import signal
import sys

import pytest

import autograd_mini as am
from autograd_mini import Value, datasets, files, losses, nn, optim
from autograd_mini.program import descent, update_rules
from autograd_mini.training import checkpoints, runs
from autograd_mini.training import fit as fit_module
from support.interrupts import interrupted
from support.rows import each_row

MOONS = datasets.moons(8, seed=3)


def bits(model):
    return [parameter.data.hex() for parameter in model.parameters()]


def small(activation="tanh"):
    return nn.MLP(2, [3, 1], activation=activation, seed=5)


def quietly(model, data=MOONS, *arguments, **options):
    return am.fit(model, data, *arguments, **{"quiet": True, "compiled": False, **options})


# -- going on --------------------------------------------------------------------------------------


class Net(nn.Module):
    """It prints itself with its place in memory, as most networks of one's own do."""

    def __init__(self, activation="tanh"):
        self.hidden = [nn.Layer(2, 2, activation=activation, seed=1)]
        self.out = nn.Neuron(2, activation="linear", seed=2)

    def __call__(self, features):
        return self.out(self.hidden[0](features))


class Telling(Net):
    """It prints the numbers that are trained."""

    def __repr__(self):
        return f"Telling({self.out.w})"


class Named(Net):
    """It prints itself as it always will."""

    def __repr__(self):
        return "Named of 2"


class Plain:
    """Parameters and a call, and no Module."""

    def __init__(self):
        self.w = [Value(0.1), Value(-0.2)]

    def parameters(self):
        return self.w

    def __call__(self, features):
        return sum(w * x for w, x in zip(self.w, features, strict=True))


class Label:
    """A target that prints itself with its place in memory."""

    def __init__(self, number):
        self.number = number


def labelled():
    return [(features, Label(label)) for features, label in MOONS]


def by_label(output, label):
    return (output - label.number) ** 2


def decaying(held):
    """It holds the parameters, whose numbers change."""
    return lambda output, label: (output - label) ** 2 + 0.01 * held[0] * held[0]


def chosen(output, label):
    return (output - label) ** 2 * (1.0 if "a" in {"a", "b", "c"} else 2.0)


@each_row(
    ("make", "data", "loss"),
    [
        (Net, lambda: MOONS, None),
        (Telling, lambda: MOONS, None),
        (Plain, lambda: MOONS, None),
        (small, labelled, by_label),
        (small, lambda: MOONS, functools.partial(losses.mse)),
        (small, lambda: MOONS, chosen),
        (small, lambda: MOONS, lambda output, label: (output - label) ** 2),
    ],
)
def test_what_prints_itself_with_a_place_in_memory_goes_on_too(make, data, loss, tmp_path):
    file = tmp_path / f"{random.random()}.json"
    whole, model = make(), make()
    quietly(whole, data(), loss, epochs=4)
    quietly(make(), data(), loss, epochs=2, checkpoint=file)
    assert "0x" not in file.read_text()
    assert len(quietly(model, data(), loss, epochs=4, checkpoint=file)) == 4
    assert bits(model) == bits(whole)


def scaled(factor):
    return lambda output, label: factor * (output - label) ** 2


def weighted(output, label, factor):
    return factor * (output - label) ** 2


RATE = {"optimizer": lambda p: optim.SGD(p, 0.1, momentum=0.5)}


def test_a_loss_that_holds_parameters_goes_on_although_they_have_changed(tmp_path):
    file, whole, model = tmp_path / "run.json", small(), small()
    quietly(whole, MOONS, decaying(whole.parameters()), epochs=4)
    for epochs in (2, 4):
        quietly(model, MOONS, decaying(model.parameters()), epochs=epochs, checkpoint=file)
    assert bits(model) == bits(whole)


@each_row(
    ("first", "then", "sentence"),
    [
        ({}, {"optimizer": lambda p: optim.SGD(p, 0.2)}, "optimizer.lr is 0.2 here and 0.1 there"),
        (RATE, {"optimizer": lambda p: optim.SGD(p, 0.1)}, "optimizer.momentum is 0 here and 0.5"),
        (
            {"optimizer": lambda p: optim.Adam(p)},
            {"optimizer": lambda p: optim.Adam(p, betas=(0.8, 0.99))},
            "optimizer.betas is (0.8, 0.99) here and (0.9, 0.999) there",
        ),
        ({}, {"optimizer": lambda p: optim.Adam(p)}, "optimizer is 'Adam' here and 'SGD' there"),
        ({"batch_size": 4}, {"batch_size": 2}, "batch_size is 2 here and 4 there"),
        ({"seed": 1}, {"seed": 2}, "seed is '2' here and '1' there"),
        ({"seed": 1}, {"seed": random.Random(1)}, "seed is 'none' here and '1' there"),
        ({}, {"clip": 0.5}, "clip is 0.5 here and None there"),
        ({"clip": math.inf}, {"clip": 1}, "clip is 1 here and 'inf' there"),
        ({}, {"schedule": lambda epoch: 0.1}, "scheduled is 'True' here and 'False' there"),
        ({}, {"loss": losses.mse}, "loss function is 'mse' here and 'classification_loss' there"),
        ({"loss": lambda y, t: y * t}, {"loss": lambda y, t: y + t}, "loss function is '<lambda>"),
        ({"loss": scaled(1.0)}, {"loss": scaled(2.0)}, "loss function is '<lambda> ("),
        (
            {"loss": functools.partial(weighted, factor=1)},
            {"loss": functools.partial(weighted, factor=2)},
            "loss function is 'partial (",
        ),
        ({"model": Net}, {"model": lambda: Net("relu")}, "model is 'Net(Layer of [ReLUNeuron(2)"),
        ({"model": Net}, {"model": Telling}, "model is 'Telling(Layer of"),
    ],
)  # fmt: skip
def test_other_settings_are_refused_by_name_and_nothing_changes(first, then, sentence, tmp_path):
    file = tmp_path / f"{random.random()}.json"
    fitted(file, first, epochs=2)
    text = file.read_text()
    with pytest.raises(ValueError, match="does not fit this training") as caught:
        fitted(file, then, epochs=3)
    assert sentence in str(caught.value) and str(file) in str(caught.value)
    assert file.read_text() == text


def fitted(file, options, epochs):
    options = dict(options)
    model = options.pop("model", small)()
    rule = options.pop("optimizer", lambda p: optim.SGD(p, 0.1))
    quietly(model, optimizer=rule(model.parameters()), epochs=epochs, checkpoint=file, **options)


def test_a_setting_that_does_nothing_to_the_model_is_not_asked_for(tmp_path):
    file = tmp_path / "run.json"
    quietly(small(), epochs=1, checkpoint=file, loss="mse")
    history = quietly(small(), epochs=3, checkpoint=file, loss=losses.mse, compiled="python",
                      callback=lambda history: None)  # fmt: skip
    assert len(history) == 3


def test_a_bad_argument_is_refused_before_the_checkpoint_is_read(tmp_path):
    file, model = tmp_path / "run.json", small()
    quietly(small(), epochs=1, checkpoint=file)
    before = bits(model)
    for options in (
        {"compiled": "fast"},
        {"clip": -1.0},
        {"schedule": 0.1},
        {"callback": 3},
        {"seed": random.SystemRandom()},
    ):
        with pytest.raises((TypeError, ValueError)):
            quietly(model, checkpoint=file, **options)
    assert bits(model) == before


def test_an_epoch_is_written_out_once_however_many_there_are(tmp_path):
    calls, model = [], small()

    def epoch_of(history):
        sys.setprofile(lambda frame, event, argument: calls.append((len(history), event)))

    quietly(model, MOONS[:1], epochs=60, checkpoint=tmp_path / "run.json", compiled="python",
            callback=epoch_of)  # fmt: skip
    sys.setprofile(None)
    counts = [len([1 for number, _ in calls if number == epoch]) for epoch in (3, 55)]
    assert counts[0] > 50 and counts[1] < 1.05 * counts[0]  # not once for each epoch before


# -- damaged files ---------------------------------------------------------------------------------


ADAM = functools.partial(optim.Adam, lr=0.02)
MOMENTUM = functools.partial(optim.SGD, lr=0.1, momentum=0.5)
VALUES = (None, "x", -1, 0.5, "1e999", [], {}, True)


def places(thing, path=()):
    """The paths of all parts of a document."""
    pairs = thing.items() if isinstance(thing, dict) else enumerate(thing)
    for key, part in pairs:
        yield (*path, key)
        if isinstance(part, dict | list):
            yield from places(part, (*path, key))


def damaged(text, chance):
    """The text with another part, or other bytes."""
    if chance.random() < 0.3:
        content = bytearray(text.encode())
        for _ in range(chance.randint(1, 3)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        return bytes(content)
    document = json.loads(text)
    whole = document
    kind = chance.choice(list(document))
    paths = [path for path in places(document) if path[0] == kind]
    *above, key = chance.choice(paths)
    for step in above:
        whole = whole[step]
    change = chance.choice(("value", "value", "gone", "longer", "shorter"))
    if change == "gone":
        del whole[key]
    elif change == "value" or not isinstance(whole[key], list):
        whole[key] = chance.choice(VALUES)
    elif change == "longer":
        whole[key].append(chance.choice(VALUES))
    else:
        whole[key] = whole[key][:-1]
    return json.dumps(document).replace('"1e999"', "1e999").encode()


@pytest.mark.parametrize(
    "seeds", [range(150), pytest.param(range(150, 2000), marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("rule", [ADAM, MOMENTUM])
def test_a_damaged_file_is_refused_in_a_sentence_and_nothing_changes(rule, seeds, tmp_path):
    file, model = tmp_path / "run.json", small()
    options = {"checkpoint": file, "batch_size": 4, "test": MOONS[:2]}
    quietly(model, optimizer=rule(model.parameters()), epochs=2, **options)
    text, model, chance = file.read_text(), small(), random.Random(0)
    optimizer = rule(model.parameters())
    state = chance.getstate()
    training = fit_module.Training(model, MOONS, None, optimizer, MOONS[:2], None)
    training.batch_size, training.chance, training.seed = 4, chance, "0"
    before = bits(model), list(optimizer.states), training.history.epochs[:]
    for seed in seeds:
        content = damaged(text, random.Random(seed))
        if same(content, text):
            continue
        file.write_bytes(content)
        with pytest.raises(ValueError, match=r"the checkpoint '.*run\.json' does not fit"):
            training.resume(file)
        assert (bits(model), list(optimizer.states), training.history.epochs) == before
        assert chance.getstate() == state and file.read_bytes() == content


def same(content, text):
    try:
        return repr(json.loads(content)) == repr(json.loads(text))
    except ValueError:
        return False


@each_row(
    ("path", "value", "sentence"),
    [
        (("order", 0), 0.5, '"order" does not have each sample once'),
        (("order", 0), None, '"order" does not have each sample once'),
        (("states", 0), None, '"states" must be a JSON array, not None'),
        (("states", 0, 2), -1, "v = -1.0, which it never has"),
        (("states", 0, 0), -1, "t = -1"),
        (("states", 0, 0), 0.5, "t = 0.5"),
        (("epochs", 0, "loss"), None, "loss is None, not a number"),
        (("epochs", 0), None, "an epoch must be a JSON object"),
        (("epochs", 0, "test_loss"), 1.0, "epochs have test_loss where there is none"),
        (("epochs", 0, "accuracy"), None, "epochs have accuracy where there is none, or lack it"),
        (("epochs", 0, "gradient_norms"), {}, '"gradient_norms" lacks'),
        (("chance", 1, 0), -1, '"chance" is no state of a generator'),
        (("chance", 2), "x", '"chance" is no state of a generator'),
        (("chance",), None, '"chance" is no state of a generator'),
        (("settings",), None, '"settings" must be a JSON object, not None'),
    ],
)
def test_a_file_without_a_checksum_is_looked_at_part_by_part(path, value, sentence, tmp_path):
    """Those that an earlier version wrote."""
    file, model = tmp_path / f"{random.random()}.json", small()
    quietly(model, optimizer=ADAM(model.parameters()), epochs=2, checkpoint=file)
    document = json.loads(file.read_text())
    del document["checksum"]
    document["version"] = 1
    document["settings"] = {x: document["settings"][x] for x in checkpoints._SETTINGS_THEN}
    whole = copy.deepcopy(document)
    part = whole
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    file.write_text(json.dumps(whole))
    model = small()
    before, optimizer = bits(model), ADAM(model.parameters())
    with pytest.raises(ValueError, match="does not fit this training") as caught:
        quietly(model, optimizer=optimizer, epochs=3, checkpoint=file)
    assert sentence in str(caught.value)
    assert bits(model) == before and optimizer.states == [(0, 0.0, 0.0)] * 13
    file.write_text(json.dumps(document))
    assert len(quietly(model, optimizer=optimizer, epochs=3, checkpoint=file)) == 3


@each_row("kind, text", [(Net, "<test_checkpoints.Net object at 0x7f00>"), (Named, "Named of 2")])
def test_a_network_of_ones_own_in_an_earlier_file_goes_on(kind, text, tmp_path):
    file = tmp_path / f"{random.random()}.json"
    quietly(kind(), epochs=2, checkpoint=file)
    document = json.loads(file.read_text())
    del document["checksum"]
    settings = {x: document["settings"][x] for x in checkpoints._SETTINGS_THEN}
    text = text.replace("test_checkpoints", kind.__module__)
    document |= {"version": 1, "settings": {**settings, "model": text}}
    file.write_text(json.dumps(document))
    assert len(quietly(kind(), epochs=3, checkpoint=file)) == 3
    document["settings"]["model"] = "Other"
    file.write_text(json.dumps(document))
    with pytest.raises(ValueError, match=r"model is '.*' here and 'Other' there"):
        quietly(kind(), epochs=3, checkpoint=file)


# -- a full disk -----------------------------------------------------------------------------------


@pytest.mark.parametrize("compiled", [False, "python"])
def test_a_full_disk_ends_a_training_and_loses_nothing_of_it(compiled, tmp_path):
    file, model, whole = tmp_path / "run.json", small(), small()
    texts, limits = [], resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(history):
        texts.append(file.read_text())
        if len(history) == 2:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))

    try:
        with pytest.warns(RuntimeWarning, match="could not be written"):
            history = quietly(model, epochs=9, checkpoint=file, callback=fill, compiled=compiled)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    quietly(whole, epochs=3, compiled=compiled)
    assert len(history) == 3 and bits(model) == bits(whole) and not history.was_interrupted
    assert history.stopped.startswith("Stopped after 3 epochs, for the checkpoint could not be")
    assert "File too large: " in history.stopped and "run.json" in history.stopped
    assert file.read_text() == texts[1] and len(list(tmp_path.iterdir())) == 1
    quietly(whole, epochs=5, compiled=compiled, checkpoint=tmp_path / "whole.json")
    assert len(quietly(small(), epochs=5, checkpoint=file, compiled=compiled)) == 5


class Wordy(optim.Optimizer):
    """Its state is no number."""

    def rule(self, data, grad, state):
        return data - self.lr * grad, "moved"


def test_a_state_that_no_file_can_hold_ends_a_training_and_loses_nothing_of_it(tmp_path):
    model = small()
    before = bits(model)
    with pytest.warns(RuntimeWarning, match="can hold numbers and tuples of them, and not 'moved'"):
        history = quietly(model, optimizer=Wordy(model.parameters(), 0.1),
                          checkpoint=tmp_path / "run.json")  # fmt: skip
    assert len(history) == 1 and bits(model) != before


@each_row(
    ("name", "kind"), [("none/run.json", FileNotFoundError), ("", ValueError), (".", ValueError)]
)
def test_where_nothing_can_be_written_is_said_before_the_training(name, kind, tmp_path):
    model = small()
    before = bits(model)
    with pytest.raises(kind):
        quietly(model, checkpoint=str(tmp_path / name) if name else name)
    assert bits(model) == before


# -- Ctrl-C ----------------------------------------------------------------------------------------

ROOMS = [fit_module, runs, checkpoints, files]
DATA = [([1.0], 2.0), ([2.0], 1.0)]


def neuron():
    model = nn.Neuron(1, activation="linear", init="zeros")
    return model, optim.SGD(model.parameters(), 0.1, momentum=0.5)


def trained(compiled, file=None):
    """Two epochs, and the model and the optimizer after them."""
    model, optimizer = neuron()
    act = functools.partial(
        quietly, model, DATA, losses.mse, optimizer, epochs=2, batch_size=1, compiled=compiled,
        checkpoint=file,
    )  # fmt: skip
    return act, model, optimizer


def agree(model, optimizer, history, file):
    """Model, optimizer, history and checkpoint are of one epoch."""
    if not file.exists():
        assert history is None or len(history) == 0
        return bits(model) == bits(neuron()[0])
    document = json.loads(file.read_text())
    assert history is None or len(history) == len(document["epochs"])
    found = [document["parameters"][name].hex() for name in ("w[0]", "b")]
    return found == bits(model) and document["states"] == optimizer.states


def check_interrupted(history, model, optimizer, file, compiled):
    agreed = agree(model, optimizer, history, file)
    assert agreed or not compiled
    if history is not None and history.was_interrupted:
        done = len(history)
        sentence = f"also has the steps of epoch {done + 1} that were complete"
        if compiled or sentence not in history.stopped:
            assert agreed
            sentence = "is as it was then." if done else "is as it was before the training."
        assert sentence in history.stopped
    resumed = neuron()
    quietly(resumed[0], DATA, losses.mse, resumed[1], epochs=2, batch_size=1, compiled=compiled,
            checkpoint=file)  # fmt: skip
    assert bits(resumed[0]) == whole_bits(compiled)


@functools.cache
def whole_bits(compiled):
    act, model, _ = trained(compiled)
    act()
    return bits(model)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a file, open
@pytest.mark.parametrize("compiled", [False, "python"])
@pytest.mark.parametrize("every", [151, pytest.param(13, marks=pytest.mark.slow)])
def test_ctrl_c_anywhere_leaves_model_history_and_checkpoint_agreed(
    compiled, every, tmp_path, monkeypatch
):
    monkeypatch.setattr(files.os, "fsync", lambda number: None)
    rooms = [*ROOMS, descent, update_rules] if compiled else [*ROOMS, optim]
    kept = 0
    for stop in range(0, 100_000, every):
        file = tmp_path / f"{stop}.json"
        act, model, optimizer = trained(compiled, file)
        try:
            history, reached = interrupted(act, stop, *rooms)
        except KeyboardInterrupt:  # before or after the loop
            history, reached = None, True
        check_interrupted(history, model, optimizer, file, compiled)
        kept += history is not None and history.was_interrupted
        if not reached:
            break
    assert not reached and kept * every > 100


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("compiled", [False, "python"])
def test_a_real_ctrl_c_at_any_time_does_so_too(compiled, tmp_path):
    chance = random.Random(1)
    for number in range(25):
        file = tmp_path / f"{number}.json"
        act, model, optimizer = trained(compiled, file)
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-5, 0.03))
        try:
            history = act()
            signal.setitimer(signal.ITIMER_REAL, 0)
        except KeyboardInterrupt:  # before or after the loop
            history = None
        finally:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        check_interrupted(history, model, optimizer, file, compiled)


@pytest.mark.parametrize("compiled", [False, "python"])
def test_ctrl_c_while_an_epoch_is_judged_tells_what_became_of_the_model(compiled, monkeypatch):
    act, model, _ = trained(compiled)
    kind = runs.CompiledRun if compiled else runs.EagerRun
    judge, judged = kind.judge, []

    def interrupted_judge(run, samples):
        judged.append(len(samples))
        if judged.count(2) == 1:  # both samples, at the end of the first epoch
            raise KeyboardInterrupt
        return judge(run, samples)

    monkeypatch.setattr(kind, "judge", interrupted_judge)
    history = act()
    assert len(history) == 0 and history.was_interrupted
    if compiled:
        assert bits(model) == bits(neuron()[0])
        assert history.stopped == (
            "Stopped by Ctrl-C after 0 epochs; the model is as it was before the training."
        )
    else:
        assert bits(model) != bits(neuron()[0])
        assert history.stopped == (
            "Stopped by Ctrl-C after 0 epochs; the model also has the steps of epoch 1 that were "
            "complete."
        )
