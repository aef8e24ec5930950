"""Augmentation of prepared batches: noise, missing instruments, a missing camera, a short past.

What is dropped is dropped in the mask, as the firmware would report it. All draws come from one generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gg_gym.detection.networks import Prepared


@dataclass(frozen=True)
class Augmentation:
    """How much of each; the noise is in units of the squashed scale, the others are probabilities per window.

    Attributes:
        noise: standard deviation of white noise on each sample.
        offset: standard deviation of an offset of each channel.
        drop_frames: all thermal frames are missing.
        drop_group: an instrument is missing, each instrument on its own.
        truncate: the oldest samples are missing.
        truncate_most: at most so many of them. Only the past is cut, so the label at the window's end stays true.
    """

    noise: float = 0.05
    offset: float = 0.03
    drop_frames: float = 0.15
    drop_group: float = 0.1
    truncate: float = 0.25
    truncate_most: int = 24


class Augmenter:
    """Applies an :class:`Augmentation` to batches of one shape.

    Args:
        options: how much.
        groups: channel indices of each instrument.
        channels: number of channels.
        generator: source of all draws.
    """

    #: Normals drawn once and read at random places: a draw costs ten times a read.
    BANK = 1 << 20

    def __init__(
        self, options: Augmentation, groups: tuple[tuple[int, ...], ...], channels: int, generator: torch.Generator
    ) -> None:
        self.options, self.generator = options, generator
        self.member_of = torch.zeros(len(groups), channels)
        for row, group in enumerate(groups):
            self.member_of[row, list(group)] = 1.0
        self.bank = torch.randn(self.BANK, generator=generator)

    def _uniform(self, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self.generator)

    def _noise(self, signal: Tensor) -> Tensor:
        """Normals (m, B, C, T): each (member, window) reads the bank at its own place."""
        m, b, c, t = signal.shape
        places = torch.randint(0, self.BANK - c * t, (m * b,), generator=self.generator)
        views = self.bank.unfold(0, c * t, 1)
        return views[places].reshape(m, b, c, t)

    def __call__(self, batch: Prepared) -> Prepared:
        """Return an augmented copy of a batch (m, B, ...)."""
        o = self.options
        m, b, c, t = batch.signal.shape
        kept = (self._uniform(m, b, self.member_of.shape[0]) >= o.drop_group).float()
        kept = torch.where(kept.sum(-1, keepdim=True) > 0, kept, 1.0) @ self.member_of
        most = min(o.truncate_most, t // 2)
        cut = torch.where(self._uniform(m, b) < o.truncate, self._uniform(m, b) * (most + 1), 0.0).floor()
        recent = (torch.arange(t) >= cut[..., None]).float()
        mask = batch.mask * kept[..., None] * recent[:, :, None]
        shift = o.offset * torch.randn((m, b, c, 1), generator=self.generator)
        signal = (batch.signal + o.noise * self._noise(batch.signal) + shift) * mask
        if batch.tmask is None:
            return Prepared(signal, mask, None, None, None)
        slots = batch.tmask.shape[-1]
        ends = (torch.arange(slots) + 1) * (t // slots) - 1
        there = (self._uniform(m, b, 1) >= o.drop_frames) & (ends >= cut[..., None])
        return Prepared(signal, mask, batch.patches, batch.gauge, batch.tmask * there.float())
