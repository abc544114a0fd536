"""`fit`: train a model on samples, eagerly or compiled, and keep the history of it."""

from __future__ import annotations

import math
import os
import random
import re
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import Any

from autograd_mini import optim
from autograd_mini.engine.contexts import is_recording
from autograd_mini.engine.errors import CompileError
from autograd_mini.engine.order import at_once
from autograd_mini.engine.value import set_data
from autograd_mini.nn import Module
from autograd_mini.program.epochs import generator, whole
from autograd_mini.text.numbers import counted
from autograd_mini.training.checkpoint_settings import (
    fingerprint,
    lasting,
    loss_text,
    model_text,
    rule_settings,
)
from autograd_mini.training.checkpoints import Checkpoint
from autograd_mini.training.history import Epoch, History
from autograd_mini.training.progress import Progress
from autograd_mini.training.runs import CompiledRun, EagerRun, NotANumber
from autograd_mini.training.samples import Loss, checked_loss, checked_model, checked_samples

Listener = Callable[[History], Any]

DEFAULT_RATE = 0.1
COMPILED = ("auto", True, False, "python", "native")


def fit(
    model: Module,
    data: Iterable[Any],
    loss: Loss | str | None = None,
    optimizer: optim.Optimizer | None = None,
    epochs: int = 10,
    batch_size: int | None = None,
    test: Iterable[Any] | None = None,
    seed: int | None = 0,
    *,
    schedule: Callable[[int], float] | None = None,
    clip: float | None = None,
    compiled: bool | str = "auto",
    callback: Listener | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    quiet: bool = False,
) -> History:
    """Train a model on samples, and give the history of it.

    >>> from autograd_mini import datasets, nn, optim
    >>> model = nn.MLP(2, [8, 1], activation="tanh", seed=0)
    >>> rule = optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    >>> history = fit(model, datasets.moons(), optimizer=rule, epochs=30, batch_size=10)
      epoch   5  loss ...
    >>> history.loss[-1] < history.loss[0], history.accuracy[-1] > 0.9
    (True, True)

    `data` is a `Dataset`, or pairs of (features, label); so is `test`, which is only judged.

    - `loss`: a function of (outputs, label), or the name of one in `losses`, such as "mse". Without
      it, one output gets the logistic loss and several get cross-entropy.
    - `optimizer`: from `optim`; without it, `SGD(model.parameters(), lr=0.1)`.
    - `batch_size`: samples for each step; None is all of them.
    - `seed`: of the generator that reorders the samples before each epoch; None leaves their order.
      The same seed gives the same run, to the bit.
    - `schedule`: a function from the number of the epoch, from 0 on, to its learning rate.
    - `clip`: the most that the norm of a gradient may be, as in `optim.clip_grad_norm`.
    - `compiled`: "auto" trains a program of the loss where one can be made, which is many times
      faster, and has the same numbers; sums over a batch may be added in another order, and only
      they. False trains live `Value`s; True, "python" or "native" insist on a program.
    - `callback`: is called with the history after each epoch; if it gives True, that was the last.
      It may read the model; a compiled training does not see changes that it makes.
    - `checkpoint`: a file that is written after each epoch. If it is there already, the training
      goes on from it, and comes to the same bits as one that was never interrupted. More `epochs`
      may be asked for then; other settings, or a file that is damaged, are a `ValueError` before
      anything changes. Where it cannot be written, that ends the training.
    - `quiet`: prints nothing.

    Ctrl-C ends the training and gives the history so far. Run eagerly, the model is then as it was
    after the last complete step; compiled, after the last complete epoch, the last in the history.
    A loss or a gradient that is nan ends it too, before the step that it would spoil, and
    `history.stopped` says why. The parameters have no gradients afterwards.
    """
    for name, given in {"schedule": schedule, "callback": callback}.items():
        if given is not None and not callable(given):
            raise TypeError(f"`{name}` is {given!r}, and must be a function, or None for none")
    training = Training(model, data, loss, optimizer, test, clip)
    if batch_size is not None:
        training.batch_size = whole("batch_size", batch_size, least=1)
    training.schedule = schedule
    training.chance, epochs = generator(seed, "seed"), whole("epochs", epochs, least=0)
    training.seed = "none" if isinstance(seed, random.Random) else str(seed)
    if compiled not in COMPILED:
        choices = ", ".join(map(repr, COMPILED))
        raise ValueError(f"`compiled` is {compiled!r}; choose one of {choices}")
    if checkpoint is not None:
        training.resume(checkpoint)
    progress = None if quiet else Progress(epochs)
    show = progress.show if progress else None
    with progress or nullcontext():
        history = training.run(compiled, epochs, *filter(None, (show, callback)))
    # A training that ended early says so, aloud or as a warning.
    if history.stopped and progress:
        progress.say(history.stopped)
    elif history.stopped and not history.was_interrupted:
        warnings.warn(history.stopped, RuntimeWarning, stacklevel=2)
    return history


