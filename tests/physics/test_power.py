from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.parameters.battery_lfp import PACK
from gg_gym.parameters.solar import PANEL
from gg_gym.physics import power as module
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry, Mount
from gg_gym.physics.power import Power, battery, panel, served
from gg_gym.physics.site import Conditions, Site, draw_world
from gg_gym.physics.state import Environment3DState

GEOMETRY = Geometry(12.0, 0.15, (), (), None, Mount((0.0, -0.7, 7.2), (0.0, 0.0, 9.7)), {})
SITE = Site("a", 39.7, -105.2, 1800.0, -7.0, 0.1, 1e6, 100.0, "light", "climate")
NOON: dict[str, Any] = {"dni": 800.0, "dhi": 100.0, "ghi": 700.0, "sun": (0.0, -0.66, 0.75)}


def build(
    n: int = 1, dt: float = 10.0, *, median: bool = True, keys: Any = ("power",), first: int = 0, **values: Any
) -> tuple[ModularPhysicsEngine, Environment3DState]:
    """An engine and its started state; ``values`` overwrite attributes before the start."""
    serial = np.arange(first, first + n, dtype=np.uint64)
    zero = np.zeros(n)
    conditions = Conditions(serial, np.zeros(n, np.int64), zero, zero + 1.0, serial, zero, serial)
    world = {} if median else dict(draw_world(Power.priors(), serial))
    engine = ModularPhysicsEngine(list(keys), PhysicsContext(GEOMETRY, (SITE,), conditions, world), dt)
    state = Environment3DState.neutral(GEOMETRY, n, dt, world)
    state.wind10[..., 0] = 2.0
    for name, value in values.items():
        getattr(state, name)[...] = value
    engine.start(state)
    return engine, state


def run(engine: ModularPhysicsEngine, state: Environment3DState, dt: float, steps: int) -> None:
    for index in range(steps):
        engine.step(state, dt, RECORD, index)


def test_day_charges_and_night_drains() -> None:
    engine, state = build(**NOON)
    state.memory["power.charge"][:] = before = 0.5
    run(engine, state, 60.0, 60)
    noon = battery(state)[0]
    assert noon[0] > before and noon[2] < 0.0 and panel(state)[0, 2] == module.TRACKING
    state.dni[:], state.dhi[:], state.ghi[:], state.sun[:] = 0.0, 0.0, 0.0, (0.0, 0.0, -1.0)
    run(engine, state, 60.0, 60)
    night = battery(state)[0]
    assert night[0] < noon[0] and night[2] > 0.0 and panel(state)[0].tolist() == [0.0, 0.0, module.NIGHT]
    assert night[1] < noon[1]


def test_power_is_conserved_between_panel_load_and_battery() -> None:
    engine, state = build(**NOON)
    run(engine, state, 1.0, 3)
    _, volts, amperes, _ = battery(state)[0]
    given = state.memory["power.panel"][0] * PANEL.tracking * PACK.converter
    assert given + volts * amperes == pytest.approx(state.memory["power.load"][0], rel=2e-3)


def test_full_battery_limits_the_panel() -> None:
    engine, state = build(**NOON)
    state.memory["power.charge"][:] = 1.0
    run(engine, state, 60.0, 3)
    assert battery(state)[0, 2] == pytest.approx(0.0, abs=1e-9)
    assert panel(state)[0, 2] == module.LIMITED
    used = state.memory["power.panel"][0] * PANEL.tracking * PACK.converter
    assert used == pytest.approx(state.memory["power.load"][0], rel=1e-9)


def test_no_charging_below_freezing() -> None:
    engine, state = build(**NOON)
    before = battery(state)[0, 0]
    state.air_temperature[:] = 263.15
    run(engine, state, 60.0, 30)
    assert battery(state)[0, 0] == before and panel(state)[0, 2] == module.TOO_COLD
    assert served(state)[0] == 1.0
    state.air_temperature[:] = 278.15
    run(engine, state, 60.0, 1)
    assert battery(state)[0, 0] > before


def test_empty_battery_stops_the_unit_and_cold_empties_it_earlier() -> None:
    left = []
    for kelvin in (298.15, 258.15):
        engine, state = build(air_temperature=kelvin)
        run(engine, state, 3600.0, 150)
        assert served(state)[0] == pytest.approx(0.0, abs=1e-9)
        left.append(battery(state)[0, 0])
    assert left[0] == pytest.approx(PACK.lowest, abs=0.005) and left[1] > 0.25


def test_cold_and_age_drop_the_voltage() -> None:
    drops = []
    for kelvin, factor in ((298.15, 1.0), (263.15, 1.0), (298.15, 5.0)):
        engine, state = build(air_temperature=kelvin)
        state.causes["unit_draw"][:], state.causes["cell_resistance"][:] = 20.0, factor
        state.memory["power.charge"][:] = 0.7
        run(engine, state, 1.0, 1)
        drops.append(battery(state)[0, 1])
    assert drops[1] < drops[0] - 0.1 and drops[2] < drops[0] - 0.1


