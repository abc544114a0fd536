"""Large outlines made small: what is alike is shown as one, and what is far away is counted."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Hashable, Sequence

from autograd_mini.clusters.blocks import blocks_of
from autograd_mini.clusters.items import Item, places_of
from autograd_mini.clusters.titles import counted
from autograd_mini.engine.errors import printable
from autograd_mini.engine.facts import facts_of
from autograd_mini.tracing.graph import Graph, Node

Use = tuple[int, Node, int]  # the place of the item that uses another, its node, the operand

MANY = 10  # so many alike become one wherever anything has to
LONGEST_NAME = 20
KINDS = 4  # so many are counted one by one


# -- alike -----------------------------------------------------------------------------------------


def alike_merged(graph: Graph, items: Sequence[Item], limit: int) -> list[Item]:
    """The items, with those alike made one: ten or more, and fewer until `limit` items are left.

    >>> from autograd_mini import Value, sum
    >>> from autograd_mini.tracing.graph import graph_of
    >>> graph = graph_of(sum([Value(x).exp() for x in (1.0, 2.0, 3.0)]))
    >>> single = [Item(f"v{node.index}", [node]) for node in graph.nodes]
    >>> [item.title or item.key for item in alike_merged(graph, single, 5)]
    ['3 × leaf', '3 × exp', 'v6']

    Nodes are alike if they have the same operation and are the same operand of nodes alike; so this
    goes from the root to the leaves, once along each edge. Additions one after the other are taken
    as one sum of many terms, and so are products.
    """
    classes = _classes(graph, items)
    sizes = Counter(classes)
    if len(sizes) == len(items):
        return list(items)
    least = _least_size(Counter(sizes.values()), len(items), limit)
    labels = [("alike", c) if sizes[c] >= least else place for place, c in enumerate(classes)]
    places = places_of(graph, items)
    merged = []
    for block in blocks_of(graph, [labels[place] for place in places]):
        mine = [items[place] for place in dict.fromkeys([places[index] for index in block])]
        merged.append(mine[0] if len(mine) == 1 else _of_those_alike(mine))
    return merged


def _least_size(classes: Counter[int], count: int, limit: int) -> int:
    """How large a class must be to become one item, so that few enough are left."""
    least = count + 1
    for size in sorted(classes, reverse=True):
        if size > 1 and (size >= MANY or count > limit):
            least = size
            count -= (size - 1) * classes[size]
    return least


def _classes(graph: Graph, items: Sequence[Item]) -> list[int]:
    """For each item the number of its class; items that are alike have the same."""
    places = places_of(graph, items)
    uses: list[list[Use]] = [[] for _ in items]
    for node in graph.nodes:
        for position, parent in enumerate(node.parents):
            if places[parent] != places[node.index]:
                uses[places[parent]].append((places[node.index], node, position))
    classes = [0] * len(items)
    numbers: dict[Hashable, int] = {}
    for place in range(len(items) - 1, -1, -1):  # those that use an item come behind it
        users = uses[place]
        if len(users) == 1 and _is_chain(items[place], items[users[0][0]]):
            classes[place] = classes[users[0][0]]
        else:
            parts = [(classes[use[0]], _role(items[use[0]], *use[1:])) for use in users]
            key = (_kind(items[place]), frozenset(parts))
            classes[place] = numbers.setdefault(key, len(numbers))
    return classes


def _is_chain(item: Item, user: Item) -> bool:
    """Whether two are one sum in two operations, as in a + b + c, or one product."""
    is_open = not item.is_closed and not user.is_closed and item.node.op is user.node.op
    facts = facts_of(item.node.op)
    return is_open and facts.symmetric and facts.kind != "reduction"


def _kind(item: Item) -> Hashable:
    if item.is_closed:
        return item.key
    return item.node.op or item.node.is_leaf


def _role(user: Item, consumer: Node, position: int) -> int:
    """As which operand a node is used: as a weight, an input or the bias of a dot node."""
    facts = facts_of(consumer.op)
    if user.is_closed or facts.form == "sum" or (facts.symmetric and facts.kind == "reduction"):
        return 0
    if facts.form == "dot":
        return position // max(1, len(consumer.parents) // 2)
    return position


def _of_those_alike(items: Sequence[Item]) -> Item:
    nodes = [item.node for item in items]
    title = f"{len(nodes):,} × {_word(nodes[0])}"
    names = [node.name for node in nodes if node.is_leaf and node.name]
    ends = f"{_cut(names[0])} to {_cut(names[-1])}, " if len(names) == len(nodes) else ""
    return Item(f"m{nodes[-1].index}", nodes, title, ends + _range(nodes))


def _word(node: Node) -> str:
    if node.op:
        return printable(_cut(node.op.symbol or node.op.name))
    return "leaf" if node.is_leaf else "constant"


def _cut(name: str) -> str:
    return printable(name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…")


def _range(nodes: Sequence[Node]) -> str:
    finite = [node.data + 0.0 for node in nodes if math.isfinite(node.data)]
    if not finite:
        return "no data is finite"
    low, high = f"{min(finite):.4g}", f"{max(finite):.4g}"
    between = f"data {low}" if low == high else f"data from {low} to {high}"
    others = len(nodes) - len(finite)
    return f"{between}, {others:,} not finite" if others else between


# -- far away --------------------------------------------------------------------------------------


def nearest_kept(graph: Graph, items: Sequence[Item], count: int) -> list[Item]:
    """The `count` items that are nearest to the root, behind one that stands for all the others.

    >>> from autograd_mini import Value
    >>> from autograd_mini.tracing.graph import graph_of
    >>> graph = graph_of(Value(1.0).exp().sin().exp())
    >>> items = nearest_kept(graph, [Item(f"v{i}", [graph.nodes[i]]) for i in range(4)], 2)
    >>> [item.title or item.key for item in items], items[0].note
    (['2 more nodes', 'v2', 'v3'], '1 × exp, 1 leaf; 1 operation in a row')

    An item is kept only if all that use it are kept, so that no item leads into the others.
    """
    kept = _nearest(graph, items, count)
    others = [node for place, item in enumerate(items) if place not in kept for node in item.nodes]
    others.sort(key=lambda node: node.index)
    title = f"{len(others):,} more nodes"
    return [Item("others", others, title, _make_up(others)), *[items[i] for i in sorted(kept)]]


def _nearest(graph: Graph, items: Sequence[Item], count: int) -> set[int]:
    places = places_of(graph, items)
    operands: list[set[int]] = [set() for _ in items]
    for node in graph.nodes:
        operands[places[node.index]].update([places[parent] for parent in node.parents])
    waiting = Counter([there for here, ps in enumerate(operands) for there in ps if there != here])
    queue, kept = deque([places[-1]]), set[int]()
    while queue and len(kept) < count:
        here = queue.popleft()
        kept.add(here)
        for there in sorted(operands[here] - {here}):
            waiting[there] -= 1
            if not waiting[there]:
                queue.append(there)
    return kept


def _make_up(nodes: Sequence[Node]) -> str:
    """How many nodes of which kind, and how many operations come one after the other."""
    counts = Counter([_word(node) for node in nodes if node.op]).most_common()
    parts = [f"{count:,} × {word}" for word, count in counts[:KINDS]]
    others, leaves = sum([count for _, count in counts[KINDS:]]), [n for n in nodes if n.is_leaf]
    constants = [node for node in nodes if not node.op and not node.is_leaf]
    parts += [counted(others, "other operation")] if others else []
    parts += [counted(len(leaves), "leaf", "leaves")] if leaves else []
    parts += [counted(len(constants), "constant")] if constants else []
    depth = _depth(nodes)
    return ", ".join(parts) + (f"; {counted(depth, 'operation')} in a row" if depth else "")


def _depth(nodes: Sequence[Node]) -> int:
    """The largest number of operations one after the other."""
    depth: dict[int, int] = {}
    for node in nodes:
        below = max([depth.get(parent, 0) for parent in node.parents], default=0)
        depth[node.index] = below + (node.op is not None)
    return max(depth.values())
