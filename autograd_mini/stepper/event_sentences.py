"""What the stepper says about events, a function for each sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd_mini.text.parts import Equation, Words, listed

if TYPE_CHECKING:
    from autograd_mini.text.parts import Derivative, Name, Partial

MOST_NAMES = 4  # in one sentence

# -- at the start, and at the seed -----------------------------------------------------------------


def beginning(size: int, warning: str) -> Words:
    """What is there before anything happens, in a graph of so many nodes."""
    more = f" The graph has {size:,} nodes." if size > 100 else ""
    text = "The numbers that you gave, the leaves, are there; – is not computed yet."
    return Words(text, more, warning)


def other_start(symbol: Derivative, number: float | None) -> Words:
    """That a mistaken pass starts with something else than 1."""
    return Words(symbol, " starts as ", number, ".")


# -- a contribution --------------------------------------------------------------------------------


def local_derivative(made: Equation, symbol: Partial) -> Words:
    """What a local derivative is taken of."""
    return Words(made, ", so ", symbol)


def passed_on(consumer: Name, name: Name, flow: Any) -> Words:
    """What a result passes on to one of its operands."""
    return Words(consumer, " passes on to ", name, ": ", flow)


def so_far(total: Any, now: int, many: int) -> Words:
    """A total, and how many of its contributions are in it."""
    if many == 1:
        return Words(total, ", from its only contribution")
    more = ", the last" if now == many else ", more to come"
    return Words(total, f", with contribution {now} of {many}{more}")


def replacing(after: float | None, before: float) -> Words:
    """That a mistaken pass forgets the total before."""
    return Words(after, ", which replaces ", before)


def not_added(after: float | None, product: float | None) -> Words:
    """That a mistaken pass forgets a contribution."""
    return Words(after, "; ", product, " is not added")


# -- when a gradient is complete -------------------------------------------------------------------


def complete(total: Equation, reason: Words, onward: Words) -> Words:
    """That a gradient is complete, why, and where it went."""
    return Words(total, " is complete: ", reason, onward, ".")


def too_early(
    symbol: Derivative, number: float | None, onward: Words, missing: Sequence[Name]
) -> Words:
    """That a mistaken pass goes on from a gradient that is not complete."""
    more = Words("; but more is still to come from ", listed(missing))
    return Words(symbol, " is ", number, " now", onward, more, ".")


def shares(consumers: Sequence[Name], name: Name) -> Words:
    """That all results that use something have passed on to it."""
    if len(consumers) == 1:
        return Words(consumers[0], ", which uses ", name, ", has passed on its share")
    every = listed(consumers) if len(consumers) <= MOST_NAMES else f"all {len(consumers)} results"
    return Words(every, ", which use ", name, ", have passed on their shares")


def onward(name: Name, operands: Sequence[Any]) -> Words:
    """What a result has passed its gradient on to."""
    if not operands:
        return Words(", and ", name, " has no operand that a gradient can pass to")
    few = len(operands) <= MOST_NAMES
    every = listed(operands) if few else f"its {len(operands)} operands"
    return Words(", and ", name, " has passed on to ", every)


# -- where two passes part, and at the end ---------------------------------------------------------

RIGHT_HAS_ENDED = "Here they part: the right pass has ended."
ALL_FINISHED = "Both passes are finished."
SOME_WITHOUT = "Both passes are finished; where – still stands, no gradient comes."
RIGHT_ALL_THE_SAME = "Both passes are finished; the gradients of the leaves are right all the same."


def parting(happening: Words) -> Words:
    """What the right pass does where a mistaken one does something else."""
    return Words("Here they part. The right pass: ", happening, ".")


def wrong_gradients(wrong: Sequence[Words]) -> Words:
    """Which gradients a mistake has changed."""
    return Words(f"{ALL_FINISHED} Wrong: ", listed(wrong), ".")
