"""JavaScript source: how near to Python's numbers it comes, that it runs anywhere, and reads well.

An operation gives Python's bits, or, where JavaScript has its own mathematics, at most 2 floats
beside them. In a whole graph such differences grow by the derivatives on their way, so there the
measure is the sum of what all numbers contribute. GRAPHS=10000 tries ten thousand random graphs.
"""

import itertools
import json
import math
import re
import shutil
import struct
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_mini import Value
from autograd_mini.engine import ops
from autograd_mini.program.javascript_source import javascript_source
from autograd_mini.program.linear import PRIMITIVES, linearised
from autograd_mini.program.reserved_words import JAVASCRIPT as RESERVED
from autograd_mini.program.spellings import JAVASCRIPT_HELPERS as HELPERS
from autograd_mini.program.spellings import SPELLINGS
from support.goldens import golden_files, golden_text
from support.places import ATTACKS
from support.rows import each_row
from support.straight_lines import (
    ARGUMENTS,
    GRAPHS,
    arguments,
    graph_of,
    lines_of,
    named,
    neuron,
    one_step,
    slots_of,
    ulps,
)

GOLDEN = golden_files("program", ["neuron.js.txt"]) / "neuron.js.txt"
LABELS = [attack["string"] for attack in ATTACKS]

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="no node on the PATH")

# Same bits as Python: what IEEE 754 defines to the last bit, and what only chooses and cuts.
EXACT = {ops.add, ops.sub, ops.mul, ops.div, ops.mod, ops.neg, ops.absolute, ops.sqrt, ops.relu}
EXACT |= {ops.sign, ops.heaviside, ops.exceeds, ops.floor, ops.ceil, ops.maximum, ops.minimum}
EXACT |= {ops.where}


def test_the_neuron_reads_as_it_should():
    source = javascript_source(*neuron())
    assert source == golden_text(GOLDEN, source)


def test_every_helper_is_called():
    assert set(HELPERS) <= {row.javascript.partition("(")[0] for row in SPELLINGS.values()}


def test_the_names_that_helpers_use_are_reserved():
    defined = re.findall(r"^(?:function|const) (\w+)", "".join(HELPERS.values()), re.MULTILINE)
    assert set(HELPERS) < set(defined) <= RESERVED


# -- running ---------------------------------------------------------------------------------------

# A job is [source, name of a function, rows]; a row is a list of arguments, and an argument a
# number or an array of numbers. Numbers travel as the 16 hexadecimal digits of their bits.
DRIVER = """
"use strict";
const fs = require("fs");
const view = new DataView(new ArrayBuffer(8));
const decoded = (x) => {
  if (Array.isArray(x)) return x.map(decoded);
  view.setBigUint64(0, BigInt("0x" + x));
  return view.getFloat64(0);
};
const encoded = (x) => {
  if (Array.isArray(x)) return x.map(encoded);
  if (typeof x === "object") return Object.values(x).map(encoded);
  view.setFloat64(0, x);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
};
const jobs = JSON.parse(fs.readFileSync(process.argv[2]));
const results = jobs.map(([source, name, rows]) => {
  const body = source.slice(0, source.lastIndexOf("export"));
  const run = new Function(`"use strict";\\n${body}\\nreturn ${name};`)();
  return rows.map((row) => encoded(run(...decoded(row))));
});
if (globalThis.__pwned) throw new Error("a label has run as code");
fs.writeFileSync(process.argv[3], JSON.stringify(results));
"""


