"""RunRecord: the header of a run as an Avro record, and back."""

from __future__ import annotations

import datetime
import io
import json
from dataclasses import dataclass
from typing import Any

import fastavro
import numpy as np

from gg_gym.records import tensors
from gg_gym.records.blocks import Buffer, Malformed
from gg_gym.records.chunk import crc, tensor_record
from gg_gym.records.run import DTYPES, Array, RunHeader, canonical_json, digest
from gg_gym.records.schema import load

_SAME = (
    "run_id", "product", "product_config", "product_sha256", "weather", "site", "hour", "load", "age", "family", "dt",
    "samples", "event_class", "split", "agent", "arm", "round", "action", "reward", "weak_spot_ids",
    "importance_weight", "engine_version", "numpy_version", "cpu_features",
)  # fmt: skip
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class ChunkPlace:
    """Where the samples of a run are: shard (-1 = not kept), first block, number of blocks."""

    shard: int = -1
    first: int = 0
    count: int = 0


def encode_record(header: RunHeader, place: ChunkPlace) -> bytes:
    """Encode a header and the place of its samples."""
    body: dict[str, object] = {key: getattr(header, key) for key in _SAME}
    body |= {
        "unit_serial": str(header.unit),
        "world": str(header.world),
        "seed": str(header.seed),
        "definition": canonical_json(header.definition, "definition"),
        "onset": header.onset_s,
        "actions": None if header.actions is None else header.actions.tolist(),
        "reward_terms": [{"name": k, "value": v} for k, v in header.reward_terms],
        "history": [tensor_record(k, v, "1", tensors.choose_filter(v)) for k, v in header.history.items()],
        "created": header.created,
        "chunk_shard": place.shard,
        "chunk_first": place.first,
        "chunk_count": place.count,
        "record_crc32": bytes(4),
    }
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, load("RunRecord"), body)
    data = buffer.getvalue()
    return data[:-4] + crc(data[:-4])


def decode_record(data: Buffer) -> tuple[RunHeader, ChunkPlace]:
    """Inverse of :func:`encode_record`.

    Raises:
        Malformed: names the field that does not verify.
    """
    raw = bytes(data)
    if len(raw) < 4 or crc(raw[:-4]) != raw[-4:]:
        raise Malformed("field record_crc32: the record's checksum does not match")
    buffer = io.BytesIO(raw)
    body: Any = fastavro.schemaless_reader(buffer, load("RunRecord"), None)
    if buffer.tell() != len(raw):
        raise Malformed("the record does not end where its block ends")
    if digest(body["product_config"]) != body["product_sha256"]:
        raise Malformed("field product_sha256 does not match product_config")
    place = ChunkPlace(body["chunk_shard"], body["chunk_first"], body["chunk_count"])
    kept = {k: body[k] for k in _SAME if k not in ("family", "product_sha256")}
    header = RunHeader(
        **(kept | {k: tuple(kept[k]) for k in ("action", "weak_spot_ids", "cpu_features")}),
        unit=int(body["unit_serial"]),
        world=int(body["world"]),
        seed=int(body["seed"]),
        definition=json.loads(body["definition"]),
        onset_s=body["onset"],
        actions=None
        if body["actions"] is None
        else np.array(body["actions"], np.float64).reshape(len(body["actions"]), -1),
        reward_terms=tuple((t["name"], t["value"]) for t in body["reward_terms"]),
        history={t["name"]: _history(t) for t in body["history"]},
        created=(body["created"] - _EPOCH) // datetime.timedelta(milliseconds=1),
    )
    return header, place


def _history(tensor: dict[str, object]) -> Array:
    """One array of the history."""
    data, dtype = tensor["data"], tensor["dtype"]
    if not isinstance(data, bytes) or not isinstance(dtype, str) or dtype not in DTYPES:
        raise Malformed(f"field history/{tensor['name']}: type {dtype}")
    if crc(data) != tensor["crc32"]:
        raise Malformed(f"field history/{tensor['name']}: checksum does not match")
    stored = np.frombuffer(data, np.uint8)
    shape = tensor["shape"]
    assert isinstance(shape, list)
    return tensors.decode(stored, str(tensor["filter"]), dtype, tuple(shape))
