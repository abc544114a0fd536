"""Vanishing gradients: a product of many factors below 1, seen factor by factor."""

import autograd_mini as am
from autograd_mini import Value, nn


def chain(activation: str, weight: float, depth: int) -> am.GradientFlow:
    """One neuron after the other, each with one weight; the input is 0.5."""
    model = nn.MLP(1, [1] * depth, activation=[activation] * depth, init="zeros")
    for layer in model.layers:
        layer.neurons[0].w[0].data = weight
    output = model([Value(0.5)])
    return am.gradient_flow(model, output)


def main() -> None:
    print("How much does the output of a chain of neurons change with its input?\n")
    print("neurons      sigmoid         tanh         relu")
    for depth in (1, 5, 10, 20, 50):
        flows = [chain(activation, 1.0, depth) for activation in ("sigmoid", "tanh", "relu")]
        print(f"{depth:7}", *[f"{flow.inputs.norm:12.2e}" for flow in flows])

    flow = chain("sigmoid", 1.0, 8)
    print("\nEight sigmoids, from the output down, with the product so far:\n")
    print(flow.path)
    print(f"{flow.path.ending}\n")
    print(flow.chart)

    print("\nNotice: each neuron multiplies the gradient by w * σ'(z), and σ' is never above 1/4.")
    print("The first weight learns more than ten thousand times slower than the last.")
    print("Question: which weight would make up for it? Try chain('sigmoid', 4.0, 50).")


if __name__ == "__main__":
    main()
