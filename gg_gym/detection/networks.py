"""A patch network with mid fusion, all matrix products, for M members at once.

Scalars enter as (reading - centre) / scale, squashed, in tokens of ``patch`` samples beside their mask; each thermal
frame becomes one token that is added to the scalar tokens of its time (mid fusion); causal dilated blocks look
back over the tokens; three heads give event class, severity and anomaly. Every weight has a leading member axis,
so an ensemble is a stack of batched matrix products and members never meet. No dropout, no batch statistics.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gg_gym.detection.spec import ChannelSpec as ChannelSpec
from gg_gym.detection.spec import DetectorSpec as DetectorSpec
from gg_gym.streams import derive

#: Inputs are squashed to (-LIMIT, LIMIT): logarithmic in the decades, then bounded.
LIMIT = 4.0
#: Scaling of thermal frames: mean of a frame about CENTRE by SCALE; pixel minus mean by CONTRAST.
FRAME_CENTRE, FRAME_SCALE, FRAME_CONTRAST = 288.15, 15.0, 3.0


class Prepared(NamedTuple):
    """A batch ready for the network; m is 1 (shared by all members) or the number of members.

    Attributes:
        signal: (m, B, C, window) squashed readings, zero where masked.
        mask: (m, B, C, window) ones and zeros.
        patches: (m, B, frames, P, F) squashed thermal patches, or None without a camera.
        gauge: (m, B, frames, 3) frame mean, contrast maximum and minimum, or None.
        tmask: (m, B, frames) ones and zeros, or None.
    """

    signal: Tensor
    mask: Tensor
    patches: Tensor | None
    gauge: Tensor | None
    tmask: Tensor | None


class Outputs(NamedTuple):
    """What the network says of B windows, for each of M members.

    Attributes:
        logits: (M, B, K) of the event class.
        severity: (M, B, 2) mean and log-variance.
        anomaly: (M, B) logit.
        features: (M, B, features) of the trunk.
    """

    logits: Tensor
    severity: Tensor
    anomaly: Tensor
    features: Tensor


def squash(z: Tensor) -> Tensor:
    """Map scaled readings to (-LIMIT, LIMIT): linear at 0, logarithmic over decades, bounded.

    The symmetric logarithm sign(z) log(1 + |z|) costs a tenth of ``asinh`` and has the same two limits.
    """
    return LIMIT * torch.tanh(torch.copysign(torch.log1p(z.abs()), z) / LIMIT)


def tree_max(z: Tensor) -> Tensor:
    """Maximum over axis 2; without gradients by halving, which vectorises.

    Both ways give the same numbers; ``amax`` has the cheaper backward pass.
    """
    if torch.is_grad_enabled():
        return z.amax(2)
    while z.shape[2] > 1:
        half = z.shape[2] // 2
        paired = torch.maximum(z[:, :, :half], z[:, :, half : 2 * half])
        z = torch.cat([paired, z[:, :, 2 * half :]], 2) if z.shape[2] % 2 else paired
    return z[:, :, 0]


def prepare_scalars(x: Tensor, mask: Tensor, centre: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    """Scale and squash raw readings.

    Args:
        x: (B, C, T) raw readings; never looked at under mask 0, and masked where not finite.
        mask: (B, C, T), above 0 where valid.
        centre: (C, 1).
        scale: (C, 1).

    Returns:
        signal (B, C, T) and mask (B, C, T) of ones and zeros.
    """
    valid = (mask > 0) & torch.isfinite(x)
    signal = squash((torch.where(valid, x, centre) - centre) / scale)
    return signal, valid.to(signal.dtype)


def prepare_frames(thermal: Tensor, tmask: Tensor, patch: int) -> tuple[Tensor, Tensor, Tensor]:
    """Reduce thermal frames to patches of 2x2 maxima of the contrast to the frame's mean, and three gauges.

    The maximum keeps a hot spot of one pixel; the reduction by four happens once for all members and training steps.

    Args:
        thermal: (B, K, rows, columns) kelvin; frames under tmask 0 are never looked at.
        tmask: (B, K), above 0 where a frame is there.
        patch: side of a patch in pixels.

    Returns:
        patches (B, K, P, (patch/2)**2 + 1) (the last one is the patch mean), gauge (B, K, 3), tmask (B, K).
    """
    batch, frames, rows, columns = thermal.shape
    side = patch // 2
    pairs = torch.maximum(thermal[..., 0::2, :], thermal[..., 1::2, :])
    peaks = torch.maximum(pairs[..., 0::2], pairs[..., 1::2])
    mean = thermal.mean((2, 3))
    valid = (tmask > 0) & torch.isfinite(mean)
    mean = torch.where(valid, mean, FRAME_CENTRE)
    contrast = torch.where(valid[..., None, None], peaks, mean[..., None, None]) - mean[..., None, None]
    grid = contrast.reshape(batch, frames, rows // patch, side, columns // patch, side)
    grid = grid.permute(0, 1, 2, 4, 3, 5).reshape(batch, frames, -1, side * side)
    full = torch.cat([grid, grid.mean(-1, keepdim=True)], -1)
    level = (mean - FRAME_CENTRE) / FRAME_SCALE
    extremes = [contrast.amax((2, 3)) / FRAME_CONTRAST, contrast.amin((2, 3)) / FRAME_CONTRAST]
    gauge = squash(torch.stack([level, *extremes], -1))
    return squash(full / FRAME_CONTRAST), gauge, valid.to(thermal.dtype)


class MemberLinear(nn.Module):
    """M linear maps side by side: (m, ..., n_in) with m = 1 or M becomes (M, ..., n_out)."""

    def __init__(self, members: int, n_in: int, n_out: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(members, n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(members, 1, n_out)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Apply each member's map."""
        members, n_in, n_out = self.weight.shape
        flat = x.reshape(x.shape[0], -1, n_in).expand(members, -1, -1)
        y = torch.bmm(flat, self.weight) if self.bias is None else torch.baddbmm(self.bias, flat, self.weight)
        return y.reshape(members, *x.shape[1:-1], n_out)


