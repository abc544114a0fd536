"""An engine as a learner writes it, as the text of a file."""

ENGINE = """\
class Value:
    def __init__(self, data):
        self.data, self.grad, self.below = data, 0.0, ()

    def __mul__(self, other):
        out = Value(self.data * other.data)
        out.below = ((self, other.data), (other, self.data))
        return out

    def tanh(self):
        {tanh}
        return Value(0.0)

    def backward(self, upstream=1.0):
        {backward}
        self.grad += upstream
        for node, local in self.below:
            node.backward(upstream * local)
"""


def engine(tanh="raise NotImplementedError", backward="pass"):
    """The text of a file with a class that multiplies rightly, and does so much beside."""
    return ENGINE.format(tanh=tanh, backward=backward)
