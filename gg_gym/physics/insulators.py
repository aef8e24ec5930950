"""Module "insulators": salt gathers and is washed off, wet layers leak, dry bands form and pulse, some flash over.

Water is that of the module "surface_wetness" (without it, of the rain at the instant); here it only dissolves the salt.

Every rate is exact for constant weather, so a step of any length is stable; what is random (pulses, flashovers) is
a Poisson process, so that its counts do not depend on the step. Counts are cumulative since the start: a reader takes
the difference of two samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtr, ndtri

from gg_gym.equations import insulators as eq
from gg_gym.equations.arcs import arc_voltage, symmetric_arc_harmonics
from gg_gym.equations.atmosphere import saturation_pressure
from gg_gym.equations.bounds import clip
from gg_gym.errors import InputError
from gg_gym.parameters.insulators import CLASSES, INSULATOR, INSULATOR_PRIORS, InsulatorParameters
from gg_gym.physics import surface_wetness as water
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.heat import node_temperature, world_number
from gg_gym.physics.maintenance import wiped
from gg_gym.physics.site import Site, Uncertain
from gg_gym.physics.state import HARMONICS, Environment3DState
from gg_gym.physics.weather_sources import load_weather
from gg_gym.streams import Draws, normals
from gg_gym.units import Float

SALT_STEP = register_cause(
    Cause("salt_step", "mg/cm2", 0.0, "deposit added to every insulator at once (spray, salt)", "sum")
)
CREEPAGE_FACTOR = register_cause(
    Cause("creepage_factor", "1", 1.0, "multiplier of creepage (broken sheds, bridging)", "product")
)
LEAK_COUPLING = register_cause(
    Cause("leak_coupling", "1", 0.0, "share of leakage that crosses wood at the hot spot", "largest")
)
DE_ENERGISE = register_cause(
    Cause("de_energise", "1", 0.0, "share of voltage and current taken away; 1 is a dead line", "largest")
)

_MEDIANS = {key: median for key, median, *_ in INSULATOR_PRIORS}
_WEEK, _HOUR = 604800.0, 3600.0
#: Largest mean whose Poisson quantile is summed up, and terms of the sum.
_SUMMED, _TERMS = 12.0, 40


@PHYSICS.register("insulators")
class Insulators(PhysicsModule):
    """Deposit, wetness, leakage and flashover of every insulator of the geometry (kind "insulator").

    Memory, I insulators in the order of the components: "insulators.esdd" (n, I) mg/cm2, "insulators.wetness" (n, I),
    "insulators.bands" (n, I) share of dry bands, "insulators.surge" and "insulators.leakage" (n, I) rms A,
    "insulators.stress" (n, I) peak voltage over flashover voltage, "insulators.pulse_rate" (n,) 1/s,
    "insulators.pulses" (n,) count since the start, "insulators.pulse_peak" (n,) A highest of the step,
    "insulators.flashovers" (n,) count and "insulators.flash_energy" (n,) J since the start, "insulators.arc_power"
    (n,) W in dry-band arcs, "insulators.leak_power" (n,) W on all insulators, "insulators.wood_heat" (n,) W that
    leakage leaves in wood. Causes: ``salt_step``, ``creepage_factor``, ``leak_coupling``, ``de_energise``, and
    ``wetting`` of the module "surface_wetness". It writes nothing else.

    Raises:
        InputError: the geometry has no insulator, or a site's pollution class is unknown.
    """

    key: ClassVar[str] = "insulators"
    after: ClassVar[tuple[str, ...]] = ("heat", "line", "weather", "surface_wetness")
    longest_step: ClassVar[float] = 60.0

    def __init__(self, context: PhysicsContext, parameters: InsulatorParameters = INSULATOR) -> None:
        super().__init__(context)
        self._p, geometry = parameters, context.geometry
        self._index = np.array(geometry.of_kind("insulator"), dtype=np.int64)
        if not self._index.size:
            raise InputError("physics module 'insulators'", "the geometry has no insulator", "at least one")
        self._positions = geometry.positions()
        conductors = len(geometry.line.x) if geometry.line else 1
        self._phases = np.array([(geometry.components[i].phase or 0) % conductors for i in self._index], np.int64)
        self._nominal = geometry.line.voltage / np.sqrt(3.0) if geometry.line else 0.0
        self._frequency = geometry.line.frequency if geometry.line else 0.0
        self._place(context)

    def _place(self, context: PhysicsContext) -> None:
        """Take what depends on the rows' sites."""
        site = np.asarray(context.conditions.site, np.int64)
        classes: Float = np.array([pollution(s) for s in context.sites] or [CLASSES["medium"]])
        away = np.array([(s.distance_to_coast, s.distance_to_road) for s in context.sites] or [(1e6, 1e3)])
        self._growth, self._residue = classes[site, :1] / _WEEK, classes[site, 1:2]
        self._creepage = 1e-6 * self._nominal * classes[site, 2:]
        self._coast, self._road = away[site].T
        parts = [deposit_history(s, self._p.erosion)[1] for s in context.sites]
        means = np.array(parts or [np.array([1.0, 0.0, 0.0])])
        self._means = means[site]

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers of the world."""
        return tuple(Uncertain(*prior) for prior in INSULATOR_PRIORS)

    def lanes(self, m: int) -> Mapping[str, int]:
        """Number of pulses, their highest, and one for each insulator's flashover."""
        return {"insulators.pulses": 2, "insulators.flashover": self._index.size}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Deposit after the site's past year up to the state's hour; no dry bands."""
        n, i, memory = state.n, self._index.size, state.memory
        seed = self.context.conditions.seed
        level = np.exp(self._p.spread * np.sqrt(0.5) * normals(seed, "insulators.level", 1 + i))
        memory["insulators.level"] = level[:, :1] * level[:, 1:]
        for name in ("bands", "wetness", "surge", "leakage", "stress"):
            memory[f"insulators.{name}"] = np.zeros((n, i))
        for name in _TOTALS:
            memory[f"insulators.{name}"] = np.zeros(n)
        weeks = self._history(state)
        grown = self._growth * _WEEK * self._sources(state, weeks)[:, None]
        memory["insulators.esdd"] = memory["insulators.level"] * (self._residue + grown)
        self._leak(state, 0.0, self._wet(state))

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance deposit and dry bands by h seconds, then draw pulses and flashovers."""
        if "insulators.esdd" not in state.memory:
            self.start(state, draws)
        self._gather(state, h)
        self._leak(state, h, self._wet(state))
        self._pulse(state, h, draws.uniform("insulators.pulses"))
        self._flash(state, h, draws.uniform("insulators.flashover"))

    def _history(self, state: Environment3DState) -> Float:
        """(n, 3) dry weeks of dust, sea and road salt that lie on the insulators at the start."""
        sites = self.context.sites
        if not sites:
            return np.tile([self._p.history_weeks, 0.0, 0.0], (state.n, 1))
        out = np.empty((state.n, 3))
        site = np.asarray(self.context.conditions.site, np.int64)
        for k in np.unique(site).tolist():
            table, rows = deposit_history(sites[k], self._p.erosion)[0], np.flatnonzero(site == k)
            hour = np.mod(state.hour[rows], len(table))
            out[rows] = table[np.minimum(hour.astype(np.int64), len(table) - 1)]
        return out

    def _sources(self, state: Environment3DState, parts: Float) -> Float:
        """(n,) deposit of dust, sea and road salt together, relative to the class's growth; parts (n, 3).

        The class says how much settles in a year, the distances of coast and road only when.
        """
        sea, road = world_number(state, "insulator_sea", _MEDIANS), world_number(state, "insulator_road", _MEDIANS)
        total: Float = parts[:, 0] + sea * parts[:, 1] + road * parts[:, 2]
        mean = self._means[:, 0] + sea * self._means[:, 1] + road * self._means[:, 2]
        relative: Float = world_number(state, "insulator_growth", _MEDIANS) * total / mean
        return relative

    def _gather(self, state: Environment3DState, h: float) -> None:
        """Deposit and wash for h seconds; add the step of salt where its cause has risen."""
        memory, level = state.memory, state.memory["insulators.level"]
        parts = eq.growth_factor(state.wind_speed, state.air_temperature, state.rain, self._coast, self._road)
        growth = self._growth * self._sources(state, np.stack(parts, axis=1))[:, None] * level
        shortest, half = (world_number(state, f"insulator_wash_{k}", _MEDIANS) for k in ("time", "rain"))
        loss = (eq.wash_rate(water.falling_water(state), shortest, half) + 1.0 / self._p.erosion)[:, None]
        salt = clip(state.causes["salt_step"], 0.0, None)
        added = clip(salt - memory["insulators.salt"], 0.0, None)[:, None]
        memory["insulators.salt"] = salt
        memory["insulators.esdd"] = eq.deposit_step(
            memory["insulators.esdd"] + added, level * self._residue, growth, loss, h
        )
        if (kept := wiped(state, "insulators")) is not None:
            memory["insulators.esdd"] = memory["insulators.esdd"] * kept[:, None]

    def _wet(self, state: Environment3DState) -> Float:
        """Set the wetness factors from the water on the insulators and the air at them; returns (n, I) temperatures."""
        surface = node_temperature(state, self._positions)[:, self._index]
        humidity = saturation_pressure(state.dew_point)[:, None] / saturation_pressure(surface)
        centre, width, full = (
            world_number(state, f"insulator_{k}", _MEDIANS)[:, None] for k in ("wet_centre", "wet_width", "film")
        )
        humid = eq.humidity_wetness(clip(humidity, None, 1.0), centre, width)
        wet = eq.wetness(np.asarray(humid, np.float64), water.film(state)[:, self._index], full)
        state.memory["insulators.wetness"] = np.asarray(wet, np.float64)
        return surface

    def _voltage(self, state: Environment3DState) -> Float:
        """(n, I) rms voltage across the insulators [V]."""
        if "line.voltage" in state.memory:
            phasor = state.voltage[:, self._phases, 0]
            across: Float = np.hypot(phasor.real, phasor.imag)
            return across
        live = 1.0 - clip(state.causes["de_energise"], 0.0, 1.0)
        return np.repeat((self._nominal * live)[:, None], self._index.size, axis=1)

    def _leak(self, state: Environment3DState, h: float, surface: Float) -> None:
        """Dry bands after h seconds, leakage currents, heat, and the stress against flashover."""
        memory, voltage = state.memory, self._voltage(state)
        number = {k: world_number(state, f"insulator_{k}", _MEDIANS)[:, None] for k in _LEAK}
        creepage = clip(state.causes["creepage_factor"], 0.05, None)[:, None]
        form, length = number["form"] * creepage, number["creepage"] * self._creepage * creepage
        sigma = eq.layer_conductivity(memory["insulators.esdd"]) * eq.conductivity_factor(surface)
        conductance = eq.layer_conductance(sigma, memory["insulators.wetness"], form)
        conductance = np.maximum(conductance, self._p.least_conductance)
        surge = eq.surge_current(voltage, conductance)
        rain = water.falling_water(state)[:, None]
        target = eq.dry_band_target(voltage * surge, number["band_power"], rain, number["band_rain"])
        bands = target + (memory["insulators.bands"] - target) * np.exp(-h / number["band_time"])
        resistive = eq.resistive_leakage(surge, bands, number["dry_band"])
        capacitive = number["capacitive"] * voltage / max(self._nominal, 1.0)
        memory["insulators.bands"], memory["insulators.surge"] = bands, surge
        memory["insulators.leakage"] = eq.total_leakage(resistive, capacitive)
        critical = number["natural"] * self._critical(number["arc_constant"], conductance, length, form)
        memory["insulators.stress"] = np.sqrt(2.0) * voltage / critical
        self._heat(state, voltage, resistive, bands)

    def _critical(self, constant: Float, conductance: Float, length: Float, form: Float) -> Float:
        """(n, I) flashover voltage, peak [V], of an even layer: Obenaus', with current crowded at the arc's foot."""
        length, exponent = np.maximum(length, 1e-3), self._p.exponent
        resistance = 1.0 / (conductance * length)
        plain = eq.critical_voltage(constant, resistance, length, exponent)
        radius = eq.arc_radius(eq.critical_current(constant, resistance, exponent))
        factor = eq.concentration(length, form, radius, exponent)
        return np.asarray(eq.concentrated_voltage(plain, factor, exponent), np.float64)

    def _heat(self, state: Environment3DState, voltage: Float, resistive: Float, bands: Float) -> None:
        """Power of leakage and of dry-band arcs, and what leakage leaves in wood (read by the module "wood")."""
        memory = state.memory
        share = world_number(state, "insulator_arc_share", _MEDIANS)
        arcing = np.where(memory["insulators.surge"] >= self._p.least_arcing, bands, 0.0)
        memory["insulators.leak_power"] = (voltage * resistive).sum(axis=1)
        memory["insulators.arc_power"] = share * (voltage * resistive * arcing).sum(axis=1)
        rate = world_number(state, "insulator_pulses", _MEDIANS) * arcing.sum(axis=1)
        memory["insulators.pulse_rate"] = np.minimum(rate, self._p.most_pulses * self._frequency)
        contact = world_number(state, "insulator_contact", _MEDIANS)
        supply, leakage = clip(voltage.max(axis=1), 1e-6, None), resistive.max(axis=1)
        heat = eq.series_heat(supply, leakage, contact)
        memory["insulators.wood_heat"] = clip(state.causes["leak_coupling"], 0.0, 1.0) * heat

    def _pulse(self, state: Environment3DState, h: float, u: Float) -> None:
        """Count dry-band pulses of the step and draw the highest."""
        memory = state.memory
        mean = memory["insulators.pulse_rate"] * h
        count, peak = np.zeros(state.n), np.zeros(state.n)
        rows = np.flatnonzero(mean > 1e-12)
        if rows.size:
            count[rows] = poisson_count(mean[rows], u[rows, 0])
            full = np.sqrt(2.0) * memory["insulators.surge"][rows].max(axis=1)
            score = ndtri(clip(u[rows, 1] ** (1.0 / clip(count[rows], 1.0, None)), 1e-12, 1.0 - 1e-12))
            median = world_number(state, "insulator_pulse_peak", _MEDIANS)[rows]
            highest = np.minimum(full * median * np.exp(self._p.pulse_spread * score), full)
            peak[rows] = np.where(count[rows] > 0.0, highest, 0.0)
        memory["insulators.pulses"] = memory["insulators.pulses"] + count
        memory["insulators.pulse_peak"] = peak

    def _flash(self, state: Environment3DState, h: float, u: Float) -> None:
        """Draw flashovers of the step; a step counts one at most for each insulator."""
        memory, numbers = state.memory, [world_number(state, f"insulator_{k}", _MEDIANS) for k in ("spread", "trials")]
        spread, trials = (x[:, None] for x in numbers)
        score = eq.withstand_score(memory["insulators.stress"], np.ones_like(spread), spread)
        hazard = trials * ndtr(score)
        struck = (u < -np.expm1(-hazard * h)).sum(axis=1)
        if struck.any():
            memory["insulators.flashovers"] = memory["insulators.flashovers"] + struck
            memory["insulators.flash_energy"] = memory["insulators.flash_energy"] + struck * self._flash_energy(state)

    def _flash_energy(self, state: Environment3DState) -> Float:
        """(n,) energy [J] that one flashover's power arc sets free before the line is cleared."""
        current, cleared, creepage = (
            world_number(state, f"insulator_{k}", _MEDIANS) for k in ("fault_current", "clearing", "creepage")
        )
        gap = self._p.dry_arcing * creepage * self._creepage[:, 0]
        return np.asarray(arc_voltage(gap, current) * current * cleared, np.float64)


