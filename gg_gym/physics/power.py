"""Module "power": panel, charger, battery and load of the unit."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from gg_gym.equations import battery as cell_law
from gg_gym.equations import solar as law
from gg_gym.equations.bounds import clip
from gg_gym.equations.enclosure import neutral_ratio
from gg_gym.parameters.battery_lfp import BATTERY_PRIORS, CONSUMERS, PACK
from gg_gym.parameters.solar import PANEL, SOLAR_PRIORS
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.enclosure import internal_temperature
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.maintenance import wiped
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather import world_number
from gg_gym.streams import Draws, uniforms
from gg_gym.units import Float

register_cause(
    Cause("panel_blocked", "1", 0.0, "share of the panel's light that something keeps away (bird, bag, leaf)")
)
register_cause(Cause("unit_draw", "1", 1.0, "multiplier of what the unit draws (a stuck heater, a sleeping radio)"))
register_cause(Cause("cell_resistance", "1", 1.0, "multiplier of the battery's resistance (a corroded contact)"))
_PRIOR = {prior[0]: Uncertain(*prior) for prior in (*SOLAR_PRIORS, *BATTERY_PRIORS)}
_ZERO, _HOUR, _DAY = 273.15, 3600.0, 86400.0
_DRAW = sum(CONSUMERS.values()) / PACK.converter
_TILT = np.deg2rad(PANEL.tilt)
_LOSS = 1.0 - (1.0 - PANEL.shading) * (1.0 - PANEL.mismatch) * (1.0 - PANEL.wiring) * (1.0 - PANEL.connections) * (
    1.0 - PANEL.light_induced
) * (1.0 - PANEL.nameplate)
#: States of the charger.
NIGHT, TRACKING, LIMITED, TOO_COLD = 0.0, 1.0, 2.0, 3.0


def battery(state: Environment3DState) -> Float:
    """(n, 4) truth of the battery: charge [1], voltage [V], current (discharge positive) [A], temperature [K]."""
    m = state.memory
    return np.stack([m["power.charge"], m["power.voltage"], m["power.current"], internal_temperature(state)], axis=1)


def panel(state: Environment3DState) -> Float:
    """(n, 3) truth of the panel: voltage [V], current [A], state (:data:`NIGHT` ... :data:`TOO_COLD`)."""
    m = state.memory
    volts = m["power.panel_voltage"]
    return np.stack([volts, m["power.panel"] / np.maximum(volts, 1.0), m["power.charger"]], axis=1)


def served(state: Environment3DState) -> Float:
    """(n,) share of its demand that the unit got in the last step [1]; below 1 the battery is empty."""
    share: Float = state.memory["power.served"]
    return share


@PHYSICS.register("power")
class Power(PhysicsModule):
    """PVWatts panel with dirt and snow, a charger, and a pack of one-RC cells that feeds the unit.

    Owns, each (n,): ``power.charge`` state of charge of the aged pack at 25 Cel [1], ``power.polarisation`` [V a cell],
    ``power.voltage`` [V], ``power.current`` [A], ``power.gained`` and ``power.drawn`` charge [C] in and out of the
    plates since the start, ``power.panel`` power taken from the panel and ``power.available`` what it could give [W],
    ``power.panel_voltage`` [V], ``power.cell`` its temperature [K], ``power.soiling`` and ``power.snow`` [1],
    ``power.charger`` state, ``power.served`` [1], ``power.load`` demand [W], ``power.heat`` set free in the box [W].
    """

    key: ClassVar[str] = "power"
    after: ClassVar[tuple[str, ...]] = ("weather", "airflow")

    def __init__(self, context: PhysicsContext) -> None:
        super().__init__(context)
        conditions = context.conditions
        latitude = np.array([site.latitude for site in context.sites])
        site = np.asarray(conditions.site, np.int64)
        north = latitude[site] if latitude.size else np.full(len(conditions), 40.0)
        toward = np.where(north >= 0.0, -1.0, 1.0) * np.sin(_TILT)
        self._normal = np.stack([0.0 * toward, toward, np.cos(_TILT) + 0.0 * toward], axis=1)
        self._age = np.asarray(conditions.age, float)

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers this module reads from the world."""
        return tuple(_PRIOR.values())

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """A pack of some charge, a panel some days after the last rain, no snow."""
        u = uniforms(np.asarray(self.context.conditions.seed, np.uint64), "power.start", 2)
        dry = -np.log1p(-u[:, 1]) * world_number(state, _PRIOR["power_dry_spell"]) * _DAY
        rate, none = world_number(state, _PRIOR["power_soiling_rate"]), np.zeros(state.n)
        limit = np.full(state.n, PANEL.soiling_limit)
        zeros = ("polarisation", "current", "gained", "drawn", "snow", "panel", "available", "charger")
        state.memory.update({f"power.{name}": np.zeros(state.n) for name in zeros})
        state.memory["power.charge"] = PACK.start[0] + (PACK.start[1] - PACK.start[0]) * u[:, 0]
        state.memory["power.soiling"] = limit * -np.expm1(-rate * dry / limit)
        state.memory["power.load"] = _DRAW * world_number(state, _PRIOR["power_draw"])
        state.memory["power.heat"] = state.memory["power.load"].copy()
        state.memory["power.served"], state.memory["power.panel_voltage"] = none + 1.0, none
        state.memory["power.cell"] = state.air_temperature.copy()
        state.memory["power.voltage"] = PACK.cells * cell_law.open_circuit(state.memory["power.charge"])

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance dirt, snow and charge by h seconds under the weather and demand at its end."""
        light = self._light(state, h)
        memory = state.memory
        air = state.air_temperature_at(np.array([[0.0, 0.0, PANEL.height]]))[:, 0] - _ZERO
        cell = law.cell_temperature_faiman(light, air, self._wind(state), PANEL.u0, PANEL.u1)
        rated = PANEL.rated * world_number(state, _PRIOR["power_panel_yield"]) * (1.0 - _LOSS)
        power = law.panel_power(light, cell, rated, PANEL.gamma)
        memory["power.cell"], memory["power.available"] = cell + _ZERO, power
        draw = _DRAW * world_number(state, _PRIOR["power_draw"]) * np.maximum(state.causes["unit_draw"], 0.0)
        share = memory.get("operation.share")  # what the unit's manager leaves on; absent where nothing is switched
        memory["power.load"] = draw if share is None else draw * share
        self._circulate(state, h)

    def _light(self, state: Environment3DState, h: float) -> Float:
        """(n,) irradiance in the panel's plane that reaches the cells [W/m2]; advances dirt and snow."""
        memory, tilt, albedo = state.memory, np.cos(_TILT), world_number(state, _PRIOR["power_panel_albedo"])
        beam = np.where(state.sun[:, 2] > 0.0, law.incidence_cosine(state.sun, self._normal), 0.0)
        light = law.plane_irradiance(state.dni, state.dhi, state.ghi, beam, tilt, albedo)
        air = state.air_temperature - _ZERO
        snowing = np.where(air < PANEL.snow_below, state.rain, 0.0)
        washing = world_number(state, _PRIOR["power_rain_wash"]) * (state.rain - snowing) / _HOUR
        rate, limit = world_number(state, _PRIOR["power_soiling_rate"]), np.full(state.n, PANEL.soiling_limit)
        memory["power.soiling"] = law.soiling_step(memory["power.soiling"], rate, limit, washing, h)
        if (kept := wiped(state, "power")) is not None:
            memory["power.soiling"] = memory["power.soiling"] * kept
        sliding = law.snow_sliding(air, light, np.full(state.n, np.sin(_TILT)))
        depth = snowing * 1e-3 / _HOUR * PANEL.snow_depth
        memory["power.snow"] = law.snow_cover_step(memory["power.snow"], depth, sliding, PANEL.snow_full, h)
        free = clip(1.0 - state.causes["panel_blocked"], 0.0, 1.0)
        reaching: Float = light * (1.0 - memory["power.soiling"]) * (1.0 - memory["power.snow"]) * free
        return reaching

    def _wind(self, state: Environment3DState) -> Float:
        """(n,) mean wind at the panel [m/s]."""
        w = state.wind10
        speed = np.sqrt(w[..., 0] ** 2 + w[..., 1] ** 2 + w[..., 2] ** 2).mean(axis=1)
        wind: Float = speed * neutral_ratio(np.full(1, PANEL.height), 10.0, state.roughness)
        return wind

    def _circulate(self, state: Environment3DState, h: float) -> None:
        """Share the panel's power between unit and battery, move charge, and set voltages."""
        memory, kelvin = state.memory, internal_temperature(state)
        celsius, charge = kelvin - _ZERO, memory["power.charge"]
        capacity = self.capacity(state)
        size, tau = 3600.0 * capacity, world_number(state, _PRIOR["power_polarisation_time"])
        ohm, slow = self._resistances(state, kelvin)
        kept = -np.expm1(-h / tau) * (tau / h)
        source = cell_law.open_circuit(charge) - kept * memory["power.polarisation"]
        given = PANEL.tracking * PACK.converter * memory["power.available"]
        demand = memory["power.load"] - given
        inner = ohm + (1.0 - kept) * slow
        wanted = cell_law.current_for_power(demand / PACK.cells, source, inner)
        lowest, highest = self._limits(charge, celsius, source, inner, world_number(state, _PRIOR["power_cold_width"]))
        room = np.maximum(1.0 - charge, 0.0) * size / (h * PACK.efficiency)
        most_in = np.minimum(highest, np.minimum(PACK.charge_rate * capacity, room))
        most_in = np.where(celsius < PACK.no_charge_below, 0.0, most_in)
        most_out = np.maximum(charge - lowest, 0.0) * size / h
        current = clip(wanted, -most_in, most_out)
        moved = cell_law.charge_change(current, PACK.efficiency, h)
        memory["power.gained"] = memory["power.gained"] + np.maximum(moved, 0.0)
        memory["power.drawn"] = memory["power.drawn"] + np.maximum(-moved, 0.0)
        memory["power.charge"] = charge + moved / size
        before = memory["power.polarisation"]
        after = cell_law.polarisation_step(before, current, slow, tau, h)
        volts = cell_law.terminal_voltage(cell_law.open_circuit(memory["power.charge"]), current, ohm, after)
        memory["power.polarisation"], memory["power.voltage"] = after, PACK.cells * volts
        self._book(state, PACK.cells * (source - current * inner), current, given, wanted)

    def _book(self, state: Environment3DState, volts: Float, current: Float, given: Float, wanted: Float) -> None:
        """What sensors and the box see: charger's state, what the unit got, heat; ``volts`` are means of the step."""
        memory, out = state.memory, volts * current
        load, short = memory["power.load"], current < wanted
        got = np.where(short & (wanted > 0.0), np.maximum(out + given, 0.0), load)
        used = np.where(current > wanted, np.maximum(load - out, 0.0), given)
        memory["power.served"] = clip(got / np.maximum(load, 1e-9), 0.0, 1.0)
        memory["power.current"] = current
        memory["power.panel"] = np.minimum(used / (PANEL.tracking * PACK.converter), memory["power.available"])
        lit = memory["power.available"] > PANEL.seen
        warm = PANEL.voltage * (1.0 + PANEL.voltage_slope * (memory["power.cell"] - _ZERO - 25.0))
        memory["power.panel_voltage"] = np.where(lit, warm, 0.0)
        cold = internal_temperature(state) < PACK.no_charge_below + _ZERO
        curbed = np.where(cold, TOO_COLD, LIMITED)
        memory["power.charger"] = np.where(lit, np.where(current > wanted, curbed, TRACKING), NIGHT)
        memory["power.heat"] = got + memory["power.panel"] * PANEL.tracking * (1.0 - PACK.converter)

    def capacity(self, state: Environment3DState) -> Float:
        """(n,) capacity of the aged pack at 25 Cel [A.h]."""
        fade = np.exp(-world_number(state, _PRIOR["power_fade"]) * self._age)
        size: Float = world_number(state, _PRIOR["power_capacity"]) * fade
        return size

    def _resistances(self, state: Environment3DState, kelvin: Float) -> tuple[Float, Float]:
        """(n,) resistances of a cell at its temperature: ohmic, and of the RC pair [Ohm]."""
        activation = world_number(state, _PRIOR["power_activation"])
        older = (1.0 + PACK.growth * self._age) * np.maximum(state.causes["cell_resistance"], 0.0)
        ohm = cell_law.resistance(world_number(state, _PRIOR["power_resistance"]) * older, kelvin, activation)
        slow = cell_law.resistance(world_number(state, _PRIOR["power_polarisation"]), kelvin, activation)
        return np.asarray(ohm, float), np.asarray(slow, float)

    def _limits(self, charge: Float, celsius: Float, source: Float, ohm: Float, width: Float) -> tuple[Float, Float]:
        """(n,) state of charge at which the pack is empty [1], and current the highest voltage lets in [A]."""
        share = cell_law.usable_share(celsius, np.full_like(celsius, PACK.cold_centre), width)
        empty = PACK.lowest + (1.0 - PACK.lowest) * (1.0 - share)
        return np.asarray(empty, float), np.maximum(PACK.highest - source, 0.0) / ohm
