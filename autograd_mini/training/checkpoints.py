"""Checkpoints: a training in a file after each epoch, from which it goes on to the bit."""

from __future__ import annotations

import json
import os
import random
import zlib
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, fields
from typing import Any

from autograd_mini.engine.order import at_once
from autograd_mini.engine.value import Value, set_data
from autograd_mini.files import (
    check_names,
    check_writable,
    file_name,
    number_from_json,
    number_to_json,
    numbers_of,
    read_document,
    shown,
    write_whole,
)
from autograd_mini.optim import Adam, Optimizer
from autograd_mini.training.checkpoint_settings import lasting
from autograd_mini.training.history import Epoch, History

_FORMAT, _VERSION = "autograd_mini checkpoint", 2
_PARTS = ("settings", "parameters", "states", "order", "chance", "epochs")
_FIELDS = [field.name for field in fields(Epoch)]
_ANY = (type(None), bool)  # forms of a state that a bool may follow
_OPTIONAL = ("accuracy", "test_loss", "test_accuracy")
# Version 1 had no checksum, and of the settings only these.
_EARLIER = {1: _PARTS}
_SETTINGS_THEN = "samples data test model batch_size optimizer trained shuffled".split()


@dataclass
class Checkpoint:
    """A file for one training: its parameters, the optimizer's states, the order, the history.

    `settings` are what has to be the same when the training goes on, such as the batch size;
    `earlier` is how files of version 1 put some of them. The file is complete, or what it was
    before. `saved` is how many epochs it has.
    """

    path: str | os.PathLike[str]
    settings: dict[str, object]
    earlier: dict[str, str]
    parameters: Mapping[str, Value]
    optimizer: Optimizer
    history: History
    order: list[int]
    chance: random.Random | None
    saved: int = 0
    _rows: list[str] = field(default_factory=list)  # the epochs as text, each written out once

    def save(self) -> None:
        """Write how far a training has come."""
        epochs = self.history.epochs
        for epoch in epochs[len(self._rows) :]:
            self._rows.append(json.dumps(_to_json({x: getattr(epoch, x) for x in _FIELDS})))
        content = {
            "parameters": {name: leaf.data for name, leaf in self.parameters.items()},
            "states": tuple(self.optimizer.states),
            "order": tuple(self.order),
            "chance": self.chance and self.chance.getstate(),
        }
        settings = {name: _setting_to_json(thing) for name, thing in self.settings.items()}
        parts = {part: _to_json(thing) for part, thing in content.items()}
        body = _body({"settings": settings, **parts}, self._rows)
        head = {"format": _FORMAT, "version": _VERSION, "checksum": _checksum(body)}
        text = f"{json.dumps(head)[:-1]},\n{body}}}\n"
        write_whole(file_name(self.path), text.encode())
        self.saved = len(epochs)

    def load(self) -> None:
        """Set model, optimizer, order and generator to what was written; all of them, or none.

        Without a file yet, nothing is set. A file that does not fit this training is a
        `ValueError` that says why; one that could not be written later is an error now.
        """
        name = file_name(self.path)
        check_writable(name)
        if not os.path.exists(name):
            return
        try:
            numbers, states, order, chance, epochs = self._read(name)
        except ValueError as error:
            raise ValueError(
                f"the checkpoint {name!r} does not fit this training: {error}; "
                "give another file, or delete it to start anew"
            ) from error
        if self.chance is not None:
            self.chance.setstate(chance)
        self.order[:], self.saved = order, len(epochs)
        self.history.epochs += epochs
        new_states = map(setattr, (self.optimizer,), ("states",), (states,))
        at_once(map(set_data, self.parameters.values(), numbers), new_states)  # one call into C

    def _read(self, name: str) -> tuple[list[float], list[Any], list[int], Any, list[Epoch]]:
        """Numbers, states, the order, that of the generator and the epochs, all checked."""
        document = read_document(name, _FORMAT, _VERSION, ("checksum", *_PARTS), _EARLIER)
        self._check_settings(document["settings"], "checksum" in document)
        numbers = numbers_of(document["parameters"], list(self.parameters), '"parameters"')
        found = _list(document["states"], "states", len(self.optimizer.states))
        states = [_state_from_json(self.optimizer, raw) for raw in found]
        order = _list(document["order"], "order", len(self.order))
        wrong = [place for place in order if not isinstance(place, float)]
        if wrong or sorted(order) != list(range(len(order))):
            raise ValueError('"order" does not have each sample once')
        chance = _chance_from_json(self.chance, document["chance"])
        epochs = self._epochs_from_json(_list(document["epochs"], "epochs"))
        if "checksum" in document:
            rows = list(map(json.dumps, document["epochs"]))
            if document["checksum"] != _checksum(_body(document, rows)):
                raise ValueError("it was damaged or changed, for its checksum is another")
        return numbers, states, list(map(int, order)), chance, epochs

    def _check_settings(self, found: Any, is_new: bool) -> None:
        here = self.settings if is_new else self.settings | self.earlier
        expected = list(here) if is_new else _SETTINGS_THEN
        for name in expected if isinstance(found, dict) else ():
            wanted, there = _setting_to_json(here[name]), found.get(name)
            there = lasting(there) if isinstance(there, str) else there
            if name in found and there != wanted:
                raise ValueError(f"{name} is {_told(wanted)} here and {_told(there)} there")
        check_names(found, expected, '"settings"')

    def _epochs_from_json(self, raw: Sequence[object]) -> list[Epoch]:
        rows = [check_names(row, _FIELDS, "an epoch") for row in raw]
        has_tests = self.settings["test"] != "none"
        for name in _OPTIONAL:
            given = {row[name] is not None for row in rows}
            if len(given) > 1 or (name == "test_loss" and given == {not has_tests}):
                raise ValueError(f"epochs have {name} where there is none, or lack it")
        return [self._epoch_from_json(row) for row in rows]

    def _epoch_from_json(self, row: dict[str, Any]) -> Epoch:
        given = [x for x in _FIELDS[:-1] if x not in _OPTIONAL or row[x] is not None]
        numbers = dict.fromkeys(_OPTIONAL) | {x: number_from_json(x, row[x]) for x in given}
        layers = self.history.layers
        norms = numbers_of(row["gradient_norms"], layers, '"gradient_norms"')
        gradient_norms = dict(zip(layers, norms, strict=True))
        return Epoch(**numbers, gradient_norms=gradient_norms)  # type: ignore[arg-type]


