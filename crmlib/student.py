"""The door of a learner's sheet: open it, check an answer, ask for a hint, see how far one is."""

from crmlib.workbook.student import check, hint, open_sheet, progress, solution

__all__ = ["check", "hint", "open_sheet", "progress", "solution"]
