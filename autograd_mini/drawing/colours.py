"""The colours of pictures, and how much stronger or paler each thing is drawn."""

from __future__ import annotations

from autograd_mini.drawing.gradient_classes import CLASSES, UNUSUAL


class Look:
    """How one thing is drawn: its line, what is inside, its text, and the width of the line."""

    __slots__ = ("fill", "ink", "is_dashed", "line", "width")

    def __init__(
        self, line: str, fill: str, ink: str, width: float = 1.0, is_dashed: bool = False
    ) -> None:
        self.line, self.fill, self.ink = line, fill, ink
        self.width, self.is_dashed = width, is_dashed


class Theme:
    """The colours of one look; every text has a contrast of at least 4.5 to 1 to what is behind it.

    `boxes`, `arrows` and `groups` have a look for each kind, `roles` a colour for each role that a
    text can have. `operation` is the look of operations. What has an emphasis looks otherwise:
    `pale` for what is still to come or beside the point, `active` for what happens now, `alarm`
    where something goes wrong. `shades` are the colours inside a box for the classes of `scales`.
    """

    def __init__(
        self,
        *,
        paper: str,
        roles: dict[str, str],
        boxes: dict[str, Look],
        operation: Look,
        arrows: dict[str, Look],
        groups: dict[str, Look],
        pale: Look,
        active: Look,
        alarm: Look,
        shades: dict[str, tuple[str, str]],
    ) -> None:
        self.paper, self.roles, self.boxes, self.operation = paper, roles, boxes, operation
        self.arrows, self.groups, self.shades = arrows, groups, shades
        self.pale, self.active, self.alarm = pale, active, alarm

    def box(self, kind: str, emphasis: str = "", shade: str = "") -> Look:
        """The look of a box."""
        plain = self.boxes[kind]
        if emphasis == "pale":
            return self.pale
        line, width = self._line(plain, emphasis)
        fill, ink = (plain.fill, plain.ink)
        if emphasis == "active":
            fill, ink = self.active.fill, self.active.ink
        if shade:
            fill, ink = self.shades[shade]
        return Look(line, fill, ink, width, plain.is_dashed)

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
        line, width = self._line(self.operation, emphasis)
        return Look(line, self.operation.fill, self.operation.ink, width)

    def arrow(self, kind: str, emphasis: str = "") -> Look:
        """The look of an arrow; `fill` is the paper."""
        plain = self.arrows[kind]
        if emphasis == "pale":
            return Look(self.pale.line, self.paper, self.pale.ink, 1.0, plain.is_dashed)
        line, width = self._line(plain, emphasis)
        return Look(line, self.paper, plain.ink, width, plain.is_dashed)

    def _line(self, plain: Look, emphasis: str) -> tuple[str, float]:
        if emphasis in ("active", "alarm"):
            strong = self.active if emphasis == "active" else self.alarm
            return strong.line, strong.width
        if emphasis == "strong":
            return plain.line, self.active.width
        return plain.line, plain.width


def theme_named(name: str) -> Theme:
    """A theme by its name; another name is a `ValueError` that says which there are.

    >>> theme_named("dark").paper
    '#0f172a'
    """
    if isinstance(name, str) and name in THEMES:
        return THEMES[name]
    raise ValueError(f"unknown theme {name!r}; choose one of {', '.join(map(repr, THEMES))}")


def _shades(inks: tuple[str, str], *fills: str) -> dict[str, tuple[str, str]]:
    """The fills from the largest negative class to the largest positive one, and the unusual."""
    shades = {name: (fill, inks[0]) for name, fill in zip(CLASSES, fills, strict=True)}
    return {**shades, UNUSUAL: (fills[-1], inks[1])}


BACKWARD = "#7e22ce"  # gradients and local derivatives: what the backward pass is made of
INK = "#111827"

LIGHT = Theme(
    paper="white",
    roles={
        "caption": "#5f6673",
        "data": INK,
        "gradient": BACKWARD,
        "local": BACKWARD,
        "contribution": BACKWARD,
        "note": INK,
        "alarm": "#c2410c",
    },
    boxes={
        "leaf": Look("#1d4ed8", "#eff6ff", "#1d4ed8"),
        "constant": Look("#d1d5db", "#ffffff", "#6b7280"),
        "result": Look("#475569", "#ffffff", INK),
        "out of date": Look("#c2410c", "#fff7ed", INK, 2.0, is_dashed=True),
        "group": Look("#334155", "#f1f4f9", INK, 2.0),
    },
    operation=Look("#334155", "#334155", "#ffffff"),
    arrows={
        "flow": Look("#64748b", "white", BACKWARD),
        "stop-gradient": Look("#64748b", "white", INK, is_dashed=True),
        "constant": Look("#b6bcc6", "white", INK),
    },
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
    roles={
        "caption": "#a3adbd",
        "data": _CHALK,
        "gradient": _VIOLET,
        "local": _VIOLET,
        "contribution": _VIOLET,
        "note": _CHALK,
        "alarm": "#fdba74",
    },
    boxes={
        "leaf": Look("#60a5fa", "#172554", "#93c5fd"),
        "constant": Look("#475569", "#0f172a", "#a3adbd"),
        "result": Look("#94a3b8", "#1e293b", _CHALK),
        "out of date": Look("#fb923c", "#43200d", _CHALK, 2.0, is_dashed=True),
        "group": Look("#cbd5e1", "#334155", _CHALK, 2.0),
    },
    operation=Look("#cbd5e1", "#cbd5e1", "#0f172a"),
    arrows={
        "flow": Look("#94a3b8", "#0f172a", _VIOLET),
        "stop-gradient": Look("#94a3b8", "#0f172a", _CHALK, is_dashed=True),
        "constant": Look("#475569", "#0f172a", _CHALK),
    },
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
    roles={
        "caption": "#555555",
        **dict.fromkeys(("data", "gradient", "local", "contribution", "note", "alarm"), _BLACK),
    },
    boxes={
        "leaf": Look(_BLACK, "#ededed", _BLACK, 2.0),
        "constant": Look("#bbbbbb", "#ffffff", "#555555"),
        "result": Look(_BLACK, "#ffffff", _BLACK),
        "out of date": Look(_BLACK, "#ffffff", _BLACK, 2.0, is_dashed=True),
        "group": Look(_BLACK, "#e6e6e6", _BLACK, 2.0),
    },
    operation=Look(_BLACK, _BLACK, "#ffffff"),
    arrows={
        "flow": Look("#444444", "white", _BLACK),
        "stop-gradient": Look("#444444", "white", _BLACK, is_dashed=True),
        "constant": Look("#bbbbbb", "white", _BLACK),
    },
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
