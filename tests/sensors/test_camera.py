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
