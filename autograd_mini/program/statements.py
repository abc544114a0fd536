"""What C and JavaScript share: a straight line as texts, one statement for each step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf

from autograd_mini.engine.ops import Op
from autograd_mini.program.linear import Linear
from autograd_mini.program.slot_names import slot_names

LONGEST_COMMENT = 60


def slot_texts(
    linear: Linear, number: Callable[[float], str], reserved: frozenset[str] = frozenset()
) -> list[str]:
    """What stands for each slot in a program: a name, or the number of a constant.

    >>> from autograd_mini import Value
    >>> from autograd_mini.program.linear import linearised
    >>> x, w = Value(2.0, "x"), Value(3.0, "weights['x']")
    >>> slot_texts(linearised([w * x + 1.0], [x]), repr)
    ['x', 'weights_x', '1.0', 'v1', 'v2']
    """
    texts = slot_names(linear, reserved)
    first = linear.inputs + len(linear.parameters)
    texts[first : linear.first_step] = [number(x) for x in linear.constants]
    return texts


def number_text(x: float, infinity: str, nan: str) -> str:
    """A number, to its last bit, as C and JavaScript read it; they name inf and nan themselves.

    >>> number_text(0.1, "INFINITY", "NAN"), number_text(float("-inf"), "INFINITY", "NAN")
    ('0.1', '-INFINITY')
    """
    if x != x:
        return nan
    if abs(x) == inf:
        return infinity if x > 0.0 else f"-{infinity}"
    return repr(x)


def statements(
    linear: Linear, texts: Sequence[str], spellings: Mapping[Op, str], form: str
) -> tuple[list[str], list[str]]:
    """The statements of the forward part and of the backward part, one for each step.

    >>> from autograd_mini import Value
    >>> from autograd_mini.engine import ops
    >>> from autograd_mini.program.linear import linearised
    >>> line = linearised([Value(3.0, "w") * -2.0], [])
    >>> statements(line, slot_texts(line, repr), {ops.mul: "{} * {}"}, "let {} = {};")
    (['let v1 = w * (-2.0);'], [])
    """
    lines = []
    for slot, (op, operands) in enumerate(linear.steps, start=linear.first_step):
        expression = spelled(spellings[op], [texts[operand] for operand in operands])
        lines.append(form.format(texts[slot], expression))
    return lines[: linear.forward], lines[linear.forward :]


def spelled(spelling: str, operands: Sequence[str]) -> str:
    """An operation on names and numbers; a negative number beside a sign is bracketed.

    >>> spelled("{} - {}", ["x", "-2.0"]), spelled("atan2({}, {})", ["x", "-2.0"])
    ('x - (-2.0)', 'atan2(x, -2.0)')
    """
    if "(" not in spelling:
        operands = [f"({text})" if text.startswith("-") else text for text in operands]
    return spelling.format(*operands)


def helpers_in(
    lines: Iterable[Linear], spellings: Mapping[Op, str], helpers: Mapping[str, str]
) -> list[str]:
    """The sources of the helpers that these lines call, or that such a helper calls; in order.

    A helper stands behind those that it calls.
    """
    operations = {op for linear in lines for op, _ in linear.steps}
    called = {spellings[op].partition("(")[0] for op in operations}
    for name in reversed([*helpers]):
        if name in called:
            called.update(re.findall(r"(\w+)\(", helpers[name]))
    return [source for name, source in helpers.items() if name in called]


def needed_slots(linear: Linear) -> set[int]:
    """The slots that a step or an output reads."""
    return {*linear.outputs, *[slot for _, operands in linear.steps for slot in operands]}


# -- labels in comments ----------------------------------------------------------------------------

_ODD = re.compile(r"[^\w .,:;=+()\[\]'-]+|[^\x00-\x7f]")


def comment_text(label: str) -> str:
    """A label as it may stand in a comment of any language: one line that cannot end the comment.

    >>> comment_text("layers[0].w[1]"), comment_text("learning-rate")
    ('layers[0].w[1]', 'learning-rate')
    >>> comment_text("*/ exit(1); /*"), comment_text("σ²")
    ('? exit(1); ?', 'U+03C3U+00B2')

    A letter beyond ASCII becomes its number, and a run of other signs one question mark; so there
    is no `*/`, no `</script>`, no trigraph and no backslash. At most 60 characters are kept.
    """
    text = _ODD.sub(_plain, label[: LONGEST_COMMENT + 1]).strip()
    return text if len(text) <= LONGEST_COMMENT else f"{text[: LONGEST_COMMENT - 3]}..."


def _plain(found: re.Match[str]) -> str:
    signs = found.group()
    return f"U+{ord(signs):04X}" if len(signs) == 1 and signs.isalnum() else "?"
