"""Module "transformer": top oil, hot spot and ageing of every transformer, IEC 60076-7 in difference form."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from gg_gym.equations import transformer as law
from gg_gym.equations.heat import relax
from gg_gym.parameters.transformer import DISTRIBUTION, TRANSFORMER_PRIORS
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.engine import PHYSICS, PhysicsContext, PhysicsModule
from gg_gym.physics.site import Uncertain
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.weather import world_number
from gg_gym.streams import Draws
from gg_gym.units import Float

register_cause(
    Cause("transformer_load", "1", 1.0, "multiplier of the transformers' own load (what hangs on them)", "product")
)
register_cause(Cause("cutout_open", "1", 0.0, "1: the cutout has opened and the transformers are dead", "largest"))
_PRIOR = {prior[0]: Uncertain(*prior) for prior in TRANSFORMER_PRIORS}
#: Seconds of an hour, and kelvin at 0 Cel.
_HOUR, _ZERO = 3600.0, 273.15


def hot_spot(state: Environment3DState) -> Float:
    """(n, T) winding hot spot [K] of the product's transformers (in the order of its components)."""
    rise = state.memory["transformer.rise"]
    temperature: Float = state.memory["transformer.top_oil"] + rise[..., 0] - rise[..., 1]
    return temperature


def over_temperature(state: Environment3DState) -> Float:
    """(n,) hot spot [K] above that of the same part under its ordinary load, the worst part; 0 without the module.

    The difference of two solutions of the linear balance is a solution: it is followed exactly beside the temperatures.
    """
    excess: Float | None = state.memory.get("transformer.excess")
    if excess is None or not excess.shape[1]:
        return np.zeros(state.n)
    out: Float = (excess[..., 0] + excess[..., 1] - excess[..., 2]).max(axis=1)
    return out


@PHYSICS.register("transformer")
class Transformer(PhysicsModule):
    """Loading of transformers by IEC 60076-7, in exact exponentials of the differences.

    Owns ``memory["transformer.top_oil"]`` (n, T) [K], ``["transformer.rise"]`` (n, T, 2) the two parts of the hot-spot
    rise [K], ``["transformer.life"]`` (n, T) life of paper used since the start, in hours at 110 Cel, for heat
    ``["transformer.wall_oil"]`` (n, T), the oil at the tank wall [K], and for labels ``["transformer.excess"]``
    (n, T, 3), oil and rises over those without the cause [K]. The load is the current of the part's phase (the mean of
    all phases where it names none) over the rated current, times the cause ``transformer_load``.
    """

    key: ClassVar[str] = "transformer"
    after: ClassVar[tuple[str, ...]] = ("weather", "airflow", "line")

    def __init__(self, context: PhysicsContext) -> None:
        super().__init__(context)
        geometry = context.geometry
        parts = [geometry.components[i] for i in geometry.of_kind("transformer")]
        self._positions = np.array([c.position for c in parts], float).reshape(-1, 3)
        k = len(geometry.line.x) if geometry.line else 0
        self._phases = [None if c.phase is None or c.phase >= k else c.phase for c in parts]
        self._rated = geometry.line.rated_current if geometry.line else 1.0
        self._conductors = k

    @classmethod
    def priors(cls) -> tuple[Uncertain, ...]:
        """Uncertain numbers this module reads from the world."""
        return tuple(_PRIOR.values())

    def start(self, state: Environment3DState, draws: Draws) -> None:
        """Steady temperatures at the first load and weather; no life used."""
        oil, rise = self._targets(state)
        state.memory["transformer.top_oil"], state.memory["transformer.rise"] = oil, rise
        state.memory["transformer.life"] = np.zeros_like(oil)
        state.memory["transformer.excess"] = np.zeros((*oil.shape, 3))
        self._publish(state)

    def step(self, state: Environment3DState, h: float, draws: Draws) -> None:
        """Advance oil and windings by h seconds under the load and air at the end of the step."""
        memory, c = state.memory, DISTRIBUTION
        before = hot_spot(state)
        oil, rise = self._targets(state)
        oil_time = world_number(state, _PRIOR["transformer_oil_time"])[:, None] * np.ones_like(oil)
        times = np.stack([np.full_like(oil, c.k22 * c.winding_time), oil_time / c.k22], axis=-1)
        memory["transformer.top_oil"] = relax(memory["transformer.top_oil"], oil, h / (c.k11 * oil_time))
        memory["transformer.rise"] = relax(memory["transformer.rise"], rise, h / times)
        self._exceed(state, oil, rise, h / np.concatenate([c.k11 * oil_time[..., None], times], axis=-1))
        middle = 0.5 * (before + hot_spot(state)) - _ZERO
        memory["transformer.life"] = memory["transformer.life"] + h / _HOUR * law.ageing_rate_upgraded(middle)
        self._publish(state)

    def _exceed(self, state: Environment3DState, oil: Float, rise: Float, span: Float) -> None:
        """Advance the excess of oil and rises over those of the ordinary load; span (n, T, 3) steps over times."""
        excess = state.memory["transformer.excess"]
        if not excess.any() and np.all(state.causes["transformer_load"] == 1.0):
            return
        sound_oil, sound_rise = self._targets(state, 1.0)
        target = np.concatenate([(oil - sound_oil)[..., None], rise - sound_rise], axis=-1)
        state.memory["transformer.excess"] = relax(excess, target, span)

    def _load(self, state: Environment3DState, factor: Any) -> Float:
        """(n, T) load over rated load [1]; factor (n,) or a number multiplies it."""
        if not self._conductors:
            return np.zeros((state.n, len(self._phases)))
        current = state.current
        square = (current.real**2 + current.imag**2).sum(axis=-1)
        columns = [square.mean(axis=1) if p is None else square[:, p] for p in self._phases]
        load = np.sqrt(np.stack(columns, axis=1)) if columns else np.zeros((state.n, 0))
        own: Float = load / self._rated * (np.maximum(factor, 0.0) * np.ones(state.n))[:, None]
        return own

    def _targets(self, state: Environment3DState, factor: Any = None) -> tuple[Float, Float]:
        """Steady top oil (n, T) [K] and the two parts of the hot-spot rise (n, T, 2) [K] at the cause's load factor."""
        load = self._load(state, state.causes["transformer_load"] if factor is None else factor)
        c = DISTRIBUTION
        ratio = world_number(state, _PRIOR["transformer_loss_ratio"])[:, None]
        rated = world_number(state, _PRIOR["transformer_oil_rise"])[:, None]
        closed = 1.0 - np.minimum(np.maximum(state.causes["cutout_open"], 0.0), 1.0)[:, None]
        load = load * closed
        share = law.loss_share(load, 1.0, ratio) * closed
        oil = law.top_oil_target(state.air_temperature_at(self._positions), share, rated, c.oil_exponent)
        gradient = world_number(state, _PRIOR["transformer_gradient"])[:, None] * c.hot_spot_factor
        rise = law.winding_rise_targets(load, gradient, c.winding_exponent, c.k21)
        return np.asarray(oil, float), np.stack(rise, axis=-1)

    def _publish(self, state: Environment3DState) -> None:
        """What the tank wall feels of the oil: the middle of the oil's rise."""
        air, oil = state.air_temperature_at(self._positions), state.memory["transformer.top_oil"]
        state.memory["transformer.wall_oil"] = air + DISTRIBUTION.mean_oil * (oil - air)
