"""The engine's speed and memory against micrograd, as one table:

    python tests/benchmarks/engine.py

Every measurement runs in a process of its own with the garbage collector on, as users run it, and
is a mean over many steps, for the best of a few would hide the collector. Engines take turns; a row
shows the median of five rounds. Needs `pip install micrograd` for the comparison.
"""

import gc
import json
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys
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


def elementary(name, width):
    """The same graph of mul, add and relu, built and swept: seconds for each result."""
    value, _ = engine(name)
    chance = random.Random(1)
    leaves = [value(chance.uniform(-1, 1)) for _ in range(3 * width)]

    def step():
        total = leaves[0]
        for a, b, c in zip(leaves[0::3], leaves[1::3], leaves[2::3], strict=True):
            total = total + (a * b + c).relu() * total
        total.backward()

    return mean_time(step) / (5 * width)


def moons(name):
    """One full-batch step of MLP(2, [16, 16, 1]) on 100 points, as a user writes it: seconds."""
    value, nn = engine(name)
    random.seed(1337)
    model = nn.MLP(2, [16, 16, 1])
    chance = random.Random(0)
    points = [
        ([chance.uniform(-1, 1), chance.uniform(-1, 1)], chance.choice((-1, 1))) for _ in range(100)
    ]

    def score(x):
        return model([value(number) for number in x] if name == "micrograd" else x)

    def step():
        losses = [(1 + -y * score(x)).relu() for x, y in points]
        loss = sum(losses) * (1.0 / len(losses))
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.01 * p.grad

    return mean_time(step, least=3.0)


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


def importing(name):
    """Seconds of `import autograd_mini` beyond a bare Python."""
    times = {"pass": [], f"import {name}": []}
    for _ in range(15):
        for program, found in times.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
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


WORK = {work.__name__: work for work in (elementary, moons, memory, depth, importing)}


# -- the table -------------------------------------------------------------------------------------


def measure(name, work, *arguments):
    program = [sys.executable, __file__, "--work", json.dumps([name, work, *arguments])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(program, capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout)


def compared(work, *arguments):
    """Median of the rounds: (ours, micrograd's, how many times micrograd's ours is)"""
    pairs = [
        (measure("autograd_mini", work, *arguments), measure("micrograd", work, *arguments))
        for _ in range(ROUNDS)
    ]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    return ours, theirs, statistics.median(b / a for a, b in pairs)


def alone(work, *arguments):
    return statistics.median(measure("autograd_mini", work, *arguments) for _ in range(ROUNDS))


def report():
    print(f"Python {sys.version.replace(chr(10), ' ')}; {platform.machine()}")
    print(f"{'work':<52}{'ours':>12}{'micrograd':>12}{'ratio':>8}{'to reach':>12}")
    for width in (40, 400):
        ours, theirs, ratio = compared("elementary", width)
        row(
            f"elementary graph, width {width}: ns a result",
            ours * 1e9,
            theirs * 1e9,
            f"{ratio:.2f}",
            ">= 2.5",
        )
    ours, theirs, ratio = compared("moons")
    row(
        "MLP(2, [16, 16, 1]), 100 moons points: ms a step",
        ours * 1e3,
        theirs * 1e3,
        f"{ratio:.1f}",
        ">= 60",
    )
    ours, theirs, ratio = compared("memory")
    row("memory of a node: bytes", ours, theirs, f"{ours / theirs:.2f}", "<= 0.6")
    for collector in (False, True):
        times = {nodes: alone("depth", nodes, collector) for nodes in (1_000, 1_000_000)}
        growth, state = times[1_000_000] / times[1_000], "on" if collector else "off"
        name = f"time of a node, 10^3 to 10^6 nodes, collector {state}"
        target = "report" if collector else "<= 2"
        row(name, times[1_000_000] * 1e9, None, f"{growth:.2f}", target)
    row("import: ms beyond a bare Python", alone("importing") * 1e3, None, "", "<= 30 ms")


def row(work, ours, theirs, ratio, target):
    peer = "" if theirs is None else f"{theirs:,.1f}"
    print(f"{work:<52}{ours:>12,.1f}{peer:>12}{ratio:>8}{target:>12}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        name, work, *arguments = json.loads(sys.argv[2])
        print(WORK[work](name, *arguments))
    else:
        report()
