"""Module "discharges": corona in wet weather, gap discharges in dry weather, partial discharges that grow.

Corona follows from voltage, air density and wetness; a loose gap sparks in bursts (two-state Markov process, exact for
any step) while no water bridges it; the charge of partial discharges grows exactly for constant conditions and ends in
a Weibull failure. Gases, sound and radio noise follow from the three and from the dry-band arcs of "insulators".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from gg_gym.equations import corona, electromagnetics
from gg_gym.equations import discharges as eq
from gg_gym.equations.arcs import telegraph_on_probability
from gg_gym.equations.bounds import clip
from gg_gym.errors import InputError
from gg_gym.parameters.discharges import ARC_KINDS, DISCHARGE, DISCHARGE_PRIORS, DischargeParameters
from gg_gym.physics.arcs import advance_telegraph
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.geometry import Line, place_index
from gg_gym.physics.heat import node_temperature, world_number
from gg_gym.physics.site import Uncertain
from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.surface_wetness import wet_share
from gg_gym.streams import Draws, normals
from gg_gym.units import Float

GAP_STRESS = register_cause(Cause("gap_stress", "1", 0.0, "peak voltage across loose hardware over its dry breakdown"))
SHARP_RADIUS = register_cause(Cause("sharp_radius", "m", 0.0, "radius of a broken strand or burr; 0 is sound hardware"))
PD_LEVEL = register_cause(Cause("pd_level", "C", 0.0, "apparent charge of partial discharges when they begin"))
PD_GROWTH = register_cause(Cause("pd_growth", "1", 1.0, "growth of that charge in a day at nominal conditions"))
DISCHARGE_PLACE = register_cause(Cause("discharge_place", "1", 0.0, "index among the product's arcing places"))

#: Slot of the discharges among the state's sources.
SLOT = 3
_MEDIANS = {key: median for key, median, *_ in DISCHARGE_PRIORS}
_O3, _NO, _NO2 = (INDEX[name] for name in ("O3", "NO", "NO2"))
_PEAK = np.sqrt(2.0)


@PHYSICS.register("discharges")
class Discharges(PhysicsModule):
    """Corona, gap discharges and partial discharges at one place of the pole.

    Owns source slot 3 and the memory keys "discharges.*", (n,) where not said otherwise: "corona", "gap", "pd" and
    "dry_band" power [W], "corona_excess" and "conductor_excess" field over onset, "pd_charge" [C], "pd_age" [s],
    "failed", "gap_rate" [1/s] mean of the step, "gap_open" the loose contact and "gap_on" its sparks at the instant,
    "radio" [uV2/m2] at 20 m and 0.5 MHz, "sound_power" (n, B) [W] per band of the module "arcs", at "sound_position"
    (n, 3) [m]. Adds to ``state.interharmonic`` while a gap sparks. Causes: ``gap_stress``, ``sharp_radius``,
    ``pd_level``, ``pd_growth``, ``discharge_place``.

    Raises:
        InputError: the geometry names no place of kind "arc".
    """

    key: ClassVar[str] = "discharges"
    after: ClassVar[tuple[str, ...]] = ("insulators", "surface_wetness", "line", "weather", "heat", "arcs")

    def __init__(self, context: PhysicsContext, parameters: DischargeParameters = DISCHARGE) -> None:
        super().__init__(context)
        geometry, self._p = context.geometry, parameters
        self._places = geometry.place("arc")
        if not self._places.size:
            raise InputError("physics module 'discharges'", "the geometry has no place of kind 'arc'", "at least one")
        self._all_positions = geometry.positions()
        self._positions = self._all_positions[self._places]
        self._line = geometry.line
        conductors = len(geometry.line.x) if geometry.line else 1
        self._phases = np.array([(geometry.components[i].phase or 0) % conductors for i in self._places], np.int64)
        self._nominal = geometry.line.voltage / np.sqrt(3.0) if geometry.line else 1.0
        self._frequency = geometry.line.frequency if geometry.line else 0.0
        self._gradient = gradient_map(geometry.line) if geometry.line else np.zeros((1, 1))
        self._radius = np.array(geometry.line.radius if geometry.line else (1.0,))
        self._height = np.array(geometry.line.height if geometry.line else (1.0,))
        self._corona_bands, self._spark_bands = np.array(parameters.corona_bands), np.array(parameters.spark_bands)

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers of the world."""
        return tuple(Uncertain(*prior) for prior in DISCHARGE_PRIORS)

    def lanes(self, m: int) -> Mapping[str, int]:
        """State at onset, state, atom and share of the gap's bursts; failure of insulation."""
        return {"discharges.gap": 4, "discharges.failure": 1}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Nothing has begun; the hardware's radius is the pole's own."""
        memory, n = state.memory, state.n
        z = normals(self.context.conditions.seed, "discharges.radius", 1)[:, 0]
        memory["discharges.radius"] = world_number(state, "discharge_radius", _MEDIANS) * np.exp(
            self._p.radius_spread * z
        )
        for name in ("gap", "pd", "pd_charge", "pd_age"):
            memory[f"discharges.{name}"] = np.zeros(n)
        for name in ("gap_active", "gap_open", "gap_on", "failed", "pd_active"):
            memory[f"discharges.{name}"] = np.zeros(n, bool)
        wet, voltage, density = self._surroundings(state)
        self._corona(state, wet, voltage, density)
        self._follow(state, wet, np.zeros(n))

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance by h seconds (any h), then write what follows."""
        if "discharges.radius" not in state.memory:
            self.start(state, draws)
        wet, voltage, density = self._surroundings(state)
        self._corona(state, wet, voltage, density)
        rate = self._spark(state, h, voltage / density, wet, draws.uniform("discharges.gap"))
        self._age(state, h, voltage, density, draws.uniform("discharges.failure")[:, 0])
        self._follow(state, wet, rate)

    def _surroundings(self, state: Environment3DState) -> tuple[Float, Float, Float]:
        """(n,) wet share of the part at the place, voltage there over nominal, and relative air density."""
        place = place_index(state.causes["discharge_place"], self._places.size)
        density: Float = np.asarray(corona.relative_air_density(state.pressure, state.air_temperature), np.float64)
        if "line.voltage" in state.memory:
            phasor = state.voltage[np.arange(state.n), self._phases[place], 0]
            voltage = np.hypot(phasor.real, phasor.imag) / self._nominal
        else:
            voltage = 1.0 - clip(state.causes["de_energise"], 0.0, 1.0)
        if self._line is None:
            voltage = np.zeros(state.n)
        wet: Float = wet_share(state)[np.arange(state.n), self._places[place]]
        return wet, voltage, density

    def _corona(self, state: Environment3DState, wet: Float, voltage: Float, density: Float) -> None:
        """Corona at the sharpest hardware, and of the conductors, from the conditions at the instant."""
        memory, number = state.memory, {k: world_number(state, f"discharge_{k}", _MEDIANS) for k in _CORONA}
        sharp = state.causes["sharp_radius"]
        radius = np.where(sharp > 0.0, clip(sharp, 1e-5, 0.1), memory["discharges.radius"])
        peak = _PEAK * self._nominal * voltage
        factor = np.asarray(eq.wet_onset_factor(wet, np.minimum(number["wet"], 1.0)), np.float64)
        onset = corona.onset_gradient(radius, density, np.minimum(number["surface"], 1.0) * factor)
        excess = eq.tip_field(peak, radius, number["clearance"]) / onset
        current = eq.corona_current(peak, peak / clip(excess, 1e-9, None), number["corona"])
        loss, memory["discharges.conductor_excess"], noise = self._conductors(state, density, factor)
        memory["discharges.corona_excess"] = excess
        memory["discharges.corona"] = current * peak / _PEAK + loss
        pulses = current / number["trichel"]
        memory["discharges.radio"] = noise + eq.radio_power(number["trichel"], pulses, number["radio"])

    def _conductors(self, state: Environment3DState, density: Float, factor: Float) -> tuple[Float, Float, Float]:
        """Loss of a span [W], largest peak gradient over onset, radio noise [uV2/m2] of the conductors, each (n,)."""
        if "line.voltage" not in state.memory:
            return np.zeros(state.n), np.zeros(state.n), np.zeros(state.n)
        field = (state.voltage[:, None, :, 0] @ self._gradient)[:, 0]
        gradient, delta = np.hypot(field.real, field.imag), density[:, None]
        surface = self._p.conductor_surface * factor[:, None]
        excess = _PEAK * gradient / corona.onset_gradient(self._radius, delta, surface)
        largest: Float = excess.max(axis=1)
        rows = np.flatnonzero(largest > 1.0)
        loss, noise = np.zeros(state.n), np.zeros(state.n)
        if rows.size:
            phasor, steep = state.voltage[rows, :, 0], gradient[rows]
            supply = np.hypot(phasor.real, phasor.imag)
            critical = supply * corona.GRADIENT_RMS * surface[rows] * delta[rows] / clip(steep, 1.0, None)
            lost = corona.peek_loss(supply, critical, self._radius, 2.0 * self._height, delta[rows], self._frequency)
            loss[rows] = self._p.span * np.where(excess[rows] > 1.0, lost, 0.0).sum(axis=1)
            level = eq.fair_weather_radio_noise(steep, self._radius, np.full_like(steep, 20.0))
            noise[rows] = np.where(excess[rows] > 1.0, 10.0 ** (0.1 * level), 0.0).sum(axis=1)
        return loss, largest, noise

    def _spark(self, state: Environment3DState, h: float, stress: Float, wet: Float, u: Float) -> Float:
        """Gap discharges: power, and (n,) mean pulses a second of the step; wet gaps and dead lines are silent."""
        memory = state.memory
        pulses, power = np.zeros(state.n), np.zeros(state.n)
        opened, on = np.zeros(state.n, bool), np.zeros(state.n, bool)
        active = state.causes["gap_stress"] > 0.0
        rows = np.flatnonzero(active)
        if rows.size:
            number = {k: world_number(state, f"discharge_gap_{k}", _MEDIANS)[rows] for k in _GAP}
            stationary = u[rows, 0] < telegraph_on_probability(number["on"], number["off"])
            before = np.where(memory["discharges.gap_active"][rows], memory["discharges.gap_open"][rows], stationary)
            burning, share = advance_telegraph(
                before.astype(np.float64), number["on"], number["off"], (h,), u[rows, 1:]
            )
            left = eq.dry_gap_stress(state.causes["gap_stress"][rows] * stress[rows], wet[rows])
            rate = eq.gap_pulse_rate(left, self._frequency, self._p.most_pulses)
            pulses[rows], opened[rows] = share[0] * rate, burning > 0.5
            on[rows] = opened[rows] & (rate > 0.0)
            power[rows] = eq.power_of_pulses(number["charge"], pulses[rows], number["voltage"])
            radio = world_number(state, "discharge_radio", _MEDIANS)[rows]
            memory["discharges.radio"][rows] += eq.radio_power(number["charge"], pulses[rows], radio)
            self._disturb(state, pulses)
        memory["discharges.gap_active"], memory["discharges.gap_open"] = active, opened
        memory["discharges.gap_on"] = on
        memory["discharges.gap"] = power
        return pulses

    def _disturb(self, state: Environment3DState, pulses: Float) -> None:
        """Add the mean current of the sparks to the line's broadband, in power; other rows stay as they are."""
        rows = np.flatnonzero(pulses > 0.0)
        if not rows.size or self._line is None or "line.voltage" not in state.memory:
            return
        current = world_number(state, "discharge_gap_charge", _MEDIANS)[rows] * pulses[rows]
        load = state.current[rows, :, 0]
        fundamental = np.hypot(load.real, load.imag).sum(-1) / load.shape[1]
        share = current / clip(fundamental, 0.01 * self._line.rated_current, None)
        state.interharmonic[rows] = np.sqrt(state.interharmonic[rows] ** 2 + share**2)

    def _age(self, state: Environment3DState, h: float, voltage: Float, density: Float, u: Float) -> None:
        """Grow partial discharges over h seconds and draw the failure of the insulation."""
        memory, level = state.memory, state.causes["pd_level"]
        active = level > 0.0
        number = {k: world_number(state, f"discharge_pd_{k}", _MEDIANS) for k in _PD}
        place = self._places[place_index(state.causes["discharge_place"], self._places.size)]
        warm = node_temperature(state, self._all_positions)[np.arange(state.n), place]
        ageing = eq.ageing_factor(voltage, warm, number["exponent"], number["activation"])
        live = active & (voltage > number["inception"] * density)
        begun = np.where(memory["discharges.pd_active"], memory["discharges.pd_charge"], level)
        growth = clip(state.causes["pd_growth"], 1.0, 10.0)
        most = np.full(state.n, self._p.most_charge)
        charge = eq.grown_charge(begun, growth, np.where(live, ageing, 0.0), h, most)
        age = np.where(active, memory["discharges.pd_age"], 0.0)
        later = age + np.where(live, h * ageing, 0.0)
        hazard = eq.weibull_hazard(later, number["life"], number["shape"]) - eq.weibull_hazard(
            age, number["life"], number["shape"]
        )
        memory["discharges.failed"] = memory["discharges.failed"] | (u < -np.expm1(-hazard))
        memory["discharges.pd_charge"], memory["discharges.pd_age"] = np.where(active, charge, 0.0), later
        memory["discharges.pd_active"] = active
        pulses = np.where(live, 2.0 * self._frequency * number["pulses"], 0.0)
        memory["discharges.pd"] = eq.power_of_pulses(charge, pulses, self._nominal * voltage)
        radio = world_number(state, "discharge_radio", _MEDIANS)
        memory["discharges.radio"] = memory["discharges.radio"] + eq.radio_power(charge, pulses, radio)

    def _follow(self, state: Environment3DState, wet: Float, rate: Float) -> None:
        """Write gases, sound and place; everything is 0 where nothing discharges."""
        memory, p = state.memory, self._p
        cold = memory["discharges.corona"] + memory["discharges.pd"]
        memory["discharges.dry_band"] = memory.get("insulators.arc_power", np.zeros(state.n))
        hot = memory["discharges.gap"] + memory["discharges.dry_band"]
        memory["discharges.gap_rate"] = rate
        number = {k: world_number(state, f"discharge_{k}", _MEDIANS) for k in _GAS}
        source = state.source_rate[:, SLOT]
        source[:] = 0.0
        source[:, _O3] = (number["corona_o3"] * cold + number["spark_o3"] * hot) * (1.0 - p.wet_ozone * wet)
        source[:, _NO2] = number["corona_no2"] * cold
        source[:, _NO] = number["spark_no"] * hot
        state.source_position[:, SLOT] = self._positions[
            place_index(state.causes["discharge_place"], self._places.size)
        ]
        state.source_size[:, SLOT], state.source_heat[:, SLOT] = p.source_size, cold + hot
        hiss, crackle = number["sound"] * cold, number["spark_sound"] * hot
        memory["discharges.sound_position"] = state.source_position[:, SLOT].copy()
        sound = hiss[:, None] * self._corona_bands + crackle[:, None] * self._spark_bands
        memory["discharges.sound_power"] = sound


