"""Many numbers, and how they are spread."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import reduce

from autograd_mini.engine import ieee
from autograd_mini.optim import _norm
from autograd_mini.text.numbers import number_text


class Spread:
    """Numbers, and how they are spread: mean, deviation, norm, quantiles.

    >>> spread = Spread([3.0, -4.0])
    >>> spread
    Spread(2 numbers: mean -0.5, deviation 3.5, norm 5)
    >>> spread.norm, spread.largest, spread.quantile(0.25)
    (5.0, 4.0, -2.25)

    `numbers` are all of them. `norm` is the root of the sum of their squares, and `largest` the
    largest in size. The deviation is that of the numbers themselves (divided by n). Of no numbers,
    everything is 0; where one is nan, so are the others.
    """

    __slots__ = ("deviation", "largest", "mean", "norm", "numbers")

    def __init__(self, numbers: Iterable[float]) -> None:
        self.numbers = tuple(numbers)
        count = max(1, len(self.numbers))
        self.mean = sum(self.numbers) / count
        self.norm = _norm(list(self.numbers))
        self.largest = reduce(ieee.maximum, map(abs, self.numbers), 0.0)
        away = [number - self.mean for number in self.numbers]
        self.deviation = _norm(away) / math.sqrt(count)

    def quantile(self, share: float) -> float:
        """The number that this share of the numbers is not above, interpolated between neighbours.

        >>> Spread([0.0, 1.0, 4.0]).quantile(0.5)
        1.0
        """
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"a quantile is asked for with a share from 0 to 1, not {share!r}")
        if not self.numbers:
            return 0.0
        ordered = sorted(self.numbers)
        place = share * (len(ordered) - 1)
        low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
        return low if low == high else low + (place - math.floor(place)) * (high - low)

    def __len__(self) -> int:
        return len(self.numbers)

    def __repr__(self) -> str:
        return (
            f"Spread({len(self)} numbers: mean {number_text(self.mean)}, "
            f"deviation {number_text(self.deviation)}, norm {number_text(self.norm)})"
        )
