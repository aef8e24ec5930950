"""What a camera sees, as weights: the image in counts is linear in the counts of K classes of surfaces.

Classes: the C components (their disc, drawn as a sphere, and the boxes that show their temperature), then sky at the
zenith, air, ground, the case, and one constant. A pixel's weights are the area shares of what its rays hit, blurred by
the lens, times the transmission of the air up to it; what the air takes it gives back at its own temperature.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from gg_gym.parameters.lepton import LEPTON
from gg_gym.physics.geometry import Geometry
from gg_gym.units import Float, Float32, Int

#: Rays per pixel along each axis.
SAMPLES = 4
_KEEP = 96
_CACHE: OrderedDict[tuple[object, ...], Scene] = OrderedDict()


@dataclass(frozen=True)
class Scene:
    """Weights of one mounted camera.

    Attributes:
        used: (k,) classes that cover anything.
        real: (k, P) with the unit's vignetting residual.
        clean: (k, P) of a perfect lens.
        coverage: (C, P) area share of each component, without blur and air.
    """

    used: Int
    real: Float32
    clean: Float32
    coverage: Float32


def classes(geometry: Geometry) -> int:
    """K: number of weight classes."""
    return len(geometry.components) + 5


def rotation(forward: Float, yaw: float, pitch: float, roll: float) -> Float:
    """(3, 3) rows right, down, forward of a camera; angles [rad] are mounting errors about its own axes."""
    f = forward / np.linalg.norm(forward)
    up = np.array([0.0, 0.0, 1.0]) if abs(f[2]) < 0.99 else np.array([0.0, 1.0, 0.0])
    right = np.cross(f, up)
    right /= np.linalg.norm(right)
    frame = np.stack([right, np.cross(f, right), f])
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    p = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    r = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    out: Float = r @ p @ y @ frame
    return out


def project(point: Float, position: Float, frame: Float) -> tuple[float, float]:
    """(row, column) at which a pinhole camera sees a point; pixel centres are whole numbers."""
    x, y, z = frame @ (np.asarray(point) - position)
    focal = focal_length()
    return float(focal * y / z + (LEPTON.rows - 1) / 2), float(focal * x / z + (LEPTON.columns - 1) / 2)


def focal_length() -> float:
    """Focal length in pixels."""
    return float(LEPTON.columns / 2 / np.tan(np.deg2rad(LEPTON.view / 2)))


def rays(frame: Float) -> Float:
    """(P * SAMPLES^2, 3) unit directions, pixel by pixel."""
    k, h, w = SAMPLES, LEPTON.rows, LEPTON.columns
    sub = (np.arange(k) + 0.5) / k - 0.5
    y = (np.arange(h)[:, None] + sub - (h - 1) / 2)[:, None, :, None]
    x = (np.arange(w)[:, None] + sub - (w - 1) / 2)[None, :, None, :]
    d = np.broadcast_arrays(x / focal_length(), y / focal_length(), np.ones((h, w, k, k)))
    directions = np.stack(d, axis=-1).reshape(-1, 3) @ frame
    out: Float = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return out


def sphere_distance(origin: Float, directions: Float, centre: Float, radius: float) -> Float:
    """(R,) distance to a sphere along rays, inf where it is missed."""
    to = centre - origin
    along = directions @ to
    gap = radius**2 - (to @ to - along**2)
    hit = (gap >= 0) & (along > 0)
    return np.where(hit, along - np.sqrt(np.where(hit, gap, 0.0)), np.inf)


def box_distance(origin: Float, directions: Float, low: Float, high: Float) -> Float:
    """(R,) distance to an axis-aligned box along rays, inf where it is missed or the origin is inside."""
    safe = np.where(np.abs(directions) < 1e-12, 1e-12, directions)
    one, two = (low - origin) / safe, (high - origin) / safe
    near, far = np.minimum(one, two).max(axis=1), np.maximum(one, two).min(axis=1)
    return np.where((near <= far) & (near > 0), near, np.inf)


def trace(geometry: Geometry, position: Float, directions: Float) -> tuple[Int, Float]:
    """(R,) index of the component each ray meets first (-1: none) and (R,) its distance [m]."""
    nearest, index = np.full(len(directions), np.inf), np.full(len(directions), -1)
    objects = [
        (i, sphere_distance(position, directions, np.array(c.position), c.radius))
        for i, c in enumerate(geometry.components)
    ]
    for box in geometry.boxes:
        distance = box_distance(position, directions, np.array(box.low), np.array(box.high))
        objects.append((geometry.index[box.component], distance))
    for i, distance in objects:
        closer = distance < nearest
        nearest[closer], index[closer] = distance[closer], i
    return index, nearest


def _share(values: Float) -> Float:
    """Mean over the rays of each pixel: (R,) to (60, 80)."""
    out: Float = values.reshape(LEPTON.rows, LEPTON.columns, -1).mean(axis=-1)
    return out


def _blur(size: int) -> Float:
    """(size, size) Gaussian blur with replicated edges."""
    i = np.arange(size)
    out = np.zeros((size, size))
    for shift in range(-3, 4):
        np.add.at(out, (i, np.clip(i + shift, 0, size - 1)), np.exp(-0.5 * (shift / LEPTON.psf) ** 2))
    normal: Float = out / out.sum(axis=1, keepdims=True)
    return normal


def build(geometry: Geometry, position: Float, frame: Float, vignetting: float) -> Scene:
    """Weights of a camera at ``position`` with axes ``frame``; ``vignetting`` is the unit's loss at the corner."""
    directions = rays(frame)
    index, distance = trace(geometry, position, directions)
    c = len(geometry.components)
    maps = np.zeros((classes(geometry), LEPTON.rows, LEPTON.columns))
    coverage = np.zeros((c, LEPTON.rows, LEPTON.columns))
    through = np.exp(-LEPTON.air_absorption * np.where(np.isfinite(distance), distance, 0.0))
    for k in range(c):
        coverage[k] = _share(np.where(index == k, 1.0, 0.0))
        maps[k] = _share(np.where(index == k, through, 0.0))
    rise, open_ = directions[:, 2], index < 0
    horizon = np.exp(-np.clip(rise, 0, None) / LEPTON.sky_horizon)
    maps[c] = _share(np.where(open_ & (rise > 0), 1.0 - horizon, 0.0))
    maps[c + 1] = _share(np.where(open_, np.where(rise > 0, horizon, 0.0), 1.0 - through))
    maps[c + 2] = _share(np.where(open_ & (rise <= 0), 1.0, 0.0))
    maps = _blur(LEPTON.rows) @ maps @ _blur(LEPTON.columns).T
    used = np.flatnonzero(maps.any(axis=(1, 2)) | (np.arange(len(maps)) >= len(maps) - 2))
    real, clean = (_finish(maps, v)[used] for v in (vignetting, LEPTON.vignetting))
    return Scene(used, real, clean, coverage.reshape(c, -1).astype(np.float32))


