"""Laws of the thermal camera."""

import numpy as np
import pytest

from gg_gym.equations.radiometry import lepton_counts, lepton_kelvin
from gg_gym.parameters.lepton import LEPTON
from gg_gym.physics.geometry import Box
from gg_gym.sensors import Status
from gg_gym.sensors.camera import RBFO, counts_per_kelvin, kelvin_table, pattern_field
from gg_gym.sensors.scene import project, rotation

CEL = 273.15


def kelvin(counts):
    return lepton_kelvin(np.asarray(counts, float), *RBFO)


def counts(cel):
    return lepton_counts(np.asarray(cel, float) + CEL, *RBFO)


@pytest.mark.parametrize(("share", "reads"), [(1.0, 80.0), (0.5, 55.4), (0.1, 31.7), (0.03, 27.1)])
def test_area_shares_read_as_in_the_worked_checks(share, reads):
    assert kelvin(share * counts(80) + (1 - share) * counts(25)) - CEL == pytest.approx(reads, abs=0.06)


@pytest.mark.parametrize(
    ("emissivity", "around", "reads"),
    [(0.95, 25, 77.7), (0.8, 25, 70.6), (0.5, 25, 55.4), (0.2, 25, 38.1), (0.95, -40, 76.2), (0.8, -40, 64.2),
     (0.5, -40, 36.4), (0.2, -40, -0.7)],
)  # fmt: skip
def test_low_emissivity_mirrors_the_surroundings(emissivity, around, reads):
    assert kelvin(emissivity * counts(80) + (1 - emissivity) * counts(around)) - CEL == pytest.approx(reads, abs=0.06)


def test_one_count_is_18_6_millikelvin():
    assert 1 / counts_per_kelvin() == pytest.approx(0.0186, abs=2e-4)
    table = kelvin_table(0.01)
    assert (np.diff(table[157:].astype(int)) >= 0).all() and table[0] == 0


def scene(kit, place=None, n=1, steps=1, spot=400.0, changes=None, **values):
    place = place or kit.geometry()
    suite = kit.suite(("thermal",), n, place=place, changes=changes or {})
    world = kit.state(place, n, **values)
    world.temperature[:, 0] = spot
    return suite, world, kit.record(suite, world, steps, frame=True, frame_truth=True)


def test_a_hot_spot_is_seen_where_the_pinhole_says(kit):
    suite, _, out = scene(kit)
    place = kit.geometry()
    angles = suite.camera.unit["angles"][0]
    at = np.array(kit.place)
    row, column = project(place.components[0].position, at, rotation(np.array(place.mount.target) - at, *angles))
    hottest = np.unravel_index(out[0].frame_ideal[0].argmax(), (60, 80))
    assert hottest == pytest.approx((row, column), abs=1.5)
    assert np.unravel_index(out[0].frame[0].argmax(), (60, 80)) == pytest.approx((row, column), abs=2.5)


def test_a_centred_target_without_mounting_errors_is_in_the_middle(kit):
    at, target = np.array(kit.place), np.array(kit.geometry().mount.target)
    frame = rotation(target - at, 0.0, 0.0, 0.0)
    assert project(target, at, frame) == pytest.approx((29.5, 39.5))
    up = project(target + np.array([0, 0, 0.1]), at, frame)
    right = project(target + np.array([0.1, 0, 0]), at, frame)
    assert up[0] < 29.5 and right[1] > 39.5


def test_a_box_in_between_hides_the_spot(kit):
    free = scene(kit)[2][0].frame_ideal[0]
    wall = Box("wall", (-0.5, -0.9, 9.0), (0.5, -0.8, 10.0), "screen")
    suite, _, out = scene(kit, kit.geometry(wall))
    assert free.max() > 3300
    assert out[0].frame_ideal[0].max() < 3000
    assert suite.camera.visible()["spot"] == 0.0


def test_double_distance_covers_a_quarter_of_the_pixels(kit):
    at, direction = np.array(kit.place), np.array([-0.3, 1.4, 1.3]) / np.linalg.norm([-0.3, 1.4, 1.3])
    seen = [
        kit.suite(("thermal",), place=kit.geometry(hot=tuple(at + d * direction), radius=0.08)).camera.visible()["spot"]
        for d in (0.7, 1.4)
    ]
    assert seen[0] / seen[1] == pytest.approx(4.0, rel=0.06)


