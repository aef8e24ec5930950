"""Labels read from the physical state, never written by a scenario.

Severity is one physical scale a family, mapped to [0, 1] on a logarithm: arcing by the arc's mean power (1 W to 10 kW),
combustion by the wood's rate of mass loss (1e-9 to 1e-5 kg/s), nuisance by the carbon monoxide that reaches the gas
inlet (20 ppb to 20 ppm above background: a vehicle whose plume passes elsewhere is no event here).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState
from gg_gym.scenarios.base import EVENT_CLASSES
from gg_gym.streams import uniforms
from gg_gym.units import Float, Int, UInt64

NORMAL, ARCING, COMBUSTION, NUISANCE = range(len(EVENT_CLASSES))
#: Arcs and plumes count for about this long after they were there [s].
MEMORY = 30.0
#: Physical thresholds below which nothing is labelled, and where severity reaches 1.
ARC_POWER = (1.0, 1e4)
MASS_RATE = (1e-9, 1e-5)
EXPOSURE = (20.0, 2e4)
SOURCE_EXHAUST = 2


def _scale(value: Float, span: tuple[float, float]) -> Float:
    """0 at the lower end of a span and below, 1 at the upper end, logarithmic between."""
    low, high = span
    out: Float = np.clip(np.log(np.maximum(value, 1e-300) / low) / np.log(high / low), 0.0, 1.0)
    return out


def classify(arc_power: Float, mass_rate: Float, exposure: Float, coin: Float) -> dict[str, np.ndarray]:
    """Event class, severity and anomaly of rows (n,) from physical magnitudes.

    Args:
        arc_power: mean arc power [W].
        mass_rate: dry wood lost [kg/s].
        exposure: carbon monoxide of a vehicle at the gas inlet, above background [ppb].
        coin: 0 none; 1 a coin fell on "normal", 2 on "arcing" (noise families).
    """
    arcing, combustion = _scale(arc_power, ARC_POWER), _scale(mass_rate, MASS_RATE)
    grade = np.stack([0 * arcing, arcing, combustion, _scale(exposure, EXPOSURE)], 1)
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
    inlet = np.array([state.geometry.mount.position])
    return classify(state.arc_power, state.mass_rate, vehicle_exposure(state, inlet), 0 * state.time)


def vehicle_exposure(state: Environment3DState, inlet: Float) -> Float:
    """(n,) carbon monoxide above background [ppb] at the inlet (1, 3) where a vehicle runs, mean of the fine steps."""
    running = state.source_rate[:, SOURCE_EXHAUST, INDEX["CO"]] > 0
    if not running.any():
        return np.zeros(state.n)
    excess = state.concentration(inlet)[:, :, 0, INDEX["CO"]].mean(axis=1) - state.background[:, INDEX["CO"]]
    return np.where(running, excess, 0.0)


@dataclass
class Labeller:
    """Labels with the short memory that intermittent arcs and plumes need.

    Attributes:
        inlet: (1, 3) place of the gas inlet [m].
        arc: (n,) running mean of arc power over :data:`MEMORY` [W].
        exposure: (n,) running mean of the exposure to a vehicle [ppb].
        coin: (n,) 1 or 2, the side on which each run's coin fell.
    """

    inlet: Float
    arc: Float
    exposure: Float
    coin: Float

    @classmethod
    def start(cls, seeds: UInt64, inlet: Float) -> Labeller:
        """A labeller of runs (n,) in which nothing has happened yet."""
        coin = 1.0 + (uniforms(seeds, "label.coin", 1)[:, 0] < 0.5).astype(np.float64)
        return cls(inlet, np.zeros(len(seeds)), np.zeros(len(seeds)), coin)

    def take(self, rows: Int) -> Labeller:
        """The labeller of some rows."""
        return Labeller(self.inlet, self.arc[rows], self.exposure[rows], self.coin[rows])

    def step(self, state: Environment3DState, dt: float) -> dict[str, np.ndarray]:
        """Labels at a sample, dt seconds after the last."""
        keep = np.exp(-dt / MEMORY)
        self.arc = keep * self.arc + (1 - keep) * state.arc_power
        self.exposure = keep * self.exposure + (1 - keep) * vehicle_exposure(state, self.inlet)
        return classify(self.arc, state.mass_rate, self.exposure, self.coin * (state.causes["label_coin"] > 0))
