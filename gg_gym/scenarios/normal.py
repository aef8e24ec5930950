"""Families in which nothing is wrong: load, season, weather, an outage, a visit; they move every baseline."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Literal

from gg_gym.physics.geometry import Geometry
from gg_gym.scenarios.base import SCENARIOS, BaseScenario, log_between
from gg_gym.scenarios.parameters import SharedParameters, parameter

#: Kinds of :class:`WeatherEvent`, in the order of its parameter ``kind``.
WEATHER_KINDS: tuple[str, ...] = ("front", "gust", "rain", "fog", "thunderstorm", "snow", "heat_wave")
#: A gust lasts this share of the length that a spell of weather has.
_GUST = 1.0 / 30.0


@SCENARIOS.register("baseline_operation")
class BaselineOperation(BaseScenario):
    """Ordinary days: the feeder is switched, load is transferred, a regulator changes its tap; nothing is wrong."""

    class Parameters(SharedParameters):
        """Shared parameters and the regulator's."""

        taps: float = parameter(0.0, -8.0, 8.0, "1", "steps of 0.625 % that the voltage rises", prior=(2.0, 2.0))

    key = "baseline_operation"
    title = "Baseline operation"
    category = "normal"
    difficulty = "easy"
    description = "Normal operation; severity scales a step of the feeder's load, at 0.5 there is none."
    requires = ("line",)
    corners = {  # noqa: RUF012
        "load_lost": {"severity": 0.0, "phase": 0.3}, "load_transferred": {"severity": 1.0, "phase": 0.3},
        "tap_down_at_peak": {"severity": 1.0, "taps": -8.0},
    }  # fmt: skip

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A load step between 0.5 and 1.5 times, and whole steps of the tap."""
        return {"load_factor": 0.5 + self.parameters.severity, "tap_steps": float(round(self.parameters.taps))}


@SCENARIOS.register("diurnal_cycle")
class DiurnalCycle(BaseScenario):
    """The day's swing: sun and load rise or fall together."""

    class Parameters(SharedParameters):
        """Shared parameters and the load's part of the swing."""

        load_swing: float = parameter(1.0, 0.6, 1.6, "1", "load after over load before", scale="log", prior=(2.0, 2.0))

    key = "diurnal_cycle"
    title = "Diurnal cycle"
    category = "normal"
    difficulty = "easy"
    description = "A swing of sun and load as between cloud and clear sky; severity is the share of sun taken away."
    requires = ("weather", "line")
    corners = {  # noqa: RUF012
        "black_cloud_at_peak_load": {"severity": 1.0, "load_swing": 1.6},
        "load_gone_in_full_sun": {"severity": 0.0, "load_swing": 0.6},
    }

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Less sun, more or less load."""
        return {"sun_factor": 1.0 - 0.9 * self.parameters.severity, "load_factor": self.parameters.load_swing}


@SCENARIOS.register("seasonal_variation")
class SeasonalVariation(BaseScenario):
    """The same clock hour on another day of the site's year: its weather and its sun."""

    class Parameters(SharedParameters):
        """Shared parameters and the distance in the year."""

        severity: float = parameter(1.0, 0.0, 1.0, "1", "share of the days that the season is moved", prior=(1.0, 1.0))
        days: float = parameter(91.0, -182.0, 182.0, "d", "days later in the year; negative is earlier")

    key = "seasonal_variation"
    title = "Seasonal variation"
    category = "normal"
    difficulty = "easy"
    description = "Weather and sun of another day of the year; slow states (salt, wood) are those of the drawn day."
    requires = ("weather",)
    regional = True
    corners = {"half_a_year": {"days": 182.0}, "leap_back": {"days": -182.0}}  # noqa: RUF012

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """Whole days, so that the hour of the day stays."""
        return {"season_shift": 24.0 * round(self.parameters.severity * self.parameters.days)}

    def onset(self, span: float, lead_in: float) -> float:
        """With the lead-in: a season does not set in within a record."""
        return -lead_in


@SCENARIOS.register("weather_event")
class WeatherEvent(BaseScenario):
    """A spell of weather on top of the site's record, which stays consistent: fog and rain moisten and cool the air."""

    class Parameters(SharedParameters):
        """Shared parameters, which weather, and how long."""

        kind: float = parameter(
            0.0, 0.0, 7.0, "1", "0 front, 1 gust, 2 rain, 3 fog, 4 thunderstorm, 5 snow, 6 heat wave"
        )
        length: float = parameter(1800.0, 300.0, 7200.0, "s", "length of the spell; a gust has a 30th", scale="log")

    key = "weather_event"
    title = "Weather event"
    category = "normal"
    difficulty = "medium"
    description = "Front, gust, rain, fog, thunderstorm, snow or heat wave; severity scales its strength."
    requires = ("weather",)
    regional = True
    corners = {  # noqa: RUF012
        "dense_fog": {"kind": 3.5, "severity": 1.0}, "cloudburst": {"kind": 4.5, "severity": 1.0},
        "gust_of_20_m_s": {"kind": 1.5, "severity": 1.0}, "snow_or_cold_rain": {"kind": 5.5, "severity": 1.0},
        "heat_wave_at_full_load": {"kind": 6.5, "severity": 1.0},
    }  # fmt: skip

    @property
    def weather(self) -> str:
        """Which of :data:`WEATHER_KINDS`."""
        return WEATHER_KINDS[min(int(self.parameters.kind), len(WEATHER_KINDS) - 1)]

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """What the kind brings, scaled by severity."""
        return _WEATHER[self.weather](self.parameters.severity)

    def duration(self) -> float:
        """Length of the spell [s]."""
        length: float = self.parameters.length
        return length * _GUST if self.weather == "gust" else length