def _finish(maps: Float, vignetting: float) -> Float32:
    """Fold in what is left of vignetting after the camera's nominal correction; the case shines through the loss."""
    h, w = LEPTON.rows, LEPTON.columns
    y, x = np.mgrid[0:h, 0:w]
    r2 = ((y - (h - 1) / 2) ** 2 + (x - (w - 1) / 2) ** 2) / (((h - 1) / 2) ** 2 + ((w - 1) / 2) ** 2)
    left = (1.0 - vignetting * r2) / (1.0 - LEPTON.vignetting * r2)
    out = maps * left
    out[-2], out[-1] = 1.0 - left, 1.0
    return np.ascontiguousarray(out.reshape(len(out), -1).astype(np.float32))


def signature(geometry: Geometry) -> tuple[object, ...]:
    """What the weights depend on, hashable."""
    parts = tuple((c.position, c.radius) for c in geometry.components)
    return parts, tuple((b.low, b.high, b.component) for b in geometry.boxes), geometry.mount.target


def mounted(
    geometry: Geometry, position: tuple[float, float, float], serial: int, angles: Float, vignetting: float
) -> Scene:
    """The scene of a unit, from a cache of the last 96 cameras of this process."""
    key = (signature(geometry), position, serial, tuple(float(a) for a in angles), vignetting)
    if key not in _CACHE:
        place = np.array(position, dtype=np.float64)
        frame = rotation(np.array(geometry.mount.target) - place, *(float(a) for a in angles))
        _CACHE[key] = build(geometry, place, frame, vignetting)
        while len(_CACHE) > _KEEP:
            _CACHE.popitem(last=False)
    _CACHE.move_to_end(key)
    return _CACHE[key]
