"""Cells: the finished pieces of a study, one folder each, that appear whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gg_gym.errors import InputError

_PARTIAL = ".partial"
CELL = "cell.json"


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write JSON under a temporary name, sync and rename; keys sorted, one form for equal data."""
    text = json.dumps(data, sort_keys=True, indent=1, allow_nan=False) + "\n"
    temporary = path.with_name(path.name + ".tmp")
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        InputError: missing or not a JSON object.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(str(path), "no such file", "a file of a study") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"no valid JSON: {error}", "a file of a study") from None
    if not isinstance(data, dict):
        raise InputError(str(path), "no JSON object", "a file of a study")
    return data


def is_done(folder: Path) -> bool:
    """Whether a cell is finished."""
    return (folder / CELL).is_file()


@contextmanager
def new_cell(folder: Path) -> Iterator[Path]:
    """Work in a partial folder that becomes ``folder`` when the block ends well; an old partial is thrown away.

    Yields:
        The partial folder. What an exception or a kill leaves there is deleted by the next attempt.

    Raises:
        InputError: the place cannot be written.
    """
    partial = folder.with_name(folder.name + _PARTIAL)
    try:
        if partial.exists():
            shutil.rmtree(partial)
        partial.mkdir(parents=True)
    except OSError as error:
        raise InputError(str(folder.parent), f"cannot be written: {error.strerror}", "a writable folder") from None
    yield partial
    if not is_done(partial):
        raise RuntimeError(f"{partial} was left without {CELL}")
    descriptor = os.open(partial, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(partial, folder)
