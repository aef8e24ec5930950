"""manifest.json: the list of what is in a dataset; replaced atomically, and it carries its own checksum."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gg_gym.errors import DamagedFileError, InputError
from gg_gym.records.run import canonical_json, digest

NAME = "manifest.json"
FORMAT = 1
_LARGEST = 64 << 20
_SHARD = re.compile(r"(runs|chunks)-\d{5}\.avro")
_CHANNEL_KEYS = {"name", "instrument", "unit", "low", "high", "centre", "scale"}

Manifest = dict[str, Any]


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Turn an operating system's refusal into one clear error."""
    try:
        yield
    except OSError as error:
        allowed = "an existing file" if isinstance(error, FileNotFoundError) else "a folder that can be written"
        raise InputError(str(path), error.strerror or str(error), allowed) from None


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file under a temporary name, sync it, rename it, sync the folder.

    Raises:
        InputError: the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.partial")
    with file_errors(path):
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_channels(channels: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Check a channel list: name, instrument, unit, low, high, centre, scale (> 0).

    Raises:
        InputError: names the channel and the key.
    """
    seen, out = set(), []
    for position, channel in enumerate(channels):
        where = f"channels[{position}]"
        if set(channel) != _CHANNEL_KEYS:
            raise InputError(where, f"keys {sorted(channel)}", ", ".join(sorted(_CHANNEL_KEYS)))
        if channel["name"] in seen:
            raise InputError(where, f"name {channel['name']!r} twice", "unique names")
        if not channel["scale"] > 0:
            raise InputError(f"{where}.scale", str(channel["scale"]), "above 0")
        seen.add(channel["name"])
        out.append(json.loads(canonical_json(dict(channel), where)))
    return out


def write_manifest(folder: Path, body: Manifest) -> None:
    """Replace the manifest of a dataset."""
    plain = {k: v for k, v in body.items() if k != "sha256"}
    sealed = {**plain, "sha256": digest(canonical_json(plain, NAME))}
    write_atomically(folder / NAME, (json.dumps(sealed, indent=1, sort_keys=True) + "\n").encode())


def read_manifest(folder: Path) -> Manifest:
    """Read and verify the manifest of a dataset.

    Raises:
        InputError: no such folder, no manifest in it, or a newer format.
        DamagedFileError: the manifest does not verify.
    """
    path = folder / NAME
    if not folder.is_dir():
        raise InputError(str(folder), "no such folder", "a dataset folder")
    if not path.is_file():
        raise InputError(str(folder), f"no {NAME} in it", "a dataset folder")
    with file_errors(path):
        data = path.read_bytes() if path.stat().st_size <= _LARGEST else b""
    try:
        body: Manifest = json.loads(data)
        stored = body.pop("sha256")
        if digest(canonical_json(body, NAME)) != stored:
            raise ValueError("its checksum does not match")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, InputError) as error:
        raise DamagedFileError(str(path), "manifest", str(error)) from None
    if body.get("format") != FORMAT:
        raise InputError(str(path), f"format {body.get('format')}", str(FORMAT))
    for shard in body["shards"]:
        for kind in ("runs", "chunks"):
            if shard[kind] is not None and not _SHARD.fullmatch(shard[kind]["file"]):
                raise DamagedFileError(str(path), f"shard {shard['index']}", "a file name outside the folder")
    return body


def check_file(folder: Path, entry: Mapping[str, Any], thorough: bool = False) -> Path:
    """Path of a listed shard, its size checked, its SHA-256 too if ``thorough``.

    Raises:
        DamagedFileError: missing, shorter, longer, or changed.
    """
    path = folder / str(entry["file"])
    if not path.is_file():
        raise DamagedFileError(str(path), "file", "listed in the manifest and missing")
    size = path.stat().st_size
    if size != entry["bytes"]:
        raise DamagedFileError(
            str(path), f"byte {min(size, entry['bytes'])}", f"{size} bytes, {entry['bytes']} expected"
        )
    if thorough and file_sha256(path) != entry["sha256"]:
        raise DamagedFileError(str(path), "file", "its SHA-256 is not the manifest's")
    return path
