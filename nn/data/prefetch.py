"""An iterator that works ahead in a background thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextvars import copy_context
from queue import SimpleQueue
from threading import Semaphore, Thread, current_thread
from typing import Any


def prefetched(source: Iterator[Any], ahead: int) -> Iterator[Any]:
    """The items of `source`, up to `ahead` of them computed in advance.

    An exception in the thread is raised here, after the items before it. The thread ends with the source, or when this
    generator is closed or deleted, as by a `break` out of a for loop; it holds no reference to the generator.

    Raises RuntimeError in a forked process, where the thread is not.
    """
    home = os.getpid()
    room, ready = Semaphore(ahead), SimpleQueue[tuple[str, Any]]()
    stopped: list[bool] = []
    thread = Thread(target=copy_context().run, args=(_work, source, room, ready, stopped), daemon=True, name="prefetch")
    thread.start()
    try:
        while True:
            _check_at_home(home)
            kind, value = ready.get()
            if kind == "error":
                try:
                    raise value
                finally:
                    del value  # its traceback holds this frame
            if kind == "end":
                return
            room.release()
            yield value
            del value  # it is not held while the next one is made
    finally:
        stopped.append(True)
        if os.getpid() == home:  # elsewhere the locks may be held by a thread that is not there
            room.release()
            if thread is not current_thread():
                thread.join()


def _check_at_home(home: int) -> None:
    if (here := os.getpid()) != home:
        raise RuntimeError(
            f"DataLoader: this iterator was made in process {home}, where the thread that reads ahead is, and is of no "
            f"use in process {here}, forked from it: make another with iter(loader) there, or use prefetch=0"
        )


def _work(source: Iterator[Any], room: Semaphore, ready: SimpleQueue[tuple[str, Any]], stopped: list[bool]) -> None:
    try:
        while room.acquire() and not stopped:
            ready.put(("item", next(source)))
    except StopIteration:
        ready.put(("end", None))
    except BaseException as error:
        ready.put(("error", error))
