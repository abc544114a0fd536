"""Why a gradient is what it is: where it was cut, born, squeezed or stretched."""

from autograd_mini.words.reasons.answer import Reasons as Reasons
from autograd_mini.words.reasons.answer import why as why
