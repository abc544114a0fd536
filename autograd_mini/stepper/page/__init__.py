"""The page: a graph that is alive in any browser, in one file."""

from autograd_mini.stepper.page.document import Page as Page
from autograd_mini.stepper.page.document import explore as explore