def test_noise_is_constant_in_counts_and_of_the_quoted_size(kit):
    quiet = {"thermal": {"parameters": kit.sound | {"ffc_period": 3600.0}}}
    del quiet["thermal"]["parameters"]["fault_spike"]
    for air in (263.0, 298.0, 320.0):
        _, _, out = scene(
            kit, n=1, steps=24, spot=air, changes=quiet, air_temperature=air, temperature=air, sky_window=120.0
        )
        frames = np.array([counts(r.frame[0] / 100 - CEL) for r in out])
        noise = np.diff(frames, axis=0).std(axis=0).mean() / np.sqrt(2)
        assert noise == pytest.approx(np.sqrt((LEPTON.netd * counts_per_kelvin() * 1.01) ** 2 + 1 / 12), rel=0.06)


def test_the_pattern_changes_at_each_shutter_event_and_grows_between(kit):
    suite, world, _ = scene(kit, steps=1)
    camera = suite.camera
    camera.memory["since"][:] = 1.0
    young = camera._pattern_amplitude()[0] / counts_per_kelvin()
    camera.memory["since"][:] = 180.0
    assert young == pytest.approx(0.025, abs=0.004)
    assert camera._pattern_amplitude()[0] / counts_per_kelvin() == pytest.approx(0.065, abs=1e-4)
    before = camera.memory["corner"].copy()
    suite.read(world, 10.0, 3, 50)
    assert camera.memory["shutters"][0] == 1 and not np.array_equal(before, camera.memory["corner"])
    assert pattern_field().std() == pytest.approx(1.0)


def test_the_shutter_is_flagged_and_repeats_the_last_frame(kit):
    suite, world, out = scene(kit, steps=1)
    camera = suite.camera
    camera.memory["since"][:] = 180.0 - 10.0 - 1.0
    soon = suite.read(world, 10.0, 3, 2, frame=True)
    assert soon.status[0, -1] & Status.FFC_IMMINENT
    camera.memory["since"][:] = 180.0 - 10.0 + 0.5
    closed = suite.read(world, 10.0, 3, 3, frame=True)
    assert closed.status[0, -1] & Status.MAINTENANCE
    assert np.array_equal(closed.frame, soon.frame)
    after = suite.read(world, 10.0, 3, 4, frame=True)
    assert not after.status[0, -1] & Status.MAINTENANCE and not np.array_equal(after.frame, soon.frame)
    assert out[0].frame.dtype == np.uint16


def test_the_shutter_locks_in_the_cold(kit):
    _, _, out = scene(kit, air_temperature=245.0)
    assert out[0].status[0, -1] & Status.SHUTTER_LOCKOUT


def test_beyond_range_saturates_and_says_so(kit):
    _, _, out = scene(kit, kit.geometry(radius=0.2, hot=(0.0, -0.4, 9.5)), spot=900.0)
    assert out[0].status[0, -1] & Status.SAT_HIGH
    assert out[0].frame.max() == kelvin_table(0.01)[-1]


def test_accuracy_over_units_is_that_of_the_table(kit):
    _, _, out = scene(kit, n=40, spot=298.0, air_temperature=298.0, temperature=298.0, sky_window=172.0)
    error = out[0].frame.mean(axis=(1, 2)) / 100 - out[0].frame_ideal.mean(axis=(1, 2)) / 10
    assert 1.0 < error.std() < 4.0


def test_a_dropout_gives_no_frame(kit):
    _, _, out = scene(kit, n=40, steps=3, changes={"thermal": {"parameters": {"fault_dropout": 1e6}}})
    dead = (out[-1].status[:, -1] & Status.COMM) > 0
    assert dead.any() and (out[-1].frame[dead] == 0).all() and (out[-1].frame[~dead] > 0).all()


def test_no_camera_when_thermal_is_off(kit):
    from gg_gym.sensors import SensorSuite

    suite = SensorSuite(kit.configs(), kit.geometry(), kit.conditions(1), {}, 10.0, thermal=False)
    assert "thermal" not in suite.instruments
    assert kit.record(suite, kit.state(kit.geometry()), 1, frame=True)[0].frame is None


def camera_frames(kit, steps=12, n=1, parameters=None, **values):
    """Readings of a uniform world, and the suite."""
    changes = {"thermal": {"parameters": {"fault_stuck": 0.0, "fault_dropout": 0.0, **(parameters or {})}}}
    even = {"spot": 298.0, "air_temperature": 298.0, "temperature": 298.0, "sky_window": 172.0}
    suite, world, _ = scene(kit, n=n, changes=changes, **{**even, **values})
    suite.camera.defects.count[:] = 0  # no pixel has gone bad yet
    suite.camera.memory["since"][:] = 100.0  # no correction falls into the frames that follow
    more = [suite.read(world, 1.0, 3, 10 + i, frame=True, frame_truth=True) for i in range(steps - 1)]
    return suite, world, more


