"""Known mistakes in backward passes: made on purpose, compared with the right one, recognised."""

from autograd_mini.faults.answers import Diagnosis as Diagnosis
from autograd_mini.faults.answers import diagnose as diagnose
from autograd_mini.faults.catalogue import mistakes as mistakes
from autograd_mini.faults.comparison import MistakenTrace as MistakenTrace
from autograd_mini.faults.comparison import mistaken as mistaken
from autograd_mini.faults.grading import EngineReport as EngineReport
from autograd_mini.faults.grading import check_engine as check_engine
from autograd_mini.faults.grading import load as load
from autograd_mini.faults.training_runs import training_mistakes as training_mistakes
