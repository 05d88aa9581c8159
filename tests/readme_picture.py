"""The README's picture: the decision figure of the executed Walmart study. Run to write it anew."""

import base64
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "casestudies" / "walmart" / "study.ipynb"
PICTURE = ROOT / "README.png"


def picture() -> bytes:
    """The PNG in the output of the study's cell ``policy-figure``."""
    cells = json.loads(STUDY.read_text(encoding="utf-8"))["cells"]
    (cell,) = (cell for cell in cells if cell["id"] == "policy-figure")
    shown = "".join("".join(output.get("data", {}).get("text/html", "")) for output in cell["outputs"])
    return base64.b64decode(re.search(r"data:image/png;base64,([^\"]+)", shown).group(1))


if __name__ == "__main__":
    PICTURE.write_bytes(picture())
