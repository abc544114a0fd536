"""The engine's speed and memory, as one table of ratios:

    python tests/benchmarks/engine.py                 # all of it: half an hour
    python tests/benchmarks/engine.py graphs gpt      # some of it

It is compared with an earlier state of this project (`--commit`), with micrograd
(`pip install micrograd`), with an engine as small GPTs on scalars bring it along, and with itself.
Every measurement runs in a process of its own with the garbage collector on, as users run it, and
is a mean over many steps, for the best of a few would hide the collector. The two that are compared
take turns; a row shows the median of five pairs, and the ratio of each.
"""

import argparse
import gc
import json
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc

ROOT = pathlib.Path(__file__).parents[2]
ROUNDS = 5


# -- the work, run in a process of its own ---------------------------------------------------------


def engine(name):
    if name == "micrograd":
        from micrograd import engine, nn
    else:
        import autograd_mini as engine
        from autograd_mini import nn
    return engine.Value, nn


def graph(name, width, constants):
    """The same graph of mul, add and relu, built and swept: seconds a step."""
    value, _ = engine(name)
    chance = random.Random(1)
    leaves = [value(chance.uniform(-1, 1)) for _ in range(3 * width)]

    def step():
        total = leaves[0]
        for a, b, c in zip(leaves[0::3], leaves[1::3], leaves[2::3], strict=True):
            if constants:
                total = total + (a * b + c * 0.1 + 2.0).relu() * total * 0.5
            else:
                total = total + (a * b + c).relu() * total
        total.backward()

    return mean_time(step)


def moons(name):
    """One full-batch step of MLP(2, [16, 16, 1]) on 100 points, as a user writes it: seconds."""
    value, nn = engine(name)
    random.seed(1337)
    model = nn.MLP(2, [16, 16, 1])
    chance = random.Random(0)
    points = [
        ([chance.uniform(-1, 1), chance.uniform(-1, 1)], chance.choice((-1, 1))) for _ in range(100)
    ]

    def score(x):  # a list of one, in earlier states of this project
        output = model([value(number) for number in x] if name == "micrograd" else x)
        return output[0] if isinstance(output, list) else output

    def step():
        losses = [(1 + -y * score(x)).relu() for x, y in points]
        loss = sum(losses) * (1.0 / len(losses))
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.01 * p.grad

    return mean_time(step, least=3.0)


def gpt(name, rows):
    """One training step of a small GPT; with `rows`, those of the matrices are `dot`s: seconds."""
    from tiny_gpt import PlainValue, TinyGPT

    sys.setrecursionlimit(1_000_000)  # for the engine that it is compared with
    if name == "plain":
        model = TinyGPT(PlainValue)
    else:
        import autograd_mini as am

        model = TinyGPT(am.Value, am.dot if rows else None)
    assert [f"{model.step():.12g}" for _ in range(2)] == ["3.45423641716", "3.41590678429"]
    return mean_time(model.step, least=4.0)


def piece(name, which):
    """Seconds of one operation, the graph of the last one being freed."""
    import autograd_mini as am

    x, y = am.Value(1.5), am.Value(2.5)
    values = [am.Value(i / 16) for i in range(33)]
    weights, inputs, bias = values[:16], values[16:32], values[32]

    def chain():
        total = values[0]
        for value in values[1:]:
            total = total + value

    work = {
        "x * y": lambda: x * y,
        "x * 2.0": lambda: x * 2.0,
        "2.0 * x": lambda: 2.0 * x,
        "x ** 2": lambda: x**2,
        "am.sum": lambda: am.sum(values),
        "sum": lambda: sum(values),
        "chain of +": chain,
        "dot with bias": lambda: am.dot(weights, inputs, bias),
        "dot without": lambda: am.dot(weights, inputs),
    }[which]

    def step():
        for _ in range(200):
            work()

    return mean_time(step) / 200


def memory(name):
    """Bytes for each node of a large elementary graph."""
    value, _ = engine(name)
    leaves = [value(0.5 + i / 1000) for i in range(100)]
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    total, nodes = leaves[0], []
    for i in range(4000):
        a, b, c = leaves[i % 100], leaves[(i * 7) % 100], leaves[(i * 3) % 100]
        product = a * b
        total = (product + c).relu()
        nodes.append(total)
    after, _ = tracemalloc.get_traced_memory()
    return (after - before - sys.getsizeof(nodes)) / (3 * len(nodes))


