"""Checks of the arguments the data set functions share, and the one source of chance."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

# Far beyond any useful size, and small enough that no coordinate can overflow.
LARGEST = 1_000_000


def whole(name: str, value: int, least: int) -> int:
    """Return `value` as an int if it is one and at least `least`, else raise a sentence."""
    wanted = f"a whole number, {least} or more"
    if not hasattr(value, "__index__"):
        raise TypeError(f"`{name}` is {value!r}, and must be {wanted}; give an int.")
    if value < least:
        raise ValueError(f"`{name}` is {value!r}, and must be {wanted}; give {least} or above.")
    return int(value)


def real(name: str, value: float, least: float) -> float:
    """Return `value` as a float if it lies from `least` to LARGEST, else raise a sentence."""
    wanted = f"a number from {least} to {LARGEST}; give a float in that range."
    return _inside(name, value, lambda number: least <= number <= LARGEST, wanted)


def fraction(name: str, value: float) -> float:
    """Return `value` as a float if it lies strictly between 0 and 1, else raise a sentence."""
    wanted = "a fraction strictly between 0 and 1; give a float such as 0.2."
    return _inside(name, value, lambda number: 0 < number < 1, wanted)


def _inside(name: str, value: float, fits: Callable[[float], bool], wanted: str) -> float:
    if not hasattr(value, "__float__"):
        raise TypeError(f"`{name}` is {value!r}, and must be {wanted}")
    if not fits(value):
        raise ValueError(f"`{name}` is {value!r}, and must be {wanted}")
    return float(value)


def seeded(seed: int) -> Random:
    """Return a generator of its own for `seed`, so that the global one is left alone."""
    # Imported here: it takes longer than the rest of this package, and iris() needs no chance.
    from random import Random

    # Python seeds -1 and 1 alike, so a negative seed would quietly repeat another one.
    return Random(whole("seed", seed, least=0))
