"""Wind at the pole: stability from insolation and wind, and turbulence on three time scales, exact for any step."""

from __future__ import annotations

import numpy as np

from gg_gym.equations import turbulence, wind
from gg_gym.equations.bounds import clip
from gg_gym.parameters.atmosphere import TurbulenceScales
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather import world_number
from gg_gym.streams import Draws
from gg_gym.units import Float

_SCALES = TurbulenceScales()
_LENGTH = np.array(_SCALES.lengths)
#: (9,) divisors of the integral time and roots of the variance shares: three scales of each component in turn.
_DIVISOR = np.array([*_SCALES.divisors, *_SCALES.cross_divisors, *_SCALES.cross_divisors])
_REACH = np.repeat(_LENGTH, 3) / _DIVISOR
#: Stability classes in halves, A to F.
_CLASSES = np.arange(0.0, 5.25, 0.5)
_UNIT = np.ones(1)
_ROOT_SHARE = np.sqrt(np.array([*_SCALES.shares, *_SCALES.cross_shares, *_SCALES.cross_shares]))
_REFERENCE = 10.0
_ACTIVITY_TAU = np.full(1, _SCALES.activity_tau)
_STABILITY_TAU = np.full(1, _SCALES.stability_tau)

MIXING_HEIGHT = Uncertain("airflow.mixing_height", _SCALES.mixing_height, 0.3, "m", "recalled: 500-2000 m by day")
CALM_SIGMA = Uncertain("airflow.calm_sigma", _SCALES.calm_sigma, 0.4, "m/s", "recalled: meander in light wind")
LENGTH_SCALE = Uncertain("airflow.length_scale", 1.0, 0.3, "1", "recalled: integral length 50-150 m at 10 m height")


def mean_speed(state: Environment3DState) -> Float:
    """(n,) mean wind speed at 10 m over the fine steps, all three components [m/s]."""
    w = state.wind10
    square = w * w
    speed: Float = np.sqrt(square[..., 0] + square[..., 1] + square[..., 2]).mean(axis=1)
    return speed