_TOTALS = (
    "pulse_rate", "pulses", "pulse_peak", "flashovers", "flash_energy", "arc_power", "leak_power", "wood_heat", "salt",
)  # fmt: skip
_LEAK = (
    "form", "band_power", "band_rain", "band_time", "dry_band", "capacitive", "creepage", "natural", "arc_constant",
)  # fmt: skip


def pollution(site: Site) -> tuple[float, float, float]:
    """Growth [mg/cm2 a dry week], residue [mg/cm2] and specific creepage [mm/kV to ground] of a site's class.

    Raises:
        InputError: an unknown class.
    """
    if site.pollution_class not in CLASSES:
        raise InputError(f"site {site.key}: pollution_class", f"got {site.pollution_class!r}", ", ".join(CLASSES))
    return CLASSES[site.pollution_class]


@lru_cache(maxsize=64)
def deposit_history(site: Site, erosion: float) -> tuple[Float, Float]:
    """Past deposit of a surface, as dry weeks of dust, sea and road salt: (hours, 3) at every hour of the site's year.

    The second array (3,) is the mean rate of each over the dry hours, relative to dust in dry air.

    The deposit's equation is linear in the sources, so one table serves every world; the year is run through twice.
    """
    weather = load_weather(site)
    wind, air, rain = weather["wind_speed"], weather["temperature"], weather["rain"]
    away = np.full_like(wind, site.distance_to_coast), np.full_like(wind, site.distance_to_road)
    parts = np.stack(eq.growth_factor(wind, air, rain, *away), axis=1)
    mean, gain = parts.sum(axis=0) / clip(parts[:, 0].sum(), 1.0, None), parts * (_HOUR / _WEEK)
    time, half = (np.full_like(rain, _MEDIANS[f"insulator_wash_{k}"]) for k in ("time", "rain"))
    rate = (eq.wash_rate(rain, time, half) + 1.0 / erosion) * _HOUR
    kept = np.exp(-rate)
    gain = gain * (-np.expm1(-rate) / rate)[:, None]
    table: Float = np.empty_like(gain)
    x = np.zeros(3)
    for _ in range(2):
        for i, (k, g) in enumerate(zip(kept.tolist(), gain, strict=True)):
            table[i] = x
            x = k * x + g
    table.flags.writeable = False
    return table, mean


