"""Chromium through chromedriver, spoken to in plain HTTP, so that no library is needed."""

import base64
import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--force-device-scale-factor=1",
]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def missing() -> str:
    """What a drive needs and this computer lacks; empty when it lacks nothing."""
    if not any(map(shutil.which, BROWSERS)):
        return "chromium is not installed"
    return "" if shutil.which("chromedriver") else "chromedriver is not installed"


def request(address: str, body: dict | None = None, *, method: str | None = None, timeout: float = 60):
    """The JSON that a server answers with."""
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(address, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=timeout) as reply:
        return json.load(reply)


def wait_for(what, seconds: float, message: str):
    """The first true value of ``what()``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.1)
    raise TimeoutError(message)


class Chromium:
    """A browser window; use it in a `with` statement. With ``logs`` it keeps what `log` hands out."""

    def __init__(self, *, width: int = 1280, height: int = 1400, logs: bool = False):
        self.size, self.logs = (width, height), logs

    def __enter__(self):
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            self._open()
        except BaseException:
            self._stop()
            raise
        return self

    def _open(self):
        port = next(
            found[1]
            for line in self.driver.stdout
            if (found := re.search(r"successfully on port (\d+)", line))
        )
        program = next(filter(None, map(shutil.which, BROWSERS)))
        size = "--window-size={},{}".format(*self.size)
        options = {"binary": program, "args": [*FLAGS, size]}
        match = {"goog:chromeOptions": options}
        if self.logs:
            match["goog:loggingPrefs"] = {"browser": "ALL", "performance": "ALL"}
        wanted = {"capabilities": {"alwaysMatch": match}}
        base = f"http://127.0.0.1:{port}/session"
        self.session = base + "/" + request(base, wanted)["value"]["sessionId"]
        self.send("timeouts", {"script": 60_000})

    def __exit__(self, *_):
        try:
            request(self.session, method="DELETE")
        finally:
            self._stop()

    def _stop(self):
        self.driver.terminate()
        self.driver.wait(10)
        self.driver.stdout.close()

    def send(self, command: str, body: dict | None = None):
        try:
            return request(f"{self.session}/{command}", body)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"].partition("\n")[0]) from error

    def go(self, address: str) -> None:
        self.send("url", {"url": address})

    def run(self, script: str, *args):
        """The value that a script returns, or that its promise comes to."""
        return self.send("execute/sync", {"script": script, "args": list(args)})

    def log(self, kind: str) -> list[dict]:
        """What came since the last call: ``browser`` (the console) or ``performance`` (all events)."""
        return self.send("se/log", {"type": kind})

    def devtools(self, command: str, **params):
        """A command of the DevTools protocol."""
        return self.send("goog/cdp/execute", {"cmd": command, "params": params})

    def find(self, selector: str) -> str:
        """The one element that the selector names, for `click` and `type`."""
        found = self.send("element", {"using": "css selector", "value": selector})
        return next(iter(found.values()))

    def click(self, selector: str) -> None:
        """A click as a person makes it: what is hidden or covered refuses."""
        self.send(f"element/{self.find(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        self.send(f"element/{self.find(selector)}/value", {"text": text})

    def press(self, key: str) -> None:
        """One key, wherever the focus is."""
        strokes = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.send("actions", {"actions": [{"type": "key", "id": "keys", "actions": strokes}]})

    def resize(self, width: int, height: int) -> None:
        self.send("window/rect", {"width": width, "height": height})

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.send("screenshot")))
