"""One process an item, some at a time: what one does or dies of never reaches another."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import wait

GRACE = 20
PRELOAD = ["crmlib.workbook.engine", "crmlib.workbook.page", "nbconvert.exporters"]


def each(function: Callable, items: list, *, workers: int, lost: Callable, on_done: Callable) -> list:
    """``function(item)`` of every item, in the items' order, each in a fresh process.

    ``lost(item, exit_code)`` stands for the result of a process that died. When this process is
    told to end, the others are ended first.
    """
    context = _context()
    waiting, running, results = list(enumerate(items)), {}, {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                index, item = waiting.pop(0)
                receive, process = _start(context, function, item)
                running[receive] = index, process
            for receive in wait(list(running)):
                index, process = running[receive]
                results[index] = _result(receive, process, items[index], lost)
                del running[receive]
                on_done()
    finally:
        _end([process for _, process in running.values()])
    return [results[index] for index in range(len(items))]


def _context():
    """Processes that inherit the imports of one server, where the system can; it runs nothing."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    return context


def _start(context, function, item):
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(function, item, send))
    process.start()
    send.close()
    return receive, process


def _work(function, item, send) -> None:
    if os.name == "posix":
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the parent's
    result = function(item)
    with suppress(OSError):
        send.send(result)


def _result(receive, process, item, lost):
    try:
        result = receive.recv()
    except EOFError:
        process.join()
        result = lost(item, process.exitcode)
    process.join()
    receive.close()
    return result


def _end(processes) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(GRACE)
        process.kill()
        process.join()
