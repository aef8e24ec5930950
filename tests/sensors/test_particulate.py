"""Laws of the particle counter."""

import numpy as np
import pytest

from gg_gym.errors import InputError
from gg_gym.parameters.sps30 import SPS30
from gg_gym.sensors import SensorConfiguration, SensorSuite, Status, particulate, valid

N = 300
SOUND = dict.fromkeys(("stuck", "dropout", "fouling", "web", "fan", "laser", "clock"), 0.0)
SMOKE = {"PM1": 20.0, "PM2.5": 0.0, "PM10": 0.0}


def build(kit, n=N, world=None, age=0.0, dt=10.0, probe=False, faults=SOUND, **parameters):
    t_rh = SensorConfiguration(key="sht45", name="t_rh", position=kit.place, rate=1.0)
    needs = ("t_rh",) if probe else ()
    pm = SensorConfiguration(
        key="sps30", name="pm", position=kit.place, rate=1.0, needs=needs, parameters=parameters, faults=faults
    )
    configs = [t_rh, pm] if probe else [pm]
    return SensorSuite(configs, kit.geometry(), kit.conditions(n, age=age), world or {}, dt)


def read(kit, air, steps=3, n=N, values=None, dt=10.0, **how):
    suite = build(kit, n, dt=dt, **how)
    return kit.record(suite, kit.state(kit.geometry(), n, dt, air=air, **(values or {})), steps, dt=dt)


DRY = {"dew_point": 265.0}


def test_true_masses_are_the_sums_of_the_classes(kit):
    truth = read(kit, {"PM1": 5.0, "PM2.5": 3.0, "PM10": 12.0}, 1)[0].ideal[0]
    assert truth[[0, 1, 3]] == pytest.approx([5.0, 8.0, 20.0])
    assert 8.0 < truth[2] < 20.0 and (np.diff(truth[4:9]) >= 0).all()


def test_fine_smoke_is_read_as_it_is_and_bins_fall_as_in_a_recording(kit):
    out = read(kit, SMOKE, values=DRY)[-1].reading
    assert np.median(out[:, 0]) == pytest.approx(20.0, rel=0.05)
    assert (np.diff(out[:, :4], axis=1) >= 0).all() and (np.diff(out[:, 4:9], axis=1) >= 0).all()
    # The recording of the part: 6.9 and 1.08 particles/cm3 in the two lower bins per ug/m3 of PM1.
    per_mass = np.median(out[:, 4:6], axis=0) / np.median(out[:, 0])
    assert per_mass == pytest.approx([6.9, 6.9 + 1.08], rel=0.15)
    assert 0.3 < np.median(out[:, 9]) < 0.6


def test_coarse_dust_is_almost_unseen_and_pm10_is_only_computed(kit):
    dust = read(kit, {"PM1": 2.0, "PM2.5": 3.0, "PM10": 300.0}, values=DRY)[-1]
    assert dust.ideal[0, 3] == pytest.approx(305.0)
    assert np.median(dust.reading[:, 3]) < 5.0
    ratio = dust.reading[:, 3] / dust.reading[:, 1]
    assert np.quantile(ratio, 0.1) > 1.01 and np.quantile(ratio, 0.9) < 1.15


@pytest.mark.parametrize(("mass", "allowed"), [(10.0, 10.0), (80.0, 10.0), (400.0, 40.0)])
def test_units_are_true_to_the_precision_of_the_part(kit, mass, allowed):
    """Plus or minus 10 ug/m3 up to 100 and 10 % above, against the mean of all units."""
    steps = [r.reading[:, 1] for r in read(kit, {**SMOKE, "PM1": mass}, 12, values=DRY)]
    unit = np.mean(steps[2:], axis=0)
    assert (np.abs(unit - unit.mean()) < allowed).mean() > 0.95
    assert unit.std() > 0.1 * allowed


