"""Graphs and helpers for the tests of the page: what its JavaScript makes of it under Node."""

import functools
import json
import random
import re
import shutil
import subprocess

from autograd_mini import Value
from autograd_mini.engine.parsing import parse
from autograd_mini.page.document import ASSETS
from support.places import ATTACKS
from support.random_graphs import random_graph

LABELS = [attack["string"] for attack in ATTACKS]
NODE = shutil.which("node")


def expression(text, **numbers):
    result = parse(text, **numbers)
    result.label = result.label or "L"
    return result


def neuron():
    return expression("tanh(w*x + b)", w=0.5, x=2.0, b=1.0)


def forks():
    """Every kind of sentence: forks, the same operand twice, constants, a wall, choices, a gate."""
    return expression(
        "h = a*a + relu(b - 3*a); where(c, h**b, b**h) + h*detach(a) - c/(a + 2)",
        a=1.5, b=0.75, c=1.0,
    )  # fmt: skip


def moved(root, numbers):
    """The same graph with these numbers in its leaves, by label."""
    import copy

    from autograd_mini.engine.value import topological_order

    own = copy.deepcopy(root)
    for node in topological_order(own):
        if node.is_leaf:
            node.data = numbers.get(node.label, node.data)
    own.recompute()
    return own


def leaves_in(root):
    from autograd_mini.engine.value import topological_order

    return [node for node in topological_order(root) if node.is_leaf]


@functools.cache
def random_expressions(count=10):
    """Roots of random graphs whose numbers and gradients stay finite, with names for all nodes."""
    found, seed = [], 0
    while len(found) < count:
        seed += 1
        nodes = random_graph(random.Random(seed), results=14, tame=True)
        for index, node in enumerate(nodes):
            node.label = f"n{index}" if node.op else node.label
        root = nodes[-1]
        if len(leaves_in(root)) >= 2 and _is_smooth(root):
            found.append(root)
    return found


def _is_smooth(root):
    """Whether numbers near these are as finite, so that sliders can be moved there."""
    rng = random.Random(1)
    for _ in range(4):
        numbers = {leaf.label: leaf.data * rng.uniform(0.8, 1.2) for leaf in leaves_in(root)}
        own = moved(root, numbers)
        own.backward()
        sizes = [abs(own.data), *[abs(leaf.grad) for leaf in leaves_in(own)]]
        if not all(1e-3 < size < 1e4 for size in sizes):
            return False
    return True


def data_in(html):
    return json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])


def scripts_in(html):
    return re.findall(r"<script>(.*?)</script>", html, re.DOTALL)


# A job is [data, source of the program or "", rows of numbers for the leaves, answers to explain].
DRIVER = (
    "\n".join([(ASSETS / name).read_text(encoding="utf-8") for name in
               ("numbers.js", "texts.js", "passes.js")])
    + r"""
const fs = require("fs");
const known = (x) => (Number.isFinite(x) ? x : String(x));
const results = JSON.parse(fs.readFileSync(0)).map(({ data, source, rows, answers }) => {
  const program = source ? new Function(`${source}\nreturn graphProgram;`)() : null;
  const places = Passes.layout(data);
  const leaves = data.nodes.map(({ kind }, n) => (kind === "leaf" ? n : -1)).filter((n) => n >= 0);
  const given = Passes.given(data, places);
  return rows.map((row) => {
    const pairs = row && leaves.map((node, i) => [node, row[i]]);
    const numbers = row ? Passes.computed(given, pairs, data, places, program) : given;
    const say = (line) => {
      const parts = Texts.parts(line, numbers);
      return parts && ("sum" in line ? parts : Texts.shortened(parts)).join(" = ");
    };
    return {
      numbers: numbers.map(known),
      gradients: data.nodes.map((_, n) => known(Passes.gradient(numbers, places, n))),
      told: data.told.map((lines) => lines.map(say)),
      derived: Object.fromEntries(
        Object.entries(data.derived).map(([n, lines]) => [n, lines.map(say)])),
      definitions: Object.fromEntries(
        Object.entries(data.definitions).map(([n, line]) => [n, say(line)])),
      explained: (answers ?? []).map(([node, text]) =>
        Passes.explaining(Numbers.parsed(text), numbers, data, places, node)),
    };
  });
});
if (globalThis.__pwned) throw new Error("a label has run as code");
fs.writeFileSync(1, JSON.stringify(results));
"""
)  # fmt: skip


def in_node(jobs):
    """What the page's JavaScript makes of pages, each at rows of numbers; None is as it was."""
    written = []
    for page, rows, answers in jobs:
        program = scripts_in(page.html)
        source = program[0] if len(program) > 1 else ""
        written.append(
            {"data": data_in(page.html), "source": source, "rows": rows, "answers": answers}
        )
    done = subprocess.run(
        [NODE, "-e", DRIVER], input=json.dumps(written), capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def numbers_js(expression, inputs):
    """What an expression of numbers.js gives for each input, by JSON."""
    source = (ASSETS / "numbers.js").read_text(encoding="utf-8")
    source += f"const all = JSON.parse(require('fs').readFileSync(0)).map({expression});"
    source += "console.log(JSON.stringify(all));"
    done = subprocess.run(
        [NODE, "-e", source], input=json.dumps(inputs), capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def number(raw):
    if isinstance(raw, str):
        return {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": -float("inf")}.get(raw)
    return raw


def is_near(x, y, tolerance=1e-12):
    """Equal to a relative 1e-12; nan equals nan."""
    if x is None or y is None or x != x or y != y:
        return x is y or (x != x and y != y)
    return x == y or abs(x - y) <= tolerance * max(abs(x), abs(y))


def on_one_line(text):
    return " ".join(text.split())


def named(label):
    """A small graph of which every node has this label."""
    x, w = Value(2.0, label), Value(-3.0, label)
    product = w * x
    product.label = label
    root = (product + w).tanh()
    root.label = label
    return root
