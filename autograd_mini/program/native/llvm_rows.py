"""In LLVM's language: rows into vectors, one in each lane, and outputs back into rows."""

from __future__ import annotations

from autograd_mini.program.native import llvm_loops as loops
from autograd_mini.program.native.llvm_loops import BYTES, Layout
from autograd_mini.program.native.llvm_plan import Plan

# Lanes that are left over in the last vector hold the last row again: nothing is read or written
# beyond the rows, and nothing odd is computed.
_LANE = """\
%wanted.{lane} = add i64 %lane0, {lane}
%over.{lane} = icmp ugt i64 %wanted.{lane}, %last
%place.{lane} = select i1 %over.{lane}, i64 %last, i64 %wanted.{lane}
%index.{lane} = add i64 %first, %place.{lane}"""

# Where there is no order, any address will do to read from.
_IN_ORDER = """\
%there.{lane} = getelementptr i64, ptr %order, i64 %index.{lane}
%read.{lane} = select i1 %straight, ptr %memory, ptr %there.{lane}
%given.{lane} = load i64, ptr %read.{lane}
%number.{lane} = select i1 %straight, i64 %index.{lane}, i64 %given.{lane}"""

_ROW = """\
%offset.{lane} = mul i64 {number}.{lane}, {width}
%row.{lane} = getelementptr double, ptr {base}, i64 %offset.{lane}"""

# Numbers go over in squares; the last one begins early enough not to end beyond the row.
_SQUARE = """\
%due = mul i64 %square, {lanes}
%late = icmp ugt i64 %due, {last}
%start = select i1 %late, i64 {last}, i64 %due"""


def load_text(layout: Layout) -> str:
    """The function that takes the rows first, first + 1, ... of an order; null is no order."""
    lanes = range(layout.lanes)
    few = layout.inputs < layout.lanes
    body = [
        _vector(layout),
        *[_LANE.format(lane=lane) for lane in lanes],
        *[_IN_ORDER.format(lane=lane) for lane in lanes],
        *[
            _ROW.format(lane=lane, number="%number", width=layout.inputs, base="%numbers")
            for lane in lanes
        ],
        _few_inputs(layout) if few else _squares(layout, layout.inputs, _input_square(layout)),
    ]
    return loops.function(
        "internal void @am.load(ptr %numbers, ptr %order, i64 %first, i64 %rows, ptr %memory)",
        "%straight = icmp eq ptr %order, null",
        "%last = sub i64 %rows, 1",
        vectors_of(layout),
        loops.counted("v", "%vectors", "\n".join(body)),
        "ret void",
    )


def vectors_of(layout: Layout) -> str:
    """How many vectors the rows need."""
    above = f"%rows.above = add i64 %rows, {layout.lanes - 1}"
    return f"{above}\n%vectors = udiv i64 %rows.above, {layout.lanes}"


def _vector(layout: Layout) -> str:
    return f"""\
%lane0 = mul i64 %v, {layout.lanes}
%away = mul i64 %v, {layout.stride}
{loops.address("%base", "%memory", "%away")}"""


def _few_inputs(layout: Layout) -> str:
    lines = []
    for place in range(layout.inputs):
        made = "poison"
        for lane in range(layout.lanes):
            x = f"%x.{place}.{lane}"
            lines += [
                f"{x}.from = getelementptr double, ptr %row.{lane}, i64 {place}",
                f"{x} = load double, ptr {x}.from",
                f"{x}.all = insertelement {layout.type} {made}, double {x}, i64 {lane}",
            ]
            made = f"{x}.all"
        lines.append(loops.store(layout, made, "%base", place * layout.width, f"%to.{place}"))
    return "\n".join(lines)


