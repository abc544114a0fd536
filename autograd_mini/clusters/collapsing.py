"""`outline`: what is shown of a graph, with some of its groups closed, and not too much of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from autograd_mini.clusters.blocks import blocks_of
from autograd_mini.clusters.expansion import expansion
from autograd_mini.clusters.items import Item, Outline, linked
from autograd_mini.clusters.layers import Groups, groups_of
from autograd_mini.clusters.summaries import alike_merged, nearest_kept
from autograd_mini.clusters.titles import caption
from autograd_mini.tracing.graph import Graph

LIMIT = 100
MODES = ("auto", "none", "neurons", "layers")
_MODES = ", ".join(map(repr, MODES))


def outline(
    graph: Graph,
    closed: str | Iterable[str] = "auto",
    expand: bool | str | Iterable[str] = False,
    limit: int = LIMIT,
) -> Outline:
    """What a picture shows of a graph: nodes, and closed groups of nodes.

    >>> from autograd_mini import nn
    >>> from autograd_mini.tracing.graph import graph_of
    >>> graph = graph_of(nn.MLP(2, [2, 1])([1.0, 2.0]))
    >>> for item in outline(graph, closed="layers").items:
    ...     print(len(item.nodes), "of", item.title or item.key, item.note)
    1 of v4
    1 of v5
    10 of layers[0] layer: 2 relu neurons, 6 parameters
    4 of layers[1] layer: 1 neuron, 3 parameters

    `closed` is "none", "neurons" (the innermost groups), "layers" (what is around those), or the
    names of groups, such as ["layers[0]", "layers[1].neurons[0]"]. "auto" closes what it must to
    show at most `limit` items: nothing, or neurons, or layers, or all groups; then nodes that are
    alike become one item, such as "100 × softplus"; then only the items nearest to the result stay,
    and one item stands for the others. `notes` says what is not shown one by one.

    `expand` opens `dot` nodes first, all (True) or those with these names, into products and sums.

    A group whose output leads, through other nodes, back into it is cut into parts, in the order of
    their use. Unknown names are a `ValueError` that says which there are.
    """
    if limit < 1:
        raise ValueError(f"the limit is {limit!r}, and must be 1 or more")
    opened, origins = expansion(graph, expand)
    groups = groups_of(graph)
    if opened is not graph:
        groups = groups.carried(origins)
    if closed == "auto":
        return _automatic(opened, groups, limit)
    names = _chosen(groups, closed)
    items, notes = _closed(opened, groups, names)
    hidden = [item for item in items if item.is_closed]
    if hidden:
        notes.insert(0, _amount(hidden, len(opened.nodes)))
    elif closed in ("neurons", "layers"):
        notes.append(_NO_GROUP)
    return linked(opened, items, notes + (_doubled(groups) if closed != "none" else []))


def _chosen(groups: Groups, closed: str | Iterable[str]) -> list[str]:
    if isinstance(closed, str) and closed in MODES:
        return {"neurons": groups.innermost, "layers": groups.layers}.get(closed, [])
    if not isinstance(closed, Iterable):
        raise TypeError(f"`closed` is {closed!r}, and must be one of {_MODES} or names of groups")
    names = [closed] if isinstance(closed, str) else list(closed)
    for name in names:
        if name not in groups.names:
            raise ValueError(_unknown(name, groups))
    return names


def _unknown(name: object, groups: Groups) -> str:
    known = ", ".join(groups.names[:12]) + (", ..." if len(groups.names) > 12 else "")
    some = f"the groups of this graph: {known}" if known else "groups, of which this graph has none"
    return f"cannot close {name!r}; choose one of {_MODES}, or of {some}"


# -- closed groups ---------------------------------------------------------------------------------


def _closed(graph: Graph, groups: Groups, names: Sequence[str]) -> tuple[list[Item], list[str]]:
    """The items with these groups closed, and a note for each that had to be cut."""
    labels = _labels(groups, names)
    blocks = blocks_of(graph, labels) if names else [[node.index] for node in graph.nodes]
    parts = Counter([label for block in blocks if isinstance(label := labels[block[0]], str)])
    seen: Counter[str] = Counter()
    items = []
    for block in blocks:
        label, around = labels[block[0]], groups.within[block[0]]
        nodes = [graph.nodes[index] for index in block]
        if isinstance(label, str):
            seen[label] += 1
            cut = f" ({seen[label]:,} of {parts[label]:,})" if parts[label] > 1 else ""
            note, around = caption(groups, label, block), around[: around.index(label)]
            items.append(Item(f"g{block[-1]}", nodes, label + cut, note, around))
        else:
            items.append(Item(f"v{block[0]}", nodes, within=around))
    return items, [_in_parts(name, count) for name, count in parts.items() if count > 1]


def _labels(groups: Groups, names: Iterable[str]) -> list[str | int]:
    """For each node the outermost of these groups that it is in, or else its own index."""
    wanted = set(names)
    closed = {
        chain: next((name for name in chain if name in wanted), None)
        for chain in dict.fromkeys(groups.within)
    }
    return [closed[chain] or index for index, chain in enumerate(groups.within)]


# -- not too much ----------------------------------------------------------------------------------


def _automatic(graph: Graph, groups: Groups, limit: int) -> Outline:
    """The first way of closing groups that leaves few enough items; else some become one."""
    ways = {"": [], "neurons": groups.innermost, "layers": groups.layers}
    ways["groups"] = groups.outermost
    counts = {way: len(set(_labels(groups, names))) for way, names in ways.items()}
    way = next((way for way in ways if counts[way] <= limit), min(ways, key=counts.__getitem__))
    items, notes = _closed(graph, groups, ways[way])
    if way:
        notes.insert(0, f"the {way} are closed; draw(v, closed={_OPENED[way]!r}) opens them.")
    if len(items) > limit:
        items, more = _merged(graph, items, limit)
        notes += more
    if notes:
        more = [note[:1].upper() + note[1:] for note in notes[1:]]
        notes = [f"{len(graph.nodes):,} nodes: {notes[0]}", *more, *_doubled(groups)]
    return linked(graph, items, notes)


_OPENED = {"neurons": "none", "layers": "neurons", "groups": "layers"}


def _merged(graph: Graph, items: list[Item], limit: int) -> tuple[list[Item], list[str]]:
    notes = []
    some = alike_merged(graph, items, limit)
    if len(some) < len(items):
        notes.append(_alike(some))
    if len(some) > limit:
        count = max(1, limit * 3 // 5)
        some = nearest_kept(graph, some, count)
        notes.append(_nearest(some))
    return some, notes


# -- what is said about it -------------------------------------------------------------------------

_NO_GROUP = "There is no group to close: no parameter here has a path such as layers[0].w[1]."


def _amount(hidden: Sequence[Item], total: int) -> str:
    boxes = "1 closed box stands" if len(hidden) == 1 else f"{len(hidden):,} closed boxes stand"
    return f"{boxes} for {sum([len(item.nodes) for item in hidden]):,} of {total:,} nodes."


def _in_parts(name: str, count: int) -> str:
    return (
        f"The group {name} leads back into itself through other nodes, so it is {count:,} boxes, "
        "in the order of their use."
    )


def _alike(items: Iterable[Item]) -> str:
    merged = [item for item in items if item.key.startswith("m")]
    largest = max(merged, key=lambda item: len(item.nodes))
    return (
        "nodes alike, with the same operation in the same place, are one box, "
        f"such as '{largest.title}'."
    )


def _nearest(items: Sequence[Item]) -> str:
    (rest,) = [item for item in items if item.key == "others"]
    return (
        f"only the {len(items) - 1:,} boxes nearest to the result are shown, and "
        f"'{rest.title}' for the others; draw an inner node to see more."
    )


def _doubled(groups: Groups) -> list[str]:
    if not groups.doubled:
        return []
    return [f"Two parameters are called {groups.doubled[0]}: groups need labels that differ."]
