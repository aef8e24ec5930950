"""Labels read from the physical state, never written by a scenario.

Severity is one physical scale a family, mapped to [0, 1] on a logarithm: arcing by the arc's mean power (1 W to 10 kW),
combustion by the wood's rate of mass loss (1e-9 to 1e-5 kg/s), nuisance by what it emits (1e-7 to 1e-3 kg/s).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState
from gg_gym.scenarios.base import EVENT_CLASSES
from gg_gym.streams import uniforms
from gg_gym.units import Float, UInt64

NORMAL, ARCING, COMBUSTION, NUISANCE = range(len(EVENT_CLASSES))
#: An arc counts for this long after it burnt [s].
ARC_MEMORY = 30.0
#: Physical thresholds below which nothing is labelled, and where severity reaches 1.
ARC_POWER = (1.0, 1e4)
MASS_RATE = (1e-9, 1e-5)
EMISSION = (1e-7, 1e-3)
SOURCE_EXHAUST = 2


def _scale(value: Float, span: tuple[float, float]) -> Float:
    """0 at the lower end of a span and below, 1 at the upper end, logarithmic between."""
    low, high = span
    out: Float = np.clip(np.log(np.maximum(value, 1e-300) / low) / np.log(high / low), 0.0, 1.0)
    return out


def classify(arc_power: Float, mass_rate: Float, exhaust: Float, coin: Float) -> dict[str, np.ndarray]:
    """Event class, severity and anomaly of rows (n,) from physical magnitudes.

    Args:
        arc_power: mean arc power [W].
        mass_rate: dry wood lost [kg/s].
        exhaust: carbon monoxide a vehicle emits [kg/s].
        coin: 0 none; 1 a coin fell on "normal", 2 on "arcing" (noise families).
    """
    arcing, combustion = _scale(arc_power, ARC_POWER), _scale(mass_rate, MASS_RATE)
    grade = np.stack([0 * arcing, arcing, combustion, _scale(exhaust, EMISSION)], 1)
    grade[:, NUISANCE] *= 0.999 * (np.maximum(grade[:, ARCING], grade[:, COMBUSTION]) == 0)
    event = np.where(grade.max(1) > 0, grade.argmax(1), NORMAL)
    event = np.where(coin > 0, np.where(coin > 1.5, ARCING, NORMAL), event)
    severity = np.where(coin > 0, 0.5 * (coin > 1.5), grade.max(1))
    anomaly = (event == ARCING) | (event == COMBUSTION)
    return {
        "event_class": event.astype(np.uint8),
        "severity": severity.astype(np.float32),
        "anomaly": anomaly.astype(np.uint8),
    }


def instant_labels(state: Environment3DState) -> dict[str, np.ndarray]:
    """Labels of a state without memory: the arc counts only while it burns."""
    return classify(state.arc_power, state.mass_rate, state.source_rate[:, SOURCE_EXHAUST, INDEX["CO"]], 0 * state.time)


@dataclass
class Labeller:
    """Labels with the short memory an intermittent arc needs.

    Attributes:
        arc: (n,) running mean of arc power over :data:`ARC_MEMORY` [W].
        coin: (n,) 1 or 2, the side on which each run's coin fell.
    """

    arc: Float
    coin: Float

    @classmethod
    def start(cls, seeds: UInt64) -> Labeller:
        """A labeller of runs (n,) in which nothing has happened yet."""
        coin = 1.0 + (uniforms(seeds, "label.coin", 1)[:, 0] < 0.5).astype(np.float64)
        return cls(np.zeros(len(seeds)), coin)

    def step(self, state: Environment3DState, dt: float) -> dict[str, np.ndarray]:
        """Labels at a sample, dt seconds after the last."""
        keep = np.exp(-dt / ARC_MEMORY)
        self.arc = keep * self.arc + (1 - keep) * state.arc_power
        exhaust = state.source_rate[:, SOURCE_EXHAUST, INDEX["CO"]]
        return classify(self.arc, state.mass_rate, exhaust, self.coin * (state.causes["label_coin"] > 0))
