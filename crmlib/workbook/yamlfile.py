"""YAML as its version 1.2 reads it: ``1e-9`` is a number, ``no`` a text, a key stands once."""

import re
from pathlib import Path

import yaml

from crmlib.workbook.outcome import Refused


class Loader(yaml.SafeLoader):
    """PyYAML's safe loader without YAML 1.1's surprises."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 (PyYAML's own class attribute)

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"line {node.start_mark.line + 1}: {key!r} stands twice")
        return super().construct_mapping(node, deep)


NUMBER = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", list("tf")),
    ("int", r"[-+]?[0-9]{1,30}", list("-+0123456789")),
    ("float", NUMBER, list("-+.0123456789")),
    ("merge", r"<<", ["<"]),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)


def read(path: Path, *, loader: type[Loader] = Loader, otherwise: str = "run.yaml.mapping") -> dict:
    """The mapping that stands in the file; `Refused`, with ``otherwise``, when it holds something else."""
    try:
        content = yaml.load(Path(path).read_text(encoding="utf-8"), loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise Refused("run.yaml.unreadable", path=path, reason=reason) from error
    if not isinstance(content, dict):
        raise Refused(otherwise, path=path)
    return content
