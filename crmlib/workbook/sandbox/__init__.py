"""Student code in a sandbox: a zygote holds libraries and data, each run is a fork of it.

Chosen: the kernel's own means, in few words each. Namespaces and a view of few files come from calls
to libc (`kernel`, `wall`); Landlock by ``landlockpy``, which knows the versions of its rights; the
filter of system calls by ``pyseccomp``, since libseccomp knows the numbers of every machine; limits by
``resource``. Tried and left: bubblewrap, the most trusted, starts programs and cannot fork what holds
the data; ``sandboxkit`` forks, but has no view of files, no disk of its own and no ordinary user;
``sandlock`` is 13 MB of compiled code for what the kernel does here in a page.

Way of a run: `handle` (the grader's side) -> `zygote` (entered by `ready`) -> `supervise`, one a run ->
`confine`, then `shell` with its `doors`. Back come `frames`, which `watch` and `told` take apart.
`proof` tries to get out before anything is graded.
"""

from crmlib.workbook.sandbox.handle import Zygote
from crmlib.workbook.sandbox.layers import FULL, LEVELS, NONE, REDUCED, Layers
from crmlib.workbook.sandbox.proof import Proof, best_level, prove
from crmlib.workbook.sandbox.terms import Cell, Job, Limits, Ran, Said, Stop

__all__ = [
    "FULL",
    "LEVELS",
    "NONE",
    "REDUCED",
    "Cell",
    "Job",
    "Layers",
    "Limits",
    "Proof",
    "Ran",
    "Said",
    "Stop",
    "Zygote",
    "best_level",
    "prove",
]
