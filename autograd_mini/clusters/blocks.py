"""Nodes put together in blocks, so that no block needs its own output."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from heapq import heappop, heappush

from autograd_mini.tracing.graph import Graph


def blocks_of(graph: Graph, labels: Sequence[Hashable]) -> list[list[int]]:
    """The indices of the nodes with the same label as one block; operands' blocks come first.

    >>> from autograd_mini import Value
    >>> from autograd_mini.tracing.graph import graph_of
    >>> graph = graph_of(Value(1.0).exp().sin().exp())
    >>> blocks_of(graph, ["x", "f", "f", "g"])
    [[0], [1, 2], [3]]
    >>> blocks_of(graph, ["x", "f", "g", "f"])
    [[0], [1], [2], [3]]

    What has one label is cut into several blocks where the output of a part leads, through other
    blocks, back into it, as in a network that is applied to its own output. Each part is as large
    as it can be at that point.
    """
    return list(_Sorter(graph, labels).blocks())


class _Sorter:
    """Kahn's algorithm (Communications of the ACM 5, 1962) on blocks: take what waits for nothing.

    A block is taken whole as soon as it waits for no other one. If there is none, blocks wait for
    each other, and the nodes of one that wait for nothing are taken as a block of their own.
    """

    def __init__(self, graph: Graph, labels: Sequence[Hashable]) -> None:
        numbers: dict[Hashable, int] = {}
        self.nodes, self.left = graph.nodes, len(graph.nodes)
        self.block = [numbers.setdefault(label, len(numbers)) for label in labels]
        self.last = [0] * len(numbers)  # the last member
        self.ready: list[list[int]] = [[] for _ in numbers]  # the members that wait for nothing
        self.outside = [0] * len(numbers)  # operands to come from other blocks
        self.users: list[list[int]] = [[] for _ in labels]
        self.awaited = [0] * len(labels)  # operands to come
        self.taken = [False] * len(labels)
        self.wholes: list[tuple[int, int]] = []  # blocks that wait for nothing, the earliest first
        self.results: list[int] = []  # and single results
        for node in graph.nodes:
            self._enter(node.index, node.parents)

    def _enter(self, index: int, parents: tuple[int, ...]) -> None:
        own = self.block[index]
        self.last[own] = index
        for parent in parents:
            self.users[parent].append(index)
            self.outside[own] += self.block[parent] != own
            self.awaited[index] += self._waits(index, parent)

    def _waits(self, index: int, operand: int) -> bool:
        """Leaves and constants of the same block are there as soon as they are wanted."""
        return self.block[operand] != self.block[index] or bool(self.nodes[operand].parents)

    def blocks(self) -> Iterator[list[int]]:
        for number in range(len(self.last)):
            self._offer_block(number)
        for index in range(len(self.block)):
            self._offer_node(index)
        sources = iter([node.index for node in self.nodes if not node.parents])
        while self.left:
            taken = self._taken_from(self._next(sources))
            self.left -= len(taken)
            yield sorted(taken)

    def _offer_block(self, number: int) -> None:
        if not self.outside[number]:
            heappush(self.wholes, (self.last[number], number))

    def _offer_node(self, index: int) -> None:
        if not self.awaited[index]:
            self.ready[self.block[index]].append(index)
            if self.nodes[index].parents:
                heappush(self.results, index)

    def _next(self, sources: Iterator[int]) -> int:
        if self.wholes:
            return heappop(self.wholes)[1]
        while self.results:
            index = heappop(self.results)
            if not self.taken[index]:
                return self.block[index]
        return self.block[next(index for index in sources if not self.taken[index])]

    def _taken_from(self, number: int) -> list[int]:
        """All that a block has to give; without need of other blocks, this is all that is left."""
        taken = self.ready[number]
        for index in taken:  # it grows: each brings others that waited for it
            self._take(index)
        self.ready[number] = []
        return taken

    def _take(self, index: int) -> None:
        self.taken[index] = True
        for user in self.users[index]:
            if self.block[user] != self.block[index]:
                self.outside[self.block[user]] -= 1
                self._offer_block(self.block[user])
            if self._waits(user, index):
                self.awaited[user] -= 1
                self._offer_node(user)
