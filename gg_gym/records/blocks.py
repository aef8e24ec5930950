"""Avro object container files, one record per block, with bounds: what is read is checked before it is believed.

Source: Apache Avro 1.12 specification, "Object Container Files", "Binary Encoding". The header is written by
fastavro, the blocks here, so that zstandard frames carry a checksum. The sync marker is a hash of the
header's metadata: equal input gives equal bytes, and a header that was changed does not match its own marker.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass

import fastavro
from backports import zstd

from gg_gym.errors import DamagedFileError, InputError
from gg_gym.records.schema import Schema, fingerprints, known

CODECS = ("null", "zstandard")
#: Largest block that is read, compressed or not [bytes].
MAX_BLOCK = 64 << 20
MAX_HEADER = 1 << 20
_MAGIC = b"Obj\x01"
_OPTIONS: dict[int, int] = {zstd.CompressionParameter.compression_level: 1, zstd.CompressionParameter.checksum_flag: 1}
_LIMITS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 26}

Buffer = bytes | memoryview


class Malformed(Exception):
    """Bytes that are not what they should be; the caller knows the file and the block."""


def put_long(value: int) -> bytes:
    """Avro's zig-zag variable-length encoding of a 64-bit integer."""
    rest, out = (value << 1) ^ (value >> 63), bytearray()
    while rest > 127:
        out.append((rest & 127) | 128)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def get_long(data: Buffer, at: int) -> tuple[int, int]:
    """Decode an integer at ``at``; returns it and the place behind it.

    Raises:
        Malformed: the data end inside, or the number has more than ten bytes.
    """
    shift = value = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Malformed("a number is cut off")
        byte = data[at]
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return (value >> 1) ^ -(value & 1), at
        shift += 7


def get_bytes(data: Buffer, at: int) -> tuple[int, int]:
    """Start and end of a byte string at ``at``.

    Raises:
        Malformed: it is longer than the data.
    """
    size, start = get_long(data, at)
    if not 0 <= size <= len(data) - start:
        raise Malformed(f"a field of {size} bytes does not fit")
    return start, start + size


def _marker(schema: str, metadata: Mapping[str, str], codec: str) -> bytes:
    text = json.dumps([schema, codec, dict(metadata)], sort_keys=True)
    return hashlib.sha256(text.encode()).digest()[:16]


@dataclass(frozen=True)
class ShardHeader:
    """Header of a container file.

    Attributes:
        codec: "null" or "zstandard".
        metadata: our keys, without the prefix ``gg.``.
        sync: 16-byte marker behind each block.
        size: bytes of the header.
    """

    codec: str
    metadata: dict[str, str]
    sync: bytes
    size: int


def make_header(schema: Schema, codec: str, metadata: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Header bytes and sync marker of a file of ``schema``.

    Raises:
        InputError: a codec that is not supported.
    """
    if codec not in CODECS:
        raise InputError("codec", repr(codec), ", ".join(CODECS))
    buffer = io.BytesIO()
    keys = {f"gg.{key}": value for key, value in metadata.items()}
    fastavro.writer(buffer, schema, [], codec=codec, metadata=dict(keys), sync_marker=bytes(16))
    meta, _, _ = _parse(memoryview(buffer.getvalue()))
    sync = _marker(meta["avro.schema"], keys, codec)
    return buffer.getvalue()[:-16] + sync, sync


def _parse(data: Buffer) -> tuple[dict[str, str], bytes, int]:
    """Metadata, marker and size of a header."""
    if bytes(data[:4]) != _MAGIC:
        raise Malformed("not an Avro file")
    meta: dict[str, str] = {}
    at = 4
    while True:
        count, at = get_long(data, at)
        if count == 0:
            break
        if not 0 < count < 64:
            raise Malformed(f"{count} metadata keys")
        for _ in range(count):
            a, b = get_bytes(data, at)
            c, at = get_bytes(data, b)
            meta[bytes(data[a:b]).decode()] = bytes(data[c:at]).decode()
    if len(data) < at + 16:
        raise Malformed("the sync marker is cut off")
    return meta, bytes(data[at : at + 16]), at + 16


def read_header(data: Buffer, path: str, schema: str) -> ShardHeader:
    """Parse and verify the header of a file.

    Args:
        data: the file, or at least its first megabyte.
        path: for messages.
        schema: name of the schema that the file must have.

    Raises:
        DamagedFileError: not an Avro file, a changed header, a foreign schema or codec.
    """
    try:
        meta, sync, size = _parse(data[:MAX_HEADER])
        text = meta["avro.schema"]
        codec = meta.get("avro.codec", "null")
        ours = {k: v for k, v in meta.items() if k.startswith("gg.")}
        if sync != _marker(text, ours, codec):
            raise Malformed("the sync marker does not match the metadata")
        if fingerprints(json.loads(text))["semantic"] != known(schema)["semantic"]:
            raise Malformed(f"its schema is not {schema} {known(schema)['version']}")
        if codec not in CODECS:
            raise Malformed(f"codec {codec!r} is refused")
    except (Malformed, KeyError, ValueError, RecursionError, fastavro.schema.SchemaParseException) as error:
        raise DamagedFileError(path, "header", str(error)) from None
    return ShardHeader(codec, {k[3:]: v for k, v in ours.items()}, sync, size)


def compress(payload: Buffer, codec: str) -> bytes:
    """Compress one block; zstandard level 1 with frame checksum."""
    return bytes(payload) if codec == "null" else zstd.compress(payload, options=_OPTIONS)


def decompress(raw: Buffer, codec: str, limit: int = MAX_BLOCK) -> Buffer:
    """Decompress one block, never to more than it declares and never beyond ``limit``.

    Raises:
        Malformed: a frame without declared size, above the limit, cut off, or with a wrong checksum.
    """
    if codec == "null":
        return raw
    try:
        size = zstd.get_frame_info(raw[:18]).decompressed_size
        if size is None or size > limit:
            raise Malformed(f"declares {size} bytes, allowed are {limit}")
        decoder = zstd.ZstdDecompressor(options=_LIMITS)
        data: bytes = decoder.decompress(raw, max_length=size)
        if not decoder.eof:
            data += decoder.decompress(b"", max_length=1)
    except (zstd.ZstdError, EOFError) as error:
        raise Malformed(str(error)) from None
    if len(data) != size or not decoder.eof or decoder.unused_data:
        raise Malformed("the compressed frame does not end where it says")
    return data


def frame(payload: Buffer, codec: str, sync: bytes) -> bytes:
    """One block with one record."""
    raw = compress(payload, codec)
    if max(len(raw), len(payload)) > MAX_BLOCK:
        raise InputError("run", f"a block of {len(payload)} bytes", f"at most {MAX_BLOCK} bytes")
    return b"".join((put_long(1), put_long(len(raw)), raw, sync))


def scan(data: Buffer, header: ShardHeader, path: str) -> list[tuple[int, int]]:
    """(start, end) of every block's payload, found from two numbers per block, nothing decompressed.

    Raises:
        DamagedFileError: names the block that does not fit.
    """
    found: list[tuple[int, int]] = []
    at = header.size
    while at < len(data):
        try:
            count, start = get_long(data, at)
            size, start = get_long(data, start)
            if count != 1 or not 0 <= size <= MAX_BLOCK:
                raise Malformed(f"declares {count} records in {size} bytes")
            end = start + size
            if bytes(data[end : end + 16]) != header.sync:
                raise Malformed("cut off, or its sync marker is missing")
        except Malformed as error:
            raise DamagedFileError(path, f"block {len(found)} at byte {at}", str(error)) from None
        found.append((start, end))
        at = end + 16
    return found
