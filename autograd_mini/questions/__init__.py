"""Questions on the chain rule: quizzes, the checking of answers, worksheets."""

from autograd_mini.questions.question import Question as Question
from autograd_mini.questions.series import Quiz as Quiz
from autograd_mini.questions.series import quiz as quiz
from autograd_mini.questions.sheets import Worksheet as Worksheet
from autograd_mini.questions.sheets import worksheet as worksheet
from autograd_mini.questions.verdicts import Verdict as Verdict
