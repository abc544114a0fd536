"""A program as Python source: plain arithmetic, and nothing imported but `math`."""

from __future__ import annotations

import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence

from autograd_mini.engine.ops import Op
from autograd_mini.program.linear import Linear
from autograd_mini.program.reserved_words import PYTHON as RESERVED
from autograd_mini.program.slot_names import LONGEST, identifier, slot_names
from autograd_mini.program.spellings import SPELLINGS, python_helpers
from autograd_mini.text.numbers import counted

WIDTH = 92  # of a line inside of a function


def python_source(value: Linear, gradient: Linear | None = None) -> str:
    """A module with a function `value`, and one `value_and_gradient` where there is a gradient.

    >>> from autograd_mini import Value
    >>> from autograd_mini.program.linear import linearised
    >>> x, w, b = Value(3.0, "x"), Value(2.0, "w"), Value(0.5, "b")
    >>> module = {}
    >>> exec(python_source(linearised([(w * x + b).relu()], [x])), module)
    >>> module["value"](10.0), module["value"](10.0, [3.0, 1.0])
    (20.5, 31.0)
    """
    lines = [value] if gradient is None else [value, gradient]
    made = Statements(value)
    head = [_header(made, gradient), "import math", *_input_list(made), *_parameter_list(made)]
    functions = python_helpers([op for line in lines for op, _ in line.steps])
    functions.append(_value_function(made))
    if gradient is not None:
        functions.append(_gradient_function(Statements(gradient)))
    return "\n\n\n".join(["\n\n".join(head), *functions]) + "\n"


# -- statements ------------------------------------------------------------------------------------


class Statements:
    """A straight line as Python statements; `names` has a name or a number for each slot.

    >>> from autograd_mini import Value
    >>> from autograd_mini.program.linear import linearised
    >>> a, b, c = Value(1.0, "a"), Value(2.0, "b"), Value(3.0, "c")
    >>> Statements(linearised([(a + b * c).tanh()], [a, b, c])).forward
    ['v2 = a + b * c', 'v3 = math.tanh(v2)']

    A sum of products is one line where it fits: a step that has no name, and is needed once, stands
    inside of the line that needs it. The arithmetic is the same, in the same order.
    """

    def __init__(self, linear: Linear) -> None:
        self.linear = linear
        self.names = slot_names(linear, RESERVED)
        leaves = linear.inputs + len(linear.parameters)
        self.inputs = self.names[: linear.inputs]
        self.parameters = self.names[linear.inputs : leaves]
        self.names[leaves : linear.first_step] = map(number_text, linear.constants)
        self._inside = _needed_once(linear)
        self._pending: dict[int, tuple[str, int]] = {}  # their texts, with precedence
        self.forward = self._written(0, linear.forward)
        self.backward = self._written(linear.forward, len(linear.steps))
        self.outputs = [self.names[slot] for slot in linear.outputs]

    def _written(self, start: int, stop: int) -> list[str]:
        lines: list[str] = []
        for index in range(start, stop):
            slot = self.linear.first_step + index
            op, operands = self.linear.steps[index]
            lines += self._made_to_fit(slot, operands)
            text, precedence = self._expression(op, operands)
            if slot in self._inside:
                self._pending[slot] = (text, precedence)
            else:
                lines.append(f"{self.names[slot]} = {text}")
        return lines

    def _made_to_fit(self, slot: int, operands: Sequence[int]) -> list[str]:
        """Lines of their own for the longest operands, as far as they would make this too long."""
        lines = []
        inside = [operand for operand in operands if operand in self._pending]
        for longest in sorted(inside, key=self._length, reverse=True):
            lengths = [self._length(part) for part in (slot, *operands)]
            if len(" =  + ()") + sum(lengths) > WIDTH:
                lines.append(f"{self.names[longest]} = {self._pending.pop(longest)[0]}")
        return lines

    def _length(self, slot: int) -> int:
        return len(self._pending[slot][0] if slot in self._pending else self.names[slot])

    def _expression(self, op: Op, operands: Sequence[int]) -> tuple[str, int]:
        form, precedence = SPELLINGS[op].python, SPELLINGS[op].precedence
        if not precedence:
            return form.format(*[self.names[slot] for slot in operands]), 0
        # On the right an equal operator needs parentheses: a - (b - c).
        needed = [precedence, precedence + 1] if len(operands) == 2 else [precedence + 1]
        parts = [self._operand(*pair) for pair in zip(operands, needed, strict=True)]
        return form.format(*parts), precedence

    def _operand(self, slot: int, needed: int) -> str:
        if slot not in self._pending:
            return self.names[slot]
        text, precedence = self._pending.pop(slot)
        return text if precedence >= needed else f"({text})"


def _needed_once(linear: Linear) -> set[int]:
    """The steps of an operator, without a name, that one other operator needs and nothing else."""
    uses = Counter([slot for _, operands in linear.steps for slot in operands])
    made = {slot: op for slot, (op, _) in enumerate(linear.steps, start=linear.first_step)}
    by_operator = {slot for slot, op in made.items() if SPELLINGS[op].precedence}
    kept = {*linear.outputs, *linear.gradient_of}
    kept.update([slot for slot in made if linear.names[slot]])
    return {
        slot
        for op, operands in linear.steps
        for slot in operands
        if SPELLINGS[op].precedence and slot in by_operator and uses[slot] == 1
    } - kept


