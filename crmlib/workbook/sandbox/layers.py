"""The layers of the sandbox, and the levels that name what a run is held by."""

from dataclasses import dataclass, replace

from crmlib.workbook.outcome import Refused

FULL, REDUCED, NONE = LEVELS = ("full", "reduced", "none")


@dataclass(frozen=True)
class Layers:
    """What holds a run; tests switch single layers off to see what each is good for.

    ``view``: only some files are there at all. ``userns``: processes, ids, host name and shared
    memory of its own. ``network``: none. ``tmpfs``: a disk of its own, in memory, capped.
    ``landlock``: nothing is written outside the run's folder. ``seccomp``, where there is libseccomp:
    no system calls beyond data analysis, and no memory that processes share, which would outlive them
    and count for nobody. ``limits``: processor time, memory, processes, size of files. ``drop``: an
    ordinary user where the grader is root. ``orphans``: what a run left running ends with it; with
    ``userns`` it does in any case.
    """

    view: bool = True
    userns: bool = True
    network: bool = True
    tmpfs: bool = True
    landlock: bool = True
    seccomp: bool = True
    limits: bool = True
    drop: bool = True
    orphans: bool = True

    def together(self) -> "Layers":
        """The layers without those that need one that is off."""
        return self if self.userns else replace(self, tmpfs=False)


def of_level(level: str) -> Layers:
    """The layers that a level stands for."""
    if level == FULL:
        return Layers()
    if level == REDUCED:
        return Layers(userns=False, tmpfs=False)
    if level == NONE:
        return Layers(*[False] * 6, limits=True, drop=False)
    raise Refused("sandbox.level", level=level, levels=", ".join(LEVELS))
