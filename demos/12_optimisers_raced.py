"""Optimisers raced: the same network from the same start, moved by six rules."""

from autograd_mini import datasets, nn
from autograd_mini.training.race import race


def main() -> None:
    data = datasets.spirals(100, seed=1)
    model = nn.MLP(2, [16, 16, 1], activation="relu", init="he", seed=1)
    print("p is a parameter, g its gradient; what is left of ← is changed, line by line.\n")
    found = race(model, data, epochs=40)
    print(found)
    print(f"\n{found.chart}")
    print("\nNotice: all of them start with the same gradients, from the same backward pass. They")
    print("differ in what they remember: nothing, a velocity v, or how large gradients were. A")
    print("large learning rate gets far and then jumps about; a schedule lets it settle.")
    print("Question: is momentum just a larger rate? Race Rule(lambda p: optim.SGD(p, lr=1.0)).")


if __name__ == "__main__":
    main()