_CORONA = ("wet", "surface", "clearance", "corona", "trichel", "radio")
_GAP = ("on", "off", "charge", "voltage")
_PD = ("inception", "pulses", "exponent", "activation", "life", "shape")
_GAS = ("corona_o3", "corona_no2", "spark_o3", "spark_no", "sound", "spark_sound")


def gradient_map(line: Line) -> Float:
    """(k, k) mean surface gradients [1/m] per conductor (second axis) from phase voltages (first axis)."""
    x, height, radius = np.array(line.x), np.array(line.height), np.array(line.radius)
    capacitance = electromagnetics.capacitance_matrix(electromagnetics.potential_coefficients(x, height, radius))
    out: Float = np.asarray(eq.mean_surface_gradient(capacitance, radius[:, None]), np.float64).T.copy()
    return out


def discharge_power(state: Environment3DState) -> Float:
    """(n,) power [W] of corona, gap and partial discharges (no arcs, no dry bands); 0 without the module."""
    memory = state.memory
    if "discharges.corona" not in memory:
        return np.zeros(state.n)
    total: Float = memory["discharges.corona"] + memory["discharges.gap"] + memory["discharges.pd"]
    return total


def radio_level(state: Environment3DState) -> Float:
    """(n,) radio noise at 20 m and 0.5 MHz [dB(uV/m)], 0 where there is none (a floor of 1 uV/m).

    Of discharges, and of the ignition of an engine nearby (module "releases") as a discharge that gave as much here.
    """
    power: Float | None = state.memory.get("discharges.radio")
    ignition: Float | None = state.memory.get("releases.radio")
    if ignition is not None and ignition.any():
        power = ignition if power is None else power + ignition
    return np.zeros(state.n) if power is None else 10.0 * np.log10(1.0 + power)


