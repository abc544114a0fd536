"""What comes after what in a scene, so that layers can stand side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autograd_mini.drawing.scene import Scene, arrows_into

Path = tuple[str, ...]  # the names of a group and of those around it, behind their scene
Pair = tuple[Path, Path]


def neighbours(scene: Scene) -> list[tuple[list[str], list[str]]]:
    """For two groups of which one uses the other: what it uses, and what nothing leads to in it.

    Both are keys of boxes. There are none if the groups use each other in a circle.
    """
    paths = {box.key: (box.prefix, *box.item.within) for box in scene.boxes}
    used: dict[Pair, dict[str, None]] = {}
    for arrow in scene.arrows:
        if pair := _siblings(paths[arrow.source], paths[arrow.target]):
            used.setdefault(pair, {})[arrow.source] = None
    if _has_circle(used):
        return []
    targets = {arrow.target for arrow in scene.arrows}
    starts = [box.key for box in scene.boxes if box.key not in targets]
    found = [(list(keys), _inside(after, starts, paths)) for (_, after), keys in used.items()]
    return [(sources, leaves) for sources, leaves in found if leaves]


def has_only_short_arrows(scene: Scene) -> bool:
    """Whether each arrow leads to the next column, so that straight ones would cross no box."""
    arrows = arrows_into(scene.arrows)
    into = {box.key: [arrow.source for arrow in arrows[box.key]] for box in scene.boxes}
    columns: dict[str, int] = {}
    for key, sources in into.items():  # in the order of the graph: what leads to a box comes first
        if sources:
            columns[key] = 1 + max([columns.get(source, 0) for source in sources])
    for key, sources in reversed(into.items()):  # what nothing leads to stands before its last use
        for source in sources:
            columns.setdefault(source, columns[key] - 1)
    return all(columns[arrow.target] == columns[arrow.source] + 1 for arrow in scene.arrows)


def _siblings(one: Path, other: Path) -> Pair | None:
    """The outermost different groups that two boxes are in, if both are in one."""
    depths = range(1, min(len(one), len(other)) + 1)
    depth = next((depth for depth in depths if one[:depth] != other[:depth]), None)
    return None if depth is None else (one[:depth], other[:depth])


def _inside(group: Path, keys: Iterable[str], paths: Mapping[str, Path]) -> list[str]:
    return [key for key in keys if paths[key][: len(group)] == group]


def _has_circle(pairs: Iterable[Pair]) -> bool:
    after: dict[Path, set[Path]] = {}
    for before, behind in pairs:
        after.setdefault(before, set()).add(behind)
        after.setdefault(behind, set())
    while free := [group for group in after if not any(group in x for x in after.values())]:
        for group in free:
            del after[group]
    return bool(after)
