"""Laws of what the camera sees: sub-pixel energy, warm objects, occlusion, glint, sun, masks."""

from typing import Any

import numpy as np
import pytest

from gg_gym.equations.radiometry import lepton_counts, lepton_kelvin
from gg_gym.parameters.lepton import HOT_SPOT
from gg_gym.physics.engine import RECORD, ModularPhysicsEngine, PhysicsContext
from gg_gym.physics.geometry import Box
from gg_gym.sensors.camera import RBFO
from gg_gym.sensors.scene import project, reach, rotation, spot

CEL = 273.15
QUIET: dict[str, Any] = {"thermal": {"parameters": {"fault_stuck": 0.0, "fault_dropout": 0.0, "noise": 0.0}}}


def counts(cel: Any) -> Any:
    return lepton_counts(np.asarray(cel, float) + CEL, *RBFO)


def view(kit, n=1, causes=None, steps=1, dt=10.0, place=None, changes=None, frame=True, **values):
    """Suite, state and readings with the module "surroundings" in force."""
    place = place or kit.geometry()
    suite = kit.suite(("thermal",), n, place=place, changes=changes or QUIET)
    state = kit.state(place, n, dt, **values)
    context = PhysicsContext(place, (), kit.conditions(n), {})
    engine = ModularPhysicsEngine(["surroundings"], context, dt)
    engine.start(state)
    for name, value in (causes or {}).items():
        state.causes[name][...] = value
    suite.start(state, 3, 0)
    out = []
    for i in range(steps):
        engine.step(state, dt, RECORD, i)
        out.append(suite.read(state, dt, 3, i + 1, frame=frame, frame_truth=True))
    return suite, state, out


def aim(kit, distance: float, right: float = 0.0, down: float = 0.0, place=None) -> np.ndarray:
    """A point in the first unit's view, angles off its axis [rad]."""
    suite = kit.suite(("thermal",), 1, place=place or kit.geometry())
    frame = suite.camera.scenes[0].frame
    point: np.ndarray = np.array(kit.place) + distance * (np.array([right, down, 1.0]) @ frame)
    return point


def body(kit, kind=1, distance=3.0, right=0.25, down=0.0, **more):
    x, y, z = aim(kit, distance, right, down)
    return {"body_kind": kind, "body_x": x, "body_y": y, "body_z": z, **more}


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.3, 0.1), (0.5, 0.5), (0.05, 0.45)])
def test_a_spot_below_a_pixel_keeps_its_energy_wherever_it_lies(shift) -> None:
    place, frame = np.zeros(3), np.eye(3)
    focal = 40.0 / np.tan(np.deg2rad(25.0))
    x, y = (shift[0] + 0.5) / focal, (shift[1] + 0.5) / focal
    seen = spot(place, frame, np.array([x, y, 1.0]) * 3.0, np.full(3, 0.01), lambda d, x, y: np.full(len(d), np.inf))
    assert seen is not None
    assert seen.sum() == pytest.approx(np.pi * (0.01 / 3.0 * focal) ** 2, rel=0.01)
    assert (seen > 0).sum() <= 4


def test_a_hot_bolt_keeps_its_energy_within_a_pixel(kit) -> None:
    """The picture's sum over the spot does not depend on where the part lies within a pixel."""
    totals = []
    for step in (0.0, 0.004, 0.009, 0.013):
        place = kit.geometry(hot=(0.3 + step, -0.6, 9.4), radius=0.008)
        suite = kit.suite(("thermal",), place=place)
        scene = suite.camera.scenes[0]
        far = np.linalg.norm(np.array(place.components[0].position) - np.array(kit.place))
        totals.append(scene.clean[scene.used == 0].sum() * far**2)
    assert np.ptp(totals) < 0.02 * np.mean(totals)


def test_a_warm_body_shows_where_the_pinhole_says(kit) -> None:
    suite, state, out = view(kit, causes=body(kit, kind=3))
    bare = view(kit)[2][0]
    scene, at = suite.camera.scenes[0], state.memory["surroundings.position"][0, 0]
    for name in ("frame_ideal", "frame"):
        added = getattr(out[0], name)[0].astype(float) - getattr(bare, name)[0].astype(float)
        row, column = np.nonzero(added > 0.5 * added.max())
        assert (row.mean(), column.mean()) == pytest.approx(project(at, scene.place, scene.frame), abs=1.0)
        assert 10 < len(row) < 60


def test_a_small_body_sends_what_its_area_does(kit) -> None:
    causes = body(kit, kind=3, distance=20.0)
    suite, state, out = view(kit, causes=causes)
    added = suite.camera._objects(state, suite.climate(state, 0.0), np.ones(1))
    share = sum(s.sum() for s, _ in added[0])
    focal = 40.0 / np.tan(np.deg2rad(25.0))
    size = state.memory["surroundings.size"][0, 0]
    assert np.pi * size[0] ** 2 < share / focal**2 * 20.0**2 < np.pi * size[0] * size[2] * 1.3
    assert out[0].frame_ideal.dtype == np.uint16


