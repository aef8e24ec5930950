"""Faults of instruments: two-state chains for stuck and dropped-out, single-sample spikes. Hidden but for dropouts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from gg_gym.equations.signal import telegraph_probability
from gg_gym.parameters.imperfections import FAULTS
from gg_gym.sensors.base import BaseSensor
from gg_gym.streams import Draws
from gg_gym.units import Bool, Float, Int


class Faults:
    """Fault states of I instruments.

    Args:
        sensors: the instruments, in the suite's order.
    """

    #: Hidden codes: 0 none, 1 stuck, 2 dropped out, 3 spike.
    STUCK, DROPOUT, SPIKE = 1, 2, 3

    def __init__(self, sensors: Sequence[BaseSensor]) -> None:
        self.names = [s.name for s in sensors]
        self.consumers = [f"sensor.{name}.fault" for name in self.names]
        rates = np.array([s.fault_rates() for s in sensors]).reshape(-1, 3)
        self.up = np.stack([np.clip(rates[:, 0], 1e-30, None), np.clip(rates[:, 1], 1e-30, None)])
        self.down = np.array([[1.0 / FAULTS.stuck_length], [1.0 / FAULTS.dropout_length]])
        self.spike_rate = rates[:, 2] / np.array([s.config.rate for s in sensors])
        n = sensors[0].n
        self.state = np.zeros((n, 2, len(sensors)))
        self.spike: Bool = np.zeros((n, len(sensors)), bool)
        self.size: Float = np.zeros((n, len(sensors)))
        self.pick: Float = np.zeros((n, len(sensors)))

    def lanes(self) -> dict[str, int]:
        """Four draws per instrument: stuck, dropout, spike, size."""
        return dict.fromkeys(self.consumers, 4)

    def step(self, dt: float, arcing: Bool, draws: Draws) -> None:
        """Advance the chains by dt seconds (infinite: stationary)."""
        shape = len(self.state), len(self.names), 4
        u = draws.uniform(*self.consumers).reshape(shape).transpose(0, 2, 1)
        self.state = (u[:, :2] < telegraph_probability(self.state, dt, self.up, self.down)).astype(float)
        rate = self.spike_rate * np.where(arcing, FAULTS.spike_arcing, 1.0)[:, None]
        self.spike = u[:, 2] < -np.expm1(-rate)
        self.size = ndtri(u[:, 3])
        self.pick = np.mod(u[:, 3] * 65536.0, 1.0)

    @property
    def stuck(self) -> Bool:
        """(n, I) stuck at the last value."""
        out: Bool = self.state[:, 0] > 0.5
        return out

    @property
    def dropout(self) -> Bool:
        """(n, I) no answer on the bus."""
        out: Bool = self.state[:, 1] > 0.5
        return out

    def codes(self) -> Int:
        """(n, I) hidden fault codes."""
        out: Int = np.where(
            self.dropout, self.DROPOUT, np.where(self.stuck, self.STUCK, np.where(self.spike, self.SPIKE, 0))
        )
        return out

    def take(self, rows: Int) -> Faults:
        """A copy of some rows."""
        other = object.__new__(Faults)
        other.__dict__.update(self.__dict__)
        for key in ("state", "spike", "size", "pick"):
            setattr(other, key, getattr(self, key)[rows])
        return other
