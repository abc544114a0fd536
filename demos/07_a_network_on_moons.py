"""A network on moons, watched: what it says of every point of the plane, while it learns."""

import autograd_mini as am
from autograd_mini import datasets, nn, optim

WATCHED = (1, 8, 60)  # epochs


def main() -> None:
    data = datasets.moons(100, seed=1)
    model = nn.MLP(2, [16, 16, 1], activation="tanh", init="xavier", seed=1)
    pictures = []

    def watch(history: am.History) -> None:
        if len(history) in WATCHED:
            picture = repr(am.decision_boundary(model, data, columns=40))
            title = f"epoch {len(history)}: loss {history.loss[-1]:.3f}, "
            pictures.append(f"{title}right {history.accuracy[-1]:.0%}\n{picture}")

    rule = optim.SGD(model.parameters(), lr=0.5)
    history = am.fit(
        model, data, None, rule, epochs=60, batch_size=10, seed=1, callback=watch, quiet=True
    )
    print("\n\n".join(pictures))
    print(f"\n{repr(history.plot()).partition('right ')[0]}")
    print("Notice: the border starts as a straight line, which gets most samples right, and stays")
    print("one for some epochs. The loss falls again when it begins to bend around the moons.")
    print("Question: can it bend without tanh? Make it activation='linear' and run this again.")


if __name__ == "__main__":
    main()
