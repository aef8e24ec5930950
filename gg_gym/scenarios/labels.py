"""Labels read from the physical state, never written by a scenario.

Each :class:`Grade` is a physical magnitude with the two ends of its scale: below the lower nothing is labelled, at the
upper severity is 1, logarithmic between. The event class of a sample is that of its most severe grade. What is no fault
(a vehicle, smoke from elsewhere, a person in view) is called "nuisance" only where nothing of the line goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gg_gym.physics.discharges import discharge_power
from gg_gym.physics.heat import joint_rise
from gg_gym.physics.insulators import leak_power
from gg_gym.physics.protection import arrester_heat
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.transformer import over_temperature
from gg_gym.scenarios import foreign
from gg_gym.scenarios.base import EVENT_CLASSES
from gg_gym.sensors.emf import emf_pattern
from gg_gym.streams import uniforms
from gg_gym.units import Float, Int, UInt64

CLASS: dict[str, int] = {name: i for i, name in enumerate(EVENT_CLASSES)}
#: Label -> type of a sample's labels.
LABELS: dict[str, Any] = {
    "event_class": np.uint8, "severity": np.float32, "anomaly": np.uint8, "sub_class": np.uint8,
    "contributing": np.uint16, "confidence": np.float32, "emf_pattern": np.uint8,
}  # fmt: skip
#: Classes that are something wrong with the line or the pole.
ANOMALIES: tuple[str, ...] = ("arcing", "combustion", "discharge", "insulation", "overheat")
#: Arcs and plumes count for about this long after they were there [s].
MEMORY = 30.0
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


#: What makes an event, from where on, and why there: an arc of 1 W is the least that burns steadily in a gap; 1 ug/s of
#: wood is the least that the array smells; sound hardware discharges nothing in dry or wet air (0.01 W is a tenth of a
#: visible corona); wet insulators of a heavy site leak up to 170 W, and leakage monitors alarm from 10 mA (200 W in
#: all); thermographers call 10 K over a similar part a deficiency; 5 W warm an arrester by about as much; severity is 1
#: at a power arc, at open smouldering, at a brush of corona, near flashover, and where metal anneals or blocks fail.
#: A new magnitude is a line here; class names and their order are the detector's outputs.
GRADES: tuple[Grade, ...] = (
    Grade("arc", "arcing", "W", 1.0, 1e4, lambda s, _: s.arc_power, MEMORY),
    Grade("mass_loss", "combustion", "kg/s", 1e-9, 1e-5, lambda s, _: s.mass_rate),
    Grade("discharge", "discharge", "W", 0.01, 5.0, lambda s, _: discharge_power(s), MEMORY),
    Grade("leakage", "insulation", "W", 200.0, 1e4, lambda s, _: leak_power(s)),
    Grade("joint", "overheat", "K", 10.0, 100.0, lambda s, _: joint_rise(s)),
    Grade("transformer", "overheat", "K", 10.0, 100.0, lambda s, _: over_temperature(s)),
    Grade("arrester", "overheat", "W", 5.0, 200.0, lambda s, _: arrester_heat(s)),
    Grade("gas", "nuisance", "[ppb]", 20.0, 2e4, foreign.foreign_gas, MEMORY),
    Grade("particles", "nuisance", "ug/m3", 20.0, 1e3, foreign.foreign_particles, MEMORY),
    Grade("view", "nuisance", "K", 0.01, 3.0, foreign.in_view),
    Grade("sound", "nuisance", "Pa", 0.02, 2.0, foreign.foreign_sound),
    Grade("blow", "nuisance", "m/s2", 0.5, 2e3, foreign.noted("vibration.peak"), MEMORY),
    Grade("shake", "nuisance", "m/s2", 0.005, 1.0, foreign.noted("releases.shake")),
    Grade("wash", "nuisance", "m/s", 1.0, 20.0, foreign.noted("disturbance.wash")),
    Grade("swirl", "nuisance", "m/s", 1.0, 20.0, foreign.noted("disturbance.swirl"), MEMORY),
    Grade("injected", "sensor_fault", "1", 0.05, 10.0, foreign.injected),
)


def scaled(value: Float) -> Float:
    """(n, G) severities of magnitudes (n, G): 0 at the lower end of a scale and below, 1 at the upper, logarithmic."""
    out: Float = np.log(np.maximum(value, 1e-300) / _LOW) / _RANGE
    np.maximum(out, 0.0, out=out)
    return np.minimum(out, 1.0, out=out)


_LOW = np.array([g.low for g in GRADES])
_RANGE = np.log(np.array([g.high for g in GRADES]) / _LOW)
_EVENT = np.array([CLASS[g.event] for g in GRADES])
#: Bit of each grade's class among those that contribute.
_BIT = 1 << _EVENT.astype(np.int64)
_MEMORY = np.array([g.memory or np.inf for g in GRADES])
_INSTANT = np.array([g.memory == 0.0 for g in GRADES])
_FOREIGN = np.isin(_EVENT, [CLASS["nuisance"]])
_ANOMALY = np.isin(np.arange(len(EVENT_CLASSES)), [CLASS[name] for name in ANOMALIES])


def classify(grades: Float, coin: Float) -> dict[str, np.ndarray]:
    """Labels of rows (n,): the keys of :data:`LABELS` but "emf_pattern", which is read from the fields.

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
    top = np.where(tossed, 0, top)
    bits = np.bitwise_or.reduce(np.where(grades > 0, _BIT, 0), axis=1)
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
    labels = classify(scaled(np.stack([g.read(state, inlet) for g in GRADES], axis=1)), 0 * state.time)
    return {**labels, "emf_pattern": emf_pattern(state).astype(np.uint8)}


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
        keep = np.where(_INSTANT, 0.0, np.exp(-dt / _MEMORY))
        now = np.stack([g.read(state, self.inlet) for g in GRADES], axis=1)
        self.mean = keep * self.mean + (1 - keep) * now
        labels = classify(scaled(self.mean), self.coin * (state.causes["label_coin"] > 0))
        return {**labels, "emf_pattern": emf_pattern(state).astype(np.uint8)}
