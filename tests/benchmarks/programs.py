"""The speed of compiled programs against other engines, as one table:

    python tests/benchmarks/programs.py

Every measurement runs in a process of its own, on one core and with one thread, and counts the time
of the processor, so that other programs on the machine disturb little. Engines take turns; a row is
the median of the rounds. For the comparisons: `pip install micrograd numpy jax torch`, and gcc.
What is not there is left out.
"""

import ctypes
import importlib.util
import json
import os
import pathlib
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from array import array

ROOT = pathlib.Path(__file__).parents[2]
ROUNDS = 3
EPOCHS = 10  # in a call of descend()

# Inputs, layers, the activation of the hidden layers, and how many classes (0: a label of 1 or -1).
NETWORKS = {
    "relu": (2, [16, 16, 1], "relu", 0),
    "tanh": (2, [16, 16, 1], "tanh", 0),
    "digits": (64, [30, 10], "sigmoid", 10),
}


def one_core():
    """One thread for all: also for those who would take as many as there are cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    threads = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ["XLA_FLAGS"] = threads


def seconds(step, least=0.5):
    """The median of blocks of calls; what is compiled at the first call does not count."""
    step()
    calls, spent = 1, 0.0
    while spent < 0.01:
        calls *= 2
        spent = clocked(step, calls)
    blocks = [clocked(step, calls) for _ in range(max(7, int(least / spent)))]
    return statistics.median(blocks) / calls


def clocked(step, calls):
    start = time.process_time()
    for _ in range(calls):
        step()
    return time.process_time() - start


def data_of(network, count):
    """Rows of features, and labels; all images over again if there are not enough."""
    inputs, _, _, classes = NETWORKS[network]
    chance = random.Random(1)
    if classes:
        from autograd_mini.datasets import digits

        images = digits()
        times = -(-count // len(images))
        return (images.features * times)[:count], (images.labels * times)[:count]
    features = [[chance.uniform(-1, 1) for _ in range(inputs)] for _ in range(count)]
    return features, [chance.choice((-1, 1)) for _ in range(count)]


# -- ours ------------------------------------------------------------------------------------------


def program_of(network, fast, target="native"):
    """A network with its loss: a row is the features, then the label or a 1 at the class."""
    import autograd_mini as am
    from autograd_mini import nn

    inputs, layers, activation, classes = NETWORKS[network]
    model = nn.MLP(inputs, layers, activation=activation, seed=1)
    x, y = ([am.Value(0.5) for _ in range(many)] for many in (inputs, classes or 1))
    out = model(x)
    loss = am.logsumexp(out) - am.dot(y, out) if classes else (1.0 - y[0] * out).relu()
    return am.compile(loss, [*x, *y], target=target, fast=fast)


def rows_of(network, count):
    classes = NETWORKS[network][3]
    numbers = array("d")
    for features, label in zip(*data_of(network, count), strict=True):
        numbers.extend(features)
        numbers.extend([float(label == c) for c in range(classes)] if classes else [label])
    return numbers


def ours(network, count, what, fast):
    """Seconds for each row: of the code alone, of the public methods, of the value alone."""
    program, rows = program_of(network, fast), rows_of(network, count)
    kind = "value" if what == "value" else "parameters"
    backend, parameters = program._backend(kind), program._parameter_numbers()
    velocity, order = array("d", bytes(8 * len(parameters))), array("q", range(count))
    steps = {
        "value": lambda: backend.total(rows, count, parameters),
        "code": lambda: backend.total(rows, count, parameters),
        "epoch": lambda: backend.descend(rows, order, 100, parameters, velocity, 1e-6, 0.0),
        "backward": lambda: program.backward(rows),
        "descend": lambda: program.descend(rows, 1e-6, epochs=EPOCHS, batch_size=100),
    }
    return seconds(steps[what]) / count / (EPOCHS if what == "descend" else 1)


def by_python_source(network, count):
    """Seconds for each row of plain descent in one batch, as generated Python."""
    program, rows = program_of(network, fast=False, target="python"), rows_of(network, count)
    backend, parameters = program._backend("parameters"), program._parameter_numbers()
    velocity = array("d", bytes(8 * len(parameters)))
    step = lambda: backend.descend(rows, None, count, parameters, velocity, 1e-6, 0.0)  # noqa: E731
    return seconds(step) / count


def compiling(network, fast):
    """Seconds from a graph to machine code for its sums and its training."""
    made(program_of("relu", fast))  # what is done once in a process
    return made(program_of(network, fast))[1]


def made(program):
    """The backend for the gradient by the parameters, and the seconds that it took to compile."""
    start = time.process_time()
    backend = program._backend("parameters")
    assert backend._sum_part
    return backend, time.process_time() - start


def operations(count):
    """A graph of so many operations: [steps, seconds of compiling, seconds of a step on a row]."""
    import autograd_mini as am

    chance = random.Random(1)
    x = [am.Value(chance.uniform(-1, 1)) for _ in range(8)]
    weights = [am.Value(chance.uniform(-1, 1)) for _ in range(count // 20)]
    nodes = list(x)
    while len(nodes) < count:
        nodes.append(next_node(chance, nodes, weights))
    program = am.compile(am.mean(nodes[-50:]), x, target="native", fast=True)
    backend, spent = made(program)
    rows = array("d", [chance.uniform(-1, 1) for _ in range(8 * 256)])
    parameters, steps = program._parameter_numbers(), len(backend._linear.steps)
    return steps, spent, seconds(lambda: backend.total(rows, 256, parameters)) / 256 / steps


def next_node(chance, nodes, weights):
    a, b = nodes[-chance.randint(1, 8)], chance.choice(nodes[-50:])
    kind = chance.randrange(20)
    if kind < 7:
        return a * chance.choice(weights)
    if kind < 16:
        return a + b if kind < 14 else a - b
    return (a * b).tanh() if kind == 16 else a.relu()


# -- the others: seconds for each row, value and gradient ------------------------------------------


def by_micrograd(network, count, training):
    from micrograd.nn import MLP

    inputs, layers, _, _ = NETWORKS[network]
    random.seed(1)
    model = MLP(inputs, layers)
    features, labels = data_of(network, count)

    def step():
        losses = [(1 + -y * model(x)).relu() for x, y in zip(features, labels, strict=True)]
        loss = sum(losses) * (1.0 / count)
        model.zero_grad()
        loss.backward()
        for p in model.parameters() if training else ():
            p.data -= 1e-6 * p.grad

    step()  # the mean over some: the best of a few would hide the garbage collector
    return clocked(step, 4) / 4 / count


def by_pytorch(network, count, training):
    import torch

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    inputs, layers, activation, classes = NETWORKS[network]
    kinds = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}
    parts = []
    for nin, nout in zip([inputs, *layers], layers, strict=False):
        parts += [torch.nn.Linear(nin, nout), kinds[activation]()]
    model = torch.nn.Sequential(*parts[:-1])
    x, y = map(torch.tensor, data_of(network, count))
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)

    def step():
        optimizer.zero_grad()
        out = model(x)
        if classes:
            loss = torch.nn.functional.cross_entropy(out, y)
        else:
            loss = torch.relu(1.0 - y * out[:, 0]).mean()
        loss.backward()
        if training:
            optimizer.step()

    return seconds(step) / count


def by_jax(network, count, training):
    """The better of two ways: a whole batch at once, or one row and `vmap`."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    inputs, layers, activation, classes = NETWORKS[network]
    kinds = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}
    chance = random.Random(1)
    parameters = [
        (
            jnp.array([[chance.uniform(-1, 1) for _ in range(nout)] for _ in range(nin)]),
            jnp.zeros(nout),
        )
        for nin, nout in zip([inputs, *layers], layers, strict=False)
    ]
    features, labels = data_of(network, count)
    x, y = jnp.array(features), jnp.array(labels)

    def loss_of(parameters, x, y):
        for weights, bias in parameters[:-1]:
            x = kinds[activation](x @ weights + bias)
        weights, bias = parameters[-1]
        out = x @ weights + bias
        if classes:
            own = jnp.take_along_axis(out, y[..., None], -1)[..., 0]
            return jnp.mean(jax.nn.logsumexp(out, axis=-1) - own)
        return jnp.mean(jax.nn.relu(1.0 - y * out[..., 0]))

    def by_rows(parameters, x, y):
        return jnp.mean(jax.vmap(loss_of, (None, 0, 0))(parameters, x, y))

    def times(loss):
        both = jax.value_and_grad(loss)

        def stepped(parameters, x, y):
            value, slopes = both(parameters, x, y)
            return value, jax.tree.map(lambda p, g: p - 1e-6 * g, parameters, slopes)

        run = jax.jit(stepped if training else both)
        return seconds(lambda: jax.block_until_ready(run(parameters, x, y))) / count

    return min(times(loss_of), times(by_rows))


