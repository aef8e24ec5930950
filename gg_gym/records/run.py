"""One run: its header (everything that it is a function of, and who asked for it) and its arrays."""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gg_gym.errors import InputError

Array = NDArray[Any]
#: Array types a record may hold, little-endian.
DTYPES = ("|u1", "|i1", "|b1", "<u2", "<i2", "<u4", "<i4", "<i8", "<u8", "<f4", "<f8")
_KINDS = frozenset(np.dtype(kind) for kind in DTYPES)
#: Groups of arrays of a run, in the order in which they are stored.
GROUPS = ("readings", "truth", "status", "labels", "physics")
#: Status bits that make a value missing: WARMUP, SELFTEST_FAIL, COMM, MAINTENANCE.
MISSING = np.uint32(1 << 0 | 1 << 5 | 1 << 6 | 1 << 8)
#: Names of the bits of the unified status mask, from bit 0.
STATUS_BITS = (
    "WARMUP", "STALE", "SAT_HIGH", "BELOW_LOD", "OUT_OF_SPEC_ENV", "SELFTEST_FAIL", "COMM", "CAL_DUE", "MAINTENANCE",
    "FFC_IMMINENT", "FAN", "LASER", "LAMP", "PATH_BLOCKED", "NOISE_HIGH", "DISTURBER", "SHUTTER_LOCKOUT", "OVERTEMP",
    "OVERRANGE_EMF", "LOWBATT",
)  # fmt: skip


def _plain(value: Any) -> Any:
    """Turn a NumPy scalar or array into plain Python; anything else is not JSON."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON")


def canonical_json(value: Any, where: str = "value") -> str:
    """JSON with sorted keys, no blanks and no NaN: equal values give equal text.

    Raises:
        InputError: ``value`` holds something that JSON cannot carry (NaN and infinity included).
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(where, str(error), "finite numbers, text, lists, mappings with text keys") from None


