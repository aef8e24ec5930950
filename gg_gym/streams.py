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
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.special import ndtri

from gg_gym.units import Float, UInt16, UInt32, UInt64

_M = np.array([0xD2511F53, 0xCD9E8D57], np.uint64)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)
#: Rows times steps, and steps, that small batches draw ahead: a number depends on its address alone, so nothing but
#: time changes.
_AHEAD, _STEPS_AHEAD = 256, 64


def round_keys(key: UInt64, rounds: int = 10) -> UInt64:
    """(rounds, 2, ...) keys of the rounds from ``key`` (..., 2): the Weyl sequence of Philox."""
    step = np.arange(rounds, dtype=np.uint64).reshape(-1, *(1,) * (key.ndim - 1))
    keys: UInt64 = np.stack([(key[..., 0] + step * _W0) & _LOW, (key[..., 1] + step * _W1) & _LOW], axis=1)
    return keys


def philox_rounds(even: UInt64, odd: UInt64, keys: UInt64) -> None:
    """All rounds of Philox-4x32 in place.

    Args:
        even: (2, ...) words 0 and 2, uint64 below 2**32; overwritten by words 0 and 2 of the result.
        odd: (2, ...) words 1 and 3, the same.
        keys: (rounds, 2, ...) of :func:`round_keys`, broadcast against the words.
    """
    product = np.empty_like(even)
    swapped, factor = product[::-1], _M.reshape(2, *(1,) * (even.ndim - 1))
    for key in keys:
        np.multiply(even, factor, out=product)
        np.right_shift(swapped, _SHIFT, out=even)
        np.bitwise_xor(even, odd, out=even)
        np.bitwise_xor(even, key, out=even)
        np.bitwise_and(swapped, _LOW, out=odd)


def philox4x32(key: UInt64, counter: UInt32, rounds: int = 10) -> UInt32:
    """Philox-4x32 of ``key`` (..., 2) and ``counter`` (..., 4); returns (..., 4) words.

    Words travel as uint64 below 2**32. Source: Salmon et al. 2011, section 3.3 and Random123's known-answer vectors.
    """
    shape = np.broadcast_shapes(key.shape[:-1], counter.shape[:-1])
    words = np.empty((4, *shape), np.uint64)
    words[:] = np.moveaxis(counter, -1, 0).reshape(4, *(1,) * (len(shape) + 1 - counter.ndim), *counter.shape[:-1])
    key = np.broadcast_to(key, (*shape, 2))
    philox_rounds(words[0::2], words[1::2], round_keys(np.asarray(key, np.uint64), rounds))
    out: UInt32 = np.ascontiguousarray(np.moveaxis(words, 0, -1)).astype(np.uint32)
    return out


@lru_cache(maxsize=4096)
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


def uniforms(seed: UInt64 | int, consumer: str, width: int, index: int = 0) -> Float:
    """Uniforms (..., width) in (0, 1) for seeds (...): for draws outside a time loop (unit spread, conditions)."""
    seeds = np.atleast_1d(np.asarray(seed, dtype=np.uint64))
    drawn = Streams(seeds, {consumer: width}).draw(phase=0, index=index).uniform(consumer)
    return drawn.reshape(*np.shape(seed), width)


def normals(seed: UInt64 | int, consumer: str, width: int, index: int = 0) -> Float:
    """Standard normals (..., width) for seeds (...), as :func:`uniforms`."""
    out: Float = ndtri(uniforms(seed, consumer, width, index))
    return out


class Draws:
    """All draws of one step: (instances, lanes) uniforms and their normal quantiles, sliced by consumer; read-only.

    Args:
        u: (n, lanes) uniforms.
        z: (n, lanes) their normal quantiles, or None: each is computed when it is asked for.
        slices: consumer to its lanes.
    """

    __slots__ = ("_slices", "_u", "_z")

    def __init__(self, u: Float, z: Float | None, slices: Mapping[str, slice]) -> None:
        self._u, self._z, self._slices = u, z, slices

    def _of(self, values: Float, consumers: Sequence[str]) -> Float:
        parts = [self._slices[c] for c in consumers]
        if all(a.stop == b.start for a, b in pairwise(parts)):
            return values[:, parts[0].start : parts[-1].stop] if parts else values[:, :0]
        return np.concatenate([values[:, p] for p in parts], axis=1)

    def uniform(self, *consumers: str) -> Float:
        """Return the uniforms (n, width) of a consumer, or of several side by side."""
        return self._of(self._u, consumers)

    def normal(self, *consumers: str, skip: int = 0) -> Float:
        """Return the standard normals (n, width) of a consumer, or of several side by side, less the first ``skip``."""
        if self._z is None:
            out: Float = ndtri(self._of(self._u, consumers)[:, skip:])
            return out
        return self._of(self._z, consumers)[:, skip:]


