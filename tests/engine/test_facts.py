"""The table of facts: a row for each operation, nothing missing, and everything in it true."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from autograd_mini.engine import ops
from autograd_mini.engine.facts import FACTS, NOTHING, Facts, facts_of
from autograd_mini.engine.ops import Op
from autograd_mini.engine.parsing import FUNCTIONS, parse
from autograd_mini.engine.value import Value
from autograd_mini.explaining.kinds import KINDS
from support.rows import each_row

ROWS = list({id(row): row for row in vars(ops).values() if isinstance(row, Op)}.values())
every_row = each_row("row", ROWS, ids=lambda row: row.name)
KINDS_OF_ROWS = "arithmetic elementary activation step choice stop_gradient reduction".split()
NEAR = [0.0, *[sign * x for x in (0.5, 1.0, 1.5, 2.0, 5.0) for sign in (1.0, -1.0)]]
WIDE = [sign * 0.01 * x for x in range(3001) for sign in (1.0, -1.0)]
LEVEL = 0.01


def points(row: Op) -> list[tuple[float, ...]]:
    """Arguments near 0; of wide ranges where there is one argument."""
    if row.variadic:
        return [(0.5, -1.0, 2.0), (-2.0, 1.5, 5.0)]
    return list(product(NEAR, repeat=len(row.rules)))


def slopes(row: Op, point: tuple[float, ...]) -> list[float]:
    found = row.derivatives(point, row.forward(*point))
    return [slope for slope in found if slope is not None and not math.isnan(slope)]


def slope_at(row: Op, x: float) -> float:
    return abs(row.derivatives((x,), row.forward(x))[0])


def wide_slopes(row: Op) -> list[float]:
    """The sizes of the slope of a row with one argument, over a wide range; [] if it has none."""
    if len(row.rules) != 1 or row.variadic or row.rules[0] is None:
        return []
    found = [slope_at(row, x) for x in WIDE if not math.isnan(row.forward(x))]
    return [slope for slope in found if not math.isnan(slope)]


def gaps(row: Op) -> list[float]:
    """Where a row with one argument jumps."""
    if len(row.rules) != 1 or row.variadic:
        return []
    return [x for x in NEAR if 0.5 < abs(row.forward(x + 1e-9) - row.forward(x - 1e-9)) < 3.0]


# -- nothing is missing ----------------------------------------------------------------------------


def missing(row: Op) -> Iterator[str]:
    """What should be written in the row of an operation, and is not."""
    if row not in FACTS:
        yield 'the whole row: Facts(kind="...", meaning="..."), and what else is known'
        return
    facts = facts_of(row)
    if facts.kind not in KINDS_OF_ROWS:
        yield f"kind, one of {', '.join(KINDS_OF_ROWS)}"
    if not facts.meaning:
        yield "meaning, a line for help: what the result is"
    if facts.kind == "activation" and not facts.title:
        yield 'title, as in "ReLU"'
    if (facts.kind == "step" or gaps(row)) and not facts.jumps:
        yield "jumps, where it jumps"
    if facts.kind == "stop_gradient" and not facts.stop_gradient:
        yield "stop_gradient, what is done with the operand"
    yield from missing_of_trouble(row, facts)
    yield from missing_of_slopes(row, facts)


def missing_of_trouble(row: Op, facts: Facts) -> Iterator[str]:
    values = {point: row.forward(*point) for point in points(row)}
    if any(map(math.isnan, values.values())) and not facts.domain:
        yield "domain, where it is defined"
    sizes = {point: map(abs, (z, *slopes(row, point))) for point, z in values.items()}
    infinite = [point for point, found in sizes.items() if math.inf in found]
    if infinite and facts.pole is None:
        yield f"pole, whether it or its slope is infinite, as at {infinite[0]}"
    if facts.pole is not None and not (facts.keep and facts.remedy):
        yield "keep and remedy, what keeps clear of the pole"


def missing_of_slopes(row: Op, facts: Facts) -> Iterator[str]:
    found = wide_slopes(row)
    if found and max(found) < 2.0 and facts.largest_slope is None:
        yield f"largest_slope, about {max(found):.6g}"
    level = found and (0.0 < found[-1] < LEVEL or 0.0 < found[-2] < LEVEL)
    if level and not facts.steep and not facts.fades:
        yield "steep, between which arguments the slope is above 0.01; or fades"
    swapped = [row.forward(*point[::-1]) == row.forward(*point) for point in points(row)]
    if len(row.rules) == 2 and all(swapped) and not facts.symmetric:
        yield "symmetric, for its operands can be exchanged"


def test_the_facts_of_every_operation_are_complete() -> None:
    found = [f"ops.{row.name}: write {what}" for row in ROWS for what in missing(row)]
    assert not found, "missing in the table of autograd_mini/engine/facts.py:\n" + "\n".join(found)
    assert list(FACTS) == ROWS, "the rows of facts.py are not in the order of ops.py"


# -- everything is true ----------------------------------------------------------------------------


def said(row: Op, name: str) -> Any:
    """One fact of a row."""
    return getattr(facts_of(row), name)


def condition(text: str) -> Any:
    """A domain that Python can read, else None."""
    try:
        return compile(text.format(x="x", y="y"), "domain", "eval")
    except SyntaxError:
        return None


@every_row
def test_the_domain_is_where_it_is_defined(row: Op) -> None:
    domain = condition(said(row, "domain"))
    if said(row, "domain") and domain:
        poles = said(row, "pole") or (lambda *numbers: False)
        for point in points(row):
            inside = eval(domain, dict(zip("xy", point, strict=False)))
            assert inside == (not math.isnan(row.forward(*point))) or poles(*point), point


@every_row
def test_it_is_infinite_at_its_poles_and_nowhere_else(row: Op) -> None:
    for point in points(row) if said(row, "pole") else ():
        infinite = math.inf in map(abs, (row.forward(*point), *slopes(row, point)))
        pole = said(row, "pole")(*point)
        assert pole == infinite or (pole and len(point) > 1), point


@every_row
def test_a_remedy_helps(row: Op) -> None:
    if not said(row, "pole"):
        return
    poles = [x for x in (-1.0, 0.0, 1.0) if said(row, "pole")(*[x] * len(row.rules))]
    for x in poles:
        kept = said(row, "remedy")(*[Value(x)] * len(row.rules))
        z = kept if kept.op is row else row(*[kept] * len(row.rules))
        z.backward()
        assert all(map(math.isfinite, (z.data, *slopes(z.op, tuple(p.data for p in z.parents)))))


@every_row
def test_it_is_steep_where_it_is_said_to_be(row: Op) -> None:
    low, high = said(row, "steep") or (-math.inf, math.inf)
    for limit, way in ((low, -1.0), (high, 1.0)):
        if math.isfinite(limit):
            assert 0.85 * LEVEL < slope_at(row, limit) < 1.15 * LEVEL
            assert max(slope_at(row, limit + way * 0.1 * k) for k in range(1, 300)) < LEVEL


@every_row
def test_no_slope_is_larger_than_the_largest(row: Op) -> None:
    largest = said(row, "largest_slope")
    if largest is not None:
        found = [abs(slope) for point in points(row) for slope in slopes(row, point)]
        assert largest * 0.95 <= max([*found, *wide_slopes(row), 0.0]) <= largest * (1.0 + 1e-9)


@every_row
def test_its_slope_jumps_at_its_kinks(row: Op) -> None:
    for x in said(row, "kinks"):
        left, right = (row.derivatives((at,), row.forward(at))[0] for at in (x - 1e-9, x + 1e-9))
        assert abs(left - right) > 0.1


@every_row
def test_its_slope_is_0_where_it_is_level(row: Op) -> None:
    if said(row, "level_at").strip("-").replace(".", "").isdigit():
        assert slope_at(row, float(said(row, "level_at"))) < 1e-3


@every_row
def test_it_jumps_where_it_is_said_to(row: Op) -> None:
    if said(row, "jumps") and len(row.rules) == 1:
        assert gaps(row)
    if said(row, "kind") == "step":
        assert set(row.rules) == {0.0}


@every_row
def test_the_order_of_symmetric_operands_does_not_matter(row: Op) -> None:
    if said(row, "symmetric"):
        assert all(math.isclose(row(*point), row(*point[::-1])) for point in points(row))


@every_row
def test_results_by_hand_are_those_of_the_inverse(row: Op) -> None:
    assert bool(said(row, "inverse")) == bool(said(row, "by_hand"))
    for z in said(row, "by_hand"):
        assert row.forward(said(row, "inverse")(z)) == pytest.approx(z)


@every_row
def test_what_it_is_made_of_gives_the_same(row: Op) -> None:
    for text in said(row, "made_of"):
        made = parse(text, x=1.5, **({"y": 2.5} if len(row.rules) == 2 else {}))
        assert made.data == pytest.approx(row.forward(1.5, *[2.5] * (len(row.rules) - 1)))


@every_row
def test_the_words_of_a_row_fit(row: Op) -> None:
    slots = said(row, "latex").replace("{{", "").replace("}}", "").count("{}")
    assert slots in (0, len(row.rules))
    assert not set(said(row, "aliases")) & set(FUNCTIONS)
    assert said(row, "zero_slope") in ("", *KINDS)
    for text in (
        said(row, "domain"),
        said(row, "keep"),
        said(row, "closed"),
        said(row, "stop_gradient"),
    ):
        text.format(x="x", y="y", z="z")


# -- an operation of one's own ---------------------------------------------------------------------


def test_an_operation_may_bring_its_facts_along() -> None:
    own = Facts(kind="activation", title="Hard")
    assert facts_of(Op("hard", "hard({})", abs, 1.0, facts=own)) is own
    assert facts_of(Op("hard", "hard({})", abs, 1.0)) is NOTHING


def test_facts_that_do_not_exist_are_refused() -> None:
    with pytest.raises(TypeError, match="no such facts: colour, size; see Facts"):
        Facts(kind="step", size=1, colour="red")


def test_of_no_operation_and_of_one_without_facts_nothing_is_known():
    assert facts_of(None) is facts_of(Op("bare", "bare({})", abs, 1.0)) is NOTHING
    assert (NOTHING.kind, NOTHING.kinks, NOTHING.largest_slope) == ("", (), None)