def run(jobs, folder):
    """The results of all jobs from one process."""
    folder.mkdir(exist_ok=True)
    (folder / "driver.cjs").write_text(DRIVER, encoding="utf-8")
    written = [[source, name, encoded(rows)] for source, name, rows in jobs]
    (folder / "jobs.json").write_text(json.dumps(written), encoding="utf-8")
    command = [NODE, folder / "driver.cjs", folder / "jobs.json", folder / "results.json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return decoded(json.loads((folder / "results.json").read_text(encoding="utf-8")))


def encoded(x):
    return [encoded(y) for y in x] if isinstance(x, list | tuple) else struct.pack(">d", x).hex()


def decoded(x):
    return (
        [decoded(y) for y in x] if isinstance(x, list) else struct.unpack(">d", bytes.fromhex(x))[0]
    )


def run_as_module(source, expression, folder):
    """What an expression gives, as JSON, where `m` is the source imported from a file."""
    (folder / "program.mjs").write_text(source, encoding="utf-8")
    (folder / "main.mjs").write_text(
        f'import * as m from "./program.mjs";\nconsole.log(JSON.stringify({expression}));\n',
        encoding="utf-8",
    )
    done = subprocess.run([NODE, folder / "main.mjs"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# -- operation by operation ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def in_javascript(tmp_path_factory):
    """(rows, results) for each primitive: its arguments, and those that it met in random graphs."""
    if NODE is None:
        pytest.skip("no node on the PATH")
    met = operands_in_graphs()
    rows = {op: [*arguments(op, ARGUMENTS), *met[op]] for op in PRIMITIVES}
    jobs = [[javascript_source(one_step(op)), "value", rows[op]] for op in PRIMITIVES]
    results = run(jobs, tmp_path_factory.mktemp("primitives"))
    return {op: (rows[op], found) for op, found in zip(PRIMITIVES, results, strict=True)}


def operands_in_graphs():
    """The operands of every step of the random graphs, for each operation."""
    met = {op: [] for op in PRIMITIVES}
    for seed in range(GRAPHS):
        _, inputs, _, gradient = graph_of(seed)
        slots = slots_of(gradient, [leaf.data for leaf in inputs])
        for op, operands in gradient.steps:
            met[op].append(tuple([slots[operand] for operand in operands]))
    return met


@pytest.mark.slow
@pytest.mark.parametrize("op", PRIMITIVES, ids=lambda op: op.name)
def test_a_primitive_is_at_most_two_floats_away_from_python(op, in_javascript):
    allowed = 0 if op in EXACT else 2
    wrong = []
    for row, found in zip(*in_javascript[op], strict=True):
        expected = float(op.forward(*row))
        if ulps(expected, found) > allowed:
            wrong.append((row, expected, found))
    assert wrong == []


# -- whole graphs ----------------------------------------------------------------------------------


def contributions(line, slots):
    """For each slot the sum of what all numbers before it contribute, or None for a graph to skip.

    A number contributes itself times the derivatives on its way, all taken as positive. Where all
    numbers up to here are exact, nothing can have gone wrong, and the sum counts as 0. A graph is
    skipped if, with operands a billionth of their sums away, the result of a step would be more
    than that away: at a jump and near a pole a last bit decides about everything.
    """
    sums = [0.0] * line.first_step
    for slot, (op, operands) in enumerate(line.steps, start=line.first_step):
        numbers, z = [slots[operand] for operand in operands], slots[slot]
        reach = [sums[operand] for operand in operands]
        sums.append(contribution(op, numbers, z, reach))
        around = [{x, x - 1e-9 * r, x + 1e-9 * r} for x, r in zip(numbers, reach, strict=True)]
        corners = [op.forward(*corner) for corner in itertools.product(*around)]
        if not all(near(z, corner, sums[-1]) for corner in corners):
            return None
    return sums


def contribution(op, numbers, z, reach):
    if not math.isfinite(z) or (op in EXACT and not any(reach)):
        return 0.0
    weights = op.derivatives(numbers, z)
    return abs(z) + sum([abs(w or 0.0) * r for w, r in zip(weights, reach, strict=True) if r])


def near(right, number, total):
    """Whether a number is the right one to a billionth of a total; inf and nan are so exactly."""
    return ulps(right, number) == 0 or abs(right - number) <= 1e-9 * total < math.inf


def flat(x):
    return [number for part in x for number in flat(part)] if isinstance(x, list) else [x]


@pytest.mark.slow
@needs_node
def test_random_graphs_are_right_to_one_billionth_of_what_contributes(tmp_path):
    jobs, expected = [], []
    for seed in range(GRAPHS):
        _, inputs, value, gradient = graph_of(seed, tame=True)
        numbers = [leaf.data for leaf in inputs]
        slots = slots_of(gradient, numbers)
        sums = contributions(gradient, slots)
        if sums is None:
            continue
        row = [[*numbers, [leaf.data for leaf in gradient.parameters]]]
        jobs.append([javascript_source(value, gradient), "valueAndGradient", row])
        jobs.append([jobs[-1][0], "value", row])
        found = [(slots[output], sums[output]) for output in gradient.outputs]
        expected += [(seed, found), (seed, found[:1])]
    assert len(expected) > 1.2 * GRAPHS  # most graphs take part, each with both functions
    for (seed, pairs), found in zip(expected, run(jobs, tmp_path), strict=True):
        for (right, total), number in zip(pairs, flat(found), strict=True):
            assert near(right, number, total), (seed, right, number, total)


# -- what it is called with ------------------------------------------------------------------------


@pytest.mark.slow
@needs_node
def test_numbers_are_written_to_the_last_bit(tmp_path):
    numbers = [*[row[0] for row in arguments(ops.exp, 500)], 123456789.0]
    x, leaves = Value(1.0), [Value(number) for number in numbers]
    constants = linearised([ops.where(x, number, x) for number in numbers], [x])
    jobs = [
        [javascript_source(linearised(leaves, [])), "values", [[]]],
        [javascript_source(constants), "values", [[1.0]]],
    ]
    for ((found,),) in zip(run(jobs, tmp_path), strict=True):
        assert list(map(repr, found)) == list(map(repr, numbers))


@pytest.mark.slow
@needs_node
def test_the_neuron_as_a_module(tmp_path):
    value, gradient = neuron()
    source = javascript_source(value, gradient)
    found = run_as_module(source, "[m.value(2), m.valueAndGradient(2, m.PARAMETERS)]", tmp_path)
    output, by_x, by_w, by_b = gradient.run([2.0])
    assert found[0] == pytest.approx(output, rel=1e-15)
    assert found[1]["value"] == found[0]
    assert found[1]["gradientInputs"] == pytest.approx([by_x], rel=1e-15)
    assert found[1]["gradientParameters"] == pytest.approx([by_w, by_b], rel=1e-15)
    assert run_as_module(source, "m.value(5, [0, 0])", tmp_path) == 0
    assert run_as_module(source, "Object.keys(m).sort()", tmp_path) == [
        "PARAMETERS",
        "value",
        "valueAndGradient",
    ]


@pytest.mark.slow
@needs_node
def test_several_outputs_and_no_parameters(tmp_path):
    x, y, w = Value(2.0, "x"), Value(3.0, "y"), Value(4.0, "w")
    several = linearised([x, x * w, w * 2.0, x], [y, x])
    nothing = lines_of(x * y, [x, y])
    none = linearised([], [x])
    jobs = [
        [javascript_source(several), "values", [[10.0, 20.0, [3.0]], [10.0, 20.0]]],
        [javascript_source(*nothing), "valueAndGradient", [[5.0, 7.0]]],
        [javascript_source(none), "values", [[5.0]]],
    ]
    found = run(jobs, tmp_path)
    assert found[0] == [[20.0, 60.0, 6.0, 20.0], [20.0, 80.0, 8.0, 20.0]]
    assert found[1:] == [[[35.0, [7.0, 5.0], []]], [[]]]
    assert "PARAMETERS" not in jobs[1][0]


@pytest.mark.slow
@needs_node
def test_many_inputs(tmp_path):
    inputs = [Value(float(i), f"a_rather_long_name_{i}") for i in range(300)]
    source = javascript_source(*lines_of(ops.add_all(*inputs), inputs))
    assert max(map(len, source.splitlines())) <= 100
    ((found,),) = run([[source, "value", [[leaf.data for leaf in inputs]]]], tmp_path)
    assert found == 299 * 150


# -- labels ----------------------------------------------------------------------------------------

TOKEN = re.compile(r"[A-Za-z_$][\w$]*|[0-9][\w.]*|\S")


def tokens(source):
    """The text without comments, with `name` for each word that the language or we do not use."""
    bare = re.sub(r"//[^\n]*", " ", source)
    return [
        "name" if re.match(r"[A-Za-z_$]", token) and token not in RESERVED else token
        for token in TOKEN.findall(bare)
    ]


@pytest.mark.slow
@each_row("label", LABELS, ids=[attack["id"] for attack in ATTACKS])
def test_a_label_cannot_become_code(label):
    source = javascript_source(*named(label))
    assert source.isascii() and "\\" not in source and "`" not in source
    assert "<!--" not in source and "-->" not in source and "</" not in source
    assert tokens(source) == tokens(javascript_source(*named("x")))


@pytest.mark.slow
@given(st.text())
def test_no_label_can_become_code(label):
    assert tokens(javascript_source(*named(label))) == tokens(javascript_source(*named("x")))


@pytest.mark.slow
@needs_node
def test_all_labels_run(tmp_path):
    labels = [
        *LABELS,
        "*/",
        "//",
        "\u2028",
        "\\",
        "`",
        "${x}",
        "x" * 999,
        "\0",
        "# sourceMappingURL=x",
    ]
    jobs = [[javascript_source(*named(label)), "value", [[2.0, [0.25]]]] for label in labels]
    for (found,) in run(jobs, tmp_path):
        assert found == pytest.approx(math.tanh(0.75), rel=1e-15)


# The keywords of JavaScript, what strict code reserves besides, and globals that are used.
WORDS = """
    break case catch class const continue debugger default delete do else enum export extends false
    finally for function if import in instanceof new null return super switch this throw true try
    typeof var void while with await yield let static implements interface package private protected
    public eval arguments undefined NaN Infinity Math Number
""".split()


def test_the_words_of_javascript_are_reserved():
    assert set(WORDS) <= RESERVED


@pytest.mark.slow
@needs_node
def test_words_of_the_language_as_labels(tmp_path):
    words = [*sorted(RESERVED), "x", "of", "int", "name", "self", "top", "constructor", "exp", "_x"]
    leaves = [Value(1.0, word) for word in words]
    total = ops.add_all(*[leaf.erf() for leaf in leaves])
    source = javascript_source(*lines_of(total, leaves[::2]))
    row = [1.0] * len(leaves[::2])
    ((found,),) = run([[source, "value", [row]]], tmp_path)
    assert found == pytest.approx(total.data, rel=1e-14)
    assert run_as_module(source, f"m.value({', '.join(map(str, row))})", tmp_path) == found
