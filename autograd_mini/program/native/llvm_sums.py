"""In LLVM's language: the sums of the outputs over a batch, and an epoch of gradient descent."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_mini.program.native import llvm_loops as loops
from autograd_mini.program.native.llvm_loops import BYTES, Layout
from autograd_mini.program.native.llvm_plan import FIRST, Plan
from autograd_mini.program.native.llvm_rows import chunks, load_text

MINUS_ZERO, ONE = "0x8000000000000000", "0x3FF0000000000000"


def sums_text(layout: Layout, plan: Plan, tiles: int) -> str:
    """The functions, with their tables; `tiles` says how many functions add to the totals."""
    places: tuple[list[int], list[int]] = ([], [])
    for slot, side in plan.sides.items():
        places[side != FIRST].append(plan.memory[slot] * layout.width)
    return "\n".join(
        [
            *map(loops.table, ("am.firsts", "am.seconds"), places),
            load_text(layout),
            _mask_text(layout, *map(len, places)),
            _total_text(layout, len(plan.pieces), tiles),
            _update_text(layout),
            _descend_text(layout),
            _fits_text(),
        ]
    )


def _all(layout: Layout, number: str) -> str:
    return f"<{', '.join([f'double {number}'] * layout.lanes)}>"


# -- lanes without a row of their own --------------------------------------------------------------


def _mask_text(layout: Layout, firsts: int, seconds: int) -> str:
    """In a vector of only so many rows, the other lanes get what adds -0 to a sum: nothing."""
    lanes = ", ".join([f"i64 {lane}" for lane in range(layout.lanes)])
    whole, mask = f"<{layout.lanes} x i64>", f"<{layout.lanes} x i32> zeroinitializer"
    return loops.function(
        "internal void @am.mask(ptr %base, i64 %rows)",
        f"%one = insertelement {whole} poison, i64 %rows, i64 0",
        f"%all = shufflevector {whole} %one, {whole} poison, {mask}",
        f"%is.row = icmp ult {whole} <{lanes}>, %all",
        _mask_loop(layout, "first", "am.firsts", firsts, MINUS_ZERO),
        _mask_loop(layout, "second", "am.seconds", seconds, ONE),
        "ret void",
    )


def _mask_loop(layout: Layout, name: str, places: str, count: int, number: str) -> str:
    truths, x, z = f"<{layout.lanes} x i1>", f"%{name}.x", f"%{name}.z"
    body = [
        loops.looked_up(f"%{name}.place", places, count, f"%{name}"),
        loops.load(layout, x, "%base", f"%{name}.place"),
        f"{z} = select {truths} %is.row, {layout.type} {x}, {layout.type} {_all(layout, number)}",
        f"store {layout.type} {z}, ptr {x}.from, align {layout.width}",
    ]
    return loops.counted(name, count, "\n".join(body))


# -- sums ------------------------------------------------------------------------------------------

_MASK_THE_LAST = """\
%others = urem i64 %rows, {lanes}
%is.full = icmp eq i64 %others, 0
br i1 %is.full, label %add, label %mask
mask:
%before = sub i64 %vectors, 1
%last.away = mul i64 %before, {stride}
%last = getelementptr i8, ptr %memory, i64 %last.away
call void @am.mask(ptr %last, i64 %others)
br label %add
add:"""


def _total_text(layout: Layout, pieces: int, tiles: int) -> str:
    """The function that sums each output over %count rows from %begin on, in the place for sums."""
    nothing = loops.store(layout, _all(layout, MINUS_ZERO), "%totals", "%away", "%to")
    calls = [
        f"call void @am.tile.{number}(ptr %memory, ptr %totals, i64 %vectors)"
        for number in range(tiles)
    ]
    mask = _MASK_THE_LAST.format(lanes=layout.lanes, stride=layout.stride)
    begin = f"%away = mul i64 %total, {layout.width}\n{nothing}"
    return loops.function(
        "void @am.total(ptr %numbers, ptr %order, i64 %begin, i64 %count, ptr %parameters, "
        "ptr %memory)",
        loops.address("%totals", "%memory", layout.totals),
        loops.address("%sums", "%memory", layout.sums),
        loops.counted("total", layout.blocks * layout.lanes, begin),
        chunks(layout, pieces, "\n".join([mask, *calls])),
        loops.counted("block", layout.blocks, _lanes_added(layout)),
        "ret void",
    )


def _lanes_added(layout: Layout) -> str:
    """As many totals as there are lanes become one vector, each of them the sum of its lanes."""
    lines = [f"%block.away = mul i64 %block, {layout.lanes * layout.width}"]
    lines.append(loops.address("%block.from", "%totals", "%block.away"))
    names = [f"%x.{layout.lanes}.{place}" for place in range(layout.lanes)]
    for place, name in enumerate(names):
        lines.append(loops.load(layout, name, "%block.from", place * layout.width))
    while len(names) > 1:
        names, more = _neighbours_added(layout, names)
        lines += more
    lines.append(f"%block.sums = mul i64 %block, {layout.width}")
    lines.append(loops.store(layout, names[0], "%sums", "%block.sums", "%block.to"))
    return "\n".join(lines)


def _neighbours_added(layout: Layout, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Of each two vectors one, with the sums of neighbours in the first and then in the second."""
    made, lines = [], []
    for place in range(len(names) // 2):
        z, pair = f"%x.{len(names) // 2}.{place}", names[2 * place : 2 * place + 2]
        lines.append(loops.shuffled(layout, f"{z}.even", pair, range(0, 2 * layout.lanes, 2)))
        lines.append(loops.shuffled(layout, f"{z}.odd", pair, range(1, 2 * layout.lanes, 2)))
        lines.append(f"{z} = fadd {layout.type} {z}.even, {z}.odd")
        made.append(z)
    return made, lines


# -- gradient descent ------------------------------------------------------------------------------

# A step of `optim.SGD`. Without momentum the old velocity is not touched: 0 times what overflowed
# would be nan.
_STEP = """\
%{i}.before = mul i64 %{i}, {size}
%{i}.at = add i64 %{i}.before, {start}
%{i}.sum.from = getelementptr double, ptr %gradient, i64 %{i}.at
%{i}.sum = load {type}, ptr %{i}.sum.from, align 8
%{i}.old.from = getelementptr double, ptr %velocity, i64 %{i}.at
%{i}.old = load {type}, ptr %{i}.old.from, align 8
%{i}.now.from = getelementptr double, ptr %parameters, i64 %{i}.at
%{i}.now = load {type}, ptr %{i}.now.from, align 8
%{i}.mean = fdiv {type} %{i}.sum, %count{all}
%{i}.kept = fmul {type} %momentum{all}, %{i}.old
%{i}.both = fadd {type} %{i}.kept, %{i}.mean
%{i}.speed = select i1 %is.moving, {type} %{i}.both, {type} %{i}.mean
%{i}.move = fmul {type} %lr{all}, %{i}.speed
%{i}.new = fsub {type} %{i}.now, %{i}.move
store {type} %{i}.speed, ptr %{i}.old.from, align 8
store {type} %{i}.new, ptr %{i}.now.from, align 8"""


def _update_text(layout: Layout) -> str:
    """A step on all parameters: as many at a time as there are lanes, then the rest singly."""
    many, few = divmod(layout.parameters, layout.lanes)
    together = _STEP.format(i="many", type=layout.type, size=layout.lanes, start=0, all=".all")
    singly = _STEP.format(i="few", type="double", size=1, start=many * layout.lanes, all="")
    return loops.function(
        "internal void @am.update(ptr %gradient, i64 %rows, ptr %parameters, ptr %velocity, "
        "double %lr, double %momentum)",
        "%count = uitofp i64 %rows to double",
        "%is.moving = fcmp une double %momentum, 0.0",
        *[_spread(layout, name) for name in ("count", "lr", "momentum")],
        loops.counted("many", many, together),
        loops.counted("few", few, singly),
        "ret void",
    )


def _spread(layout: Layout, name: str) -> str:
    return f"""\
%{name}.one = insertelement {layout.type} poison, double %{name}, i64 0
%{name}.all = shufflevector {layout.type} %{name}.one, {layout.type} poison, \
<{layout.lanes} x i32> zeroinitializer"""


_BATCH = """\
%at = mul i64 %i, %batch
%left = sub i64 %count, %at
%is.part = icmp ult i64 %left, %batch
%rows = select i1 %is.part, i64 %left, i64 %batch
call void @am.total(ptr %numbers, ptr %order, i64 %at, i64 %rows, ptr %parameters, ptr %memory)
%value = load double, ptr %sums
%before = load double, ptr %loss
%after = fadd double %before, %value
store double %after, ptr %loss
call void @am.update(ptr %gradient, i64 %rows, ptr %parameters, ptr %velocity, \
double %lr, double %momentum)"""


def _descend_text(layout: Layout) -> str:
    """The function that takes a step after each batch of rows, and gives the mean first output."""
    return loops.function(
        "double @am.descend(ptr %numbers, ptr %order, i64 %count, i64 %batch, ptr %parameters, "
        "ptr %velocity, double %lr, double %momentum, ptr %memory)",
        f"%loss = alloca double\nstore double {MINUS_ZERO}, ptr %loss",
        loops.address("%sums", "%memory", layout.sums),
        loops.address("%gradient", "%sums", BYTES),
        "%others = sub i64 %count, 1",
        "%batches.before = udiv i64 %others, %batch",
        "%batches = add i64 %batches.before, 1",
        loops.counted("i", "%batches", _BATCH),
        "%total = load double, ptr %loss",
        "%all = uitofp i64 %count to double",
        "%mean = fdiv double %total, %all",
        "ret double %mean",
    )


_FITS = """\
%entry = getelementptr i64, ptr %order, i64 %i
%number = load i64, ptr %entry
%fits = icmp ult i64 %number, %rows
br i1 %fits, label %go.on, label %stop
stop:
ret i64 0
go.on:"""


def _fits_text() -> str:
    """The function that tells whether an order names only rows that there are: 1 or 0."""
    head = "i64 @am.fits(ptr %order, i64 %count, i64 %rows)"
    return loops.function(head, loops.counted("i", "%count", _FITS), "ret i64 1")
