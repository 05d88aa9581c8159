"""What all runs of one file may take together: once it is used up, no run begins any more.

Two data sets, replays and second looks make up to two dozen runs, each of which may use its whole time.
"""

from dataclasses import dataclass

from crmlib.catalogue import say
from crmlib.workbook.grading.runs import REPLAYS, Spent
from crmlib.workbook.sandbox import Limits, Ran

TIMES = REPLAYS + 2  # a run that uses up its time with each of its replays, and one more
PROBES = 2  # for the runs of the probe


def together(limits: Limits, times: int = TIMES) -> dict:
    """The bounds on one file that go with the limits on one run."""
    cpu, wall = times * limits.cpu_seconds, times * limits.wall_seconds
    return {"cpu_seconds": cpu, "wall_seconds": wall, "replays": REPLAYS}


@dataclass
class Allowance:
    """The time that is left to a file; processor time decides, wall time only ends what sleeps."""

    limits: Limits
    times: int = TIMES
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0

    def check(self) -> None:
        """`Spent` where no further run may begin."""
        most = together(self.limits, self.times)
        if self.cpu_seconds >= most["cpu_seconds"]:
            raise Spent(say("sandbox.stop.cpu", limit=most["cpu_seconds"]))
        if self.wall_seconds >= most["wall_seconds"]:
            raise Spent(say("sandbox.stop.wall", limit=most["wall_seconds"]))

    def take(self, ran: Ran) -> None:
        """Count a run."""
        self.cpu_seconds += ran.cpu_seconds
        self.wall_seconds += ran.seconds