def test_clean_air_reads_zero(kit):
    assert np.abs(read(kit, {"PM1": 0.0}, values=DRY)[-1].reading[:, :9]).max() < 0.02


@pytest.mark.parametrize("dew_point", [285.0, 290.0])
def test_damp_makes_particles_grow_and_the_correction_takes_it_back(kit, dew_point):
    from gg_gym.equations.particle_sensors import humid_mass

    wet = {"dew_point": dew_point}
    dry = np.median(read(kit, SMOKE, values=DRY)[-1].reading[:, 1])
    grown = np.median(read(kit, SMOKE, values=wet)[-1].reading[:, 1]) / dry
    suite = build(kit, 1)
    humidity = 0.01 * suite.climate(kit.state(kit.geometry(), 1, **wet), None).humidity
    assert grown == pytest.approx(float(humid_mass(humidity, np.array([0.3]))[0]), rel=0.06)
    corrected = read(kit, SMOKE, values=wet, probe=True)[-1].reading[:, 3]
    assert np.median(corrected) / dry == pytest.approx(1.0, rel=0.1)


def test_fog_is_taken_for_particles(kit):
    suite, world = build(kit), kit.state(kit.geometry(), N, air=SMOKE)
    world.memory["weather.fog"] = np.full(N, 0.3)
    out = kit.record(suite, world, 2)[-1]
    world.memory["weather.fog"] = np.zeros(N)
    clear = kit.record(suite, world, 2)[-1]
    more = np.median(out.reading[:, 1]) - np.median(clear.reading[:, 1])
    assert 40.0 < more < 200.0
    assert np.median(out.reading[:, 9]) > np.median(clear.reading[:, 9]) + 0.1
    assert np.array_equal(out.ideal, clear.ideal)


def test_counting_noise_follows_the_root_of_the_counts_and_the_step_does_not_matter(kit):
    spread = {}
    for mass, dt in ((2.0, 10.0), (32.0, 10.0), (32.0, 1.0), (32.0, 600.0)):
        air = {**SMOKE, "PM1": mass}
        rows = np.array([r.reading[:, 4] for r in read(kit, air, 24, n=200, values=DRY, dt=dt)])[4:]
        spread[mass, dt] = np.sqrt((rows.std(axis=0) ** 2).mean()) / rows.mean()
    expected = [1 / np.sqrt(7.7 * m * 2 * t * SPS30.volume) for m, t in ((2.0, 16.0), (32.0, 2.0))]
    assert spread[2.0, 10.0] == pytest.approx(np.hypot(expected[0], 0.03), rel=0.15)
    assert spread[32.0, 10.0] == pytest.approx(np.hypot(expected[1], 0.03), rel=0.15)
    assert spread[32.0, 600.0] == pytest.approx(spread[32.0, 10.0], rel=0.15)
    assert spread[32.0, 1.0] == pytest.approx(spread[32.0, 10.0], rel=0.2)


def test_the_part_follows_smoke_at_once_and_clean_air_slowly(kit):
    seen = {}
    for before, after in ((50.0, 100.0), (0.5, 1.0)):
        suite = build(kit, dt=1.0, tube_volume=0.0)
        suite.start(kit.state(kit.geometry(), N, 1.0, air={**SMOKE, "PM1": before}, **DRY), 3, 0)
        later = kit.state(kit.geometry(), N, 1.0, air={**SMOKE, "PM1": after}, **DRY)
        read_ = [np.median(suite.read(later, 1.0, 3, i + 1).reading[:, 4]) for i in range(100)]
        seen[before] = (np.array(read_) - 0.5 * read_[-1]) / (0.5 * read_[-1])
    assert seen[50.0][3] == pytest.approx(1 - np.exp(-(4 - 1) / 2.0), abs=0.1)
    assert seen[0.5][15] == pytest.approx(1 - np.exp(-(16 - 1) / 16.0), abs=0.15)


