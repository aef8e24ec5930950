"""Addressed random draws: a number is a function of (seed, consumer, phase, index, lane) and of nothing else.

Philox-4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11, section 3.3)
maps a key and a counter to four 32-bit words. The key comes from the instance's seed and the consumer's
name, the counter from phase, time index, sub-step and lane; normals are quantiles of one uniform each. So a
neighbour, the batch size, an added sensor, a masked reset or a resume never changes a number. Consumers of
more than 256 values a step draw 16-bit words from a 64-bit Philox keyed by the same hash (:func:`words16`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from gg_gym.units import Float, UInt16, UInt32, UInt64

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_LOW, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)


def philox4x32(key: UInt64, counter: UInt32, rounds: int = 10) -> UInt32:
    """Philox-4x32 of ``key`` (..., 2) and ``counter`` (..., 4); returns (..., 4) words.

    Words travel as uint64 below 2**32. Source: Salmon et al. 2011, section 3.3 and Random123's known-answer vectors.
    """
    c0, c1, c2, c3 = (np.asarray(counter[..., i], dtype=np.uint64) for i in range(4))
    k0, k1 = (np.asarray(key[..., i], dtype=np.uint64) for i in range(2))
    for r in range(rounds):
        p0, p1 = _M0 * c0, _M1 * c2
        kr0 = (k0 + np.uint64(r * _W0 & 0xFFFFFFFF)) & _LOW
        kr1 = (k1 + np.uint64(r * _W1 & 0xFFFFFFFF)) & _LOW
        c0, c1, c2, c3 = (p1 >> _SHIFT) ^ c1 ^ kr0, p1 & _LOW, (p0 >> _SHIFT) ^ c3 ^ kr1, p0 & _LOW
    out: UInt32 = np.stack(np.broadcast_arrays(c0, c1, c2, c3), axis=-1).astype(np.uint32)
    return out


def consumer_code(name: str) -> np.uint64:
    """A 64-bit code of a consumer's name."""
    return np.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little"))


def mix(seed: UInt64, code: np.uint64 | UInt64) -> UInt64:
    """Hash a seed and a code to a 64-bit key (one Philox block; broadcasts)."""
    seed, code = np.broadcast_arrays(np.asarray(seed, np.uint64), np.asarray(code, np.uint64))
    key = np.stack([seed & _LOW, seed >> _SHIFT], axis=-1)
    zero = np.zeros_like(seed)
    counter = np.stack([code & _LOW, code >> _SHIFT, zero, zero], axis=-1).astype(np.uint32)
    words = philox4x32(key, counter).astype(np.uint64)
    mixed: UInt64 = words[..., 0] | (words[..., 1] << _SHIFT)
    return mixed


def derive(seed: UInt64 | int, *names: str | int) -> UInt64:
    """Derive seeds: ``derive(seeds, "replicate", 3)`` hashes each seed with each name in turn."""
    out = np.asarray(seed, dtype=np.uint64)
    for name in names:
        code = consumer_code(name) if isinstance(name, str) else np.uint64(name)
        out = mix(out, code)
    return out


def _uniform(words: UInt32) -> Float:
    """Map 32-bit words to uniforms in the open interval (0, 1)."""
    u: Float = (words.astype(np.float64) + 0.5) * 2.0**-32
    return u


def uniforms(seed: UInt64 | int, consumer: str, width: int, index: int = 0) -> Float:
    """Uniforms (..., width) in (0, 1) for seeds (...): for draws outside a time loop (unit spread, conditions)."""
    seeds = np.atleast_1d(np.asarray(seed, dtype=np.uint64))
    drawn = Streams(seeds, {consumer: width}).draw(phase=0, index=index).uniform(consumer)
    return drawn.reshape(*np.shape(seed), width)


def normals(seed: UInt64 | int, consumer: str, width: int, index: int = 0) -> Float:
    """Standard normals (..., width) for seeds (...), as :func:`uniforms`."""
    out: Float = ndtri(uniforms(seed, consumer, width, index))
    return out


@dataclass(frozen=True)
class Draws:
    """All draws of one step: (instances, lanes) uniforms, and their normal quantiles, sliced by consumer."""

    _u: Float
    _z: Float
    _slices: Mapping[str, slice]

    def uniform(self, consumer: str) -> Float:
        """Return the uniforms (n, width) of a consumer."""
        return self._u[:, self._slices[consumer]]

    def normal(self, consumer: str) -> Float:
        """Return the standard normals (n, width) of a consumer."""
        return self._z[:, self._slices[consumer]]


class Streams:
    """The draws of n instances for a fixed set of consumers.

    Args:
        seeds: (n,) uint64, one per instance.
        widths: values per step of each consumer. A consumer's numbers do not depend on the others.
    """

    def __init__(self, seeds: UInt64, widths: Mapping[str, int]) -> None:
        self.seeds = np.atleast_1d(np.asarray(seeds, dtype=np.uint64))
        self.widths = dict(widths)
        self._slices, keys, lanes, picks, start = {}, [], [], [], 0
        for name, width in self.widths.items():
            n_blocks = -(-width // 4)
            key = mix(self.seeds, consumer_code(name))
            keys.append(np.repeat(key[:, None], n_blocks, axis=1))
            lanes.append(np.arange(n_blocks, dtype=np.uint32))
            picks.append(sum(4 * x.size for x in lanes[:-1]) + np.arange(width))
            self._slices[name] = slice(start, start + width)
            start += width
        key = np.concatenate(keys, axis=1) if keys else np.zeros((self.seeds.size, 0), np.uint64)
        self._key = np.stack([key & _LOW, key >> _SHIFT], axis=-1)
        self._lane = np.concatenate(lanes) if lanes else np.zeros(0, np.uint32)
        self._pick = np.concatenate(picks) if picks else np.zeros(0, np.int64)

    def draw(self, *, phase: int, index: int | UInt32, sub: int = 0) -> Draws:
        """All draws of one step.

        Args:
            phase: part of the run (0 outside time, 1 spin-up, 2 lead-in, 3 record).
            index: time index, an integer or (n,) integers.
            sub: sub-step.
        """
        shape = self._key.shape[:2]
        counter = np.empty((*shape, 4), np.uint32)
        counter[..., 0] = np.broadcast_to(np.asarray(index, np.uint32).reshape(-1, 1), shape)
        counter[..., 1] = sub
        counter[..., 2] = self._lane
        counter[..., 3] = phase
        words = philox4x32(self._key, counter).reshape(shape[0], -1)
        u = _uniform(np.ascontiguousarray(words[:, self._pick]))
        return Draws(u, ndtri(u), self._slices)


def words16(keys: Sequence[int] | UInt64, phase: int, index: int, count: int) -> UInt16:
    """(n, count) addressed 16-bit words for image-sized consumers, a 64-bit Philox per instance.

    Args:
        keys: (n,) keys, from :func:`derive`.
        phase: part of the run.
        index: time index.
        count: words per instance.
    """
    n_words = -(-count // 4)
    out = np.empty((len(keys), n_words), np.uint64)
    generator = np.random.Philox(key=0)
    state = generator.state
    for i, key in enumerate(keys):
        state["state"]["key"][:] = (key, 0)
        state["state"]["counter"][:] = (0, index, phase, 0)
        state["buffer_pos"] = 4
        generator.state = state
        out[i] = generator.random_raw(n_words)
    words: UInt16 = out.view(np.uint16)[:, :count]
    return words
