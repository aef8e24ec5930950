"""Temperature and humidity in a shield, and a two-axis sonic beside a pole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gg_gym.equations.atmosphere import saturation_pressure
from gg_gym.equations.bounds import clip
from gg_gym.equations.signal import quantise, shield_error, wake_factor, wake_turn
from gg_gym.parameters.imperfections import SIZES
from gg_gym.parameters.sht45 import SHT45
from gg_gym.parameters.windsonic import WINDSONIC as SONIC
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.base import SENSORS, BaseSensor, Channel, Climate, Coefficients, FaultEffect
from gg_gym.sensors.status import Status
from gg_gym.streams import Draws
from gg_gym.units import Bool, Float, UInt32


@SENSORS.register("sht45")
class ShieldedTemperatureHumidity(BaseSensor):
    """Air temperature [Cel] and relative humidity [%]."""

    key = "sht45"
    saturating = slice(0, 1)
    fault_kinds = ("fouling", "ingress")
    calm = 0.3
    uncertain = ("sensor.enclosure_sun", "sensor.shield_error")

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.unit["shield"] = (
            SHT45.shield * self.prior("sensor.shield_error") * np.exp(0.1 * self.spread("shield", 1)[:, 0])
        )

    @classmethod
    def channels(cls, config: Any) -> tuple[Channel, ...]:
        """Two channels."""
        return (
            Channel("temperature", config.name, "Cel", SHT45.low[0], SHT45.high[0], 15.0, 15.0),
            Channel("humidity", config.name, "%", SHT45.low[1], SHT45.high[1], 60.0, 30.0),
        )

    def coefficients(self) -> Coefficients:
        """See :mod:`gg_gym.parameters.sht45`."""
        return Coefficients.of(
            self.n, 2, rise=np.array(SHT45.lag) * np.exp(0.1 * self.spread("lag", 2)),
            fall=np.array(SHT45.lag) * np.exp(0.1 * self.spread("lag", 2)),
            offset=np.array(SHT45.offset) * self.spread("offset", 2), white=SHT45.white,
            zero_sd=SHT45.drift, zero_time=SHT45.drift_time, lsb=SHT45.lsb,
        )  # fmt: skip

    def ideal(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, M, 2) temperature inside the shield, and the humidity of the same air at that temperature."""
        heat = shield_error(state.ghi[:, None], climate.wind, self.unit["shield"][:, None])
        out = np.empty((*heat.shape, 2))
        out[..., 0] = state.air_temperature_at(self.points) - 273.15 + heat
        out[..., 1] = 100.0 * climate.vapour[:, None] / saturation_pressure(out[..., 0] + 273.15)
        return out

    def truth(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, 2) of the air."""
        air = state.air_temperature_at(self.points)[:, 0]
        humidity = clip(100.0 * climate.vapour / saturation_pressure(air), 0.0, 100.0)
        return np.stack([air - 273.15, humidity], axis=1)

    def fault_effects(self) -> dict[str, FaultEffect]:
        """Salt or dust adds humidity; condensation reads 100 % until it dries."""
        salt, wet = np.array([0.0, SIZES.salt]), np.array([0.0, 300.0])
        own = {"fouling": FaultEffect(offset=salt), "ingress": FaultEffect(offset=wet)}
        return {**super().fault_effects(), **own}

    def terms(self, climate: Climate, dt: float) -> tuple[Float, Float]:
        """Humidity creep after long damp."""
        wet = climate.humidity > 80.0
        target, tau = np.where(wet, SHT45.creep, 0.0), np.where(wet, SHT45.creep_rise, SHT45.creep_fall)
        creep = self.memory.get("creep", 0.5 * target)
        self.memory["creep"] = target + (creep - target) * np.exp(-dt / tau)
        zero = np.zeros((self.n, 2))
        zero[:, 1] = self.memory["creep"]
        return np.ones((self.n, 2)), zero


@SENSORS.register("windsonic")
class SonicAnemometer(BaseSensor):
    """Wind speed [m/s] and the sine and cosine of the direction it comes from (clockwise from north)."""

    key = "windsonic"
    saturating = slice(0, 1)
    warm_up = 68.0
    fault_kinds = ("web", "icing")
    calm = 5.0

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.unit["turn"] = np.deg2rad(SONIC.turn) * self.spread("turn", 1)
        self.memory["direction"] = np.zeros(self.n)
        self.memory["iced"] = np.zeros(self.n, bool)

    @classmethod
    def channels(cls, config: Any) -> tuple[Channel, ...]:
        """Three channels."""
        return (
            Channel("speed", config.name, "m/s", 0.0, SONIC.high, 3.0, 2.0),
            Channel("direction_sin", config.name, "1", -1.0, 1.0, 0.0, 1.0),
            Channel("direction_cos", config.name, "1", -1.0, 1.0, 0.0, 1.0),
        )

    def lanes(self) -> Mapping[str, int]:
        """One draw for drops in the path."""
        return {f"sensor.{self.name}.path": 1}

    def coefficients(self) -> Coefficients:
        """The chain carries the two axes; the third column is empty."""
        axes = np.array([1.0, 1.0, 0.0])
        return Coefficients.of(
            self.n, 3, rise=SONIC.lag, fall=SONIC.lag, gain=1.0 + SONIC.gain * self.spread("gain", 3) * axes,
            offset=SONIC.offset * self.spread("offset", 3) * axes, white=SONIC.white * axes,
            lsb=[SONIC.speed_lsb, 1e-6, 1e-6],
        )  # fmt: skip

    def ideal(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, M, 3) east and north wind in the pole's wake, seen by axes a little out of north."""
        wind = climate.flow[:, :, self.column]
        speed, angle = np.hypot(wind[..., 0], wind[..., 1]), np.arctan2(wind[..., 1], wind[..., 0])
        x, y = self.points[0, :2]
        behind = np.mod(angle - np.arctan2(y, x) + np.pi, 2 * np.pi) - np.pi
        speed = speed * wake_factor(behind, SONIC.wake_depth, SONIC.wake_width)
        angle = angle + wake_turn(behind, SONIC.wake_turn, SONIC.wake_width) + self.unit["turn"]
        return np.stack([speed * np.cos(angle), speed * np.sin(angle), np.zeros_like(speed)], axis=-1)

    def truth(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, 3) of the free wind at the place."""
        wind = climate.flow[:, -1, self.column]
        speed, origin = np.hypot(wind[:, 0], wind[:, 1]), np.arctan2(-wind[:, 0], -wind[:, 1])
        return np.stack([speed, np.sin(origin), np.cos(origin)], axis=1)

    def compensate(self, raw: Float, readings: Mapping[str, Float], dt: float) -> Float:
        """Polar form, rounded as the part does; below 0.05 m/s the last direction is repeated."""
        speed = np.hypot(raw[:, 0], raw[:, 1])
        origin = np.deg2rad(quantise(np.rad2deg(np.arctan2(-raw[:, 0], -raw[:, 1])), np.array(SONIC.direction_lsb)))
        self.memory["direction_before"] = self.memory["direction"]
        origin = np.where(speed < SONIC.calm, self.memory["direction"], origin)
        self.memory["direction"] = origin
        return np.stack([speed, np.sin(origin), np.cos(origin)], axis=1)

    def fault_effects(self) -> dict[str, FaultEffect]:
        """Webs and ice block the path (see :meth:`silent`) and bend nothing."""
        return {k: e for k, e in super().fault_effects().items() if k != "web"}

    def silent(self, state: Environment3DState, climate: Climate, draws: Draws) -> Bool:
        """Drops or ice in the path (no heater: ice stays until 1 Cel)."""
        chance = np.minimum(SONIC.blocked_most, SONIC.blocked * state.rain)
        frozen = (climate.air < 0.0) & (state.rain > 0.0)
        self.memory["iced"] = (self.memory["iced"] | frozen) & (climate.air <= 1.0)
        chance = np.maximum(chance, SIZES.web * self.failing("web"))
        iced = self.memory["iced"] | (self.failing("icing") > 0.0)
        blocked: Bool = (draws.uniform(f"sensor.{self.name}.path")[:, 0] < chance) | iced
        self.memory["blocked"] = blocked
        # a failed reading leaves the last direction as it was
        self.memory["direction"] = np.where(blocked, self.memory["direction_before"], self.memory["direction"])
        return blocked

    def status(self, reading: Float, readings: Mapping[str, Float]) -> UInt32:
        """BELOW_LOD in calm, PATH_BLOCKED (native code 04) for a failed path."""
        blocked = self.memory.get("blocked", np.zeros(self.n, bool))
        out = np.where(reading[:, 0] < SONIC.calm, int(Status.BELOW_LOD), 0) | np.where(
            blocked, int(Status.PATH_BLOCKED), 0
        )
        return out.astype(np.uint32)
