"""The engine: `ops.py` has every operation, `value.py` the node and `backward()`. Read these two.

>>> from autograd_mini.engine import Value
>>> a = Value(3.0)
>>> (a * a).backward()
>>> a.grad
6.0
"""

from autograd_mini.engine.value import Value as Value
