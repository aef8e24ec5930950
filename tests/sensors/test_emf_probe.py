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


def test_saturation_clips_the_waveform_of_an_axis(kit):
    from gg_gym.equations.signal import clipped_sine

    out = read(kit, magnetic_field=(0, 0, 4e-3))
    law = abs(clipped_sine(np.array([4000.0 * np.sqrt(2)]), 2000.0, 3) / clipped_sine(
        np.array([4000.0 * np.sqrt(2)]), 2000.0, 1))[0]  # fmt: skip
    assert np.median(out.reading[:, HB.start]) == pytest.approx(law, rel=0.05)


def test_a_mains_off_its_nominal_leaks_into_the_harmonics(kit):
    def off(world):
        world.memory["line.frequency"] = np.full(N, 60.5)

    on, shifted = (read(kit, change=c, electric_field=(0, 0, 5000.0)) for c in (None, off))
    assert np.median(shifted.reading[:, 6]) == pytest.approx(60.5, abs=2e-3)
    law = np.sin(np.pi * 0.1) / (np.pi * 24.0)
    floor = 0.003 / np.sqrt(8.0)
    assert np.median(on.reading[:, 17]) == pytest.approx(floor, rel=0.1)
    assert np.median(shifted.reading[:, 17]) == pytest.approx(np.hypot(law, floor), rel=0.1)


def test_wet_plates_let_the_common_mode_through(kit):
    dry, wet = (read(kit, electric_field=(0, 0, 5000.0), rain=r).reading[:, 3] for r in (0.0, 20.0))
    from gg_gym.parameters.emf import FRONT_END

    assert np.sqrt((wet**2).mean() - (dry**2).mean() * 0.53) > 0.6 * FRONT_END.common_wet * 5000.0


def flash(world, age, distance=1000.0, current=3e4):
    n = world.n
    world.memory["lightning.age"] = np.full((n, 12), np.inf)
    world.memory["lightning.age"][:, 0] = age
    for name, value in (("x", distance), ("y", 0.0), ("current", current), ("front", 4e-6), ("strokes", 3.0)):
        world.memory[f"lightning.{name}"] = np.full((n, 12), value)


def test_lightning_is_in_one_window_only_and_flagged(kit):
    now, later, none = (
        read(kit, change=None if age is None else (lambda w, age=age: flash(w, age))) for age in (0.5, 3.0, None)
    )
    assert np.median(now.reading[:, INTER]) > 5 * np.median(none.reading[:, INTER]) + 0.01
    assert np.median(now.reading[:, BURST]) == pytest.approx(3.0, abs=0.5)
    assert (now.status[:, 0] & Status.DISTURBER).all()
    assert np.array_equal(later.reading, none.reading) and np.array_equal(later.status, none.status)
    near = read(kit, change=lambda w: flash(w, 0.2, 50.0, 3e5))
    assert (near.status[:, 0] & Status.OVERRANGE_EMF).all()


def test_the_pattern_of_the_field_comes_from_the_state(kit):
    from gg_gym.sensors.emf import PATTERNS, emf_pattern

    world = kit.state(kit.geometry(), 6)
    phase = np.exp(-2j * np.pi / 3 * np.arange(3))
    world.current, world.voltage = np.zeros((6, 3, 9), complex), np.zeros((6, 3, 9), complex)
    world.current[:, :, 0], world.voltage[:, :, 0] = 100.0 * phase, 7200.0 * phase
    world.arc_on[1] = True
    world.memory["discharges.corona"] = np.where(np.arange(6) == 2, 1.0, 0.0)
    world.current[3, :, 1] = 30.0
    world.current[4, 0, 0] = 0.0
    world.voltage[5] = 0.0
    assert [PATTERNS[k] for k in emf_pattern(world)] == list(PATTERNS)
    world.current[:, :, 0] = 100.0 * phase.conj()  # the other order of the phases is as good
    assert emf_pattern(world)[0] == 0
