"""Laws of the microphone: levels, floor, response, overload, pulses and modulation, port faults."""

import numpy as np
import pytest

from gg_gym.parameters.sound import BANDS
from gg_gym.parameters.spu0410 import SPU0410
from gg_gym.physics.acoustics import sound_level
from gg_gym.sensors import SensorConfiguration, SensorSuite, Status
from gg_gym.sensors.acoustic import CREST, INDEX, KURTOSIS, LEVEL, MAXIMUM, ULTRASOUND

N = 300
PART = {"key": "spu0410", "name": "acoustic", "rate": 1.0, "faults": {"web": 0.0, "ingress": 0.0, "fouling": 0.0}}
CALM = {"electric_field": (0.0, 0.0, 0.0), "wind": (0.0, 0.0, 0.0)}


def suite(kit, n=N, dt=10.0, first=0, others=(), age=0.0, **changes):
    config = SensorConfiguration(**{**PART, "position": kit.place, "parameters": kit.sound, **changes})
    return SensorSuite([*kit.configs(*others), config] if others else [config], kit.geometry(),
                       kit.conditions(n, first, age=age), {}, dt)  # fmt: skip


def world(kit, n=N, dt=10.0, background=None, arc=None, **values):
    """A calm place with a background level in all bands [dB], and an arc of a sound power [W] in all bands."""
    out = kit.state(kit.geometry(), n, dt, **{**CALM, **values})
    if background is not None:
        out.memory["acoustics.background"] = np.full((n, 8), 10.0 ** (0.1 * background))
    if arc is not None:
        out.arc_on[:], out.arc_position[:] = True, (0.3, -0.6, 8.4)
        out.memory["arcs.sound_power"] = np.full((n, 8), arc)
    return out


def read(kit, state, steps=2, **how):
    return kit.record(suite(kit, state.n, **how), state, steps)[-1]


def test_levels_are_those_of_the_sound_with_the_spread_of_the_grade(kit):
    out = read(kit, world(kit, background=70.0))
    assert out.ideal[:, LEVEL] == pytest.approx(70.0, abs=0.05)
    assert np.median(out.reading[:, LEVEL], axis=0)[:5] == pytest.approx(70.0, abs=0.3)
    assert out.reading[:, 2].std() == pytest.approx(SPU0410.sensitivity_sd, abs=0.1)
    # beyond the resonance the unit's own place of it matters, and nowhere below
    assert out.reading[:, 6].std() > 1.1 * out.reading[:, 2].std()


def test_the_ideal_reading_is_the_physics(kit):
    state = world(kit, 4, background=55.0, arc=1e-6)
    out = read(kit, state)
    assert out.ideal[:, LEVEL] == pytest.approx(sound_level(state, np.array([kit.place]))[:, 0], abs=1e-9)


def test_silence_reads_the_noise_of_the_capsule(kit):
    out = read(kit, world(kit))
    width = np.diff(BANDS)
    floor = SPU0410.density + 10 * np.log10(width)
    assert np.median(out.reading[:, 3]) == pytest.approx(floor[3], abs=1.0)
    assert (out.status[:, 0] & Status.BELOW_LOD).mean() > 0.5
    loud = read(kit, world(kit, background=60.0))
    assert not (loud.status & int(Status.BELOW_LOD)).any()


def test_overload_is_flagged_and_compresses(kit):
    out = read(kit, world(kit, background=116.0))
    assert (out.status[:, 0] & Status.SAT_HIGH).mean() > 0.95
    assert np.median(out.reading[:, LEVEL]) < 116.0
    assert (out.reading[:, LEVEL] <= SPU0410.high).all()
    assert not (read(kit, world(kit, background=100.0)).status & int(Status.SAT_HIGH)).any()


def test_ultrasound_of_an_arc_beats_at_twice_the_mains(kit):
    quiet, arc = read(kit, world(kit, background=40.0)), read(kit, world(kit, background=20.0, arc=1e-5))
    assert np.median(quiet.reading[:, INDEX]) < 0.03
    assert np.median(arc.reading[:, INDEX]) == pytest.approx(SPU0410.spark_depth, abs=0.05)
    assert np.median(arc.reading[:, KURTOSIS.start + ULTRASOUND]) > 20.0
    assert np.median(quiet.reading[:, KURTOSIS]) == pytest.approx(3.0, abs=0.1)


def test_corona_beats_deeper_than_an_arc_and_is_less_impulsive(kit):
    def corona(power, gap):
        state = world(kit, background=20.0)
        n = state.n
        state.memory |= {
            "discharges.sound_power": np.full((n, 8), power), "discharges.gap": np.full(n, gap),
            "discharges.sound_position": np.tile([0.3, -0.6, 8.4], (n, 1)), "discharges.dry_band": np.zeros(n),
            "discharges.corona": np.ones(n), "discharges.gap_rate": np.full(n, 100.0),
        }  # fmt: skip
        return read(kit, state).reading

    still, spark = corona(1e-6, 0.0), corona(1e-6, 5.0)
    assert np.median(still[:, INDEX]) > np.median(spark[:, INDEX]) + 0.2
    assert np.median(still[:, KURTOSIS.start + ULTRASOUND]) < 4.0 < np.median(spark[:, KURTOSIS.start + ULTRASOUND])


