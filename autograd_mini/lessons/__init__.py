"""Questions on the chain rule: quizzes, the checking of answers, worksheets; and the tour."""
