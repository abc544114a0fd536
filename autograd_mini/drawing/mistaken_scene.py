"""The picture of a mistake: the wrong pass beside the right one, and where they part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeGuard

from autograd_mini.drawing.captions import contribution
from autograd_mini.drawing.labels import DIGITS, name_text, number_text, signed_text
from autograd_mini.drawing.scene import Arrow, Group, Scene
from autograd_mini.drawing.snapshots import Snapshot, graph_to_print, place_of, snapshot
from autograd_mini.engine.errors import printable
from autograd_mini.text.as_text import as_text
from autograd_mini.tracing.events import CONTRIBUTION, SEED, Event
from autograd_mini.tracing.graph import Graph
from autograd_mini.tracing.trace import Trace

if TYPE_CHECKING:  # whose room takes time to import
    from autograd_mini.diagnosis.mistaken import MistakenTrace

HERE = "they part here"
PREFIXES = ("right_", "wrong_")
NOT_SHOWN = "Here the mistake does not show: both passes take the same steps."
HAS_ENDED = "Where they part, the {} pass has nothing more to pass on."


def is_mistaken(trace: object) -> TypeGuard[MistakenTrace]:
    """Whether a trace is that of a mistake."""
    return hasattr(trace, "mistake")


def mistake_scene(
    wrong: MistakenTrace, step: int | None, scene_at: Callable[[Snapshot, str], Scene]
) -> tuple[list[tuple[str, Graph]], Scene]:
    """Both passes in one picture, each in a frame; `scene_at` makes the scene of one of them.

    Before it, both graphs with their titles.
    """
    right = wrong.right
    last = None if step is None else min(step, len(right))
    snapshots = (snapshot(right, last), snapshot(wrong, step))
    scenes = [scene_at(*pair) for pair in zip(snapshots, PREFIXES, strict=True)]
    both = _beside(wrong, *scenes)
    _mark_parting(both, scenes, (right, wrong), step)
    if step is None or step == len(wrong):
        _mark_wrong_gradients(scenes[1], *snapshots)
    titles = [group.title for group in both.groups]
    return list(zip(titles, map(graph_to_print, snapshots), strict=True)), both


def _beside(wrong: MistakenTrace, *scenes: Scene) -> Scene:
    boxes = [box for scene in scenes for box in scene.boxes]
    arrows = [arrow for scene in scenes for arrow in scene.arrows]
    name = name_text(wrong.mistake.name)
    groups = [Group("right", "right", "right"), Group("wrong", name, "mistake")]
    for group, scene in zip(groups, scenes, strict=True):
        group.boxes = [box for box in scene.boxes if not box.item.within]
        group.groups = scene.groups
    last = scenes[-1]
    notes = [printable(f"{name}: {wrong.mistake.sentence}"), *last.notes]
    return replace(last, boxes=boxes, arrows=arrows, groups=groups, notes=notes)


# -- where they part -------------------------------------------------------------------------------


def _mark_parting(
    both: Scene, scenes: list[Scene], traces: tuple[Trace, Trace], step: int | None
) -> None:
    pair = _parting(*traces)
    if pair is None:
        both.notes.append(NOT_SHOWN)
        return
    if not all(_has_happened(*each, step) for each in zip(traces, pair, strict=True)):
        return
    for scene, trace, event, name in zip(scenes, traces, pair, ("right", "wrong"), strict=True):
        if event is None:
            both.notes.append(HAS_ENDED.format(name))
        else:
            _mark(scene, trace, event)


def _has_happened(trace: Trace, event: Event | None, step: int | None) -> bool:
    """Whether a pass has come to an event, or to its end where it has no such event."""
    place = len(trace) if event is None else trace.events.index(event) + 1
    return step is None or step >= place


def _parting(right: Trace, wrong: Trace) -> tuple[Event | None, Event | None] | None:
    """The first events in which something else comes, or comes elsewhere; None if there is none."""
    arrivals = [[e for e in trace if e.kind in (SEED, CONTRIBUTION)] for trace in (right, wrong)]
    pairs = zip_longest(*arrivals)
    return next(((one, other) for one, other in pairs if _key(one) != _key(other)), None)


def _key(event: Event | None) -> tuple[object, ...]:
    if event is None:
        return ()
    consumer = event.consumer.index if event.consumer else None
    numbers = [repr(number) for number in (event.local, event.upstream, event.product, event.after)]
    return (event.node.index, consumer, event.position, *numbers)


def _mark(scene: Scene, trace: Trace, event: Event) -> None:
    """The edge that something else comes along; or its node, if the edge is not to be seen."""
    here = ("", HERE, "alarm")
    arrow = _arrow_of(scene, event)
    if arrow is None:
        index = event.node.index
        box = next(box for box in scene.boxes if index in {node.index for node in box.item.nodes})
        box.emphasis = "alarm"
        box.rows.append(here)
        return
    lines = [as_text(contribution(trace, event), DIGITS)]
    if event.before is not None:
        lines.append(f"total {number_text(event.after)}")
    arrow.emphasis, arrow.flows_back = "alarm", True
    arrow.rows = [*[("", line, "contribution") for line in lines], here]


def _arrow_of(scene: Scene, event: Event) -> Arrow | None:
    place = (event.consumer.index if event.consumer else None, event.position)
    edges = [(arrow, edge) for arrow in scene.arrows for edge in arrow.link.edges]
    return next((arrow for arrow, edge in edges if place_of(edge) == place), None)


# -- what comes of it ------------------------------------------------------------------------------


def _mark_wrong_gradients(scene: Scene, right: Snapshot, wrong: Snapshot) -> None:
    for box in scene.boxes:
        place = next((k for k, row in enumerate(box.rows) if row[2] == "gradient"), None)
        index = box.item.node.index
        should, came = [now.graph.nodes[index].grad for now in (right, wrong)]
        if place is not None and _read(should) != _read(came):
            text = box.rows[place][1]
            written = signed_text(should) if scene.has_legend else number_text(should)
            instead = ("not ", written, "alarm")  # "not " is as wide as "grad"
            box.rows[place : place + 1] = [("grad", text, "alarm"), instead]
            box.emphasis = box.emphasis or "alarm"


def _read(gradient: float | None) -> str:
    """A gradient to compare, as `Value.grad` reads: 0.0 where none came, and -0.0 is no mistake."""
    return repr((gradient or 0.0) + 0.0)
