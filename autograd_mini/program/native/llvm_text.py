"""A straight line as a module in LLVM's language: pieces, tiles, and what surrounds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from autograd_mini.engine import ops
from autograd_mini.program.native import llvm_loops as loops
from autograd_mini.program.native.llvm_loops import BYTES, Layout
from autograd_mini.program.native.llvm_maths import Maths
from autograd_mini.program.native.llvm_plan import Plan
from autograd_mini.program.native.llvm_rows import rows_text
from autograd_mini.program.native.llvm_sums import sums_text

if TYPE_CHECKING:
    Item = tuple[int, ...]  # the position of an output, then the slot to add, or two factors

# A number from memory that was not used for so many steps is loaded again: there are not registers
# enough, and LLVM would store it a second time.
FORGET = 20


def rows_module(plan: Plan, maths: Maths, layout: Layout) -> str:
    """The module that gives the outputs of each row."""
    return _module(plan, maths, layout, rows_text(layout, plan))


def sums_module(plan: Plan, maths: Maths, layout: Layout, tile: tuple[int, int]) -> str:
    """The module that gives the sums of the outputs, and an epoch of gradient descent."""
    tiles = list(_tiles(plan, *tile))
    texts = [_tile_text(maths, layout, plan, number, items) for number, items in enumerate(tiles)]
    return _module(plan, maths, layout, *texts, sums_text(layout, plan, len(tiles)))


def _module(plan: Plan, maths: Maths, layout: Layout, *others: str) -> str:
    pieces = [_Piece(plan, maths, layout, number).text() for number in range(len(plan.pieces))]
    body = "\n".join([*pieces, *others])
    return "\n".join([*maths.definitions(body), body])


# -- pieces ----------------------------------------------------------------------------------------


class _Piece:
    """The text of a function that takes some of the steps for each vector of a chunk."""

    def __init__(self, plan: Plan, maths: Maths, layout: Layout, number: int) -> None:
        self.plan, self.maths, self.layout, self.number = plan, maths, layout, number
        self.lines: list[str] = []
        self.names: dict[int, str] = {}  # of the slots at hand
        self.last_used: dict[int, int] = {}  # of those that were loaded: in which step

    def text(self) -> str:
        steps = self.plan.pieces[self.number]
        for now, slot in enumerate(steps):
            self._add_step(slot, now)
        if self.number == len(self.plan.pieces) - 1:
            for slot in [slot for slot in self.plan.sides if not self.plan.varies(slot)]:
                self._keep(slot, self._loaded(slot, len(steps)))
        away = f"%away = mul i64 %v, {self.layout.stride}"
        body = "\n".join([away, loops.address("%base", "%memory", "%away"), *self.lines])
        head = f"internal void @am.piece.{self.number}(ptr %memory, ptr %parameters, i64 %vectors)"
        return loops.function(head, loops.counted("v", "%vectors", body), "ret void")

    def _add_step(self, slot: int, now: int) -> None:
        op, operands = self.plan.step(slot)
        names = [self._name(operand, now) for operand in operands]
        exponent = self._constant(operands[-1]) if op is ops.power else None
        self.names[slot] = f"%s{slot}"
        self.lines.append(self.maths.spelled(op, self.names[slot], names, exponent))
        if slot in self.plan.memory:
            self._keep(slot, self.names[slot])

    def _keep(self, slot: int, name: str) -> None:
        place = self.plan.memory[slot] * self.layout.width
        self.lines.append(loops.store(self.layout, name, "%base", place, f"%to{slot}"))

    def _name(self, slot: int, now: int) -> str:
        """What a number is called; it is loaded if it is not at hand, or was not used for long."""
        if slot not in self.names or now - self.last_used.get(slot, now) > FORGET:
            self.names[slot] = self._loaded(slot, now)
            self.last_used[slot] = now
        elif slot in self.last_used:
            self.last_used[slot] = now
        return self.names[slot]

    def _loaded(self, slot: int, now: int) -> str:
        constant = self._constant(slot)
        if constant is not None:
            return self.maths.all_lanes(constant)
        z, inputs = f"%s{slot}.{now}", self.plan.linear.inputs
        if self.plan.varies(slot):
            place = self.plan.memory[slot] * self.layout.width
            self.lines.append(loops.load(self.layout, z, "%base", place))
        else:
            self.lines.append(self.maths.spread(z, "%parameters", (slot - inputs) * BYTES))
        return z

    def _constant(self, slot: int) -> float | None:
        linear = self.plan.linear
        first = linear.inputs + len(linear.parameters)
        return linear.constants[slot - first] if first <= slot < linear.first_step else None


# -- tiles -----------------------------------------------------------------------------------------


def _tiles(plan: Plan, rows: int, columns: int) -> Iterator[list[Item]]:
    """The outputs in groups whose totals fit into registers.

    Products go together that share factors: the products of four first factors and six second ones
    are 24, for which 10 numbers are loaded.
    """
    most = rows * columns
    firsts: dict[int, int] = {}
    seconds: dict[int, int] = {}
    blocks: dict[tuple[int, int], list[Item]] = {}
    for position, x, y in plan.products:
        row = firsts.setdefault(x, len(firsts)) // rows
        column = seconds.setdefault(y, len(seconds)) // columns
        blocks.setdefault((row, column), []).append((position, x, y))
    singles: list[list[Item]] = [[(position, slot)] for position, slot in plan.sums]
    tile: list[Item] = []
    for block in [*blocks.values(), *singles]:
        if len(tile) + len(block) > most:
            yield tile
            tile = []
        tile = [*tile, *block]
    if tile:
        yield tile


def _tile_text(maths: Maths, layout: Layout, plan: Plan, number: int, tile: Sequence[Item]) -> str:
    """A function that adds what a chunk has for some outputs to the totals, in registers."""
    begin, totals, body, end = [], [], list[str](), []
    for slot in dict.fromkeys([slot for _, *slots in tile for slot in slots]):
        body.append(loops.load(layout, f"%x{slot}", "%base", plan.memory[slot] * layout.width))
    for position, *slots in tile:
        total, new = f"%total{position}", f"%total{position}.new"
        begin.append(loops.load(layout, f"{total}.old", "%totals", position * layout.width))
        totals.append(f"{total} = phi {maths.vector} [{total}.old, %start], [{new}, %body]")
        body.append(_added(maths, total, [f"%x{slot}" for slot in slots]))
        end.append(f"store {maths.vector} {new}, ptr {total}.old.from, align {layout.width}")
    return loops.function(
        f"internal void @am.tile.{number}(ptr %memory, ptr %totals, i64 %vectors)",
        "br label %start\nstart:",
        *begin,
        "br label %body\nbody:",
        "%v = phi i64 [0, %start], [%v.next, %body]",
        *totals,
        f"%away = mul i64 %v, {layout.stride}",
        loops.address("%base", "%memory", "%away"),
        *body,
        "%v.next = add i64 %v, 1",
        "%v.more = icmp ult i64 %v.next, %vectors",
        "br i1 %v.more, label %body, label %end\nend:",
        *end,
        "ret void",
    )


def _added(maths: Maths, total: str, slots: Sequence[str]) -> str:
    if len(slots) == 1:
        return maths.spelled(ops.add, f"{total}.new", [total, *slots])
    product = maths.spelled(ops.mul, f"{total}.product", slots)
    return f"{product}\n{maths.spelled(ops.add, f'{total}.new', [total, f'{total}.product'])}"
