"""Laws of the modules "releases" and "disturbance": one rate moves everything; nothing happens without a cause."""

from typing import Any

import numpy as np
import pytest

from gg_gym.parameters.releases import CODES, RELEASES, WASH
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.releases import SLOT
from gg_gym.physics.species import INDEX
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.vibration import features
from gg_gym.products import load_product

PRODUCT = load_product("grid_guardian")
MODULES = (*PRODUCT.physics, *(m for m in ("releases", "disturbance") if m not in PRODUCT.physics))


def started(n: int, dt: float = 10.0, modules: Any = MODULES) -> tuple[ModularPhysicsEngine, Environment3DState]:
    conditions = PRODUCT.draw(np.arange(n, dtype=np.uint64))
    engine = ModularPhysicsEngine(modules, PhysicsContext(PRODUCT.geometry, PRODUCT.site_objects, conditions, {}), dt)
    state = Environment3DState.neutral(PRODUCT.geometry, n, dt)
    state.hour = conditions.hour.copy()
    engine.start(state)
    return engine, state


def release(state: Environment3DState, row: Any, kind: str, rate: float, **causes: float) -> None:
    state.causes["release_kind"][row], state.causes["release_rate"][row] = CODES[kind], rate
    for key, value in causes.items():
        state.causes[f"release_{key}"][row] = value


def answers(state: Environment3DState) -> list[Any]:
    point = np.array([PRODUCT.geometry.mount.position])
    memory = [v for k, v in sorted(state.memory.items()) if isinstance(v, np.ndarray)]
    return [state.concentration(point), state.wind(point), state.air_temperature_at(point), state.pressure,
            state.electric_field(point), features(state), *memory]  # fmt: skip


def test_without_a_cause_nothing_happens_bit_for_bit() -> None:
    """Beside a row that has everything, a row without a cause stays what it is in a state without the modules."""
    engine, state = started(2)
    plain, other = started(2, modules=tuple(m for m in MODULES if m not in ("releases", "disturbance")))
    release(state, 0, "brush fire", 0.1)
    state.causes["rotor_thrust"][0], state.causes["vortex_speed"][0], state.causes["body_kind"][0] = 1e4, 10.0, 2.0
    for i in range(4):
        engine.step(state, 10.0, RECORD, i)
        plain.step(other, 10.0, RECORD, i)
    point = np.array([PRODUCT.geometry.mount.position])
    for query in ("concentration", "wind", "air_temperature_at", "electric_field"):
        assert np.array_equal(getattr(state, query)(point)[1], getattr(other, query)(point)[1]), query
    assert np.array_equal(features(state)[1], features(other)[1]) and state.pressure[1] == other.pressure[1]


def test_a_row_is_the_same_in_any_batch() -> None:
    engine, state = started(5)
    alone, one = started(1)
    for s, rows in ((state, slice(None)), (one, slice(None))):
        release(s, rows, "fireworks", 0.2, y=3.0, z=3.0)
        s.causes["vortex_speed"][rows] = s.causes["rotor_thrust"][rows] = 9.0
    for i in range(6):
        engine.step(state, 10.0, RECORD, i)
        alone.step(one, 10.0, RECORD, i)
    for a, b in zip(answers(state), answers(one), strict=True):
        assert np.array_equal(a[:1], b)


@pytest.mark.parametrize("kind", CODES)
def test_everything_goes_with_the_rate_and_ends_with_it(kind: str) -> None:
    engine, state = started(2)
    release(state, slice(None), kind, 1.0)
    usual = RELEASES[CODES[kind] - 1].rate
    state.causes["release_rate"][:] = usual, 2.0 * usual
    engine.step(state, 10.0, RECORD, 0)
    rate, power = state.source_rate[:, SLOT], state.memory["releases.sound_power"]
    if RELEASES[CODES[kind] - 1].burst == 0.0:
        np.testing.assert_allclose(rate[1], 2.0 * rate[0], rtol=1e-12)
        np.testing.assert_allclose(power[1], 2.0 * power[0], rtol=1e-12)
    assert (rate >= 0.0).all() and (state.source_heat[:, SLOT] >= 0.0).all()
    state.causes["release_kind"][:] = 0.0
    engine.step(state, 10.0, RECORD, 1)
    assert not state.source_rate[:, SLOT].any() and "releases.sound_power" not in state.memory
    assert not any(state.memory[f"releases.{k}"].any() for k in ("warmth", "shake", "radio", "cloud"))


def test_carbon_of_what_burns_is_no_more_than_the_fuels() -> None:
    """CO2, CO, CH4 of engines carry 0.7 to 0.9 kg carbon per kg; wood's tables at most 0.55."""
    for r in RELEASES:
        carbon = sum(
            0.012011 / m * r.emission.get(k, 0.0) for k, m in (("CO2", 0.04401), ("CO", 0.02801), ("CH4", 0.01604))
        )
        if r.name in ("generator", "portable generator", "lawn mower", "helicopter"):
            assert 0.7 < carbon < 0.9, r.name
        elif r.name != "asphalt paving":
            assert carbon < 0.56, r.name
        assert sum(v for k, v in r.emission.items() if k not in ("CO2", "H2O")) < 1.01, r.name


def test_bursts_come_as_often_as_the_rate_says_whatever_the_step() -> None:
    """The mean emission of fireworks is their rate, in steps of 2.5 s and of 20 s."""
    for dt, steps in ((2.5, 240), (20.0, 60)):
        engine, state = started(40, dt, ("weather", "airflow", "releases"))
        release(state, slice(None), "fireworks", 0.03)
        total = 0.0
        for i in range(steps):
            engine.step(state, dt, RECORD, i)
            total += float(state.memory["releases.cloud"].mean()) / steps
        assert total == pytest.approx(0.03, rel=0.12)