def test_a_moving_body_moves_through_the_frames(kit) -> None:
    suite = kit.suite(("thermal",), 1)
    right = suite.camera.scenes[0].frame[0]
    causes = body(kit, kind=3, distance=1.2, right=-0.35, body_speed=0.04, body_span=4.0)
    causes |= {"body_heading": np.arctan2(right[0], right[1]), "body_climb": np.arcsin(right[2])}
    _, _, out = view(kit, causes=causes, steps=3, dt=5.0)
    empty = view(kit)[2][0].frame_ideal[0].astype(float)
    columns = [np.abs(r.frame_ideal[0] - empty).sum(axis=0).argmax() for r in out]
    assert columns[0] + 8 < columns[1] and columns[1] + 8 < columns[2]


def test_behind_the_crossarm_it_is_not_seen(kit) -> None:
    causes = body(kit, kind=4, distance=2.5, right=0.2)
    at = np.array([causes[f"body_{k}"] for k in "xyz"])
    half = np.array(kit.place) + 0.5 * (at - np.array(kit.place))
    arm = Box("arm", tuple(half - 0.15), tuple(half + 0.15), "pole")
    hidden = kit.geometry(arm)
    free, covered = (
        view(kit, causes=causes, place=g)[2][0].frame_ideal[0].astype(int)
        - view(kit, place=g)[2][0].frame_ideal[0].astype(int)
        for g in (kit.geometry(), hidden)
    )
    assert np.abs(free).max() > 20 and not covered.any()
    suite = kit.suite(("thermal",), 1, place=hidden)
    ray = (at - np.array(kit.place)) / np.linalg.norm(at - np.array(kit.place))
    assert reach(hidden, suite.camera.scenes[0].place, ray[None], *np.zeros((2, 1)))[0] < 2.0


def test_a_body_in_front_hides_the_spot_and_its_mask(kit) -> None:
    place = kit.geometry()
    spot_at, eye = np.array(place.components[0].position), np.array(kit.place)
    x, y, z = eye + 0.5 * (spot_at - eye)
    warm = {"temperature": 293.15}
    suite, state, _ = view(kit, causes={"body_kind": 1, "body_x": x, "body_y": y, "body_z": z}, **warm)
    bare, cold, _ = view(kit, **warm)
    for s in (state, cold):
        s.temperature[:, 0] = 400.0
    assert bare.camera.hot_spot_mask(cold).any() and not suite.camera.hot_spot_mask(state).any()


def test_rows_without_objects_do_not_change(kit) -> None:
    causes = body(kit)
    causes["body_kind"] = np.array([0, 1, 0])
    mixed = view(kit, 3, causes)[2][0]
    alone = view(kit, 3)[2][0]
    for i in (0, 2):
        assert np.array_equal(mixed.frame[i], alone.frame[i])
        assert np.array_equal(mixed.frame_ideal[i], alone.frame_ideal[i])
    assert not np.array_equal(mixed.frame[1], alone.frame[1])


def test_a_row_is_the_same_alone(kit) -> None:
    loud = {"thermal": {"parameters": {"fault_dropout": 0.0}}}
    causes = body(kit) | {"far_kind": 1.0, "far_y": 6.0, "far_z": 12.0}
    batch = view(kit, 12, causes, steps=2, changes=loud)[2][-1]
    one = view(kit, 1, causes, steps=2, changes=loud)[2][-1]
    for name in ("frame", "frame_ideal", "frame_mask"):
        assert np.array_equal(getattr(batch, name)[0], getattr(one, name)[0])


def test_a_glint_flashes_only_at_the_mirror_angle(kit) -> None:
    at = aim(kit, 2.0, 0.2)
    sun = np.array([0.0, -0.6, 0.8])
    eye = (np.array(kit.place) - at) / np.linalg.norm(np.array(kit.place) - at)
    half = (eye + sun) / np.linalg.norm(eye + sun)
    peaks = []
    for turn in (0.0, 0.4):
        causes = {"glint_area": 4e-4, **{f"glint_{k}": v for k, v in zip("xyz", at, strict=True)}}
        causes |= {"glint_azimuth": np.arctan2(half[0], half[1]) + turn, "glint_elevation": np.arcsin(half[2])}
        _, _, out = view(kit, causes=causes, dni=900.0, ghi=700.0, sun=tuple(sun), sky_window=100.0)
        base = view(kit, causes=causes, dni=0.0, ghi=700.0, sun=tuple(sun), sky_window=100.0)[2][0]
        peaks.append((out[0].frame_ideal.astype(int) - base.frame_ideal.astype(int)).max())
    assert peaks[0] > 50 and peaks[1] <= 2


def test_the_sun_in_view_saturates_and_a_wall_hides_it(kit) -> None:
    eye = np.array(kit.place)
    towards = aim(kit, 1.0, -0.2, -0.15) - eye
    towards /= np.linalg.norm(towards)
    sky = {"dni": 900.0, "ghi": 800.0, "sun": tuple(towards)}
    _, _, out = view(kit, **sky)
    scene = kit.suite(("thermal",), 1).camera.scenes[0]
    row, column = project(eye + 10.0 * towards, scene.place, scene.frame)
    peak = np.unravel_index(out[0].frame_ideal[0].argmax(), (60, 80))
    assert peak == pytest.approx((row, column), abs=1.0) and out[0].frame_ideal.max() > 4000
    wall = Box("wall", tuple(eye + 1.5 * towards - 0.3), tuple(eye + 1.5 * towards + 0.3), "pole")
    assert view(kit, place=kit.geometry(wall), **sky)[2][0].frame_ideal.max() < 3500


