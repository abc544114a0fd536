"""The colours of pictures, the classes of gradients, and how strong or pale each thing is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from autograd_mini.drawing.output import unknown

# From which size on a gradient belongs to a class; below the last one it belongs to class 1.
SIZES = ((10.0, 5), (1.0, 4), (0.1, 3), (0.01, 2))
UNUSUAL = "nan, inf"
CLASSES = ("-5", "-4", "-3", "-2", "-1", "0", "+1", "+2", "+3", "+4", "+5", UNUSUAL)
LEGEND = (
    "<= -10", "<= -1", "<= -0.1", "<= -0.01", "< 0", "0",
    "> 0", ">= 0.01", ">= 0.1", ">= 1", ">= 10", UNUSUAL,
)  # fmt: skip


def class_of(gradient: float | None) -> str:
    """The class of a gradient, by its sign and its decade; "" for one that is not computed.

    >>> [class_of(gradient) for gradient in (250.0, 1.0, -0.5, 0.03, -1e-9, 0.0, None)]
    ['+5', '+4', '-3', '+2', '-1', '0', '']
    >>> class_of(float("-inf"))
    'nan, inf'
    """
    if gradient is None:
        return ""
    if not math.isfinite(gradient):
        return UNUSUAL
    if gradient == 0.0:
        return "0"
    size = next((number for least, number in SIZES if abs(gradient) >= least), 1)
    return f"{'-' if gradient < 0.0 else '+'}{size}"


class Look(NamedTuple):
    """How one thing is drawn: its line, what is inside, its text, and the width of the line."""

    line: str
    fill: str
    ink: str
    width: float = 1.0
    is_dashed: bool = False


@dataclass(kw_only=True)
class Theme:
    """The colours of one look; every text has a contrast of at least 4.5 to 1 to what is behind it.

    `boxes`, `arrows` and `groups` have a look for each kind, `roles` a colour for each role that a
    text can have. `operation` is the look of operations. What has an emphasis looks otherwise:
    `pale` for what is still to come or beside the point, `active` for what happens now, `alarm`
    where something goes wrong. `shades` are the colours inside a box for the classes of `scales`.
    """

    paper: str
    roles: dict[str, str]
    boxes: dict[str, Look]
    operation: Look
    arrows: dict[str, Look]
    groups: dict[str, Look]
    pale: Look
    active: Look
    alarm: Look
    shades: dict[str, tuple[str, str]]

    def box(self, kind: str, emphasis: str = "", shade: str = "") -> Look:
        """The look of a box."""
        if emphasis == "pale":
            return self.pale
        look = self._stressed(self.boxes[kind], emphasis)
        if emphasis == "active":
            look = look._replace(fill=self.active.fill, ink=self.active.ink)
        if shade:
            fill, ink = self.shades[shade]
            look = look._replace(fill=fill, ink=ink)
        return look

    def inks(self, kind: str, emphasis: str = "", shade: str = "") -> dict[str, str]:
        """The colours of the texts in a box, by their roles."""
        ink = self.box(kind, emphasis, shade).ink
        if shade or emphasis in ("pale", "active"):
            return dict.fromkeys([*self.roles, "name", "number"], ink)
        return {**self.roles, "name": ink, "number": ink}

    def circle(self, emphasis: str = "") -> Look:
        """The look of an operation."""
        if emphasis in ("pale", "active"):
            return self.pale if emphasis == "pale" else self.active
        return self._stressed(self.operation, emphasis)

    def arrow(self, kind: str, emphasis: str = "") -> Look:
        """The look of an arrow; `fill` is the paper."""
        plain = self.arrows[kind]
        if emphasis == "pale":
            return Look(self.pale.line, self.paper, self.pale.ink, 1.0, plain.is_dashed)
        return self._stressed(plain, emphasis)

    def _stressed(self, plain: Look, emphasis: str) -> Look:
        if emphasis in ("active", "alarm"):
            strong = self.active if emphasis == "active" else self.alarm
            return plain._replace(line=strong.line, width=strong.width)
        return plain._replace(width=self.active.width) if emphasis == "strong" else plain


def theme_named(name: str) -> Theme:
    """A theme by its name; another name is a `ValueError` that says which there are.

    >>> theme_named("dark").paper
    '#0f172a'
    """
    if isinstance(name, str) and name in THEMES:
        return THEMES[name]
    raise unknown("theme", name, THEMES)


def _roles(caption: str, ink: str, backward: str, alarm: str) -> dict[str, str]:
    """The inks of texts; `backward` is that of what the backward pass is made of."""
    backwards = dict.fromkeys(("gradient", "local", "contribution"), backward)
    return {"caption": caption, "data": ink, **backwards, "note": ink, "alarm": alarm}


def _arrows(line: str, faint: str, paper: str, ink: str, backward: str) -> dict[str, Look]:
    return {
        "flow": Look(line, paper, backward),
        "stop-gradient": Look(line, paper, ink, is_dashed=True),
        "constant": Look(faint, paper, ink),
    }


def _shades(inks: tuple[str, str], *fills: str) -> dict[str, tuple[str, str]]:
    """The fills from the largest negative class to the largest positive one, and the unusual."""
    shades = {name: (fill, inks[0]) for name, fill in zip(CLASSES, fills, strict=True)}
    return {**shades, UNUSUAL: (fills[-1], inks[1])}


BACKWARD = "#7e22ce"  # gradients and local derivatives: what the backward pass is made of
INK = "#111827"

LIGHT = Theme(
    paper="white",
    roles=_roles("#5f6673", INK, BACKWARD, "#c2410c"),
    boxes={
        "leaf": Look("#1d4ed8", "#eff6ff", "#1d4ed8"),
        "constant": Look("#d1d5db", "#ffffff", "#6b7280"),
        "result": Look("#475569", "#ffffff", INK),
        "out of date": Look("#c2410c", "#fff7ed", INK, 2.0, is_dashed=True),
        "group": Look("#334155", "#f1f4f9", INK, 2.0),
    },
    operation=Look("#334155", "#334155", "#ffffff"),
    arrows=_arrows("#64748b", "#b6bcc6", "white", INK, BACKWARD),
    groups={
        "group": Look("#94a3b8", "#f6f8fb", "#475569"),
        "right": Look("#94a3b8", "white", INK),
        "mistake": Look("#c2410c", "white", "#c2410c", 2.0),
    },
    pale=Look("#b4bbc6", "#ffffff", "#6b7280", is_dashed=True),
    active=Look("#111827", "#fde68a", INK, 3.0),
    alarm=Look("#c2410c", "#fff7ed", "#c2410c", 3.0),
    shades=_shades(
        (INK, INK),
        "#da720b", "#f4922f", "#f8b979", "#fbd7b2", "#fdecdb", "#ffffff",
        "#e4f0fd", "#c8dffa", "#a1c9f7", "#70adf3", "#3c90ef", "#ecc8f5",
    ),
)  # fmt: skip

_VIOLET, _CHALK = "#c9b8fd", "#f1f5f9"

DARK = Theme(
    paper="#0f172a",
    roles=_roles("#a3adbd", _CHALK, _VIOLET, "#fdba74"),
    boxes={
        "leaf": Look("#60a5fa", "#172554", "#93c5fd"),
        "constant": Look("#475569", "#0f172a", "#a3adbd"),
        "result": Look("#94a3b8", "#1e293b", _CHALK),
        "out of date": Look("#fb923c", "#43200d", _CHALK, 2.0, is_dashed=True),
        "group": Look("#cbd5e1", "#334155", _CHALK, 2.0),
    },
    operation=Look("#cbd5e1", "#cbd5e1", "#0f172a"),
    arrows=_arrows("#94a3b8", "#475569", "#0f172a", _CHALK, _VIOLET),
    groups={
        "group": Look("#64748b", "#16203a", "#cbd5e1"),
        "right": Look("#64748b", "#0f172a", _CHALK),
        "mistake": Look("#fb923c", "#0f172a", "#fdba74", 2.0),
    },
    pale=Look("#475569", "#0f172a", "#94a3b8", is_dashed=True),
    active=Look("#fde047", "#713f12", "#ffffff", 3.0),
    alarm=Look("#fb923c", "#43200d", "#fdba74", 3.0),
    shades=_shades(
        (_CHALK, _CHALK),
        "#af570e", "#90470c", "#723909", "#582b07", "#3e1f05", "#0f172a",
        "#0b274d", "#0f356b", "#14468d", "#1959b1", "#1f6cd9", "#6b217a",
    ),
)  # fmt: skip

_BLACK = "#000000"

# For a printer without colours: widths, dashes and greys say what colours say elsewhere.
PRINT = Theme(
    paper="white",
    roles=_roles("#555555", _BLACK, _BLACK, _BLACK),
    boxes={
        "leaf": Look(_BLACK, "#ededed", _BLACK, 2.0),
        "constant": Look("#bbbbbb", "#ffffff", "#555555"),
        "result": Look(_BLACK, "#ffffff", _BLACK),
        "out of date": Look(_BLACK, "#ffffff", _BLACK, 2.0, is_dashed=True),
        "group": Look(_BLACK, "#e6e6e6", _BLACK, 2.0),
    },
    operation=Look(_BLACK, _BLACK, "#ffffff"),
    arrows=_arrows("#444444", "#bbbbbb", "white", _BLACK, _BLACK),
    groups={
        "group": Look("#888888", "#f7f7f7", "#444444"),
        "right": Look("#888888", "white", _BLACK),
        "mistake": Look(_BLACK, "white", _BLACK, 2.0, is_dashed=True),
    },
    pale=Look("#aaaaaa", "#ffffff", "#6b6b6b", is_dashed=True),
    active=Look(_BLACK, "#c8c8c8", _BLACK, 4.0),
    alarm=Look(_BLACK, "#ffffff", _BLACK, 4.0),
    shades=_shades(
        (_BLACK, "#ffffff"),
        "#9e9e9e", "#b9b9b9", "#cecece", "#e2e2e2", "#f3f3f3", "#ffffff",
        "#f3f3f3", "#e2e2e2", "#cecece", "#b9b9b9", "#9e9e9e", _BLACK,
    ),
)  # fmt: skip

THEMES = {"light": LIGHT, "dark": DARK, "print": PRINT}