@PHYSICS.register("airflow")
class Airflow(PhysicsModule):
    """Sets stability, friction velocity, turbulence and the wind at 10 m on the fine axis."""

    key = "airflow"
    after = ("weather",)

    def __init__(self, context: PhysicsContext) -> None:
        super().__init__(context)
        self._roughness = np.array([s.roughness for s in context.sites])[context.conditions.site]

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """World numbers of this module."""
        return MIXING_HEIGHT, CALM_SIGMA, LENGTH_SCALE

    def lanes(self, m: int) -> dict[str, int]:
        """Nine processes, over one jump and m fine steps, and the slow activity."""
        return {"airflow.turbulence": 9 * (m + 1), "airflow.activity": 1}

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Stationary turbulence."""
        state.roughness = self._roughness.copy()
        z = draws.normal("airflow.turbulence").reshape(state.n, -1, 9)
        state.memory["airflow.turbulence"] = z[:, 0].copy()
        state.memory["airflow.activity"] = draws.normal("airflow.activity").copy()
        state.memory["airflow.inverse_obukhov"] = self._target(state)
        self._stability(state, state.memory["airflow.inverse_obukhov"])
        self._set_wind(state, 0.0, z)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance by h seconds: a jump over what precedes the fine axis, then each fine step."""
        target, before = self._target(state), state.memory["airflow.inverse_obukhov"]
        lagged = target + (before - target) * turbulence.ou_decay(h, _STABILITY_TAU)
        state.memory["airflow.inverse_obukhov"] = lagged
        active, noise = state.memory["airflow.activity"], draws.normal("airflow.activity")
        state.memory["airflow.activity"] = turbulence.ou_step(active, h, _ACTIVITY_TAU, _UNIT, noise)
        self._stability(state, lagged)
        rest = max(h - state.substeps * state.fine_step, 0.0)
        z = draws.normal("airflow.turbulence", skip=0 if rest > 0.0 else 9).reshape(state.n, -1, 9)
        self._set_wind(state, rest, z)

    def _target(self, state: Environment3DState) -> Float:
        """(n,) inverse Obukhov length [1/m] that belongs to the weather now."""
        stability = wind.pasquill_class(state.wind_speed, state.ghi, state.cloud)
        table = self.kept("obukhov", (state.roughness,), lambda: self._classes(state.roughness))
        target: Float = table[np.arange(state.n), (2.0 * stability).astype(np.int64)]
        return target

    @staticmethod
    def _classes(roughness: Float) -> Float:
        """(n, 11) inverse Obukhov lengths [1/m] of the classes A to F and the halves between over each roughness."""
        return np.stack([wind.inverse_obukhov(np.full_like(roughness, c), roughness) for c in _CLASSES], axis=1)

    def _stability(self, state: Environment3DState, inverse_obukhov: Float) -> None:
        """Set stability, friction velocity and the deviations of turbulence; a calm keeps some.

        The deviations vary about those of similarity from hour to hour, most in stable air; their mean square does not.
        """
        state.inverse_obukhov = inverse_obukhov
        speed = clip(state.wind_speed, _SCALES.calm, None)
        ustar = wind.friction_velocity(speed, _REFERENCE, state.roughness, inverse_obukhov)
        state.friction_velocity = np.asarray(ustar, np.float64)
        mixing = turbulence.mixing_factor(inverse_obukhov, world_number(state, MIXING_HEIGHT))
        zeta = _REFERENCE * inverse_obukhov
        along, across, up = turbulence.velocity_deviations(state.friction_velocity, mixing, zeta)
        calm = world_number(state, CALM_SIGMA) ** 2
        square = np.empty((state.n, 3))
        square[:, 0], square[:, 1] = along**2 + calm, across**2 + calm
        square[:, 2] = up**2 + _SCALES.calm_vertical**2 * calm
        spread = _SCALES.activity_sigma + _SCALES.activity_stable * clip(zeta, 0.0, 1.0)
        active = np.exp(spread * (state.memory["airflow.activity"][:, 0] - spread))
        state.sigma_w = np.sqrt(square) * active[:, None]

    def _set_wind(self, state: Environment3DState, rest: float, z: Float) -> None:
        """Set ``wind10`` (n, M, 3) from the processes advanced over the rest and each fine step.

        ``z`` are normals (n, M, 9) of the steps, after those of the rest (n, 1, 9), which only a rest needs.
        """
        m, mean = state.substeps, clip(state.wind_speed, _SCALES.calm, None)
        square = state.sigma_w * state.sigma_w
        speed = np.sqrt(mean * mean + square[:, 0] + square[:, 1] + square[:, 2])
        scale = (world_number(state, LENGTH_SCALE) / speed)[:, None] * _REACH
        x = state.memory["airflow.turbulence"]
        if rest > 0.0:
            x = turbulence.ou_step(x, rest, scale, _UNIT, z[:, 0])
        decay = turbulence.ou_decay(state.fine_step, scale)
        path = np.sqrt(1.0 - decay * decay)[:, None] * z[:, -m:]
        for k in range(m):
            path[:, k] += decay * x
            x = path[:, k]
        state.memory["airflow.turbulence"] = x.copy()
        path *= _ROOT_SHARE
        gust = (path[:, :, 0::3] + path[:, :, 1::3] + path[:, :, 2::3]) * state.sigma_w[:, None, :]
        gust[:, :, 0] += mean[:, None]
        east, north = -np.sin(state.wind_from)[:, None], -np.cos(state.wind_from)[:, None]
        u, v = gust[:, :, 0], gust[:, :, 1]
        state.wind10 = np.empty_like(gust)
        state.wind10[:, :, 0], state.wind10[:, :, 1] = u * east - v * north, u * north + v * east
        state.wind10[:, :, 2] = gust[:, :, 2]
