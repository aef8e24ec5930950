"""Transcoding: the memory-mapped training copy of a dataset, or the compressed one of a copy."""

from __future__ import annotations

from pathlib import Path

from gg_gym.errors import InputError
from gg_gym.records.reader import DatasetReader
from gg_gym.records.writer import SHARD_BYTES, DatasetWriter


def transcode(folder: str | Path, out: str | Path, codec: str = "null", shard_bytes: int = SHARD_BYTES) -> int:
    """Copy a dataset under another codec, every checksum verified; returns the number of runs.

    The copy names its parent's digest. An interrupted copy continues when it is started again.

    Args:
        folder: dataset folder.
        out: folder of the copy.
        codec: "null" (memory-mapped, no filters) or "zstandard".
        shard_bytes: size at which shards of the copy are sealed.

    Raises:
        InputError: no dataset, the same folder, or a place that cannot be written.
        DamagedFileError: the source does not verify.
    """
    if Path(folder).resolve() == Path(out).resolve():
        raise InputError(str(out), "is the source", "another folder")
    reader = DatasetReader(folder)
    source = reader.manifest
    with DatasetWriter(
        out,
        source["name"],
        channels=source["channels"],
        config=source["config"],
        split=source["split"],
        codec=codec,
        shard_bytes=shard_bytes,
        parent=reader.digest,
    ) as writer:
        for run in reader:
            writer.write(run)
    return len(reader)
