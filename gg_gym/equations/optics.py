"""Lens: radial distortion of an image and its inverse."""

from __future__ import annotations

from gg_gym.units import A, Unitless


def barrel(radius: A, share: float) -> Unitless[A]:
    """Distorted distance from the axis, in units of the undistorted one at the corner, any shape.

    r (1 - share r^2): the first term of Brown's radial distortion (Brown 1966, recalled).

    Args:
        radius: undistorted distance from the axis over that of the corner [1].
        share: what the corner loses [1]; below 1/3.
    """
    distorted: A = radius * (1.0 - share * radius * radius)
    return distorted


def unbarrel(radius: A, share: float, steps: int = 6) -> Unitless[A]:
    """Undistorted distance from a distorted one, by Newton's method; arguments as for :func:`barrel`."""
    out = radius
    for _ in range(steps):
        square = share * out * out
        out = out - (out * (1.0 - square) - radius) / (1.0 - 3.0 * square)
    undistorted: A = out
    return undistorted
