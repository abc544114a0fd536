"""A recorded graph as a straight line: numbered slots, each filled by one primitive operation.

Linearising runs every row forwards on symbols instead of numbers. A primitive row, whose forward
function is in `ieee.py`, becomes one step; a composed one runs, and leaves the steps it is made of.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from autograd_mini.engine import ieee
from autograd_mini.engine.errors import CompileError
from autograd_mini.engine.operators import Operators
from autograd_mini.engine.ops import Op
from autograd_mini.engine.value import Value
from autograd_mini.program.spellings import SPELLINGS
from autograd_mini.tracing.graph import names_beside

Step = tuple[Op, tuple[int, ...]]  # the row and the slots of its operands
Place = tuple[str, int | str]  # as ("input", 3), ("constant", "0x1.8p+0") or ("step", 7)

# The rows that a language must spell; everything else is made of them. `+=` in `sum` and `dot`
# works on symbols too, so these are made of additions and products, in the eager order.
PRIMITIVES: tuple[Op, ...] = tuple(SPELLINGS)
OPEN_CHOICE = (
    "it asks `if` about a number, or compares it, which is decided only when it runs; "
    "write where(heaviside(x - 1), a, b) for the choice"
)
_ROWS = {op.name: op for op in PRIMITIVES}
_PRIMITIVE = frozenset(PRIMITIVES)


class Linear:
    """A straight line: slots for the inputs, the parameters, the constants, then one for each step.

    `steps` are (row, slots of the operands), and a step fills the next slot. `outputs` are slots.
    `names` has a name for each slot, "" where the user gave none; there, `invented` has what the
    node is called elsewhere, such as v1, and "" for what is no node of the graph. The first
    `forward` steps are those that the first output needs; the rest is its gradient, if there is
    one. `gradient_of` says of which slot one of the rest is the gradient, where that is known.
    """

    __slots__ = (
        "constants", "forward", "gradient_of", "inputs", "invented", "names", "outputs",
        "parameters", "steps",
    )  # fmt: skip

    def __init__(
        self,
        inputs: int,
        parameters: Sequence[Value],
        constants: Sequence[float],
        steps: Sequence[Step],
        outputs: Sequence[int],
        names: Sequence[str],
        forward: int,
        gradient_of: Mapping[int, int] | None = None,
        invented: Sequence[str] = (),
    ) -> None:
        self.inputs, self.parameters, self.constants = inputs, tuple(parameters), tuple(constants)
        self.steps, self.outputs, self.names = list(steps), tuple(outputs), list(names)
        self.forward, self.gradient_of = forward, dict(gradient_of or {})
        self.invented = list(invented) or [""] * len(self.names)

    @property
    def first_step(self) -> int:
        """The slot that the first step fills."""
        return self.inputs + len(self.parameters) + len(self.constants)

    def run(self, numbers: Sequence[float]) -> tuple[float, ...]:
        """The outputs for these inputs, step by step: slow, and the standard for every language.

        >>> from autograd_mini import Value
        >>> x, y = Value(2.0), Value(3.0)
        >>> linearised([x * y + 1.0], [x, y]).run([5.0, 10.0])
        (51.0,)
        """
        slots = [*numbers, *[leaf.data for leaf in self.parameters], *self.constants]
        for op, operands in self.steps:
            slots.append(op.forward(*[slots[operand] for operand in operands]))
        return tuple([slots[output] for output in self.outputs])

    def __reduce__(self) -> tuple[Any, ...]:
        steps = [(op.name, operands) for op, operands in self.steps]
        head = (self.inputs, self.parameters, self.constants, steps)
        tail = (self.outputs, self.names, self.forward, self.gradient_of, self.invented)
        return _from_names, (*head, *tail)


def _from_names(
    inputs: int,
    parameters: Sequence[Value],
    constants: Sequence[float],
    steps: Iterable[tuple[str, tuple[int, ...]]],
    *rest: Any,
) -> Linear:
    found = [(_ROWS[name], operands) for name, operands in steps]
    return Linear(inputs, parameters, constants, found, *rest)


def linearised(
    outputs: Sequence[Value],
    inputs: Sequence[Value],
    gradients: Sequence[Value] = (),
    names: Mapping[Value, str] | None = None,
    invented: Mapping[Value, str] | None = None,
) -> Linear:
    """The straight line that computes `outputs`, then `gradients`, from the inputs.

    All other leaves become parameters, in topological order. Equal steps are shared, steps on
    constants are done once and for all, and what no output needs is left out. `names` are for nodes
    without a label, and `invented` is what `invented_names` gives, if it was asked already. Rows
    that cannot be run on symbols raise `CompileError`.
    """
    names = names or {}
    builder = Builder(inputs, names, invented or invented_names(outputs, inputs, names))
    slots = [builder.slot_of(value) for value in outputs]
    before = len(builder.steps)
    slots += [builder.slot_of(value) for value in gradients]
    return builder.finished(slots, before)


def invented_names(
    outputs: Sequence[Value], inputs: Sequence[Value], names: Mapping[Value, str]
) -> dict[Value, str]:
    """What the nodes without a name are called, as in every picture of their graph.

    >>> x, w = Value(2.0), Value(3.0, "w")
    >>> product = w * x
    >>> list(invented_names([product * 4.0], [x], {}).values())
    ['x1', 'v1', 'v2']
    """
    found: dict[Value, str] = {}
    for root in (*outputs, *inputs):
        for node in _new_below(root, found):
            found[node] = _own_name(node, names)
    nodes, own = [*found], [*found.values()]
    return {
        node: name
        for node, given, name in zip(nodes, own, names_beside(nodes, own), strict=True)
        if not given and not node.is_constant
    }


def _new_below(root: Value, known: Container[Value]) -> Iterator[Value]:
    """The root and what it was made from, in topological order, without what is known already.

    The caller makes each known before it asks for the next.
    """
    path = [(root, iter(root.parents))]  # from the root to a node that is new
    while path:
        node, parents = path[-1]
        for parent in parents:
            if parent not in known:
                path.append((parent, iter(parent.parents)))
                break
        else:
            path.pop()
            if node not in known:
                yield node


def _own_name(node: Value, names: Mapping[Value, str]) -> str:
    return node.label or names.get(node, "")


class Symbol(Operators):
    """What flows through the rows in place of a number: a place in the straight line."""

    __slots__ = ("builder", "place")

    def __init__(self, builder: Builder, place: Place) -> None:
        self.builder, self.place = builder, place

    def _apply(self, op: Op, arguments: Sequence[Any]) -> Any:
        return self.builder.apply(op, arguments)

    def __bool__(self) -> NoReturn:
        raise CompileError(OPEN_CHOICE)

    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = lambda self, other: bool(self)
    __hash__ = object.__hash__

    def __float__(self) -> NoReturn:
        raise CompileError(
            "it calls float(), math or NumPy; write it in operators and functions of autograd_mini "
            "(am.sin(x) for math.sin(x))"
        )

    __int__ = __index__ = __trunc__ = __float__


class Builder:
    """Collects steps; `known` has what each node became, a symbol, or a number for a constant."""

    def __init__(
        self,
        inputs: Sequence[Value],
        names: Mapping[Value, str],
        invented: Mapping[Value, str] | None = None,
    ) -> None:
        self.inputs, self._found, self._invented = list(inputs), names, invented or {}
        self.parameters: list[Value] = []
        self.steps: list[tuple[Op, tuple[Place, ...]]] = []
        self.names: dict[Place, str] = {}
        self.invented: dict[Place, str] = {}
        self.gradient_of: dict[Place, Place] = {}
        self.known: dict[Value, Any] = {}
        self._shared: dict[tuple[Op, tuple[Place, ...]], Symbol] = {}
        for index, leaf in enumerate(self.inputs):
            self._remember(leaf, Symbol(self, ("input", index)))

    # -- nodes -------------------------------------------------------------------------------------

    def slot_of(self, value: Value) -> Place:
        """The place of a node, after those of all that it was made from."""
        for node in _new_below(value, self.known):
            self._remember(node, self._made(node))
        return self.place(self.known[value])

    def _remember(self, node: Value, made: object) -> None:
        self.known[node] = made
        if isinstance(made, Symbol) and (node.op is None or made.place[0] == "step"):
            if name := _own_name(node, self._found):
                self.names.setdefault(made.place, name)
            elif node in self._invented:
                self.invented.setdefault(made.place, self._invented[node])

    def _made(self, node: Value) -> Any:
        if node.op is not None:
            return self.apply(node.op, [self.known[parent] for parent in node.parents])
        if node.is_constant:
            return node.data
        self.parameters.append(node)
        return Symbol(self, ("parameter", len(self.parameters) - 1))

    # -- operations --------------------------------------------------------------------------------

    def apply(self, op: Op, arguments: Sequence[Any]) -> Any:
        """A row on symbols and numbers; on numbers alone it is done here and now."""
        if not any(isinstance(argument, Symbol) for argument in arguments):
            return ieee.number(op.forward(*map(ieee.number, arguments)))
        if op in _PRIMITIVE:
            return self._step(op, tuple([self.place(argument) for argument in arguments]))
        return self._composed(op, arguments)

    def _step(self, op: Op, operands: tuple[Place, ...]) -> Symbol:
        step = (op, operands)
        if step not in self._shared:
            self._shared[step] = Symbol(self, ("step", len(self.steps)))
            self.steps.append(step)
        return self._shared[step]

    def _composed(self, op: Op, arguments: Sequence[Any]) -> Any:
        try:
            made = op.forward(*arguments)
        except CompileError as error:
            raise CompileError(f"the operation {op.name!r} cannot be compiled: {error}") from None
        except Exception as error:
            raise CompileError(
                f"the operation {op.name!r} cannot be compiled: its forward function raised "
                f"{type(error).__name__}: {error}; write it in operators and other operations"
            ) from error
        return made if isinstance(made, Symbol) else ieee.number(made)

    def place(self, argument: object) -> Place:
        """Where a symbol, or a number, which becomes a constant, stands."""
        if isinstance(argument, Symbol):
            return argument.place
        return ("constant", ieee.number(argument).hex())

    # -- the end -----------------------------------------------------------------------------------

    def finished(self, outputs: Sequence[Place], forward: int) -> Linear:
        """The straight line with numbers for places, and without what no output needs."""
        self.known.clear()  # symbols know their builder, and no cycle is left behind
        self._shared.clear()
        needed = self._needed(outputs)
        kept = [index for index in range(len(self.steps)) if ("step", index) in needed]
        constants = list(dict.fromkeys(self._constants(kept, outputs)))
        places: list[Place] = [("input", index) for index in range(len(self.inputs))]
        places += [("parameter", index) for index in range(len(self.parameters))]
        places += constants
        places += [("step", index) for index in kept]
        slots = {place: slot for slot, place in enumerate(places)}
        steps = [
            (op, tuple([slots[operand] for operand in operands]))
            for op, operands in [self.steps[index] for index in kept]
        ]
        return Linear(
            len(self.inputs),
            self.parameters,
            [float.fromhex(str(text)) for _, text in constants],
            steps,
            [slots[place] for place in outputs],
            [self.names.get(place, "") for place in places],
            len([index for index in kept if index < forward]),
            self._gradient_slots(slots),
            [self.invented.get(place, "") for place in places],
        )

    def _gradient_slots(self, slots: Mapping[Place, int]) -> dict[int, int]:
        pairs = self.gradient_of.items()
        return {slots[d]: slots[of] for d, of in pairs if d in slots and of in slots}

    def _needed(self, outputs: Iterable[Place]) -> set[Place]:
        needed = set(outputs)
        for index in range(len(self.steps) - 1, -1, -1):
            if ("step", index) in needed:
                needed.update(self.steps[index][1])
        return needed

    def _constants(self, kept: Iterable[int], outputs: Iterable[Place]) -> list[Place]:
        operands = [place for index in kept for place in self.steps[index][1]]
        return [place for place in (*operands, *outputs) if place[0] == "constant"]
