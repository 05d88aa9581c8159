"""The book in the browser, from the file system: pages, their complaints, what they ask the network for."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from .chromium import Chromium, wait_for

ROOT = Path(__file__).parents[2]
LOCAL = ("file:", "data:", "blob:", "about:", "chrome:")
FOUND = """
const said = document.querySelector("#search-results .search-summary")?.innerText ?? "";
const links = [...document.querySelectorAll("#search-results li a")].map(a => a.href);
return said.startsWith("Search finished") ? links : [];
"""
AXE = """
return axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}).then(found =>
  found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} ${n.html.slice(0, 160)}`)));
"""
WIDER = """
const wide = document.documentElement.scrollWidth - innerWidth;
return wide > 0 ? [wide, document.title] : null;
"""
IN_VIEW = """
const top = document.querySelector(arguments[0]).getBoundingClientRect().top;
return top >= 0 && top < innerHeight;
"""
FIGURE = """
const img = document.querySelector(".cell_output img"), box = img.closest(".output, .cell_output");
const {overflowX} = getComputedStyle(box), shown = img.getBoundingClientRect().width;
return {shown, drawn: img.naturalWidth, overflow: overflowX, tab: box.tabIndex};
"""
ENDS = """
const {top, bottom} = document.querySelector(arguments[0]).getBoundingClientRect();
return [top, bottom];
"""
FOCUS = """
const at = document.activeElement, style = getComputedStyle(at);
const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
return [at.tagName, at.outerHTML.slice(0, 120), seen, at.closest("form")?.id ?? ""];
"""


def lay_out(target: Path) -> Path:
    """What Sphinx reads."""
    subprocess.run([sys.executable, ROOT / "book/assemble.py", target], check=True)
    return target


def make(source: Path, target: Path) -> Path:
    """The book made as `make book` makes it: a warning is an error."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-c", ROOT / "book"]
    made = subprocess.run([*command, "-d", target.parent / "doctrees", source, target], capture_output=True)
    assert made.returncode == 0, made.stderr.decode()[-3000:]
    return target


class OpenBook:
    """A built book in a browser that keeps its logs."""

    def __init__(self, browser: Chromium, folder: Path):
        self.browser, self.folder = browser, folder

    def go(self, page: str) -> None:
        self.browser.go(f"{self.folder.as_uri()}/{page}")

    def use(self, *, theme: str = "light", width: int = 1280) -> None:
        """From the next page on: the theme that the toggle would choose, and the width of the screen."""
        self.go("index.html")
        # A page that still glides to its place is hard to click on.
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.browser.devtools("Emulation.setEmulatedMedia", features=[still])
        self.browser.run("localStorage.setItem('theme', arguments[0])", theme)
        self.browser.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 500,
        )

    def complaints(self) -> list[str]:
        """Errors and warnings in the console since the last call."""
        return [line["message"] for line in self.browser.log("browser") if line["level"] != "INFO"]

    def strangers(self) -> list[str]:
        """Addresses asked for since the last call that are not files."""
        events = (json.loads(line["message"])["message"] for line in self.browser.log("performance"))
        asked = (e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent")
        return [address for address in asked if not address.startswith(LOCAL)]

    def violations(self, axe: str) -> list[str]:
        """What the accessibility checker finds on the page."""
        self.browser.run(axe)
        return self.browser.run(AXE)

    def wider_than_screen(self):
        return self.browser.run(WIDER)

    def search(self, words: str) -> list[str]:
        """Where the search leads for the words typed, page and anchor."""
        self.go("search.html")
        self.browser.type("main input[name=q], .sidebar-search", words + "\ue007")
        found = wait_for(lambda: self.browser.run(FOUND), 20, f"the search finds nothing for {words}")
        return [address.removeprefix(self.folder.as_uri() + "/") for address in found]

    def in_view(self, selector: str) -> bool:
        """Whether the one element begins on the screen."""
        return self.browser.run(IN_VIEW, selector)

    def figure(self) -> dict:
        """The first figure of a page: how wide it is shown and drawn, and whether its box scrolls."""
        return self.browser.run(FIGURE)

    def ends(self, selector: str) -> list[float]:
        """Where on the screen the one element begins and ends, from the top."""
        return self.browser.run(ENDS, selector)

    def focus(self) -> list:
        """Tag, text, whether one sees that it has the focus, and the form it stands in."""
        self.browser.press("\ue004")
        return self.browser.run(FOCUS)


class Page(HTMLParser):
    """What a page holds that others lead to, and what it leads to, read without running it."""

    def __init__(self, path: Path):
        super().__init__()
        self.ids, self.links, self.pictures = [], [], []
        text = path.read_text(encoding="utf-8")
        self.feed(re.sub(r"(<script\b[^>]*>).*?</script>", r"\1</script>", text, flags=re.DOTALL))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [given[name] for name in ("href", "src") if given.get(name) and tag != "base"]
        if tag == "img":
            self.pictures.append(given.get("alt"))


def pages(folder: Path) -> dict[str, Page]:
    """Every page of the book by its path."""
    return {path.relative_to(folder).as_posix(): Page(path) for path in sorted(folder.rglob("*.html"))}


def broken(folder: Path, found: dict[str, Page]) -> list[str]:
    """Links that lead to no file, or to no place in it."""
    wrong = []
    for name, page in found.items():
        for link in {one for one in page.links if not urlsplit(one).scheme}:
            parts = urlsplit(urljoin(name, link))
            path, place = unquote(parts.path), unquote(parts.fragment)
            if not (folder / path).exists() or (place and path in found and place not in found[path].ids):
                wrong.append(f"{name}: {link}")
    return wrong
