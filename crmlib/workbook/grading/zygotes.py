"""The zygotes of one bench: two for all runs, each started when first needed, and anew if it is lost.

Forks of one zygote have what was there before at the same addresses: an answer that depends on where an
object lies differs only between two zygotes. So a notebook's second look is given by the other one.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Lock

from crmlib.catalogue import say
from crmlib.workbook.outcome import Refused
from crmlib.workbook.sandbox import Job, Ran, Zygote

ANEW = 3


@dataclass
class _Place:
    """Where one zygote stands: who asks for it waits while another is being started."""

    zygote: Zygote | None = None
    left: int = ANEW
    lock: Lock = field(default_factory=Lock)


class Zygotes:
    """A context in which jobs are run, several at a time when asked from several threads."""

    def __init__(self, start: Callable[[], Zygote]):
        self._start, self._stack, self._stacking = start, ExitStack(), Lock()
        self._places, self._over = {False: _Place(), True: _Place()}, False

    def __enter__(self) -> "Zygotes":
        self._standing(self._places[False])
        return self

    def __exit__(self, *_) -> None:
        with self._stacking:
            self._over = True
        self._stack.close()

    def run(self, job: Job, *, elsewhere: bool = False) -> Ran:
        """Run the job, once more where the zygote was lost; ``elsewhere``: in the other zygote."""
        place = self._places[elsewhere]
        zygote = self._standing(place)
        try:
            return zygote.run(job)
        except Refused:
            if not self._lost(place, zygote):
                raise
        return self._standing(place).run(job)

    def _standing(self, place: _Place) -> Zygote:
        with place.lock:
            if place.zygote is None:
                with self._stacking:
                    if self._over:  # the others have been ended, as on Ctrl-C, and who asks is another thread
                        raise Refused("sandbox.fault", reason=say("sandbox.gone"))
                    place.zygote = self._stack.enter_context(self._start())
            return place.zygote

    def _lost(self, place: _Place, zygote: Zygote) -> bool:
        """Whether the zygote is gone and another may be started; what it forked may still be running."""
        with place.lock:
            if place.zygote is not zygote:
                return True
            if not zygote.gone or place.left == 0:
                return False
            place.zygote, place.left = None, place.left - 1
            return True
