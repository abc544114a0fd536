"""Plain gradient descent in ten lines: a network learns two moons, without any trainer."""

import autograd_mini as am
from autograd_mini import datasets, losses, nn


def main() -> None:
    data = datasets.moons(100, seed=1)
    model = nn.MLP(2, [16, 1], activation="tanh", seed=1)

    # These are the ten lines.
    for step in range(60):
        pairs = [(model(x), label) for x, label in data]  # the forward pass
        loss = am.mean(losses.hinge(output, label) for output, label in pairs)
        right = [(output.data > 0) == (label == 1) for output, label in pairs].count(True)
        model.zero_grad()  # leaves accumulate, so forget the last step's gradients
        loss.backward()  # the backward pass: dLoss/dp for every parameter p
        for p in model.parameters():
            p.data -= 2.0 * p.grad  # a step downhill
        if step % 10 == 9:
            print(f"step {step + 1:2}   loss {loss.data:.4f}   right {right} of {len(data)}")

    print("\nNotice: the loss falls, though nobody told the network what a moon is.")
    print("Question: what happens without the line model.zero_grad()? Comment it out and see.")


if __name__ == "__main__":
    main()
