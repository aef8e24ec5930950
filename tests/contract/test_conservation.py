"""What is conserved, in every family, with the engine and every module of the product: mass, energy, charge."""

from functools import lru_cache

import numpy as np
import pytest

from gg_gym import ScenarioDefinition, Twin, load_product
from gg_gym.physics.engine import LEAD_IN
from gg_gym.scenarios import SCENARIOS

ROWS = 6
FAMILIES = tuple(SCENARIOS)
#: Modules that keep a ledger, whether the product names them or not.
MODULES = ("transformer", "heat", "wood", "smoulder", "power", "enclosure", "soiling")
#: Step [s] -> steps of an event.
STEPS = {10.0: 24, 400.0: 5}
#: Largest residual, of the throughput.
CLOSES = 1e-6


@lru_cache(maxsize=8)
def whole_twin(dt: float) -> Twin:
    """The product with every physics module beside the plume's alternatives, and a short past."""
    product = load_product("grid_guardian")
    modules = [*product.physics, *(key for key in MODULES if key not in product.physics)]
    past = {**product.operation.model_dump(), "spin_up_hours": 3, "lead_in": 600.0}
    return Twin(product.replace(physics=modules, operation=past), dt=dt, thermal=False)


@pytest.fixture(scope="module", params=[(f, dt) for f in FAMILIES for dt in STEPS], ids=str)
def course(request):
    """Engine, state before and after, of a severe event that acts all the time."""
    family, dt = request.param
    twin = whole_twin(dt)
    severe = ScenarioDefinition(family=family, parameters={"severity": 0.95, "phase": 1.0, "place": 0.4})
    session = twin.begin(twin.draw(np.arange(ROWS)))
    session.set_scenarios([severe] * ROWS)
    before = session.state.take(np.arange(ROWS))
    for key, value in SCENARIOS[family](severe.parameters).causes(twin.product.geometry).items():
        session.state.causes[key][:] = value
    for index in range(STEPS[dt]):
        session.engine.step(session.state, dt, LEAD_IN, index)
    return family, session, before


def closes(residual, *throughput):
    """Whether a residual vanishes beside the throughput."""
    scale = np.sum([np.abs(x) for x in throughput], axis=0)
    return (np.abs(residual) <= CLOSES * scale + 1e-12).all()


def test_what_is_emitted_is_what_is_lost(course):
    family, session, _ = course
    state = session.state
    oxygen = state.memory["smoulder.oxygen"]
    assert closes(state.emitted.sum(axis=1) - oxygen - state.mass_lost, state.mass_lost, oxygen)
    assert closes(state.mass_lost + state.char_mass - state.dry_mass, state.dry_mass)
    assert (state.emitted >= 0.0).all() and (state.mass_lost >= 0.0).all() and (oxygen >= 0.0).all()
    if family == "early_combustion":
        assert (state.mass_lost > 0.0).all()


@pytest.mark.parametrize("name", ["heat.", "heat.line_", "enclosure."])
def test_heat_in_less_heat_out_is_heat_stored(course, name):
    _, session, before = course
    memory = session.state.memory
    taken, given, stored = (memory[f"{name}{key}"] for key in ("in", "out", "stored"))
    assert closes(taken - given - stored, taken, given)
    step = [memory[f"{name}{key}"] - before.memory[f"{name}{key}"] for key in ("in", "out", "stored")]
    assert (np.abs(step[0]) > 0.0).all()
    assert closes(step[0] - step[1] - step[2], taken, given)  # of the event alone


def test_stored_heat_is_capacity_times_the_rise(course):
    _, session, before = course
    parts = session.state.geometry.components
    own = [i for i, c in enumerate(parts) if c.kind != "transformer"]
    capacity = np.array([parts[i].heat_capacity for i in own])
    rise = (session.state.memory["heat.node"] - before.memory["heat.node"])[:, own]
    stored = (session.state.memory["heat.stored"] - before.memory["heat.stored"])[:, own]
    assert closes(stored - capacity * rise, session.state.memory["heat.in"][:, own])


def test_charge_of_the_battery_is_what_went_in_less_what_came_out(course):
    _, session, before = course
    power = next(m for m in session.engine.modules if m.key == "power")
    memory, past = session.state.memory, before.memory
    size = 3600.0 * power.capacity(session.state)
    gained, drawn = (memory[f"power.{key}"] - past[f"power.{key}"] for key in ("gained", "drawn"))
    assert closes(gained - drawn - size * (memory["power.charge"] - past["power.charge"]), gained, drawn, 1e-6 * size)
    assert (gained + drawn > 0.0).any()
    assert ((memory["power.charge"] >= -1e-12) & (memory["power.charge"] <= 1.0 + 1e-12)).all()


def test_the_batterys_current_is_its_charge(course):
    _, session, _ = course
    state, dt = session.state, session.twin.dt
    before = state.take(np.arange(ROWS))
    session.engine.step(state, dt, LEAD_IN, 10_000, coarse=True)  # one step, not sub-divided
    drawn = state.memory["power.drawn"] - before.memory["power.drawn"]
    np.testing.assert_allclose(drawn, dt * np.maximum(state.memory["power.current"], 0.0), rtol=1e-6, atol=1e-6)
