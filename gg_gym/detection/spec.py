"""What a detector is before it has weights: channels, classes and sizes, as plain data with a JSON form."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from math import isfinite
from typing import Any

from gg_gym.errors import InputError
from gg_gym.scenarios.base import EVENT_CLASSES

#: Bounds of the sizes a stored specification may ask for: (lowest, highest).
SIZE_BOUNDS = {
    "window": (8, 1024),
    "patch": (1, 64),
    "frames": (1, 128),
    "frame_rows": (2, 1024),
    "frame_columns": (2, 1024),
    "frame_patch": (2, 256),
    "width": (4, 1024),
    "frame_width": (2, 512),
    "blocks": (0, 8),
    "features": (4, 512),
}


@dataclass(frozen=True)
class ChannelSpec:
    """One scalar channel of a window.

    Attributes:
        name: name of the channel, unique in a detector.
        instrument: instrument it belongs to; channels of one instrument are dropped together in training.
        unit: UCUM unit of the raw readings.
        low, high: range of the datasheet in ``unit``.
        centre, scale: fixed scaling in ``unit``; the network sees (reading - centre) / scale, squashed.
    """

    name: str
    instrument: str
    unit: str
    low: float
    high: float
    centre: float
    scale: float

    @classmethod
    def of(cls, source: Any) -> ChannelSpec:
        """Make a channel from a mapping, or from any object with the same attributes.

        Raises:
            InputError: a missing field, or a scale that is not positive and finite.
        """
        given = source if isinstance(source, Mapping) else {f.name: getattr(source, f.name, None) for f in fields(cls)}
        values: dict[str, Any] = {field.name: given.get(field.name) for field in fields(cls)}
        missing = [name for name, value in values.items() if value is None]
        if missing:
            raise InputError("channel", f"no {', '.join(missing)} in {source!r}", ", ".join(values))
        try:
            name, instrument, unit = (str(values[k]) for k in ("name", "instrument", "unit"))
            low, high, centre, scale = (float(values[k]) for k in ("low", "high", "centre", "scale"))
        except (TypeError, ValueError) as error:
            raise InputError(f"channel {values['name']}", str(error), "numbers") from None
        if not (all(map(isfinite, (low, high, centre, scale))) and scale > 0):
            raise InputError(f"channel {name}", f"centre {centre}, scale {scale}", "finite, scale above 0")
        return cls(name, instrument, unit, low, high, centre, scale)


@dataclass(frozen=True)
class DetectorSpec:
    """Sizes of a detector (see ``docs/models/detector.md``).

    Attributes:
        channels: the C scalar channels, in the order of the input.
        classes: names of the K event classes; the first one is "nothing happens".
        window: samples per window.
        patch: samples per token.
        frames: thermal frames per window; must divide the number of tokens.
        frame_rows, frame_columns: pixels of a frame, even numbers.
        frame_patch: side of a square thermal patch in pixels, even, dividing both.
        width: width of a token.
        frame_width: width of a thermal token.
        blocks: residual blocks; block i looks back 2 * 2**i tokens.
        features: width of the trunk's output.
    """

    channels: tuple[ChannelSpec, ...]
    classes: tuple[str, ...] = EVENT_CLASSES
    window: int = 64
    patch: int = 4
    frames: int = 8
    frame_rows: int = 60
    frame_columns: int = 80
    frame_patch: int = 10
    width: int = 64
    frame_width: int = 24
    blocks: int = 3
    features: int = 64

    def __post_init__(self) -> None:
        """Check sizes.

        Raises:
            InputError: a size out of its bounds, or sizes that do not divide each other.
        """
        for name, (low, high) in SIZE_BOUNDS.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise InputError(f"DetectorSpec.{name}", repr(value), f"an integer in {low}..{high}")
        if not 1 <= len(self.channels) <= 4096 or len({c.name for c in self.channels}) != len(self.channels):
            raise InputError("DetectorSpec.channels", f"{len(self.channels)} channels", "1..4096 with unique names")
        if not 2 <= len(self.classes) <= 256 or len(set(self.classes)) != len(self.classes):
            raise InputError("DetectorSpec.classes", repr(self.classes), "2..256 unique names")
        if self.window % self.patch or self.tokens % self.frames:
            sizes = f"window {self.window}, patch {self.patch}, frames {self.frames}"
            raise InputError("DetectorSpec", sizes, "patch divides window, frames divides the tokens")
        if self.frame_patch % 2 or self.frame_rows % self.frame_patch or self.frame_columns % self.frame_patch:
            raise InputError("DetectorSpec.frame_patch", repr(self.frame_patch), "even, dividing rows and columns")

    @classmethod
    def of(cls, channels: Iterable[Any], classes: Iterable[str] | None = None, **sizes: int) -> DetectorSpec:
        """Make a specification from channel mappings or objects, for example a dataset manifest's ``channels``."""
        chosen: dict[str, Any] = dict(sizes)
        if classes is not None:
            chosen["classes"] = tuple(classes)
        return cls(tuple(ChannelSpec.of(c) for c in channels), **chosen)

    @property
    def tokens(self) -> int:
        """Number of tokens of a window."""
        return self.window // self.patch

    @property
    def frame_patches(self) -> int:
        """Number of patches of a frame."""
        return (self.frame_rows // self.frame_patch) * (self.frame_columns // self.frame_patch)

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Indices of the channels of each instrument, in order of first appearance."""
        found: dict[str, list[int]] = {}
        for index, channel in enumerate(self.channels):
            found.setdefault(channel.instrument, []).append(index)
        return tuple(tuple(indices) for indices in found.values())

    def small(self) -> DetectorSpec:
        """Return the commissioning preset: the same input, a narrower and shallower network."""
        return replace(self, width=32, frame_width=8, blocks=2)

    def to_json(self) -> str:
        """Return canonical JSON (sorted keys, no spaces)."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str, where: str = "detector specification") -> DetectorSpec:
        """Read what :meth:`to_json` wrote.

        Raises:
            InputError: no JSON, unknown or missing keys, or sizes out of bounds.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise InputError(where, f"no JSON: {error}", "what to_json wrote") from None
        known = {field.name for field in fields(cls)}
        if not isinstance(data, dict) or set(data) != known:
            found = sorted(data) if isinstance(data, dict) else type(data).__name__
            raise InputError(where, f"keys {found}", ", ".join(sorted(known)))
        channels, classes = data.pop("channels"), data.pop("classes")
        named = isinstance(classes, list) and all(isinstance(c, str) for c in classes)
        if not isinstance(channels, list) or not named:
            raise InputError(where, "channels or classes are no lists", "a list of channels, a list of names")
        return cls.of(channels, classes, **data)
