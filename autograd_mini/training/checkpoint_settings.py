"""What has to be the same for a training to go on, as numbers and texts that stay the same."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Mapping
from functools import partial
from types import CodeType
from typing import Any

from autograd_mini import losses, nn
from autograd_mini.optim import Optimizer
from autograd_mini.training import samples


def fingerprint(thing: object) -> str:
    """A short text that another thing does not have, for what prints itself in full.

    >>> fingerprint([([0.5], 1)]) == fingerprint([([0.5], 1)]) != fingerprint([([0.5], 0)])
    True

    Places in memory do not count.
    """
    return hashlib.sha256(lasting(repr(thing)).encode(errors="replace")).hexdigest()[:16]


def lasting(text: str) -> str:
    """What a thing prints, without its place in memory.

    >>> lasting("<Net object at 0x7f00>")
    '<Net object>'
    """
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)


def model_text(model: object) -> str:
    """What a model is: a module of ours as it prints itself, one's own by its class and its parts.

    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         self.hidden, self.out = nn.Layer(2, 2), [nn.Neuron(2)]
    >>> model_text(Net())
    'Net(Layer of [ReLUNeuron(2), ReLUNeuron(2)], ReLUNeuron(2))'
    """
    if getattr(type(model).__repr__, "__module__", "") == nn.__name__:
        return repr(model)
    parts = ", ".join(map(model_text, _modules_in(model)))
    return f"{_name(model)}({parts})" if parts else _name(model)


def _modules_in(thing: object) -> list[nn.Module]:
    """The modules among the attributes of a module, in lists and dicts too."""
    found: list[nn.Module] = []
    whole = vars(thing) if isinstance(thing, nn.Module) else thing
    if isinstance(whole, dict):
        whole = [part for name, part in whole.items() if str(name)[:1] != "_"]
    for part in whole if isinstance(whole, list | tuple) else []:
        found += [part] if isinstance(part, nn.Module) else _modules_in(part)
    return found


def _name(thing: object) -> str:
    """Of a function or a class the own one, else that of its type."""
    return str(getattr(thing, "__name__", type(thing).__name__))


def loss_text(loss: Any) -> str:
    """The name of a loss; for one that is not ours, with a fingerprint of what it computes.

    >>> loss_text(losses.mse)
    'mse'
    >>> loss_text(lambda y, t: y - t) == loss_text(lambda y, t: y - t) != loss_text(lambda y, t: y)
    True
    """
    if getattr(loss, "__module__", "") in (losses.__name__, samples.__name__):
        return _name(loss)
    return f"{_name(loss)} ({fingerprint(_computed(loss))})"


def _computed(thing: Any) -> object:
    """What decides a loss: code, and the plain things that it holds; Values in it are trained."""
    if isinstance(thing, CodeType):
        return [thing.co_code, thing.co_names, *map(_computed, thing.co_consts)]
    if isinstance(thing, partial):
        held = [*thing.args, *map(thing.keywords.get, sorted(thing.keywords))]
        return [_computed(thing.func), *map(_computed, held)]
    if hasattr(thing, "__code__"):
        cells = [cell.cell_contents for cell in thing.__closure__ or ()]
        held = [getattr(x, "__code__", x) for x in (*cells, *(thing.__defaults__ or ()))]
        return [_computed(thing.__code__), *map(_computed, held)]
    return thing if _is_plain(thing) else _name(thing)


def rule_settings(optimizer: Optimizer) -> Mapping[str, object]:
    """The numbers and texts that an optimizer was made with, as far as it keeps them.

    >>> from autograd_mini import Value, optim
    >>> rule_settings(optim.SGD([Value(1.0)], lr=0.1, momentum=0.5))["optimizer.momentum"]
    0.5
    """
    names = [name for name in inspect.signature(type(optimizer)).parameters if name != "parameters"]
    found = {name: getattr(optimizer, name, optimizer) for name in names}
    return {f"optimizer.{name}": value for name, value in found.items() if _is_plain(value)}


def _is_plain(thing: object) -> bool:
    parts = thing if isinstance(thing, tuple | list) else [thing]
    numbers = all(isinstance(part, bool | int | float) for part in parts)
    return numbers or thing is None or isinstance(thing, str)