class Training:
    """What a training works with, and the run that does its epochs."""

    schedule: Callable[[int], float] | None = None
    chance: random.Random | None = None
    seed = "none"  # that of the chance, if it was made of one
    checkpoint: Checkpoint | None = None

    def __init__(
        self,
        model: Module,
        data: Iterable[Any],
        loss: Loss | str | None,
        optimizer: optim.Optimizer | None,
        test: Iterable[Any] | None,
        clip: float | None,
    ) -> None:
        if not is_recording():
            raise ValueError(
                "fit() under no_grad() would train nothing, for results have no history there; "
                "call it outside of the block"
            )
        self.model, self.loss = checked_model(model), checked_loss(loss)
        if clip is not None:
            optim.clipped([], clip)  # what is no norm is refused now
        self.samples = checked_samples("data", data)
        self.tests = [] if test is None else checked_samples("test", test)
        widths = [len(samples[0][0]) for samples in (self.samples, self.tests or self.samples)]
        if widths[0] != widths[1]:
            raise ValueError(
                f"`data` has {widths[0]} features, and `test` {widths[1]}; give as many"
            )
        self.batch_size = len(self.samples)
        self.optimizer = _checked_optimizer(model, optimizer)
        self._named = model.named_parameters() if isinstance(model, Module) else {}
        self._paths = {leaf: path for path, leaf in self._named.items()}
        parameters = self.optimizer.parameters
        self.layers = [layer_of(self._paths.get(leaf, leaf.label)) for leaf in parameters]
        self.history = History(list(dict.fromkeys(self.layers)))
        self.eager = EagerRun(model, self.loss, self.optimizer, self.samples, clip)
        self.engine: EagerRun | CompiledRun = self.eager
        self._order = list(range(len(self.samples)))
        self._before: tuple[int, list[float], dict[str, Any]] = (-1, [], {})

    def run(self, compiled: bool | str, epochs: int, *listeners: Listener) -> History:
        """Train for so many epochs, or until somebody or something ends it."""
        lr = self.optimizer.lr
        try:
            self._train(compiled, epochs, listeners)
        except KeyboardInterrupt:
            self._undo()
            self.history.was_interrupted = True
            self.history.stopped = self._interrupted()
            self._save()
        finally:
            self._undo()
            self.optimizer.lr = lr
            self.optimizer.zero_grad()
            if isinstance(self.model, Module):
                self.model.zero_grad()
        return self.history

    def _train(self, compiled: bool | str, epochs: int, listeners: Sequence[Listener]) -> None:
        try:
            self._prepare(compiled)
            while len(self.history) < epochs and self.history.stopped is None:
                self._epoch()
                if any(_is_true(listener(self.history)) for listener in listeners):
                    break
        except NotANumber as trouble:
            place = f"in epoch {len(self.history) + 1}, before step {trouble.step + 1} of it"
            reason = self.eager.what_became_nan(trouble.samples)
            self.history.stopped = f"Stopped {place}. {reason}"

    def _interrupted(self) -> str:
        done = len(self.history)
        text = f"Stopped by Ctrl-C after {counted(done, 'epoch')}; the model "
        if self.engine is self.eager and self._before[0] == done:  # in the middle of an epoch
            return f"{text}also has the steps of epoch {done + 1} that were complete."
        return text + ("is as it was then." if done else "is as it was before the training.")

    def _undo(self) -> None:
        """Compiled, an epoch that is not in the history is not in the model either."""
        done, numbers, rule = self._before
        if self.engine is not self.eager and done == len(self.history):
            new_numbers = map(set_data, self.optimizer.parameters, numbers)
            at_once(new_numbers, map(vars(self.optimizer).update, (rule,)))

    def _save(self) -> None:
        """Keep what there is in the checkpoint; where that fails, the training ends with it."""
        if self.checkpoint is None or self.checkpoint.saved == len(self.history):
            return
        try:
            self.checkpoint.save()
        except (OSError, TypeError, ValueError) as error:
            failed = (
                f"Stopped after {counted(len(self.history), 'epoch')}, for the checkpoint could "
                f"not be written: {error}. The model is as it was trained, and the file is as it "
                "was before; keep the model with nn.save, or make room and call fit again."
            )
            self.history.stopped = " ".join(filter(None, (self.history.stopped, failed)))

    def resume(self, path: str | os.PathLike[str]) -> None:
        """Keep a checkpoint in this file, and go on from it if there is one."""
        if isinstance(self.chance, random.SystemRandom):
            raise ValueError(
                f"`seed` is {self.chance!r}, which cannot be kept in a checkpoint, for it has no "
                "state; give a seed such as 0, or a random.Random"
            )
        others = [leaf for leaf in self.optimizer.parameters if leaf not in self._paths]
        beside = {f"parameter {place}": leaf for place, leaf in enumerate(others)}
        named = self._named | beside
        settings: dict[str, object] = {
            "samples": len(self.samples),
            "data": fingerprint(self.samples),
            "test": fingerprint(self.tests) if self.tests else "none",
            "model": model_text(self.model),
            "loss function": loss_text(self.loss),
            "batch_size": self.batch_size,
            "optimizer": type(self.optimizer).__name__,
            **rule_settings(self.optimizer),
            "scheduled": str(self.schedule is not None),
            "clip": self.eager.clip,
            "trained": fingerprint([leaf in self.optimizer.parameters for leaf in named.values()]),
            "shuffled": str(self.chance is not None),
            "seed": self.seed,
        }
        earlier = {"model": lasting(repr(self.model))}
        self.checkpoint = Checkpoint(
            path, settings, earlier, named, self.optimizer, self.history, self._order, self.chance
        )
        self.checkpoint.load()

    def _prepare(self, compiled: bool | str) -> None:
        start = time.perf_counter()
        target = compiled if isinstance(compiled, str) else "auto"
        try:
            if compiled is not False:
                self.engine = CompiledRun(self.eager, self.tests, target)
        except CompileError as error:
            if compiled != "auto":
                raise
            self.history.reason = str(error)
        self.history.ran = self.engine.ran
        self.history.compile_seconds = time.perf_counter() - start

    # -- an epoch ----------------------------------------------------------------------------------

    def _epoch(self) -> None:
        start = time.perf_counter()
        data = [leaf.data for leaf in self.optimizer.parameters]
        self._before = len(self.history), data, dict(vars(self.optimizer))
        if self.schedule is not None:
            self.optimizer.lr = self.schedule(len(self.history))
        if self.chance is not None:
            self.chance.shuffle(self._order)
        loss, squares = self._trained()
        self.engine.write_back()
        steps = math.ceil(len(self.samples) / self.batch_size)
        norms = layer_norms(self.layers, squares, steps)
        _, share = self.engine.judge(self.samples)
        test_loss, test_share = self.engine.judge(self.tests) if self.tests else (None, None)
        seconds = time.perf_counter() - start
        numbers = loss, share, test_loss, test_share
        self.history.append(Epoch(*numbers, self.optimizer.lr, seconds, norms))
        self._save()

    def _trained(self) -> tuple[float, Sequence[float]]:
        try:
            return self.engine.epoch(self._order, self.batch_size)
        except CompileError as error:
            reason = str(error)
        # The model is as it was before this epoch: the same again, step by step.
        self.engine = self.eager
        found = self.engine.epoch(self._order, self.batch_size)
        self.history.ran, self.history.reason = self.engine.ran, reason
        return found