def test_a_source_by_the_wind_stands_upwind_and_stays() -> None:
    engine, state = started(3)
    release(state, slice(None), "paint", 1e-3, by_wind=1.0, x=10.0, y=0.0)
    engine.step(state, 10.0, RECORD, 0)
    where = state.source_position[:, SLOT, :2].copy()
    upwind = np.stack([np.sin(state.memory["releases.upwind"]), np.cos(state.memory["releases.upwind"])], axis=1)
    np.testing.assert_allclose(where, 10.0 * upwind, atol=1e-9)
    engine.step(state, 3600.0, RECORD, 1)
    np.testing.assert_array_equal(where, state.source_position[:, SLOT, :2])


def test_a_mower_walks_to_and_fro_at_its_speed_for_any_step() -> None:
    places = []
    for dt, steps in ((5.0, 8), (20.0, 2)):
        engine, state = started(1, dt)
        release(state, 0, "lawn mower", 2e-4, y=0.0, speed=1.2, span=15.0, heading=0.5 * np.pi)
        for i in range(steps):
            engine.step(state, dt, RECORD, i)
        places.append(state.source_position[0, SLOT].copy())
    np.testing.assert_allclose(places[0], places[1], atol=1e-9)
    gone = np.mod(1.2 * 40.0, 30.0)
    assert places[0][0] == pytest.approx(min(gone, 30.0 - gone))


def test_a_brush_fire_upwind_warms_the_unit_and_drives_a_draught() -> None:
    engine, state = started(24)
    release(state, slice(None), "brush fire", 0.3, by_wind=1.0, x=5.0, y=0.0)
    warm = np.zeros(24)
    for i in range(12):
        engine.step(state, 10.0, RECORD, i)
        warm = np.maximum(warm, state.memory["releases.warmth"])
    assert np.quantile(warm, 0.5) > 1.0 and warm.max() <= 80.0
    assert (state.memory["releases.draught"][..., 2].mean(axis=1) >= -1e-9).all()


def test_a_dust_devil_passes_once_and_is_the_same_for_any_step() -> None:
    found = []
    for dt, steps in ((2.5, 24), (10.0, 6)):
        engine, state = started(4, dt)
        state.causes["vortex_speed"][:], state.causes["vortex_time"][:] = 12.0, 60.0
        for i in range(steps):
            engine.step(state, dt, RECORD, i)
        found.append(state.memory["disturbance.swirl"].copy())
        state.causes["vortex_speed"][:] = 0.0
        engine.step(state, dt, RECORD, steps)
        assert not state.memory["disturbance.swirl"].any()
    # at 60 s its core is over the unit: no swirl there, whatever the step
    np.testing.assert_allclose(found, 0.0, atol=1e-6)


@pytest.mark.parametrize("dt", [0.02, 1.0, 60.0, 3600.0, 17.3])
def test_wash_and_draught_have_one_spread_at_the_instant_whatever_the_step(dt: float) -> None:
    """Their eddies are white on the fine axis, bounded at three deviations: the instant spreads alike for any dt."""
    winds = []
    for thrust in (0.0, 2e4):
        engine, state = started(400, dt, modules=("weather", "airflow", "disturbance", "releases", "dispersion"))
        causes: dict[str, float] = {"rotor_thrust": thrust, "rotor_radius": 5.0, "rotor_z": 15.0}
        for key, value in causes.items():
            state.causes[key][:] = value
        release(state, slice(None), "brush fire", 0.3, by_wind=1.0, x=5.0, y=0.0)
        engine.step(state, dt, RECORD, 0, coarse=dt > 60.0)
        winds.append(state.wind10[:, -1, :2].copy())
    blown = (winds[1] - winds[0]) / state.memory["disturbance.wash"][:, None]
    assert blown.std() == pytest.approx(0.986 * WASH.turbulence, rel=0.1) and abs(blown.mean()) < 0.02
    draught = state.memory["releases.draught"][:, -1]
    rising = draught[:, 2] > 0.0
    eddies = draught[rising, :2] / np.maximum(draught[rising, 2:], 1e-9)
    assert rising.any() and 0.15 < eddies.std() < 0.6


def test_a_lineworker_distorts_the_field_and_leaves_it_as_it_was() -> None:
    engine, state = started(2)
    point = np.array([PRODUCT.geometry.mount.position])
    engine.step(state, 10.0, RECORD, 0)
    before = state.electric_field(point).copy()
    x, y, z = PRODUCT.geometry.mount.position
    state.causes["body_kind"][0], state.causes["body_x"][0] = 2.0, x + 0.9
    state.causes["body_y"][0], state.causes["body_z"][0] = y, z + 0.3
    engine.step(state, 10.0, RECORD, 1)
    change = np.abs(state.electric_field(point) - before).max(axis=(1, 2, 3))
    assert change[0] > 0.02 * np.abs(before).max() and change[0] > 10.0 * change[1]
    state.causes["body_kind"][:] = 0.0
    engine.step(state, 10.0, RECORD, 2)
    assert not state.ambient_e.any()


def test_a_petrol_engine_disturbs_radio_and_a_diesel_does_not() -> None:
    engine, state = started(2)
    release(state, 0, "portable generator", 3e-4, y=3.0)
    release(state, 1, "generator", 2e-3, y=3.0)
    engine.step(state, 10.0, RECORD, 0)
    radio = state.memory["releases.radio"]
    assert radio[0] > 1e4 and radio[1] == 0.0
    assert (state.memory["releases.shake"] > 0.0).all() and state.source_rate[0, SLOT, INDEX["CO"]] > 0.0
