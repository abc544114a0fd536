"""Nielsen's digits: one neuron that learns slowly because it is sure, and thirty that can read."""

import autograd_mini as am
from autograd_mini import datasets, losses, nn, optim

INKS = " .:-=+*#%@"


def one_neuron(w: float, b: float) -> None:
    """His neuron of chapter 3: for the input 1, it shall say 0."""
    neuron = nn.Neuron(1, activation="sigmoid")
    neuron.w[0].data, neuron.b.data = w, b
    rule = optim.SGD(neuron.parameters(), lr=0.15)
    said = [neuron([1.0]).data]
    for _ in range(3):
        am.fit(neuron, [([1.0], 0.0)], losses.quadratic, rule, epochs=100, quiet=True)
        said.append(neuron([1.0]).data)
    course = ", ".join(f"{number:.2f}" for number in said)
    print(f"from w = {w}, b = {b}, after 0, 100, 200, 300 epochs it says: {course}")


def picture(features: list[float]) -> str:
    inks = [INKS[min(9, int(10 * ink))] * 2 for ink in features]
    return "\n".join("    " + "".join(inks[row : row + 8]) for row in range(0, 64, 8))


def main() -> None:
    one_neuron(0.6, 0.9)
    one_neuron(2.0, 2.0)

    train, test = datasets.split(datasets.digits())
    model = nn.MLP(64, [30, 10], activation=["sigmoid", "sigmoid"], init="nielsen", seed=0)
    rule = optim.SGD(model.parameters(), lr=3.0)
    print(f"\n{model}, quadratic cost, on {len(train)} digits:")
    am.fit(model, train, losses.quadratic, rule, epochs=10, batch_size=10, test=test)
    table = am.confusion_table(model, test)
    print(f"\nWhat it says (columns) of {len(test)} digits that it has never seen (rows):\n{table}")
    for features, label in test:
        outputs = [output.data for output in model(features)]
        if outputs.index(max(outputs)) != label:
            print(f"\nThe digit {label}, which it takes for a {outputs.index(max(outputs))}:")
            print(picture(features))
            break
    print("\nNotice: the neuron that is most wrong, 0.98 instead of 0, learns slowest at first.")
    print("Its sigmoid is flat there, and the quadratic cost has that slope in its gradient.")
    print("Question: does cross-entropy cure it? Try losses.cross_entropy, 'linear' last, lr=0.5.")


if __name__ == "__main__":
    main()
