"""What is said about a closed group: what it computes, and how large it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from autograd_mini.clusters.layers import Groups, WeightedSum
from autograd_mini.engine.errors import printable


def caption(groups: Groups, name: str, members: Iterable[int]) -> str:
    """What a group computes with these of its nodes.

    >>> from autograd_mini import nn
    >>> from autograd_mini.tracing.graph import graph_of
    >>> from autograd_mini.clusters.layers import groups_of
    >>> graph = graph_of(nn.Neuron(2, activation="tanh")([1.0, 2.0]))
    >>> caption(groups_of(graph), "neuron", range(len(graph.nodes)))
    'neuron: tanh(w·x + b), 2 weights'
    """
    own = [groups.sums[index] for index in members if index in groups.sums]
    times = Counter([found.first for found in own])
    used = max(times.values(), default=0)
    again = f", used {used:,} times" if used > 1 else ""
    activation = _activation(own)
    if name in groups.innermost and len(times) == 1:
        inner = "w·x + b" if own[0].has_bias else "w·x"
        written = f"{activation}({inner})" if activation else inner
        return f"neuron: {written}, {counted(own[0].weights, 'weight')}{again}"
    kind = "layer" if name in groups.innermost or name in groups.layers else "network"
    neurons = counted(len(times), f"{activation} neuron".strip())
    return f"{kind}: {neurons}, {counted(groups.parameters[name], 'parameter')}{again}"


def _activation(sums: Sequence[WeightedSum]) -> str:
    """The name of the activation that all have, if it is one."""
    found = {part.activation for part in sums}
    only = found.pop() if len(found) == 1 else None
    return printable(only.name) if only else ""


def counted(number: int, word: str, words: str = "") -> str:
    """How many of them."""
    return f"{number:,} {word if number == 1 else words or word + 's'}"
