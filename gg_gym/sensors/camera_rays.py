"""Rays of a camera: directions through its lens, and how far they go to an ellipsoid or a box."""

from __future__ import annotations

from functools import cache

import numpy as np

from gg_gym.equations.optics import unbarrel
from gg_gym.parameters.lepton import LEPTON
from gg_gym.units import Float, Int

#: Rays per pixel along each axis.
SAMPLES = 4
#: What rounding may move a limit by [px, 1].
SLACK = 1e-9


@cache
def corner() -> float:
    """Distance of the corner pixel from the axis [px]."""
    return float(np.hypot((LEPTON.rows - 1) / 2, (LEPTON.columns - 1) / 2))


@cache
def focal_length() -> float:
    """Focal length in pixels."""
    return float(LEPTON.columns / 2 / np.tan(np.deg2rad(LEPTON.view / 2)))


@cache
def lens_grid() -> Float:
    """(60, 80, 4, 4, 3) directions through the lens of the samples of each pixel, in the camera's frame; read-only."""
    k, h, w = SAMPLES, LEPTON.rows, LEPTON.columns
    sub = (np.arange(k) + 0.5) / k - 0.5
    y = (np.arange(h)[:, None] + sub - (h - 1) / 2)[:, None, :, None]
    x = (np.arange(w)[:, None] + sub - (w - 1) / 2)[None, :, None, :]
    out = bend(*np.broadcast_arrays(x, y))
    out.flags.writeable = False
    return out


@cache
def lens_planes() -> Float:
    """(3, 240, 320) the directions of :func:`lens_grid` as a picture of each component; read-only."""
    out = np.ascontiguousarray(lens_grid().transpose(4, 0, 2, 1, 3).reshape(3, LEPTON.rows * SAMPLES, -1))
    out.flags.writeable = False
    return out


def bend(x: Float, y: Float) -> Float:
    """(..., 3) directions, not of unit length, at places off the axis of the picture [px], in the camera's frame."""
    radius = np.hypot(x, y) / corner()
    scale = unbarrel(radius, LEPTON.distortion) / np.maximum(radius, 1e-12) / focal_length()
    out: Float = np.stack([x * scale, y * scale, np.ones_like(radius)], axis=-1)
    return out


def turned(directions: Float, frame: Float) -> Float:
    """(R, 3) unit directions in the world of such in a camera's ``frame``."""
    out: Float = directions @ frame
    out /= np.sqrt(square_length(out))[:, None]
    return out


def square_length(vectors: Float) -> Float:
    """(R,) squared length of (R, 3)."""
    x, y, z = (vectors * vectors).T
    out: Float = x + y + z
    return out


def rays(frame: Float) -> Float:
    """(P * SAMPLES^2, 3) unit directions, pixel by pixel."""
    return turned(lens_grid().reshape(-1, 3), frame)


def ellipsoid_distance(origin: Float, directions: Float, centre: Float, size: Float) -> Float:
    """(R,) distance along unit rays to an ellipsoid, inf where missed or the origin is inside; semi-axes (3,)."""
    to, d = (centre - origin) / size, directions / size
    along, out = d @ to, np.full(len(d), np.inf)
    # a unit ray has a square of 1 / size^2 at least: most rays miss, and are left out here
    least = np.sqrt(max(float(to @ to) - 1.0, 0.0)) / float(np.max(size))
    may = np.flatnonzero(along > (1.0 - SLACK) * least)
    if not may.size:
        return out
    square, along = square_length(d[may]), along[may]
    gap = along**2 - square * (to @ to - 1.0)
    hit = (gap >= 0) & (along > 0)
    near = (along - np.sqrt(np.where(hit, gap, 0.0))) / square
    out[may] = np.where(hit & (near > 0), near, np.inf)
    return out


def box_distance(origin: Float, directions: Float, low: Float, high: Float) -> Float:
    """(R,) distance to an axis-aligned box along unit rays, inf where it is missed or the origin is inside."""
    out, to = np.full(len(directions), np.inf), 0.5 * (low + high) - origin
    far, around = float(np.linalg.norm(to)), 0.5 * float(np.linalg.norm(high - low))
    # rays beside the ball around the box miss it
    least = np.sqrt(1.0 - (around / far) ** 2) - SLACK if far > around else -2.0
    may = np.flatnonzero(directions @ (to / max(far, 1e-12)) > least)
    if not may.size:
        return out
    near, leave = np.full(len(may), -np.inf), np.full(len(may), np.inf)
    for k in range(3):
        d = directions[may, k]
        safe = np.where(np.abs(d) < 1e-12, 1e-12, d)
        one, two = (low[k] - origin[k]) / safe, (high[k] - origin[k]) / safe
        near, leave = np.maximum(near, np.minimum(one, two)), np.minimum(leave, np.maximum(one, two))
    out[may] = np.where((near <= leave) & (near > 0), near, np.inf)
    return out


def first_met(through: tuple[Float, Float, Float], frame: Float, to: Float, size: Float) -> tuple[Int, Float]:
    """Indices (m,) of the rays that meet an ellipsoid, and (m,) how far they go [m]; none from its inside.

    Args:
        through: right, down, ahead (...) of each ray in the camera's frame, not of unit length.
        frame: (3, 3) axes of the camera.
        to: (3,) from the camera to the centre [m].
        size: (3,) semi-axes [m].
    """
    x, y, z = through
    form = (frame / size**2) @ frame.T
    a, c = form, form @ (frame @ to)
    level = float(to @ (to / size**2)) - 1.0
    along = c[0] * x + c[1] * y + c[2] * z
    square = x * (a[0, 0] * x + 2.0 * a[0, 1] * y + 2.0 * a[0, 2] * z) + y * (a[1, 1] * y + 2.0 * a[1, 2] * z)
    square += a[2, 2] * z * z
    gap = along * along - level * square
    hit = np.flatnonzero((gap >= 0.0) & (along > 0.0)) if level > 0.0 else np.zeros(0, np.int64)
    part = (along.ravel()[hit] - np.sqrt(gap.ravel()[hit])) / square.ravel()[hit]
    x, y, z = (v.ravel()[hit] for v in through)
    return hit, part * np.sqrt(x * x + y * y + z * z)
