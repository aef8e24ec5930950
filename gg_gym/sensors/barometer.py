"""Air pressure behind a port: wind on the housing, a warm box, and a filter."""

from __future__ import annotations

from typing import Any

import numpy as np

from gg_gym.equations.atmosphere import air_density
from gg_gym.equations.pressure_sensors import dynamic_pressure, filter_noise, filter_time, pressure_at
from gg_gym.parameters.bmp390 import BMP390, BMP390_PRIORS
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.base import SENSORS, BaseSensor, Bound, Channel, Climate, Coefficients
from gg_gym.sensors.internal import drawn
from gg_gym.sensors.status import Status
from gg_gym.units import Float, UInt32

PRIOR = {p[0]: Uncertain(*p) for p in BMP390_PRIORS}


@SENSORS.register("bmp390")
class PortBarometer(BaseSensor):
    """Pressure [Pa] at the unit's height; needs the inside temperature for its status.

    Parameters: ``oversampling`` (1 to 32, rounded down to a power of two) and ``filter`` (0 to 127).
    """

    key = "bmp390"
    warm_up = 4.0
    bounds = {"oversampling": Bound(1, 32, 16), "filter": Bound(0, 127, 3)}  # noqa: RUF012

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        spread = np.exp(BMP390.port_spread * self.spread("port", 1)[:, 0])
        self.unit["port"] = drawn(self, PRIOR["sensor.baro_port"]) * spread
        self.unit["per_kelvin"] = BMP390.per_kelvin * self.spread("tempco", 1)

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """World numbers of this part."""
        return tuple(PRIOR.values())

    @classmethod
    def channels(cls, config: Any) -> tuple[Channel, ...]:
        """One channel."""
        return (Channel("pressure", config.name, "Pa", BMP390.low, BMP390.high, 98000.0, 3000.0),)

    def coefficients(self) -> Coefficients:
        """See :mod:`gg_gym.parameters.bmp390`."""
        samples = 2.0 ** np.floor(np.log2(self.parameters["oversampling"]))
        lag = filter_time(self.parameters["filter"], BMP390.native)
        z = self.spread("offset", 2)
        return Coefficients.of(
            self.n, 1, rise=lag, fall=lag, offset=(BMP390.accuracy * z[:, 0] + BMP390.solder * z[:, 1])[:, None],
            white=filter_noise(BMP390.white / np.sqrt(samples), self.parameters["filter"]), flicker=BMP390.flicker,
            zero_sd=BMP390.drift, zero_time=BMP390.drift_time, lsb=BMP390.lsb / samples,
        )  # fmt: skip

    def _air(self, state: Environment3DState) -> tuple[Float, Float]:
        """(n,) pressure of the air at the part [Pa] and its temperature [K]."""
        kelvin = state.air_temperature_at(self.points)[:, 0]
        still = pressure_at(state.pressure, kelvin, self.points[0, 2] - BMP390.height)
        return np.asarray(still, np.float64), kelvin

    def ideal(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, M, 1) pressure of the air and what wind adds at the port."""
        still, kelvin = self._air(state)
        density = np.asarray(air_density(kelvin, still, climate.vapour))[:, None]
        flow = climate.flow[:, :, self.column]
        speed = np.sqrt(flow[..., 0] ** 2 + flow[..., 1] ** 2 + flow[..., 2] ** 2)
        out: Float = still[:, None] + dynamic_pressure(density, speed, self.unit["port"][:, None])
        return out[..., None]

    def truth(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, 1) pressure of the air at the part."""
        return self._air(state)[0][:, None]

    def terms(self, climate: Climate, dt: float) -> tuple[Float, Float]:
        """What the part's own correction of its temperature leaves."""
        zero: Float = self.unit["per_kelvin"] * (climate.body - BMP390.reference)[:, None]
        return np.ones((self.n, 1)), zero

    def status(self, reading: Float, readings: Any) -> UInt32:
        """OUT_OF_SPEC_ENV by the inside temperature it needs."""
        inside = self.needed(readings, (BMP390.reference,))[:, 0]
        outside = (inside < BMP390.coldest) | (inside > BMP390.hottest)
        return np.where(outside, int(Status.OUT_OF_SPEC_ENV), 0).astype(np.uint32)