@pytest.mark.parametrize("cel", [-8.0, 25.0, 90.0])
def test_netd_follows_the_slope_of_the_counts(kit, cel):
    """35 mK at 25 Cel; constant in counts, so more kelvin of a cold scene and fewer of a hot one."""
    parameters = {"ffc_period": 3600.0}
    kit.geometry = lambda *boxes, place=kit.geometry, **how: place(*boxes, hot=(0.2, -1.2, 8.8), radius=0.45)
    suite, _, out = camera_frames(kit, 24, spot=cel + CEL, parameters=parameters)
    inside = suite.camera.scenes[0].coverage[0].reshape(60, 80) > 0.999
    frames = np.array([r.frame[0][inside] / 100.0 for r in out])
    noise = np.diff(frames, axis=0).std(axis=0).mean() / np.sqrt(2)
    slope = (counts(cel + 0.5) - counts(cel - 0.5)) / counts_per_kelvin()
    step = 1.0 / (counts(cel + 0.5) - counts(cel - 0.5))
    common = 1.0 + LEPTON.row_noise**2 + LEPTON.column_noise**2 + LEPTON.frame_noise**2
    assert noise == pytest.approx(np.sqrt((LEPTON.netd / slope) ** 2 * common + step**2 / 12), rel=0.1)


def test_three_dimensional_noise_has_its_shares(kit):
    _, _, out = camera_frames(kit, 40, parameters={"ffc_period": 3600.0})
    cube = np.array([r.frame[0] for r in out], float)
    cube = (cube - cube.mean(axis=0)) / 100.0
    slope = counts_per_kelvin() / (counts(25.5) - counts(24.5))
    assert cube.mean(axis=(1, 2)).std() / (LEPTON.netd * slope) == pytest.approx(LEPTON.frame_noise, rel=0.4)
    rows = cube.mean(axis=2) - cube.mean(axis=(1, 2))[:, None]
    rows = rows - rows.mean(axis=0)
    assert rows.std() / (LEPTON.netd * slope) == pytest.approx(np.hypot(LEPTON.row_noise, 1 / np.sqrt(80)), rel=0.15)