def depth(name, nodes, collector):
    """Seconds for each node of a chain, forward and backward."""
    value, _ = engine(name)
    if not collector:
        gc.disable()
    leaf = value(1.0)

    def step():
        v = leaf
        for _ in range(nodes // 2):
            v = v * leaf + leaf
        v.backward()

    return mean_time(step, least=0.5) / nodes


def view(name, which, nodes):
    """Seconds of one look at a graph: its trace, its stepper, a derivation, a reason, a picture."""
    import autograd_mini as am

    chance = random.Random(2)
    made = [am.Value(chance.uniform(-1, 1), f"x{i}") for i in range(10)]
    while len(made) < nodes:
        a, b = chance.choice(made[-20:]), chance.choice(made)
        work = chance.randrange(3)
        made.append(a * b if work == 0 else a + b if work == 1 else am.tanh(a))
    root, leaf = made[-1] + made[0], made[0]
    root.backward()
    looks = {
        "trace": lambda: am.trace(root),
        "step": lambda: am.step(root),
        "explain": lambda: str(am.explain(root, leaf)),
        "why": lambda: str(am.why(root, leaf)),
        "draw": lambda: am.draw(root).source,
    }
    return mean_time(looks[which])


def importing(name):
    """Seconds of `import autograd_mini` beyond a bare Python."""
    times = {"pass": [], f"import {name}": []}
    for _ in range(25):
        for program, found in times.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            found.append(time.perf_counter() - start)
    bare, ours = (statistics.median(found) for found in times.values())
    return ours - bare


def mean_time(step, least=1.0):
    step()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < least:
        step()
        count += 1
    return (time.perf_counter() - start) / count


WORK = {work.__name__: work for work in (graph, moons, gpt, piece, memory, depth, view, importing)}


# -- pairs of measurements -------------------------------------------------------------------------


def measure(place, work, *arguments):
    """One number; `place` is the name of an engine, or the folder of a state of this project."""
    is_folder = isinstance(place, pathlib.Path)
    name = "autograd_mini" if is_folder else place
    program = [sys.executable, __file__, "--work", json.dumps([name, work, *arguments])]
    environment = {**os.environ, "PYTHONPATH": str(place if is_folder else ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(program, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(done.stderr)
    return float(done.stdout)


def pairs(ours, theirs):
    """Five of each, in turns; each is a tuple of what `measure` takes."""
    return [(measure(*ours), measure(*theirs)) for _ in range(ROUNDS)]


def show(work, found, goal, unit=1e3):
    """A row: how many times as long the second of each pair takes as the first."""
    ratios = [b / a for a, b in found]
    ours, theirs = (statistics.median(column) * unit for column in zip(*found, strict=True))
    each = " ".join(f"{ratio:.2f}" for ratio in ratios)
    print(
        f"{work:<58}{ours:>10,.2f}{theirs:>10,.2f}{statistics.median(ratios):>8.2f}"
        f"  {goal:<12} {each}",
        flush=True,
    )


def graphs(before):
    for constants in (True, False):
        for width in (40, 400):
            work = ("graph", width, constants)
            kind = f"graph {'with' if constants else 'without'} constants, width {width}: ms"
            found = pairs((ROOT, *work), (before, *work))
            show(f"{kind}, before", found, ">= 2.5" if constants else ">= 1.8")
            found = pairs((ROOT, *work), ("micrograd", *work))
            show(f"{kind}, micrograd", found, "aim 4" if constants else "aim 3")


def networks(before):
    show("moons step: ms, before", pairs((ROOT, "moons"), (before, "moons")), ">= 1.9")
    show("moons step: ms, micrograd", pairs((ROOT, "moons"), ("micrograd", "moons")), "aim 70")


def gpts(before):
    for rows, goal in ((False, ">= 1.4"), (True, ">= 6.5")):
        kind = f"GPT step {'with rows as dot' if rows else 'as written'}: ms"
        found = pairs((ROOT, "gpt", rows), ("plain", "gpt", rows))
        show(f"{kind}, its own engine", found, goal)
        show(f"{kind}, before", pairs((ROOT, "gpt", rows), (before, "gpt", rows)), "report")


def pieces(before):
    for first, second, goal in (
        ("x * y", "x * 2.0", "<= 1.3"),
        ("x * y", "2.0 * x", "<= 1.3"),
        ("x * y", "x ** 2", "report"),
        ("chain of +", "am.sum", "<= 1.2"),
        ("chain of +", "sum", "<= 1.2"),
        ("dot with bias", "dot without", "<= 1.2"),
    ):
        found = pairs((ROOT, "piece", first), (ROOT, "piece", second))
        show(f"{second} ÷ {first}: ns", found, goal, unit=1e9)


def sizes(before):
    show(
        "memory of a node: bytes, micrograd",
        pairs((ROOT, "memory"), ("micrograd", "memory")),
        ">= 3.3",
        unit=1,
    )
    for collector in (False, True):
        chains = [("depth", nodes, collector) for nodes in (1_000, 1_000_000)]
        found = pairs(*[(ROOT, *chain) for chain in chains])
        state = "on" if collector else "off"
        goal = "<= 3" if collector else "<= 1.9"
        show(f"a node of 10^6 ÷ one of 10^3, collector {state}: ns", found, goal, unit=1e9)
    found = pairs((ROOT, "importing"), (before, "importing"))
    show("import beyond a bare Python: ms, before", found, "<= 20 ms")


def views(before):
    for which in ("trace", "step", "explain", "why", "draw"):
        for nodes in (1_000, 10_000):
            work = ("view", which, nodes)
            show(
                f"{which} of {nodes:,} nodes: ms, before",
                pairs((ROOT, *work), (before, *work)),
                ">= 1",
            )


PARTS = {
    "graphs": graphs,
    "networks": networks,
    "gpt": gpts,
    "pieces": pieces,
    "sizes": sizes,
    "views": views,
}


def earlier_state(commit, folder):
    archive = subprocess.run(
        ["git", "archive", commit, "autograd_mini"], cwd=ROOT, capture_output=True, check=True
    )
    subprocess.run(["tar", "x"], cwd=folder, input=archive.stdout, check=True)
    return pathlib.Path(folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)}; all without any")
    parser.add_argument("--commit", default="84c080f", help="what `before` is")
    options = parser.parse_args()
    print(f"Python {sys.version.replace(chr(10), ' ')}; {platform.machine()}")
    print(f"{'work, and what it is compared with':<58}{'ours':>10}{'theirs':>10}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as folder:
        before = earlier_state(options.commit, folder)
        for part in options.parts or PARTS:
            PARTS[part](before)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        name, work, *arguments = json.loads(sys.argv[2])
        print(WORK[work](name, *arguments))
    else:
        main()
