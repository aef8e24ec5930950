"""Laws of the lightning sensor: codes, efficiency, noise and disturbers, counts, memory."""

import numpy as np
import pytest

from gg_gym.parameters.as3935 import AS3935, CODES
from gg_gym.physics.lightning import FIELDS, KEPT
from gg_gym.sensors import SENSORS, SensorConfiguration, SensorSuite, Status
from gg_gym.sensors.lightning import DISTANCE, DISTURBERS, ENERGY, FLOOR, INTERRUPT, STRIKES, WATCHDOG

N = 400
PART = {"key": "as3935", "name": "lightning", "rate": 50.0}


def storm(world, distance, every=0.0, age=0.5, current=3e4):
    """Flashes at a distance [m]: the newest ``age`` seconds old, one each ``every`` seconds."""
    n, rng = world.n, np.random.default_rng(1)
    ages = np.full((n, KEPT), np.inf)
    ages[:, : KEPT if every else 1] = age + every * np.arange(KEPT if every else 1)
    turn = rng.random((n, KEPT)) * 2 * np.pi
    values = {"x": distance * np.cos(turn), "y": distance * np.sin(turn), "strokes": np.full((n, KEPT), 3.0)}
    values |= {"current": current * np.ones((n, KEPT)) + rng.random((n, KEPT)), "front": np.full((n, KEPT), 4e-6)}
    world.memory["lightning.age"] = ages
    world.memory |= {f"lightning.{name}": values[name] for name in FIELDS}
    world.memory["lightning.count"] = np.isfinite(ages).sum(axis=1).astype(float)
    return world


def suite(kit, n=N, dt=10.0, place=None, first=0, others=(), **parameters):
    quiet = {"fault_stuck": 0.0, "fault_dropout": 0.0, **parameters}
    config = SensorConfiguration(**PART, position=kit.place, parameters=quiet)
    return SensorSuite([*kit.configs(*others), config] if others else [config], place or kit.geometry(),
                       kit.conditions(n, first), {}, dt)  # fmt: skip


def read(kit, world, steps=1, dt=10.0, **how):
    return kit.record(suite(kit, world.n, dt, **how), world, steps, dt)


def arcing(kit, n=N, dt=10.0):
    world = kit.state(kit.geometry(), n, dt, arc_on=True, arc_position=np.array([0.0, 0.0, 10.0]))
    return world


def corona(kit, level, n=N):
    world = kit.state(kit.geometry(), n)
    world.memory["discharges.radio"] = np.full(n, 10.0 ** (0.1 * level))
    world.memory["discharges.sound_position"] = np.tile([0.0, 0.0, 10.0], (n, 1))
    return world


def test_only_the_parts_codes_are_told(kit):
    for distance in (300.0, 4e3, 11e3, 25e3, 39e3):
        out = read(kit, storm(kit.state(kit.geometry(), N), distance))[-1]
        assert set(np.unique(out.reading[:, DISTANCE])) <= set(CODES)
        assert set(np.unique(out.ideal[:, DISTANCE])) <= set(CODES)
        assert set(np.unique(out.reading[:, INTERRUPT])) <= {0.0, 1.0, 4.0, 8.0}


@pytest.mark.parametrize("distance", [2e3, 15e3, 30e3])
def test_efficiency_falls_with_distance_as_the_law_says(kit, distance):
    out = read(kit, storm(kit.state(kit.geometry(), 3000), distance))[-1]
    share = (out.reading[:, STRIKES] > 0).mean()
    law = 0.6 * np.exp(-((distance / AS3935.reach) ** 2)) * 0.5
    assert share == pytest.approx(law, abs=0.03)
    assert (out.ideal[:, STRIKES] == 1.0).all()


def test_three_steps_of_rejection_halve_what_is_told(kit):
    world = storm(kit.state(kit.geometry(), 4000), 5e3)
    plain, strict = (
        (read(kit, world, rejection=r, adaptive=0.0)[-1].reading[:, STRIKES] > 0).mean() for r in (2.0, 5.0)
    )
    assert plain / strict == pytest.approx(2.0, rel=0.15)


