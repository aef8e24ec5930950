"""The unit's supply: a fuel gauge on the battery, and a monitor on the panel's lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gg_gym.equations import fuel_gauge as law
from gg_gym.equations.battery import open_circuit
from gg_gym.equations.bounds import clip
from gg_gym.parameters.ina226 import INA226
from gg_gym.parameters.max17262 import GAUGE
from gg_gym.physics import power
from gg_gym.physics.enclosure import internal_temperature
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.base import SENSORS, BaseSensor, Bound, Channel, Climate, Coefficients
from gg_gym.sensors.status import Status
from gg_gym.streams import normals
from gg_gym.units import Float, UInt32

#: Step of charge over which the slope of the open-circuit voltage is taken, and the least slope [V].
_STEP, _LEAST = 0.01, 1e-3


@SENSORS.register("max17262")
class FuelGauge(BaseSensor):
    """Charge [%] as the gauge believes it, voltage [V], current [A] (discharge positive) and temperature [Cel].

    The charge is never measured: it is counted from the measured current, and pulled to what the measured voltage at
    rest says. Parameters: alerts ``low_charge`` [%], ``low_voltage`` [V], ``hot`` [Cel].
    """

    key = "max17262"
    saturating = slice(1, 3)
    bounds = {  # noqa: RUF012
        "low_charge": Bound(0, 100, 20), "low_voltage": Bound(0, 20, 12.0), "hot": Bound(20, 125, 60),
    }  # fmt: skip

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        learned = 1.0 + GAUGE.capacity_error * self.spread("capacity", 1)[:, 0]
        self.unit["capacity"] = GAUGE.capacity * np.exp(-GAUGE.fade * self.conditions.age) * learned

    @classmethod
    def channels(cls, config: Any) -> tuple[Channel, ...]:
        """Four channels."""
        name, volts = config.name, GAUGE.cells * GAUGE.voltage_high
        return (
            Channel("charge", name, "%", 0.0, 100.0, 75.0, 20.0),
            Channel("battery_voltage", name, "V", 0.0, volts, 13.2, 0.3),
            Channel("battery_current", name, "A", -GAUGE.current_high, GAUGE.current_high, 0.0, 0.3),
            Channel("battery_temperature", name, "Cel", GAUGE.coldest, GAUGE.hottest, 20.0, 15.0),
        )

    def coefficients(self) -> Coefficients:
        """See :mod:`gg_gym.parameters.max17262`."""
        z, lag = self.spread("offset", 4), [1e-9, GAUGE.averaging, GAUGE.averaging, GAUGE.temperature_lag]
        size = [0.0, np.sqrt(GAUGE.cells) * GAUGE.voltage_offset, GAUGE.current_offset, GAUGE.temperature_offset]
        quantum = GAUGE.cells * GAUGE.voltage_lsb
        return Coefficients.of(
            self.n, 4, rise=lag, fall=lag, offset=np.array(size) * z,
            gain=1.0 + np.array([0.0, 0.0, GAUGE.current_gain, 0.0]) * self.spread("gain", 4),
            white=[0.0, quantum, GAUGE.current_white, GAUGE.charge_lsb],
            lsb=[GAUGE.charge_lsb, quantum, GAUGE.current_lsb, GAUGE.charge_lsb],
        )  # fmt: skip

    def ideal(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, M, 4) as the truth: the supply has no fine axis."""
        truth = self.truth(state, climate)
        return np.broadcast_to(truth[:, None, :], (self.n, state.substeps, truth.shape[1]))

    def truth(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, 4) of the pack; without the physics module "power" a nominal supply."""
        if "power.charge" not in state.memory:
            out = np.empty((self.n, 4))
            out[:, :3], out[:, 3] = GAUGE.nominal, internal_temperature(state)
        else:
            out = power.battery(state)
        out[:, 0] *= 100.0
        out[:, 3] -= 273.15
        return out

    def settle(self, raw: Float, climate: Climate, readings: Mapping[str, Float]) -> None:
        """The estimate starts as far off as the cold and its age have made it, less when near empty."""
        charge = 0.01 * raw[:, 0]
        sd = law.charge_error(raw[:, 3], self.conditions.age, GAUGE.error, GAUGE.error_cold, GAUGE.error_age)
        sd = 0.01 * sd * np.minimum(charge / GAUGE.error_empty, 1.0)
        z = normals(self.conditions.seed, f"sensor.{self.name}.estimate", 1)[:, 0]
        self.memory["charge"] = clip(charge + sd * z, 0.0, 1.0)
        self.memory["current"] = raw[:, 2].copy()

    def compensate(self, raw: Float, readings: Mapping[str, Float], dt: float) -> Float:
        """Count the charge, and pull it to the voltage."""
        out = raw.copy()
        charge = self.memory.get("charge", 0.01 * raw[:, 0])
        if dt > 0.0:
            current = 0.5 * (raw[:, 2] + self.memory.get("current", raw[:, 2]))
            charge = law.counted_charge(charge, current, self.unit["capacity"], dt)
            charge = clip(charge + self._pull(clip(charge, 0.0, 1.0), raw, dt), 0.0, 1.0)
            self.memory["charge"], self.memory["current"] = charge, raw[:, 2].copy()
        out[:, 0] = 100.0 * charge
        return out

    def _pull(self, charge: Float, raw: Float, dt: float) -> Float:
        """(n,) change of the estimate [1] by the voltage at rest: fast where the curve is steep."""
        seen = raw[:, 1] / GAUGE.cells + raw[:, 2] * GAUGE.resistance
        low, high = clip(charge - _STEP, 0.0, None), clip(charge + _STEP, None, 1.0)
        above, below, here = open_circuit(np.stack([high, low, charge]))
        slope = np.maximum((above - below) / (high - low), _LEAST)
        error = clip(seen - here, -slope, slope)
        rate = law.rest_share(raw[:, 2], GAUGE.rest) / (GAUGE.pull_slope * GAUGE.pull)
        return np.asarray(law.voltage_pull(error, slope, rate, dt), np.float64)

    def status(self, reading: Float, readings: Mapping[str, Float]) -> UInt32:
        """The part's alerts: LOWBATT by charge or voltage, OVERTEMP, and OUT_OF_SPEC_ENV at the ends of its range."""
        p, heat = self.parameters, reading[:, 3]
        low = (reading[:, 0] < p["low_charge"]) | (reading[:, 1] < p["low_voltage"])
        outside = (heat <= GAUGE.coldest) | (heat >= GAUGE.hottest)
        out = np.where(low, int(Status.LOWBATT), 0) | np.where(heat > p["hot"], int(Status.OVERTEMP), 0)
        return (out | np.where(outside, int(Status.OUT_OF_SPEC_ENV), 0)).astype(np.uint32)


