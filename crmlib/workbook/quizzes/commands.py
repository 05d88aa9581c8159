"""The commands ``quiz`` and ``bank``."""

import argparse
from collections.abc import Callable
from pathlib import Path

from crmlib.catalogue import say

MOST_QUESTIONS = 50


def add_quiz_commands(add: Callable) -> None:
    """Add the commands: ``add(name, function)`` gives the argparse parser of one."""
    parser = add("quiz", _quiz)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help=say("quiz.help.out"))
    parser.add_argument("--chapter", default="", help=say("quiz.help.chapter"))
    parser.add_argument("--kinds", default="choice,several,classify,numeric", help=say("quiz.help.kinds"))
    parser.add_argument("--number", type=_number, default=10, metavar="N", help=say("quiz.help.number"))
    parser.add_argument("--bank", type=Path, metavar="FOLDER", help=say("quiz.help.bank"))
    parser = add("bank", _bank)
    parser.add_argument("folder", type=Path, nargs="?", help=say("quiz.help.bank"))


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_QUESTIONS:
        raise argparse.ArgumentTypeError(say("quiz.count", value=text, most=MOST_QUESTIONS))
    return int(text)


def _quiz(options) -> int:
    from crmlib.workbook.quizzes.exam import write_exam

    kinds = tuple(filter(None, options.kinds.split(",")))
    path = write_exam(
        options.out, bank=options.bank, chapter=options.chapter, kinds=kinds, number=options.number
    )
    print(say("quiz.exam.written", path=path, folder=options.out))
    return 0


def _bank(options) -> int:
    from crmlib.workbook.quizzes import bank as banks
    from crmlib.workbook.quizzes import lint

    bank = banks.read(options.folder or banks.SHIPPED)
    problems = lint.problems(bank)
    fine = say("quiz.lint.fine", concepts=len(bank.concepts), questions=len(bank.questions))
    print("\n".join(problems) or fine)
    return 1 if problems else 0
