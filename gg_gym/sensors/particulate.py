"""Particles by light: what a small counter sees of the air, and what it makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from gg_gym.equations import particle_sensors as law
from gg_gym.equations.bounds import clip
from gg_gym.equations.gas_sensors import table
from gg_gym.equations.signal import hold_weights, lag_step
from gg_gym.parameters.sps30 import MODES, SPS30, SPS30_PRIORS, Mode
from gg_gym.physics.site import Uncertain
from gg_gym.physics.species import N_GASES
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather import fog_liquid
from gg_gym.sensors.base import SENSORS, BaseSensor, Bound, Channel, Climate, Coefficients, FaultEffect
from gg_gym.sensors.internal import drawn
from gg_gym.sensors.status import Status
from gg_gym.sensors.transport import TUBE, dead_time, inhaled
from gg_gym.streams import normals, uniforms
from gg_gym.units import Float, UInt32

PRIOR = {p[0]: Uncertain(*p) for p in SPS30_PRIORS}
_EDGES = np.array(SPS30.edges)
#: Diameters of the size integrals [um], and their step in ln d.
_SIZE = np.geomspace(0.01, 20.0, 3041)
_STEP = float(np.log(_SIZE[1] / _SIZE[0]))
#: Factors of humid mass at which the table of seen particles is made.
GROWTH = np.geomspace(1.0, 16.0, 25)


def _per_mass(mode: Mode) -> Float:
    """(D,) particles [1/cm3] of each diameter in 1 ug/m3 of a class."""
    number = law.lognormal_number(_SIZE, mode.median, mode.spread) * _STEP
    size = _SIZE
    number = np.where((size > mode.low) & (size <= mode.high), number, 0.0)
    out: Float = number / (mode.density * np.pi / 6.0 * (_SIZE**3 * number).sum())
    return out


def _binned(number: Float, diameter: Float, weight: Float) -> Float:
    """(5,) sum of ``number`` times ``weight`` in each bin of diameters."""
    place = np.digitize(diameter, _EDGES) - 1
    return np.array([(number * weight)[place == k].sum() for k in range(len(_EDGES) - 1)])


def _seen(mode: Mode, swell: float) -> Float:
    """(3,) particles [1/cm3] seen in the lower three bins per ug/m3 of dry particles that look ``swell`` times larger.

    What is seen of larger particles falls into the third bin: the part does not tell them apart.
    """
    wet = _SIZE * swell
    bins = _binned(_per_mass(mode), wet, np.asarray(law.seen_share(wet, SPS30.cut, SPS30.cut_order), np.float64))
    return np.array([bins[0], bins[1], bins[2:].sum()])


@cache
def mass_weights() -> Float:
    """(3,) ug/m3 per seen particle: the part's own, scaled so that the dry fine mode reads its mass as PM1."""
    weight = np.array(SPS30.mass_per_count)
    scaled: Float = weight / (_seen(MODES[0], 1.0) * weight)[:2].sum()
    return scaled


def _swell(mass: float) -> float:
    """Factor on the optical diameter at which the fine mode reads ``mass`` times its dry mass (bisection)."""
    weight = mass_weights()
    dry, low, high = (_seen(MODES[0], 1.0) * weight).sum(), 1.0, 4.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        less = (_seen(MODES[0], middle) * weight).sum() < mass * dry
        low, high = (middle, high) if less else (low, middle)
    return 0.5 * (low + high)


@cache
def seen_table() -> Float:
    """(G, 9) particles seen in 3 bins per ug/m3 of 3 classes, at :data:`GROWTH`; coarse particles take up no water."""
    coarse = np.stack([_seen(mode, 1.0) for mode in MODES[1:]])
    rows = [np.concatenate([_seen(MODES[0], _swell(g))[None, :], coarse]).ravel() for g in GROWTH]
    return np.stack(rows)


