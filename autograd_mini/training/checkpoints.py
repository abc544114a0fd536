"""Checkpoints: a training in a file after each epoch, from which it goes on to the bit."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from autograd_mini.engine.order import at_once
from autograd_mini.engine.value import Value, set_data
from autograd_mini.files import (
    check_names,
    file_name,
    number_from_json,
    number_to_json,
    numbers_of,
    read_document,
    shown,
    write_document,
)
from autograd_mini.optim import Optimizer
from autograd_mini.training.history import Epoch, History

_FORMAT, _VERSION = "autograd_mini checkpoint", 1
_PARTS = ("settings", "parameters", "states", "order", "chance", "epochs")
_FIELDS = [field.name for field in fields(Epoch)]


@dataclass
class Checkpoint:
    """A file for one training: its parameters, the optimizer's states, the order, the history.

    `settings` are what has to be the same when the training goes on, such as the batch size. The
    file is complete, or what it was before.
    """

    path: str | os.PathLike[str]
    settings: Mapping[str, float | str]
    parameters: Mapping[str, Value]
    optimizer: Optimizer
    history: History
    order: list[int]
    chance: random.Random | None

    def save(self) -> None:
        """Write how far a training has come."""
        epochs = self.history.epochs
        content = {
            "settings": self.settings,
            "parameters": _to_json({name: leaf.data for name, leaf in self.parameters.items()}),
            "states": _to_json(tuple(self.optimizer.states)),
            "order": self.order,
            "chance": self.chance and self.chance.getstate(),
            "epochs": [_to_json({x: getattr(epoch, x) for x in _FIELDS}) for epoch in epochs],
        }
        write_document(file_name(self.path), _FORMAT, _VERSION, content)

    def load(self) -> None:
        """Set model, optimizer, order and generator to what was written; all of them, or none.

        Without a file yet, nothing is set. A file that does not fit this training is a
        `ValueError` that says why.
        """
        name = file_name(self.path)
        if not os.path.exists(name):
            return
        try:
            numbers, states, self.order[:], epochs = self._read(name)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"the checkpoint {name!r} does not fit this training: {error}; "
                "give another file, or delete it to start anew"
            ) from error
        self.history.epochs += epochs
        new_states = map(setattr, (self.optimizer,), ("states",), (states,))
        at_once(map(set_data, self.parameters.values(), numbers), new_states)  # one call into C

    def _read(self, name: str) -> tuple[list[float], list[Any], list[int], list[Epoch]]:
        """Numbers, states, the order and the epochs, checked; the generator is set last."""
        document = read_document(name, _FORMAT, _VERSION, _PARTS)
        settings = document["settings"]
        check_names(settings, list(self.settings), '"settings"')
        for setting, wanted in self.settings.items():
            if settings[setting] != wanted:
                there = shown(_whole_tuple(settings[setting]))  # 10 instead of 10.0
                raise ValueError(f"{setting} is {wanted!r} here and {there} there")
        numbers = numbers_of(document["parameters"], list(self.parameters), '"parameters"')
        found = _list(document["states"], "states", len(self.optimizer.states))
        states = [_state_from_json(self.optimizer.start, raw) for raw in found]
        order = [int(place) for place in _list(document["order"], "order", len(self.order))]
        if sorted(order) != list(range(len(order))):
            raise ValueError('"order" does not have each sample once')
        epochs = [_epoch_from_json(raw) for raw in _list(document["epochs"], "epochs")]
        if self.chance is not None:
            self.chance.setstate(_whole_tuple(document["chance"]))
        return numbers, states, order, epochs


def fingerprint(thing: object) -> str:
    """A short text that another thing does not have, for what prints itself in full.

    >>> fingerprint([([0.5], 1)]) == fingerprint([([0.5], 1)]) != fingerprint([([0.5], 0)])
    True
    """
    return hashlib.sha256(repr(thing).encode()).hexdigest()[:16]


def _list(raw: object, name: str, length: int | None = None) -> list[Any]:
    if not isinstance(raw, list):
        raise ValueError(f'"{name}" must be a JSON array, not {shown(raw)}')
    if length not in (None, len(raw)):
        raise ValueError(f'"{name}" has {len(raw)} entries, and {length} are needed')
    return raw


def _to_json(thing: object) -> object:
    """Numbers, and what is made of them: states of optimizers are nothing, a number, or numbers."""
    if isinstance(thing, dict):
        return {name: _to_json(part) for name, part in thing.items()}
    if isinstance(thing, tuple):
        return [_to_json(part) for part in thing]
    if thing is None or isinstance(thing, bool):
        return thing
    if not isinstance(thing, int | float):
        raise TypeError(
            f"a checkpoint can hold numbers and tuples of them, and not {thing!r}, a state of the "
            "optimizer; train without one"
        )
    return number_to_json(thing)


def _state_from_json(start: object, raw: object) -> object:
    """A state: whole numbers where `start` has them, where that has the same form."""
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, list):
        kinds = start if isinstance(start, tuple) and len(start) == len(raw) else [0.0] * len(raw)
        return tuple(map(_state_from_json, kinds, raw))
    number = number_from_json("a state", raw)
    return int(number) if type(start) is int else number


def _epoch_from_json(raw: dict[str, Any]) -> Epoch:
    check_names(raw, _FIELDS, "an epoch")
    found = {x: None if raw[x] is None else number_from_json(x, raw[x]) for x in _FIELDS[:-1]}
    layers = raw["gradient_norms"]
    norms = dict(zip(layers, numbers_of(layers, list(layers), '"gradient_norms"'), strict=True))
    return Epoch(**found, gradient_norms=norms)  # type: ignore[arg-type]


def _whole_tuple(raw: object) -> Any:
    """JSON has read whole numbers as floats and tuples as lists."""
    if isinstance(raw, list):
        return tuple(map(_whole_tuple, raw))
    return int(raw) if isinstance(raw, float) and raw.is_integer() else raw
