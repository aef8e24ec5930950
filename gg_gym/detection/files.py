"""Detector files: a JSON description that names its weights by hash, and the weights as safetensors.

The weights are written first under a name made of their SHA-256; renaming the description into place is the
commit. A crash in between leaves the earlier detector whole. Nothing here unpickles anything.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from gg_gym.errors import InputError

FORMAT = "gg_gym.detector"
VERSION = 1
MOST_JSON_BYTES = 4 << 20
MOST_WEIGHT_BYTES = 256 << 20
_KEYS = {"format", "version", "description", "card", "weights_sha256"}
_DESCRIPTION_KEYS = {"spec", "members", "seed", "temperature", "class_bias"}


def _write(path: Path, data: bytes) -> None:
    """Write under a temporary name, sync, rename."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_detector(
    folder: Path, description: Mapping[str, Any], card: Mapping[str, Any], weights: Mapping[str, Tensor]
) -> Path:
    """Write a detector and return its folder; an earlier detector there is replaced in one rename.

    Raises:
        InputError: a folder that cannot be written, or a card that is no plain JSON.
    """
    data = safetensors.torch.save(dict(weights))
    digest = hashlib.sha256(data).hexdigest()
    record = {"format": FORMAT, "version": VERSION, "description": description, "card": card, "weights_sha256": digest}
    try:
        text = json.dumps(record, sort_keys=True, indent=1, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError("detector card", str(error), "plain JSON with finite numbers") from None
    name = f"weights-{digest[:16]}.safetensors"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / name, data)
        _write(folder / "detector.json", text.encode() + b"\n")
        for old in folder.glob("weights-*.safetensors"):
            if old.name != name:
                old.unlink()
    except OSError as error:
        raise InputError(str(folder), f"cannot write: {error.strerror}", "a writable folder") from None
    return folder


def _read(path: Path, most: int) -> bytes:
    """Read a file of at most ``most`` bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise InputError(str(path), f"cannot read: {error.strerror}", "a detector folder") from None
    if len(data) > most:
        raise InputError(str(path), "too large", f"at most {most} bytes")
    return data


def read_description(folder: Path) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Read ``detector.json``: description, card, and the hash of the weights.

    Raises:
        InputError: no such file, no JSON, another format or version, unknown or missing keys.
    """
    path = folder / "detector.json"
    try:
        record = json.loads(_read(path, MOST_JSON_BYTES))
    except (ValueError, RecursionError) as error:
        raise InputError(str(path), f"no JSON: {error}", "a detector description") from None
    if not isinstance(record, dict) or record.get("format") != FORMAT or record.get("version") != VERSION:
        raise InputError(str(path), "not a detector description", f"format {FORMAT!r}, version {VERSION}")
    if set(record) != _KEYS:
        raise InputError(str(path), f"keys {sorted(record)}", ", ".join(sorted(_KEYS)))
    description, card, digest = record["description"], record["card"], record["weights_sha256"]
    if not isinstance(description, dict) or set(description) != _DESCRIPTION_KEYS or not isinstance(card, dict):
        raise InputError(f"{path}: description", repr(description)[:80], ", ".join(sorted(_DESCRIPTION_KEYS)))
    if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise InputError(f"{path}: weights_sha256", repr(digest)[:80], "64 hex digits")
    return description, card, digest


def read_weights(folder: Path, digest: str, expected: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """Read and verify the weights.

    Args:
        folder: the detector's folder.
        digest: SHA-256 of the file.
        expected: shape of each tensor.

    Raises:
        InputError: a file that is missing, too large, altered, or holds other tensors, or numbers that are not finite.
    """
    path = folder / f"weights-{digest[:16]}.safetensors"
    data = _read(path, MOST_WEIGHT_BYTES)
    if hashlib.sha256(data).hexdigest() != digest:
        raise InputError(str(path), "the content does not match its SHA-256", "an unaltered file")
    try:
        tensors = safetensors.torch.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise InputError(str(path), f"no safetensors file: {error}", "what Ensemble.save wrote") from None
    found = {name: tuple(value.shape) for name, value in tensors.items()}
    if found != dict(expected):
        odd = sorted(set(found.items()) ^ set(expected.items()))[:3]
        raise InputError(str(path), f"tensors differ, for example {odd}", "the tensors of the specification")
    for name, value in tensors.items():
        if value.dtype != torch.float32 or not bool(torch.isfinite(value).all()):
            raise InputError(f"{path}: {name}", f"{value.dtype} or not finite", "finite float32")
    return tensors
