"""Ctrl-C at random moments, as real signals: what each function leaves behind.

    python tests/benchmarks/signals.py 2000

sends so many to each function, counts those alone whose traceback has a frame of that function,
and prints how many left a mixture of old and new numbers, or a context open. It exits with 1 if any
did.
"""

import os
import signal
import sys
import threading
import time
import traceback

import autograd_mini as am
from autograd_mini import Value, no_grad
from autograd_mini.engine import contexts
from autograd_mini.engine.order import turns
from autograd_mini.optim import SGD, Adam


class Graph:
    """A graph of some size, and the numbers that its nodes have."""

    def __init__(self):
        self.leaves = [Value(1.0 + i / 8) for i in range(8)]
        root = self.leaves[0]
        for i in range(60):
            root = (root * 0.9 + self.leaves[i % 8]).tanh() * self.leaves[(3 * i) % 8]
        self.root = root + am.dot(self.leaves, self.leaves, 0.5)
        self.order = am.topological_order(self.root)


def backward():
    graph = Graph()
    graph.root.backward()
    once = [leaf.grad for leaf in graph.leaves]
    results = [(node, node.grad) for node in graph.order if node.op]

    def is_whole():
        counts = {round(leaf.grad / grad, 6) for leaf, grad in zip(graph.leaves, once, strict=True)}
        return len(counts) == 1 and all(node.grad == grad for node, grad in results)

    return graph.root.backward, is_whole, "backward"


def recompute():
    graph = Graph()
    states = []

    def state():
        return [(node.data, node._numbers) for node in graph.order if node.op]

    for leaf in (1.0, 2.0):
        graph.leaves[0].data = leaf
        graph.root.recompute()
        states.append(state())

    def act():
        graph.leaves[0].data = 3.0 - graph.leaves[0].data
        graph.root.recompute()

    return act, lambda: state() in states, "recompute"


def zero_grad():
    graph = Graph()

    def act():
        graph.root.backward()
        graph.root.zero_grad()

    def is_whole():
        return len({node._grad is None for node in graph.order if not node.is_constant}) == 1

    return act, is_whole, "zero_grad"


def stepping(optimizer):
    parameters = [Value(1.0) for _ in range(300)]
    made = optimizer(parameters)
    for parameter in parameters:
        parameter.grad = 0.5

    def is_whole():
        return len({p.data for p in parameters}) == 1 and len({repr(s) for s in made.states}) == 1

    return made.step, is_whole, "step"


def opening(context):
    x = Value(2.0)

    def use():
        with context():
            pass

    def is_whole():
        return not (x * x).is_constant and not contexts.open_entries

    return use, is_whole, "use"


CASES = {
    "Value.backward": backward,
    "Value.recompute": recompute,
    "Value.zero_grad": zero_grad,
    "SGD.step": lambda: stepping(lambda p: SGD(p, lr=0.1, momentum=0.9)),
    "Adam.step": lambda: stepping(lambda p: Adam(p, lr=0.1)),
    "no_grad()": lambda: opening(no_grad),
    "anomaly()": lambda: opening(am.anomaly),
}


def tried(case, wanted):
    """(signals that met the function, those that left something behind)"""
    act, is_whole, name = CASES[case]()
    met = left = 0
    kept = None  # the last error with its traceback, as a REPL keeps it
    running = True

    def send():
        while running:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.0002)

    sender = threading.Thread(target=send)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sender.start()
    while met < wanted:
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            while True:
                act()
        except KeyboardInterrupt as error:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            kept = error
        if name in [frame.name for frame in traceback.extract_tb(kept.__traceback__)]:
            met += 1
            left += not is_whole() or turns.lock.locked()
    running = False
    sender.join()
    return met, left


def main(wanted):
    found = {}
    for case in CASES:
        found[case] = tried(case, wanted)
        print(
            f"{case:<18}{found[case][0]:>8} signals{found[case][1]:>6} left something", flush=True
        )
    met, left = (sum(column) for column in zip(*found.values(), strict=True))
    print(f"{'all':<18}{met:>8} signals{left:>6} left something")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