@SENSORS.register("ina226")
class PanelMonitor(BaseSensor):
    """Voltage [V] and current [A] of the panel, and the charger's state: 0 night, 1 tracking, 2 limited, 3 too cold."""

    key = "ina226"
    saturating = slice(0, 2)

    @classmethod
    def channels(cls, config: Any) -> tuple[Channel, ...]:
        """Three channels."""
        name, full = config.name, INA226.shunt_high / INA226.shunt
        return (
            Channel("panel_voltage", name, "V", 0.0, INA226.voltage_high, 9.0, 9.0),
            Channel("panel_current", name, "A", -full, full, 0.2, 0.3),
            Channel("state", name, "1", 0.0, 3.0, 1.0, 1.0),
        )

    def coefficients(self) -> Coefficients:
        """See :mod:`gg_gym.parameters.ina226`."""
        spread = np.array([INA226.gain, np.hypot(INA226.gain, INA226.shunt_gain), 0.0])
        offset = np.array([0.0, INA226.shunt_offset / INA226.shunt, 0.0])
        return Coefficients.of(
            self.n, 3, rise=[INA226.averaging, INA226.averaging, 1e-9], fall=[INA226.averaging, INA226.averaging, 1e-9],
            gain=1.0 + spread * self.spread("gain", 3), offset=offset * self.spread("offset", 3),
            white=[INA226.voltage_white, INA226.shunt_white / INA226.shunt, 0.0],
            lsb=[INA226.voltage_lsb, INA226.shunt_lsb / INA226.shunt, 1.0],
        )  # fmt: skip

    def ideal(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, M, 3) as the truth: the supply has no fine axis."""
        truth = self.truth(state, climate)
        return np.broadcast_to(truth[:, None, :], (self.n, state.substeps, truth.shape[1]))

    def truth(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, 3) of the panel; without the physics module "power" a dark one."""
        return power.panel(state) if "power.charge" in state.memory else np.zeros((self.n, 3))
