"""Exports for others: Parquet for analysts, exchange packages in Avro or JSON."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import numpy as np

from gg_gym.errors import DamagedFileError, InputError
from gg_gym.records import exchange, schema
from gg_gym.records.manifest import file_errors, write_atomically
from gg_gym.records.reader import DatasetReader
from gg_gym.records.run import RunData

FORMS = ("avro", "json")
#: Largest exchange file that is read [bytes].
MAX_FILE = 256 << 20


def _columns(data: RunData, names: dict[str, list[str]], truth: bool) -> dict[str, Any]:
    """One run as columns: one row per sample."""
    n, header = data.header.samples, data.header
    sample = np.arange(n, dtype=np.int32)
    columns: dict[str, Any] = {
        "run_id": [header.run_id] * n,
        "family": [header.family] * n,
        "site": [header.site] * n,
        "split": [header.split] * n,
        "sample": sample,
        "time_s": sample * header.dt,
    }
    for instrument, channels in names.items():
        for i, name in enumerate(channels):
            columns[name] = data.readings[instrument][:, i]
            if truth:
                columns[f"truth.{name}"] = data.truth[instrument][:, i]
        columns[f"status.{instrument}"] = data.status[instrument]
    columns |= {f"label.{name}": values for name, values in data.labels.items()}
    if truth:
        columns |= {f"physics.{name}": values for name, values in data.physics.items()}
    return columns


def to_parquet(folder: str | Path, path: str | Path, truth: bool = False) -> int:
    """Write the scalars of all runs to one Parquet file, one row per sample; returns the number of rows.

    Units are in the fields' metadata. Frames stay in Avro.

    Args:
        folder: dataset folder.
        path: file to write, under a temporary name until it is complete.
        truth: add ideal readings and physical truth.

    Raises:
        InputError: no dataset, no runs with samples, or a place that cannot be written.
        DamagedFileError: the dataset does not verify.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    reader, target = DatasetReader(folder), Path(path)
    names: dict[str, list[str]] = {}
    for channel in reader.channels:
        names.setdefault(channel["instrument"], []).append(channel["name"])
    units = {c["name"]: c["unit"] for c in reader.channels}
    partial, writer, rows = target.with_name(f".{target.name}.partial"), None, 0
    try:
        with file_errors(target):
            for data in (run for run in reader if run.has_samples):
                table = pa.table(_columns(data, names, truth))
                if writer is None:
                    fields = [
                        f.with_metadata({"unit": units.get(f.name.removeprefix("truth."), "1")}) for f in table.schema
                    ]
                    writer = pq.ParquetWriter(partial, pa.schema(fields), compression="zstd")
                writer.write_table(table.cast(writer.schema))
                rows += table.num_rows
            if writer is None:
                raise InputError(str(folder), "no run with samples", "a dataset with samples")
            writer.close()
            os.replace(partial, target)
    finally:
        if writer is not None:
            writer.close()
        partial.unlink(missing_ok=True)
    return rows


def to_exchange(folder: str | Path, path: str | Path, form: str = "avro", truth: bool = False) -> int:
    """Write all runs as ``ScenarioRunPackage`` records; returns their number.

    Raises:
        InputError: unknown form, no dataset, arrays without exchange form, a place that cannot be written.
        DamagedFileError: the dataset does not verify.
    """
    if form not in FORMS:
        raise InputError("form", repr(form), ", ".join(FORMS))
    reader = DatasetReader(folder)
    packages = [exchange.to_package(data, reader.channels, truth) for data in reader]
    write_atomically(Path(path), dump("ScenarioRunPackage", packages, form))
    return len(packages)


def dump(name: str, records: list[dict[str, Any]], form: str = "avro") -> bytes:
    """Records of an exchange form as an Avro file (deflate, readable everywhere) or as lines of Avro JSON."""
    if form == "avro":
        buffer = io.BytesIO()
        marker = schema.known(name)["semantic"].encode()[:16]
        fastavro.writer(buffer, schema.load(name), records, codec="deflate", sync_marker=marker)
        return buffer.getvalue()
    text = io.StringIO()
    fastavro.json_writer(text, schema.load(name), records)
    return text.getvalue().encode()


def parse(name: str, data: bytes, form: str = "avro") -> Iterator[dict[str, Any]]:
    """Inverse of :func:`dump`; named types of unions come back as (name, record)."""
    parsed = schema.load(name)
    if form == "avro":
        source: Any = fastavro.reader(io.BytesIO(data), return_record_name=True, return_record_name_override=True)
        if schema.fingerprints(dict(source.writer_schema))["semantic"] != schema.known(name)["semantic"]:
            raise InputError("schema", f"the file's schema is not {name}", schema.known(name)["version"])
    else:
        source = fastavro.json_reader(io.StringIO(data.decode()), parsed)
    for record in source:
        assert isinstance(record, dict)
        if name == "ScenarioRunPackage" and not isinstance(record["generation_timestamp_utc"], int):
            record["generation_timestamp_utc"] = round(record["generation_timestamp_utc"].timestamp() * 1000)
        yield record


def from_exchange(path: str | Path, form: str = "avro") -> list[RunData]:
    """Read packages back into runs.

    Raises:
        InputError: unknown form, no such file, larger than the limit, or not a package.
        DamagedFileError: the file cannot be parsed.
    """
    if form not in FORMS:
        raise InputError("form", repr(form), ", ".join(FORMS))
    source = Path(path)
    with file_errors(source):
        if source.stat().st_size > MAX_FILE:
            raise InputError(str(source), f"{source.stat().st_size} bytes", f"at most {MAX_FILE}")
        data = source.read_bytes()
    try:
        return [exchange.from_package(package) for package in parse("ScenarioRunPackage", data, form)]
    except InputError:
        raise
    except Exception as error:
        raise DamagedFileError(str(source), "record", f"{type(error).__name__}: {error}") from None