def poisson_count(mean: Float, u: Float) -> Float:
    """(r,) Poisson counts of ``mean`` (r,) from uniforms (r,): exact below a mean of 12, else by Cornish and Fisher."""
    small: Float = np.minimum(mean, _SUMMED)
    term = np.exp(-small)
    total, count = term.copy(), np.zeros_like(mean)
    for k in range(1, _TERMS):
        count += u > total
        term = term * small / k
        total += term
    z = ndtri(u)
    large = np.rint(mean + np.sqrt(mean) * z + (z * z - 1.0) / 6.0)
    return np.where(mean > _SUMMED, clip(large, 0.0, None), count)


def leak_power(state: Environment3DState) -> Float:
    """(n,) heat [W] of the leakage current on all insulators, dry-band arcs included; 0 without the module."""
    return _total(state, "leak_power")


def wood_heat(state: Environment3DState) -> Float:
    """(n,) heat [W] that leakage leaves in wood at the hot spot: ``leak_coupling`` times ``I^2 R`` of the contact.

    The module "wood" adds it to the cause ``leak_power``. 0 without the module.
    """
    return _total(state, "wood_heat")


def band_power(state: Environment3DState) -> Float:
    """(n,) mean power [W] of dry-band arcs, not part of ``state.arc_power``; 0 without the module."""
    return _total(state, "arc_power")


def flash_energy(state: Environment3DState) -> Float:
    """(n,) energy [J] of the power arcs of all flashovers since the start of the run's past; 0 without the module."""
    return _total(state, "flash_energy")


def flashed(state: Environment3DState) -> Float:
    """(n,) flashovers since the start of the run's past; 0 without the module."""
    return _total(state, "flashovers")


def _total(state: Environment3DState, name: str) -> Float:
    value: Float | None = state.memory.get(f"insulators.{name}")
    return np.zeros(state.n) if value is None else value


def leakage_harmonics(state: Environment3DState) -> Float:
    """(n, I, H) harmonics of the leakage current relative to its fundamental: half cycles clipped by dry bands."""
    dead = np.arcsin(INSULATOR.dead * state.memory["insulators.bands"])
    shares: Any = symmetric_arc_harmonics(dead, HARMONICS)
    out: Float = np.asarray(shares, np.float64)
    return out
