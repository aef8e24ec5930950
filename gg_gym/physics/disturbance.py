"""Module "disturbance": what passes by changes wind, pressure and field at the unit.

A hovering helicopter blows down on the pole head; a dust devil swirls past; a lineworker in an insulated bucket, a
bird or a squirrel is a floating conductor that distorts the line's electric field where the probe is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from gg_gym.equations import nuisances as law
from gg_gym.equations.bounds import clip
from gg_gym.parameters.releases import FLOATING, WASH
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.state import Environment3DState
from gg_gym.streams import Draws
from gg_gym.units import Float

for _cause in (
    Cause("rotor_thrust", "N", 0.0, "thrust of a rotor that hovers near the pole; 0 is none"),
    Cause("rotor_radius", "m", 4.0, "its radius"),
    Cause("rotor_x", "m", 0.0, "its place, east"),
    Cause("rotor_y", "m", 0.0, "its place, north"),
    Cause("rotor_z", "m", 30.0, "its height"),
    Cause("vortex_speed", "m/s", 0.0, "greatest tangential speed of a dust devil; 0 is none"),
    Cause("vortex_radius", "m", 3.0, "radius of its core"),
    Cause("vortex_miss", "m", 0.0, "distance at which it passes the unit, to the right of its way"),
    Cause("vortex_time", "s", 60.0, "when it passes, after it appeared; it drifts with the mean wind"),
):
    register_cause(_cause)
_FLOATING = np.array(FLOATING)
_DENSITY = 1.2
#: Slowest drift of a dust devil [m/s].
SLOWEST = 1.5


@PHYSICS.register("disturbance")
class Disturbance(PhysicsModule):
    """Adds wash and swirl to the wind, takes from the pressure, and puts a body's field into ``state.ambient_e``.

    Memory: "disturbance.wash" (n,) velocity of the wash at the unit, and "disturbance.swirl" of a dust devil [m/s];
    "disturbance.age" (n,) since that appeared [s]; "disturbance.charged" (n,) whether
    ``ambient_e`` is this module's. Causes: ``rotor_*``, ``vortex_*``; the body is that of the module "surroundings".
    """

    key: ClassVar[str] = "disturbance"
    after: ClassVar[tuple[str, ...]] = ("airflow", "line", "surroundings")

    def __init__(self, context: PhysicsContext) -> None:
        super().__init__(context)
        self._unit = np.array(context.geometry.mount.position, np.float64)

    def lanes(self, m: int) -> Mapping[str, int]:
        """Three components of the wash's turbulence at each fine step (its eddies are shorter than that)."""
        return {"disturbance.eddies": 3 * m}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Nobody is there."""
        state.memory["disturbance.wash"] = np.zeros(state.n)
        state.memory["disturbance.charged"] = np.zeros(state.n, bool)
        state.memory["disturbance.age"], state.memory["disturbance.swirl"] = np.zeros(state.n), np.zeros(state.n)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Set wash and field from the causes in force."""
        self._wash(state, draws)
        self._vortex(state, h)
        self._body(state)

    def _wash(self, state: Environment3DState, draws: Draws) -> None:
        """Blow down on the pole head; nothing without the module "airflow", which makes the wind anew each step."""
        causes = state.causes
        state.memory["disturbance.wash"] = np.zeros(state.n)
        rows = np.flatnonzero(causes["rotor_thrust"] > 0.0)
        if not rows.size or "airflow.turbulence" not in state.memory:
            return
        at = np.stack([causes[f"rotor_{k}"][rows] for k in "xyz"], axis=1) - self._unit
        radius = np.maximum(causes["rotor_radius"][rows], 0.05)
        start = law.rotor_wash(causes["rotor_thrust"][rows], radius, np.full(len(rows), _DENSITY))
        off, drop = np.sqrt(at[:, 0] ** 2 + at[:, 1] ** 2), at[:, 2]
        wash = law.jet_velocity(start, np.sqrt(2.0) * radius, np.where(drop > WASH.reach, drop, -1.0), off)
        z = draws.normal("disturbance.eddies").reshape(state.n, state.substeps, 3)[rows]
        added: Float = WASH.turbulence * clip(z, -3.0, 3.0)
        added[..., 2] -= 1.0
        state.wind10[rows] += wash[:, None, None] * added
        state.memory["disturbance.wash"][rows] = wash

    def _vortex(self, state: Environment3DState, h: float) -> None:
        """Let a dust devil drift past: its swirl on the fine axis, its low pressure at the instant."""
        causes, memory = state.causes, state.memory
        on = causes["vortex_speed"] > 0.0
        memory["disturbance.age"] = np.where(on, memory["disturbance.age"] + h, 0.0)
        memory["disturbance.swirl"] = np.zeros(state.n)
        rows = np.flatnonzero(on)
        if not rows.size or "airflow.turbulence" not in memory:
            return
        drift = np.maximum(state.wind_speed[rows], SLOWEST)[:, None]
        back = state.fine_step * np.arange(state.substeps - 1.0, -1.0, -1.0)
        along = drift * (memory["disturbance.age"][rows] - causes["vortex_time"][rows])[:, None] - drift * back
        miss = np.broadcast_to(causes["vortex_miss"][rows, None], along.shape)
        away = np.sqrt(along**2 + miss**2)
        share = away / np.maximum(causes["vortex_radius"][rows], 0.1)[:, None]
        density = np.full_like(share, _DENSITY)
        swirl, deficit = law.vortex(causes["vortex_speed"][rows, None], share, density)
        # the unit lies at (-along, miss to the left) of the core; it turns anticlockwise
        east, north = -np.sin(state.wind_from[rows])[:, None], -np.cos(state.wind_from[rows])[:, None]
        x, y = -along * east - miss * north, -along * north + miss * east
        unit = swirl / np.maximum(away, 1e-6)
        state.wind10[rows, :, 0] -= unit * y
        state.wind10[rows, :, 1] += unit * x
        state.pressure[rows] -= deficit[:, -1]
        memory["disturbance.swirl"][rows] = swirl[:, -1]

    def _body(self, state: Environment3DState) -> None:
        """Put the field of a floating sphere in the line's field at the unit into ``ambient_e``."""
        memory = state.memory
        present = memory.get("surroundings.present")
        there = np.zeros(state.n, bool) if present is None or state.fields is None else present[:, 0]
        gone = memory["disturbance.charged"] & ~there
        if gone.any():
            state.ambient_e[gone] = 0.0
        memory["disturbance.charged"] = there.copy()
        rows = np.flatnonzero(there)
        if not rows.size:
            return
        field = state.fields.electric(state, self._unit[None, :])[rows, 0]
        radius = _FLOATING[clip(state.causes["body_kind"][rows].astype(np.int64), 0, len(_FLOATING) - 1)]
        offset = self._unit - memory["surroundings.position"][rows, 0]
        state.ambient_e[rows] = law.floating_sphere(field, radius, offset)
