"""DatasetReader: bounded, verified reading; damage is named by file, block and field."""

from __future__ import annotations

import mmap
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.errors import DamagedFileError, InputError
from gg_gym.records import blocks, manifest
from gg_gym.records.blocks import Buffer, Malformed
from gg_gym.records.chunk import Chunk, ChunkDecoder
from gg_gym.records.record import ChunkPlace, decode_record
from gg_gym.records.run import GROUPS, Array, RunData, RunHeader


class _Mapped:
    """A shard, memory-mapped, its header verified and its blocks indexed."""

    def __init__(self, path: Path, schema: str, count: int) -> None:
        self.path = str(path)
        with manifest.file_errors(path), path.open("rb") as file:
            self.data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        self.header = blocks.read_header(self.data, self.path, schema)
        self.blocks = blocks.scan(self.data, self.header, self.path)
        if len(self.blocks) != count:
            raise DamagedFileError(self.path, "file", f"{len(self.blocks)} blocks, the manifest says {count}")

    def damaged(self, number: int, what: object) -> DamagedFileError:
        return DamagedFileError(self.path, f"block {number} at byte {self.blocks[number][0]}", str(what))

    def payload(self, number: int) -> Buffer:
        """The record in a block: a view of the map, or its decompressed bytes."""
        start, end = self.blocks[number]
        return blocks.decompress(self.data[start:end], self.header.codec)


class DatasetReader:
    """Reads a dataset folder.

    Args:
        folder: dataset folder.

    Raises:
        InputError: no dataset there.
        DamagedFileError: the manifest or the size of a shard does not verify.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.manifest = manifest.read_manifest(self.folder)
        self._decoder = ChunkDecoder()
        self._maps: dict[int, _Mapped] = {}
        self._verified: set[tuple[int, int]] = set()
        self._headers: list[RunHeader] = []
        self._places: dict[str, tuple[RunHeader, ChunkPlace]] = {}
        for shard in self.manifest["shards"]:
            self._index(shard)
            if shard["chunks"] is not None:
                manifest.check_file(self.folder, shard["chunks"])

    def _index(self, shard: dict[str, Any]) -> None:
        """Read the run records of one shard."""
        path = manifest.check_file(self.folder, shard["runs"])
        mapped = _Mapped(path, "RunRecord", shard["runs"]["blocks"])
        for number in range(len(mapped.blocks)):
            try:
                header, place = decode_record(mapped.payload(number))
                if header.run_id in self._places:
                    raise Malformed(f"field run_id: {header.run_id} twice")
            except (Malformed, InputError, ValueError, KeyError, EOFError) as error:
                raise mapped.damaged(number, error) from None
            self._headers.append(header)
            self._places[header.run_id] = (header, place)

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the memory maps: workers of a loader map the files themselves."""
        return {**vars(self), "_maps": {}, "_decoder": ChunkDecoder()}

    def __len__(self) -> int:
        """Number of runs."""
        return len(self._headers)

    def __iter__(self) -> Iterator[RunData]:
        """Iterate over all runs, verified."""
        return (self.read(header.run_id) for header in self._headers)

    @property
    def run_ids(self) -> tuple[str, ...]:
        """Ids in the order of writing."""
        return tuple(self._places)

    @property
    def channels(self) -> list[dict[str, Any]]:
        """Scalar channels in order: name, instrument, unit, low, high, centre, scale."""
        return list(self.manifest["channels"])

    @property
    def digest(self) -> str:
        """Digest of the dataset: SHA-256 of its manifest, which holds the SHA-256 of every shard."""
        return manifest.file_sha256(self.folder / manifest.NAME)

    def runs(self) -> list[RunHeader]:
        """Headers of all runs, in the order of writing."""
        return list(self._headers)

    def place(self, run_id: str) -> ChunkPlace:
        """Where the samples of a run are.

        Raises:
            InputError: no such run.
        """
        try:
            return self._places[run_id][1]
        except KeyError:
            raise InputError(str(self.folder), f"no run {run_id!r}", f"one of {len(self)} ids") from None

    def header(self, run_id: str) -> RunHeader:
        """Header of a run."""
        self.place(run_id)
        return self._places[run_id][0]

    def _mapped(self, shard: int) -> _Mapped:
        if shard not in self._maps:
            entry = self.manifest["shards"][shard]["chunks"] if 0 <= shard < len(self.manifest["shards"]) else None
            if entry is None:
                raise DamagedFileError(str(self.folder), f"shard {shard}", "a run refers to a shard that is not listed")
            path = manifest.check_file(self.folder, entry)
            self._maps[shard] = _Mapped(path, "RunChunk", entry["blocks"])
        return self._maps[shard]

    def chunk(self, run_id: str, index: int, wanted: Collection[str] | None = None, once: bool = False) -> Chunk:
        """One chunk of a run.

        Args:
            run_id: run.
            index: number of the chunk in the run.
            wanted: names of the arrays ("readings/voc"); None = all.
            once: verify a chunk at its first read only (memory-mapped training copies).

        Raises:
            InputError: no such run or chunk.
            DamagedFileError: names file, block and field.
        """
        place = self.place(run_id)
        if not 0 <= index < place.count:
            raise InputError(f"run {run_id}", f"no chunk {index}", f"0 to {place.count - 1}")
        mapped, number = self._mapped(place.shard), place.first + index
        key = (place.shard, number)
        try:
            if number >= len(mapped.blocks):
                raise DamagedFileError(mapped.path, f"block {number}", "a run refers to a block that is not there")
            payload = mapped.payload(number)
            if once and key not in self._verified:
                self._decoder.decode(payload)
                self._verified.add(key)
            found = self._decoder.decode(payload, wanted, verify=not once)
            if (found.run_id, found.index) != (run_id, index):
                raise Malformed(f"field run_id: {found.run_id} chunk {found.index}")
        except (Malformed, UnicodeDecodeError) as error:
            raise mapped.damaged(number, error) from None
        return found

    def read(self, run_id: str, groups: Collection[str] = GROUPS) -> RunData:
        """A run, verified. Arrays are read-only.

        Args:
            run_id: run.
            groups: which groups of arrays to return; ``frame_samples`` always comes.

        Raises:
            InputError: no such run.
            DamagedFileError: names file, block and field.
        """
        place = self.place(run_id)
        parts = [self.chunk(run_id, index) for index in range(place.count)]
        if not parts:
            return RunData(self.header(run_id))
        arrays = parts[0].arrays
        if len(parts) > 1:
            arrays = {name: np.concatenate([p.arrays[name] for p in parts]) for name in arrays}
        sorted_: dict[str, dict[str, Array]] = {group: {} for group in GROUPS}
        frame_samples = np.zeros(0, np.int32)
        for name, array in arrays.items():
            group, _, key = name.partition("/")
            if name == "frame_samples":
                frame_samples = array
            elif group in groups:
                sorted_[group][key] = array
        try:
            return RunData(self.header(run_id), **sorted_, frame_samples=frame_samples)
        except InputError as error:
            raise self._mapped(place.shard).damaged(place.first, error) from None
