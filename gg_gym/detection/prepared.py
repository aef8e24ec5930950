"""Training sets made ready once: scaled, squashed, thermal frames reduced; drawn from with augmentation every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gg_gym.arrays import blocks
from gg_gym.detection.ensemble import BLOCK, as_inputs, raw_batches
from gg_gym.detection.networks import Outputs, Prepared, StackedNetwork
from gg_gym.errors import InputError
from gg_gym.units import Int

#: A prepared set may take this much memory.
MOST_BYTES = 4 << 30


@dataclass(frozen=True)
class PreparedSet:
    """N windows in memory: about 80 kB each with thermal frames, a third of the raw size.

    Attributes:
        signal, mask: (N, C, window).
        patches: (N, frames, P, F) float16, or None if no window has a frame.
        gauge: (N, frames, 3), or None.
        tmask: (N, frames), or None.
        event_class: (N,) int64.
        severity: (N,) float32 in 0..1.
        anomaly: (N,) float32, 0 or 1.
    """

    signal: Tensor
    mask: Tensor
    patches: Tensor | None
    gauge: Tensor | None
    tmask: Tensor | None
    event_class: Tensor
    severity: Tensor
    anomaly: Tensor

    def __len__(self) -> int:
        """Return the number of windows."""
        return int(self.event_class.shape[0])

    def gather(self, rows: Tensor) -> Prepared:
        """Inputs of windows ``rows`` (m, B), one row of indices per member."""
        frames = (None if v is None else v[rows].float() for v in (self.patches, self.gauge, self.tmask))
        return Prepared(self.signal[rows], self.mask[rows], *frames)

    def subset(self, rows: Tensor) -> PreparedSet:
        """The windows ``rows`` (n,)."""
        return PreparedSet(*(None if v is None else v[rows] for v in vars(self).values()))  # type: ignore[arg-type]

    def logits(self, network: StackedNetwork) -> Tensor:
        """Uncalibrated class logits (M, N, K) in float64."""
        with torch.inference_mode():
            rows = [torch.arange(part.start, part.stop)[None] for part in blocks(len(self), BLOCK)]
            outputs: list[Outputs] = [network(self.gather(r)) for r in rows]
            return torch.cat([o.logits for o in outputs], 1).double()


def _labels(batch: Mapping[str, Any], rows: int, classes: int) -> tuple[Tensor, Tensor, Tensor]:
    """Check and return event class, severity and anomaly of a raw batch."""
    found = []
    for key in ("event_class", "severity", "anomaly"):
        if batch.get(key) is None:
            raise InputError("training data", f"no {key!r}", "event_class, severity and anomaly")
        dtype = torch.int64 if key == "event_class" else torch.float32
        found.append(torch.as_tensor(np.asarray(batch[key])).to(dtype).reshape(-1))
        if found[-1].shape[0] != rows:
            raise InputError(f"training data[{key!r}]", f"{found[-1].shape[0]} values", f"{rows} values")
    y = found[0]
    if rows and (int(y.min()) < 0 or int(y.max()) >= classes):
        raise InputError("training data['event_class']", f"{int(y.min())}..{int(y.max())}", f"0..{classes - 1}")
    return found[0], torch.nan_to_num(found[1]), found[2]


def prepare_set(data: Any, network: StackedNetwork) -> PreparedSet:
    """Read a training set once and make it ready.

    Args:
        data: a dict of tensors or arrays (keys as :func:`gg_gym.detection.ensemble.as_inputs`, and "event_class",
            "severity", "anomaly"), a dataset whose ``__getitems__`` gives such dicts, or a DataLoader of them.
        network: knows scaling and sizes.

    Raises:
        InputError: no window, missing keys, wrong shapes, labels out of range, or more than 4 GiB.
    """
    parts: list[tuple[Tensor | None, ...]] = []
    used = 0
    with torch.no_grad():
        for batch in raw_batches(data):
            x, mask, thermal, tmask = as_inputs(batch, network.spec)
            labels = _labels(batch, x.shape[0], len(network.spec.classes))
            for part in blocks(x.shape[0], BLOCK):
                frames = (None, None) if thermal is None or tmask is None else (thermal[part], tmask[part])
                p = Prepared(*(None if v is None else v[0] for v in network.prepare(x[part], mask[part], *frames)))  # type: ignore[arg-type]
                thin = None if p.patches is None else p.patches.half()
                parts.append((p.signal, p.mask, thin, p.gauge, p.tmask, *(v[part] for v in labels)))
                used += sum(v.nbytes for v in parts[-1] if v is not None)
                if used > MOST_BYTES:
                    raise InputError("training data", f"more than {MOST_BYTES} bytes when ready", "fewer windows")
    return _joined(parts)


def _joined(parts: list[tuple[Tensor | None, ...]]) -> PreparedSet:
    """Join blocks; frames are dropped where no window has one."""
    if not parts:
        raise InputError("training data", "no window", "at least 1")
    cameras = [part[4] is not None for part in parts]
    if any(cameras) and not all(cameras):
        raise InputError("training data", "some batches with thermal frames and some without", "tmask 0 where missing")
    seen = all(cameras) and any(bool((part[4] > 0).any()) for part in parts if part[4] is not None)
    columns = [
        None if (2 <= i <= 4 and not seen) else torch.cat([v for v in column if v is not None])
        for i, column in enumerate(zip(*parts, strict=True))
    ]
    return PreparedSet(*columns)  # type: ignore[arg-type]


def class_counts(data: PreparedSet, classes: int) -> Int:
    """Number of windows of each class (K,)."""
    return np.bincount(data.event_class.numpy(), minlength=classes).astype(np.int64)