def test_crest_and_maximum_follow_extreme_values(kit):
    out = read(kit, world(kit, background=70.0)).reading
    width = np.diff(BANDS)
    assert np.median(out[:, CREST], axis=0) == pytest.approx(10 * np.log10(2 * np.log(2 * width)), abs=0.3)
    gap = np.median(out[:, MAXIMUM] - out[:, LEVEL], axis=0)
    assert (gap > 0).all() and gap[0] > gap[3] > gap[7]


def test_distance_takes_ultrasound_first(kit):
    near, far = world(kit, 4, arc=1e-4), world(kit, 4, arc=1e-4)
    far.arc_position[:] = (0.3, 38.4, 8.4)
    lost = read(kit, near).ideal[:, LEVEL] - read(kit, far).ideal[:, LEVEL]
    assert lost[0, 7] > lost[0, 2] + 30.0
    assert lost[0, 0] == pytest.approx(20 * np.log10(40.0), abs=1.0)


def test_age_takes_half_a_decibel_a_year(kit):
    new, old = (np.median(read(kit, world(kit, background=70.0), age=a).reading[:, 2]) for a in (0.0, 4.0))
    assert new - old == pytest.approx(2.0, abs=0.2)


def test_a_web_takes_high_frequencies_first_and_a_film_mutes_and_both_are_silent(kit):
    state = world(kit, background=80.0)
    plain, webbed, filmed = (suite(kit) for _ in range(3))
    webbed.sensor("acoustic").failing = lambda kind: np.full(N, float(kind == "web"))
    outs = []
    for part in (plain, webbed, filmed):
        part.start(state, 3, 0)
        outs.append(part.read(state, 10.0, 3, 1))
    lost = np.median(outs[0].reading[:, LEVEL] - outs[1].reading[:, LEVEL], axis=0)
    assert lost[0] < 2.0 and lost[6] > 15.0
    assert np.array_equal(outs[0].status, outs[1].status)


def test_rain_brings_films_that_dry(kit):
    part, wet, dry = suite(kit), world(kit, background=80.0, rain=20.0), world(kit, background=80.0)
    part.start(dry, 3, 0)
    first = part.read(dry, 10.0, 3, 1).reading[:, 4]
    for i in range(3):
        part.read(wet, 3600.0, 3, 2 + i)
    after = part.read(dry, 10.0, 3, 6).reading[:, 4]
    muted = (first - after) > 20.0
    assert 0.3 < muted.mean() < 0.95
    for i in range(10):
        last = part.read(dry, 3600.0, 3, 7 + i).reading[:, 4]
    assert ((first - last) > 20.0).mean() < 0.02


def test_fields_are_picked_up_in_the_band_of_the_hum(kit):
    still, charged = (read(kit, world(kit, electric_field=(0, 0, e))).reading for e in (0.0, 2000.0))
    assert np.median(charged[:, 1] - still[:, 1]) > 10.0
    assert np.median(charged[:, 3] - still[:, 3]) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("dt", [0.02, 1.0, 600.0])
def test_nothing_depends_on_the_step(kit, dt):
    a = kit.record(suite(kit, dt=dt), world(kit, dt=dt, background=60.0, arc=1e-7), 60 if dt < 1 else 2, dt)[-1]
    b = kit.record(suite(kit), world(kit, background=60.0, arc=1e-7), 2)[-1]
    assert np.array_equal(a.ideal, b.ideal)
    assert np.median(a.reading, axis=0)[:24] == pytest.approx(np.median(b.reading, axis=0)[:24], abs=0.3)
    assert a.reading.std(axis=0)[:8] == pytest.approx(b.reading.std(axis=0)[:8], rel=0.3)


def test_row_of_a_batch_is_that_of_a_batch_of_one_and_nobody_else_moves(kit):
    state = world(kit, 6, background=50.0, arc=1e-6, rain=3.0, electric_field=(10.0, 20.0, 90.0))
    state.memory["arcs.sound_power"] *= np.arange(6)[:, None]
    whole = kit.record(suite(kit, 6, others=("t_rh",)), state, 3)
    bare = kit.record(kit.suite(("t_rh",), 6, age=0.0), state, 3)
    for row in (0, 4):
        alone = kit.record(suite(kit, 1, first=row, others=("t_rh",)), state.take([row]), 3)
        for a, b in zip(whole, alone, strict=True):
            assert np.array_equal(a.reading[row], b.reading[0]) and np.array_equal(a.ideal[row], b.ideal[0])
    for a, b in zip(whole, bare, strict=True):
        assert np.array_equal(a.reading[:, :2], b.reading)


def test_off_is_missing(kit):
    part, state = suite(kit, 2), world(kit, 2, background=50.0)
    part.start(state, 3, 0)
    part.disable("acoustic")
    assert (part.read(state, 10.0, 3, 1).status & int(Status.COMM)).all()
