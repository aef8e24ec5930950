"""Statistics of a dataset, and its card."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.records.reader import DatasetReader
from gg_gym.records.run import MISSING
from gg_gym.units import Float

Row = dict[str, Any]


class _Moments:
    """Count, mean, spread and extremes of channels, run by run; shifted by the centre, in double precision."""

    def __init__(self, centre: Float) -> None:
        n = centre.size
        self.centre = centre
        self.total, self.count = np.zeros(n), np.zeros(n)
        self.first, self.second = np.zeros(n), np.zeros(n)
        self.low, self.high = np.full(n, np.inf), np.full(n, -np.inf)

    def add(self, columns: slice, values: Float, valid: Float) -> None:
        """Add (T, width) values under a (T, 1) validity."""
        there = (valid > 0) & np.isfinite(values)
        shifted = np.where(there, values - self.centre[columns], 0.0)
        self.total[columns] += len(values)
        self.count[columns] += there.sum(axis=0)
        self.first[columns] += shifted.sum(axis=0)
        self.second[columns] += (shifted**2).sum(axis=0)
        self.low[columns] = np.minimum(self.low[columns], np.where(there, values, np.inf).min(axis=0))
        self.high[columns] = np.maximum(self.high[columns], np.where(there, values, -np.inf).max(axis=0))

    def row(self, i: int) -> Row:
        """Statistics of one channel; None where it never had a value."""
        n = self.count[i]
        if n == 0:
            return {"count": 0, "missing": 1.0, "mean": None, "std": None, "min": None, "max": None}
        mean = self.first[i] / n
        spread = float(np.sqrt(max(0.0, self.second[i] / n - mean**2)))
        numbers = {
            "mean": float(mean + self.centre[i]),
            "std": spread,
            "min": float(self.low[i]),
            "max": float(self.high[i]),
        }
        return {"count": int(n), "missing": float(1 - n / self.total[i]), **numbers}


def channel_statistics(folder: str | Path) -> list[Row]:
    """Per channel: name, instrument, unit, count of valid values, missing share, mean, std, min, max.

    Raises:
        InputError: no dataset.
        DamagedFileError: the dataset does not verify.
    """
    reader = DatasetReader(folder)
    channels = reader.channels
    moments = _Moments(np.array([c["centre"] for c in channels], np.float64))
    columns: dict[str, list[int]] = {}
    for position, channel in enumerate(channels):
        columns.setdefault(channel["instrument"], []).append(position)
    for data in reader:
        for key, places in columns.items():
            if key in data.readings:
                valid = ((data.status[key] & MISSING) == 0).astype(np.float64)[:, None]
                moments.add(slice(places[0], places[-1] + 1), data.readings[key].astype(np.float64), valid)
    keys = ("name", "instrument", "unit")
    return [{**{k: channel[k] for k in keys}, **moments.row(i)} for i, channel in enumerate(channels)]


def class_counts(folder: str | Path) -> dict[str, dict[str, int]]:
    """Runs by event class, family, site, split, agent and world."""
    headers = DatasetReader(folder).runs()
    keys = ("event_class", "family", "site", "split", "agent", "world")
    return {key: dict(sorted(Counter(str(getattr(h, key)) for h in headers).items())) for key in keys}


def dataset_card(folder: str | Path) -> Row:
    """What a dataset is: name, digest, sizes, splits, classes, channels, versions, schemas.

    Raises:
        InputError: no dataset.
        DamagedFileError: the dataset does not verify.
    """
    reader = DatasetReader(folder)
    headers, body = reader.runs(), reader.manifest
    sizes = [entry["bytes"] for s in body["shards"] for entry in (s["runs"], s["chunks"]) if entry]
    kept = [h for h in headers if reader.place(h.run_id).count]
    onsets = [h.onset_s for h in headers if np.isfinite(h.onset_s)]
    return {
        "name": body["name"],
        "digest": reader.digest,
        "split": body["split"],
        "codec": body["codec"],
        "created": body["created"],
        "runs": len(headers),
        "runs_with_samples": len(kept),
        "samples": sum(h.samples for h in kept),
        "bytes": sum(sizes),
        "shards": len(body["shards"]),
        "runs_with_onset": len(onsets),
        "counts": class_counts(folder),
        "engine_versions": sorted({h.engine_version for h in headers}),
        "numpy_versions": sorted({h.numpy_version for h in headers}),
        "weather": sorted({h.weather for h in headers}),
        "channels": channel_statistics(folder),
        "versions": body["versions"],
        "schemas": body["schemas"],
    }