def test_distance_of_the_storm_is_that_of_its_head(kit):
    out = read(kit, storm(kit.state(kit.geometry(), N), 12e3, every=3.0, age=0.5), dt=60.0)[-1]
    told = out.reading[out.reading[:, STRIKES] > 0, DISTANCE]
    # the 20th percentile of up to twelve noisy ranges, each off by a factor exp(0.35)
    assert 7.0 <= np.median(told) <= 12.0


def test_energy_grows_with_current_and_nearness(kit):
    energy = []
    for distance, current in ((20e3, 3e4), (5e3, 3e4), (5e3, 9e4)):
        out = read(kit, storm(kit.state(kit.geometry(), N), distance, current=current))[-1].reading
        energy.append(np.median(out[out[:, STRIKES] > 0, ENERGY]))
    assert energy[1] - energy[0] == pytest.approx(4.0, abs=0.5)
    assert energy[2] - energy[1] == pytest.approx(2 * np.log2(3), abs=0.5)


def test_strokes_are_forgotten_after_a_quarter_of_an_hour_and_the_code_goes_out(kit):
    part = suite(kit)
    world = storm(kit.state(kit.geometry(), N), 8e3)
    part.start(world, 3, 0)
    first = part.read(world, 10.0, 3, 1).reading
    told = first[:, DISTANCE] < 63.0
    world.memory["lightning.age"] = world.memory["lightning.age"] + 600.0
    assert (part.read(world, 600.0, 3, 2).reading[told, DISTANCE] < 63.0).all()
    world.memory["lightning.age"] = world.memory["lightning.age"] + 600.0
    after = part.read(world, 600.0, 3, 3).reading
    assert (after[told & (after[:, STRIKES] == 0), DISTANCE] == 63.0).mean() > 0.99


def test_two_strokes_within_the_verification_time_are_one(kit):
    part = storm(kit.state(kit.geometry(), 3000), 2e3, every=0.05, age=0.1)
    together = read(kit, part)[-1].reading[:, STRIKES].mean()
    apart = read(kit, storm(kit.state(kit.geometry(), 3000), 2e3, every=0.75 * 10 / KEPT + 0.4, age=0.1), dt=30.0)
    assert together < 1.0 < apart[-1].reading[:, STRIKES].mean()


def test_corona_and_arcs_raise_noise_and_disturbers_and_mask_lightning(kit):
    quiet = read(kit, kit.state(kit.geometry(), N), 3)[-1]
    assert not (quiet.status[:, 0] & Status.NOISE_HIGH).any()
    assert (quiet.status[:, 0] & Status.DISTURBER).mean() < 0.01
    for loud in (corona(kit, 60.0), arcing(kit)):
        out = read(kit, loud, 1, adaptive=0.0)[-1]
        assert ((out.status[:, 0] & Status.NOISE_HIGH) > 0).mean() > 0.8
        # the register says noise, and the flags come from the register
        assert np.array_equal((out.status[:, 0] & Status.NOISE_HIGH) > 0, out.reading[:, INTERRUPT] == 1.0)
        assert (out.reading[:, DISTURBERS] > 0).mean() > 0.2
    near = storm(kit.state(kit.geometry(), N), 3e3)
    masked = storm(corona(kit, 66.0), 3e3)
    seen, hidden = ((read(kit, w, adaptive=0.0)[-1].reading[:, STRIKES] > 0).mean() for w in (near, masked))
    assert hidden < 0.1 * seen


def test_weaker_corona_makes_less_noise(kit):
    share = [
        ((read(kit, corona(kit, level), adaptive=0.0)[-1].status[:, 0] & Status.NOISE_HIGH) > 0).mean()
        for level in (20.0, 40.0, 60.0)
    ]
    assert share[0] <= share[1] <= share[2] and share[0] < 0.05 < share[2]


