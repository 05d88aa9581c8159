"""The command ``crmlib``: a thin shell over `crmlib.workbook`."""

import argparse
import os
import signal
import sys
from functools import partial

from crmlib.catalogue import say
from crmlib.workbook.exercise_commands import add_exercise_commands
from crmlib.workbook.grading.commands import add_grading_commands
from crmlib.workbook.look_commands import add_look_commands
from crmlib.workbook.outcome import CODES, Refused
from crmlib.workbook.quizzes.commands import add_quiz_commands
from crmlib.workbook.reports.commands import add_reports_commands
from crmlib.workbook.rounds.commands import add_rounds_commands
from crmlib.workbook.run_commands import add_run_commands


def run() -> int:
    """The command as a process: what it came to is not changed by a Ctrl-C while Python winds up."""
    code = main()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return code


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    given = sys.argv[1:] if argv is None else argv
    try:
        options = _parser().parse_args(_joined(given))
        return options.command(options)
    except Refused as error:
        print(say("cli.refused", reason=error), file=sys.stderr)
        return CODES["refused"]
    except KeyboardInterrupt:
        print(say("cli.interrupted"), file=sys.stderr)
        return CODES["interrupted"]
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CODES["error"]


def _joined(argv: list[str]) -> list[str]:
    """``-p name value`` as one word, so that a negative value is no option."""
    joined, words = [], iter(argv)
    for word in words:
        if word not in ("-p", "--parameter"):
            joined.append(word)
            continue
        name = next(words, None)
        if name is not None and "=" not in name:
            value = next(words, None)
            name = None if value is None else f"{name}={value}"
        if name is None:
            raise Refused("cli.parameter.incomplete")
        joined.append(f"--parameter={name}")
    return joined


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="crmlib",
        description=say("cli.description"),
        epilog=_codes(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar=say("cli.metavar.command"))
    add_run_commands(partial(_command, commands), _add_parameter)
    add_look_commands(partial(_command, commands))
    add_exercise_commands(partial(_command, commands), _add_parameter)
    add_rounds_commands(partial(_command, commands), _add_parameter)
    add_grading_commands(partial(_command, commands), _add_parameter)
    add_reports_commands(partial(_command, commands), _add_parameter)
    add_quiz_commands(partial(_command, commands))
    return parser


def _codes() -> str:
    lines = [f"  {code:>3}  {word}" for word, code in CODES.items()]
    return "\n".join([say("cli.codes"), *lines])


def _command(commands, name: str, function, **options) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=say("cli.help." + name),
        description=say("cli.help." + name),
        epilog=_codes(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(command=function)
    return parser


def _add_parameter(parser) -> None:
    parser.add_argument(
        "-p",
        "--parameter",
        action="append",
        default=[],
        metavar=say("cli.metavar.parameter"),
        help=say("cli.help.parameter"),
    )


if __name__ == "__main__":
    raise SystemExit(run())
