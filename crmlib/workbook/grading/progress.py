"""The line that tells how far grading is: counts, rate, time left; on a terminal only, and no names."""

from typing import TextIO

from tqdm import tqdm

from crmlib.catalogue import say


class Progress:
    """A context; called with the stage, what is done and what there is to do."""

    def __init__(self, stream: TextIO):
        self._stream, self._stage, self._bar = stream, "", None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_) -> None:
        self._close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage:
            self._close()
            self._stage, words = stage, say("grade.stage." + stage)
            self._bar = tqdm(
                total=total, desc=words, file=self._stream, leave=False, disable=not self._stream.isatty()
            )
        self._bar.update(done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
