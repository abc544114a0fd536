"""Text to a graph of `Value`s, through an allow-list: nothing is ever evaluated as Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from autograd_mini.engine import functions, ops
from autograd_mini.engine.errors import ExpressionError
from autograd_mini.engine.making import as_value
from autograd_mini.engine.ops import Op
from autograd_mini.engine.syntax import Instruction, Step, normalized, steps_of
from autograd_mini.engine.value import Value, topological_order

BINARY = {"+": ops.add, "-": ops.sub, "*": ops.mul, "/": ops.div, "%": ops.mod, "**": ops.power}
LIST_FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: getattr(functions, name) for name in ("sum", "mean", "dot", "logsumexp")
}
ROWS: dict[str, Op] = {
    op.name: op
    for op in vars(ops).values()
    if isinstance(op, Op) and not op.variadic and op.name.isidentifier() and "(" in str(op.text)
}
FUNCTIONS = {**ROWS, **LIST_FUNCTIONS}


def parse(text: str, /, **names: Value | float) -> Value:
    """The graph of an expression, with a number or a `Value` for each name in it.

    >>> neuron = parse("tanh(w*x + b)", w=0.5, x=2, b=-1)
    >>> neuron
    Value(0.0, op='tanh')
    >>> neuron.backward()
    >>> neuron.parents[0].parents[1]
    Value(-1.0, label='b', grad=1.0)

    Numbers become leaves with the name as label. Steps that end with a semicolon name numbers and
    results on the way, so that one result can be used in several places:

    >>> parse("a = 3; b = a*a; b + b")
    Value(18.0, op='+')

    The text may hold the operators and functions of this package and nothing else: the rest is an
    `ExpressionError` that points at its column. So are names without a number, names that are not
    needed, and texts of more than 250,000 characters.
    """
    numbers = {normalized(name): number for name, number in names.items()}
    steps = _steps(text, numbers)
    _check_names(text, steps, numbers)
    builder = _Builder(text, numbers)
    for step in steps:
        builder.step(step)
    _check_all_used(text, steps, numbers)
    return builder.results[steps[-1].name]


def expression_names(text: str) -> list[str]:
    """The names in an expression that need a number, in the order in which they appear.

    >>> expression_names("u = tanh(w*x) + 1e5; u * w")
    ['w', 'x']

    A text that cannot be read is an `ExpressionError`.
    """
    return list(dict.fromkeys([use.text for use in _missing(_steps(text), ())]))


def name_result(result: Value) -> Value:
    """The result of an expression, called L, y or z if it has no name and no other node has that.

    >>> name_result(parse("w * x", w=2, x=3)).label
    'L'
    """
    taken = {node.label for node in topological_order(result)}
    free = [name for name in ("L", "y", "z", "result") if name not in taken]
    result.label = result.label or next(iter(free), "")
    return result


def _steps(text: str, known: Collection[str] = ()) -> list[Step]:
    if not isinstance(text, str):
        raise TypeError(f"an expression is a string such as 'a * b', not {text!r}")
    return list(steps_of(text, FUNCTIONS, LIST_FUNCTIONS, known))


def _missing(steps: Iterable[Step], known: Iterable[str]) -> list[Instruction]:
    """Where a name is used that has no number, nor is it one of a step before."""
    named, missing = set(known), []
    for step in steps:
        uses = [each for each in step.instructions if each.kind == "name"]
        missing += [use for use in uses if use.text not in named]
        named.add(step.name)
    return missing


def _check_names(text: str, steps: list[Step], numbers: Iterable[str]) -> None:
    """Each name of a step is new, and each name has a number."""
    named = set(numbers)
    for step in steps:
        if reason := _fault_of_step(step.name, named):
            raise ExpressionError(reason, text, step.column)
        named.add(step.name)
    if missing := _missing(steps, numbers):
        names = list(dict.fromkeys([use.text for use in missing]))
        known = ", ".join([*numbers, *(step.name for step in steps[:-1])]) or "none yet"
        raise ExpressionError(
            f"{' and '.join(f'`{name}`' for name in names)} {'has' if len(names) == 1 else 'have'} "
            f"no number; give {' '.join(f'{name}=...' for name in names)} (given: {known})",
            text,
            missing[0].column,
        )


def _check_all_used(text: str, steps: list[Step], numbers: Iterable[str]) -> None:
    used = {each.text for step in steps for each in step.instructions if each.kind == "name"}
    for name in (*numbers, *[step.name for step in steps[:-1]]):
        if name not in used:
            known = ", ".join(sorted(used)) or "none"
            raise ExpressionError(f"`{name}` was given, but is not in it; it has: {known}", text, 1)


def _fault_of_step(name: str, named: set[str]) -> str:
    if "" in named:
        return "the step before this one needs a name, as in b = a*a;"
    return f"`{name}` has a number already; choose another name" if name in named else ""


class _Builder:
    """Follows the instructions of each step with a stack."""

    def __init__(self, text: str, numbers: Mapping[str, Value | float]) -> None:
        self.text, self.numbers = text, numbers
        self.leaves: dict[str, Value] = {}
        self.results: dict[str, Value] = {}  # what each step has made, by its name

    def step(self, step: Step) -> None:
        """Build one step; from then on its name stands for what was built."""
        stack: list[Any] = []
        for each in step.instructions:
            start = len(stack) - each.operands
            stack[start:] = [self._made(each, stack[start:])]
        result = stack.pop()
        if step.name and not isinstance(result, Value):
            result = Value(result)  # a = 3; makes a leaf, as the argument a=3 does
        result = as_value(result)
        result.label = result.label or step.name
        self.results[step.name] = result

    def _made(self, each: Instruction, operands: list[Any]) -> Any:
        match each.kind:
            case "number":
                return self._number(each)
            case "name":
                return self._named(each.text)
            case "sign":
                return ops.neg(*operands)
            case "operator":
                return BINARY[each.text](*operands)
            case "list":
                return operands
        return self._call(each, operands)

    def _number(self, each: Instruction) -> float:
        is_integer = each.text[:2].lower() in ("0x", "0b", "0o")
        try:
            number = float(int(each.text, 0) if is_integer else each.text)
        except OverflowError:
            number = math.inf
        if number == math.inf:
            raise self._error(each, "this number is too large; the largest is 1.8e308")
        return number

    def _named(self, name: str) -> Value:
        if name in self.results:
            return self.results[name]
        if name not in self.leaves:
            given = self.numbers[name]
            self.leaves[name] = given if isinstance(given, Value) else Value(given, name)
        return self.leaves[name]

    def _call(self, each: Instruction, arguments: list[Any]) -> Any:
        name = each.text
        if name in LIST_FUNCTIONS:
            try:
                return LIST_FUNCTIONS[name](*arguments)
            except (TypeError, ValueError) as error:
                usage = "dot([w1, w2], [x1, x2], b)" if name == "dot" else f"{name}([a, b, c])"
                why = f" ({error})" if isinstance(error, ValueError) else ""
                raise self._error(each, f"write `{name}` as in {usage}{why}") from None
        needed = len(ROWS[name].rules)
        if len(arguments) != needed:
            got = f"{needed} argument{'s' * (needed != 1)}, not {len(arguments)}"
            raise self._error(each, f"`{name}` takes {got}")
        return ROWS[name](*arguments)

    def _error(self, each: Instruction, reason: str) -> ExpressionError:
        return ExpressionError(reason, self.text, each.column)
