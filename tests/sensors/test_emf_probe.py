"""Laws of the field probe."""

import numpy as np
import pytest

from gg_gym.physics.state import HARMONICS
from gg_gym.sensors import Status
from gg_gym.sensors.emf import BURST, HB, INTER, THD_B, THD_E, B, E

N = 300


def read(kit, n=N, change=None, **values):
    world = kit.state(kit.geometry(), n, **values)
    if change:
        change(world)
    return kit.record(kit.suite(("emf",), n), world, 2)[-1]


def test_fields_are_read_with_the_spread_of_a_node(kit):
    out = read(kit, magnetic_field=(0, 0, 5e-6), electric_field=(0, 0, 500.0))
    assert np.median(out.reading[:, 2]) == pytest.approx(5.0 + 0.05, rel=0.02)
    assert out.reading[:, 2].std() / 5 == pytest.approx(0.02, abs=0.005)
    assert np.median(out.reading[:, 5]) == pytest.approx(500.0, rel=0.02)
    assert out.reading[:, 5].std() / 500 == pytest.approx(0.05, abs=0.01)
    assert out.ideal[0, 5] == pytest.approx(500.0)
    # a rotated axis picks up sin(1.5 deg) and the cross-axis response of the strong one
    assert out.reading[:, 3].mean() / 500 == pytest.approx(0.026, abs=0.012)


def test_electric_field_leaks_into_the_magnetic_channels(kit):
    weak, strong = (read(kit, magnetic_field=(0, 0, 0), electric_field=(0, 0, e)) for e in (0.0, 10000.0))
    assert np.median(weak.reading[:, 2]) < 0.02
    assert np.median(strong.reading[:, 2]) == pytest.approx(1.0, rel=0.1)


def test_harmonics_are_relative_to_the_fundamental_and_make_the_distortion(kit):
    def distort(world):
        world.ambient_b[:, :, 1] = 0.2 * world.ambient_b[:, :, 0]
        world.ambient_b[:, :, 2] = 0.1 * world.ambient_b[:, :, 0]

    out = read(kit, change=distort)
    assert np.median(out.reading[:, HB.start]) == pytest.approx(0.2, rel=0.05)
    assert np.median(out.reading[:, HB.start + 1]) == pytest.approx(0.1, rel=0.05)
    assert np.median(out.reading[:, THD_B]) == pytest.approx(np.hypot(0.2, 0.1), rel=0.05)
    assert out.ideal[0, THD_B] == pytest.approx(np.hypot(0.2, 0.1))


def test_the_analyser_has_a_distortion_floor(kit):
    out = read(kit, magnetic_field=(0, 0, 1e-4), electric_field=(0, 0, 5000.0))
    assert np.median(out.reading[:, THD_B]) == pytest.approx(0.003, rel=0.1)
    assert out.ideal[0, THD_E] == 0.0


def test_clipping_is_flagged_and_makes_odd_harmonics(kit):
    out = read(kit, magnetic_field=(0, 0, 4e-3))
    assert (out.status[:, 0] & Status.OVERRANGE_EMF).all()
    assert (out.reading[:, B] <= 2000.0).all()
    assert np.median(out.reading[:, HB.start]) > 0.15
    quiet = read(kit)
    assert not (quiet.status[:, 0] & Status.OVERRANGE_EMF).any()


def test_rain_lowers_the_electric_gain_only(kit):
    dry, wet = read(kit), read(kit, rain=20.0)
    assert np.median(wet.reading[:, E][:, 2] / dry.reading[:, E][:, 2]) == pytest.approx(
        60.4 / np.hypot(60, 57), abs=0.02
    )
    assert np.median(wet.reading[:, 1] / dry.reading[:, 1]) == pytest.approx(1.0, abs=0.005)


def test_an_arc_makes_restrikes_that_fade_with_distance(kit):
    x, y, z = kit.place
    near, far, none = (
        np.median(read(kit, arc_on=on, arc_position=np.array([x, y + d, z])).reading[:, BURST])
        for on, d in ((True, 0.5), (True, 15.0), (False, 0.5))
    )
    assert near == pytest.approx(120, rel=0.05)
    assert far == pytest.approx(12, rel=0.15)
    assert none == 0
    assert np.median(read(kit, interharmonic=0.2).reading[:, INTER]) == pytest.approx(0.2, rel=0.03)


def test_every_harmonic_has_a_channel(kit):
    suite = kit.suite(("emf",))
    names = [c.name for c in suite.channels]
    assert len(names) == 27
    for order in HARMONICS[1:]:
        assert f"B_h{order}" in names and f"E_h{order}" in names