def number_text(number: float) -> str:
    """A number as Python source.

    >>> number_text(0.1), number_text(-0.0), number_text(float("-inf"))
    ('0.1', '-0.0', '-math.inf')
    """
    if number != number:
        return "math.nan"
    return repr(number).replace("inf", "math.inf")


# -- the parts of the module -----------------------------------------------------------------------


def _header(made: Statements, gradient: Linear | None) -> str:
    version = vars(sys.modules["autograd_mini"])["__version__"]  # that room lies above this one
    given = ", ".join(made.inputs)
    given = given if len(given) <= 40 else "*inputs"
    calls = {f"value({given})": "the result" if len(made.outputs) == 1 else "the results"}
    notes = []
    if gradient is not None:
        calls[f"value_and_gradient({given})"] = "(the result, *its derivatives)"
        notes.append(f"The derivatives are those with respect to {_leaves_text(made)}.")
    if made.parameters:
        notes.append("A list of other parameters than those below can be given as last argument.")
    widest = max(map(len, calls))
    table = [f"    {call:{widest}}    gives {meaning}" for call, meaning in calls.items()]
    paragraphs = [f'"""A program that autograd_mini {version} wrote. It needs only Python.']
    paragraphs.append("\n".join(table))
    paragraphs += [_filled(" ".join(notes))] if notes else []
    return "\n\n".join(paragraphs) + '\n"""'


def _leaves_text(made: Statements) -> str:
    leaves = [*made.inputs, *made.parameters]
    if 0 < len(leaves) <= 6:
        return _listed(leaves)
    groups = {"input": len(made.inputs), "parameter": len(made.parameters)}
    counts = [f"the {counted(count, kind)}" for kind, count in groups.items() if count]
    return f"{_listed(counts)}, in order" if counts else "nothing"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _input_list(made: Statements) -> list[str]:
    """A comment with the labels of the inputs that could not have them as names."""
    pairs = zip(made.inputs, map(_label_text, made.linear.names), strict=False)
    lines = [f"#     {name}{label}" for name, label in pairs if label]
    return ["\n".join(["# Of the inputs,", *lines])] if lines else []


def _parameter_list(made: Statements) -> list[str]:
    if not made.parameters:
        return []
    numbers = [f"{number_text(leaf.data)}," for leaf in made.linear.parameters]
    widest = max(map(len, numbers))
    labels = map(_label_text, made.linear.names[len(made.inputs) :])
    comments = [f"{name}{label}" for name, label in zip(made.parameters, labels, strict=False)]
    rows = [f"    {x:{widest}}  # {text}" for x, text in zip(numbers, comments, strict=True)]
    return ["\n".join(["PARAMETERS = [", *rows, "]"])]


def _label_text(label: str) -> str:
    """A label that could not be a name, as printable ASCII, which cannot end a comment."""
    return f" is {label[:LONGEST]!a}" if label and not identifier(label) else ""


def _value_function(made: Statements) -> str:
    outputs = made.outputs[0] if len(made.outputs) == 1 else tuple_text(made.outputs)
    return _function("value", made, [*made.forward, *made.backward, f"return {outputs}"])


def _gradient_function(made: Statements) -> str:
    aliases, outputs = _named_derivatives(made)
    forward = ["# forward pass", *made.forward]
    backward = [
        "# backward pass: d_x is the derivative of the result with respect to x",
        *[*made.backward, *aliases],
        f"return {tuple_text(outputs)}",
    ]
    return _function("value_and_gradient", made, [*forward, "", *backward])


def _named_derivatives(made: Statements) -> tuple[list[str], list[str]]:
    """Statements such as `d_b = d_v3`, where one step is several derivatives; then the outputs."""
    aliases, outputs = [], made.outputs[:1]
    taken = set(made.names)
    for leaf, output in zip([*made.inputs, *made.parameters], made.outputs[1:], strict=True):
        name = f"d_{leaf}"
        if output != name and name not in taken:
            aliases.append(f"{name} = {output}")
            output = name
        outputs.append(output)
    return aliases, outputs


def _function(name: str, made: Statements, body: Iterable[str]) -> str:
    arguments = [*made.inputs, *["parameters=PARAMETERS"] * bool(made.parameters)]
    head = _bracketed(f"def {name}(", arguments, "):")
    return "\n".join([head, *indented([*unpacked("parameters", made.parameters), *body])])


def indented(statements: Iterable[str], by: int = 4) -> list[str]:
    """Statements, which may have several lines, as lines further to the right."""
    return textwrap.indent("\n".join(statements), " " * by).split("\n")


def unpacked(sequence: str, names: Sequence[str]) -> list[str]:
    """The statement that gives each number of a sequence its name; none for no names."""
    return [f"{tuple_text(names)} = {sequence}"] if names else []


def tuple_text(words: Sequence[str]) -> str:
    """A tuple as Python source, in brackets where it needs them."""
    line = ", ".join(words)
    if len(words) > 1 and len(line) <= WIDTH - 20:
        return line
    return _bracketed("(", words, ",)" if len(words) == 1 else ")")


def _bracketed(start: str, words: Sequence[str], end: str) -> str:
    line = f"{start}{', '.join(words)}{end}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([start, *indented([_filled(", ".join(words) + ",")]), end])


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH - 4, break_long_words=False, break_on_hyphens=False)
