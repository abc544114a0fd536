"""Nielsen's network on handwritten digits: accuracy over five seeds, and time, as one table:

    python tests/benchmarks/training.py [--eager]

MLP(64, [30, 10]) of sigmoids with his initialisation, mini-batches of 10, 30 epochs on four fifths
of the digits, judged on the last fifth, which it never sees. With `--eager`, the first seed is
trained on live Values too: how long that takes, and how far its parameters are from the others.
Seconds are those of the whole call of `fit`, of which the compiler takes its part once.
"""

import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))

from autograd_mini import datasets, fit, losses, nn, optim, sum

SEEDS = range(5)


def his_cross_entropy(outputs, label):
    """-Σ y ln a + (1 - y) ln(1 - a), of the outputs before their sigmoid."""
    return sum(
        losses.binary_cross_entropy_with_logits(output, float(place == label))
        for place, output in enumerate(outputs)
    )


COSTS = {
    "quadratic": (["sigmoid", "sigmoid"], losses.quadratic, 3.0),
    "his cross-entropy": (["sigmoid", "linear"], his_cross_entropy, 0.5),
    "softmax, log-likelihood": (["sigmoid", "linear"], losses.cross_entropy, 0.5),
}


def trained(cost, seed, compiled="auto"):
    activations, loss, rate = COSTS[cost]
    train, test = datasets.split(datasets.digits(), seed=seed)
    model = nn.MLP(64, [30, 10], activations, init="nielsen", seed=seed)
    rule = optim.SGD(model.parameters(), lr=rate)
    start = time.perf_counter()
    history = fit(
        model, train, loss, rule, 30, batch_size=10, test=test, seed=seed, quiet=True,
        compiled=compiled,
    )  # fmt: skip
    return model, history, time.perf_counter() - start


def main():
    print("cost                     right at the end (five seeds)            median  best  seconds")
    for cost in COSTS:
        runs = [trained(cost, seed) for seed in SEEDS]
        last = [history.test_accuracy[-1] for _, history, _ in runs]
        best = [max(history.test_accuracy) for _, history, _ in runs]
        seconds = statistics.median([spent for _, _, spent in runs])
        shares = "  ".join([f"{share:.1%}" for share in last])
        print(
            f"{cost:24} {shares:40} {statistics.median(last):.1%}  {max(best):.1%}  {seconds:.2f} "
            f"({runs[0][1].ran}, compiling {runs[0][1].compile_seconds:.2f})"
        )
        if "--eager" in sys.argv:
            model, history, spent = trained(cost, 0, compiled=False)
            pairs = zip(model.parameters(), runs[0][0].parameters(), strict=True)
            off = max(abs(one.data - two.data) for one, two in pairs)
            same = history.test_accuracy == runs[0][1].test_accuracy
            print(f"    eagerly {spent:.1f} s; same accuracies: {same}; within {off:.0e}")


if __name__ == "__main__":
    main()
