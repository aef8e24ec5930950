"""Validation: does a dataset hold what it says, and is it plausible?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gg_gym.errors import DamagedFileError
from gg_gym.records import manifest
from gg_gym.records.reader import DatasetReader
from gg_gym.records.run import MISSING, RunData
from gg_gym.scenarios.base import EVENT_CLASSES


@dataclass
class ValidationReport:
    """What a validation found.

    Attributes:
        folder: dataset folder.
        runs: runs verified.
        chunks: chunks verified.
        bytes: bytes of all shards.
        errors: damage and broken promises, one line each.
        warnings: implausible or unexpected things, one line each.
    """

    folder: str
    runs: int = 0
    chunks: int = 0
    bytes: int = 0
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether there are no errors."""
        return not self.errors


def validate(folder: str | Path) -> ValidationReport:
    """Verify every byte of a dataset and check its content.

    Damage is listed, not raised.

    Raises:
        InputError: there is no dataset.
    """
    path, report = Path(folder), ValidationReport(str(folder))
    try:
        body = manifest.read_manifest(path)
        listed = {manifest.NAME}
        for shard in body["shards"]:
            for entry in (shard["runs"], shard["chunks"]):
                if entry is not None:
                    listed.add(entry["file"])
                    report.bytes += entry["bytes"]
                    _try(report, path, entry)
        stray = sorted(p.name for p in path.iterdir() if p.name not in listed)
        report.warnings += [f"{name}: not listed in the manifest" for name in stray]
        _check_runs(report, DatasetReader(path))
    except DamagedFileError as error:
        report.errors.append(str(error))
    return report


def _try(report: ValidationReport, folder: Path, entry: dict[str, object]) -> None:
    try:
        manifest.check_file(folder, entry, thorough=True)
    except DamagedFileError as error:
        report.errors.append(str(error))


def _check_runs(report: ValidationReport, reader: DatasetReader) -> None:
    """Read every run; count, and look at labels and ranges."""
    for run_id in reader.run_ids:
        try:
            data = reader.read(run_id)
        except DamagedFileError as error:
            report.errors.append(str(error))
            continue
        report.runs += 1
        report.chunks += reader.place(run_id).count
        report.errors += [f"run {run_id}: {line}" for line in _labels(data)]
        report.warnings += [f"run {run_id}: {line}" for line in _ranges(data, reader)]
    counts = reader.manifest["counts"]
    if not report.errors and (report.runs, report.chunks) != (counts["runs"], counts["chunks"]):
        report.errors.append(f"manifest counts {counts}, found {report.runs} runs and {report.chunks} chunks")


def _labels(data: RunData) -> Iterator[str]:
    """Labels must be in range and agree with the header."""
    event, severity = data.labels.get("event_class"), data.labels.get("severity")
    if event is None or severity is None:
        return
    if event.max(initial=0) >= len(EVENT_CLASSES):
        yield f"event_class {event.max()}, allowed 0 to {len(EVENT_CLASSES) - 1}"
    if not ((severity >= 0) & (severity <= 1)).all():
        yield "severity outside 0 to 1"


def _ranges(data: RunData, reader: DatasetReader) -> Iterator[str]:
    """Valid readings should lie within the channels' bounds."""
    column: dict[str, int] = {}
    for channel in reader.channels:
        key = channel["instrument"]
        index = column.get(key, 0)
        column[key] = index + 1
        if key not in data.readings or key not in data.status:
            continue
        values = data.readings[key][(data.status[key] & MISSING) == 0, index]
        outside = np.count_nonzero(~((values >= channel["low"]) & (values <= channel["high"])))
        if outside:
            span = f"{channel['low']} to {channel['high']} {channel['unit']}"
            yield f"{channel['name']}: {outside} readings outside {span}"