# -- the text --------------------------------------------------------------------------------------


def _body(document: Mapping[str, object], rows: Sequence[str]) -> str:
    """All but the head: a line for each part, and for each epoch."""
    lines = [f'"{part}": {json.dumps(document[part])}' for part in _PARTS[:-1]]
    return ",\n".join([*lines, '"epochs": [\n' + ",\n".join(rows) + "\n]"])


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def _to_json(thing: object) -> object:
    """Numbers as floats, and what is made of them: states are nothing, a number, or numbers."""
    if isinstance(thing, dict):
        return {name: _to_json(part) for name, part in thing.items()}
    if isinstance(thing, tuple | list):
        return [_to_json(part) for part in thing]
    if thing is None or isinstance(thing, bool):
        return thing
    if not isinstance(thing, int | float):
        raise TypeError(
            f"a checkpoint can hold numbers and tuples of them, and not {thing!r}, a state of the "
            "optimizer; train without one"
        )
    return number_to_json(float(thing))


def _setting_to_json(thing: object) -> object:
    return thing if isinstance(thing, str) else _to_json(thing)


# -- what is read ----------------------------------------------------------------------------------


def _list(raw: object, name: str, length: int | None = None) -> list[Any]:
    if not isinstance(raw, list):
        raise ValueError(f'"{name}" must be a JSON array, not {shown(raw)}')
    if length not in (None, len(raw)):
        raise ValueError(f'"{name}" has {len(raw)} entries, and {length} are needed')
    return raw


def _state_from_json(optimizer: Optimizer, raw: object) -> object:
    state = _like(optimizer.start, raw)
    if isinstance(optimizer, Adam):
        t, _, v = state
        if not isinstance(t, int) or t < 0 or v < 0:
            raise ValueError(f"a state of Adam has t = {t!r} and v = {v!r}, which it never has")
    return state


def _like(start: object, raw: object) -> Any:
    """A state in the form of `start`; whole numbers where it has them. None stands for any form."""
    if isinstance(start, tuple):
        return tuple(map(_like, start, _list(raw, "states", len(start))))
    if start is None and isinstance(raw, list):
        return tuple(_like(None, part) for part in raw)
    if (start is None and raw is None) or (isinstance(raw, bool) and type(start) in _ANY):
        return raw
    number = number_from_json("a state", raw)
    return int(number) if type(start) is int and number.is_integer() else number


def _chance_from_json(chance: random.Random | None, raw: object) -> Any:
    """The state of a generator, tried on a copy of it."""
    state = _whole_tuple(raw)
    try:
        if chance is not None:
            copy(chance).setstate(state)
        if (raw is None) is (chance is None) and _is_gauss(state):
            return state
    except Exception as error:  # whatever it makes of it, nothing else knows its form
        raise ValueError(f'"chance" is no state of a generator ({error})') from error
    raise ValueError('"chance" is no state of a generator')


def _is_gauss(state: Any) -> bool:
    """The last part is a number that was drawn and is not used yet, or none."""
    return state is None or state[-1] is None or isinstance(state[-1], int | float)


def _told(raw: object) -> str:
    """A setting for a reader: 10 instead of 10.0."""
    return shown(_whole_tuple(raw))


def _whole_tuple(raw: object) -> Any:
    """JSON has read whole numbers as floats and tuples as lists."""
    if isinstance(raw, list):
        return tuple(map(_whole_tuple, raw))
    return int(raw) if isinstance(raw, float) and raw.is_integer() else raw
