"""Detector windows from run arrays in memory: the one layout that environments, loaders and detectors share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from gg_gym.records.run import MISSING
from gg_gym.units import Float32

#: Samples of a window and thermal frames in it.
WINDOW, FRAMES = 64, 8


def scalar_window(
    readings: Mapping[str, np.ndarray], status: Mapping[str, np.ndarray], instruments: Sequence[str], end: int
) -> tuple[Float32, Float32]:
    """Values and validity (n, C, 64) of the 64 samples up to ``end``; before the run's start they are masked zeros.

    Args:
        readings: instrument -> (n, T, width).
        status: instrument -> (n, T).
        instruments: scalar instruments in channel order.
        end: one past the window's last sample.
    """
    start, n = max(0, end - WINDOW), len(readings[instruments[0]])
    width = sum(readings[k].shape[2] for k in instruments)
    x, mask = np.zeros((n, width, WINDOW), np.float32), np.zeros((n, width, WINDOW), np.float32)
    fill, c = WINDOW - (end - start), 0
    for key in instruments:
        values = readings[key][:, start:end]
        valid = ((status[key][:, start:end] & MISSING) == 0).astype(np.float32)
        stop = c + values.shape[2]
        x[:, c:stop, fill:] = (values * valid[..., None]).swapaxes(1, 2)
        mask[:, c:stop, fill:] = valid[:, None]
        c = stop
    return x, mask


def frame_window(frames: np.ndarray | None, n: int, every: int, end: int) -> tuple[Float32, Float32]:
    """Frames (n, 8, 60, 80) in kelvin and their validity (n, 8) in the window up to ``end``.

    A frame belongs to every eighth of the window: the latest one recorded in it. A pixel of 0 or a run without
    frames is missing.

    Args:
        frames: (n, F, 60, 80) uint16 [cK] of samples every-1, 2 every-1, ..., or None.
        n: rows.
        every: samples between frames.
        end: one past the window's last sample.
    """
    thermal, valid = np.zeros((n, FRAMES, 60, 80), np.float32), np.zeros((n, FRAMES), np.float32)
    step = WINDOW // FRAMES
    for slot in range(FRAMES):
        stop = end - WINDOW + (slot + 1) * step
        latest = stop // every - 1
        if frames is None or latest < 0 or (latest + 1) * every <= stop - step:
            continue
        frame = frames[:, latest]
        good = frame[:, 0, 0] > 0
        thermal[:, slot] = np.where(good[:, None, None], frame.astype(np.float32) * np.float32(0.01), np.float32(0))
        valid[:, slot] = good
    return thermal, valid


def windows(
    readings: Mapping[str, np.ndarray],
    status: Mapping[str, np.ndarray],
    instruments: Sequence[str],
    *,
    every: int = 8,
    end: int | None = None,
) -> dict[str, np.ndarray]:
    """Inputs of a detector for the window up to ``end`` (the run's end by default): x, mask, thermal, tmask.

    Args:
        readings: instrument -> (n, T, width), and "thermal" -> (n, F, 60, 80) uint16 [cK] where there are frames.
        status: instrument -> (n, T).
        instruments: scalar instruments in channel order.
        every: samples between frames.
        end: one past the window's last sample.
    """
    n, t = readings[instruments[0]].shape[:2]
    x, mask = scalar_window(readings, status, instruments, t if end is None else end)
    thermal, tmask = frame_window(readings.get("thermal"), n, every, t if end is None else end)
    return {"x": x, "mask": mask, "thermal": thermal, "tmask": tmask}


def window_labels(labels: Mapping[str, np.ndarray], end: int | None = None) -> dict[str, np.ndarray]:
    """Labels (n,) of the window up to ``end``: class and severity of its most severe sample, any anomaly."""
    stop = labels["severity"].shape[1] if end is None else end
    part = {k: v[:, max(0, stop - WINDOW) : stop] for k, v in labels.items()}
    worst = np.where(part["event_class"] > 0, part["severity"] + 1.0, 0.0).argmax(axis=1)
    rows = np.arange(len(worst))
    return {
        "event_class": part["event_class"][rows, worst].astype(np.int64),
        "severity": part["severity"][rows, worst].astype(np.float32),
        "anomaly": part["anomaly"].max(axis=1).astype(np.float32),
    }
