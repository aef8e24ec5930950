"""``gg-gym inspect --priors``: every number that nobody knows well, in one table."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gg_gym.cli.output import emit, say, table
from gg_gym.errors import InputError

#: 95 % quantile of the standard normal.
_Q95 = 1.6448536269514722
_HEAD = ("key", "median", "ln sd", "5-95 %", "unit", "note", "module")
_INTRODUCTION = """# Priors

Numbers that are recalled, estimated or fitted to one place are priors: lognormal, drawn once per world, true for all
poles of that world. `gg-gym inspect --priors --write docs/priors.md` makes this table from the registered physics
modules and sensors; a test requires it to be current. The note says where a number comes from ("recalled": from
memory, no source was read; "estimate": of this project). 5-95 % is the middle 90 % of the draws, ln sd the standard
deviation of the logarithm.
"""


@dataclass(frozen=True)
class Row:
    """One prior, with the modules and sensors that read it."""

    key: str
    median: float
    spread: float
    unit: str
    note: str
    owners: tuple[str, ...]

    @property
    def span(self) -> tuple[float, float]:
        """5 and 95 % quantile."""
        return self.median * math.exp(-_Q95 * self.spread), self.median * math.exp(_Q95 * self.spread)


def collect() -> list[Row]:
    """Every prior of the physics modules and sensors of this package, by key.

    Raises:
        InputError: two owners give one key different numbers.
    """
    from gg_gym.physics import PHYSICS
    from gg_gym.physics.site import Uncertain
    from gg_gym.sensors import PRIORS, SENSORS

    found: dict[str, Uncertain] = {}
    owners: dict[str, list[str]] = {}
    known: list[tuple[str, Any]] = [*PHYSICS.items(), *SENSORS.items()]
    ours = [(k, o) for k, o in known if o.__module__.startswith("gg_gym.") and not k.startswith("gridded.")]
    for key, priors in [("all sensors", PRIORS), *((k, getattr(o, "priors", tuple)()) for k, o in ours)]:
        for prior in priors:
            if found.setdefault(prior.key, prior) != prior:
                raise InputError(f"prior {prior.key}", f"{key} and {owners[prior.key][0]} differ", "one number a key")
            owners.setdefault(prior.key, []).append(key)
    return [
        Row(key, p.median, p.spread, p.unit, p.source, tuple(sorted(set(owners[key]))))
        for key, p in sorted(found.items())
    ]


def markdown(rows: list[Row]) -> str:
    """The page."""
    lines = [
        _INTRODUCTION,
        f"{len(rows)} numbers.",
        "",
        f"| {' | '.join(_HEAD)} |",
        "| --- | ---: | ---: | ---: | --- | --- | --- |",
    ]
    for row in rows:
        cells = [f"`{row.key}`", *(cell.replace("|", "\\|") for cell in _cells(row)[1:])]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> list[str]:
    low, high = row.span
    owners = (
        ", ".join(row.owners) if len(row.owners) < 4 else f"{', '.join(row.owners[:2])} and {len(row.owners) - 2} more"
    )
    return [row.key, f"{row.median:.4g}", f"{row.spread:.3g}", f"{low:.3g} to {high:.3g}", row.unit, row.note, owners]


def show_priors(write: Path | None, as_json: bool) -> None:
    """Print the table, and write it where ``write`` says.

    Raises:
        InputError: the file cannot be written.
    """
    rows = collect()
    if write is not None:
        part = write.with_name(write.name + ".part")
        try:
            part.write_text(markdown(rows), encoding="utf-8")
            os.replace(part, write)
        except OSError as error:
            raise InputError(str(write), f"cannot be written: {error.strerror}", "a writable file") from None
    if as_json:
        emit([{**vars(row), "low": row.span[0], "high": row.span[1]} for row in rows])
    elif write is None:
        table(_HEAD, [_cells(row) for row in rows])
    else:
        say(f"wrote {len(rows)} priors to {write}")