def test_the_firmware_raises_its_floor_and_comes_back(kit):
    part, loud, still = suite(kit), corona(kit, 44.0), kit.state(kit.geometry(), N)
    part.start(still, 3, 0)
    for i in range(5):
        out = part.read(loud, 10.0, 3, i + 1).reading
    assert (out[:, FLOOR] > AS3935.noise_floor).mean() > 0.8
    for i in range(8):
        out = part.read(still, 900.0, 3, 10 + i).reading
    assert (out[:, FLOOR] == AS3935.noise_floor).all() and (out[:, WATCHDOG] == AS3935.watchdog).all()


def test_masked_disturbers_are_not_told(kit):
    out = read(kit, arcing(kit), mask_disturber=1.0)[-1]
    assert not out.reading[:, DISTURBERS].any() and not (out.status[:, 0] & Status.DISTURBER).any()


def test_counts_are_extensive_and_the_rest_is_not(kit):
    counts = {}
    for dt, steps in ((1.0, 60), (10.0, 6), (60.0, 1)):
        out = read(kit, arcing(kit, dt=dt), steps, dt=dt, adaptive=0.0)
        counts[dt] = np.mean([r.reading[:, DISTURBERS] for r in out]) * steps
        assert set(np.unique(out[-1].reading[:, FLOOR])) == {AS3935.noise_floor}
    assert counts[1.0] == pytest.approx(counts[60.0], rel=0.08)
    assert counts[10.0] == pytest.approx(counts[60.0], rel=0.08)


def test_a_detuned_antenna_is_silent_but_hears_less(kit):
    world = storm(kit.state(kit.geometry(), 2000), 15e3)
    good, bad = suite(kit, 2000), suite(kit, 2000)
    bad.sensor("lightning").failing = lambda kind: np.ones(2000)
    outs = []
    for part in (good, bad):
        part.start(world, 3, 0)
        outs.append(part.read(world, 10.0, 3, 1))
    assert outs[1].reading[:, STRIKES].mean() < 0.4 * outs[0].reading[:, STRIKES].mean()
    assert not (outs[1].status & int(Status.SELFTEST_FAIL)).any()


def test_a_flash_is_told_or_not_whatever_the_step_in_which_it_is_seen(kit):
    world = storm(kit.state(kit.geometry(), N), 5e3)
    short, long = (read(kit, world, dt=dt)[-1].reading[:, STRIKES] for dt in (2.0, 20.0))
    assert np.mean(short == long) > 0.97  # disturbers that pass for lightning may differ


def test_row_of_a_batch_is_that_of_a_batch_of_one(kit):
    world = storm(arcing(kit, 8), 6e3, every=2.0)
    whole = kit.record(suite(kit, 8), world, 4)
    for row in (0, 5):
        alone = kit.record(suite(kit, 1, first=row), world.take([row]), 4)
        for a, b in zip(whole, alone, strict=True):
            assert np.array_equal(a.reading[row], b.reading[0]) and np.array_equal(a.ideal[row], b.ideal[0])
            assert a.status[row, 0] == b.status[0, 0]


def test_it_changes_nobodys_numbers_and_may_be_off(kit):
    world = arcing(kit, 4)
    alone, both = kit.suite(("t_rh", "wind"), 4), suite(kit, 4, others=("t_rh", "wind"))
    for a, b in zip(kit.record(alone, world, 3), kit.record(both, world, 3), strict=True):
        for name in ("t_rh", "wind"):
            assert np.array_equal(a.reading[:, alone.slices[name]], b.reading[:, both.slices[name]])
    both.disable("lightning")
    out = both.read(world, 10.0, 3, 9)
    assert (out.status[:, both.instruments.index("lightning")] & Status.COMM).all()


def test_it_stands_in_the_registry_with_its_bounds():
    assert SENSORS["as3935"].bounds["noise_floor"].high == 7
