"""Observation and action spaces, derived from the product; and how readings become observations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

import numpy as np
from gymnasium import spaces

from gg_gym.errors import InputError
from gg_gym.scenarios.space import ScenarioSpace
from gg_gym.sensors.status import MISSING
from gg_gym.sensors.suite import SuiteReading
from gg_gym.twin import Twin

Thermal = Literal["image", "kelvin", "none"]
#: Span of the uint8 thermal image [K]: 0 is the low end and below, 255 the high end and above (0.67 K a level).
IMAGE_SPAN = (253.15, 423.15)
#: Span of the float32 thermal frame [K].
KELVIN_SPAN = (0.0, 655.35)
#: Numbers in front of the context, in order.
CONTEXT_HEAD: tuple[str, ...] = (
    "budget_left", "round", "validation_loss", "auprc", "auprc_change", "ece", "reference_mean", "reference_p90",
    "last_reward", "last_error",
)  # fmt: skip


def check_thermal(thermal: str) -> None:
    """Check the thermal mode.

    Raises:
        InputError: not one of the three.
    """
    if thermal not in ("image", "kelvin", "none"):
        raise InputError("thermal", f"got {thermal!r}", "image, kelvin, none")


def observation_space(twin: Twin, thermal: Thermal, context: int) -> spaces.Dict:
    """One Box per instrument with its datasheet's bounds, ``valid`` per sensor and ``context``."""
    parts: dict[str, spaces.Space[np.ndarray]] = {}
    for key, part in twin.slices.items():
        low = np.array([c.low for c in twin.channels[part]], np.float32)
        high = np.array([c.high for c in twin.channels[part]], np.float32)
        parts[key] = spaces.Box(low, high, dtype=np.float32)
    if twin.thermal:
        if thermal == "image":
            parts["thermal"] = spaces.Box(0, 255, (1, 60, 80), np.uint8)
        elif thermal == "kelvin":
            parts["thermal"] = spaces.Box(*KELVIN_SPAN, (60, 80), np.float32)
    parts["valid"] = spaces.Box(0.0, 1.0, (len(twin.instruments),), np.float32)
    if context:
        parts["context"] = spaces.Box(-1.0, 1.0, (context,), np.float32)
    return spaces.Dict(parts)


def check_render_mode(mode: str | None) -> None:
    """Check the render mode.

    Raises:
        InputError: neither None nor "rgb_array".
    """
    if mode not in (None, "rgb_array"):
        raise InputError("render_mode", f"got {mode!r}", "rgb_array, or None; human through gymnasium.make")


def check_actions(actions: np.ndarray, space: spaces.Space[np.ndarray]) -> np.ndarray:
    """Actions (n, W) as an array.

    Raises:
        InputError: not numbers of the batched action space's shape.
    """
    try:
        given = np.asarray(actions, np.float32)
    except (TypeError, ValueError):
        raise InputError("actions", f"got {actions!r}", f"numbers of shape {space.shape}") from None
    if given.shape != space.shape:
        raise InputError("actions", f"shape {given.shape}", f"{space.shape}")
    return given


def context_width(space: ScenarioSpace) -> int:
    """Length of the Selection context: 10 + 3K + D."""
    return len(CONTEXT_HEAD) + 3 * space.n_families + space.n_slots


def valid_of(status: np.ndarray) -> np.ndarray:
    """(..., I) float32: 0 where a sensor's status says that its value is missing."""
    out: np.ndarray = ((status & int(MISSING)) == 0).astype(np.float32)
    return out


def observe(twin: Twin, reading: SuiteReading, thermal: Thermal) -> dict[str, np.ndarray]:
    """Observations (n, ...) of a suite reading: missing values are the low bound, and ``valid`` says so."""
    valid = valid_of(reading.status)
    out: dict[str, np.ndarray] = {}
    for i, (key, part) in enumerate(twin.slices.items()):
        low = np.array([c.low for c in twin.channels[part]], np.float32)
        high = np.array([c.high for c in twin.channels[part]], np.float32)
        values = np.clip(reading.reading[:, part].astype(np.float32), low, high)
        out[key] = np.where(valid[:, i : i + 1] > 0, values, low)
    if reading.frame is not None and thermal != "none":
        there = valid[:, twin.instruments.index("thermal")] > 0
        out["thermal"] = frame_observation(np.where(there[:, None, None], reading.frame, np.uint16(0)), thermal)
    out["valid"] = valid
    return out


def frame_observation(frame: np.ndarray, thermal: Thermal) -> np.ndarray:
    """A frame (n, 60, 80) in centikelvin as the observation of a thermal mode."""
    if thermal == "kelvin":
        kelvin: np.ndarray = frame.astype(np.float32) * np.float32(0.01)
        return kelvin
    image: np.ndarray = np.take(_levels(), frame)[:, None]
    return image


@cache
def _levels() -> np.ndarray:
    """Image levels (65536,) of all centikelvin values: one look-up a pixel instead of five passes."""
    low, high = IMAGE_SPAN
    kelvin = np.arange(65536, dtype=np.float32) * np.float32(0.01)
    level: np.ndarray = np.clip(np.rint((kelvin - low) * (255.0 / (high - low))), 0, 255).astype(np.uint8)
    level.setflags(write=False)
    return level


def scaling(twin: Twin) -> Mapping[str, tuple[np.ndarray, np.ndarray]]:
    """Fixed centre and scale of every instrument's channels: instrument -> (centre, scale)."""
    return {
        key: (
            np.array([c.centre for c in twin.channels[part]], np.float32),
            np.array([c.scale for c in twin.channels[part]], np.float32),
        )
        for key, part in twin.slices.items()
    }
