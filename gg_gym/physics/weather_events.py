"""Weather as a cause: air masses, gusts, cloud, fog and seasons that a scenario brings, on top of the site's record.

Each cause is followed with a time of its own, exactly for any step: ``memory["weather.event"]`` (n, K) holds what has
come so far. Where every cause is neutral and nothing is left of an earlier one, nothing is computed or changed.
"""

from __future__ import annotations

import numpy as np

from gg_gym.equations import atmosphere
from gg_gym.equations.bounds import clip
from gg_gym.equations.synoptic import cloud_transmission, covered
from gg_gym.parameters.synoptic import EVENT_TIMES
from gg_gym.physics.causes import Cause, register_cause
from gg_gym.physics.state import Environment3DState
from gg_gym.units import Float

for _cause in (
    Cause("front", "1", 0.0, "a front that passes: colder, drier, wind veers and freshens", "largest"),
    Cause("fog", "1", 0.0, "share of the dew-point depression that is gone: 1 is saturated air", "largest"),
    Cause("rain_rate", "mm/h", 0.0, "rain besides the record's", "sum"),
    Cause("air_shift", "K", 0.0, "another air mass: warmer by this", "sum"),
    Cause("dew_shift", "K", 0.0, "another air mass: its dew point higher by this", "sum"),
    Cause("wind_factor", "1", 1.0, "multiplier of the mean wind", "product"),
    Cause("wind_added", "m/s", 0.0, "gust: mean wind besides the record's", "sum"),
    Cause("overcast", "1", 0.0, "share of the clear sky that clouds over", "largest"),
    Cause("season_shift", "h", 0.0, "weather and sun of another day: this many hours later, whole days"),
):
    register_cause(_cause)

_T = EVENT_TIMES
_AIR, _DEW, _FACTOR, _ADDED, _CLOUD, _FOG, _SEASON = range(7)
_TAU = np.array([_T.air, _T.air, _T.wind, _T.gust, _T.cloud, _T.fog, _T.season])
#: Air is never colder or warmer than this, whatever the causes [K].
_COLDEST, _WARMEST = 210.0, 330.0


def target(state: Environment3DState) -> Float:
    """(n, K) what the causes in force lead to."""
    c = state.causes
    factor = np.log(clip(c["wind_factor"], 0.01, 10.0))
    parts = c["air_shift"], c["dew_shift"], factor, c["wind_added"], c["overcast"], c["fog"], c["season_shift"] != 0.0
    out: Float = np.stack([np.asarray(x, np.float64) for x in parts], axis=1)
    return out


def start(state: Environment3DState) -> None:
    """What the causes at the start lead to has come long ago."""
    state.memory["weather.event"] = target(state)
    state.memory["weather.days"] = state.causes["season_shift"].copy()


def advance(state: Environment3DState, h: float) -> None:
    """Let the weather follow its causes for h seconds; exact for any h."""
    memory, goal = state.memory, target(state)
    old = memory["weather.event"]
    if not goal.any() and not old.any():
        return
    memory["weather.event"] = goal + (old - goal) * np.exp(-h / _TAU)
    shift = state.causes["season_shift"]
    memory["weather.days"] = np.where(shift != 0.0, shift, memory["weather.days"])


def acting(state: Environment3DState) -> Float | None:
    """(n, K) what has come of the causes so far; None where nothing has, in any row."""
    event: Float | None = state.memory.get("weather.event")
    return event if event is not None and event.any() else None


def season(state: Environment3DState, event: Float | None) -> tuple[Float, Float] | None:
    """(n, 1) share in [0, 1] of the other day's weather, and (n,) how much later that day is [h]; None: nowhere."""
    if event is None or not event[:, _SEASON].any():
        return None
    return event[:, _SEASON, None], 24.0 * np.round(state.memory["weather.days"] / 24.0)


def clouded(state: Environment3DState, event: Float) -> None:
    """Cloud the sky over: cover, and irradiance by the law of Kasten and Czeplak; what is left of the beam fades."""
    before, share = state.cloud, clip(event[:, _CLOUD], 0.0, 1.0)
    state.cloud = np.asarray(covered(before, share), np.float64)
    ratio = cloud_transmission(state.cloud) / cloud_transmission(before)
    up, dni = clip(state.sun[:, 2], 0.0, None), state.dni * (1.0 - share)
    total = np.maximum((state.dhi + state.dni * up) * ratio, dni * up)
    hidden = share > 0.0
    state.dhi = np.where(hidden, total - dni * up, state.dhi)
    state.dni = dni


def blown(event: Float, speed: Float) -> Float:
    """(n,) mean wind [m/s] with what the causes do to it; never below 0."""
    out: Float = np.maximum(speed * np.exp(event[:, _FACTOR]) + event[:, _ADDED], 0.0)
    return out


def moved(event: Float, air: Float, dew: Float) -> tuple[Float, Float]:
    """Air temperature and dew point (n,) [K] of the other air mass."""
    return clip(air + event[:, _AIR], _COLDEST, _WARMEST), dew + event[:, _DEW]


def saturated(event: Float, air: Float, dew: Float) -> tuple[Float, Float]:
    """Air temperature and dew point (n,) [K] of air into which drops evaporate: both go to the wet bulb."""
    share = clip(event[:, _FOG], 0.0, 1.0)
    wet = atmosphere.wet_bulb(air, clip(atmosphere.relative_humidity(air, dew), 0.05, 0.99))
    cooled = air + share * (np.minimum(np.maximum(wet, dew), air) - air)
    damp = np.minimum(cooled - (1.0 - share) * (air - dew), cooled)
    return np.where(share > 0.0, cooled, air), np.where(share > 0.0, damp, dew)