@cache
def true_table() -> Float:
    """(3, 10) per ug/m3 of each class: PM1, PM2.5, PM4, PM10, cumulative numbers above 0.3 um, their sizes' sum."""
    rows = []
    for i, mode in enumerate(MODES):
        number = _per_mass(mode)
        counts = np.cumsum(_binned(number, _SIZE, np.ones_like(_SIZE)))
        mass = mode.density * np.pi / 6.0 * (number * _SIZE**3)
        below = [float(i < 1), float(i < 2), float(mass[_SIZE <= 4.0].sum()), 1.0]
        rows.append([*below, *counts, _binned(number, _SIZE, _SIZE).sum()])
    return np.array(rows)


@SENSORS.register("sps30")
class ParticleCounter(BaseSensor):
    """Mass below 1, 2.5, 4 and 10 um [ug/m3], numbers from 0.3 to 0.5, 1, 2.5, 4 and 10 um [1/cm3], typical size [um].

    The chain carries three seen bins; the next four columns carry the noise of counting (standard normals). PM4 and
    PM10 are computed by the part from PM2.5. Parameters: ``humidity_correction`` (the product's, by the reading of
    what it needs), ``intake_radius`` [m], ``tube_volume`` [mL] and ``tube_flow`` [mL/min].
    """

    key = "sps30"
    inlet = True
    warm_up = SPS30.warm_up
    saturating = slice(0, 9)
    fault_kinds = ("fouling", "web", "fan", "laser")
    uncertain = ("sensor.enclosure_sun", "sensor.inlet_flow")
    bounds = {"humidity_correction": Bound(0, 1, 1), "intake_radius": Bound(0, 5, 0.0), **TUBE}  # noqa: RUF012

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        unit, seed = self.unit, self.conditions.seed
        unit["precision"] = np.clip(self.spread("precision", 1), -2.0, 2.0)
        unit["per_kelvin"] = SPS30.per_kelvin * np.clip(self.spread("tempco", 1), -2.0, 2.0)
        unit["tail"] = SPS30.tail * np.exp(SPS30.tail_spread * self.spread("tail", 1))
        late = np.clip(SPS30.cleaning_spread * self.spread("clock", 1)[:, 0], -0.03, 0.03)
        unit["period"] = SPS30.cleaning_period * (1.0 + late)
        unit["kappa"] = drawn(self, PRIOR["sensor.pm_growth"])
        unit["aerosol"] = drawn(self, PRIOR["sensor.pm_aerosol"])
        unit["fouled"] = SPS30.fouling * self.conditions.age * np.exp(0.3 * self.spread("loss", 1)[:, 0])
        unit["fog"] = 1e6 * drawn(self, PRIOR["sensor.pm_fog"])
        # Where in its week the fan is belongs to the run: no cleaning is locked to its beginning.
        self.memory["timer"] = uniforms(seed, f"sensor.{self.name}.cleaning", 1)[:, 0] * unit["period"]
        self.memory["count"] = normals(seed, f"sensor.{self.name}.count", 4)

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """World numbers of this part."""
        return (*PRIOR.values(), *super().priors())

    @classmethod
    def channels(cls, config: Any) -> tuple[Channel, ...]:
        """Ten channels."""
        name = config.name
        mass = [("pm1", 8, 8), ("pm2_5", 9, 8), ("pm4", 9, 8), ("pm10", 9, 8)]
        number = [("number_0_5", 50, 50), *((f"number_{x}", 60, 60) for x in ("1", "2_5", "4", "10"))]
        return (
            *(Channel(k, name, "ug/m3", 0.0, SPS30.mass_high, c, s) for k, c, s in mass),
            *(Channel(k, name, "1/cm3", 0.0, SPS30.number_high, c, s) for k, c, s in number),
            Channel("typical_size", name, "um", 0.0, 10.0, 0.45, 0.1),
        )

    def coefficients(self) -> Coefficients:
        """See :mod:`gg_gym.parameters.sps30`."""
        age, first = self.conditions.age, np.arange(10) < 3
        loss = np.exp(-self.unit["fouled"])
        stray = SPS30.stray * age * np.exp(0.3 * self.spread("stray", 1)[:, 0])
        lag, gain = np.where(first, SPS30.lag, 1e-9), np.where(first, loss[:, None], 1.0)
        return Coefficients.of(
            self.n, 10, rise=lag, fall=lag, dead=dead_time(self)[:, None] * first, gain=gain,
            offset=stray[:, None] / mass_weights()[0] * (np.arange(10) == 0), white=((~first) & (np.arange(10) < 7)),
            span_sd=SPS30.span_drift * first, span_time=SPS30.drift_time,
            lsb=[0.01] * 9 + [0.001],
        )  # fmt: skip

    def _air(self, state: Environment3DState, last: bool = False) -> Float:
        """(n, M, 3) dry particles by class [ug/m3]; of the last fine step (n, 1, 3)."""
        return inhaled(state, self.points, self.parameters["intake_radius"], slice(N_GASES, None), last)

    def ideal(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, M, 10) particles that a clean counter sees in three bins: humid particles, and droplets of fog."""
        swollen = law.humid_mass(0.01 * climate.humidity, self.unit["kappa"], cap=SPS30.growth_cap)
        rate = table(np.asarray(swollen, np.float64), GROWTH, seen_table()).T.reshape(3, 3, self.n, 1)
        out = np.zeros((self.n, state.substeps, 10))
        self.memory["wiped"] = clip(state.causes["cleaning"], 0.0, 1.0)
        droplets = (self.unit["fog"] * fog_liquid(state))[:, None] * (np.array(SPS30.droplets) / mass_weights())
        # Bins first, so that the inner loops run along the fine axis.
        air = np.ascontiguousarray(self._air(state).transpose(2, 0, 1))
        seen = air[0] * rate[0]
        seen += air[1] * rate[1]
        seen += air[2] * rate[2]
        seen *= self.unit["aerosol"][:, None]
        np.maximum(seen, 0.0, out=seen)
        seen += droplets.T[:, :, None]
        out[:, :, :3] = seen.transpose(1, 2, 0)
        return out

    def truth(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, 10) of the dry particles in the air; typical size 0 where there are none."""
        air = np.maximum(self._air(state, last=True)[:, 0], 0.0)
        out: Float = (air[:, :, None] * true_table()).sum(axis=1)
        out[:, 9] = out[:, 9] / np.maximum(out[:, 8], 1e-9)
        return out

    def terms(self, climate: Climate, dt: float) -> tuple[Float, Float]:
        """Span by the temperature of the part."""
        span, zero = np.ones((self.n, 10)), np.zeros((self.n, 10))
        span[:, :3] += self.unit["per_kelvin"] * (climate.body - 25.0)[:, None]
        if (wiped := self.memory.get("wiped")) is not None and wiped.any():
            span[:, :3] *= np.exp(self.unit["fouled"] * wiped)[:, None]
        return span, zero

    def fault_effects(self) -> dict[str, FaultEffect]:
        """Dirt in the inlet in the chain; web, fan and laser act where the counts are."""
        first = np.arange(10) < 3
        out = super().fault_effects()
        return {"clock": out["clock"], "fouling": FaultEffect(np.where(first, 0.7, 1.0), 0.0, np.where(first, 5.0, 1))}

    def _counts(self, raw: Float, dt: float) -> Float:
        """(n, 3) counted particles [1/cm3]: averaged longer when few, noise of counting, coincidence."""
        memory, noise = self.memory, raw[:, 3:7]
        present = self._present(raw)
        before = memory.get("present", present)
        mean = memory.get("mean", present)
        time = law.averaging_time(mean.sum(axis=1), SPS30.enough, *SPS30.averaging)[:, None]
        if dt > 0.0:
            weights = hold_weights(dt, time)
            mean = lag_step(mean, before, present, weights, weights)
            memory["count"] = weights[0] * memory["count"] + np.sqrt(1.0 - weights[0] ** 2) * noise
        memory["present"], memory["mean"] = present, mean
        z = memory["count"]
        counts = law.counted(mean, z[:, :3], 2.0 * time * SPS30.volume) * np.exp(SPS30.relative * z[:, 3:])
        all_ = counts[:, 0] + counts[:, 1] + counts[:, 2]
        out: Float = counts * (law.coincidence_loss(all_, SPS30.coincidence) / np.maximum(all_, 1e-9))[:, None]
        return out

    def _present(self, raw: Float) -> Float:
        """(n, 3) particles in the light [1/cm3]: those of the air, a web's, less what fan and laser fail to show."""
        present = np.maximum(raw[:, :3], 0.0)
        web = self.failing("web") * SPS30.web / mass_weights()[0]
        present[:, 0] += web * np.exp(0.5 * self.memory["count"][:, 0])
        through = 1.0 - (1.0 - SPS30.stopped) * np.minimum(self.failing("fan"), 1.0)
        return present * np.where(self.failing("laser") > 0.0, 0.0, through)[:, None]

    def compensate(self, raw: Float, readings: Mapping[str, Float], dt: float) -> Float:
        """Numbers to masses by the part's profile, the unit's precision, the product's correction of humidity."""
        count = self._counts(raw, dt)
        fine = np.cumsum(count * mass_weights(), axis=1)
        ratio = law.precision_ratio(fine[:, 2], SPS30.flat, SPS30.share, SPS30.fade)
        unit = 1.0 + self.unit["precision"] * ratio[:, None]
        out, tail = np.empty((self.n, 10)), self.unit["tail"][:, 0]
        out[:, 0], out[:, 1] = fine[:, 1], fine[:, 2]
        out[:, 2] = fine[:, 2] * (1.0 + SPS30.tail_four * tail)
        out[:, 3] = fine[:, 2] * (1.0 + tail)
        out[:, :4] *= unit / self._water(readings)[:, None]
        out[:, 4:7] = np.cumsum(count, axis=1) * unit
        above = count[:, 2] * unit[:, 0] * tail
        out[:, 7], out[:, 8] = out[:, 6] + SPS30.tail_four * above, out[:, 6] + above
        size = (count * np.array(SPS30.size)).sum(axis=1) * unit[:, 0]
        out[:, 9] = np.where(out[:, 6] > 0.005, size / np.maximum(out[:, 6], 0.005), 0.0)
        return self._clean(out, dt)

    def _water(self, readings: Mapping[str, Float]) -> Float:
        """(n,) humid over dry mass as the product believes it; 1 without correction."""
        if self.parameters["humidity_correction"] < 0.5:
            return np.ones(self.n)
        humidity = self.needed(readings, (20.0, 0.0))[:, 1]
        kappa = np.full(self.n, SPS30.kappa)
        return np.asarray(law.humid_mass(0.01 * humidity, kappa, cap=SPS30.growth_cap), np.float64)

    def _clean(self, out: Float, dt: float) -> Float:
        """Advance the fan's clock by dt; while the fan cleans, the last values stay."""
        memory = self.memory
        # The clock starts anew when the part loses power.
        timer = np.mod(memory["timer"] + dt, self.unit["period"]) if self.enabled else np.zeros(self.n)
        memory["timer"], memory["cleaning"] = timer, timer > self.unit["period"] - SPS30.cleaning_length
        frozen = np.where(memory["cleaning"][:, None], memory.get("last", out), out)
        memory["last"] = frozen
        return frozen

    def status(self, reading: Float, readings: Mapping[str, Float]) -> UInt32:
        """MAINTENANCE while the fan cleans, OUT_OF_SPEC_ENV by what it needs; FAN and LASER are the catalogue's."""
        air = self.needed(readings, (20.0, 50.0))
        outside = (air[:, 0] < SPS30.coldest) | (air[:, 0] > SPS30.hottest) | (air[:, 1] > SPS30.wettest)
        cleaning = self.memory.get("cleaning", np.zeros(self.n, bool))
        out = np.where(cleaning, int(Status.MAINTENANCE), 0) | np.where(outside, int(Status.OUT_OF_SPEC_ENV), 0)
        return out.astype(np.uint32)