class MemberNorm(nn.Module):
    """Layer normalisation over the last axis of (M, B, ..., n) with weights per member."""

    def __init__(self, members: int, width: int, axes: int) -> None:
        super().__init__()
        shape = (members, *(1,) * axes, width)
        self.weight, self.bias = nn.Parameter(torch.ones(shape)), nn.Parameter(torch.zeros(shape))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise."""
        return F.layer_norm(x, x.shape[-1:]) * self.weight + self.bias


class CausalBlock(nn.Module):
    """A residual block: kernel of three tokens, dilated, as one product over shifted copies."""

    def __init__(self, members: int, width: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.norm = MemberNorm(members, width, 2)
        self.mix, self.out = MemberLinear(members, 3 * width, width), MemberLinear(members, width, width)

    def forward(self, h: Tensor) -> Tensor:
        """Map (M, B, L, width) to the same shape; token t sees t, t - dilation and t - 2 dilation."""
        step, length = self.dilation, h.shape[2]
        padded = F.pad(self.norm(h), (0, 0, 2 * step, 0))
        views = [padded[:, :, lag : lag + length] for lag in (2 * step, step, 0)]
        out: Tensor = h + self.out(F.silu(self.mix(torch.cat(views, -1))))
        return out


class StackedNetwork(nn.Module):
    """M networks of one specification; weights zero until :meth:`reset` draws them."""

    centre: Tensor
    scale: Tensor

    def __init__(self, spec: DetectorSpec, members: int) -> None:
        super().__init__()
        self.spec, self.members = spec, members
        n_channels, width, thin = len(spec.channels), spec.width, spec.frame_width
        self.register_buffer("centre", torch.tensor([[c.centre] for c in spec.channels], dtype=torch.float32), False)
        self.register_buffer("scale", torch.tensor([[c.scale] for c in spec.channels], dtype=torch.float32), False)
        self.tokens = MemberLinear(members, 2 * n_channels * spec.patch, width)
        self.time = nn.Parameter(torch.zeros(members, 1, spec.tokens, width))
        self.pixels = MemberLinear(members, (spec.frame_patch // 2) ** 2 + 1, thin, bias=False)
        self.place = nn.Parameter(torch.zeros(members, 1, spec.frame_patches, thin))
        self.frame = MemberLinear(members, 2 * thin + 3, thin)
        self.fuse = MemberLinear(members, thin + 1, width)
        self.blocks = nn.ModuleList(CausalBlock(members, width, 2**i) for i in range(spec.blocks))
        self.trunk, self.norm = MemberLinear(members, 3 * width, spec.features), MemberNorm(members, spec.features, 1)
        self.event = MemberLinear(members, spec.features, len(spec.classes))
        self.severity, self.anomaly = MemberLinear(members, spec.features, 2), MemberLinear(members, spec.features, 1)

    def reset(self, seed: int) -> None:
        """Draw all weights, each member's from its own generator: uniform within 1/sqrt(n_in)."""
        for index in range(self.members):
            generator = torch.Generator().manual_seed(int(derive(seed, "detector weights", index) >> 1))
            for module in self.modules():
                if isinstance(module, MemberLinear):
                    bound = 1.0 / math.sqrt(module.weight.shape[1])
                    for values in (module.weight, module.bias):
                        if values is not None:
                            values.data[index].uniform_(-bound, bound, generator=generator)

    def member(self, index: int) -> StackedNetwork:
        """A copy of one member, as a stack of one."""
        single = StackedNetwork(self.spec, 1)
        weights = self.state_dict()
        single.load_state_dict({name: value[index : index + 1] for name, value in weights.items()})
        return single

    def put(self, index: int, single: StackedNetwork) -> None:
        """Take over the weights of a stack of one as member ``index``."""
        weights = self.state_dict()
        for name, value in single.state_dict().items():
            weights[name][index].copy_(value[0])

    def prepare(self, x: Tensor, mask: Tensor, thermal: Tensor | None, tmask: Tensor | None) -> Prepared:
        """Scale a raw batch; the result has a leading member axis of one."""
        signal, valid = prepare_scalars(x, mask, self.centre, self.scale)
        if thermal is None or tmask is None:
            return Prepared(signal[None], valid[None], None, None, None)
        patches, gauge, there = prepare_frames(thermal, tmask, self.spec.frame_patch)
        return Prepared(signal[None], valid[None], patches[None], gauge[None], there[None])

    def frame_tokens(self, batch: Prepared) -> Tensor:
        """Thermal tokens (M, B, frames, width) of a batch; without a camera the token that says so."""
        if batch.patches is None or batch.gauge is None or batch.tmask is None:
            shape = (1, batch.signal.shape[1], self.spec.frames, self.spec.frame_width + 1)
            empty: Tensor = self.fuse(torch.zeros(shape, dtype=batch.signal.dtype))
            return empty
        z = (self.pixels(batch.patches) + self.place[:, :, None]).flatten(1, 2)
        peak, mean = (v.reshape(self.members, -1, self.spec.frames, v.shape[-1]) for v in (tree_max(z), z.mean(2)))
        seen = torch.cat([F.silu(peak), F.silu(mean), batch.gauge.expand(self.members, -1, -1, -1)], -1)
        there = batch.tmask.unsqueeze(-1).expand(self.members, -1, -1, -1)
        out: Tensor = self.fuse(torch.cat([self.frame(seen) * there, there], -1))
        return out

    def forward(self, batch: Prepared) -> Outputs:
        """Run all members on a prepared batch."""
        spec = self.spec
        m, b = batch.signal.shape[:2]
        z = torch.cat([batch.signal, batch.mask], 2).reshape(m, b, -1, spec.tokens, spec.patch)
        h = self.tokens(z.permute(0, 1, 3, 2, 4).reshape(m, b, spec.tokens, -1)) + self.time
        h = h + self.frame_tokens(batch).repeat_interleave(spec.tokens // spec.frames, 2)
        for block in self.blocks:
            h = block(h)
        u = F.silu(self.norm(self.trunk(torch.cat([h[:, :, -1], h.mean(2), tree_max(h)], -1))))
        return Outputs(self.event(u), self.severity(u), self.anomaly(u)[..., 0], u)
