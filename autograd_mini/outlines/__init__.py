"""What a picture shows of a graph: its nodes, or a few items that stand for many of them."""

from autograd_mini.outlines.closing import outline as outline
from autograd_mini.outlines.expansion import expanded as expanded
from autograd_mini.outlines.groups import Groups as Groups
from autograd_mini.outlines.groups import groups_of as groups_of
from autograd_mini.outlines.items import Item as Item
from autograd_mini.outlines.items import Link as Link
from autograd_mini.outlines.items import Outline as Outline
