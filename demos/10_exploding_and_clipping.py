"""Exploding gradients, and clipping: the same descent with its steps cut to size."""

import autograd_mini as am
from autograd_mini import losses, nn, optim


def chain(weight: float = 1.5) -> nn.MLP:
    """Ten neurons in a row without activation: the output is the input times ten weights."""
    model = nn.MLP(1, [1] * 10, activation="linear", init="zeros")
    for layer in model.layers:
        layer.neurons[0].w[0].data = weight
    return model


def descend(max_norm: float, steps: int) -> list[float]:
    """The losses of plain descent towards an output of 1, with gradients clipped to this norm."""
    model, seen = chain(), []
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    for _ in range(steps):
        loss = losses.mse(model([0.5]), 1.0)
        seen.append(loss.data)
        model.zero_grad()
        loss.backward()
        optim.clip_grad_norm(model.parameters(), max_norm)
        optimizer.step()
    return seen


def main() -> None:
    model = chain()
    flow = am.gradient_flow(model, losses.mse(model([0.5]), 1.0), lr=0.01, clip=1.0)
    print(flow.chart)
    print(f"\n{flow.verdict}: all parameters together have a gradient of norm {flow.norm:,.0f}, so")
    print(f"a step at learning rate 0.01 is {0.01 * flow.norm:.0f} long, for weights of 1.5.")
    print("Clipped to a norm of 1, it is 0.01 long, in the same direction.\n")

    steps = 101
    as_it_is, clipped = descend(float("inf"), steps), descend(1.0, steps)
    print("step   loss, as it is   loss, clipped to 1")
    for step in (0, 1, 2, 3, 25, 50, 75, 100):
        print(f"{step:4}{as_it_is[step]:17.4g}{clipped[step]:21.4g}")

    print("\nNotice: one long step, and the weights are where the slope means nothing any more.")
    print("Clipping changes no factor between the layers. It only keeps each step short.")
    print("Question: is there a learning rate that does without? Try 0.00002, and count the steps.")


if __name__ == "__main__":
    main()
