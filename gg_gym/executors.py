"""Where independent pieces of work run: in this process, or in a bounded pool of processes.

Workers are spawned, not forked, and they end when their parent does: the kernel tells them on Linux
(PR_SET_PDEATHSIG), and a thread that watches the parent's process id tells them everywhere else.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

from gg_gym.errors import InputError

T = TypeVar("T")
R = TypeVar("R")

_PR_SET_PDEATHSIG = 1
_WATCH_SECONDS = 0.5


class Executor(Protocol):
    """Applies a function to tasks and yields the results in the order of the tasks."""

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Yield ``function(task)`` for each task, in order; an exception of a task is raised in its place."""
        ...

    def close(self, now: bool = False) -> None:
        """End the workers, at once or after what runs; idempotent."""
        ...


class SerialExecutor:
    """Runs everything here and now, lazily."""

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Yield ``function(task)`` for each task."""
        for task in tasks:
            yield function(task)

    def close(self, now: bool = False) -> None:
        """Nothing to end."""


def _watch(parent: int) -> None:
    """End this process when its parent is another one than it was."""
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)


def end_with_parent(parent: int) -> None:
    """Make this process end when process ``parent`` does, and leave Ctrl-C to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


class ProcessExecutor:
    """A pool of spawned processes with a bounded number of tasks in flight.

    Args:
        workers: number of processes.
        in_flight: tasks submitted and not yet yielded; default two per worker. It bounds memory.

    Raises:
        InputError: no workers.
    """

    def __init__(self, workers: int, in_flight: int | None = None) -> None:
        if workers < 1:
            raise InputError("workers", str(workers), "1 or more")
        self.workers, self.in_flight = workers, max(1, in_flight or 2 * workers)
        self._pool: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Yield ``function(task)`` in the order of the tasks; function and tasks must be picklable."""
        pool, source = self._ensure(), iter(tasks)
        queue: list[Future[R]] = [pool.submit(function, task) for task in islice(source, self.in_flight)]
        try:
            while queue:
                first = queue.pop(0)
                wait([first], return_when=FIRST_COMPLETED)
                yield first.result()
                queue.extend(pool.submit(function, task) for task in islice(source, 1))
        finally:
            for future in queue:
                future.cancel()

    def _ensure(self) -> ProcessPoolExecutor:
        """Start the pool when it is first needed."""
        if self._pool is None:
            context: Any = get_context("spawn")
            self._pool = ProcessPoolExecutor(
                self.workers, context, initializer=end_with_parent, initargs=(os.getpid(),)
            )
        return self._pool

    def close(self, now: bool = False) -> None:
        """Drop what waits and end the workers: after what they are doing, or ``now`` in the middle of it."""
        if self._pool is None:
            return
        workers = list((self._pool._processes or {}).values())
        if now:
            for worker in workers:
                worker.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = None


def make_executor(workers: int) -> Executor:
    """A serial executor for one worker, a process pool for more."""
    return SerialExecutor() if workers <= 1 else ProcessExecutor(workers)
