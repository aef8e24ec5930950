"""An ensemble of detectors: predict, save, load, export, fingerprint. No pickles anywhere."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gg_gym.arrays import blocks
from gg_gym.detection.networks import StackedNetwork
from gg_gym.detection.spec import DetectorSpec
from gg_gym.errors import InputError
from gg_gym.units import Float

#: Windows scored at once; larger blocks leave the cache.
BLOCK = 64


@contextmanager
def torch_threads(threads: int | None) -> Iterator[int]:
    """Run a block with a number of torch threads, and put the old number back; None changes nothing."""
    before = torch.get_num_threads()
    if threads is not None and not 1 <= threads <= 1024:
        raise InputError("threads", repr(threads), "1..1024")
    try:
        if threads is not None:
            torch.set_num_threads(threads)
        yield torch.get_num_threads()
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)


@dataclass(frozen=True)
class Prediction:
    """What M members say of B windows.

    Attributes:
        probabilities: (M, B, K) of the event classes; rows sum to 1.
        severity: (M, B) expected severity.
        severity_variance: (M, B) variance each member expects.
        anomaly: (M, B) probability of an anomaly.
        features: (M, B, F) of the trunk.
    """

    probabilities: Float
    severity: Float
    severity_variance: Float
    anomaly: Float
    features: Float

    @property
    def mean(self) -> Float:
        """Probabilities of the ensemble (B, K): the mean over the members."""
        out: Float = self.probabilities.mean(0)
        return out


def as_inputs(batch: Mapping[str, Any], spec: DetectorSpec) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
    """Check a batch against a specification and return its tensors.

    Args:
        batch: "x" (B, C, window), "mask" (B, C, window), and optionally "thermal" (B, frames, rows, columns) with
            "tmask" (B, frames); torch tensors or NumPy arrays; other keys are ignored.
        spec: the detector's specification.

    Raises:
        InputError: a missing key or a wrong shape.
    """
    frame = (spec.frames, spec.frame_rows, spec.frame_columns)
    scalar = (len(spec.channels), spec.window)
    shapes = {"x": scalar, "mask": scalar, "thermal": frame, "tmask": frame[:1]}
    camera = batch.get("thermal") is not None and batch.get("tmask") is not None
    found: list[Tensor] = []
    for key in ("x", "mask", "thermal", "tmask") if camera else ("x", "mask"):
        if batch.get(key) is None:
            raise InputError("batch", f"no {key!r}", "x and mask; thermal with tmask")
        tensor = torch.as_tensor(batch[key], dtype=torch.float32)
        rows = found[0].shape[0] if found else (tensor.shape[0] if tensor.ndim else 0)
        if tuple(tensor.shape) != (rows, *shapes[key]):
            raise InputError(f"batch[{key!r}]", f"shape {tuple(tensor.shape)}", f"({rows}, *{shapes[key]})")
        found.append(tensor)
    return (found[0], found[1], found[2], found[3]) if camera else (found[0], found[1], None, None)


def raw_batches(data: Any, size: int = 4 * BLOCK) -> Iterator[Mapping[str, Any]]:
    """Yield batches of a dict of tensors, of a dataset with ``__getitems__``, or of an iterable of batches.

    Raises:
        InputError: something else.
    """
    if isinstance(data, Mapping):
        yield data
    elif hasattr(data, "__getitems__"):
        for part in blocks(len(data), size):
            yield data.__getitems__(list(range(part.start, part.stop)))
    elif hasattr(data, "__iter__"):
        yield from data
    else:
        raise InputError("data", type(data).__name__, "a dict of tensors, a window dataset, or a DataLoader")


class ExportedDetector(nn.Module):
    """The ensemble as one plain module, for ``torch.export`` and model registries."""

    def __init__(self, network: StackedNetwork, temperature: float, bias: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("log_prior", bias.clone())
        self.temperature = temperature

    def forward(self, x: Tensor, mask: Tensor, thermal: Tensor, tmask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return probabilities (B, M, K), severity (B, M) and anomaly probability (B, M)."""
        out = self.network(self.network.prepare(x, mask, thermal, tmask))
        p = torch.softmax(out.logits / self.temperature + self.log_prior, -1)
        return p.transpose(0, 1), out.severity[..., 0].transpose(0, 1), torch.sigmoid(out.anomaly).transpose(0, 1)


