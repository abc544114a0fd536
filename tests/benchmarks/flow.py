"""What the microscope costs, and Nielsen's deep sigmoid networks over several beginnings.

    python tests/benchmarks/flow.py [SEEDS]

Times are the median of five, of gradient_flow alone, the graph being there. Factors are means that
multiply, over so many seeds (5), with the smallest and the largest.
"""

import statistics
import sys
import time

import autograd_mini as am
from autograd_mini import datasets, losses, nn
from autograd_mini.training.flow import deep_sigmoids
from autograd_mini.training.flow.deep_sigmoids import COSTS, DEPTHS, NIELSEN, learning_speeds


def moons_network():
    model = nn.MLP(2, [16, 16, 1], seed=0)
    data = datasets.moons(100)
    return model, am.mean(losses.hinge(model(x), label) for x, label in data)


def digits_network():
    model = nn.MLP(64, [30] * 4 + [10], activation="tanh", init="xavier", seed=0)
    data = datasets.digits()[:10]
    return model, am.mean(losses.cross_entropy(model(x), label) for x, label in data)


def show_times():
    cases = {"MLP(2, [16, 16, 1]), 100 moons": moons_network,
             "MLP(64, [30, 30, 30, 30, 10]), 10 digits": digits_network}  # fmt: skip
    for name, build in cases.items():
        model, loss = build()
        nodes = len(am.topological_order(loss))
        times = []
        for _ in range(5):
            start = time.perf_counter()
            am.gradient_flow(model, loss)
            times.append(time.perf_counter() - start)
        print(f"{name}: {statistics.median(times):.2f} s, {nodes:,} nodes")


def show_factors(seeds):
    train, _ = datasets.split(datasets.digits())
    for cost in COSTS:
        print(f"\n{cost} cost, {len(train):,} digits, {seeds} seeds:")
        start = time.perf_counter()
        for hidden in DEPTHS:
            runs = [learning_speeds(train, hidden, cost, seed) for seed in range(seeds)]
            pairs = zip(*map(deep_sigmoids.factors, runs), strict=True)
            ours = [
                f"{statistics.geometric_mean(found):.1f} ({min(found):.1f}-{max(found):.1f})"
                for found in pairs
            ]
            his = [f"{factor:.1f}" for factor in deep_sigmoids.factors(NIELSEN[hidden])]
            print(f"  {hidden} hidden layers: {'  '.join(ours)}   Nielsen: {'  '.join(his)}")
        print(f"  in {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    show_times()
    show_factors(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
