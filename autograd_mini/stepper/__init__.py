"""The stepper: the two passes one event at a time, forwards and backwards, and its prompt."""

from autograd_mini.stepper.frames import Frame as Frame
from autograd_mini.stepper.machine import Stepper as Stepper
from autograd_mini.stepper.machine import step as step
from autograd_mini.stepper.page import Page as Page
from autograd_mini.stepper.page import explore as explore
from autograd_mini.stepper.prompt import debug as debug
from autograd_mini.stepper.prompt import run_prompt as run_prompt
