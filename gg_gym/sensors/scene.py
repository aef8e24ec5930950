"""What a camera sees, as weights: the image in counts is linear in the counts of K classes of surfaces.

Classes: the C components (their disc, drawn as a sphere, and the boxes that show their temperature), then sky at the
zenith, air, ground, the case, and one constant. A pixel's weights are the area shares of what its rays hit, blurred by
the lens. Rays find the large surfaces; a disc of a few pixels is sampled on a grid of its own (:func:`spot`), so that
it keeps its area wherever it lies within a pixel. What the air takes and gives on the way is the coefficients' matter.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from gg_gym.equations.optics import barrel
from gg_gym.parameters.lepton import LEPTON
from gg_gym.physics.geometry import Geometry
from gg_gym.sensors.camera_rays import (
    SAMPLES,
    SLACK,
    bend,
    box_distance,
    corner,
    ellipsoid_distance,
    first_met,
    focal_length,
    lens_planes,
    rays,
    turned,
)
from gg_gym.streams import normals
from gg_gym.units import Bool, Float, Float32, Int

#: Samples across a disc, at least; discs of a smaller radius [px] are drawn apart from the rays.
LEAST, SMALL = 24, 4.0
#: What stands in the way of rays: directions, columns, rows to distances.
Blocked = Callable[[Float, Float, Float], Float]
_KEEP = 96
_CACHE: OrderedDict[tuple[object, ...], Scene] = OrderedDict()


@dataclass(frozen=True)
class Scene:
    """Weights of one mounted camera.

    Attributes:
        used: (k,) classes that cover anything.
        real: (k, P) with the unit's vignetting residual and pixel gains.
        clean: (k, P) of a perfect lens.
        coverage: (C, P) area share of each component, without blur and air.
        place: (3,) where the camera is [m].
        frame: (3, 3) rows right, down, forward.
        depth: (240, 320) distance of what is nearest, four by four a pixel [m].
    """

    used: Int
    real: Float32
    clean: Float32
    coverage: Float32
    place: Float
    frame: Float
    depth: Float32


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
    """(row, column) at which the lens shows a point; pixel centres are whole numbers."""
    x, y, z = frame @ (np.asarray(point) - position)
    x, y = focal_length() * x / z, focal_length() * y / z
    radius = max(float(np.hypot(x, y)) / corner(), 1e-12)
    scale = float(barrel(np.array(min(radius, 2.0)), LEPTON.distortion)) / min(radius, 2.0)
    return float(scale * y + (LEPTON.rows - 1) / 2), float(scale * x + (LEPTON.columns - 1) / 2)


def trace(geometry: Geometry, position: Float, directions: Float, skip: frozenset[int]) -> tuple[Int, Float]:
    """(R,) index of the component each ray meets first (-1: none) and (R,) its distance [m].

    ``skip`` names components whose discs are left out (their boxes stay).
    """
    nearest, index = np.full(len(directions), np.inf), np.full(len(directions), -1)
    objects = [
        (i, ellipsoid_distance(position, directions, np.array(c.position), np.full(3, c.radius)))
        for i, c in enumerate(geometry.components)
        if i not in skip
    ]
    for box in geometry.boxes:
        distance = box_distance(position, directions, np.array(box.low), np.array(box.high))
        objects.append((geometry.index[box.component], distance))
    for i, distance in objects:
        closer = distance < nearest
        nearest[closer], index[closer] = distance[closer], i
    return index, nearest


def reach(
    geometry: Geometry, place: Float, directions: Float, x: Float, y: Float, skip: frozenset[int] = frozenset()
) -> Float:
    """(R,) distance [m] that rays go before they meet something fixed; arguments as for :func:`trace`."""
    return trace(geometry, place, directions, skip)[1]


def look_up(depth: Float32, x: Float, y: Float) -> Float:
    """(R,) distance [m] of what stands at columns ``x`` and rows ``y`` [px] in a :attr:`Scene.depth`."""
    row, column = ((SAMPLES * (a + 0.5)).astype(np.int64) for a in (y, x))
    out: Float = depth[row, column].astype(np.float64)
    return out


def outline(place: Float, frame: Float, centre: Float, size: Float) -> tuple[Float, Float] | None:
    """Least and largest (x/z, y/z) of an ellipsoid in the camera's frame, within a little more than the view.

    None where it is out of view, behind, or around the camera.
    """
    c = frame @ (centre - place)
    dual = (frame * size**2) @ frame.T - c[:, None] * c
    if c[2] <= 0.0 or dual[2, 2] >= 0.0:
        return None
    middle, spread = dual[:2, 2], np.sqrt(dual.diagonal()[:2] * -dual[2, 2] + dual[:2, 2] ** 2)
    ends = np.stack([middle + spread, middle - spread]) / dual[2, 2]
    edge = 0.7 * np.array([LEPTON.columns, LEPTON.rows]) / focal_length()
    low, high = np.maximum(ends[0], -edge), np.minimum(ends[1], edge)
    return (low, high) if (low < high).all() else None


def _limits(low: Float, high: Float) -> tuple[Float, Float]:
    """Where the lens shows a rectangle of the tangent plane: least and largest (x, y) off the axis [px]."""
    ends = focal_length() * np.stack([low, high, np.minimum(np.maximum(0.0, low), high)])
    x, y = ends[:, 0], ends[:, 1, None]
    scale = 1.0 - LEPTON.distortion * (x * x + y * y) / corner() ** 2
    shown = np.stack([x * scale, y * scale]).reshape(2, -1)
    return shown.min(axis=1), shown.max(axis=1)


def _samples(low: float, high: float, pixels: int) -> tuple[Float, float]:
    """Sample places along an axis [px], and their spacing: on the pixels' grid, on one of its own below a pixel."""
    if high - low < 1.0:
        own = np.asarray(low + (np.arange(LEAST) + 0.5) * ((high - low) / LEAST), np.float64)
        return own, (high - low) / LEAST
    count = int(max(SAMPLES, np.ceil(LEAST / (high - low))))
    edge = (pixels - 1) / 2
    first, last = max(float(np.floor(low + edge + 0.5)), 0.0), min(float(np.ceil(high + edge - 0.5)), pixels - 1.0)
    places = np.arange(max(int(last - first) + 1, 0) * count)
    grid = first - 0.5 - edge + (places + 0.5) / count
    return grid, 1.0 / count


