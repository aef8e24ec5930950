"""DatasetWriter: runs into shards that are synced and renamed; what is reported as written survives a kill."""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import fastavro
import numpy as np

from gg_gym.errors import InputError
from gg_gym.records import blocks, manifest, schema
from gg_gym.records.chunk import SAMPLES, ChunkDecoder, encode_chunk
from gg_gym.records.reader import DatasetReader
from gg_gym.records.record import ChunkPlace, encode_record
from gg_gym.records.run import GROUPS, Array, RunData, RunHeader, canonical_json, generation_time, is_frames

#: Units of the physical truth.
PHYSICS_UNITS = {"arc_power": "W", "arc_energy": "J", "mass_rate": "kg/s", "mass_lost": "kg", "hot_spot": "K"}
#: Size at which shards are sealed [bytes].
SHARD_BYTES = 256 << 20


class _Shard:
    """A shard being written under a temporary name."""

    def __init__(self, folder: Path, kind: str, index: int, dataset: str, codec: str) -> None:
        self.kind, self.codec, self.count = kind, codec, 0
        self.path = folder / f"{kind}-{index:05d}.avro"
        self.partial = self.path.with_name(f".{self.path.name}.partial")
        name = {"runs": "RunRecord", "chunks": "RunChunk"}[kind]
        keys = {"dataset": dataset, "shard": f"{kind}-{index:05d}", **schema.known(name)}
        header, self.sync = blocks.make_header(schema.load(name), codec, keys)
        with manifest.file_errors(self.partial):
            self.file = self.partial.open("wb")
        self.sha256, self.bytes = hashlib.sha256(), 0
        self._put(header)

    def _put(self, data: bytes) -> None:
        with manifest.file_errors(self.partial):
            self.file.write(data)
        self.sha256.update(data)
        self.bytes += len(data)

    def append(self, payload: bytes) -> None:
        """Add one record as one block."""
        self._put(blocks.frame(payload, self.codec, self.sync))
        self.count += 1

    def seal(self) -> dict[str, Any]:
        """Sync and rename; return the manifest's entry."""
        with manifest.file_errors(self.partial):
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
            os.replace(self.partial, self.path)
        return {"file": self.path.name, "bytes": self.bytes, "sha256": self.sha256.hexdigest(), "blocks": self.count}

    def drop(self) -> None:
        """Forget what was not sealed."""
        self.file.close()
        self.partial.unlink(missing_ok=True)


