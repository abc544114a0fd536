"""C source of a straight line: C99 and math.h, one line for each operation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_mini.program import statements as write
from autograd_mini.program.linear import Linear
from autograd_mini.program.reserved_words import C as RESERVED
from autograd_mini.program.spellings import C_HELPERS, C_LIBM, SPELLINGS

_HEADER = """\
/* A program that autograd_mini wrote from a graph of numbers. Compile it with

       cc -std=c99 -O2 -ffp-contract=off -Wall -Wextra -c program.c

   and link with -lm. Then its numbers are those of Python, bit for bit: -ffp-contract=off sees to
   it that a * b + c is rounded twice, as in Python. */

#include <math.h>
"""
_SPELLINGS = {op: row.c for op, row in SPELLINGS.items()}
_LIBM = """\
/* The functions of libm, behind pointers that no compiler looks through. It would work out some
   calls by itself, and write x * x for pow(x, 2.0), which now and then has another last bit. */
"""
_VALUE = "/* The output for these inputs and parameters. */"
_VALUES = "/* The outputs for these inputs and parameters. */"
_VALUE_AND_GRADIENT = """\
/* The output, and into the last two arguments its derivatives with respect to each input and each
   parameter. */"""
_PARAMETERS_NOW = "/* The parameters as they were when this was written: pass these, or others. */"
_FORWARD = "/* Forward: the operations of the graph, in order. */"
_BACKWARD = "/* Backward: the chain rule, from the output to the inputs and parameters. */"


def c_source(value: Linear, gradient: Linear | None = None) -> str:
    r"""The C source of a line, and of the line for (output, *gradient) if there is one.

    >>> from autograd_mini import Value
    >>> from autograd_mini.program.linear import linearised
    >>> x, w = Value(2.0, "x"), Value(3.0, "w")
    >>> source = c_source(linearised([w * x], [x]))
    >>> print(source[source.index("double value"):])
    double value(const double inputs[1], const double parameters[1])
    {
        const double x = inputs[0];
        const double w = parameters[0];
    <BLANKLINE>
        const double v1 = w * x;
    <BLANKLINE>
        return v1;
    }
    <BLANKLINE>

    One output makes a function `value`, several a function `values` that fills an array. It is C99
    without warnings, and has ASCII characters only; a label can become a name or part of a comment,
    and nothing else.
    """
    lines = [value] if gradient is None else [value, gradient]
    parts = [_HEADER, *_helpers(lines)]
    if value.parameters:
        parts.append(_parameters_now(value))
    parts.append(_value(value) if len(value.outputs) == 1 else _values(value))
    if gradient is not None:
        parts.append(_value_and_gradient(gradient))
    return "\n".join(parts)


def _helpers(lines: Sequence[Linear]) -> list[str]:
    """The pointers to libm in one paragraph, then the functions."""
    found = write.helpers_in(lines, _SPELLINGS, {**C_LIBM, **C_HELPERS})
    pointers = [source for source in found if source in C_LIBM.values()]
    paragraph = "".join([_LIBM, *[f"{pointer}\n" for pointer in pointers]])
    return [*([paragraph] if pointers else []), *found[len(pointers) :]]


def _number(x: float) -> str:
    return write.number_text(x, "INFINITY", "NAN")


# -- arrays and signatures -------------------------------------------------------------------------


def _parameters_now(linear: Linear) -> str:
    """Not static, so that no compiler finds it unused."""
    names = linear.names[linear.inputs :]
    rows = [
        f"    {_number(leaf.data)},{_remark(write.comment_text(name))}\n"
        for leaf, name in zip(linear.parameters, names, strict=False)
    ]
    size = len(linear.parameters)
    return f"{_PARAMETERS_NOW}\nconst double parameters_now[{size}] = {{\n{''.join(rows)}}};\n"


def _remark(text: str) -> str:
    return f"  /* {text} */" if text else ""


def _array(name: str, size: int, qualifier: str = "") -> str:
    """C has no arrays of size 0; for these, a pointer that nobody follows."""
    return f"{qualifier}double {name}[{size}]" if size else f"{qualifier}double *{name}"


def _arguments(linear: Linear) -> str:
    inputs = _array("inputs", linear.inputs, "const ")
    return f"{inputs}, {_array('parameters', len(linear.parameters), 'const ')}"


def _function(comment: str, signature: str, *paragraphs: Sequence[str]) -> str:
    body = "\n\n".join(["\n".join([f"    {line}" for line in part]) for part in paragraphs if part])
    return f"{comment}\n{signature}\n{{\n{body}\n}}\n"


# -- the functions ---------------------------------------------------------------------------------


def _value(linear: Linear) -> str:
    texts, head, forward, _ = _parts(linear)
    signature = f"double value({_arguments(linear)})"
    return _function(_VALUE, signature, head, forward, [f"return {_output(linear, texts)};"])


def _values(linear: Linear) -> str:
    texts, head, forward, _ = _parts(linear)
    size = len(linear.outputs)
    signature = f"void values({_arguments(linear)}, {_array('outputs', size)})"
    tail = [f"outputs[{i}] = {texts[slot]};" for i, slot in enumerate(linear.outputs)]
    return _function(_VALUES, signature, head, forward, tail or ["(void)outputs;"])


def _value_and_gradient(linear: Linear) -> str:
    texts, head, forward, backward = _parts(linear)
    name = "double value_and_gradient("
    into = [
        _array("gradient_inputs", linear.inputs),
        _array("gradient_parameters", len(linear.parameters)),
    ]
    signature = f"{name}{_arguments(linear)},\n{' ' * len(name)}{', '.join(into)})"
    return _function(
        _VALUE_AND_GRADIENT,
        signature,
        [*head, *_not_filled(linear)],
        [_FORWARD, *forward],
        [_BACKWARD, *backward],
        list(_gradient(linear, texts)),
        [f"return {_output(linear, texts)};"],
    )


def _parts(linear: Linear) -> tuple[list[str], list[str], list[str], list[str]]:
    """The text of each slot, and the statements: first those that give the leaves their names."""
    texts = write.slot_texts(linear, _number, RESERVED)
    forward, backward = write.statements(linear, texts, _SPELLINGS, "const double {} = {};")
    return texts, list(_head(linear, texts)), forward, backward


def _head(linear: Linear, texts: Sequence[str]) -> Iterator[str]:
    needed, first = write.needed_slots(linear), 0
    for array, size in (("inputs", linear.inputs), ("parameters", len(linear.parameters))):
        slots = [slot for slot in range(first, first + size) if slot in needed]
        for slot in slots:
            label = linear.names[slot]
            remark = _remark(write.comment_text(label)) if label != texts[slot] else ""
            yield f"const double {texts[slot]} = {array}[{slot - first}];{remark}"
        if not slots:
            yield f"(void){array};  /* none is needed */"
        first += size


def _not_filled(linear: Linear) -> list[str]:
    inputs = [] if linear.inputs else ["(void)gradient_inputs;"]
    return inputs if linear.parameters else [*inputs, "(void)gradient_parameters;"]


def _gradient(linear: Linear, texts: Sequence[str]) -> Iterator[str]:
    """The first output is the value; the others are the derivatives by slots 0, 1, ..."""
    for slot, derivative in enumerate(linear.outputs[1:]):
        array, index = "gradient_inputs", slot
        if slot >= linear.inputs:
            array, index = "gradient_parameters", slot - linear.inputs
        yield f"{array}[{index}] = {texts[derivative]};  /* with respect to {texts[slot]} */"


def _output(linear: Linear, texts: Sequence[str]) -> str:
    return texts[linear.outputs[0]]
