"""Warm objects in a camera's picture: drawn over the fixed scene, row by row, only where there are any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gg_gym.equations.radiometry import SUN_RADIUS, sun_band
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.surroundings import Seen, active, seen
from gg_gym.sensors.scene import Scene, blur, spot
from gg_gym.units import Bool, Float, Float32, Int

#: Distance at which the sun is drawn [m].
FAR = 1000.0
#: Cosine of the angle off the axis up to which the sun can be in view.
_IN_VIEW = 0.82


def sunny(state: Environment3DState, axis: Float) -> Bool:
    """(n,) rows whose camera may have the sun in view; ``axis`` (n, 3) is where each looks."""
    up = (state.dni > 1.0) & (state.sun[:, 2] > 0.0)
    out: Bool = up & ((state.sun * axis).sum(axis=1) > _IN_VIEW)
    return out


def with_sun(state: Environment3DState, rows: Int, place: Float) -> Seen:
    """The warm objects of some rows (r,), with the sun in the last slot."""
    r, there = len(rows), active(state)[rows]
    sun = state.sun[rows]
    bright = sun_band(state.dni[rows]) / SUN_RADIUS**2
    slot = Seen(
        (state.dni[rows] > 1.0)[:, None], (place + FAR * sun)[:, None], np.full((r, 1, 3), FAR * SUN_RADIUS),
        np.asarray(bright, np.float64)[:, None], np.ones((r, 1)),
    )  # fmt: skip
    if not there.any():
        return slot
    objects = seen(state, rows, place)
    joined = {k: np.concatenate([v, getattr(slot, k)], axis=1) for k, v in vars(objects).items()}
    return Seen(**joined)


@dataclass(frozen=True)
class Layer:
    """One object in a picture.

    Attributes:
        slot: which of the warm objects.
        share: (4800,) of the pixels, without blur.
        spread: (4800,) as the lens blurs it.
    """

    slot: int
    share: Float32
    spread: Float32


def layers(scene: Scene, objects: Seen, j: int) -> list[Layer]:
    """What row ``j`` of ``objects`` shows in the picture, the farthest first."""
    where = np.flatnonzero(objects.present[j])
    distance = np.linalg.norm(objects.position[j, where] - scene.place, axis=1)
    out = []
    for k in where[np.argsort(-distance, kind="stable")].tolist():
        share = spot(scene.place, scene.frame, objects.position[j, k], objects.size[j, k], scene.depth)
        if share is not None and share.any():
            spread = blur(share).reshape(-1).astype(np.float32)
            out.append(Layer(k, share.reshape(-1).astype(np.float32), spread))
    return out


class Album:
    """The layers of each row, drawn anew only where something has moved."""

    def __init__(self) -> None:
        self._drawn: dict[int, tuple[bytes, list[Layer]]] = {}

    def layers(self, scene: Scene, objects: Seen, j: int, row: int) -> list[Layer]:
        """Layers of row ``j`` of ``objects``, which is ``row`` of the camera and looks at ``scene``."""
        key = b"".join(a[j].tobytes() for a in (objects.present, objects.position, objects.size))
        known = self._drawn.get(row)
        if known is None or known[0] != key:
            known = self._drawn[row] = key, layers(scene, objects, j)
        return known[1]


def paint(image: Float32, base: Float32, lost: Float32, opaque: list[tuple[Float32, float]]) -> None:
    """Draw objects over a picture, in place.

    Args:
        image: (4800,) picture to change [counts].
        base: (4800,) the fixed scene in it, without what the case adds [counts].
        lost: (4800,) share of the scene that vignetting and gains take.
        opaque: (4800,) blurred share times opacity, and counts, of each object, the farthest first.
    """
    now = base.astype(np.float64)
    left = 1.0 - lost
    for share, value in opaque:
        now += share * (left * value - now)
    image += (now - base).astype(np.float32)
