"""A straight line made ready for vectors: in which order, in which pieces, what is kept in memory.

Machine code runs a batch in chunks of a few vectors, one row in each lane. A piece is a function
that loops over the vectors of a chunk; between pieces, numbers wait in memory. An output that is a
product and nothing else, as the gradient of a weight is, is not computed row by row where only its
sum is wanted: the factors are kept, and after the pieces such sums are made many at a time, in
registers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from autograd_mini.engine import ops
from autograd_mini.program.linear import Linear, Step

Link = list[int]  # an addition, after the products that only it uses
Chain = list[Link]  # each addition takes up the one before

# At most so many steps in a function. Measured on networks: longer ones take more than their share
# of time to compile, shorter ones keep more numbers in memory.
PIECE = 800

# The sides of a product. In a lane that must not count the first side holds -0 and the second 1:
# adding -0 changes no number.
FIRST, SECOND = 0, 1


class Plan:
    """How a line runs; it speaks of the line's slots.

    `pieces` are lists of steps. `products` are (position of an output, slot, slot) and `sums`
    (position, slot): together they are the outputs. `sides` has the side of each slot in them, and
    `memory` the place of each slot that is kept in memory; there are `places`.
    """

    __slots__ = ("linear", "memory", "pieces", "places", "products", "sides", "sums")

    def __init__(self, linear: Linear) -> None:
        self.linear = linear
        self.pieces: list[list[int]] = []
        self.products: list[tuple[int, int, int]] = []
        self.sums: list[tuple[int, int]] = []
        self.sides: dict[int, int] = {}
        self.memory: dict[int, int] = {}
        self.places = 0

    def step(self, slot: int) -> Step:
        return self.linear.steps[slot - self.linear.first_step]

    def is_step(self, slot: int) -> bool:
        return slot >= self.linear.first_step

    def varies(self, slot: int) -> bool:
        """Whether a slot has another number in each row: it is an input or a step."""
        return slot < self.linear.inputs or slot >= self.linear.first_step


def planned(linear: Linear, summed: bool, abreast: int = 24, piece: int = PIECE) -> Plan:
    """The plan of a line whose outputs are wanted for each row, or only `summed` over the rows.

    `abreast` is how many running sums the registers can hold, `piece` the most steps in a function.
    """
    plan = Plan(linear)
    uses = Counter([slot for _, operands in linear.steps for slot in operands])
    uses.update(linear.outputs)
    _split_outputs(plan, uses, summed)
    order = _ordered(plan, uses, abreast)
    plan.pieces = _cut(plan, order, piece)
    _place(plan)
    return plan


# -- outputs that are products ---------------------------------------------------------------------


def _split_outputs(plan: Plan, uses: Counter[int], summed: bool) -> None:
    """First what is certain to be a sum, so that a product can take the side that is left."""
    candidates = []
    for position, slot in enumerate(plan.linear.outputs):
        if summed and _is_bare_product(plan, slot, uses):
            candidates.append((position, slot))
        else:
            _add_sum(plan, position, slot)
    for position, slot in candidates:
        pair = _with_sides(plan.sides, *plan.step(slot)[1])
        if pair is None:
            _add_sum(plan, position, slot)
        else:
            plan.products.append((position, *pair))


def _add_sum(plan: Plan, position: int, slot: int) -> None:
    plan.sums.append((position, slot))
    plan.sides[slot] = FIRST


def _is_bare_product(plan: Plan, slot: int, uses: Counter[int]) -> bool:
    if not plan.is_step(slot) or uses[slot] > 1:
        return False
    op, operands = plan.step(slot)
    return op is ops.mul and all(map(plan.varies, operands))


def _with_sides(sides: dict[int, int], x: int, y: int) -> tuple[int, int] | None:
    """The factors in the order in which no slot has to stand on both sides, if there is one."""
    for first, second in ((x, y), (y, x)):
        fits = sides.get(first, FIRST) == FIRST and sides.get(second, SECOND) == SECOND
        if fits and first != second:
            sides[first], sides[second] = FIRST, SECOND
            return first, second
    return None


# -- the order of the steps ------------------------------------------------------------------------


def _ordered(plan: Plan, uses: Counter[int], abreast: int) -> list[int]:
    """The steps, where sums over the same numbers go abreast: each number is loaded once for all.

    So do the neurons of a layer, which have the same inputs and differ in their weights.
    """
    chains = _chains(plan, uses)
    inside = {slot for chain in chains for link in chain for slot in link}
    alike: dict[object, list[Chain]] = {}
    for chain in chains:
        alike.setdefault(_key(plan, chain), []).append(chain)
    chains_at = {chain[-1][-1]: group for group in alike.values() for chain in group}
    order: list[int] = []
    done = _postponed(plan)
    for slot in range(plan.linear.first_step, plan.linear.first_step + len(plan.linear.steps)):
        if slot not in done and slot not in inside:
            order.append(slot)
        elif slot not in done and slot in chains_at:  # all that the chain needs is there by now
            order += _abreast(chains_at[slot], abreast)
            done.update([chain[-1][-1] for chain in chains_at[slot]])
    return order


def _postponed(plan: Plan) -> set[int]:
    """The steps that are products of the plan, and not computed for each row."""
    outputs = plan.linear.outputs
    return {outputs[position] for position, _, _ in plan.products}


def _chains(plan: Plan, uses: Counter[int]) -> list[Chain]:
    chains: dict[int, Chain] = {}  # by the last addition
    for slot, (op, operands) in enumerate(plan.linear.steps, start=plan.linear.first_step):
        if op is not ops.add:
            continue
        first, second = operands
        link = [*_own_product(plan, second, uses), slot]
        if first in chains and uses[first] == 1:
            chains[slot] = chains.pop(first)
            chains[slot].append(link)
        else:
            chains[slot] = [[*_own_product(plan, first, uses), *link]]
    return [chain for chain in chains.values() if len(chain) > 1]


def _own_product(plan: Plan, slot: int, uses: Counter[int]) -> list[int]:
    single = plan.is_step(slot) and uses[slot] == 1
    return [slot] if single and plan.step(slot)[0] is ops.mul else []


def _key(plan: Plan, chain: Chain) -> object:
    """What chains have in common that can go abreast: their shape and the numbers that vary."""
    inside = {slot for link in chain for slot in link}
    outside = [
        [slot if plan.varies(slot) else None for slot in plan.step(step)[1] if slot not in inside]
        for link in chain
        for step in link
    ]
    return tuple([len(link) for link in chain]), tuple(map(tuple, outside))


def _abreast(chains: Sequence[Chain], most: int) -> list[int]:
    """The steps of these chains, link by link, in groups of about the same size."""
    groups = -(-len(chains) // most)
    size = -(-len(chains) // groups)
    return [
        slot
        for start in range(0, len(chains), size)
        for links in zip(*chains[start : start + size], strict=True)
        for link in links
        for slot in link
    ]


# -- pieces and memory -----------------------------------------------------------------------------


def _cut(plan: Plan, order: Sequence[int], most: int) -> list[list[int]]:
    """Pieces of at most so many steps, cut where the fewest numbers have to wait in memory."""
    waiting, pieces, start = _waiting(plan, order), [], 0
    while len(order) - start > most:
        places = range(start + (most + 1) // 2, start + most + 1)
        end = min(places, key=lambda place: (waiting[place], -place))
        pieces.append(list(order[start:end]))
        start = end
    return [*pieces, list(order[start:])]


def _waiting(plan: Plan, order: Sequence[int]) -> list[int]:
    """How many results of earlier steps are used from each place in the order on."""
    place = {slot: index for index, slot in enumerate(order)}
    last = {slot: place[step] for step in order for slot in plan.step(step)[1] if slot in place}
    changes = [0] * (len(order) + 2)
    for slot, end in last.items():
        changes[place[slot] + 1] += 1
        changes[end + 1] -= 1
    return list(accumulate(changes))


def _place(plan: Plan) -> None:
    """A place in memory for the inputs, for what is summed up, and for what later pieces use.

    The last are given up once the last piece that reads them is over.
    """
    plan.memory = {slot: slot for slot in range(plan.linear.inputs)}
    for slot in plan.sides:
        plan.memory.setdefault(slot, len(plan.memory))
    plan.places = len(plan.memory)
    last = _last_pieces(plan)
    given_up: dict[int, list[int]] = {}
    free: list[int] = []
    for number, piece in enumerate(plan.pieces):
        free += given_up.pop(number, [])
        for slot in [slot for slot in piece if slot in last and slot not in plan.memory]:
            plan.memory[slot] = free.pop() if free else _new_place(plan)
            given_up.setdefault(last[slot] + 1, []).append(plan.memory[slot])


def _last_pieces(plan: Plan) -> dict[int, int]:
    """For each result that a later piece than its own reads, the last one that does."""
    own = {slot: number for number, piece in enumerate(plan.pieces) for slot in piece}
    return {
        operand: number
        for slot, number in own.items()
        for operand in plan.step(slot)[1]
        if own.get(operand, number) != number
    }


def _new_place(plan: Plan) -> int:
    plan.places += 1
    return plan.places - 1
