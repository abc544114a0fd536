"""A name for each slot of a straight line: the user's own, where it can be one in every language.

A name that reaches a source text consists of ASCII letters, digits and underscores, whatever the
label was. So a label can be a variable, and can never become code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from autograd_mini.program.reserved_words import LIKE_A_MACRO
from autograd_mini.tracing.graph import numbered

if TYPE_CHECKING:
    from autograd_mini.program.linear import Linear

LONGEST = 60

# An identifier, or a path such as layers[0].neurons[1].w[2] or weights['b'].
_PATH = re.compile(r"[A-Za-z]\w*(\.\w+|\[\d+\]|\['\w+'\])*", re.ASCII)
_BETWEEN = re.compile(r"\W+", re.ASCII)


def slot_names(linear: Linear, reserved: frozenset[str] = frozenset()) -> list[str]:
    """A name for each slot: an identifier in every language, not reserved, and no other slot's.

    >>> from autograd_mini import Value
    >>> from autograd_mini.program.linear import linearised
    >>> x, w, b = Value(2.0, "x"), Value(3.0, "layers[0].w[1]"), Value(4.0, "if")
    >>> slot_names(linearised([w * x + b], [x]), frozenset(["if", "for"]))
    ['x', 'layers_0_w_1', 'if_', 'v1', 'v2']

    It is the label where that is a plain identifier; the path of a parameter is joined by
    underscores; of several slots with the same label the first keeps it. Nodes without a name are
    v1 (results) and x1 (leaves), as in every picture of the graph. The other steps are d_w where
    they are the gradient by w, else t1, t2, ...; leaves whose label can be no name go on with x.
    """
    wanted = [identifier(name) for name in linear.names]
    reserved |= set(filter(LIKE_A_MACRO.fullmatch, wanted))
    # What the user chose comes first: an invented name gives way to it, wherever it stands.
    taken = {*wanted, *reserved}
    seen = set(reserved)
    numbers: Counter[str] = Counter()
    names: list[str] = []
    pairs = zip(wanted, _invented(linear, wanted, {*taken, *linear.invented}), strict=True)
    for slot, (name, invented) in enumerate(pairs):
        if slot in linear.gradient_of:
            invented = f"d_{names[linear.gradient_of[slot]]}"
        free = name and name not in seen
        new = name if free else _free(name or invented, taken, reserved, numbers)
        names.append(new)
        seen.add(new)
        taken.add(new)
    return names


def identifier(label: str) -> str:
    """A label as an identifier, or "" where it is neither one nor a path.

    >>> identifier("w"), identifier("layers[0].neurons[1].w[2]"), identifier("weights['b']")
    ('w', 'layers_0_neurons_1_w_2', 'weights_b')
    >>> identifier("w; import os"), identifier("_w"), identifier("ω")
    ('', '', '')
    """
    name = _BETWEEN.sub("_", label.rstrip("]'")) if _PATH.fullmatch(label) else ""
    return name if len(name) <= LONGEST else ""


def _invented(linear: Linear, wanted: Sequence[str], taken: Collection[str]) -> Iterator[str]:
    """For each slot what its node is called without a name of its own, else a name of its kind."""
    counts = (linear.inputs + len(linear.parameters), len(linear.constants), len(linear.steps))
    kinds = [numbered(letter, taken) for letter in "xct"]
    found = [kind for kind, many in zip(kinds, counts, strict=True) for _ in range(many)]
    for kind, own, name in zip(found, wanted, linear.invented, strict=True):
        yield "" if own else name or next(kind)


def _free(name: str, taken: set[str], reserved: frozenset[str], numbers: Counter[str]) -> str:
    """The name if it is free, else if_ for a reserved one, and w_2 for one that is taken."""
    name = f"{name}_" if name in reserved else name
    if name not in taken:
        return name
    while (new := f"{name}_{numbers[name] + 2}") in taken:
        numbers[name] += 1  # so that ten thousand equal labels do not each begin at 2
    return new
