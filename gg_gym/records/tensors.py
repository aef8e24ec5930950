"""Lossless filters: byte planes and temporal differences make sensor data compress; nothing is rounded."""

from __future__ import annotations

import numpy as np

from gg_gym.errors import InputError
from gg_gym.records.run import Array

FILTERS = ("none", "planes", "tdelta+planes")


def choose_filter(array: Array) -> str:
    """The filter for a compressed tensor: differences along time for 16-bit images, byte planes for wide types."""
    if array.dtype.itemsize == 1:
        return "none"
    return "tdelta+planes" if array.dtype.str == "<u2" and array.ndim >= 2 else "planes"


def _planes(array: Array) -> Array:
    """Byte planes: all first bytes, then all second bytes; (n,) items to (itemsize, n) uint8."""
    return np.ascontiguousarray(array.reshape(-1).view(np.uint8).reshape(-1, array.dtype.itemsize).T)


def _unplanes(stored: Array, dtype: np.dtype[np.generic]) -> Array:
    """Inverse of :func:`_planes`: (itemsize * n,) uint8 to (n,) items."""
    planes = stored.reshape(dtype.itemsize, -1)
    if dtype.itemsize == 2:
        wide = planes[1].astype(np.uint16)
        wide <<= 8
        wide |= planes[0]
        narrow: Array = wide.view(dtype)
        return narrow
    return np.ascontiguousarray(planes.T).view(dtype).reshape(-1)


def encode(array: Array, filter_: str) -> Array:
    """Bytes of ``array`` under a filter, as many as the array has.

    Raises:
        InputError: an unknown filter, or one that does not fit the type.
    """
    if filter_ == "none" or array.size == 0:
        return array.reshape(-1).view(np.uint8)
    if filter_ == "planes":
        return _planes(array)
    if filter_ != "tdelta+planes" or array.dtype.str != "<u2":
        raise InputError("filter", f"{filter_} of {array.dtype.str}", ", ".join(FILTERS))
    steps = array.copy()
    steps[1:] -= array[:-1]
    signed = steps.view(np.int16)
    return _planes(((signed << 1) ^ (signed >> 15)).view(np.uint16))


def decode(stored: Array, filter_: str, dtype: str, shape: tuple[int, ...]) -> Array:
    """Inverse of :func:`encode`: (bytes,) uint8 to an array; a view where the filter is "none"."""
    kind: np.dtype[np.generic] = np.dtype(dtype)
    if filter_ == "none" or stored.size == 0:
        return stored.view(kind).reshape(shape)
    flat = _unplanes(stored, kind)
    if filter_ == "planes":
        return flat.reshape(shape)
    folded = flat.reshape(shape)
    steps = (folded >> 1) ^ (np.uint16(0) - (folded & 1))
    return np.cumsum(steps, axis=0, dtype=np.uint16)
