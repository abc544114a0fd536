"""Grades somebody's own engine by what it does: no line of it is read."""

from autograd_mini.faults.grading.engines import check_engine as check_engine
from autograd_mini.faults.grading.loading import load as load
from autograd_mini.faults.grading.report import EngineReport as EngineReport
