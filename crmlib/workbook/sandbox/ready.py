"""What a zygote knows when its runs are forked: the layers, the paths, the filter. No job, no secret."""

import importlib
import os
import tempfile
from dataclasses import dataclass

from crmlib.workbook.sandbox import confine, wall
from crmlib.workbook.sandbox import kernel as k
from crmlib.workbook.sandbox.layers import Layers
from crmlib.workbook.sandbox.terms import Limits
from crmlib.workbook.sandbox.visible import around, covers


@dataclass
class Ready:
    """One zygote's part in every run's confinement."""

    layers: Layers
    visible: list[str]
    hidden: list[str]
    folder: str
    scratch: str
    parameters: list[str]
    filter: object = None
    readable: tuple[list[str], list[str]] = ([], [])

    @classmethod
    def enter(cls, given: dict) -> "Ready":
        """Shut the zygote itself in as far as its level says, before it imports any library."""
        asked = given["layers"]
        ready = cls(
            Layers(**asked),
            *(given[n] for n in ("visible", "hidden", "folder", "scratch")),
            [*given["parameters"]],
        )
        ready._load()
        if not (ready.layers.view and ready._enter_view()):
            wall.furnish(ready.scratch, ready.folder)
            os.chdir(ready.scratch)
        if ready.layers.drop and os.geteuid() == 0:
            confine.become_nobody()
        return ready

    def _load(self) -> None:
        """What the confinement needs, while every library of the system can still be found."""
        if self.layers.landlock:
            importlib.import_module("landlockpy")
            all_seen = self.layers.view and self.layers.userns
            self.readable = (["/"], []) if all_seen else around(self.visible, self.hidden)
        if self.layers.seccomp:
            self.filter = confine.make_filter(network=self.layers.network, connect=self.layers.userns)

    def _enter_view(self) -> bool:
        """Whether the view could be entered; without user namespaces not everybody can."""
        try:
            if self.layers.userns or os.geteuid() == 0:
                empty = covers(self.visible, self.hidden)
                keep = not self.layers.tmpfs
                wall.enter_view(self.visible, self.folder, self.scratch, keep_scratch=keep, empty=empty)
                return True
        except OSError:
            if self.layers.userns:
                raise
        return False

    def make_box(self) -> str:
        """The folder that a run works in."""
        if self.layers.tmpfs:
            return wall.BOX if self.layers.view else self.scratch
        return wall.make_box(self.scratch, self.folder)

    def clear_box(self, box: str) -> None:
        """Leave nothing of a run on the disk."""
        if box and not self.layers.tmpfs:
            wall.clear_box(box)

    def leave(self) -> None:
        """The supervisor's own step, before it forks the run."""
        if self.layers.userns:
            wall.leave(self.layers.network)

    def confine(self, limits: Limits, box: str) -> None:
        """The run's own step, with its job in hand and before any of it runs."""
        layers = self.layers
        if layers.userns:
            wall.settle()
            if layers.tmpfs:
                wall.own_disk(box, limits.files_mib, self._places(), self.visible)
                wall.furnish(box, self.folder)
            if layers.view:
                k.read_only("/", recursive=False)
        os.chdir(box)
        os.environ.update(HOME=box, TMPDIR=box)
        tempfile.tempdir = None  # the zygote's own was looked up before
        self._take_away(limits, box)

    def _places(self) -> tuple[str, ...]:
        """What programs write to beside their folder."""
        return ("/tmp", "/dev/shm") if self.layers.tmpfs and self.layers.view else ()

    def _take_away(self, limits, box):
        layers = self.layers
        others = 0 if layers.userns or not layers.limits else confine.tasks_of(os.geteuid())
        if layers.landlock:
            read, listed = self.readable
            writable = [box, *self._places()]
            confine.landlock([*read, *confine.ABOUT], writable, listed, network=layers.network)
        if layers.limits:
            confine.set_limits(limits, others=others)
        if layers.userns:
            k.drop_capabilities()
        if layers.seccomp:
            self.filter.load()
