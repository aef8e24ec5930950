"""AdamW over one flat vector of weights.

The same update as torch's; written out because making any of torch's optimisers imports its compiler (1.4 s, as long
as the whole commissioning may take), and one vector is updated in a dozen calls whatever the number of tensors.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

#: Decay rates of the moments, and the guard of the division.
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class FlatAdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019, algorithm 2; recalled).

    Args:
        parameters: float32 parameters; they become views of one vector.
        decay: weight decay.
        clip: largest norm of the gradient.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], decay: float, clip: float) -> None:
        self.parameters, self.decay, self.clip, self.steps = list(parameters), decay, clip, 0
        self.flat = torch.cat([p.detach().reshape(-1) for p in self.parameters])
        self.mean, self.square = torch.zeros_like(self.flat), torch.zeros_like(self.flat)
        start = 0
        for p in self.parameters:
            p.data = self.flat[start : start + p.numel()].view(p.shape)
            start += p.numel()

    def _gradient(self) -> Tensor:
        """The clipped gradient; a parameter the loss does not reach has gradient zero."""
        parts = [torch.zeros(p.numel()) if p.grad is None else p.grad.reshape(-1) for p in self.parameters]
        g = torch.cat(parts)
        return g.mul_((self.clip / g.norm().clamp_min(1e-12)).clamp_max(1.0))

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Update the weights from their gradients with a learning rate, and drop the gradients."""
        self.steps += 1
        g = self._gradient()
        self.mean.lerp_(g, 1 - BETA1)
        self.square.mul_(BETA2).addcmul_(g, g, value=1 - BETA2)
        spread = (self.square / (1 - BETA2**self.steps)).sqrt_().add_(EPSILON)
        self.flat.mul_(1 - rate * self.decay)
        self.flat.addcdiv_(self.mean, spread, value=-rate / (1 - BETA1**self.steps))
        for p in self.parameters:
            p.grad = None
