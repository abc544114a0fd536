"""Data-parallel descent: every worker takes the gradient of its shard, and the sums are the whole.

It runs on dask.distributed's local cluster: pip install 'autograd_mini[distributed]'.
"""

import autograd_mini as am
from autograd_mini import Value, datasets, nn

SHARDS, STEPS, LEARNING_RATE = 4, 20, 0.5


def loss_program(model: nn.MLP) -> am.Program:
    """The loss of one sample as a program, which can be sent to other processes."""
    x = [Value(0.0, "x1"), Value(0.0, "x2")]
    label = Value(1.0, "label")  # 1 or -1
    loss = am.softplus(-label * model(x))  # the logistic loss
    return am.compile(loss, [*x, label])


def shard_gradient(program: am.Program, numbers: list[float], rows: list) -> list[float]:
    """On a worker: the summed loss of a shard, and the summed gradient of every parameter."""
    for parameter, number in zip(program.parameters, numbers, strict=True):
        parameter.data, parameter.grad = number, 0.0
    mean = program.backward(rows)
    return [mean * len(rows), *[p.grad * len(rows) for p in program.parameters]]


def descend(numbers: list[float], rows: list, spread) -> list[float]:
    """Plain gradient descent; `spread` gives the results of all shards."""
    shards = [rows[i::SHARDS] for i in range(SHARDS)]
    found = []
    for _ in range(STEPS):
        results = spread(numbers, shards)
        loss, *gradient = [sum(column) / len(rows) for column in zip(*results, strict=True)]
        numbers = [p - LEARNING_RATE * slope for p, slope in zip(numbers, gradient, strict=True)]
        found.append(loss)
    return found


def main() -> None:
    rows = [[*features, 2 * label - 1] for features, label in datasets.moons(200, seed=1)]
    program = loss_program(nn.MLP(2, [16, 1], activation="tanh", seed=1))
    start = [parameter.data for parameter in program.parameters]
    alone = descend(start, rows, lambda numbers, _: [shard_gradient(program, numbers, rows)])
    print(f"One process:       loss {alone[0]:.6f} at first, {alone[-1]:.6f} after {STEPS} steps")
    try:
        from dask.distributed import Client
    except ImportError:
        print("No dask here, so no workers: pip install 'autograd_mini[distributed]'")
    else:
        with Client(n_workers=2, threads_per_worker=1, dashboard_address=None) as client:
            sent = client.scatter(program, broadcast=True)

            def spread(numbers: list[float], shards: list) -> list[list[float]]:
                tasks = [client.submit(shard_gradient, sent, numbers, rows) for rows in shards]
                return client.gather(tasks)

            together = descend(start, rows, spread)
        off = max(abs(a - b) for a, b in zip(alone, together, strict=True))
        print(f"{SHARDS} shards, 2 workers: loss {together[0]:.6f} at first, {together[-1]:.6f}")
        print(f"The losses differ by at most {off:.0e}.")
    print("\nNotice: a gradient of a sum is the sum of gradients, so the shards can be anywhere.")
    print("Question: why do the losses differ in the last digits at all?")


if __name__ == "__main__":
    main()