def test_the_shutter_comes_every_period_and_only_then(kit):
    suite, world, _ = camera_frames(kit, 1, n=6)
    before, flags = suite.camera.memory["shutters"].copy(), []
    for i in range(3600 // 10):
        flags.append(suite.read(world, 10.0, 3, 100 + i).status[:, -1])
    assert (np.abs(suite.camera.memory["shutters"] - before - 3600 / LEPTON.ffc_period) <= 1).all()
    shut = (np.array(flags) & int(Status.MAINTENANCE)) > 0
    assert shut.mean() == pytest.approx(LEPTON.ffc_length / LEPTON.ffc_period, abs=0.06)


def test_a_change_of_the_case_fires_the_shutter(kit):
    suite, world, _ = camera_frames(kit, 1)
    camera, climate = suite.camera, suite.climate(world, 0.0)
    camera.memory["since"][:] = 10.0
    before = int(camera.memory["shutters"][0])
    camera.advance(climate.__class__(**{**vars(climate), "body": climate.body + 1.0}), 10.0)
    assert camera.memory["shutters"][0] == before
    camera.advance(climate.__class__(**{**vars(climate), "body": climate.body + 2.0}), 10.0)
    assert camera.memory["shutters"][0] == before + 1 and camera.memory["since"][0] == 0.0


def test_a_stuck_shutter_never_corrects_and_says_nothing_else(kit):
    suite, world, _ = camera_frames(kit, 1)
    camera = suite.camera
    camera.faulty["shutter"] = np.ones(1)
    before = int(camera.memory["shutters"][0])
    for i in range(60):
        out = suite.read(world, 10.0, 3, 100 + i)
    assert camera.memory["shutters"][0] == before
    assert not out.status[0, -1] & Status.MAINTENANCE
    assert camera._pattern_amplitude()[0] / counts_per_kelvin() > LEPTON.fpn_start + LEPTON.fpn_growth


def test_a_change_of_the_case_fades_and_a_correction_leaves_less(kit):
    suite, world, _ = camera_frames(kit, 1, parameters={"ffc_period": 3600.0})
    camera, climate = suite.camera, suite.climate(world, 0.0)
    camera.memory["since"][:] = 0.0
    warmer = climate.__class__(**{**vars(climate), "body": climate.body + 1.0})
    camera.advance(warmer, 1.0)
    first = camera.memory["residual"][0]
    assert first == pytest.approx(camera.unit["drift"][0], rel=0.01)
    camera.advance(warmer, LEPTON.drift_time)
    assert camera.memory["residual"][0] == pytest.approx(first * np.exp(-1.0), rel=1e-6)
    camera.memory["since"][:] = 3600.0
    camera.advance(warmer, 1e-9)
    assert camera.memory["residual"][0] == pytest.approx(LEPTON.drift_kept * first * np.exp(-1.0), rel=1e-6)


def test_the_fixed_pattern_after_a_correction_has_its_size(kit):
    suite, world, _ = camera_frames(kit, 1, parameters={"noise": 1.0, "ffc_period": 3600.0})
    camera, spatial = suite.camera, []
    for age in (0.0, 180.0):
        frames = []
        for i in range(30):
            camera.memory["since"][:] = age
            camera.memory["corner"][:] = 17
            frames.append(camera.render(world, suite.climate(world, 0.0), 3, 500 + i, *np.zeros((2, 1), bool))[0][0])
        mean = np.mean(frames, axis=0) / 100.0
        spatial.append(mean)
    growth = (spatial[1] - spatial[0]).std()
    slope = counts_per_kelvin() / (counts(25.5) - counts(24.5))
    assert growth / slope == pytest.approx(LEPTON.fpn_growth * np.sqrt(180.0 / LEPTON.ffc_period), rel=0.2)


def test_replaced_pixels_are_few_single_and_smooth(kit):
    suite, _, _ = camera_frames(kit, 1, n=30)
    known = suite.camera.defects
    number = [
        len(set(np.flatnonzero((near != at[:, None]).any(axis=1))))
        for at, near in zip(known.replaced, known.near, strict=True)
    ]
    assert max(number) / 4800 < 0.01
    assert np.mean(number) == pytest.approx(4800 * LEPTON.bad_share, rel=0.2)
    row, column = np.divmod(known.replaced[0], 80)
    gap = np.maximum(np.abs(row[:, None] - row), np.abs(column[:, None] - column)) + 99 * np.eye(len(row), dtype=int)
    assert gap.min() >= 2  # never in clusters


def test_bad_pixels_grow_with_age(kit):
    from gg_gym.sensors.camera_defects import defects

    units = np.arange(200, dtype=np.uint64)
    for age in (0.0, 1.0, 5.0):
        known = defects(units, np.full(200, age), "thermal")
        assert known.count.mean() == pytest.approx(age * LEPTON.bad_growth, abs=0.4)
    assert (known.bad(np.ones(200)).sum(axis=1) == np.minimum(known.count + 1, 16)).all()


def test_dead_hot_and_blinking_pixels_look_like_it(kit):
    from gg_gym.sensors.camera_defects import BLINKING, DEAD, HOT

    suite, world, _ = camera_frames(kit, 1, parameters={"noise": 0.0, "ffc_period": 3600.0})
    camera = suite.camera
    plain = [suite.read(world, 1.0, 3, 50 + i, frame=True).frame[0].reshape(-1).astype(int) for i in range(16)]
    camera.defects.count[:] = 16
    broken = [suite.read(world, 1.0, 3, 50 + i, frame=True).frame[0].reshape(-1).astype(int) for i in range(16)]
    kind, pixel = camera.defects.kind[0], camera.defects.grown[0]
    change = np.array(broken)[:, pixel] - np.array(plain)[:, pixel]
    assert {DEAD, HOT, BLINKING} <= set(kind.tolist())
    assert (np.array(broken)[:, pixel[kind == DEAD]] < 12000).all() and (np.array(broken) > 0).all()
    assert (change[:, kind == HOT] > 150).all()
    lit = (change[:, kind == BLINKING] > 150).mean()
    assert 0.1 < lit < 0.9


def test_a_wet_window_hides_and_a_dirty_one_dims(kit):
    errors = []
    for name, kind in (("rain", None), ("clean", None), ("dirt", "fouling"), ("ice", "icing")):
        values = {"rain": 20.0} if name == "rain" else {}
        kit_values = {"spot": 360.0, "air_temperature": 298.0, "temperature": 360.0, "sky_window": 430.0}
        suite, world, _ = camera_frames(kit, 1, parameters={"noise": 0.0}, **{**kit_values, **values})
        if kind:
            suite.camera.faulty[kind] = np.ones(1)
        out = suite.read(world, 10.0, 3, 77, frame=True, frame_truth=True)
        errors.append(out.frame[0].mean() / 100.0 - out.frame_ideal[0].mean() / 10.0)
    rain, clean, dirt, ice = errors
    assert rain < clean - 20.0 and ice < clean - 20.0 and clean - 30.0 < dirt < clean - 3.0


def test_frames_are_the_same_after_take(kit):
    suite, world, _ = camera_frames(kit, 2, n=4)
    some = suite.take(np.array([2]), kit.conditions(1, first=2))
    one = some.read(world.take([2]), 10.0, 3, 9, frame=True, frame_truth=True)
    whole = suite.read(world, 10.0, 3, 9, frame=True, frame_truth=True)
    assert np.array_equal(one.frame[0], whole.frame[2])
    assert np.array_equal(one.frame_ideal[0], whole.frame_ideal[2])
