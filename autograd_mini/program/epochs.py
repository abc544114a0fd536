"""The training loop of a program: plain gradient descent, with the parameters in one buffer."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from operator import index
from typing import TYPE_CHECKING, Any, SupportsIndex

from autograd_mini.engine.order import at_once
from autograd_mini.engine.value import Value, set_data
from autograd_mini.optim import SGD

if TYPE_CHECKING:
    import random

    Numbers = array[float] | memoryview[float]

_get_data = Value.__dict__["_data"].__get__


def numbers_of(leaves: Sequence[Value]) -> array[float]:
    """The numbers that the leaves have now.

    >>> numbers_of([Value(2.0), Value(3.0)])
    array('d', [2.0, 3.0])
    """
    return array("d", map(_get_data, leaves))


class TrainedParameters:
    """Parameters while they are trained; at the end of the block the leaves get their numbers.

    >>> w = Value(2.0)
    >>> with TrainedParameters([w]) as trained:
    ...     trained.numbers[0] = 3.0
    ...     trained.complete_epoch()
    ...     trained.numbers[0] = 4.0  # in the middle of the next epoch
    >>> w.data
    3.0
    """

    def __init__(self, leaves: Sequence[Value]) -> None:
        self.leaves = leaves
        self.numbers = numbers_of(leaves)
        self.velocity = array("d", bytes(8 * len(leaves)))
        self.complete_epoch()

    def complete_epoch(self) -> None:
        """The numbers of now are those that count."""
        self._complete = array("d", self.numbers)

    def write_back(self) -> None:
        """Give the leaves the numbers of the last complete epoch: to all of them, or to none."""
        at_once(map(set_data, self.leaves, self._complete))  # one call into C

    def __enter__(self) -> TrainedParameters:
        return self

    def __exit__(self, *error: object) -> None:
        self.write_back()


def descended(
    backend: Any,
    rows: tuple[Numbers, int],
    batch: int,
    rule: SGD,
    epochs: int,
    chance: random.Random | None,
    on_epoch: Callable[[int, float], Any] | None,
) -> list[float]:
    """Run the epochs on a backend of the gradient line: what `Program.descend` says."""
    numbers, count = rows
    order = array("q", range(count)) if chance or not numbers else None
    trained = TrainedParameters(rule.parameters)
    losses: list[float] = []
    with trained, trained:  # twice, for an interrupt may come while the first one ends
        for epoch in range(1, epochs + 1):
            if chance:
                chance.shuffle(order)  # type: ignore[arg-type]
            loss = backend.descend(
                numbers, order, batch, trained.numbers, trained.velocity, rule.lr, rule.momentum
            )
            trained.complete_epoch()
            losses.append(loss)
            if on_epoch is not None:
                trained.write_back()
                if on_epoch(epoch, loss) is True:
                    break
    return losses


# -- what is checked -------------------------------------------------------------------------------


def whole(name: str, value: object, least: int) -> int:
    """A whole number of at least so many, or a sentence.

    >>> whole("epochs", 2.5, least=0)
    Traceback (most recent call last):
    TypeError: `epochs` is 2.5, and must be a whole number, 0 or more
    """
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise TypeError(f"`{name}` is {value!r}, and must be a whole number, {least} or more")
    if index(value) < least:
        raise ValueError(f"`{name}` is {value!r}, and must be {least} or more")
    return index(value)


def generator(shuffle: object, name: str = "shuffle") -> random.Random | None:
    """Where the order of the rows comes from: a generator, or one with this seed; None for none.

    >>> generator(None), generator(7).random() == generator(7).random()
    (None, True)
    """
    import random

    if shuffle is None or isinstance(shuffle, random.Random):
        return shuffle
    if isinstance(shuffle, bool):
        raise TypeError(
            f"`{name}` is {shuffle!r}; give a seed such as 0, so that the run can be repeated, "
            "a random.Random, or None to leave the rows in order"
        )
    # Python seeds -1 and 1 alike, so a negative seed would quietly repeat another one.
    return random.Random(whole(name, shuffle, least=0))