def _thunderstorm(s: float) -> dict[str, float]:
    """Cold outflow with a gust, rain, a dark sky, and flashes that come nearer."""
    return {
        "front": s, "wind_added": 5.0 + 15.0 * s, "rain_rate": log_between(10.0, 80.0, s), "fog": 0.6, "overcast": 1.0,
        "flash_rate": log_between(0.002, 0.05, s), "flash_distance": log_between(15e3, 1.5e3, s),
    }  # fmt: skip


def _snow(s: float) -> dict[str, float]:
    """Cold, cloudy, damp air with precipitation: snow where that makes it cold enough, else cold rain."""
    return {
        "air_shift": -4.0 - 14.0 * s, "dew_shift": -2.0 - 10.0 * s, "rain_rate": log_between(0.3, 5.0, s),
        "fog": 0.8, "overcast": 1.0,
    }  # fmt: skip


#: Kind -> causes at a severity.
_WEATHER: dict[str, Callable[[float], dict[str, float]]] = {
    "front": lambda s: {"front": s, "overcast": 0.6 * s},
    "gust": lambda s: {"wind_added": 3.0 + 17.0 * s},
    "rain": lambda s: {"rain_rate": log_between(0.5, 50.0, s), "fog": 0.75, "overcast": 0.9},
    "fog": lambda s: {"fog": 0.9 + 0.1 * s, "wind_factor": 0.3, "overcast": 0.8},
    "thunderstorm": _thunderstorm,
    "snow": _snow,
    "heat_wave": lambda s: {"air_shift": 4.0 + 10.0 * s, "dew_shift": 2.0 * s, "wind_factor": 0.6},
}


@SCENARIOS.register("deenergised")
class Deenergised(BaseScenario):
    """The line is switched off: no field, no load heat, no corona, no leakage; then it comes back."""

    class Parameters(SharedParameters):
        """Shared parameters and the length of the outage."""

        length: float = parameter(3600.0, 60.0, 21600.0, "s", "length of the outage", scale="log")

    key = "deenergised"
    title = "De-energised line"
    category = "normal"
    difficulty = "easy"
    description = "The line is off for a while; severity changes nothing, a line is off or on."
    requires = ("line",)
    corners = {"reclosed_within_the_record": {"length": 60.0, "phase": 0.4}}  # noqa: RUF012

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """No voltage, no current."""
        return {"de_energise": 1.0}

    def duration(self) -> float:
        """Length of the outage [s]."""
        length: float = self.parameters.length
        return length


@SCENARIOS.register("maintenance_visit")
class MaintenanceVisit(BaseScenario):
    """Somebody in a bucket cleans the unit, turns its camera and uses silicone grease; the baselines stay stepped."""

    class Parameters(SharedParameters):
        """Shared parameters and what is done."""

        yaw: float = parameter(0.05, -0.15, 0.15, "rad", "camera turned to its right", prior=(2.0, 2.0))
        pitch: float = parameter(0.02, -0.15, 0.15, "rad", "camera turned upwards", prior=(2.0, 2.0))
        silicone: float = parameter(0.1, 0.0, 0.5, "1", "dose of silicone vapour for the gas array", prior=(1.0, 3.0))
        length: float = parameter(900.0, 120.0, 3600.0, "s", "length of the visit", scale="log")

    key = "maintenance_visit"
    title = "Maintenance visit"
    category = "normal"
    difficulty = "medium"
    description = "A visit: dirt is taken off (severity is the share), the camera turned, silicone grease used."
    requires = ("weather",)
    corners = {  # noqa: RUF012
        "grease_only": {"severity": 0.0, "yaw": 0.0, "pitch": 0.0, "silicone": 0.5},
        "knocked_camera": {"severity": 0.0, "yaw": 0.15, "pitch": -0.15, "silicone": 0.0},
    }  # fmt: skip
    _part: Literal["all", "people", "work"] = "all"

    def parts(self) -> tuple[BaseScenario, ...]:
        """The people, who leave, and what they leave behind."""
        return (self._only("people"), self._only("work")) if self._part == "all" else (self,)

    def _only(self, part: Literal["people", "work"]) -> MaintenanceVisit:
        """This visit with one of its parts."""
        other = copy.copy(self)
        other._part = part
        return other

    def causes(self, geometry: Geometry) -> dict[str, float]:
        """A lineworker before the camera; dirt, aim and silicone."""
        p, out = self.parameters, dict[str, float]()
        if self._part != "work":
            mount = geometry.mount
            x, y, z = (a + 0.75 * (b - a) for a, b in zip(mount.position, mount.target, strict=True))
            out |= {"body_kind": 2.0, "body_x": x + 0.9 * (2.0 * p.place - 1.0), "body_y": y, "body_z": z}
        if self._part != "people":
            out |= {"cleaning": p.severity, "mount_yaw": p.yaw, "mount_pitch": p.pitch, "silicone_dose": p.silicone}
        return out

    def duration(self) -> float:
        """The people leave; what they did stays."""
        length: float = self.parameters.length
        return length if self._part == "people" else float("inf")
