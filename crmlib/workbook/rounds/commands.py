"""The command ``assign``: a sheet for every student of a roster."""

import sys
from collections.abc import Callable
from pathlib import Path

from crmlib.catalogue import languages, say, say_count


def add_rounds_commands(add: Callable, add_parameter: Callable) -> None:
    """Add the command by ``add(name, function)``, which returns an argparse parser."""
    parser = add("assign", _assign)
    parser.add_argument("case", help=say("cli.help.case"))
    parser.add_argument("--roster", type=Path, required=True, metavar="CSV", help=say("assign.help.roster"))
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help=say("assign.help.out"))
    parser.add_argument(
        "--course-key-file", type=Path, required=True, metavar="FILE", help=say("assign.help.key")
    )
    parser.add_argument("--new-course-key", action="store_true", help=say("assign.help.new_key"))
    parser.add_argument("--only", metavar="ID", help=say("assign.help.only"))
    parser.add_argument("--force", action="store_true", help=say("assign.help.force"))
    parser.add_argument("--language", default="en", choices=languages(), help=say("cli.help.language"))


def _assign(options) -> int:
    from tqdm import tqdm

    from crmlib.workbook import author
    from crmlib.workbook.rounds import course_key, roster
    from crmlib.workbook.rounds.assign import Round, assign

    exercises = author.read(author.find(options.case))
    students = roster.read(options.roster)
    file = options.course_key_file
    key = course_key.new(file) if options.new_course_key else course_key.read(file)
    made = Round(exercises, key, options.out, options.language)
    total = 1 if options.only is not None else len(students.students)
    hidden = not sys.stderr.isatty()
    with tqdm(total=total, unit=say("assign.unit"), desc=exercises.case, leave=False, disable=hidden) as bar:
        done = assign(made, students, only=options.only, force=options.force, on_sheet=bar.update)
    for key, people in (("assign.written", done.written), ("assign.kept", done.kept)):
        if people:
            print(say_count(key, len(people), out=options.out))
    if done.left:
        print(say_count("assign.left", len(done.left), ids=", ".join(done.left)))
    print(say("assign.private_files", out=options.out))
    return 0
