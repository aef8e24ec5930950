"""How the commands speak: errors on one line, tables, JSON, and progress with rate and remaining time."""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

import typer

from gg_gym.errors import DamagedFileError, GGGymError, InputError

P = ParamSpec("P")
R = TypeVar("R")

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
#: Seconds between two lines of progress where there is no terminal.
EVERY = 5.0


def say(text: str = "") -> None:
    """A line for people."""
    typer.echo(text)


def complain(text: str) -> None:
    """One line on stderr, whatever line breaks the message holds."""
    typer.echo("gg-gym: " + " ".join(text.split()), err=True)


def guarded(resume: str = "") -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a command: expected errors become one line and an exit status.

    Args:
        resume: what an interrupted user should do.
    """

    def decorate(command: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(command)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return command(*args, **kwargs)
            except (InputError, DamagedFileError) as error:
                complain(str(error))
                raise typer.Exit(BAD_INPUT) from None
            except GGGymError as error:
                complain(str(error))
                raise typer.Exit(FAILED) from None
            except KeyboardInterrupt:
                complain("interrupted" + (f"; {resume}" if resume else ""))
                raise typer.Exit(INTERRUPTED) from None

        return run

    return decorate


def emit(value: Any) -> None:
    """Print JSON for a script."""
    typer.echo(json.dumps(value, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    """NumPy values and whatever else has no JSON form."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table with aligned columns: numbers to the right, words to the left."""
    shown = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(head), *shown]) for i in range(len(head))]
    right = [bool(rows) and all(isinstance(row[i], (int, float, type(None))) for row in rows) for i in range(len(head))]
    for line in [list(head), *shown]:
        cells = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(line, widths, right, strict=True)]
        say("  ".join(cells).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def facts(values: Mapping[str, Any], indent: str = "") -> None:
    """Print nested mappings as indented lines."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            say(f"{indent}{key}:")
            facts(value, indent + "  ")
        elif isinstance(value, (list, tuple)) and value and isinstance(value[0], Mapping):
            say(f"{indent}{key}:")
            head = list(dict.fromkeys(k for row in value for k in row))
            table([indent + "  " + head[0], *head[1:]], [_indented(indent, row, head) for row in value])
        else:
            listed = isinstance(value, (list, tuple))
            say(f"{indent}{key}: {', '.join(map(_cell, value)) if listed else _cell(value)}")


def _indented(indent: str, row: Mapping[str, Any], head: Sequence[str]) -> list[Any]:
    first, *rest = (row.get(key) for key in head)
    return [f"{indent}  {_cell(first)}", *rest]


class Progress:
    """Progress as a callable: ``progress("train", 3, 10, "member 2")``.

    On a terminal bars with rate and remaining time, elsewhere a plain line every few seconds. A context manager.

    Args:
        quiet: print nothing (for ``--json``).
    """

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty() and not quiet
        self._rich: Any = None
        self._tasks: dict[str, Any] = {}
        self._started: dict[str, tuple[float, int]] = {}
        self._said: dict[str, float] = {}

    def __enter__(self) -> Progress:
        """Begin."""
        if self._terminal:
            self._rich = _bars()
            self._rich.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state of the bars on the screen."""
        if self._rich is not None:
            self._rich.stop()
            self._rich = None

    def __call__(self, what: str, done: int, total: int, note: str = "") -> None:
        """Say that ``done`` of ``total`` pieces of ``what`` are finished, the last of them ``note``."""
        if self._quiet:
            return
        now = time.monotonic()
        first = what not in self._started
        start, base = self._started.setdefault(what, (now, done))
        if self._rich is not None:
            self._bar(what, done, total, note)
        elif first or done >= total or now - self._said[what] >= EVERY:
            self._said[what] = now
            line = _line(what, done, total, done - base, now - start)
            typer.echo(f"{line} ({note})" if note else line, err=True)

    def _bar(self, what: str, done: int, total: int, note: str) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._rich.add_task(what, total=total, completed=done)
        text = f"{what}: {note}" if note else what
        self._rich.update(self._tasks[what], completed=done, total=total, description=text)


def _line(what: str, done: int, total: int, since: int, seconds: float) -> str:
    """A plain line: how far, how fast, how long still."""
    text = f"{what}: {done}/{total}"
    if since <= 0 or seconds <= 0:
        return text
    rate = since / seconds
    text += f", {rate:.3g}/s"
    return text + (f", {(total - done) / rate:.0f} s left" if done < total else f", {seconds:.0f} s")


def _bars() -> Any:
    """Bars with count, rate and remaining time, on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Rich
    from rich.text import Text

    class Rate(ProgressColumn):
        """Pieces a second."""

        def render(self, task: Any) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:.3g}/s")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    return Rich(*columns, console=Console(stderr=True))