def test_snow_and_dirt_take_the_light_and_rain_gives_it_back() -> None:
    engine, state = build(**NOON)
    run(engine, state, 60.0, 1)
    clean = state.memory["power.available"][0]
    state.air_temperature[:], state.rain[:] = 268.15, 2.0
    run(engine, state, 3600.0, 3)
    assert state.memory["power.snow"][0] > 0.99 and state.memory["power.available"][0] < 0.02 * clean
    state.air_temperature[:], state.rain[:] = 278.15, 0.0
    run(engine, state, 3600.0, 12)
    assert state.memory["power.snow"][0] == 0.0
    state.memory["power.soiling"][:] = 0.1
    dirty = state.memory["power.available"][0]
    state.rain[:] = 5.0
    run(engine, state, 3600.0, 1)
    assert state.memory["power.soiling"][0] < 0.01 < dirty


def test_a_covered_panel_gives_nothing() -> None:
    engine, state = build(**NOON)
    state.causes["panel_blocked"][:] = 1.0
    run(engine, state, 60.0, 1)
    assert state.memory["power.available"][0] == 0.0 and battery(state)[0, 2] > 0.0


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([0.02, 1.0, 60.0, 3600.0]), st.floats(0.0, 1100.0), st.floats(-40.0, 45.0), st.floats(0.0, 30.0),
    st.floats(0.0, 30.0), st.floats(0.0, 1.0),
)  # fmt: skip
def test_coulombs_close_and_all_stays_in_range(dt: Any, sun: Any, t: Any, rain: Any, draw: Any, charge: Any) -> None:
    engine, state = build(3, dt, median=False, dni=sun, ghi=sun, dhi=0.1 * sun, sun=(0.0, -0.6, 0.8))
    state.air_temperature[:], state.rain[:], state.causes["unit_draw"][:] = t + 273.15, rain, draw
    power = next(m for m in engine.modules if isinstance(m, Power))
    memory = state.memory
    memory["power.charge"][:] = charge
    run(engine, state, dt, 20)
    size = 3600.0 * power.capacity(state)
    moved = (memory["power.gained"] - memory["power.drawn"]) / size
    np.testing.assert_allclose(memory["power.charge"] - charge, moved, atol=1e-9)
    assert ((memory["power.charge"] >= 0.0) & (memory["power.charge"] <= 1.0 + 1e-12)).all()
    assert all(np.isfinite(value).all() for value in memory.values())
    assert ((served(state) >= 0.0) & (served(state) <= 1.0)).all()
    assert (battery(state)[:, 1] > 3.0).all() and (battery(state)[:, 1] < 4 * PACK.highest + 0.6).all()


def test_shorter_steps_converge() -> None:
    ends = []
    for dt in (30.0, 60.0, 600.0, 3600.0):
        engine, state = build(1, dt)
        state.memory["power.charge"][:] = 0.4
        for index in range(round(43200.0 / dt)):
            up = np.maximum(np.sin(np.pi * (index + 0.5) * dt / 43200.0), 0.0)
            state.dni[:], state.dhi[:], state.ghi[:], state.sun[:] = 300 * up, 60 * up, 200 * up, (0.0, -0.6, 0.8)
            engine.step(state, dt, RECORD, index)
        ends.append(battery(state)[0, 0])
    assert abs(ends[1] - ends[0]) < 1e-4 and abs(ends[2] - ends[0]) < 1e-3 and abs(ends[3] - ends[0]) < 0.01


def test_rows_do_not_depend_on_the_batch() -> None:
    def one(n: int, first: int) -> Environment3DState:
        engine, state = build(n, median=False, first=first, **NOON)
        state.causes["unit_draw"][:] = 1.0 + np.arange(first, first + n) % 5
        run(engine, state, 10.0, 4)
        return state

    batch = one(70, 0)
    for row in (0, 33, 69):
        single = one(1, row)
        for key, value in batch.memory.items():
            np.testing.assert_array_equal(single.memory[key][0], value[row])


def test_box_is_warmed_by_what_the_unit_draws() -> None:
    engine, state = build(keys=("power", "enclosure"))
    before = battery(state)[0, 3]
    state.causes["unit_draw"][:] = 4.0
    run(engine, state, 60.0, 120)
    assert battery(state)[0, 3] > before + 5.0


def test_taken_rows_go_on_alike() -> None:
    engine, state = build(4, **NOON)
    other = state.take([0, 1, 2, 3])
    run(engine, state, 10.0, 3)
    run(engine, other, 10.0, 3)
    np.testing.assert_array_equal(battery(state), battery(other))
