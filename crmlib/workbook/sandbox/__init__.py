"""Student code in a sandbox: a zygote holds libraries and data, each run is a fork of it."""

from crmlib.workbook.sandbox.handle import Zygote
from crmlib.workbook.sandbox.terms import Cell, Job, Limits, Ran, Said, Stop

__all__ = ["Cell", "Job", "Limits", "Ran", "Said", "Stop", "Zygote"]