class Streams:
    """The draws of n instances for a fixed set of consumers.

    Args:
        seeds: (n,) uint64, one per instance.
        widths: values per step of each consumer. A consumer's numbers do not depend on the others.
        other: consumer -> (n,) seeds in place of ``seeds``.
    """

    def __init__(self, seeds: UInt64, widths: Mapping[str, int], other: Mapping[str, UInt64] | None = None) -> None:
        self.seeds = np.atleast_1d(np.asarray(seeds, dtype=np.uint64))
        self.widths = dict(widths)
        self._slices: dict[str, slice] = {}
        self._pick, blocks, lanes, start = np.zeros(0, np.int64), [0], [np.zeros(0, np.uint64)], 0
        for name, width in self.widths.items():
            self._slices[name] = slice(start, start + width)
            start += width
            lanes.append(np.arange(-(-width // 4), dtype=np.uint64))
            blocks.append(blocks[-1] + lanes[-1].size)
        firsts = zip(blocks, self.widths.values(), strict=False)
        self._pick = np.concatenate([self._pick, *(4 * b + np.arange(w) for b, w in firsts)])
        self._lane = np.concatenate(lanes)
        codes = np.array([consumer_code(name) for name in self.widths], np.uint64)
        own = self.seeds[:, None]
        if other:
            own = np.stack([np.asarray(other.get(name, self.seeds), np.uint64) for name in self.widths], axis=1)
        key = np.repeat(mix(own, codes), np.diff(blocks), axis=1)
        self._keys = round_keys(np.stack([key & _LOW, key >> _SHIFT], axis=-1))[:, :, None]
        self._drawn: dict[int, tuple[int, Float | None, Float | None]] = {}

    def draw(self, *, phase: int, index: int | UInt32, sub: int = 0) -> Draws:
        """All draws of one step.

        Args:
            phase: part of the run (0 outside time, 1 spin-up, 2 lead-in, 3 record).
            index: time index, an integer or (n,) integers.
            sub: sub-step.
        """
        ahead = min(_AHEAD // max(self.seeds.size, 1), _STEPS_AHEAD)
        if ahead < 2 or sub or not isinstance(index, int):
            return Draws(self._uniforms(phase, np.asarray(index, np.uint64).reshape(1, -1), sub)[0], None, self._slices)
        first, u, z = self._drawn.get(phase, (-2, None, None))
        if u is None or z is None or not first <= index < first + len(u):
            # a second step in a row tells that more will follow
            count = ahead if index == first + (1 if u is None else len(u)) else 1
            u = self._uniforms(phase, np.arange(index, index + count, dtype=np.uint64)[:, None], sub)
            z, first = ndtri(u), index
            self._drawn = {phase: (first, u, z)}
        return Draws(u[index - first], z[index - first], self._slices)

    def _uniforms(self, phase: int, index: UInt64, sub: int) -> Float:
        """(steps, n, lanes) uniforms in the open interval (0, 1) of ``index`` (steps, n) or (steps, 1)."""
        words = np.empty((4, len(index), *self._keys.shape[3:]), np.uint64)
        words[0], words[1], words[2], words[3] = index[:, :, None], sub, self._lane, phase
        philox_rounds(words[0::2], words[1::2], self._keys)
        u = np.empty((*words.shape[1:], 4))
        for i, word in enumerate(words):
            u[..., i] = word
        out: Float = np.take(u.reshape(*u.shape[:2], -1), self._pick, axis=2)
        out += 0.5
        out *= 2.0**-32
        out.flags.writeable = False
        return out


def words16(
    keys: Sequence[int] | UInt64, phase: int, index: int, count: int, generator: np.random.Philox | None = None
) -> UInt16:
    """(n, count) addressed 16-bit words for image-sized consumers, a 64-bit Philox per instance.

    Args:
        keys: (n,) keys, from :func:`derive`.
        phase: part of the run.
        index: time index.
        count: words per instance.
        generator: one to use again and again, whatever its state (making one costs as much as 1,000 words).
    """
    n_words = -(-count // 4)
    out = np.empty((len(keys), n_words), np.uint64)
    generator = generator or np.random.Philox(key=0)
    address = {"counter": [0, index, phase, 0], "key": [0, 0]}
    state: Any = {**generator.state, "state": address, "buffer": [0, 0, 0, 0], "buffer_pos": 4}
    for i, key in enumerate(np.asarray(keys, np.uint64).tolist()):
        address["key"][0] = key
        generator.state = state
        out[i] = generator.random_raw(n_words)
    words: UInt16 = out.view(np.uint16)[:, :count]
    return words
