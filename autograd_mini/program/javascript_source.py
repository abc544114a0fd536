"""JavaScript source of a straight line: an ES2020 module, one line for each operation."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from autograd_mini.program import statements as write
from autograd_mini.program.linear import Linear
from autograd_mini.program.reserved_words import JAVASCRIPT as RESERVED
from autograd_mini.program.spellings import JAVASCRIPT_HELPERS, SPELLINGS

_SPELLINGS = {op: row.javascript for op, row in SPELLINGS.items()}
_HEADER = """\
// A program that autograd_mini wrote from a graph of numbers: a JavaScript module.
//
//     import {{ {names} }} from "./program.mjs";
//
// Only the last line makes it a module: without it, the rest can be a script or the body of a
// new Function, in strict mode or not.
//
// + - * / and sqrt give the bits of Python's numbers. The other functions are those of the
// JavaScript engine, which differ from Python's by a unit or two in the last place.
"""
_VALUE = "// The output for these inputs and parameters."
_VALUES = "// The outputs for these inputs and parameters."
_VALUE_AND_GRADIENT = (
    "// The output, and its derivatives with respect to each input and each parameter."
)
_PARAMETERS = (
    "// The parameters as they were when this was written: the last argument, or give others."
)
_FORWARD = "// Forward: the operations of the graph, in order."
_BACKWARD = "// Backward: the chain rule, from the output to the inputs and parameters."


def javascript_source(value: Linear, gradient: Linear | None = None) -> str:
    r"""The JavaScript source of a line, and of the line for (output, *gradient) if there is one.

    >>> from autograd_mini import Value
    >>> from autograd_mini.program.linear import linearised
    >>> x, w = Value(2.0, "x"), Value(3.0, "w")
    >>> source = javascript_source(linearised([w * x], [x]))
    >>> print(source[source.index("function value"):])
    function value(x, parameters = PARAMETERS) {
      const w = parameters[0];
    <BLANKLINE>
      const v1 = w * x;
    <BLANKLINE>
      return v1;
    }
    <BLANKLINE>
    export { PARAMETERS, value };
    <BLANKLINE>

    One output makes a function `value`, several a function `values` that returns an array. It is an
    ES2020 module of ASCII characters only, which can stand in the script of a page as it is; a
    label can become a name or part of a comment, and nothing else.
    """
    lines = [value] if gradient is None else [value, gradient]
    names = ", ".join(_exported(value, gradient))
    parts = [_HEADER.format(names=names), *write.helpers_in(lines, _SPELLINGS, JAVASCRIPT_HELPERS)]
    if value.parameters:
        parts.append(_parameters(value))
    parts.append(_value(value))
    if gradient is not None:
        parts.append(_value_and_gradient(gradient))
    return "\n".join([*parts, f"export {{ {names} }};\n"])


def _exported(value: Linear, gradient: Linear | None) -> Iterator[str]:
    if value.parameters:
        yield "PARAMETERS"
    yield "value" if len(value.outputs) == 1 else "values"
    if gradient is not None:
        yield "valueAndGradient"


def _number(x: float) -> str:
    return write.number_text(x, "Infinity", "NaN")


# -- arrays and signatures -------------------------------------------------------------------------


def _parameters(linear: Linear) -> str:
    names = linear.names[linear.inputs :]
    rows = [
        f"  {_number(leaf.data)},{_remark(write.comment_text(name))}\n"
        for leaf, name in zip(linear.parameters, names, strict=False)
    ]
    return f"{_PARAMETERS}\nconst PARAMETERS = [\n{''.join(rows)}];\n"


def _remark(text: str) -> str:
    return f" // {text}" if text else ""


def _function(
    comment: str, name: str, linear: Linear, texts: Sequence[str], *paragraphs: Sequence[str]
) -> str:
    arguments = list(texts[: linear.inputs])
    if linear.parameters:
        arguments.append("parameters = PARAMETERS")
    signature = f"function {name}({', '.join(arguments)}) {{"
    if len(signature) > 100:
        wrapped = textwrap.fill(", ".join(arguments), 98).replace("\n", "\n  ")
        signature = f"function {name}(\n  {wrapped}\n) {{"
    body = "\n\n".join(["\n".join([f"  {line}" for line in part]) for part in paragraphs if part])
    return f"{comment}\n{signature}\n{body}\n}}\n"


# -- the functions ---------------------------------------------------------------------------------


def _value(linear: Linear) -> str:
    texts, head, forward, _ = _parts(linear)
    found = [texts[slot] for slot in linear.outputs]
    if len(found) == 1:
        return _function(_VALUE, "value", linear, texts, head, forward, [f"return {found[0]};"])
    end = ["return [", *[f"  {text}," for text in found], "];"]
    return _function(_VALUES, "values", linear, texts, head, forward, end)


def _value_and_gradient(linear: Linear) -> str:
    texts, head, forward, backward = _parts(linear)
    return _function(
        _VALUE_AND_GRADIENT,
        "valueAndGradient",
        linear,
        texts,
        head,
        [_FORWARD, *forward],
        [_BACKWARD, *backward],
        ["return {", f"  value: {texts[linear.outputs[0]]},", *_gradient(linear, texts), "};"],
    )


def _parts(linear: Linear) -> tuple[list[str], list[str], list[str], list[str]]:
    """The text of each slot, and the statements: first those that give parameters their names."""
    texts = write.slot_texts(linear, _number, RESERVED)
    forward, backward = write.statements(linear, texts, _SPELLINGS, "const {} = {};")
    return texts, list(_head(linear, texts)), forward, backward


def _head(linear: Linear, texts: Sequence[str]) -> Iterator[str]:
    needed = write.needed_slots(linear)
    for index in range(len(linear.parameters)):
        slot = linear.inputs + index
        if slot in needed:
            label = linear.names[slot]
            remark = _remark(write.comment_text(label)) if label != texts[slot] else ""
            yield f"const {texts[slot]} = parameters[{index}];{remark}"


def _gradient(linear: Linear, texts: Sequence[str]) -> Iterator[str]:
    """The first output is the value; the others are the derivatives by slots 0, 1, ..."""
    derivatives = [
        f"    {texts[derivative]}, // with respect to {texts[slot]}"
        for slot, derivative in enumerate(linear.outputs[1:])
    ]
    middle = linear.inputs
    for name, part in (("Inputs", derivatives[:middle]), ("Parameters", derivatives[middle:])):
        yield from [f"  gradient{name}: [", *part, "  ],"] if part else [f"  gradient{name}: [],"]
