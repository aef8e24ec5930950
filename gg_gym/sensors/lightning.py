"""The lightning sensor: what it makes of flashes, of corona and arcs beside it, and of its own unit's converters.

The part keeps a statistics memory of the strokes of the last 15 minutes and tells the distance to the *head of the
storm*, one of its sixteen codes. Radio noise above its threshold makes it deaf; pulses are disturbers, some of which
it takes for lightning. The firmware raises noise floor and watchdog until the part is quiet, at the price of reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtri

from gg_gym.equations import lightning_sensor as eq
from gg_gym.parameters.as3935 import AS3935, AS3935_PRIORS, CODES, INT_D, INT_L, INT_NH, INT_NONE, THRESHOLDS
from gg_gym.physics.discharges import radio_level
from gg_gym.physics.lightning import FIELDS, flash_distance, poisson
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.base import SENSORS, BaseSensor, Bound, Channel, Climate, Coefficients
from gg_gym.sensors.status import Status
from gg_gym.streams import Draws, mix, uniforms
from gg_gym.units import Bool, Float, Int, UInt32, UInt64

DISTANCE, ENERGY, INTERRUPT, STRIKES, DISTURBERS, FLOOR, WATCHDOG = range(7)
_CODES, _LEVELS = np.array(CODES), np.array(THRESHOLDS)
_MIDDLES = 0.5 * (_CODES[1:] + _CODES[:-1])
_OUT, _MOST, _SECOND = 63.0, 2.0**21 - 1.0, np.uint64(0x9E3779B97F4A7C15)
#: Lowest distance taken between the antenna and a source [m].
_NEAREST = 0.5


@SENSORS.register("as3935")
class LightningSensor(BaseSensor):
    """Seven channels: distance code [km], log2(energy + 1), interrupt register, counts, and two registers.

    Parameters: ``noise_floor`` (NF_LEV), ``watchdog`` (WDTH), ``rejection`` (SREJ), ``strokes`` (fewest in 15 minutes
    before lightning is told: 1, 5, 9 or 16), ``mask_disturber`` (MASK_DIST), ``adaptive`` (the firmware follows the
    noise), ``indoor`` (thresholds 14 times lower). Strikes and disturbers are counts since the last sample.
    """

    key = "as3935"
    warm_up = 1.0
    saturating = slice(ENERGY, ENERGY + 1)
    fault_kinds = ("antenna",)
    bounds: ClassVar[dict[str, Bound]] = {
        "noise_floor": Bound(0, 7, AS3935.noise_floor), "watchdog": Bound(0, 15, AS3935.watchdog),
        "rejection": Bound(0, 15, AS3935.rejection), "strokes": Bound(1, 16, 1.0), "mask_disturber": Bound(0, 1, 0.0),
        "adaptive": Bound(0, 1, 1.0), "indoor": Bound(0, 1, 0.0),
    }  # fmt: skip

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        number = {k: np.array(np.broadcast_to(self.world.get(k, m), (self.n,)), float) for k, m, *_ in AS3935_PRIORS}
        self.unit |= {k.removeprefix("as3935_"): v for k, v in number.items()}
        z = self.spread("tuning", 2)
        self.unit["tuned"] = np.exp(AS3935.tune_sd * z[:, 0]) * number["as3935_efficiency"]
        self.unit["gain"] = np.exp(AS3935.energy_sd * z[:, 1])
        line = self.geometry.line
        self._conductors = np.array([line.x, line.height]).T if line else np.zeros((1, 2))
        self._lead = self._to_wire()
        self._reset()

    def _reset(self) -> None:
        n, k = self.n, AS3935.kept
        self.memory |= {
            "age": np.full((n, k), np.inf), "range": np.zeros((n, k)), "known": np.zeros(n), "energy": np.zeros(n),
            "strikes": np.zeros(n), "disturbers": np.zeros(n), "noisy": np.zeros(n, bool), "true": np.zeros((n, 3)),
            "floor": np.full(n, self.parameters["noise_floor"]), "dog": np.full(n, self.parameters["watchdog"]),
            "quiet": np.zeros(n), "distance": np.full(n, _OUT), "moved": np.zeros(n, bool),
        }  # fmt: skip

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers of the world."""
        return tuple(Uncertain(*prior) for prior in AS3935_PRIORS)

    @classmethod
    def channels(cls, config: Any) -> tuple[Channel, ...]:
        """Seven channels; the counts and the last interrupt tell of all the time since the last sample."""
        name = config.name
        return (
            Channel("distance", name, "km", 1.0, _OUT, 40.0, 20.0),
            Channel("energy", name, "1", 0.0, 21.0, 8.0, 5.0),
            Channel("interrupt", name, "1", 0.0, INT_L, 0.0, 4.0, extensive=True),
            Channel("strikes", name, "1", 0.0, 65535.0, 0.0, 2.0, extensive=True),
            Channel("disturbers", name, "1", 0.0, 65535.0, 0.0, 5.0, extensive=True),
            Channel("noise_floor", name, "1", 0.0, 7.0, 2.0, 2.0),
            Channel("watchdog", name, "1", 0.0, 15.0, 2.0, 2.0),
        )

    def lanes(self) -> Mapping[str, int]:
        """Disturbers, those that pass for lightning, their place and energy, scatter of the noise."""
        return {f"sensor.{self.name}.events": 5}

    def coefficients(self) -> Coefficients:
        """Registers are exact: the chain adds nothing but rounding."""
        return Coefficients.of(self.n, 7, lsb=[1.0, 1e-3, 1.0, 1.0, 1.0, 1.0, 1.0])

    def ideal(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, M, 7) of zeros: the part has no analog output (see :meth:`observe`)."""
        return np.zeros((self.n, state.substeps, 7))

    # What happens inside the part ----------------------------------------------------------------

    def observe(self, state: Environment3DState, climate: Climate, dt: float, draws: Draws) -> None:
        """Noise, disturbers and flashes of the last ``dt`` seconds."""
        m, u = self.memory, draws.uniform(f"sensor.{self.name}.events")
        noise = self.noise(state) * np.exp(AS3935.scatter * ndtri(u[:, 4]))
        threshold = self.thresholds(m["floor"])
        m["noisy"] = noise > threshold
        rate = self.disturber_rate(state, noise / threshold)
        m["age"] = m["age"] + dt
        m["age"][m["age"] > AS3935.memory] = np.inf
        m["strikes"], m["true"] = np.zeros(self.n), np.zeros((self.n, 3))
        self._flashes(state, dt, rate, threshold)
        seen: Float = np.asarray(eq.dead_time_rate(rate, AS3935.deaf), np.float64) * np.where(
            m["noisy"], AS3935.masked, 1.0
        )
        counts = poisson(u[:, 0], seen * dt)
        self._fooled(np.where(m["noisy"], 0.0, counts), dt, u)
        m["disturbers"] = counts * (self.parameters["mask_disturber"] < 0.5)
        m["known"] = state.memory.get("lightning.count", np.zeros(self.n)).copy()
        self._statistics()
        if self.parameters["adaptive"] > 0.5:
            self._adapt(noise, seen, dt)

    def thresholds(self, floor: Float) -> Float:
        """(n,) noise thresholds [uV] of floor registers (n,)."""
        scale = 1.0 / 14.0 if self.parameters["indoor"] > 0.5 else 1.0
        out: Float = _LEVELS[np.minimum(floor, 7.0).astype(np.int64)] * scale
        return out

    def noise(self, state: Environment3DState) -> Float:
        """(n,) noise at the antenna [uV], rms: corona, gaps and arcs nearby, the unit's converters."""
        place = state.memory.get("discharges.sound_position")
        level = radio_level(state)
        away = self._away(place) if place is not None else np.full(self.n, 20.0)
        power = np.where(level > 0.0, eq.antenna_noise(level, away, self.unit["height"], np.zeros(1)), 0.0) ** 2
        rows = np.flatnonzero(state.arc_on)
        if rows.size:
            arc = self._away(state.arc_position[rows])
            power[rows] += eq.antenna_noise(self.unit["arc"][rows], arc, self.unit["height"][rows], np.zeros(1)) ** 2
        own = AS3935.own + AS3935.own_sun * state.ghi / 1000.0
        out: Float = np.sqrt(power + own**2)
        return out

    def _to_wire(self) -> tuple[Float, float]:
        """The antenna's place (3,) and its distance to the nearest conductor [m]."""
        x, _, z = self.points[0]
        return self.points, float(np.sqrt(((self._conductors - np.array([x, z])) ** 2).sum(-1)).min())

    def _away(self, place: Float) -> Float:
        """(r,) distance to places (r, 3) [m], or to a conductor that leads the noise here, where that is nearer."""
        if self._lead[0] is not self.points:
            self._lead = self._to_wire()
        offset = (place - self.points[0]) ** 2
        direct = np.sqrt(offset[:, 0] + offset[:, 1] + offset[:, 2])
        out: Float = np.maximum(np.minimum(direct, 2.0 * self._lead[1]), _NEAREST)
        return out

    def disturber_rate(self, state: Environment3DState, over: Float) -> Float:
        """(n,) pulses a second that wake the part: background, noise near its threshold, arcs and sparks."""
        sparks = state.arc_on | state.memory.get("discharges.gap_on", np.zeros(self.n, bool))
        pulses = AS3935.corona * np.where(over > 0.5, over, 0.0) ** 2 + self.unit["disturber"] * sparks
        steps = (self.memory["dog"] + self.parameters["rejection"] - AS3935.watchdog - AS3935.rejection) / 3.0
        out: Float = (AS3935.background + pulses) * 2.0**-steps
        return out

    def _flashes(self, state: Environment3DState, dt: float, rate: Float, threshold: Float) -> None:
        """Detect the flashes since the last sample; draws are addressed by unit, run and flash, so by no step."""
        if "lightning.age" not in state.memory:
            return
        m, new = self.memory, state.memory["lightning.age"] < dt
        rows = np.flatnonzero(new.any(axis=1))
        if not rows.size:
            return
        away, new = flash_distance(state, rows=rows), new[rows]
        ages, current = state.memory["lightning.age"][rows], np.abs(state.memory["lightning.current"][rows])
        u = self._of_flash(state, rows, new)
        apart = np.diff(np.minimum(ages, 1e9), axis=1, append=2e9) > AS3935.resolve
        off = 1.0 + (1.0 / AS3935.detuned - 1.0) * self.failing("antenna")[rows]
        reach = AS3935.reach * self.unit["tuned"][rows] / off
        ratio = threshold[rows] / self.thresholds(np.full(1, AS3935.noise_floor))
        near = np.where(new, away, 1e9) * (AS3935.reach / reach)[:, None]
        chance = eq.detection_efficiency(
            near, m["dog"][rows, None], self.parameters["rejection"], ratio[:, None], AS3935.reach
        )
        awake = np.exp(-rate[rows] * AS3935.deaf) * ~m["noisy"][rows]
        told = new & apart & (u[..., 0] < chance * awake[:, None])
        energy = eq.stroke_energy(current, np.maximum(near, 50.0), AS3935.energy) * self.unit["gain"][rows, None]
        energy = energy * np.exp(AS3935.energy_sd * ndtri(u[..., 1]))
        ranges = away * np.exp(AS3935.range_sd * ndtri(u[..., 2]))
        self._remember(rows, told, ages, ranges, energy)
        came = np.maximum(state.memory.get("lightning.count", m["known"])[rows] - m["known"][rows], 0.0)
        more = np.maximum(came / np.maximum(new.sum(axis=1), 1.0), 1.0)  # flashes beyond the kept ones, alike
        m["strikes"][rows] += np.round(told.sum(axis=1) * more)
        close = new & (away < _CODES[-2] * 1e3)
        best = np.where(close, eq.stroke_energy(current, np.maximum(away, 50.0), AS3935.energy), 0.0).max(axis=1)
        m["true"][rows] = np.stack([close.sum(axis=1) * more, best, np.where(new, away, np.inf).min(axis=1)], axis=1)

    def _of_flash(self, state: Environment3DState, rows: Int, new: Bool) -> Float:
        """(r, K, 3) uniforms that belong to a flash, whatever the step in which it is seen; 1/2 where none is new."""
        which, k = np.nonzero(new)
        bits = np.zeros(len(which), np.uint64)
        for name in FIELDS[:3]:
            bits = bits * _SECOND + state.memory[f"lightning.{name}"][rows[which], k].view(np.uint64)
        seeds: UInt64 = mix(self.conditions.seed[rows[which]], bits)
        out = np.full((*new.shape, 3), 0.5)
        out[which, k] = uniforms(seeds, f"sensor.{self.name}.flash", 3)
        return out

    def _remember(self, rows: Int, told: Any, ages: Float, ranges: Float, energy: Float) -> None:
        """Put told strokes before the remembered ones (r rows); the newest's energy stays in the register."""
        m, k = self.memory, AS3935.kept
        both = np.concatenate([np.where(told, ages, np.inf), m["age"][rows]], axis=1)
        values = np.concatenate([ranges, m["range"][rows]], axis=1)
        order = np.argsort(both, axis=1, kind="stable")[:, :k]
        m["age"][rows] = np.take_along_axis(both, order, axis=1)
        m["range"][rows] = np.take_along_axis(values, order, axis=1)
        newest = np.argmax(told, axis=1)
        value = energy[np.arange(len(rows)), newest]
        m["energy"][rows] = np.where(told.any(axis=1), np.minimum(value, _MOST), m["energy"][rows])

    def _fooled(self, counts: Float, dt: float, u: Float) -> None:
        """Disturbers that pass for lightning enter the statistics, with a distance that means nothing."""
        share = AS3935.fooled * 2.0 ** -((self.parameters["rejection"] - AS3935.rejection) / 3.0)
        rows = np.flatnonzero((counts > 0.0) & (u[:, 1] > (1.0 - share) ** counts))
        if rows.size:
            one = np.ones((len(rows), 1), bool)
            ranges = 1e3 * _CODES[(u[rows, 2] * (len(CODES) - 1)).astype(np.int64)][:, None]
            self._remember(rows, one, u[rows, 3:4] * min(dt, 1.0), ranges, 2.0 ** (6.0 + 8.0 * u[rows, 3:4]))
            self.memory["strikes"][rows] += 1.0

    def _statistics(self) -> None:
        """The distance to the storm's head from the strokes of the last 15 minutes, as a code."""
        m = self.memory
        there = np.isfinite(m["age"])
        count, before = there.sum(axis=1), m["distance"]
        m["distance"] = np.full(self.n, _OUT)
        rows = np.flatnonzero(count)
        if rows.size:
            ranked = np.sort(np.where(there[rows], m["range"][rows], np.inf), axis=1)
            place = np.floor(AS3935.quantile * (count[rows] - 1) + 0.5).astype(np.int64)
            head = ranked[np.arange(len(rows)), place] * 1e-3
            m["distance"][rows] = _CODES[np.searchsorted(_MIDDLES[:-1], head)]
            few = count[rows] < min(self.parameters["strokes"], AS3935.kept)
            m["strikes"][rows] = np.where(few, 0.0, m["strikes"][rows])
            m["distance"][rows] = np.where(few, before[rows], m["distance"][rows])
        m["moved"] = m["distance"] != before

    def _adapt(self, noise: Float, seen: Float, dt: float) -> None:
        """The firmware: floor and watchdog up while the part complains, one step back a quiet quarter hour."""
        m, p = self.memory, self.parameters
        levels = self.thresholds(np.arange(8.0))
        need = np.minimum(np.searchsorted(levels, AS3935.margin * noise), 7.0)
        up = m["noisy"] & (need > m["floor"])
        busy = seen > AS3935.busy
        m["quiet"] = np.where(m["noisy"] | busy, 0.0, m["quiet"] + dt)
        back = np.floor(m["quiet"] / AS3935.relax)
        m["quiet"] = m["quiet"] - back * AS3935.relax
        m["floor"] = np.maximum(np.where(up, need, m["floor"] - back), p["noise_floor"])
        most = max(AS3935.watchdog_most, p["watchdog"])
        raised = np.minimum(m["dog"] + np.minimum(np.ceil(dt / 10.0), 10.0), most)
        m["dog"] = np.maximum(np.where(busy, raised, m["dog"] - back), p["watchdog"])

    # What it says --------------------------------------------------------------------------------

    def settle(self, raw: Float, climate: Climate, readings: Mapping[str, Float]) -> None:
        """Nothing was seen yet; counts begin with the next sample."""
        self._reset()

    def compensate(self, raw: Float, readings: Mapping[str, Float], dt: float) -> Float:
        """(n, 7) registers."""
        m = self.memory
        kind = np.where(m["disturbers"] > 0.0, INT_D, INT_NONE)
        kind = np.where(m["strikes"] > 0.0, INT_L, np.where(m["noisy"], INT_NH, kind))
        energy = np.log2(1.0 + m["energy"])
        out = (m["distance"], energy, kind, m["strikes"], m["disturbers"], m["floor"], m["dog"])
        return np.stack(out, axis=1)

    def truth(self, state: Environment3DState, climate: Climate) -> Float:
        """(n, 7): code and energy of the nearest flash since the last sample, their number within 40 km; no noise."""
        out, true = np.zeros((self.n, 7)), self.memory["true"]
        near = np.minimum(np.where(true[:, 0] > 0.0, true[:, 2] * 1e-3, _OUT), _OUT)
        out[:, DISTANCE] = np.where(true[:, 0] > 0.0, _CODES[np.searchsorted(_MIDDLES[:-1], near)], _OUT)
        out[:, ENERGY] = np.log2(1.0 + true[:, 1])
        out[:, INTERRUPT] = np.where(true[:, 0] > 0.0, INT_L, INT_NONE)
        out[:, STRIKES] = np.round(true[:, 0])
        out[:, FLOOR], out[:, WATCHDOG] = self.parameters["noise_floor"], self.parameters["watchdog"]
        return out

    def status(self, reading: Float, readings: Mapping[str, Float]) -> UInt32:
        """NOISE_HIGH for INT_NH, DISTURBER where disturbers were counted."""
        high = np.where(reading[:, INTERRUPT] == INT_NH, int(Status.NOISE_HIGH), 0)
        return (high | np.where(reading[:, DISTURBERS] > 0.0, int(Status.DISTURBER), 0)).astype(np.uint32)
