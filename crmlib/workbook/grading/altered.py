"""The cells of a submission with other answers put in, as a probe (`probe`) wants them."""


def with_answers(cells: list, questions: dict[int, str], probe: dict) -> list:
    """The cells, with each answer put in the place of the student's at the end of its block."""
    last = {name: max((n for n, _ in cells if questions.get(n) == name), default=0) for name in probe["put"]}
    ends = {number: _code(name, probe) for name, number in last.items()}
    return [[number, source + ends.get(number, "")] for number, source in cells]


def _code(name: str, probe: dict) -> str:
    given = f"{name!r}, {probe['put'][name]!r}, aliases={probe['aliases']!r}"
    return f"\nfrom crmlib.workbook.like import put_in as _put_in\n_put_in(globals(), {given})"
