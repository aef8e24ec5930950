"""Labels read from the physical state, never written by a scenario.

Each :class:`Grade` is a physical magnitude with the two ends of its scale: below the lower nothing is labelled, at the
upper severity is 1, logarithmic between. The event class of a sample is that of its most severe grade. What is no fault
(a vehicle, smoke from elsewhere, a person in view) is called "nuisance" only where nothing of the line goes on.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState
from gg_gym.scenarios.base import EVENT_CLASSES
from gg_gym.streams import uniforms
from gg_gym.units import Float, Int, UInt64

CLASS: dict[str, int] = {name: i for i, name in enumerate(EVENT_CLASSES)}
#: Label -> type of a sample's labels.
LABELS: dict[str, Any] = {
    "event_class": np.uint8, "severity": np.float32, "anomaly": np.uint8, "sub_class": np.uint8,
    "contributing": np.uint16, "confidence": np.float32,
}  # fmt: skip
#: Classes that are something wrong with the line or the pole.
ANOMALIES: tuple[str, ...] = ("arcing", "combustion", "discharge", "insulation", "overheat")
#: Arcs and plumes count for about this long after they were there [s].
MEMORY = 30.0
#: Slots of sources that are not the line's: vehicles and what else gives off gas or smoke.
FOREIGN = (2, 3)
_PARTICLES = ("regional_smoke", "stove_smoke", "dust", "pollen")

Magnitude = Callable[[Environment3DState, Float], Float]


@dataclass(frozen=True)
class Grade:
    """A physical magnitude that makes an event.

    Attributes:
        sub_class: what it is called within its class.
        event: event class.
        unit: UCUM unit of the magnitude.
        low: below it nothing is labelled.
        high: severity 1.
        read: (state, inlet (1, 3)) -> (n,) magnitude.
        memory: time constant of the running mean that is graded; 0 grades the instant [s].
    """

    sub_class: str
    event: str
    unit: str
    low: float
    high: float
    read: Magnitude
    memory: float = 0.0


def foreign_exposure(state: Environment3DState, inlet: Float) -> Float:
    """(n,) carbon monoxide of sources that are not the line's [ppb] at the inlet (1, 3), mean of the fine steps."""
    slots = list(FOREIGN)
    running = (state.source_rate[:, slots] > 0).any(axis=(1, 2))
    if not running.any():
        return np.zeros(state.n)
    alone = copy.copy(state)
    alone.source_rate = np.zeros_like(state.source_rate)
    alone.source_rate[:, slots] = state.source_rate[:, slots]
    excess = alone.concentration(inlet)[:, :, 0, INDEX["CO"]].mean(axis=1) - state.background[:, INDEX["CO"]]
    return np.where(running, np.maximum(excess, 0.0), 0.0)


def foreign_particles(state: Environment3DState, inlet: Float) -> Float:
    """(n,) particles [ug/m3] that regional smoke, stoves, dust or pollen add to the air."""
    out: Float = sum((state.causes[key] for key in _PARTICLES), np.zeros(state.n))
    return out


#: What makes an event. A new magnitude is a line here; class names and their order are the detector's outputs.
GRADES: tuple[Grade, ...] = (
    Grade("arc", "arcing", "W", 1.0, 1e4, lambda s, _: s.arc_power, MEMORY),
    Grade("mass_loss", "combustion", "kg/s", 1e-9, 1e-5, lambda s, _: s.mass_rate),
    Grade("gas", "nuisance", "[ppb]", 20.0, 2e4, foreign_exposure, MEMORY),
    Grade("particles", "nuisance", "ug/m3", 20.0, 1e3, foreign_particles),
)


def scaled(value: Float) -> Float:
    """(n, G) severities of magnitudes (n, G): 0 at the lower end of a scale and below, 1 at the upper, logarithmic."""
    low, high = np.array([g.low for g in GRADES]), np.array([g.high for g in GRADES])
    out: Float = np.clip(np.log(np.maximum(value, 1e-300) / low) / np.log(high / low), 0.0, 1.0)
    return out