def _is_true(answer: object) -> bool:
    """True, of Python or of NumPy; anything else that a callback gives means nothing."""
    return type(answer).__name__ in ("bool", "bool_") and bool(answer)


def _checked_optimizer(model: Any, optimizer: optim.Optimizer | None) -> optim.Optimizer:
    if optimizer is None and callable(getattr(model, "parameters", None)):
        return optim.SGD(model.parameters(), DEFAULT_RATE)
    if not isinstance(optimizer, optim.Optimizer):
        given = optimizer.__name__ if isinstance(optimizer, type) else optimizer
        known = {kind.__name__.lower(): kind.__name__ for kind in optim.Optimizer.__subclasses__()}
        name = known.get(str(given).lower(), "SGD")
        raise TypeError(
            f"`optimizer` is {optimizer!r}, and must be one that is made, such as "
            f"optim.{name}(model.parameters(), lr={'0.001' if name == 'Adam' else '0.1'})"
        )
    if isinstance(model, Module) and not set(model.parameters()) & set(optimizer.parameters):
        raise ValueError(
            f"the optimizer has no parameter of {model!r}; make it with model.parameters()"
        )
    return optimizer


# -- layers ----------------------------------------------------------------------------------------


def layer_of(path: str) -> str:
    """The layer in the path of a parameter: what has neurons, else what has the parameter.

    >>> layer_of("layers[0].neurons[1].w[2]"), layer_of("encoder.scale"), layer_of("b")
    ('layers[0]', 'encoder', 'model')
    """
    layer, has_neurons, _ = re.sub(r"(^|\.)neurons\[", "\n", path, count=1).partition("\n")
    return (layer if has_neurons else path.rpartition(".")[0]) or "model"


def layer_norms(layers: Sequence[str], squares: Iterable[float], steps: int) -> dict[str, float]:
    """For each layer the norm of its gradient, as root mean square over the steps.

    >>> layer_norms(["a", "a", "b"], [9.0, 16.0, 4.0], steps=1)
    {'a': 5.0, 'b': 2.0}
    """
    totals = dict.fromkeys(layers, 0.0)
    for layer, square in zip(layers, squares, strict=True):
        totals[layer] += square
    return {layer: math.sqrt(total / steps) for layer, total in totals.items()}
