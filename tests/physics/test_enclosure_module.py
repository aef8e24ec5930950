from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations.enclosure import outer_coefficient
from gg_gym.equations.heat import radiated
from gg_gym.parameters.enclosure import BOX
from gg_gym.physics.enclosure import Enclosure, internal_temperature
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry, Mount
from gg_gym.physics.site import Conditions, draw_world
from gg_gym.physics.state import Environment3DState

GEOMETRY = Geometry(12.0, 0.15, (), (), None, Mount((0.0, -0.7, 10.0), (0.0, 0.0, 9.7)), {})


def build(
    n: int = 1, dt: float = 10.0, *, median: bool = True, **values: Any
) -> tuple[ModularPhysicsEngine, Environment3DState]:
    """An engine with the enclosure alone and its started state; prior medians unless ``median`` is false."""
    serial = np.arange(n, dtype=np.uint64)
    zero = np.zeros(n)
    conditions = Conditions(serial, np.zeros(n, np.int64), zero, zero + 1.0, serial, zero, serial)
    world = {} if median else dict(draw_world(Enclosure.priors(), serial))
    engine = ModularPhysicsEngine(["enclosure"], PhysicsContext(GEOMETRY, (), conditions, world), dt)
    state = Environment3DState.neutral(GEOMETRY, n, dt, world)
    state.wind10[..., 0] = 2.0
    for name, value in values.items():
        getattr(state, name)[...] = value
    engine.start(state)
    return engine, state


def rises(state: Environment3DState) -> tuple[float, float]:
    air = state.air_temperature_at(np.array([GEOMETRY.mount.position]))[0, 0]
    return float(state.memory["enclosure.shell"][0] - air), float(internal_temperature(state)[0] - air)


def test_sun_warms_the_box_as_published() -> None:
    _, state = build(dni=900.0, dhi=100.0, ghi=850.0, sun=(0.0, 0.5, 0.866), wind10=(0.5, 0.0, 0.0))
    assert 8.0 < rises(state)[1] < 25.0


def test_clear_calm_night_cools_the_shell_below_the_air() -> None:
    _, state = build(sky_temperature=270.0, wind10=(0.3, 0.0, 0.0))
    shell, inside = rises(state)
    assert -5.0 < shell < 0.0 and -3.0 < inside < 5.0


def test_wind_brings_it_to_the_air() -> None:
    sun: dict[str, Any] = {"dni": 800.0, "dhi": 100.0, "ghi": 700.0, "sun": (0.0, 0.5, 0.866)}
    calm, windy = (rises(build(wind10=(u, 0.0, 0.0), **sun)[1])[0] for u in (0.3, 8.0))
    assert windy < 0.4 * calm


def test_heat_inside_warms_air_before_the_shell() -> None:
    engine, state = build()
    before = rises(state)
    state.causes["enclosure_heat"][:] = 3.0
    engine.step(state, 60.0, RECORD, 0)
    shell, inside = (a - b for a, b in zip(rises(state), before, strict=True))
    assert inside > 5.0 * shell > 0.0


def test_start_is_stationary() -> None:
    engine, state = build(3, median=False, dni=700.0, dhi=90.0, ghi=600.0, sun=(0.0, 0.6, 0.8))
    first = internal_temperature(state).copy()
    for index in range(20):
        engine.step(state, 600.0, RECORD, index)
    np.testing.assert_allclose(internal_temperature(state), first, atol=1e-6)


def course(hour: Any) -> dict[str, Any]:
    """A June day: air [K] and sun at an hour; 15 to 30 Cel."""
    up = np.maximum(np.sin(np.pi * (hour - 5.0) / 14.0), 0.0) * (5.0 < hour < 19.0)
    return {"air_temperature": 295.65 + 7.5 * np.cos(np.pi * (hour - 15.0) / 12.0), "dni": 900.0 * np.sqrt(up),
            "dhi": 130.0 * up, "ghi": 950.0 * up, "sun": (0.0, np.sqrt(1.0 - 0.8 * up * up), 0.894 * up)}  # fmt: skip