_EVENT = np.array([CLASS[g.event] for g in GRADES])
_FOREIGN = np.isin(_EVENT, [CLASS["nuisance"]])
_ANOMALY = np.isin(np.arange(len(EVENT_CLASSES)), [CLASS[name] for name in ANOMALIES])


def classify(grades: Float, coin: Float) -> dict[str, np.ndarray]:
    """Labels of rows (n,), the keys of :data:`LABELS`.

    Args:
        grades: (n, G) severities in [0, 1], see :func:`scaled`.
        coin: (n,) 0 none; 1 a coin fell on "normal", 2 on "arcing" (noise families).
    """
    own = np.where(_FOREIGN, 0.0, grades)
    chosen = np.where(own.any(axis=1, keepdims=True), own, 0.999 * grades)
    top = chosen.argmax(axis=1)
    severity = chosen.max(axis=1)
    event = np.where(severity > 0, _EVENT[top], CLASS["normal"])
    rivals = np.where(event[:, None] == _EVENT, 0.0, grades).max(axis=1)
    confidence = np.where(severity > 0, severity / np.maximum(severity + rivals, 1e-9), 1.0)
    tossed, arcs = coin > 0, coin > 1.5
    event = np.where(tossed, np.where(arcs, CLASS["arcing"], CLASS["normal"]), event)
    bits = np.zeros(len(grades), np.int64)
    for k in range(1, len(EVENT_CLASSES)):
        bits |= (grades[:, k == _EVENT] > 0).any(axis=1).astype(np.int64) << k
    return {
        "event_class": event.astype(np.uint8),
        "severity": np.where(tossed, 0.5 * arcs, severity).astype(np.float32),
        "anomaly": _ANOMALY[event].astype(np.uint8),
        "sub_class": np.where(event > 0, 1 + top, 0).astype(np.uint8),
        "contributing": bits.astype(np.uint16),
        "confidence": np.where(tossed, 0.5, confidence).astype(np.float32),
    }


def sub_class_name(code: int) -> str:
    """The name of a sub-class code: "normal", or "class/sub-class"."""
    return "normal" if code == 0 else f"{GRADES[code - 1].event}/{GRADES[code - 1].sub_class}"


def instant_labels(state: Environment3DState) -> dict[str, np.ndarray]:
    """Labels of a state without memory: the arc counts only while it burns."""
    inlet = np.array([state.geometry.mount.position])
    return classify(scaled(np.stack([g.read(state, inlet) for g in GRADES], axis=1)), 0 * state.time)


@dataclass
class Labeller:
    """Labels with the short memory that intermittent arcs and plumes need.

    Attributes:
        inlet: (1, 3) place of the gas inlet [m].
        mean: (n, G) running means of the magnitudes.
        coin: (n,) 1 or 2, the side on which each run's coin fell.
    """

    inlet: Float
    mean: Float
    coin: Float

    @classmethod
    def start(cls, seeds: UInt64, inlet: Float) -> Labeller:
        """A labeller of runs (n,) in which nothing has happened yet."""
        coin = 1.0 + (uniforms(seeds, "label.coin", 1)[:, 0] < 0.5).astype(np.float64)
        return cls(inlet, np.zeros((len(seeds), len(GRADES))), coin)

    def take(self, rows: Int) -> Labeller:
        """The labeller of some rows."""
        return Labeller(self.inlet, self.mean[rows], self.coin[rows])

    def step(self, state: Environment3DState, dt: float) -> dict[str, np.ndarray]:
        """Labels at a sample, dt seconds after the last."""
        keep = np.array([np.exp(-dt / g.memory) if g.memory else 0.0 for g in GRADES])
        now = np.stack([g.read(state, self.inlet) for g in GRADES], axis=1)
        self.mean = keep * self.mean + (1 - keep) * now
        return classify(scaled(self.mean), self.coin * (state.causes["label_coin"] > 0))