def by_numpy(network, count, training):
    """The chain rule by hand."""
    import numpy as np

    inputs, layers, activation, classes = NETWORKS[network]
    chance = np.random.default_rng(1)
    weights = [
        chance.uniform(-1, 1, (nin, nout))
        for nin, nout in zip([inputs, *layers], layers, strict=False)
    ]
    biases = [np.zeros(nout) for nout in layers]
    features, labels = map(np.array, data_of(network, count))
    forward = {
        "relu": lambda z: np.maximum(z, 0.0),
        "tanh": np.tanh,
        "sigmoid": lambda z: 1.0 / (1.0 + np.exp(-z)),
    }[activation]
    slope = {
        "relu": lambda a: (a > 0.0) * 1.0,
        "tanh": lambda a: 1.0 - a * a,
        "sigmoid": lambda a: a * (1.0 - a),
    }[activation]

    def upstream(out):
        if classes:
            powers = np.exp(out - out.max(axis=1, keepdims=True))
            powers /= powers.sum(axis=1, keepdims=True)
            powers[np.arange(count), labels] -= 1.0
            return powers / count
        return (-labels * (labels * out[:, 0] < 1.0) / count)[:, None]

    def loss(out):
        if classes:
            peak = out.max(axis=1)
            sums = np.log(np.exp(out - peak[:, None]).sum(axis=1)) + peak
            return (sums - out[np.arange(count), labels]).mean()
        return np.maximum(1.0 - labels * out[:, 0], 0.0).mean()

    def step():
        outs = [features]
        for w, b in zip(weights[:-1], biases[:-1], strict=True):
            outs.append(forward(outs[-1] @ w + b))
        out = outs[-1] @ weights[-1] + biases[-1]
        loss(out)
        delta = upstream(out)
        for i in range(len(weights) - 1, -1, -1):
            by_weights, by_bias = outs[i].T @ delta, delta.sum(axis=0)
            if i:
                delta = delta @ weights[i].T * slope(outs[i])
            if training:
                weights[i] -= 1e-6 * by_weights
                biases[i] -= 1e-6 * by_bias

    return seconds(step) / count


