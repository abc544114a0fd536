"""Activations compared: the same ten layers under four activations, begun in two ways."""

import autograd_mini as am
from autograd_mini import datasets, losses, nn

DEPTH, WIDTH = 10, 14


def network_and_loss(activation: str, init: str, data: datasets.Dataset):
    """A network that knows nothing yet, and its mean loss over some digits."""
    model = nn.MLP(64, [WIDTH] * (DEPTH - 1) + [10], activation, init=init, seed=0)
    return model, am.mean(losses.cross_entropy(model(x), label) for x, label in data)


def main() -> None:
    data = datasets.digits()[:15]
    for init in ("xavier", "he"):
        print(f'{DEPTH} layers, init="{init}":')
        four = ("sigmoid", "tanh", "relu", "gelu")
        print(am.compare_flows({name: network_and_loss(name, init, data) for name in four}))
        print()

    print("Notice: only sigmoid fails under both. Its slope is 1/4 at most; that of tanh is 1 at")
    print("0, so Xavier's weights keep the gradient; relu lets half of it through, for which He's")
    print("larger weights make up. A dead unit is 0 on all fifteen digits, and learns from none.")
    print("Question: how deep may sigmoid be before it vanishes? Try DEPTH = 2, 3, 4 and 5.")


if __name__ == "__main__":
    main()
