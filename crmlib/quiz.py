"""What a notebook imports to show questions of the concept bank: `quiz` and `review`."""

from crmlib.workbook.quizzes.quiz import quiz, review

__all__ = ["quiz", "review"]