HARNESS = """
#include "program.c"

void batch(const double *rows, long count, const double *parameters, double *totals)
{
    static double by_inputs[INPUTS], by_parameters[PARAMETERS];
    for (long k = 0; k <= PARAMETERS; k++) totals[k] = 0.0;
    for (long i = 0; i < count; i++) {
        totals[0] += value_and_gradient(rows + i * INPUTS, parameters, by_inputs, by_parameters);
        for (long k = 0; k < PARAMETERS; k++) totals[k + 1] += by_parameters[k];
    }
}
"""


def by_gcc(network, count, exact):
    """Our own C source, in a loop over the rows: (seconds for each row, seconds of compiling)."""
    program, rows = program_of(network, fast=False, target="python"), rows_of(network, count)
    parameters = program._parameter_numbers()
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        (here / "program.c").write_text(program.source("c"), encoding="utf-8")
        (here / "batch.c").write_text(HARNESS, encoding="utf-8")
        sizes = [f"-DINPUTS={len(program.inputs)}", f"-DPARAMETERS={len(parameters)}"]
        flags = ["-O3", "-march=native", "-shared", "-fPIC", *sizes]
        flags += ["-ffp-contract=off"] if exact else []
        start = time.perf_counter()
        subprocess.run(["gcc", *flags, "batch.c", "-o", "batch.so", "-lm"], check=True, cwd=here)
        spent = time.perf_counter() - start
        batch = ctypes.CDLL(str(here / "batch.so")).batch
    totals = array("d", bytes(8 * (1 + len(parameters))))
    x, p, z = (ctypes.c_void_p(numbers.buffer_info()[0]) for numbers in (rows, parameters, totals))
    return seconds(lambda: batch(x, ctypes.c_long(count), p, z)) / count, spent


# -- the table -------------------------------------------------------------------------------------

WORK = {
    work.__name__: work
    for work in (
        ours, by_python_source, compiling, operations,
        by_micrograd, by_pytorch, by_jax, by_numpy, by_gcc,
    )
}  # fmt: skip
MODULES = {"micrograd": "micrograd", "PyTorch": "torch", "JAX jit": "jax", "NumPy": "numpy"}


def missing():
    """The names of the others that are not here."""
    found = [name for name, module in MODULES.items() if not importlib.util.find_spec(module)]
    return found + ([] if shutil.which("gcc") else ["gcc"])


