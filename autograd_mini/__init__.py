"""Watch the chain rule: scalar reverse-mode autodiff to read, step through, draw and train with.

>>> from autograd_mini import Value
>>> a, b = Value(2.0), Value(3.0)
>>> c = a * b + a
>>> c.backward()
>>> a.grad, b.grad
(4.0, 2.0)
"""

from __future__ import annotations

from importlib import import_module

from autograd_mini.contexts import no_grad as no_grad
from autograd_mini.errors import AutogradMiniError as AutogradMiniError
from autograd_mini.errors import StaleGraph as StaleGraph
from autograd_mini.functions import dot as dot
from autograd_mini.functions import logsumexp as logsumexp
from autograd_mini.functions import mean as mean
from autograd_mini.functions import softmax as softmax
from autograd_mini.functions import sum as sum
from autograd_mini.functions import where as where
from autograd_mini.ops import Op as Op
from autograd_mini.ops import acos as acos
from autograd_mini.ops import acosh as acosh
from autograd_mini.ops import asin as asin
from autograd_mini.ops import asinh as asinh
from autograd_mini.ops import atan as atan
from autograd_mini.ops import atan2 as atan2
from autograd_mini.ops import atanh as atanh
from autograd_mini.ops import ceil as ceil
from autograd_mini.ops import clip as clip
from autograd_mini.ops import cos as cos
from autograd_mini.ops import cosh as cosh
from autograd_mini.ops import detach as detach
from autograd_mini.ops import elu as elu
from autograd_mini.ops import erf as erf
from autograd_mini.ops import exp as exp
from autograd_mini.ops import expm1 as expm1
from autograd_mini.ops import floor as floor
from autograd_mini.ops import gelu as gelu
from autograd_mini.ops import heaviside as heaviside
from autograd_mini.ops import leaky_relu as leaky_relu
from autograd_mini.ops import log as log
from autograd_mini.ops import log1p as log1p
from autograd_mini.ops import log2 as log2
from autograd_mini.ops import log10 as log10
from autograd_mini.ops import maximum as maximum
from autograd_mini.ops import minimum as minimum
from autograd_mini.ops import relu as relu
from autograd_mini.ops import sigmoid as sigmoid
from autograd_mini.ops import sign as sign
from autograd_mini.ops import silu as silu
from autograd_mini.ops import sin as sin
from autograd_mini.ops import sinh as sinh
from autograd_mini.ops import softplus as softplus
from autograd_mini.ops import sqrt as sqrt
from autograd_mini.ops import tan as tan
from autograd_mini.ops import tanh as tanh
from autograd_mini.value import Value as Value
from autograd_mini.value import topological_order as topological_order

__version__ = "0.1.0"