def digest(text: str) -> str:
    """SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def generation_time() -> int:
    """Milliseconds since 1970; SOURCE_DATE_EPOCH [s], where set, fixes it.

    Raises:
        InputError: SOURCE_DATE_EPOCH is not a whole number of seconds.
    """
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    if fixed is None:
        return time.time_ns() // 1_000_000
    if not fixed.isdigit():
        raise InputError("SOURCE_DATE_EPOCH", repr(fixed), "a whole number of seconds")
    return int(fixed) * 1000


def cpu_features() -> tuple[str, ...]:
    """SIMD features that NumPy dispatches to on this machine: part of what makes numbers bit-equal."""
    found = np.show_config(mode="dicts") or {}
    simd = found.get("SIMD Extensions", {})
    return tuple(sorted({*simd.get("baseline", ()), *simd.get("found", ())}))


def _array(name: str, value: Array) -> Array:
    """Return ``value`` contiguous, or refuse its type."""
    array = np.asarray(value)
    if array.dtype not in _KINDS:
        raise InputError(name, f"dtype {array.dtype.str}", ", ".join(DTYPES))
    return array if array.flags.c_contiguous else np.ascontiguousarray(array)


@dataclass(frozen=True, eq=False)
class RunHeader:
    """What a run is a function of, who asked for it, and what came of it.

    Attributes:
        product: product key.
        product_config: canonical JSON of the product configuration.
        weather: digest of the weather file.
        site: site key.
        hour: hour of the year of the first sample [h].
        load: feeder load scale [1].
        unit: serial number, below 2**64.
        age: age of the unit [a].
        world: world number, below 2**64.
        definition: scenario definition: ``family``, ``version``, ``parameters``, plain JSON.
        seed: run seed, below 2**64.
        dt: sample interval [s].
        samples: recorded samples.
        engine_version: version of the simulator.
        onset_s: onset of the event after the first sample [s], infinity = never.
        event_class: class of the most severe sample.
        split: "train", "validation", "heldout", "screened", ...
        agent: sampler key.
        arm: arm of the study.
        round: round of the study.
        action: the action that asked for the run.
        actions: (k, d) action sequence of a steered run.
        reward: what the agent was paid.
        reward_terms: (name, value) pairs behind it.
        weak_spot_ids: weak spots that led here.
        importance_weight: operational over sampling probability of the scenario; for a run that an agent chose, the
            sampling probability is that of a uniform action.
        history: quiet history before the record in coarse aggregates, name to array.
        numpy_version: version of NumPy.
        cpu_features: SIMD features.
        created: generation time, milliseconds since 1970.
        run_id: derived from all that the run is a function of, and from agent, arm, round and split.

    Raises:
        InputError: a field is outside what a record can carry.
    """

    product: str
    product_config: str
    weather: str
    site: str
    hour: float
    load: float
    unit: int
    age: float
    world: int
    definition: Mapping[str, Any]
    seed: int
    dt: float
    samples: int
    engine_version: str
    onset_s: float = math.inf
    event_class: int = 0
    split: str = "train"
    agent: str = ""
    arm: str = ""
    round: int = 0
    action: tuple[float, ...] = ()
    actions: Array | None = None
    reward: float | None = None
    reward_terms: tuple[tuple[str, float], ...] = ()
    weak_spot_ids: tuple[str, ...] = ()
    importance_weight: float = 1.0
    history: Mapping[str, Array] = field(default_factory=dict)
    numpy_version: str = np.__version__
    cpu_features: tuple[str, ...] = field(default_factory=cpu_features)
    created: int = field(default_factory=generation_time)
    run_id: str = ""

    def __post_init__(self) -> None:
        """Bring every field to its plain form and derive the id."""
        definition = json.loads(canonical_json(self.definition, "definition"))
        if not isinstance(definition, dict) or not isinstance(definition.get("family"), str):
            raise InputError("definition", repr(definition)[:80], "a mapping with the key 'family'")
        plain: dict[str, Any] = {
            "definition": definition,
            "action": tuple(float(a) for a in self.action),
            "reward": None if self.reward is None else float(self.reward),
            "reward_terms": tuple((str(k), float(v)) for k, v in self.reward_terms),
            "weak_spot_ids": tuple(map(str, self.weak_spot_ids)),
            "history": {k: _array(f"history.{k}", v) for k, v in self.history.items()},
            "actions": None if self.actions is None else np.asarray(self.actions, np.float64),
        }
        plain |= {k: int(getattr(self, k)) for k in ("unit", "world", "seed", "samples", "event_class", "round")}
        plain |= {k: float(getattr(self, k)) for k in ("hour", "load", "age", "dt", "onset_s", "importance_weight")}
        for key, value in plain.items():
            object.__setattr__(self, key, value)
        self._check()
        if not self.run_id:
            object.__setattr__(self, "run_id", digest(self._address(with_agent=True))[:32])

    def _check(self) -> None:
        """Refuse what a record cannot carry."""
        for key in ("unit", "world", "seed"):
            if not 0 <= getattr(self, key) < 2**64:
                raise InputError(key, str(getattr(self, key)), "0 to 2**64 - 1")
        if not 0.02 <= self.dt <= 3600.0:
            raise InputError("dt", f"{self.dt} s", "0.02 to 3600 s")
        if not 1 <= self.samples < 2**31:
            raise InputError("samples", str(self.samples), "at least 1")
        for key in ("hour", "load", "age", "importance_weight"):
            if not math.isfinite(getattr(self, key)):
                raise InputError(key, str(getattr(self, key)), "a finite number")
        if self.actions is not None and self.actions.ndim != 2:
            raise InputError("actions", f"{self.actions.ndim} axes", "2: (intervals, width)")

    def _address(self, with_agent: bool) -> str:
        """Canonical text of everything that the run is a function of."""
        keys = ["weather", "site", "hour", "load", "unit", "age", "world", "definition", "seed", "dt", "samples"]
        address = {k: getattr(self, k) for k in [*keys, "engine_version", "actions"]}
        address["product"] = self.product_sha256
        if with_agent:
            address |= {k: getattr(self, k) for k in ("agent", "arm", "round", "split", "action")}
        return canonical_json(address, "run")

    @property
    def product_sha256(self) -> str:
        """SHA-256 of the product configuration."""
        return digest(self.product_config)

    @property
    def content_id(self) -> str:
        """Id of the simulation alone: equal for equal runs, whoever asked for them."""
        return digest(self._address(with_agent=False))[:32]

    @property
    def family(self) -> str:
        """Scenario family."""
        return str(self.definition["family"])


def same_headers(a: RunHeader, b: RunHeader) -> bool:
    """Whether two headers carry equal values, arrays bit by bit."""
    for item in fields(RunHeader):
        x, y = getattr(a, item.name), getattr(b, item.name)
        equal = same_arrays(x, y) if item.name == "history" else _same(x, y)
        if not equal:
            return False
    return True


def _same(x: Any, y: Any) -> bool:
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray):
        return x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes()
    return bool(type(x) is type(y) and (x == y or repr(x) == repr(y)))


def same_arrays(a: Mapping[str, Array], b: Mapping[str, Array]) -> bool:
    """Whether two groups hold the same names with bit-equal arrays."""
    return set(a) == set(b) and all(_same(np.asarray(a[k]), np.asarray(b[k])) for k in a)


@dataclass(frozen=True, eq=False)
class RunData:
    """A run with its arrays; without arrays it is a run that was simulated and not kept.

    Attributes:
        header: the header.
        readings: instrument to (T, width) float32, image instruments to (F, rows, columns) uint16 centikelvin.
        truth: the ideal readings, same keys and shapes, image truth in decikelvin.
        status: instrument to (T,) uint32 unified status mask.
        labels: ``event_class`` (T,) uint8, ``severity`` (T,) float32, ``anomaly`` (T,) uint8.
        physics: physical truth, name to (T,) float32.
        frame_samples: (F,) int32 sample to which each frame belongs, ascending.

    Raises:
        InputError: an array whose type or length does not fit the header.
    """

    header: RunHeader
    readings: Mapping[str, Array] = field(default_factory=dict)
    truth: Mapping[str, Array] = field(default_factory=dict)
    status: Mapping[str, Array] = field(default_factory=dict)
    labels: Mapping[str, Array] = field(default_factory=dict)
    physics: Mapping[str, Array] = field(default_factory=dict)
    frame_samples: Array = field(default_factory=lambda: np.zeros(0, np.int32))

    def __post_init__(self) -> None:
        """Check every array against the header."""
        frames = _array("frame_samples", self.frame_samples)
        span, total = self.header.samples, self.header.samples
        if frames.dtype != np.int32 or frames.ndim != 1:
            raise InputError("frame_samples", f"{frames.dtype} with {frames.ndim} axes", "int32, one axis")
        if frames.size and (frames[0] < 0 or frames[-1] >= span or (np.diff(frames) <= 0).any()):
            raise InputError("frame_samples", "not ascending samples of the run", f"0 to {span - 1}")
        for group in GROUPS:
            checked = {}
            for name, value in getattr(self, group).items():
                array = _array(f"{group}.{name}", value)
                expected = frames.size if is_frames(array) else total
                if array.ndim == 0 or array.shape[0] != expected:
                    raise InputError(f"{group}.{name}", f"shape {array.shape}", f"first axis {expected}")
                checked[name] = array
            object.__setattr__(self, group, checked)

    @property
    def has_samples(self) -> bool:
        """Whether the run carries arrays."""
        return any(getattr(self, group) for group in GROUPS)

    def equals(self, other: RunData) -> bool:
        """Whether headers and all arrays are bit-equal."""
        return (
            same_headers(self.header, other.header)
            and all(same_arrays(getattr(self, g), getattr(other, g)) for g in GROUPS)
            and _same(np.asarray(self.frame_samples), np.asarray(other.frame_samples))
        )


def is_frames(array: Array) -> bool:
    """Whether an array is a stack of images (F, rows, columns): its first axis counts frames, not samples."""
    return array.ndim == 3