def day(dt: float) -> Environment3DState:
    """One day of the course under 2 m/s at the box."""
    engine, state = build(1, dt)
    for index in range(round(86400.0 / dt)):
        for name, value in course((index + 0.5) * dt / 3600.0).items():
            getattr(state, name)[...] = value
        engine.step(state, dt, RECORD, index)
    return state


def test_enc_2_energy_closes_over_a_day() -> None:
    state = day(600.0)
    memory = state.memory
    residual = memory["enclosure.in"] - memory["enclosure.out"] - memory["enclosure.stored"]
    assert np.abs(residual)[0] < 1e-9 * memory["enclosure.in"][0]


def test_enc_2_the_linearised_step_loses_what_the_true_balance_loses() -> None:
    """The unlinearised balance, integrated with 1 s Euler steps, throws off the same energy within 0.1 %."""
    shell = inside = np.array([float(build(1)[1].memory["enclosure.shell"][0])])
    inside = build(1)[1].memory["enclosure.air"]
    outer, link, h = BOX.area * outer_coefficient(np.array([2.0])), BOX.area * 5.0, 5.0
    area, lost = BOX.emissivity * BOX.area, 0.0
    for index in range(round(86400.0 / h)):
        c = course((np.floor(index * h / 60.0) + 0.5) / 60.0)
        air = c["air_temperature"] - 0.0098 * 8.0
        around = 0.5 * radiated(np.array([278.0])) + 0.5 * radiated(np.array([c["air_temperature"]]))
        beam = (c["dni"] if c["sun"][2] > 0.0 else 0.0) * BOX.sunlit
        sun = 0.5 * (beam + BOX.area * 0.5 * (c["dhi"] + 0.2 * c["ghi"]))
        off = outer * (shell - air) + area * radiated(shell)
        lost += h * float(off[0])
        shell, inside = (
            shell + h / BOX.shell * (sun + area * around - off + link * (inside - shell)),
            inside + h / BOX.inner * (BOX.draw + link * (shell - inside)),
        )
    state = day(60.0)
    assert state.memory["enclosure.out"][0] == pytest.approx(lost, rel=1e-3)
    assert state.memory["enclosure.air"][0] == pytest.approx(inside[0], abs=0.02)


def test_shorter_steps_converge() -> None:
    fine, middle, coarse = (day(dt).memory["enclosure.air"][0] for dt in (60.0, 600.0, 3600.0))
    assert abs(middle - fine) < 0.05 and abs(coarse - fine) < 0.4


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([0.02, 1.0, 60.0, 3600.0]), st.floats(0.0, 1100.0), st.floats(0.0, 40.0), st.floats(-40.0, 50.0),
    st.floats(0.0, 30.0),
)  # fmt: skip
def test_stays_bounded_and_closes(dt: Any, sun: Any, wind: Any, celsius: Any, heat: Any) -> None:
    weather: dict[str, Any] = {"dni": sun, "ghi": sun, "wind10": (wind, 0.0, 0.0), "air_temperature": celsius + 273.15}
    engine, state = build(2, dt, median=False, sun=(0.0, 0.0, 1.0), **weather)
    state.causes["enclosure_heat"][:] = heat
    for index in range(10):
        engine.step(state, dt, RECORD, index)
    memory = state.memory
    residual = memory["enclosure.in"] - memory["enclosure.out"] - memory["enclosure.stored"]
    assert (np.abs(residual) <= 1e-6 * memory["enclosure.in"]).all()
    assert ((memory["enclosure.air"] > 200.0) & (memory["enclosure.air"] < 450.0)).all()


def test_rows_do_not_depend_on_the_batch() -> None:
    def one(rows: np.ndarray) -> Environment3DState:
        engine, state = build(len(rows), ghi=500.0, dni=500.0, dhi=70.0, sun=(0.0, 0.6, 0.8))
        state.wind10[..., 0] = (0.1 * rows)[:, None]
        for index in range(3):
            engine.step(state, 10.0, RECORD, index)
        return state

    batch = one(np.arange(70))
    for row in (0, 33, 69):
        single = one(np.array([row]))
        for key in ("enclosure.shell", "enclosure.air", "enclosure.out"):
            np.testing.assert_array_equal(single.memory[key][0], batch.memory[key][row])
