"""JupyterLab with one notebook open, driven as a learner would drive it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from .chromium import Chromium, request, wait_for

ROOT = Path(__file__).parents[2]
PANEL = "const panel = jupyterapp.shell.currentWidget; const notebook = panel && panel.content;"
READY = PANEL + "return !!notebook && panel.context.isReady && !!panel.sessionContext.session?.kernel;"
CELLS = PANEL + "return notebook.widgets.map(cell => cell.model.sharedModel.getSource());"
RUN = (
    PANEL
    + """
const [number, source] = arguments;
notebook.activeCellIndex = number;
notebook.deselectAll();
if (source !== null) notebook.activeCell.model.sharedModel.setSource(source);
return jupyterapp.commands.execute("notebook:run-cell").then(() => null);
"""
)
OUTPUT = PANEL + "return notebook.widgets[arguments[0]].model.outputs.toJSON();"
RENDERED = PANEL + "return notebook.widgets[arguments[0]].outputArea.node.innerText;"
HIDDEN = PANEL + "return notebook.widgets[arguments[0]].inputHidden;"
TOO_WIDE = (
    PANEL
    + """
const place = notebook.widgets[arguments[0]].outputArea.node;
const parts = [...place.querySelectorAll(".jp-RenderedHTMLCommon, div")];
return parts.filter(part => part.scrollWidth > part.clientWidth + 1).length;
"""
)
SAVE = PANEL + "return panel.context.save().then(() => null);"


class Lab:
    """A server of JupyterLab in a folder, with settings of its own; use it in a `with` statement."""

    def __init__(self, folder: Path, home: Path, *, python: str = sys.executable):
        self.folder, self.home, self.python = folder, home, python

    def __enter__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        options = {
            "ServerApp.port": port,
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": self.folder,
            "IdentityProvider.token": "",
            "LabApp.expose_app_in_browser": True,
            # As `make lab` does: without it a box over the page asks about news.
            "LabApp.app_settings_dir": ROOT / ".lab",
        }
        given = [f"--{name}={value}" for name, value in options.items()]
        self.log = (self.home / "lab.log").open("wb")
        self.server = subprocess.Popen(
            [self.python, "-m", "jupyterlab", "--no-browser", "--allow-root", *given],
            env=self._environment(),
            stdout=self.log,
            stderr=self.log,
        )
        try:
            wait_for(self._answers, 60, "JupyterLab did not start")
        except BaseException:
            self.__exit__()
            raise
        return self

    def _environment(self) -> dict:
        folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
        return os.environ | {name: str(self.home / name.lower()) for name in folders}

    def _answers(self) -> bool:
        if self.server.poll() is not None:
            raise RuntimeError(f"JupyterLab ended: {(self.home / 'lab.log').read_text()[-500:]}")
        try:
            return bool(request(self.address + "/api/status"))
        except OSError:
            return False

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait(30)
        self.log.close()


class OpenNotebook:
    """One notebook in the browser."""

    def __init__(self, browser: Chromium, lab: Lab, name: str):
        self.browser = browser
        browser.go(f"{lab.address}/lab/tree/{name}")
        wait_for(self._ready, 60, "the notebook did not open")

    def _ready(self) -> bool:
        return self.browser.run("return !!window.jupyterapp && !!jupyterapp.shell") and self.browser.run(
            READY
        )

    def command(self, name: str, **args) -> None:
        script = "return jupyterapp.commands.execute(arguments[0], arguments[1]).then(() => null)"
        self.browser.run(script, name, args)

    def number(self, source: str) -> int:
        """Where the one cell stands that begins so."""
        (found,) = (i for i, text in enumerate(self.browser.run(CELLS)) if text.startswith(source))
        return found

    def run(self, number: int, source: str | None = None) -> str:
        """Run a cell, with another source where one is given; what it shows, as text."""
        self.browser.run(RUN, number, source)
        return self.shown(number)

    def shown(self, number: int) -> str:
        return "\n".join(map(_text, self.browser.run(OUTPUT, number)))

    def answer(self, name: str, source: str) -> str:
        """Write an answer, run it, run its check below; the card, as text."""
        check = self.number(f'check("{name}"')
        said = self.run(check - 1, source)
        assert not said, said
        return self.run(check)

    def rendered(self, number: int) -> str:
        """What the page shows below a cell, once it says all that the text for printing says."""
        words = self.shown(number).replace("`", "").split()[1:]

        def page() -> str:
            self._scroll(number)
            text = " ".join(self.browser.run(RENDERED, number).split())
            return text if words and all(word.rstrip(":") in text for word in words) else ""

        return wait_for(page, 10, f"the page does not show {words}")

    def is_hidden(self, number: int) -> bool:
        return self.browser.run(HIDDEN, number)

    def too_wide(self, number: int) -> int:
        """How many parts of a cell's output do not fit into their place."""
        self._scroll(number)
        return self.browser.run(TOO_WIDE, number)

    def save(self) -> None:
        self.browser.run(SAVE)

    def _scroll(self, number: int) -> None:
        script = PANEL + "return notebook.scrollToItem(arguments[0], 'center').then(() => null)"
        self.browser.run(script, number)

    def show(self, number: int, path: Path) -> None:
        """Scroll to a cell and take a picture."""
        self._scroll(number)
        self.browser.picture(path)


def _text(output: dict) -> str:
    if "ename" in output:
        return f"{output['ename']}: {output['evalue']}"
    data = output.get("data", {"text/plain": output.get("text", "")})
    return "".join(data.get("text/plain", json.dumps(data)))
