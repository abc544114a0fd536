"""Tables as text."""

from __future__ import annotations

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], gap: int = 2) -> list[str]:
    """Rows of cells as lines: the first column to the left, the others to the right.

    >>> print(*aligned([["rule", "loss"], ["plain", "0.25"], ["Adam", "0.125"]]), sep="\\n")
    rule    loss
    plain   0.25
    Adam   0.125
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        (" " * gap)
        .join(
            [
                cell.rjust(width) if place else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
        )
        .rstrip()
        for row in rows
    ]
