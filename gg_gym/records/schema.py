"""The Avro schemas: loading, two fingerprints, the lock file."""

from __future__ import annotations

import copy
import functools
import hashlib
import json
from pathlib import Path
from typing import Any

import fastavro

from gg_gym.errors import InputError

FOLDER = Path(__file__).resolve().parent.parent / "schemas"
LOCK = FOLDER / "schemas.lock"
#: Schemas of stored files; all others are exchange forms.
STORAGE = ("RunRecord", "RunChunk")

Schema = dict[str, Any]


def names() -> tuple[str, ...]:
    """Names of all schemas."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.avsc")))


def _inline(node: Any, seen: set[str]) -> Any:
    """Replace the first mention of each named exchange type by its definition."""
    if isinstance(node, str) and node.startswith("io.gridguardian.") and node not in seen:
        seen.add(node)
        return _inline(_source(node.rsplit(".", 1)[1]), seen)
    if isinstance(node, list):
        return [_inline(item, seen) for item in node]
    if isinstance(node, dict):
        return {k: v if k in ("doc", "namespace", "unit") else _inline(v, seen) for k, v in node.items()}
    return node


def _source(name: str) -> Schema:
    """Read one schema file."""
    path = FOLDER / f"{name}.avsc"
    if not path.is_file():
        raise InputError("schema", f"unknown name {name!r}", ", ".join(names()))
    schema: Schema = json.loads(path.read_text(encoding="utf-8"))
    return schema


def _ordered(node: Any) -> Any:
    """Sort all keys: fastavro leaves attributes of its own in an order that differs from process to process."""
    if isinstance(node, dict):
        return {key: _ordered(node[key]) for key in sorted(node)}
    return [_ordered(item) for item in node] if isinstance(node, list) else node


@functools.cache
def load(name: str) -> Schema:
    """A parsed, self-contained schema.

    Raises:
        InputError: unknown name.
    """
    source = _source(name)
    parsed: Any = fastavro.parse_schema(_inline(source, {f"{source['namespace']}.{name}"}))
    ordered: Schema = _ordered(parsed)
    return ordered


def _meaning(node: Any) -> Any:
    """A parsed schema without words and parser marks: units, ranges, defaults, logical types and version stay."""
    if isinstance(node, dict):
        return {k: _meaning(v) for k, v in node.items() if k != "doc" and not k.startswith("__")}
    return [_meaning(item) for item in node] if isinstance(node, list | tuple) else node


def fingerprints(schema: Schema) -> dict[str, str]:
    """Two fingerprints: ``wire`` (CRC-64-AVRO of the canonical form) and ``semantic`` (SHA-256, units included).

    The canonical form drops units: ppb and ppm have one wire fingerprint and two semantic ones.
    """
    parsed = fastavro.parse_schema(copy.deepcopy(_meaning(schema)))
    canonical = fastavro.schema.to_parsing_canonical_form(parsed)
    meaning = json.dumps(_meaning(parsed), sort_keys=True, separators=(",", ":"))
    return {
        "wire": fastavro.schema.fingerprint(canonical, "CRC-64-AVRO"),
        "semantic": hashlib.sha256(meaning.encode()).hexdigest(),
    }


@functools.cache
def known(name: str) -> dict[str, str]:
    """Version and fingerprints of a schema of this package."""
    schema = load(name)
    return {"version": str(schema["version"]), **fingerprints(schema)}


def lock() -> dict[str, dict[str, str]]:
    """What the lock file must hold: version and fingerprints of every schema."""
    return {name: known(name) for name in names()}
