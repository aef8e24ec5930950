"""What came of a run as a whole: onset, ignition, and when it first departed from its null twin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.errors import InputError
from gg_gym.records.manifest import write_atomically
from gg_gym.records.reader import DatasetReader
from gg_gym.records.run import MISSING, RunData, canonical_json
from gg_gym.units import Float

#: Glowing ignition of wood at the least heat flux, about 250 Cel (Babrauskas 2001, abstract read) [K].
IGNITION = 523.15
#: A channel has departed when it differs from the null twin by this many times its own noise, so many samples in a row.
MARGIN, HOLD = 5.0, 2
#: Least noise of a channel, in its product's scale: a digital channel that never moves has none of its own.
FLOOR = 1e-3
#: Noise-equivalent temperature difference of the camera against which frames are measured [cK].
FRAME_NOISE = 5.0
#: Share of a frame's pixels that may differ more than what is reported.
PIXELS = 0.995


@dataclass(frozen=True)
class Outcome:
    """Times of a run [s] from its first sample's beginning; infinite where it never came.

    Attributes:
        onset: when the cause set in.
        ignition: first sample at which wood that loses mass is above :data:`IGNITION`.
        detectability: first sample at which the readings depart from the null twin's.
        instrument: the instrument that departed first, "" if none did.
    """

    onset: float
    ignition: float
    detectability: float
    instrument: str


def noise_of(null: RunData, instrument: str, scale: Float) -> Float:
    """(width,) noise of an instrument's channels in a quiet run: from differences of neighbouring samples.

    Args:
        null: the quiet run.
        instrument: its name.
        scale: (width,) the product's scale of the channels.
    """
    values = np.asarray(null.readings[instrument], np.float64)
    steps = np.diff(values, axis=0)
    spread = np.sqrt((steps**2).mean(axis=0) / 2.0) if len(steps) else np.zeros(values.shape[1])
    return np.asarray(np.maximum(spread, FLOOR * scale), np.float64)


def departure(run: RunData, null: RunData, channels: Sequence[Mapping[str, Any]]) -> dict[str, Float]:
    """How far a run is from its null twin: instrument -> (T, width) in units of each channel's noise.

    A sample that is missing in either run counts as no departure. For frames, see :func:`frame_departure`.

    Args:
        run: the run.
        null: its null twin.
        channels: name, instrument and scale of the scalar channels in order (a dataset's manifest has them).
    """
    out = {}
    for name, values in run.readings.items():
        if values.ndim != 2 or name not in null.readings:
            continue
        scale = np.array([float(c["scale"]) for c in channels if c["instrument"] == name] or [1.0] * values.shape[1])
        difference = np.abs(np.asarray(values, np.float64) - np.asarray(null.readings[name], np.float64))
        there = (np.asarray(run.status[name]) | np.asarray(null.status[name])) & MISSING == 0
        out[name] = np.where(there[:, None], difference, 0.0) / noise_of(null, name, scale)
    return out


def frame_departure(run: RunData, null: RunData, camera: str = "thermal") -> Float:
    """(F,) how far frames are from the null twin's, in units of 50 mK: the 99.5 % quantile of the pixels."""
    ours, theirs = (np.asarray(r.readings[camera], np.float64) for r in (run, null))
    there = (ours > 0) & (theirs > 0)
    difference = np.where(there, np.abs(ours - theirs), 0.0).reshape(len(ours), -1)
    return np.asarray(np.quantile(difference, PIXELS, axis=1) / FRAME_NOISE, np.float64)


def detectability(
    run: RunData,
    null: RunData,
    margin: float = MARGIN,
    *,
    channels: Sequence[Mapping[str, Any]] = (),
    hold: int = HOLD,
) -> tuple[float, str]:
    """First time [s] at which a run departs from its null twin, and the instrument; (infinity, "") if never.

    One frame that departs is enough, of other channels ``hold`` samples in a row.

    Args:
        run: the run.
        null: the same run without its cause.
        margin: departure in units of a channel's noise.
        channels: the channel table, see :func:`departure`.
        hold: samples in a row for which one channel must depart.

    Raises:
        InputError: the runs are no twins, or a number is out of range.
    """
    if run.header.seed != null.header.seed or run.header.dt != null.header.dt:
        raise InputError("null", f"seed {null.header.seed} is not the run's", f"the twin of seed {run.header.seed}")
    if not margin > 0.0 or hold < 1:
        raise InputError("margin, hold", f"got {margin}, {hold}", "margin above 0, hold at least 1")
    first, who = np.inf, ""
    for name, units in departure(run, null, channels).items():
        beyond = units > margin
        for shift in range(1, min(hold, len(beyond))):
            beyond[:-shift] &= units[shift:] > margin
        beyond[len(beyond) - hold + 1 :] = False
        hits = np.flatnonzero(beyond.any(axis=1))
        if len(hits) and hits[0] < first:
            first, who = float(hits[0]), name
    for name in (k for k, v in run.readings.items() if v.ndim == 3 and len(v) and k in null.readings):
        seen = run.frame_samples[frame_departure(run, null, name) > margin]
        if len(seen) and seen[0] < first:
            first, who = float(seen[0]), name
    return (first + 1.0) * run.header.dt, who


def ignition(run: RunData) -> float:
    """First time [s] at which wood that loses mass is above :data:`IGNITION`; infinite if never."""
    if "hot_spot" not in run.physics or "mass_rate" not in run.physics:
        return float("inf")
    hits = np.flatnonzero((run.physics["hot_spot"] >= IGNITION) & (run.physics["mass_rate"] > 0.0))
    return float(hits[0] + 1) * run.header.dt if len(hits) else float("inf")


def outcome(run: RunData, null: RunData, channels: Sequence[Mapping[str, Any]] = (), margin: float = MARGIN) -> Outcome:
    """All of a run's times; arguments as :func:`detectability`."""
    when, who = detectability(run, null, margin, channels=channels)
    return Outcome(run.header.onset_s, ignition(run), when, who)


def outcomes(folder: str | Path, margin: float = MARGIN) -> Iterator[tuple[str, Outcome]]:
    """(run id, outcome) of every run of a dataset that is followed by its null twin.

    Raises:
        InputError: there is no such run: the dataset was generated without null twins.
    """
    reader, before, found = DatasetReader(folder), None, 0
    for run in reader:
        if run.header.definition.get("cause", True):
            before = run
        elif before is not None and before.header.seed == run.header.seed:
            found += 1
            yield before.header.run_id, outcome(before, run, reader.channels, margin)
    if not found:
        raise InputError(str(folder), "no run is followed by its null twin", "a dataset made with null_twins: true")


def write_outcomes(folder: str | Path, margin: float = MARGIN) -> Path:
    """Write the outcomes of a dataset beside it, one JSON object a line; ``null`` is never. Returns the file.

    Raises:
        InputError: as :func:`outcomes`, or the file cannot be written.
    """
    path = Path(folder).with_name(Path(folder).name + ".outcomes.jsonl")
    lines = []
    for run_id, one in outcomes(folder, margin):
        times = {k: v if np.isfinite(v) else None for k, v in vars(one).items() if k != "instrument"}
        lines.append(canonical_json({"run_id": run_id, **times, "instrument": one.instrument, "margin": margin}))
    write_atomically(path, ("\n".join(lines) + "\n").encode())
    return path
