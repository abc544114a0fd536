"""What a picture consists of, whatever language it is written in: boxes, arrows, and their texts.

The roles of texts are "name", "number" (of a constant), "caption", "data", "gradient", "local",
"contribution", "note" and "alarm"; a theme gives each its colour. The emphasis of a thing is "",
"pale", "strong", "active" (it happens at this moment) or "alarm".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograd_mini.clusters.items import Item, Link

if TYPE_CHECKING:
    Row = tuple[str, str, str]  # a caption, a text, and the role of the text


class Choice:
    """What a picture shows of a graph, each True or False."""

    def __init__(
        self,
        *,
        values: bool = True,
        gradients: bool = True,
        local_derivatives: bool = True,
        contributions: bool = False,
        colour: bool = False,
    ) -> None:
        self.values, self.gradients = values, gradients
        self.local_derivatives, self.contributions = local_derivatives, contributions
        self.colour = colour
        for name, given in vars(self).items():
            if given not in (True, False):
                raise ValueError(f"unknown {name} {given!r}; choose True or False")


class Box:
    """A box for an item; `symbol` is the operation before it, None where there is none to show.

    `shade` is the class of its gradient where colours show it, else "". `room` is the number of
    characters that its numbers will need in the course of the two passes, 0 if they stay.
    """

    def __init__(
        self,
        item: Item,
        kind: str,
        rows: Sequence[Row],
        symbol: str | None = None,
        prefix: str = "",
    ) -> None:
        self.item, self.kind, self.rows, self.symbol = item, kind, list(rows), symbol
        self.prefix, self.key = prefix, f"{prefix}{item.key}"
        self.operation_key = f"{prefix}o{item.node.index}"
        self.joint_key = f"{prefix}r{item.node.index}"
        self.emphasis, self.operation_emphasis, self.shade, self.room = "", "", "", 0
        self.flows_back = False


class Arrow:
    """An arrow along a link. `kind` is "flow", "stop-gradient" or "constant".

    `flows_back` says that what happens at this moment goes against the arrow. `room` is how many
    characters and lines its texts will need in the course of the two passes.
    """

    def __init__(self, link: Link, kind: str, rows: Sequence[Row], prefix: str = "") -> None:
        edge = link.edges[0]
        self.link, self.kind, self.rows = link, kind, list(rows)
        self.key = f"{prefix}e{edge.consumer.index}-{edge.position}"
        self.source, self.target = f"{prefix}{link.source.key}", f"{prefix}{link.target.key}"
        self.emphasis, self.flows_back, self.room = "", False, (0, 0)


class Group:
    """A frame with a title around boxes and groups; `kind` is "group", "right" or "mistake"."""

    def __init__(self, key: str, title: str, kind: str = "group") -> None:
        self.key, self.title, self.kind = key, title, kind
        self.boxes: list[Box] = []
        self.groups: list[Group] = []


class Scene:
    """The boxes, arrows and groups of a picture, and what stands below it.

    `caption` says which moment this is; `notes` are sentences; `has_legend` asks for the colours of
    gradients. `room` is the number of characters of the longest caption.
    """

    def __init__(
        self, boxes: Sequence[Box], arrows: Sequence[Arrow], groups: Sequence[Group] = ()
    ) -> None:
        self.boxes, self.arrows, self.groups = list(boxes), list(arrows), list(groups)
        self.caption, self.room, self.has_legend = "", 0, False
        self.notes: list[str] = []
