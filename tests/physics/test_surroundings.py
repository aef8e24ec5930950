"""Laws of what a camera sees besides the pole, and of the ground's warmth."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.equations.radiometry import SUN_RADIUS, band_exitance_fast, sun_band
from gg_gym.parameters import surroundings as p
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Geometry, Mount
from gg_gym.physics.site import Conditions, draw_world
from gg_gym.physics.state import Environment3DState
from gg_gym.physics.surroundings import (
    SLOTS,
    Surroundings,
    active,
    ground_exitance,
    path,
    seen,
    surface_temperature,
)

GEOMETRY = Geometry(12.0, 0.15, (), (), None, Mount((0.0, -0.7, 7.0), (0.0, 0.0, 9.7)), {})
EYE = np.array([0.0, -0.7, 7.0])
BODY, HOOD, PIPE, FAR, PLUME, ROOF, FACET = range(len(SLOTS))


def build(
    n: int = 1, dt: float = 10.0, causes: dict[str, Any] | None = None, *, median: bool = True, **values: Any
) -> tuple[ModularPhysicsEngine, Environment3DState]:
    """An engine with the module alone and its started state; causes act from the first step on."""
    serial, zero = np.arange(n, dtype=np.uint64), np.zeros(n)
    conditions = Conditions(serial, np.zeros(n, np.int64), zero, zero + 1.0, serial, zero, serial)
    world = {} if median else dict(draw_world(Surroundings.priors(), serial))
    engine = ModularPhysicsEngine(["surroundings"], PhysicsContext(GEOMETRY, (), conditions, world), dt)
    state = Environment3DState.neutral(GEOMETRY, n, dt, world)
    state.wind10[..., 0] = 2.0
    for name, value in values.items():
        getattr(state, name)[...] = value
    engine.start(state)
    for name, value in (causes or {}).items():
        state.causes[name][...] = value
    return engine, state


def run(engine: ModularPhysicsEngine, state: Environment3DState, steps: int, dt: float) -> None:
    for i in range(steps):
        engine.step(state, dt, RECORD, i)


def position(state: Environment3DState, slot: int) -> np.ndarray:
    out: np.ndarray = state.memory["surroundings.position"][0, slot]
    return out


def test_nothing_is_there_while_causes_are_neutral() -> None:
    engine, state = build(3)
    run(engine, state, 2, 10.0)
    assert not active(state).any()
    assert not active(Environment3DState.neutral(GEOMETRY, 2)).any()
    assert ground_exitance(Environment3DState.neutral(GEOMETRY, 2)) is None


def test_a_body_walks_there_and_back() -> None:
    causes = {"body_kind": 1, "body_x": 1.0, "body_y": 2.0, "body_speed": 1.0, "body_heading": np.pi / 2}
    engine, state = build(causes=causes)
    run(engine, state, 1, 4.0)
    assert position(state, BODY) == pytest.approx([5.0, 2.0, 0.9])
    run(engine, state, 1, 10.0)  # 14 m on a path of 10 m: 6 m from its start
    assert position(state, BODY) == pytest.approx([7.0, 2.0, 0.9])
    assert path(np.array([25.0]), np.array([10.0])) == pytest.approx([5.0])


def test_a_climbing_body_gains_height() -> None:
    engine, state = build(causes={"body_kind": 4, "body_speed": 0.5, "body_climb": np.pi / 2, "body_z": 7.0})
    run(engine, state, 1, 6.0)
    assert position(state, BODY)[2] == pytest.approx(10.0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.02, 200.0), min_size=1, max_size=6), st.floats(0.0, 3.0))
def test_the_path_does_not_depend_on_the_steps(steps: list[float], speed: float) -> None:
    causes = {"body_kind": 3, "body_speed": speed, "body_heading": 0.7}
    engine, state = build(causes=causes)
    for i, h in enumerate(steps):
        engine.step(state, h, RECORD, i)
    other, one = build(causes=causes)
    other.step(one, float(sum(steps)), RECORD, 0)
    np.testing.assert_allclose(position(state, BODY), position(one, BODY), atol=1e-6)


def test_bodies_are_between_air_and_skin() -> None:
    for kind, body in enumerate(p.BODIES, 1):
        engine, state = build(causes={"body_kind": kind}, air_temperature=283.15)
        run(engine, state, 1, 10.0)
        warm = state.memory["surroundings.temperature"][0, BODY]
        assert 283.15 + 5.0 < warm < body.core - 5.0


def test_an_engine_warms_up_exactly_and_the_vehicle_leaves_with_its_exhaust() -> None:
    engine, state = build(causes={"exhaust_fuel": 1e-3})
    run(engine, state, 3, p.VEHICLE.warm_up / 3)
    assert state.memory["surroundings.engine"][0] == pytest.approx(1 - np.exp(-1), rel=1e-12)
    rise = state.memory["surroundings.temperature"][0, [HOOD, PIPE]] - state.air_temperature[0]
    assert rise == pytest.approx((1 - np.exp(-1)) * np.array([p.VEHICLE.hood_rise, p.VEHICLE.pipe_rise]))
    state.causes["exhaust_fuel"][:] = 0.0
    run(engine, state, 1, 10.0)
    assert not active(state).any() and state.memory["surroundings.engine"][0] > 0.5


def test_a_plume_leans_with_the_wind_and_lets_the_background_through() -> None:
    engine, state = build(causes={"far_kind": 1, "far_z": 8.0}, wind10=(3.0, 0.0, 0.0))
    run(engine, state, 1, 10.0)
    objects = seen(state, np.array([0]), EYE)
    assert objects.position[0, PLUME, 0] > objects.position[0, FAR, 0]
    assert objects.position[0, PLUME, 2] > objects.position[0, FAR, 2] + 1.0
    assert objects.opacity[0, PLUME] < 0.2 and objects.opacity[0, FAR] == 1.0


SUN: dict[str, Any] = {"dni": 900.0, "dhi": 100.0, "ghi": 900.0, "sun": (0.0, -0.6, 0.8)}


def test_asphalt_and_roof_grow_hot_in_the_sun() -> None:
    _, state = build(air_temperature=303.15, sky_temperature=285.0, **SUN)
    rise = {k: float(surface_temperature(state, k)[0]) - 303.15 for k in ("ground", "asphalt", "roof")}
    assert 20.0 < rise["asphalt"] < 45.0  # recalled: 50 to 70 Cel on a hot day
    assert rise["ground"] < 0.6 * rise["asphalt"] < rise["roof"]
    _, night = build(air_temperature=283.15, sky_temperature=263.0)
    assert -8.0 < surface_temperature(night, "ground")[0] - 283.15 < -1.0


def test_pavement_warms_what_the_ground_sends() -> None:
    engine, state = build(2, causes={"paved_share": np.array([0.0, 1.0])}, **SUN)
    run(engine, state, 1, 10.0)
    sent = ground_exitance(state)
    assert sent is not None
    assert sent[0] == pytest.approx(band_exitance_fast(surface_temperature(state, "ground"))[0])
    assert sent[1] == pytest.approx(band_exitance_fast(surface_temperature(state, "asphalt"))[1])
    assert sent[1] > sent[0]


@settings(max_examples=25, deadline=None)
@given(
    st.floats(0.02, 3600.0), st.floats(0.0, 1200.0), st.floats(230.0, 320.0), st.floats(0.0, 25.0),
    st.floats(0.01, 2.0),
)  # fmt: skip
def test_any_step_is_stable_and_the_ledger_closes(h: float, ghi: float, air: float, wind: float, rough: float) -> None:
    engine, state = build(ghi=ghi, air_temperature=air, wind10=(wind, 0.0, 0.0), roughness=rough)
    state.ghi[:] = 1000.0 - 0.5 * ghi
    run(engine, state, 5, h)
    m = state.memory
    assert (m["surroundings.surface"] > 180.0).all() and (m["surroundings.surface"] < 420.0).all()
    through = m["surroundings.in"] + np.abs(m["surroundings.out"])
    gap = m["surroundings.in"] - m["surroundings.out"] - m["surroundings.stored"]
    assert (np.abs(gap) <= 1e-6 * through + 1e-6).all()


def test_surfaces_converge_with_the_step() -> None:
    ends = []
    for steps in (1, 12, 600):
        engine, state = build(air_temperature=288.15)
        state.ghi[:], state.dni[:] = 700.0, 600.0
        run(engine, state, steps, 3600.0 / steps)
        ends.append(surface_temperature(state, "asphalt")[0])
    assert ends[0] == pytest.approx(ends[2], abs=0.3) and ends[1] == pytest.approx(ends[2], abs=0.05)


def facet(state: Environment3DState, normal: np.ndarray) -> float:
    """Exitance of a facet of that normal towards the camera, over that of one that mirrors nothing of the sun."""
    state.causes["glint_area"][:] = 1e-3
    state.causes["glint_azimuth"][:] = np.arctan2(normal[0], normal[1])
    state.causes["glint_elevation"][:] = np.arcsin(normal[2])
    engine, _ = build()
    engine.step(state, 10.0, RECORD, 0)
    return float(seen(state, np.array([0]), EYE).exitance[0, FACET])


def test_glint_only_where_the_mirror_law_allows_it() -> None:
    _, state = build(**SUN)
    place = np.array([state.causes[f"glint_{k}"][0] for k in "xyz"])
    view = (EYE - place) / np.linalg.norm(EYE - place)
    half = view + state.sun[0]
    half /= np.linalg.norm(half)
    across = np.cross(half, [1.0, 0.0, 0.0])
    tilted = [half * np.cos(a) + across / np.linalg.norm(across) * np.sin(a) for a in (0.0, 0.02, 0.3)]
    bright, near, off = (facet(state, v) for v in tilted)
    assert bright < float(sun_band(np.array(900.0))) / SUN_RADIUS**2  # never brighter than the sun
    state.dni[:] = 0.0
    dark = facet(state, half)
    assert off == pytest.approx(dark, rel=1e-6)  # elsewhere it mirrors sky and ground alone
    assert bright - dark > 150.0 and 0.2 < (near - dark) / (bright - dark) < 0.9


def test_a_facet_that_looks_away_is_not_seen() -> None:
    engine, state = build(causes={"glint_area": 1e-3, "glint_azimuth": 0.0, "glint_elevation": 1.2}, **SUN)
    run(engine, state, 1, 10.0)
    assert active(state)[0] and not seen(state, np.array([0]), EYE).present[0, FACET]


def test_a_row_is_the_same_alone() -> None:
    causes = {"body_kind": np.array([0, 1, 3.0]), "far_kind": np.array([2, 0, 1.0]), "body_speed": 1.0}
    engine, state = build(3, causes=causes, median=False, **SUN)
    run(engine, state, 3, 7.0)
    for i in range(3):
        alone = state.take([i])
        other, _ = build(1)
        state_i = build(3, causes=causes, median=False, **SUN)[1].take([i])
        run(other, state_i, 3, 7.0)
        for key, value in alone.memory.items():
            assert np.array_equal(value, state_i.memory[key]), key
