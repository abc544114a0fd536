"""What a picture consists of, whatever language it is written in: boxes, arrows, and their texts.

The roles of texts are "name", "number" (of a constant), "caption", "data", "gradient", "local",
"contribution", "note" and "alarm"; a theme gives each its colour. The emphasis of a thing is "",
"pale", "strong", "active" (it happens at this moment) or "alarm".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from autograd_mini.clusters.items import Item, Link

Row = tuple[str, str, str]  # a caption, a text, and the role of the text


@dataclass
class Choice:
    """What a picture shows of a graph, each True or False."""

    values: bool = True
    gradients: bool = True
    local_derivatives: bool = True
    contributions: bool = False
    colour: bool = False

    def __post_init__(self) -> None:
        for name, given in vars(self).items():
            if given not in (True, False):
                raise ValueError(f"unknown {name} {given!r}; choose True or False")


@dataclass(eq=False)
class Box:
    """A box for an item; `symbol` is the operation before it, None where there is none to show.

    `shade` is the class of its gradient where colours show it, else "". `room` is the number of
    characters that its numbers will need in the course of the two passes, 0 if they stay.
    """

    item: Item
    kind: str
    rows: list[Row]
    symbol: str | None = None
    prefix: str = ""
    emphasis: str = ""
    operation_emphasis: str = ""
    shade: str = ""
    room: int = 0
    flows_back: bool = False

    def __post_init__(self) -> None:
        self.key = f"{self.prefix}{self.item.key}"
        self.operation_key = f"{self.prefix}o{self.item.node.index}"
        self.joint_key = f"{self.prefix}r{self.item.node.index}"
        self.entry = self.key if self.symbol is None else self.operation_key  # of arrows


@dataclass(eq=False)
class Arrow:
    """An arrow along a link. `kind` is "flow", "stop-gradient" or "constant".

    `flows_back` says that what happens at this moment goes against the arrow. `room` is how many
    characters and lines its texts will need in the course of the two passes.
    """

    link: Link
    kind: str
    rows: list[Row]
    prefix: str = ""
    emphasis: str = ""
    flows_back: bool = False
    room: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        edge = self.link.edges[0]
        self.key = f"{self.prefix}e{edge.consumer.index}-{edge.position}"
        self.source = f"{self.prefix}{self.link.source.key}"
        self.target = f"{self.prefix}{self.link.target.key}"

    @property
    def is_at_a_group(self) -> bool:
        """Whether one of its ends is a closed group, or nodes that are shown as one."""
        return self.link.source.is_closed or self.link.target.is_closed


@dataclass(eq=False)
class Group:
    """A frame with a title around boxes and groups; `kind` is "group", "right" or "mistake"."""

    key: str
    title: str
    kind: str = "group"
    boxes: list[Box] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)


@dataclass(eq=False)
class Scene:
    """The boxes, arrows and groups of a picture, and what stands below it.

    `caption` says which moment this is; `notes` are sentences; `has_legend` asks for the colours of
    gradients. `room` is the number of characters of the longest caption.
    """

    boxes: list[Box]
    arrows: list[Arrow]
    groups: list[Group]
    caption: str = ""
    room: int = 0
    has_legend: bool = False
    notes: list[str] = field(default_factory=list)


def arrows_into(arrows: Iterable[Arrow]) -> dict[str, list[Arrow]]:
    """The arrows by the box that they lead to; none for another box."""
    into = defaultdict[str, list[Arrow]](list)
    for arrow in arrows:
        into[arrow.target].append(arrow)
    return into