class Ensemble:
    """M detectors of one specification, trained side by side.

    Args:
        spec: channels, classes and sizes.
        members: number of members, 1..64.
        seed: seed of the initial weights.

    Attributes:
        network: the stacked network.
        temperature: divides the members' logits; fitted on the averaged prediction.
        class_bias: (K,) added to the tempered logits: puts the prior back that class-balanced sampling took away.
        card: numbers and texts about the training, kept with the weights.
        threads: torch threads while scoring (not stored): one by default, so that scores do not depend on the machine's
            cores and processes beside it do not stall it; None takes the number as it is.

    Raises:
        InputError: members out of bounds.
    """

    def __init__(self, spec: DetectorSpec, members: int = 5, seed: int = 0) -> None:
        if not 1 <= members <= 64:
            raise InputError("Ensemble.members", repr(members), "1..64")
        self.spec, self.members, self.seed = spec, members, seed
        self.network = StackedNetwork(spec, members)
        self.network.reset(seed)
        self.network.eval()
        self.temperature = 1.0
        self.class_bias = torch.zeros(len(spec.classes), dtype=torch.float32)
        self.card: dict[str, Any] = {}
        self.threads: int | None = 1

    def logits(self, batch: Mapping[str, Any]) -> tuple[Float, Float, Float, Float]:
        """Uncalibrated outputs, in blocks of 64: logits (M, B, K), severity (M, B, 2), anomaly (M, B), features."""
        x, mask, thermal, tmask = as_inputs(batch, self.spec)
        if tmask is not None and not bool((tmask > 0).any()):
            thermal = tmask = None
        parts: list[list[Float]] = []
        with torch.inference_mode(), torch_threads(self.threads):
            for part in blocks(x.shape[0], BLOCK):
                frames = (None, None) if thermal is None or tmask is None else (thermal[part], tmask[part])
                outputs = self.network(self.network.prepare(x[part], mask[part], *frames))
                parts.append([value.numpy().astype(np.float64) for value in outputs])
        if not parts:
            sizes = ((len(self.spec.classes),), (2,), (), (self.spec.features,))
            parts = [[np.zeros((self.members, 0, *size)) for size in sizes]]
        a, b, c, d = (np.concatenate(columns, axis=1) for columns in zip(*parts, strict=True))
        return a, b, c, d

    def predict(self, batch: Mapping[str, Any]) -> Prediction:
        """Score a batch (keys as :func:`as_inputs`); a missing camera or ``tmask`` 0 everywhere is fine.

        Raises:
            InputError: a missing key or a wrong shape.
        """
        logits, severity, anomaly, features = self.logits(batch)
        with np.errstate(over="ignore"):
            alarm = 1.0 / (1.0 + np.exp(-anomaly))
        variance = np.exp(np.clip(severity[..., 1], -10.0, 10.0))
        return Prediction(self.calibrate(logits), severity[..., 0], variance, alarm, features)

    def calibrate(self, logits: Float, temperature: float | None = None) -> Float:
        """Softmax of logits / temperature + class bias over the last axis."""
        z = logits / (self.temperature if temperature is None else temperature) + self.class_bias.numpy()
        e = np.exp(z - z.max(-1, keepdims=True))
        out: Float = e / e.sum(-1, keepdims=True)
        return out

    def copy_weights(self) -> dict[str, Tensor]:
        """Return a copy of all weights by name."""
        return {name: value.detach().clone().contiguous() for name, value in self.network.state_dict().items()}

    def description(self) -> dict[str, Any]:
        """Return everything but the weights and the card, as plain data."""
        return {
            "spec": json.loads(self.spec.to_json()),
            "members": self.members,
            "seed": self.seed,
            "temperature": self.temperature,
            "class_bias": [float(v) for v in self.class_bias],
        }

    def digest(self) -> str:
        """SHA-256 of specification, calibration and weights, in hex; the card does not count."""
        hasher = hashlib.sha256(json.dumps(self.description(), sort_keys=True).encode())
        for name, value in sorted(self.network.state_dict().items()):
            hasher.update(name.encode() + np.ascontiguousarray(value.numpy()).tobytes())
        return hasher.hexdigest()

    def example_inputs(self, batch: int = 2) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """A batch at the channels' centres, frames at 288.15 K: (x, mask, thermal, tmask)."""
        spec = self.spec
        x = self.network.centre.expand(batch, -1, spec.window).clone()
        thermal = torch.full((batch, spec.frames, spec.frame_rows, spec.frame_columns), 288.15)
        return x, torch.ones_like(x), thermal, torch.ones(batch, spec.frames)

    def export_module(self) -> ExportedDetector:
        """The ensemble as one module in evaluation mode (see :class:`ExportedDetector`)."""
        copy = StackedNetwork(self.spec, self.members)
        copy.load_state_dict(self.network.state_dict())
        module = ExportedDetector(copy, self.temperature, self.class_bias).eval()
        for parameter in module.parameters():
            parameter.requires_grad_(False)
        return module

    def export(self) -> torch.export.ExportedProgram:
        """The ensemble as an exported program with a free batch size (at least 2)."""
        free = {0: torch.export.Dim("batch", min=2)}
        shapes = {"x": free, "mask": free, "thermal": free, "tmask": free}
        with torch.no_grad():
            return torch.export.export(self.export_module(), self.example_inputs(4), dynamic_shapes=shapes)

    def save(self, folder: str | Path) -> Path:
        """Write ``weights-<hash>.safetensors`` and ``detector.json``; see :mod:`gg_gym.detection.files`."""
        from gg_gym.detection.files import write_detector

        return write_detector(Path(folder), self.description(), self.card, self.copy_weights())

    @classmethod
    def load(cls, folder: str | Path) -> Ensemble:
        """Read what :meth:`save` wrote.

        Raises:
            InputError: a missing, oversized, altered or foreign file.
        """
        from gg_gym.detection.files import read_description, read_weights

        description, card, weights_hash = read_description(Path(folder))
        where = str(Path(folder) / "detector.json")
        spec = DetectorSpec.from_json(json.dumps(description["spec"]), where)
        members, seed, temperature = (description[k] for k in ("members", "seed", "temperature"))
        if not isinstance(members, int) or not isinstance(seed, int) or isinstance(members, bool):
            raise InputError(where, f"members {members!r}, seed {seed!r}", "integers")
        if not isinstance(temperature, float) or not 1e-3 <= temperature <= 1e3:
            raise InputError(f"{where}: temperature", repr(temperature), "0.001..1000")
        bias = description["class_bias"]
        numbers = isinstance(bias, list) and all(isinstance(v, float) and math.isfinite(v) for v in bias)
        if not numbers or len(bias) != len(spec.classes):
            raise InputError(f"{where}: class_bias", repr(bias)[:80], f"{len(spec.classes)} finite numbers")
        ensemble = cls(spec, members, seed)
        expected = {k: tuple(v.shape) for k, v in ensemble.network.state_dict().items()}
        ensemble.network.load_state_dict(read_weights(Path(folder), weights_hash, expected))
        ensemble.temperature, ensemble.class_bias = temperature, torch.tensor(bias, dtype=torch.float32)
        ensemble.card = card
        return ensemble
