"""Which node a variable holds, or a list, a dict or an object that a variable holds.

Nothing of the user's runs here: no property, no descriptor, no `__getattr__`, no method of a class.
So objects are read by their true type, through what `type` itself knows about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from keyword import iskeyword
from types import BuiltinFunctionType, FunctionType, GetSetDescriptorType, MemberDescriptorType
from types import SimpleNamespace as Namespace
from typing import Any

from autograd_mini.engine.value import Value

Named = tuple[str, object]  # how it is written, and what it is

DEEPEST = 6  # steps from a variable on; model.layers[0].neurons[1].w[2] has six
WIDEST = 1000  # elements of one list, or attributes of one object
ENOUGH = 10_000  # elements in all, so that a search takes some milliseconds
LONGEST_KEY = 100

# By identity, since a class of classes may have a `__hash__` of its own.
_PLAIN = frozenset(
    map(id, (int, float, complex, bool, str, bytes, type(None), FunctionType, BuiltinFunctionType))
)


def names_in(scope: Mapping[str, object]) -> dict[Value, str]:
    """The nodes that are found in a scope, and how each is written there, as {value: name}.

    >>> w, x = [Value(1.0), Value(2.0)], Value(3.0)
    >>> list(names_in({"w": w, "x": x, "again": w[1]}).values())
    ['x', 'again', 'w[0]']
    """
    names: dict[Value, str] = {}
    seen: set[int] = set()
    readable: dict[int, bool] = {}
    left = ENOUGH
    level = [(name, thing) for name, thing in scope.items() if _counts(name)]
    for _ in range(DEEPEST + 1):
        wholes, level = _take_values(level, names, seen), []
        for path, whole in wholes:
            if left > 0:
                parts, looked_at = _parts(path, whole, readable)
                level += parts
                left -= 1 + len(parts) + looked_at // 16  # plain numbers are soon passed over
    return names


def _take_values(level: list[Named], names: dict[Value, str], seen: set[int]) -> list[Named]:
    """Note the values of one level, and give the rest, each thing once: it may contain more."""
    wholes = []
    for path, thing in level:
        # By type: `isinstance` asks an object for its class, and a lazy one would load or raise.
        if issubclass(type(thing), Value):
            names.setdefault(thing, path)  # type: ignore[arg-type]
        elif id(type(thing)) not in _PLAIN and id(thing) not in seen:
            seen.add(id(thing))
            wholes.append((path, thing))
    return wholes


def _parts(path: str, whole: object, readable: dict[int, bool]) -> tuple[list[Named], int]:
    """What is inside a thing, but for plain numbers and text, and how much was looked at."""
    if type(whole) is list or type(whole) is tuple:
        some = whole[:WIDEST]
        found = [(f"{path}[{i}]", x) for i, x in enumerate(some) if id(type(x)) not in _PLAIN]
        return found, len(some)
    if type(whole) is dict:
        items = _items(whole)
        return [(f"{path}[{key!r}]", x) for key, x in items if _is_key(key)], len(items)
    kind = type(whole)
    if id(kind) not in readable:
        readable[id(kind)] = _is_readable(kind)
    items = _items(_attributes(whole)) if readable[id(kind)] else ()
    visible = [(name, x) for name, x in items if id(type(x)) not in _PLAIN and _counts(name)]
    return [(f"{path}.{name}", x) for name, x in visible if not _is_hidden(kind, name)], len(items)


def _items(whole: dict[Any, object]) -> tuple[tuple[Any, object], ...]:
    return tuple(islice(whole.items(), WIDEST))  # in one call: another thread may add to it


def _is_key(key: object) -> bool:
    return type(key) is str and len(key) <= LONGEST_KEY and not key.startswith("_")


def _counts(name: object) -> bool:
    """Whether a user wrote this name; tools and comprehensions have variables such as `.0` too."""
    if type(name) is not str or name.startswith("_"):
        return False
    return name.isidentifier() and not iskeyword(name)


# -- objects, read from outside --------------------------------------------------------------------

_bases = type.__dict__["__mro__"].__get__
_own = type.__dict__["__dict__"].__get__
# Not every Python gives these classes one of their own.
_OWN = [_own(kind).get("__getattribute__") for kind in (object, BaseException, Namespace)]
_USUAL = [lookup for lookup in _OWN if lookup is not None]


def _is_readable(kind: type) -> bool:
    """Whether `x.name` is what the `__dict__` of such an x has: no module, class or stand-in."""
    lookup, store = _first(kind, "__getattribute__"), _first(kind, "__dict__")
    usual = any(lookup is known for known in _USUAL)
    return usual and type(store) in (GetSetDescriptorType, MemberDescriptorType)


def _attributes(whole: object) -> dict[Any, object]:
    found = object.__getattribute__(whole, "__dict__")
    return found if type(found) is dict else {}


def _is_hidden(kind: type, name: str) -> bool:
    """Whether a property, or what else has a `__set__`, stands before the `__dict__`."""
    guard = type(_first(kind, name))
    return _first(guard, "__set__") is not None or _first(guard, "__delete__") is not None


def _first(kind: type, name: str) -> object:
    return next((_own(base)[name] for base in _bases(kind) if name in _own(base)), None)
