"""Executors keep order, bound what is in flight, raise what a task raises, and leave no orphans."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from gg_gym.errors import InputError
from gg_gym.executors import ProcessExecutor, SerialExecutor, make_executor


def test_serial_is_lazy_and_in_order():
    seen = []

    def square(x):
        seen.append(x)
        return x * x

    results = SerialExecutor().map(square, range(3))
    assert seen == [] and next(results) == 0 and seen == [0] and list(results) == [1, 4]
    assert isinstance(make_executor(1), SerialExecutor)
    with pytest.raises(InputError, match="1 or more"):
        ProcessExecutor(0)


def test_processes_keep_order_bound_the_flight_and_raise():
    pulled = []

    def tasks():
        for i in range(8):
            pulled.append(i)
            yield i - 4

    executor = ProcessExecutor(2, in_flight=3)
    try:
        results = executor.map(abs, tasks())
        assert next(results) == 4 and len(pulled) == 3
        assert list(results) == [3, 2, 1, 0, 1, 2, 3]
        with pytest.raises(ValueError, match="invalid literal"):
            list(executor.map(int, ["1", "x"]))
    finally:
        executor.close()
        executor.close()


def test_closing_now_does_not_wait():
    executor = ProcessExecutor(1)
    results = executor.map(time.sleep, [0.0, 60.0])
    next(results)
    begin = time.monotonic()
    executor.close(now=True)
    assert time.monotonic() - begin < 10


def alive(pid):
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_workers_end_when_the_parent_is_killed(tmp_path):
    script = """
        import os, sys, time
        from gg_gym.executors import ProcessExecutor
        if __name__ == "__main__":
            executor = ProcessExecutor(2)
            list(executor.map(time.sleep, [0.1, 0.1]))
            pids = [p.pid for p in executor._pool._processes.values()]
            open(sys.argv[1] + ".new", "w").write(" ".join(map(str, pids)))
            os.replace(sys.argv[1] + ".new", sys.argv[1])
            list(executor.map(time.sleep, [60, 60]))
    """
    program, pids = tmp_path / "program.py", tmp_path / "pids"
    program.write_text(textwrap.dedent(script))
    parent = subprocess.Popen([sys.executable, str(program), str(pids)])
    try:
        deadline = time.monotonic() + 60
        while not pids.exists():
            assert parent.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        workers = [int(pid) for pid in pids.read_text().split()]
        assert len(workers) == 2 and all(map(alive, workers))
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 10
    while any(map(alive, workers)):
        assert time.monotonic() < deadline, "orphaned workers"
        time.sleep(0.02)
