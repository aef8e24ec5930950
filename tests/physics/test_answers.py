"""What a state remembers about itself: found once, never stale, never another state's; and lags in few steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations.signal import hold_weights, lag_step
from gg_gym.physics import acoustics, wake
from gg_gym.physics import dispersion as d
from gg_gym.physics.geometry import Box, Geometry, Mount
from gg_gym.physics.species import INDEX, SPECIES
from gg_gym.physics.state import Environment3DState
from gg_gym.sensors.chain import Lags

ARM = Box("arm", (-1.2, -0.06, 9.69), (1.2, 0.06, 9.81), "crossarm")
GEOMETRY = Geometry(10.3, 0.13, (), (ARM,), None, Mount((0.0, -0.7, 7.2), (0.0, 0.0, 9.8)))
INLET = np.array([[0.25, -0.25, 9.6]])


def scene(n: int = 7) -> Environment3DState:
    """n rows with a source on the pole and, in some, a second one beside it."""
    rng = np.random.default_rng(5)
    state = Environment3DState.uniform(GEOMETRY, n, wind=(2.0, 1.0, 0.0))
    state.wind10 += rng.normal(size=state.wind10.shape)
    state.sigma_w[:] = (0.7, 0.6, 0.4)
    state.source_position[:, 0], state.source_position[:, 2] = (0.0, 0.0, 9.7), (6.0, -8.0, 0.5)
    state.source_rate[:, 0, INDEX["CO"]] = 1e-7
    state.source_rate[::2, 2, INDEX["CO"]] = 1e-4
    state.source_heat[:, 0] = 50.0
    state.memory["wake.contrast"] = np.linspace(-2.0, 6.0, n)
    for prior in (d.RELATIVE_SHARE, *wake.STRUCTURES):
        state.world[prior.key] = prior.median * np.linspace(0.9, 1.1, n)
    state.plume = d.plume_increment
    return state


def test_the_same_question_is_answered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    state, found = scene(), d._spread
    asked: list[Any] = []

    def counted(*args: Any) -> Any:
        asked.append(args)
        return found(*args)

    monkeypatch.setattr(d, "_spread", counted)
    first = state.concentration(INLET, 0.05)
    np.testing.assert_array_equal(state.concentration(INLET, 0.05), first)
    assert len(asked) == 1
    state.concentration(INLET, 0.1)
    state.concentration(INLET + 0.1, 0.05)
    assert len(asked) == 3


def _nudge(state: Environment3DState, name: str) -> None:
    """Change one cause by hand, in place."""
    group, _, key = name.partition(":")
    array: Any = getattr(state, group)[key] if key else getattr(state, group)
    array += 0.01 * (1.0 + np.abs(array))


@pytest.mark.parametrize(
    "name",
    [*d._CAUSES, "memory:wake.contrast", *(f"world:{p.key}" for p in (d.RELATIVE_SHARE, *wake.STRUCTURES))],
)
def test_an_answer_is_never_stale(name: str) -> None:
    state = scene()
    before = state.concentration(INLET, 0.05)
    _nudge(state, name)
    after = state.concentration(INLET, 0.05)
    state.answers.clear()
    np.testing.assert_array_equal(after, state.concentration(INLET, 0.05))
    assert (after != before).any()


def test_answers_are_of_one_state() -> None:
    state = scene()
    whole = state.concentration(INLET, 0.05)
    part = state.take([4, 1])
    assert not part.answers and not replace(state, substeps=state.substeps).answers
    np.testing.assert_array_equal(part.concentration(INLET, 0.05), whole[[4, 1]])
    whole[:] = -1.0
    assert (state.concentration(INLET, 0.05) >= 0.0).all()
    with pytest.raises(ValueError, match="read-only"):
        d.plume_increment(state, np.broadcast_to(INLET, (state.n, 1, 3)), 0.05)[:] = 0.0


def test_sources_add_up_to_the_whole() -> None:
    state = scene()
    points = np.broadcast_to(INLET, (state.n, 1, 3))
    spread = d.spread_of(state, points, 0.0)
    total: Any = 0.0
    for k in (0, 2):
        alone = scene()
        alone.source_rate[:, [i for i in range(alone.source_rate.shape[1]) if i != k]] = 0.0
        total = total + d.plume_increment(alone, points, 0.0)
    np.testing.assert_allclose(spread.total, total, rtol=1e-14)
    assert spread.total.shape == (state.n, state.substeps, 1, len(SPECIES))
    assert set(spread.slot.tolist()) == {0, 2} and len(spread.row) == state.n + (state.n + 1) // 2


def test_sounds_add_up_to_the_whole() -> None:
    state = scene()
    state.memory["arcs.sound_power"] = np.where(np.arange(7)[:, None] % 2, 1e-3, 0.0) * np.ones(8)
    state.memory["vibration.sound_power"] = np.zeros((7, 8))
    state.arc_position[:] = (0.0, 0.0, 9.7)
    state.rain[::3] = 4.0
    total, parts = acoustics.sound_parts(state, INLET)
    assert set(parts) == {"arcs.sound_power", "rain"}
    rest = acoustics.wind_ratio(state, INLET)
    np.testing.assert_allclose(total, sum(parts.values()) + rest, rtol=1e-13)
    np.testing.assert_array_equal(acoustics.sound_ratio(state, INLET), total)


@settings(max_examples=25, deadline=None)
@given(m=st.integers(1, 5), h=st.floats(0.01, 60.0), seed=st.integers(0, 2**32 - 1))
def test_lags_in_few_steps_are_those_of_all_steps(m: int, h: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = 3, 6
    rise = np.broadcast_to([1e-9, 1e-9, 2.0, 2.0, 30.0, 1e-9], shape)
    fall = np.broadcast_to([1e-9, 2e-9, 2.0, 5.0, 30.0, 1.0], shape)
    x, y, last = rng.normal(size=(3, m, 6)), rng.normal(size=shape), rng.normal(size=shape)
    up, down = hold_weights(h, rise), hold_weights(h, fall)
    lags = Lags.of(up, down)
    assert 0 not in lags.slow and 4 in lags.slow
    want: Any = y
    before = last
    for j in range(m):
        want = lag_step(want, before, x[:, j], up, down)
        before = x[:, j]
    np.testing.assert_array_equal(lags.advance(y, last, x), want)