def test_a_shiny_joint_at_80_cel_reads_cold_under_a_clear_sky(kit) -> None:
    """Facts 5.4: clear sky of -62 Cel in the band at 20 Cel and 5 hPa."""
    place = kit.geometry(hot=(0.35, -0.8, 9.6), radius=0.25)
    shown = []
    for emissivity in (0.2, 0.95):
        suite, state, _ = view(kit, place=place, temperature=293.15, sky_window=33.0, air_temperature=293.15)
        state.emissivity[:, 0], state.temperature[:, 0] = emissivity, 353.15
        state.memory["surroundings.surface"][:] = 293.15
        share = suite.camera.visible()["spot"]
        image = suite.camera.truth(state, suite.climate(state, 0.0))[0]
        centre = np.rint(project(place.components[0].position, *camera_of(suite))).astype(int)
        shown.append(image[tuple(centre)] / 10 - CEL)
        assert share > 20
    assert shown[0] < 20.0 and shown[1] > 70.0  # colder than the air, though it is at 80 Cel


def camera_of(suite) -> tuple[np.ndarray, np.ndarray]:
    scene = suite.camera.scenes[0]
    return scene.place, scene.frame


def test_a_neighbour_that_is_hot_shows_in_a_mirror(kit) -> None:
    parts = kit.geometry().components
    near = parts[0].__class__("near", "wood", (0.0, -0.2, 9.75), 0.04, 0.95, 0.7, 1000.0, 0.1)
    place = kit.geometry()
    place = place.__class__(
        place.pole_height, place.pole_radius, (*parts, near), place.boxes, place.line, place.mount, {}
    )
    suite, state, _ = view(kit, place=place, temperature=293.15)
    climate = suite.climate(state, 0.0)
    state.emissivity[:, 0] = 0.3
    before = suite.camera.scene_counts(state, climate)[0, 0]
    state.temperature[:, 3] = 450.0
    assert suite.camera.scene_counts(state, climate)[0, 0] > before + 50


def test_masks_agree_with_geometry_and_margin(kit) -> None:
    suite, state, out = view(kit, 2, temperature=293.15)
    assert out[0].frame_mask.dtype == np.uint8 and not out[0].frame_mask.any()
    state.temperature[1, 0] = 293.15 + HOT_SPOT.margin + 1.0
    mask = suite.camera.hot_spot_mask(state)
    assert not mask[0].any()
    assert np.array_equal(mask[1].reshape(-1) > 0, suite.camera.scenes[1].coverage[0] >= HOT_SPOT.share)
    row, column = project(state.geometry.components[0].position, *camera_of(suite))
    scene = suite.camera.scenes[1]
    row, column = project(state.geometry.components[0].position, scene.place, scene.frame)
    where = np.argwhere(mask[1]).mean(axis=0)
    assert tuple(where) == pytest.approx((row, column), abs=1.0)
    assert not suite.camera.hot_spot_mask(state, margin=20.0).any()


def test_no_mask_without_truth_frames(kit) -> None:
    suite, state, _ = view(kit)
    assert suite.read(state, 10.0, 3, 9, frame=True).frame_mask is None


def test_fog_hides_a_warm_thing_far_away(kit) -> None:
    x, y, z = aim(kit, 60.0, 0.1)
    causes = {"far_kind": 1, "far_x": x, "far_y": y, "far_z": z, "far_size": 4.0}
    peaks = []
    for liquid in (0.0, 0.3):
        suite, state, _ = view(kit, causes=causes, air_temperature=293.15, sky_window=130.0)
        state.memory["weather.fog"] = np.full(1, liquid)
        added = suite.camera._objects(state, suite.climate(state, 0.0), np.ones(1))
        peaks.append(max(value for _, value in added[0]) - counts(20.0 - 0.0098 * 6.4))
    assert peaks[1] < 0.2 * peaks[0]


def test_mounting_errors_turn_the_picture(kit) -> None:
    at, target = np.array(kit.place), np.array(kit.geometry().mount.target)
    straight, rolled = (rotation(target - at, 0.0, 0.0, r) for r in (0.0, 0.1))
    point = target + np.array([0.3, 0.0, 0.0])
    assert project(point, at, straight)[0] != pytest.approx(project(point, at, rolled)[0], abs=0.5)


def test_the_ground_that_is_seen_is_the_modules(kit) -> None:
    suite, state, _ = view(kit, causes={"paved_share": 1.0}, ghi=900.0, dni=800.0)
    climate = suite.climate(state, 0.0)
    c = len(state.geometry.components)
    ground = lepton_kelvin(suite.camera.scene_counts(state, climate)[0, c + 2], *RBFO)
    assert ground == pytest.approx(state.memory["surroundings.surface"][0, 1], abs=0.3)