def sound_power(state: Environment3DState, bands: int = 8) -> Float:
    """(n, B) sound power [W] of the discharges per band of the module "arcs"; 0 without the module."""
    power: Float | None = state.memory.get("discharges.sound_power")
    return np.zeros((state.n, bands)) if power is None else power


def arc_causes(kind: str, severity: float, place: int = 0) -> dict[str, float]:
    """Causes of the module "arcs" for a kind of arc: "vegetation", "series", "parallel" or "dry_band".

    Args:
        kind: key of :data:`~gg_gym.parameters.discharges.ARC_KINDS`.
        severity: 0 to 1, logarithmic between the ends of the kind's ranges.
        place: index among the product's arcing places.

    Raises:
        InputError: unknown kind, or a severity out of range.
    """
    if kind not in ARC_KINDS:
        raise InputError("kind of arc", f"got {kind!r}", ", ".join(ARC_KINDS))
    if not 0.0 <= severity <= 1.0:
        raise InputError("severity", f"got {severity}", "0 to 1")
    chosen = ARC_KINDS[kind]
    out: dict[str, Any] = {"arc_place": float(place)}
    for name in ("gap", "current", "on_rate", "off_rate"):
        low, high = getattr(chosen, name)
        out[f"arc_{name}"] = low * (high / low) ** severity
    return out