class DatasetWriter:
    """Writes runs into a dataset folder; opening an existing one continues after its verified shards.

    Runs land in a pair of shards under temporary names. :meth:`commit` (and reaching ``shard_bytes``) syncs and
    renames the pair and replaces the manifest: from then on those runs survive a kill. Commit per round or per
    hundred runs: each commit makes a pair of files. After a resume :meth:`write` skips runs that are there, so a
    generator may start over from its last checkpoint and ends with the same bytes.

    Args:
        folder: created if missing.
        name: name of the dataset; part of every shard's marker.
        channels: scalar channels in order: name, instrument, unit, low, high, centre, scale.
        config: what the dataset was made from; plain JSON.
        split: split of the dataset.
        codec: "zstandard" (filtered, checksummed frames) or "null" (memory-mapped by readers).
        shard_bytes: size at which a pair of shards is sealed.
        parent: digest of the dataset that this one was made from.

    Raises:
        InputError: the folder cannot be written, is written by another process, or holds another dataset.
        DamagedFileError: a shard of the existing dataset does not verify.
    """

    def __init__(
        self,
        folder: str | Path,
        name: str,
        *,
        channels: Sequence[Mapping[str, Any]] = (),
        config: Mapping[str, Any] | None = None,
        split: str = "train",
        codec: str = "zstandard",
        shard_bytes: int = SHARD_BYTES,
        parent: str = "",
    ) -> None:
        if codec not in blocks.CODECS:
            raise InputError("codec", repr(codec), ", ".join(blocks.CODECS))
        self.folder = Path(folder)
        plain = manifest.check_channels(channels)
        self._units = _units(plain)
        self._identity: dict[str, Any] = {
            "name": name,
            "channels": plain,
            "config": dict(config or {}),
            "split": split,
            "codec": codec,
            "parent": parent,
            "schemas": {key: schema.known(key) for key in schema.STORAGE},
        }
        canonical_json(self._identity, "config")
        self._shard_bytes = shard_bytes
        self._layouts = ChunkDecoder()
        self._pending: list[str] = []
        self._shards: tuple[_Shard, _Shard] | None = None
        with manifest.file_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = weakref.finalize(self, os.close, self._take_lock())
        try:
            self._manifest, self._ids = self._open()
        except BaseException:
            self._lock()
            raise
        self._skippable = set(self._ids)
        self._known = set(self._ids)

    def _take_lock(self) -> int:
        with manifest.file_errors(self.folder):
            descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise InputError(str(self.folder), "is written by another process", "one writer at a time") from None
        return descriptor

    def _open(self) -> tuple[manifest.Manifest, list[str]]:
        """Continue an existing dataset, or begin a new one."""
        for partial in self.folder.glob(".*.partial"):
            partial.unlink()
        if not (self.folder / manifest.NAME).exists():
            body = self._new_manifest()
            manifest.write_manifest(self.folder, body)
            return body, []
        body = manifest.read_manifest(self.folder)
        for key, value in self._identity.items():
            if canonical_json(body.get(key)) != canonical_json(value):
                raise InputError(
                    str(self.folder), f"holds a dataset with another {key}", "the same one, or a new folder"
                )
        for shard in body["shards"]:
            for kind in ("runs", "chunks"):
                if shard[kind] is not None:
                    manifest.check_file(self.folder, shard[kind], thorough=True)
        return body, list(DatasetReader(self.folder).run_ids)

    def _new_manifest(self) -> manifest.Manifest:
        versions = {"python": sys.version.split()[0], "numpy": np.__version__, "fastavro": fastavro.__version__}
        counts = {"runs": 0, "chunks": 0}
        fixed = {"format": manifest.FORMAT, "created": generation_time(), "versions": versions}
        return {**self._identity, **fixed, "shards": [], "counts": counts}

    def __len__(self) -> int:
        """Number of runs, written and pending."""
        return len(self._ids)

    @property
    def run_ids(self) -> tuple[str, ...]:
        """Ids of all runs, written and pending."""
        return tuple(self._ids)

    def write(self, run: RunData | RunHeader) -> bool:
        """Add a run; a header alone is a run whose samples are not kept.

        Returns:
            False if the run was there when the dataset was opened (a resumed generation), else True.

        Raises:
            InputError: a run with the same id was added in this session, or readings that do not fit the channels.
        """
        data = run if isinstance(run, RunData) else RunData(run)
        run_id = data.header.run_id
        if run_id in self._skippable:
            self._skippable.discard(run_id)
            return False
        if run_id in self._known:
            raise InputError("run_id", f"{run_id} is in the dataset already", "a new run")
        self._check_channels(data)
        payloads = self._chunks(data) if data.has_samples else []
        runs, chunks = self._open_shards()
        place = ChunkPlace(self._index, chunks.count, len(payloads)) if payloads else ChunkPlace()
        record = encode_record(data.header, place)
        for payload in payloads:
            chunks.append(payload)
        runs.append(record)
        self._ids.append(run_id)
        self._pending.append(run_id)
        self._known.add(run_id)
        if runs.bytes + chunks.bytes >= self._shard_bytes:
            self.commit()
        return True

    @property
    def _index(self) -> int:
        return len(self._manifest["shards"])

    def _open_shards(self) -> tuple[_Shard, _Shard]:
        if self._shards is None:
            name, codec = str(self._identity["name"]), str(self._identity["codec"])
            self._shards = (
                _Shard(self.folder, "runs", self._index, name, codec),
                _Shard(self.folder, "chunks", self._index, name, codec),
            )
        return self._shards

    def _check_channels(self, data: RunData) -> None:
        """Readings must be as wide as the channel list says."""
        widths: dict[str, int] = {}
        for channel in self._identity["channels"]:
            widths[channel["instrument"]] = widths.get(channel["instrument"], 0) + 1
        for instrument, width in widths.items():
            array = data.readings.get(instrument)
            if data.has_samples and (array is None or array.shape[1:] != (width,)):
                found = None if array is None else array.shape
                raise InputError(f"readings.{instrument}", f"shape {found}", f"(samples, {width})")

    def _chunks(self, data: RunData) -> list[bytes]:
        """Encode the arrays of a run in chunks of 64 samples."""
        filtered = self._identity["codec"] != "null"
        out = []
        for index, t0 in enumerate(range(0, data.header.samples, SAMPLES)):
            t1 = min(t0 + SAMPLES, data.header.samples)
            f0, f1 = np.searchsorted(data.frame_samples, (t0, t1))
            arrays: dict[str, Array] = {}
            for group in GROUPS:
                for name, a in getattr(data, group).items():
                    arrays[f"{group}/{name}"] = a[f0:f1] if is_frames(a) else a[t0:t1]
            arrays["frame_samples"] = data.frame_samples[f0:f1]
            out.append(
                encode_chunk(data.header.run_id, index, t0, t1 - t0, arrays, self._units, filtered, self._layouts)
            )
        return out

    def commit(self) -> int:
        """Seal the pending runs; returns the number of runs that now survive a kill.

        Raises:
            InputError: the folder cannot be written (disk full, permissions).
        """
        if self._shards is not None:
            runs, chunks = self._shards
            entry: dict[str, Any] = {"index": self._index, "runs": runs.seal(), "chunks": None}
            if chunks.count:
                entry["chunks"] = chunks.seal()
            else:
                chunks.drop()
            self._shards = None
            counts = self._manifest["counts"]
            counts = {"runs": counts["runs"] + runs.count, "chunks": counts["chunks"] + chunks.count}
            body = {**self._manifest, "shards": [*self._manifest["shards"], entry], "counts": counts}
            manifest.write_manifest(self.folder, body)
            self._manifest, self._pending = body, []
        return int(self._manifest["counts"]["runs"])

    def discard(self) -> None:
        """Forget the runs since the last commit."""
        if self._shards is not None:
            for shard in self._shards:
                shard.drop()
            self._shards = None
        for run_id in self._pending:
            self._ids.remove(run_id)
            self._known.discard(run_id)
        self._pending = []

    def close(self) -> None:
        """Commit and let go of the folder."""
        if self._lock.alive:
            try:
                self.commit()
            finally:
                self._lock()

    def __enter__(self) -> DatasetWriter:
        """Return the writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit; after an error, forget what was not committed."""
        if kind is not None:
            self.discard()
        self.close()


def _units(channels: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Tensor name to unit."""
    by_instrument: dict[str, list[str]] = {}
    for channel in channels:
        by_instrument.setdefault(channel["instrument"], []).append(channel["unit"])
    units = {f"physics/{name}": unit for name, unit in PHYSICS_UNITS.items()}
    units |= {"readings/thermal": "cK", "truth/thermal": "dK"}
    for instrument, each in by_instrument.items():
        text = each[0] if len(set(each)) == 1 else " ".join(each)
        units |= {f"readings/{instrument}": text, f"truth/{instrument}": text}
    return units