def _squares(layout: Layout, width: int, body: str) -> str:
    start = _SQUARE.format(lanes=layout.lanes, last=width - layout.lanes)
    return loops.counted("square", -(-width // layout.lanes), f"{start}\n{body}")


def _input_square(layout: Layout) -> str:
    lines = [f"%column = mul i64 %start, {layout.width}", loops.address("%to", "%base", "%column")]
    for lane in range(layout.lanes):
        lines += [
            f"%from.{lane} = getelementptr double, ptr %row.{lane}, i64 %start",
            f"%x.{lane} = load {layout.type}, ptr %from.{lane}, align {BYTES}",
        ]
    columns, shuffles = loops.transposed(layout, [f"%x.{lane}" for lane in range(layout.lanes)])
    stores = [
        loops.store(layout, column, "%to", lane * layout.width, f"%to.{lane}")
        for lane, column in enumerate(columns)
    ]
    return "\n".join([*lines, *shuffles, *stores])


# -- chunks ----------------------------------------------------------------------------------------

_CHUNK = """\
%at = mul i64 %chunk, {size}
%left = sub i64 %count, %at
%is.part = icmp ult i64 %left, {size}
%rows = select i1 %is.part, i64 %left, i64 {size}
%here = add i64 %begin, %at
call void @am.load(ptr %numbers, ptr %order, i64 %here, i64 %rows, ptr %memory)"""


def chunks(layout: Layout, pieces: int, then: str) -> str:
    """%count rows from %begin on, a chunk at a time: in, through the pieces, and what follows."""
    size = layout.vectors * layout.lanes
    calls = [
        f"call void @am.piece.{number}(ptr %memory, ptr %parameters, i64 %vectors)"
        for number in range(pieces)
    ]
    body = "\n".join([_CHUNK.format(size=size), vectors_of(layout), *calls, then])
    number = f"%count.above = add i64 %count, {size - 1}\n%chunks = udiv i64 %count.above, {size}"
    return f"{number}\n{loops.counted('chunk', '%chunks', body)}"


# -- outputs into rows -----------------------------------------------------------------------------


def rows_text(layout: Layout, plan: Plan) -> str:
    """The function that gives the outputs of each row, with its table and what it calls."""
    few = layout.outputs < layout.lanes
    body = [
        _vector(layout),
        *[_LANE.format(lane=lane) for lane in range(layout.lanes)],
        *[
            _ROW.format(lane=lane, number="%index", width=layout.outputs, base="%out")
            for lane in range(layout.lanes)
        ],
        _few_outputs(layout) if few else _squares(layout, layout.outputs, _output_square(layout)),
    ]
    write = loops.function(
        "internal void @am.write(ptr %memory, i64 %first, i64 %rows, i64 %vectors, ptr %out)",
        "%last = sub i64 %rows, 1",
        loops.counted("v", "%vectors", "\n".join(body)),
        "ret void",
    )
    called = "call void @am.write(ptr %memory, i64 %here, i64 %rows, i64 %vectors, ptr %out)"
    entry = loops.function(
        "void @am.rows(ptr %numbers, ptr %order, i64 %begin, i64 %count, ptr %parameters, "
        "ptr %memory, ptr %out)",
        chunks(layout, len(plan.pieces), called),
        "ret void",
    )
    places = [plan.memory[slot] * layout.width for _, slot in sorted(plan.sums)]
    return "\n".join([loops.table("am.outputs", places), load_text(layout), write, entry])


def _few_outputs(layout: Layout) -> str:
    lines = [_output(layout, "%x", "%o")]
    for lane in range(layout.lanes):
        lines += [
            loops.address(f"%x.{lane}.from", "%x.from", lane * BYTES),
            f"%x.{lane} = load double, ptr %x.{lane}.from",
            f"%to.{lane} = getelementptr double, ptr %row.{lane}, i64 %o",
            f"store double %x.{lane}, ptr %to.{lane}",
        ]
    return loops.counted("o", layout.outputs, "\n".join(lines))


def _output(layout: Layout, x: str, index: str) -> str:
    place = loops.looked_up(f"{x}.place", "am.outputs", layout.outputs, index)
    return f"{place}\n{loops.address(f'{x}.from', '%base', f'{x}.place')}"


def _output_square(layout: Layout) -> str:
    lines = []
    for lane in range(layout.lanes):
        lines += [
            f"%o.{lane} = add i64 %start, {lane}",
            _output(layout, f"%o.{lane}.x", f"%o.{lane}"),
            f"%x.{lane} = load {layout.type}, ptr %o.{lane}.x.from, align {layout.width}",
        ]
    columns, shuffles = loops.transposed(layout, [f"%x.{lane}" for lane in range(layout.lanes)])
    stores = [
        f"%to.{lane} = getelementptr double, ptr %row.{lane}, i64 %start\n"
        f"store {layout.type} {column}, ptr %to.{lane}, align {BYTES}"
        for lane, column in enumerate(columns)
    ]
    return "\n".join([*lines, *shuffles, *stores])