def spot(place: Float, frame: Float, centre: Float, size: Float, blocked: Blocked | Float32) -> Float | None:
    """(60, 80) area share of the pixels in which an ellipsoid shows, without blur; None where it is out of view.

    Args:
        place: (3,) of the camera [m].
        frame: (3, 3) axes of the camera.
        centre: (3,) [m].
        size: (3,) semi-axes [m].
        blocked: (R, 3) unit directions and their (R,) columns and rows [px] to the (R,) distance of what stands in
            the way [m]; or a :attr:`Scene.depth`.
    """
    ends = outline(place, frame, centre, size)
    if ends is None:
        return None
    low, high = _limits(*ends)
    half = 0.5 * np.array([LEPTON.columns, LEPTON.rows])
    if ((low >= half) | (high <= -half)).any():
        return None
    x, dx = _samples(float(low[0]), float(high[0]), LEPTON.columns)
    y, dy = _samples(float(low[1]), float(high[1]), LEPTON.rows)
    x, y = (_within(a, float(low[k]), float(high[k])) for k, a in enumerate((x, y)))
    x, y = x[np.abs(x) < LEPTON.columns / 2], y[np.abs(y) < LEPTON.rows / 2]
    if not x.size * y.size:
        return None
    through = _through(x, y, dx == dy == 1.0 / SAMPLES)
    hit, distance = first_met(through, frame, centre - place, size)
    x, y = x[hit % len(x)] + (LEPTON.columns - 1) / 2, y[hit // len(x)] + (LEPTON.rows - 1) / 2
    if isinstance(blocked, np.ndarray):
        seen = distance < look_up(blocked, x, y)
    else:
        seen = distance < blocked(turned(np.stack([a.ravel()[hit] for a in through], axis=1), frame), x, y)
    pixel = np.rint(y[seen]).astype(int) * LEPTON.columns + np.rint(x[seen]).astype(int)
    share = np.bincount(pixel, minlength=LEPTON.rows * LEPTON.columns) * (dx * dy)
    out: Float = np.minimum(share, 1.0).reshape(LEPTON.rows, LEPTON.columns)
    return out


def _within(places: Float, low: float, high: float) -> Float:
    """Those of some places off the axis [px] that are not outside of an object's limits."""
    out: Float = places[(places > low - SLACK) & (places < high + SLACK)]
    return out


def _through(x: Float, y: Float, whole: bool) -> tuple[Float, Float, Float]:
    """Directions in the camera's frame, three of (len(y), len(x)); ``whole`` where places lie on the samples' grid."""
    if not whole:
        right, down, ahead = np.moveaxis(bend(*np.meshgrid(x, y)), -1, 0)
        return right, down, ahead
    first, last = (
        [round(SAMPLES * (float(p[k]) + 0.5 * size) - 0.5) for p, size in ((y, LEPTON.rows), (x, LEPTON.columns))]
        for k in (0, -1)
    )
    right, down, ahead = lens_planes()[:, first[0] : last[0] + 1, first[1] : last[1] + 1]
    return right, down, ahead


def _share(values: Float) -> Float:
    """Mean over the rays of each pixel: (R,) to (60, 80)."""
    out: Float = values.reshape(LEPTON.rows, LEPTON.columns, -1).mean(axis=-1)
    return out


@cache
def _blur(size: int) -> Float:
    """(size, size) Gaussian blur with replicated edges; read-only."""
    i = np.arange(size)
    out = np.zeros((size, size))
    for shift in range(-3, 4):
        np.add.at(out, (i, np.clip(i + shift, 0, size - 1)), np.exp(-0.5 * (shift / LEPTON.psf) ** 2))
    normal: Float = out / out.sum(axis=1, keepdims=True)
    normal.flags.writeable = False
    return normal


def blur(image: Float) -> Float:
    """(..., 60, 80) as the lens spreads it."""
    out: Float = _blur(LEPTON.rows) @ image @ _blur(LEPTON.columns).T
    return out


def coverage(geometry: Geometry, place: Float, frame: Float, directions: Float) -> tuple[Float, Bool, Float, Float]:
    """Area shares (C, 60, 80) of the components; (R,) rays that meet none but discs; (60, 80) share left by those.

    Discs below :data:`SMALL` pixels are drawn in front of what the rays find. Last, the (R,) distance of the nearest.
    """
    parts, c = geometry.components, len(geometry.components)
    far = np.linalg.norm(geometry.positions() - place, axis=1)
    small = frozenset(i for i in range(c) if parts[i].radius * focal_length() < SMALL * far[i])
    index, nearest = trace(geometry, place, directions, small)
    for i in sorted(small):
        own = ellipsoid_distance(place, directions, np.array(parts[i].position), np.full(3, parts[i].radius))
        nearest = np.minimum(nearest, own)
    discs = np.zeros((c, LEPTON.rows, LEPTON.columns))
    for i in sorted(small):
        blocked = partial(reach, geometry, place, skip=frozenset((i,)))
        share = spot(place, frame, np.array(parts[i].position), np.full(3, parts[i].radius), blocked)
        discs[i] = 0.0 if share is None else share
    total = discs.sum(axis=0)
    discs /= np.maximum(total, 1.0)
    left = 1.0 - np.minimum(total, 1.0)
    place_of = np.arange(len(index)) // SAMPLES**2 * (c + 1) + index + 1
    met = np.bincount(place_of, minlength=LEPTON.rows * LEPTON.columns * (c + 1)) / float(SAMPLES**2)
    shares = met.reshape(LEPTON.rows, LEPTON.columns, c + 1).transpose(2, 0, 1)[1:]
    return shares * left + discs, index < 0, left, nearest


def build(geometry: Geometry, position: Float, frame: Float, vignetting: float, gain: Float) -> Scene:
    """Weights of a camera at ``position`` with axes ``frame``.

    Args:
        geometry: what stands where.
        position: (3,) [m].
        frame: (3, 3) rows right, down, forward.
        vignetting: the unit's loss at the corner [1].
        gain: (60, 80) gain of each pixel, about 1.
    """
    directions = rays(frame)
    c = len(geometry.components)
    shares, open_, left, nearest = coverage(geometry, position, frame, directions)
    maps = np.zeros((classes(geometry), LEPTON.rows, LEPTON.columns))
    maps[:c], rise = shares, directions[:, 2]
    horizon = np.exp(-np.clip(rise, 0, None) / LEPTON.sky_horizon)
    maps[c] = left * _share(np.where(open_ & (rise > 0), 1.0 - horizon, 0.0))
    maps[c + 1] = left * _share(np.where(open_ & (rise > 0), horizon, 0.0))
    maps[c + 2] = left * _share(np.where(open_ & (rise <= 0), 1.0, 0.0))
    used = np.flatnonzero(maps.any(axis=(1, 2)) | (np.arange(len(maps)) >= len(maps) - 2))
    maps = blur(maps[used])
    real = _finish(maps, vignetting, gain)
    clean = _finish(maps, LEPTON.vignetting, np.ones_like(gain))
    return Scene(used, real, clean, shares.reshape(c, -1).astype(np.float32), position, frame, _depth(nearest))


def _depth(nearest: Float) -> Float32:
    """(R,) distances pixel by pixel to (240, 320)."""
    k, h, w = SAMPLES, LEPTON.rows, LEPTON.columns
    spread: Float32 = nearest.reshape(h, w, k, k).transpose(0, 2, 1, 3).reshape(h * k, w * k).astype(np.float32)
    return spread


def _finish(maps: Float, vignetting: float, gain: Float) -> Float32:
    """Fold in pixel gains and what is left of vignetting after the camera's nominal correction.

    The case shines through what is lost; gains act about the case, where the shutter sets every pixel right.
    """
    h, w = LEPTON.rows, LEPTON.columns
    y, x = np.mgrid[0:h, 0:w]
    r2 = ((y - (h - 1) / 2) ** 2 + (x - (w - 1) / 2) ** 2) / corner() ** 2
    left = gain * (1.0 - vignetting * r2) / (1.0 - LEPTON.vignetting * r2)
    out = maps * left
    out[-2], out[-1] = 1.0 - left, 1.0
    return np.ascontiguousarray(out.reshape(len(out), -1).astype(np.float32))


def signature(geometry: Geometry) -> tuple[object, ...]:
    """What the weights depend on, hashable."""
    parts = tuple((c.position, c.radius) for c in geometry.components)
    return parts, tuple((b.low, b.high, b.component) for b in geometry.boxes), geometry.mount.target


def mounted(
    geometry: Geometry, position: tuple[float, float, float], name: str, serial: int, angles: Float, vignetting: float
) -> Scene:
    """The scene of a unit's camera ``name``, from a cache of the last 96 cameras of this process."""
    key = (signature(geometry), position, name, serial, tuple(float(a) for a in angles), vignetting)
    if key not in _CACHE:
        place = np.array(position, dtype=np.float64)
        frame = rotation(np.array(geometry.mount.target) - place, *(float(a) for a in angles))
        pixels = normals(serial, f"sensor.{name}.unit.pixel_gain", LEPTON.rows * LEPTON.columns)
        gain = 1.0 + LEPTON.pixel_gain * pixels.reshape(LEPTON.rows, LEPTON.columns)
        _CACHE[key] = build(geometry, place, frame, vignetting, gain)
        while len(_CACHE) > _KEEP:
            _CACHE.popitem(last=False)
    _CACHE.move_to_end(key)
    return _CACHE[key]