def measure(work, *arguments):
    """What one piece of work comes to, in a process of its own."""
    program = [sys.executable, __file__, "--work", json.dumps([work, *arguments])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(program, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(f"{work}{arguments} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def compared(works, rounds=ROUNDS):
    """The median of each of these works, which take turns: the first number where there are two."""
    found = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            result = measure(*work)
            found[name].append(result[0] if isinstance(result, list) else result)
    return {name: statistics.median(times) for name, times in found.items()}


def works_of(network, count, training):
    """The engines, ours first, with their work; ours does many batches of training in one call."""
    ours_on = (network, 40 * count, "epoch") if training else (network, count, "code")
    works = {
        "ours, fast": ("ours", *ours_on, True),
        "ours, exact": ("ours", *ours_on, False),
        "micrograd": ("by_micrograd", network, count, training),
        "PyTorch": ("by_pytorch", network, count, training),
        "JAX jit": ("by_jax", network, count, training),
        "NumPy by hand": ("by_numpy", network, count, training),
        "gcc -O3 -march=native": ("by_gcc", network, count, False),
        "gcc, and -ffp-contract=off": ("by_gcc", network, count, True),
    }
    gone = [*missing(), *(["gcc"] if training else [])]
    if (network, count) != ("relu", 100):
        gone.append("micrograd")  # it has relu only, and the time of a row is always the same
    return {name: work for name, work in works.items() if not name.startswith(tuple(gone))}


def batch(title, network, count, training=False, goals=()):
    """A group of rows: nanoseconds for each row of data, and how many times ours that is."""
    print(f"\n{title}")
    found, goals = compared(works_of(network, count, training)), dict(goals)
    for name, spent in found.items():
        fast, exact = (spent / found[f"ours, {way}"] for way in ("fast", "exact"))
        goal = goals.get(name, "")
        print(
            f"  {name:<32}{spent * 1e9:>14,.1f}{fast:>12,.1f}{exact:>12,.1f}   {goal}", flush=True
        )


def single(title, text, goal=""):
    print(f"  {title:<58}{text:>12}   {goal}", flush=True)


def report():
    print(f"Python {sys.version.replace(chr(10), ' ')}; {platform.machine()}")
    if missing():
        print(f"Not installed, and so left out: {', '.join(missing())}")
    print(f"  {'nanoseconds a row of data':<32}{'':>14}{'/ fast':>12}{'/ exact':>12}   to reach")
    for network in ("relu", "tanh"):
        name = f"MLP(2, [16, 16, 1]), {network}"
        for count in (4096, 100):
            goals = BATCH_GOALS if (network, count) == ("relu", 4096) else MICROGRAD_GOAL
            batch(f"{name}, value and gradient, batches of {count}", network, count, goals=goals)
        goals = {"JAX jit": ">= 3 fast"}
        batch(f"{name}, training in batches of 100", network, 100, training=True, goals=goals)
    name = "MLP(64, [30, 10]), sigmoid, cross-entropy, digits"
    for count in (1797, 100):
        batch(f"{name}, value and gradient, batches of {count}", "digits", count)
    batch(f"{name}, training in batches of 100", "digits", 100, training=True)
    print()
    rest()


BATCH_GOALS = {
    "PyTorch": ">= 3 fast",
    "JAX jit": ">= 1.5 fast, >= 1.2 exact",
    "gcc -O3 -march=native": ">= 1 fast",
}
MICROGRAD_GOAL = {"micrograd": ">= 100,000 fast"}


def python_source():
    """The row that needs no third-party package."""
    works = {"ours": ("by_python_source", "relu", 100)}
    if "micrograd" not in missing():
        works["micrograd"] = ("by_micrograd", "relu", 100, True)
    times = compared(works)
    step = f"{times['ours'] * 100 * 1e3:.2f}"
    single("relu, as generated Python: training, ms a step of 100 rows", step)
    if "micrograd" in times:
        ratio = f"{times['micrograd'] / times['ours']:,.0f}"
        single("relu, as generated Python: times micrograd", ratio, ">= 100")


def rest():
    """What stands for itself: the public methods, compile times, large graphs."""
    python_source()
    for network in NETWORKS:
        for fast in (True, False):
            name = f"{network}, {'fast' if fast else 'exact'}"
            rows = 1797 if network == "digits" else 4096
            works = {what: ("ours", network, rows, what, fast) for what in METHODS}
            times = compared(works)
            for what, title in METHODS.items():
                single(f"{name}: {title}, ns a row", f"{times[what] * 1e9:,.1f}")
            ratio = times["code"] / times["value"]
            single(f"{name}: value and gradient / value", f"{ratio:.2f}", "<= 4")
    for network, goal in (("relu", "<= 0.3 s"), ("digits", "<= 3 s")):
        times = compared({fast: ("compiling", network, fast) for fast in (True, False)})
        text = f"{times[True]:.2f}, {times[False]:.2f}"
        single(f"{network}: compiling, fast and exact, seconds", text, goal)
    for size in (500, 5_000, 50_000):
        results = [measure("operations", size) for _ in range(ROUNDS)]
        steps = results[0][0]
        compile_time, run_time = (statistics.median(r[i] for r in results) for i in (1, 2))
        text = f"{compile_time:.2f}"
        single(f"{steps:,} operations: compiling, seconds", text)
        single(f"{steps:,} operations: an operation on a row, ns", f"{run_time * 1e9:.3f}")


METHODS = {
    "value": "the value alone",
    "code": "value and gradient",
    "backward": "program.backward(rows)",
    "descend": "program.descend(rows, batch_size=100)",
}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        one_core()
        name, *arguments = json.loads(sys.argv[2])
        print(json.dumps(WORK[name](*arguments)))
    else:
        report()
