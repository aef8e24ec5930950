"""Laws of the module "traffic": rates follow fuel and the worlds' factors; nothing without fuel."""

from typing import Any

import numpy as np

from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry, Mount
from gg_gym.physics.site import Conditions, draw_world
from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.traffic import SLOT, TrafficModule

GEOMETRY = Geometry(12.0, 0.15, (), (), None, Mount((0.3, -1.6, 8.4), (0.0, 0.0, 9.7)))


def started(n: int = 3, world: dict[str, Any] | None = None) -> tuple[ModularPhysicsEngine, Environment3DState]:
    one, seeds = np.ones(n), np.arange(n, dtype=np.uint64)
    c = Conditions(seeds, np.zeros(n, np.int64), one, one, seeds, one, seeds)
    engine = ModularPhysicsEngine(("traffic",), PhysicsContext(GEOMETRY, (), c, world or {}), 10.0)
    state = Environment3DState.neutral(GEOMETRY, n, 10.0, world)
    engine.start(state)
    return engine, state


def test_no_fuel_no_source() -> None:
    engine, state = started()
    engine.step(state, 10.0, RECORD, 0)
    assert not state.source_rate.any() and not state.source_heat.any()


def test_rates_are_proportional_to_fuel_and_sit_at_the_pipe() -> None:
    engine, state = started()
    state.causes["exhaust_fuel"] = np.array([0.0, 2e-4, 4e-4])
    state.causes["exhaust_x"], state.causes["exhaust_y"] = np.full(3, 3.0), np.full(3, -4.0)
    engine.step(state, 10.0, RECORD, 0)
    rate = state.source_rate[:, SLOT]
    assert not rate[0].any()
    np.testing.assert_allclose(rate[2], 2 * rate[1], rtol=1e-12)
    np.testing.assert_allclose(rate[1, INDEX["CO"]], 20e-3 * 2e-4)
    np.testing.assert_array_equal(state.source_position[:, SLOT], np.tile([3.0, -4.0, 0.3], (3, 1)))
    np.testing.assert_allclose(state.source_heat[:, SLOT], [0.0, 2600.0, 5200.0])
    assert not state.source_rate[:, (0, 1, 3)].any()


def test_carbon_of_the_exhaust_is_the_carbon_of_the_fuel() -> None:
    """CO2, CO and CH4 at the medians carry 0.84 to 0.88 kg carbon per kg of fuel (petrol and diesel: 0.86)."""
    engine, state = started(1)
    state.causes["exhaust_fuel"] = np.ones(1)
    engine.step(state, 10.0, RECORD, 0)
    rate = state.source_rate[0, SLOT]
    carbon = sum(rate[INDEX[s]] * 0.012011 / m for s, m in (("CO2", 0.04401), ("CO", 0.02801), ("CH4", 0.01604)))
    assert 0.84 < carbon < 0.88


def test_worlds_differ_and_one_world_is_the_same_everywhere() -> None:
    priors = TrafficModule.priors()
    world = dict(draw_world(priors, np.array([1, 2, 1], dtype=np.uint64)))
    engine, state = started(3, world)
    state.causes["exhaust_fuel"] = np.full(3, 1e-4)
    engine.step(state, 10.0, RECORD, 0)
    np.testing.assert_array_equal(state.source_rate[0], state.source_rate[2])
    assert state.source_rate[0, SLOT, INDEX["CO"]] != state.source_rate[1, SLOT, INDEX["CO"]]
    assert all("recalled" in p.source for p in priors)
