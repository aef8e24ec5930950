"""Module "background": smoke of the region, wood stoves, dust, pollen and farming as causes; soiling by what falls.

Each cause adds to the clean air of the module "weather"; at its neutral value it adds exactly nothing. Module
"soiling" keeps the particles that fall on the unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

from gg_gym.equations import dispersion as law
from gg_gym.equations.atmosphere import saturation_pressure
from gg_gym.equations.bounds import clip
from gg_gym.equations.turbulence import ou_step
from gg_gym.parameters import combustion
from gg_gym.parameters.dispersion import DepositionParameters
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.dispersion import plume_increment
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.groups import Travelling
from gg_gym.physics.maintenance import wiped
from gg_gym.physics.site import Uncertain
from gg_gym.physics.smoulder import CREOSOTE
from gg_gym.physics.species import INDEX, MOLAR_MASS, N_GASES, SPECIES
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.wake import pole_component
from gg_gym.physics.weather import world_number
from gg_gym.streams import Draws
from gg_gym.units import Float

REGIONAL_SMOKE = register_cause(Cause("regional_smoke", "ug/m3", 0.0, "PM2.5 of aged smoke from fires far away"))
STOVE_SMOKE = register_cause(Cause("stove_smoke", "ug/m3", 0.0, "PM2.5 of neighbours' stoves on a cold, calm evening"))
DUST = register_cause(Cause("dust", "ug/m3", 0.0, "coarse particles of a dusty surface at a wind of 8 m/s"))
POLLEN = register_cause(Cause("pollen", "ug/m3", 0.0, "coarse particles of a dry noon in the season"))
AGRICULTURE = register_cause(Cause("agriculture", "[ppb]", 0.0, "ammonia of manured fields at a wind of 3 m/s, 20 Cel"))
_SOURCES = (REGIONAL_SMOKE, STOVE_SMOKE, DUST, POLLEN, AGRICULTURE)

CO_RATIO = Uncertain("background.smoke_co", 1.0, 0.3, "1", "estimate: CO over PM of smoke relative to the tables")
TIME = Uncertain("background.time", 3600.0, 0.4, "s", "estimate: correlation time of plumes from far away")
SPREAD = Uncertain("background.spread", 0.5, 0.3, "1", "estimate: standard deviation of the logarithm of that level")
CREOSOTE_VAPOUR = Uncertain(
    "background.creosote", 20.0, 0.8, "[ppb]", "recalled: 10-100 ppb at a hot pole, x2 per 10 K"
)

_GRAMS = np.array([*(1e9 * 8.314462618 * 298.15 / (101325.0 * MOLAR_MASS[:N_GASES])), 1e9, 1e9, 1e9])


def profile(table: Mapping[str, float]) -> Float:
    """(S,) ppb, or ug/m3, that come with 1 ug/m3 of PM2.5 of smoke with emission factors ``table`` [g/kg]."""
    fine = table["PM1"] + table["PM2.5"]
    share = np.array([table.get(name, 0.0) / fine for name in SPECIES])
    out: Float = share * 1e-9 * _GRAMS
    return out


def _column(**values: float) -> Float:
    """(S,) increments by species name; PM25 stands for PM2.5."""
    out = np.zeros(len(SPECIES))
    for name, value in values.items():
        out[INDEX["PM2.5" if name == "PM25" else name]] = value
    return out


#: (5, S) increments per unit of each cause; dust and pollen by size, farming with the dust of fields (estimates).
_PROFILES = np.stack([
    profile(combustion.REGIONAL), profile(combustion.STOVE), _column(PM10=1.0, PM25=0.12, PM1=0.03),
    _column(PM10=1.0, PM25=0.02), _column(NH3=1.0, PM10=0.15, CH4=2.0, ALC=0.1, HOAc=0.1),
])  # fmt: skip


@PHYSICS.register("background")
class Background(PhysicsModule):
    """Adds what comes from far away to ``state.background``: cause times course of day, weather and a slow factor.

    Causes: ``regional_smoke``, ``stove_smoke``, ``dust``, ``pollen``, ``agriculture``, and ``pole_treatment`` 2
    (vapours of creosote by the pole's temperature). Memory: "background.slow" (n, 5) OU, "background.clean" and
    "background.total" (n, S).
    """

    key: ClassVar[str] = "background"
    after: ClassVar[tuple[str, ...]] = ("weather", "airflow", "heat")

    def __init__(self, context: PhysicsContext) -> None:
        super().__init__(context)
        self._regional = Travelling(context.conditions, "background.regional", range(len(_SOURCES)))

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """World numbers of this module."""
        return CO_RATIO, TIME, SPREAD, CREOSOTE_VAPOUR

    def lanes(self, m: int) -> Mapping[str, int]:
        """One slow process per cause."""
        return {"background.slow": len(_SOURCES)}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Stationary slow factors."""
        state.memory["background.slow"] = draws.normal("background.slow").copy()
        state.memory["background.slow"] = self._travelled(state)
        state.memory["background.clean"] = state.background.copy()
        state.memory["background.total"] = state.background.copy()
        self._add(state)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance the slow factors and add to the clean air."""
        memory, tau = state.memory, world_number(state, TIME)[:, None]
        memory["background.slow"] = ou_step(
            memory["background.slow"], h, tau, np.ones(1), draws.normal("background.slow")
        )
        memory["background.slow"] = self._travelled(state)
        self._add(state)

    def _travelled(self, state: Environment3DState) -> Float:
        """(n, 5) the slow factors; poles of a group have the region's, each after its travel time."""
        tau = world_number(state, TIME)[self._regional.rows, None]
        return self._regional.put(state.memory["background.slow"], state.time, tau)

    def _add(self, state: Environment3DState) -> None:
        """Set the background: clean air, as the weather left it or as it was, and the increments."""
        memory = state.memory
        untouched = (state.background == memory["background.total"]).all(axis=1)
        clean = state.background
        if untouched.any():
            clean = np.where(untouched[:, None], memory["background.clean"], clean)
        added = self._increments(state)
        memory["background.clean"] = clean
        memory["background.total"] = clean.copy() if added is None else clean + added
        state.background = memory["background.total"].copy()

    def _increments(self, state: Environment3DState) -> Float | None:
        """(n, S) what the causes add now; None where no row has a cause."""
        treated = (state.causes["pole_treatment"] == CREOSOTE).any()
        if not treated and not any(state.causes[c.key].any() for c in _SOURCES):
            return None
        memory, spread = state.memory, world_number(state, SPREAD)[:, None]
        factor = np.exp(spread * memory["background.slow"] - 0.5 * spread * spread)
        cause = np.stack([state.causes[c.key] for c in _SOURCES], axis=1)
        level = clip(cause, 0.0, None) * factor * course(state)
        added: Float = (level[:, :, None] * _PROFILES).sum(axis=1)
        added[:, INDEX["CO"]] *= world_number(state, CO_RATIO)
        vapour = creosote_vapour(state)
        added[:, INDEX["BTEX"]] += vapour
        added[:, INDEX["PHENOL"]] += 0.1 * vapour
        return added


def course(state: Environment3DState) -> Float:
    """(n, 5) how strong each cause is now: regional smoke, stoves, dust, pollen, farming (estimates)."""
    clock, wind = np.mod(state.hour, 24.0), state.wind_speed
    humidity = saturation_pressure(state.dew_point) / saturation_pressure(state.air_temperature)
    dry = clip((0.95 - humidity) / 0.3, 0.0, 1.0) * (state.rain <= 0.0)
    cold = clip((291.15 - state.air_temperature) / 15.0, 0.0, 2.0)
    evening = (
        0.25 + np.exp(-(((np.mod(clock - 8.0, 24.0) - 12.5) / 3.5) ** 2)) + 0.4 * np.exp(-(((clock - 7.5) / 1.5) ** 2))
    )
    noon = np.exp(-(((clock - 12.5) / 3.5) ** 2))
    warm = 2.0 ** ((state.air_temperature - 293.15) / 10.0)
    out: Float = np.stack([
        1.0 + 0.0 * wind, cold * evening * 1.5 / (0.5 + wind), dry * clip(wind / 8.0, 0.0, 2.0) ** 3, dry * noon,
        warm * 4.0 / (1.0 + wind),
    ], axis=1)  # fmt: skip
    return out


def creosote_vapour(state: Environment3DState) -> Float:
    """(n,) aromatic vapour [ppb] beside a creosoted pole: doubles every 10 K, full at 50 Cel; wind thins it."""
    treated = state.causes["pole_treatment"] == CREOSOTE
    node, k = state.memory.get("heat.node"), pole_component(state.geometry)
    surface = state.air_temperature if node is None or k is None else node[:, k]
    level = world_number(state, CREOSOTE_VAPOUR) * 2.0 ** (clip(surface - 323.15, -60.0, 20.0) / 10.0)
    out: Float = np.where(treated, level / (1.0 + state.wind_speed), 0.0)
    return out


_FALL = DepositionParameters()
_PARTICLES = slice(N_GASES, len(SPECIES))
FALL = Uncertain("soiling.velocity", 1.0, 0.5, "1", "recalled: deposition velocities over their table")
WASH = Uncertain("soiling.wash", _FALL.wash, 0.5, "1/mm", "estimate: a panel is clean after some 3 mm")


@PHYSICS.register("soiling")
class Soiling(PhysicsModule):
    """Particles that fall on the unit: ``memory["soiling.layer"]`` (n, 3) kg/m2 of PM1, PM2.5 and PM10; rain washes."""

    key: ClassVar[str] = "soiling"
    after: ClassVar[tuple[str, ...]] = ("weather", "background", "dispersion")

    def __init__(self, context: PhysicsContext) -> None:
        super().__init__(context)
        self._place = np.array([context.geometry.mount.position], dtype=np.float64)

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """World numbers of this module."""
        return FALL, WASH

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """A clean unit."""
        state.memory["soiling.layer"] = np.zeros((state.n, 3))

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Let particles of the air at the instant fall for h seconds, and rain wash."""
        air = 1e-9 * self._particles(state)
        flux = air * np.array(_FALL.velocity) * world_number(state, FALL)[:, None]
        loss = (world_number(state, WASH) * state.rain / 3600.0)[:, None]
        layer = law.deposited(state.memory["soiling.layer"], flux, loss, h)
        if (kept := wiped(state, "soiling")) is not None:
            layer = layer * kept[:, None]
        state.memory["soiling.layer"] = np.asarray(layer, np.float64)

    def _particles(self, state: Environment3DState) -> Float:
        """(n, 3) particles in the air at the unit at the instant [ug/m3]."""
        if state.plume is None or (state.plume is plume_increment and not state.source_rate.any()):
            return state.background[:, _PARTICLES]
        now = replace(state, substeps=1, wind10=state.wind10[:, -1:], intermittency=state.intermittency[:, -1:])
        return now.concentration(self._place, 0.05)[:, 0, 0, _PARTICLES]


def soiling(state: Environment3DState) -> Float:
    """(n, 3) particles on the unit [kg/m2] by size class; zeros without the module "soiling"."""
    layer = state.memory.get("soiling.layer")
    return np.zeros((state.n, 3)) if layer is None else layer
