"""What surrounds a graph in LLVM's language: the memory of a call, and forms that are often used.

All names have a dot, which no name in C has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd_mini.program.native.llvm_plan import Plan

BYTES = 8  # of a number


class Layout:
    """Where things lie in the memory that a call brings along, in bytes from its beginning.

    First a chunk of so many `vectors`, one after the other: each has a vector of `lanes` numbers
    for every place of the plan. Then there is a vector for the running total of each output, and
    at last a number for each total. The measures of the graph stand beside them.
    """

    def __init__(self, plan: Plan, lanes: int, vectors: int) -> None:
        self.lanes, self.vectors = lanes, vectors
        self.inputs, self.outputs = plan.linear.inputs, len(plan.linear.outputs)
        self.parameters = len(plan.linear.parameters)
        self.type, self.width = f"<{lanes} x double>", lanes * BYTES
        self.stride = (plan.places | 1) * self.width  # odd, so that a cache spreads it evenly
        self.blocks = -(-self.outputs // lanes)
        self.totals = vectors * self.stride
        self.sums = self.totals + self.blocks * lanes * self.width
        self.size = self.sums + self.blocks * self.width


def function(head: str, *parts: str) -> str:
    return "\n".join([f"define {head} nounwind {{", *parts, "}"])


def counted(name: str, count: str | int, body: str) -> str:
    """The body so many times, with %name from 0 up; the text that follows goes on after it."""
    return f"""\
br label %{name}.start
{name}.start:
br label %{name}.test
{name}.test:
%{name} = phi i64 [0, %{name}.start], [%{name}.next, %{name}.again]
%{name}.more = icmp ult i64 %{name}, {count}
br i1 %{name}.more, label %{name}.body, label %{name}.end
{name}.body:
{body}
br label %{name}.again
{name}.again:
%{name}.next = add i64 %{name}, 1
br label %{name}.test
{name}.end:"""


def table(name: str, numbers: Iterable[int]) -> str:
    """Whole numbers that are laid down beside the code."""
    entries = [f"i64 {number}" for number in numbers]
    return f"@{name} = internal constant [{len(entries)} x i64] [{', '.join(entries)}]"


def looked_up(z: str, name: str, length: int, index: str) -> str:
    """A number of a table."""
    return f"""\
{z}.entry = getelementptr [{length} x i64], ptr @{name}, i64 0, i64 {index}
{z} = load i64, ptr {z}.entry"""


def address(z: str, base: str, offset: str | int) -> str:
    return f"{z} = getelementptr i8, ptr {base}, i64 {offset}"


def load(layout: Layout, z: str, base: str, offset: str | int) -> str:
    """A vector from where it begins at a multiple of its width."""
    return f"""\
{address(f"{z}.from", base, offset)}
{z} = load {layout.type}, ptr {z}.from, align {layout.width}"""


def store(layout: Layout, x: str, base: str, offset: str | int, to: str) -> str:
    return f"""\
{address(to, base, offset)}
store {layout.type} {x}, ptr {to}, align {layout.width}"""


def shuffled(layout: Layout, z: str, pair: Sequence[str], lanes: Iterable[int]) -> str:
    """A vector made of lanes of two others; those of the second are counted on from the first."""
    mask = ", ".join([f"i32 {lane}" for lane in lanes])
    first, second = [f"{layout.type} {name}" for name in pair]
    return f"{z} = shufflevector {first}, {second}, <{layout.lanes} x i32> <{mask}>"


def transposed(layout: Layout, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The columns of a square, whose rows are given, and the lines that make them.

    Rows 1 apart swap every other lane, then rows 2 apart swap pairs of lanes, and so on.
    """
    made, lines, step = list(names), [], 1
    lanes = range(layout.lanes)
    while step < layout.lanes:
        for low in [row for row in lanes if not row & step]:
            pair = made[low], made[low | step]
            for row, shift in ((low, 0), (low | step, step)):
                made[row] = f"%turned.{step}.{row}"
                mask = [_swapped(lane, step, layout.lanes) + shift for lane in lanes]
                lines.append(shuffled(layout, made[row], pair, mask))
        step *= 2
    return made, lines


def _swapped(lane: int, step: int, lanes: int) -> int:
    """Where the upper of two rows takes a lane from: itself, or `step` below in the other row."""
    return lane - step + lanes if lane & step else lane
