"""RunChunk: 64 samples in columns. Encoding by fastavro; decoding by one walk over lengths, remembered per layout."""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import fastavro
import numpy as np

from gg_gym.records import tensors
from gg_gym.records.blocks import Buffer, Malformed, get_bytes, get_long
from gg_gym.records.run import DTYPES, Array
from gg_gym.records.schema import load

SAMPLES = 64
_MAX_TENSORS = 4096


@dataclass(frozen=True)
class Tensor:
    """Where one array lies in a record: name, type, shape, filter, and the places of its checksum and its data."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    filter: str
    crc_at: int
    start: int
    end: int


@dataclass(frozen=True)
class Layout:
    """Where everything lies in a record of one shape.

    Attributes:
        numbers: index, first sample, samples.
        arrays: the tensors.
        gaps: (start, end) of the bytes between the tensors' data.
        mask: for those bytes, 255 where every record of this layout has the same byte.
        pattern: those bytes under the mask.
    """

    numbers: tuple[int, int, int]
    arrays: tuple[Tensor, ...]
    gaps: tuple[tuple[int, int], ...]
    mask: Array
    pattern: bytes

    def small(self, data: Buffer) -> bytes:
        """All bytes of a record but the tensors' data and the record's own checksum."""
        return b"".join([data[a:b] for a, b in self.gaps])


def crc(data: Buffer) -> bytes:
    """CRC-32 as four little-endian bytes."""
    return zlib.crc32(data).to_bytes(4, "little")


def tensor_record(name: str, array: Array, unit: str, filter_: str) -> dict[str, object]:
    """One array as a Tensor record."""
    data = tensors.encode(array, filter_).reshape(-1).view(np.uint8).data
    shape = list(array.shape)
    meta = {"name": name, "dtype": array.dtype.str, "shape": shape, "unit": unit, "filter": filter_}
    return {**meta, "crc32": crc(data), "data": data}


def _shape(data: Buffer, at: int) -> tuple[tuple[int, ...], int]:
    """An Avro array of integers at ``at``."""
    shape: list[int] = []
    while True:
        count, at = get_long(data, at)
        if count == 0:
            return tuple(shape), at
        if not 0 < count <= 8:
            raise Malformed(f"an array with {count} axes")
        for _ in range(count):
            size, at = get_long(data, at)
            shape.append(size)


def _tensor(data: Buffer, at: int) -> tuple[Tensor, int]:
    """One Tensor record at ``at``."""
    texts: list[str] = []
    shape: tuple[int, ...] = ()
    for name in ("name", "dtype", "shape", "unit", "filter"):
        if name == "shape":
            shape, at = _shape(data, at)
            continue
        start, at = get_bytes(data, at)
        texts.append(bytes(data[start:at]).decode())
    start, end = get_bytes(data, at + 4)
    name, dtype, _, filter_ = texts
    if dtype not in DTYPES or filter_ not in tensors.FILTERS or min(shape, default=0) < 0:
        raise Malformed(f"field {name}: type {dtype}, shape {shape}, filter {filter_}")
    if math.prod(shape) * np.dtype(dtype).itemsize != end - start:
        raise Malformed(f"field {name}: {end - start} bytes do not fill shape {shape}")
    return Tensor(name, np.dtype(dtype), shape, filter_, at, start, end), end


def walk(data: Buffer) -> Layout:
    """Find every field of an encoded chunk.

    Raises:
        Malformed: lengths, types or shapes do not fit together.
    """
    id_start, at = get_bytes(data, 0)
    id_end, numbers = at, []
    for _ in range(3):
        number, at = get_long(data, at)
        numbers.append(number)
    found: list[Tensor] = []
    while True:
        count, at = get_long(data, at)
        if count == 0:
            break
        if not 0 < count <= _MAX_TENSORS:
            raise Malformed(f"{count} tensors")
        for _ in range(count):
            tensor, at = _tensor(data, at)
            found.append(tensor)
    if at + 4 != len(data):
        raise Malformed("the record does not end where its block ends")
    edges = [0, *(edge for t in found for edge in (t.start, t.end)), at]
    gaps = tuple(zip(edges[::2], edges[1::2], strict=True))
    fixed = np.full(len(data), 255, np.uint8)
    fixed[id_start:id_end] = 0
    for t in found:
        fixed[t.crc_at : t.crc_at + 4] = 0
    mask = np.concatenate([fixed[a:b] for a, b in gaps])
    small = np.frombuffer(b"".join([data[a:b] for a, b in gaps]), np.uint8)
    return Layout((numbers[0], numbers[1], numbers[2]), tuple(found), gaps, mask, (small & mask).tobytes())


@dataclass(frozen=True)
class Chunk:
    """A decoded chunk.

    Attributes:
        run_id: run.
        index: number of the chunk in its run.
        t0: first sample.
        samples: samples in the chunk.
        arrays: name to array, read-only views where no filter was applied.
    """

    run_id: str
    index: int
    t0: int
    samples: int
    arrays: dict[str, Array]


class ChunkDecoder:
    """Decodes chunks; records of one size usually share one layout, which is then compared and not walked again."""

    def __init__(self) -> None:
        self._layouts: dict[int, Layout] = {}

    def layout(self, data: Buffer) -> tuple[Layout, bytes]:
        """Layout of a record, and all its bytes but the tensors' data and its own checksum."""
        layout = self._layouts.get(len(data))
        if layout is not None:
            small = layout.small(data)
            if (np.frombuffer(small, np.uint8) & layout.mask).tobytes() == layout.pattern:
                return layout, small
        layout = walk(data)
        if len(self._layouts) < 1024:
            self._layouts[len(data)] = layout
        return layout, layout.small(data)

    def decode(self, data: Buffer, wanted: Collection[str] | None = None, verify: bool = True) -> Chunk:
        """Decode one chunk and verify every checksum of what is returned.

        Args:
            data: the record.
            wanted: names of the arrays to return; None = all.
            verify: False skips the checksums (of a record that has been verified before).

        Raises:
            Malformed: names the field that does not verify.
        """
        layout, small = self.layout(data)
        if verify and crc(small) != data[-4:]:
            raise Malformed("field record_crc32: the record's checksum does not match")
        view, out, crc32 = memoryview(data), {}, zlib.crc32
        for t in layout.arrays:
            if wanted is not None and t.name not in wanted:
                continue
            at = t.crc_at
            if verify and crc32(view[t.start : t.end]) != int.from_bytes(view[at : at + 4], "little"):
                raise Malformed(f"field {t.name}: checksum does not match")
            if t.filter == "none":
                out[t.name] = np.ndarray(t.shape, t.dtype, data, t.start)
                continue
            stored = np.frombuffer(data, np.uint8, t.end - t.start, t.start)
            out[t.name] = tensors.decode(stored, t.filter, t.dtype.str, t.shape)
        start, end = get_bytes(data, 0)
        return Chunk(bytes(data[start:end]).decode(), *layout.numbers, out)


def encode_chunk(
    run_id: str,
    index: int,
    t0: int,
    samples: int,
    arrays: Mapping[str, Array],
    units: Mapping[str, str],
    filtered: bool,
    layouts: ChunkDecoder | None = None,
) -> bytes:
    """Encode one chunk.

    Args:
        run_id: run.
        index: number of the chunk in its run.
        t0: first sample.
        samples: samples in the chunk.
        arrays: name to array, contiguous.
        units: name to unit.
        filtered: apply the lossless filters (for compressed files).
        layouts: remembers layouts from chunk to chunk.
    """
    records = [
        tensor_record(name, a, units.get(name, "1"), tensors.choose_filter(a) if filtered else "none")
        for name, a in arrays.items()
    ]
    body = {"run_id": run_id, "index": index, "t0": t0, "samples": samples, "tensors": records}
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, load("RunChunk"), {**body, "record_crc32": bytes(4)})
    data = buffer.getvalue()
    _, small = (layouts or ChunkDecoder()).layout(data)
    return data[:-4] + crc(small)