def test_dense_smoke_saturates_and_says_so(kit):
    out = read(kit, {**SMOKE, "PM1": 5000.0})[-1]
    assert (out.reading[:, :4] <= 1000.0).all() and (out.reading[:, 4:9] <= 3000.0).all()
    assert (out.status[:, 0] & Status.SAT_HIGH).all()


def test_the_fan_cleans_once_a_week_at_any_time_and_values_stay(kit):
    suite = build(kit, 3000)
    world = kit.state(kit.geometry(), 3000, air=SMOKE)
    suite.start(world, 3, 0)
    sensor = suite.sensor("pm")
    phase = sensor.memory["timer"] / sensor.unit["period"]
    assert np.histogram(phase, 5, (0, 1))[0] == pytest.approx(np.full(5, 600), abs=120)
    assert sensor.unit["period"] == pytest.approx(SPS30.cleaning_period, rel=0.03)
    sensor.memory["timer"][:7] = sensor.unit["period"][:7] - 15.0
    outs = [suite.read(world, 5.0, 3, i + 1) for i in range(6)]
    flags = np.array([(r.status[:7, 0] & Status.MAINTENANCE) > 0 for r in outs])
    assert flags.sum(axis=0) == pytest.approx(2, abs=1) and flags.any(axis=0).all() and not flags[0].any()
    for before, after, cleaning in zip(outs[:-1], outs[1:], flags[1:], strict=True):
        assert np.array_equal(before.reading[:7][cleaning], after.reading[:7][cleaning])
        assert not valid(after.status[:7, 0][cleaning]).any()


def test_the_clock_of_the_fan_starts_anew_with_power(kit):
    suite, world = build(kit, 4), kit.state(kit.geometry(), 4, air=SMOKE)
    kit.record(suite, world, 2)
    suite.disable("pm")
    suite.read(world, 10.0, 3, 3)
    suite.enable("pm")
    suite.read(world, 10.0, 3, 4)
    assert (suite.sensor("pm").memory["timer"] <= 20.0).all()


def test_fan_and_laser_are_flagged_and_a_web_is_not(kit):
    world = kit.state(kit.geometry(), 40, air=SMOKE)
    whole = kit.record(build(kit, 40), world, 4)[-1].reading[:, 1]
    for kind, bit in (("fan", Status.FAN), ("laser", Status.LASER), ("web", Status(0))):
        out = kit.record(build(kit, 40, faults={**SOUND, kind: 1e6}), world, 4)[-1]
        hurt = out.hidden["fault"][:, 0] > 0
        assert hurt.mean() > 0.5
        native = out.status[:, 0] & int(Status.FAN | Status.LASER | Status.PATH_BLOCKED)
        assert (native[hurt] == int(bit)).all() and (native[~hurt] == 0).all()
        ratio = np.median(out.reading[hurt, 1] / whole[hurt])
        low, high = {"fan": (0.1, 0.6), "laser": (0.0, 1e-6), "web": (1.2, 5.0)}[kind]
        assert low <= ratio <= high


def test_heat_and_frost_are_out_of_the_range_of_the_part(kit):
    cold = read(kit, SMOKE, 60, n=2, values={"air_temperature": 255.0, "dew_point": 250.0}, probe=True)[-1]
    fine = read(kit, SMOKE, n=2, values=DRY, probe=True)[-1]
    assert (cold.status[:, 1] & Status.OUT_OF_SPEC_ENV).all() and not (fine.status[:, 1] & Status.OUT_OF_SPEC_ENV).any()


def test_wrong_parameters_are_refused(kit):
    with pytest.raises(InputError, match="humidity_correction"):
        build(kit, 1, humidity_correction=2.0)


def test_the_table_of_seen_particles_follows_the_growth_of_mass():
    table = particulate.seen_table().reshape(-1, 3, 3)
    read_mass = (table[:, 0] * particulate.mass_weights()).sum(axis=1)
    assert read_mass / read_mass[0] == pytest.approx(particulate.GROWTH, rel=0.03)
