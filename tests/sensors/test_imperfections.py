"""Each imperfection follows its own law."""

import numpy as np
import pytest

from gg_gym.errors import InputError
from gg_gym.parameters.imperfections import CATALOGUE, SIZES, YEAR
from gg_gym.physics.causes import NEUTRAL
from gg_gym.physics.species import INDEX
from gg_gym.sensors import Status
from gg_gym.sensors.faults import CODES, FaultInjection
from gg_gym.sensors.voc import NAMES, OXIDES

N = 64


def gas(kit, n=N, steps=1, dt=1.0, world=None, **changes):
    """The gas array alone without faults: suite and its readings."""
    suite = kit.suite(("voc",), n, changes={"voc": {"parameters": kit.sound, **changes}})
    return suite, kit.record(suite, world or kit.state(kit.geometry(), n, dt), steps, dt=dt)


_KEPT: dict[str, np.ndarray] = {}


@pytest.fixture
def noise(kit):
    """(4096, 16, 8) noise of the gas array at 1 Hz."""
    if not _KEPT:
        _, out = gas(kit, 16, 4096)
        _KEPT["noise"] = np.stack([r.hidden["noise"] for r in out])
    return _KEPT["noise"]


def allan(x, m):
    """Allan deviation over m samples; x (T, n)."""
    means = x[: len(x) // m * m].reshape(-1, m, x.shape[1]).mean(axis=1)
    return np.sqrt(0.5 * (np.diff(means, axis=0) ** 2).mean())


def test_white_noise_averages_with_the_root_of_time(noise):
    ratio = allan(noise[:, :, 0], 1) / allan(noise[:, :, 0], 64)
    assert ratio == pytest.approx(8.0, rel=0.12)
    assert noise[:, :, 0].std() == pytest.approx(10.0, rel=0.03)


def test_flicker_has_a_floor_that_averaging_does_not_lower(noise):
    deviations = [allan(noise[:, :, 7], m) for m in (64, 128, 256, 512)]
    assert np.mean(deviations) == pytest.approx(0.010, rel=0.25)
    assert max(deviations) / min(deviations) < 1.6


def test_flicker_s_spectrum_falls_with_the_frequency(noise):
    x = noise[:, :, 7] - noise[:, :, 7].mean(axis=0)
    power = (np.abs(np.fft.rfft(x * np.hanning(len(x))[:, None], axis=0)) ** 2).mean(axis=1)
    f = np.fft.rfftfreq(len(x))
    band = (f > 1e-3) & (f < 2e-2)
    slope = np.polyfit(np.log(f[band]), np.log(power[band]), 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.3)


def test_a_step_is_followed_exponentially_and_a_sine_with_the_phase_of_the_lag(kit):
    suite = kit.suite(("t_rh",), 1)
    column, world = suite.slices["t_rh"].start, kit.state(kit.geometry(), 1, 1.0)
    suite.start(world, 3, 0)
    tau, period = suite.chain.c.rise[0, column], 400.0
    suite.chain.c.fall[:] = suite.chain.c.rise
    inputs, outputs = [], []
    for i in range(2000):
        world.air_temperature[:] = 290.0 + 5.0 * np.sin(2 * np.pi * (i + 1) / period)
        outputs.append(suite.read(world, 1.0, 3, i + 1).hidden["lagged"][0, column])
        inputs.append(suite.chain.m["last"][0, column])
    x, y = (np.array(v[-800:]) for v in (inputs, outputs))
    wave = np.exp(-2j * np.pi * np.arange(800) / period)
    response = (y @ wave) / (x @ wave)
    expected = 1.0 / (1.0 + 2j * np.pi * tau / period)
    assert abs(response) == pytest.approx(abs(expected), rel=0.01)
    assert np.angle(response) == pytest.approx(np.angle(expected), abs=0.01)


def test_drift_spreads_over_units_up_to_its_stationary_size_and_keeps_its_correlation(kit):
    n = 2000
    spans = []
    for age in (0.0, 0.3653, 3.0):
        suite = kit.suite(("voc",), n, age=age)
        spans.append(suite.chain.m["span"][:, 1])
    assert [s.std() for s in spans] == pytest.approx([0.41] * 3, rel=0.08)
    # correlation time 0.73 a: half a correlation time later e**-0.5 is left
    assert np.corrcoef(spans[0], spans[1])[0, 1] == pytest.approx(np.exp(-0.5), abs=0.08)
    assert abs(np.corrcoef(spans[0], spans[2])[0, 1]) < 0.12


def test_readings_are_multiples_of_the_quantum(kit):
    _, out = gas(kit, steps=3)
    read = out[-1].reading[:, :4]
    assert np.array_equal(read, np.round(read))


def test_ranges_scale_their_stage_and_differ_by_unit(kit):
    plain, base = gas(kit)
    loud, out = gas(kit, imperfections={"noise": (2.0, 4.0), "noise.CO": (0.0, 0.0)})
    ratio = out[0].hidden["noise"] / base[0].hidden["noise"]
    assert np.array_equal(out[0].hidden["noise"][:, 0], np.zeros(N))
    assert ratio[:, 1].min() >= 2.0 and ratio[:, 1].max() <= 4.0 and ratio[:, 1].std() > 0.3
    assert np.allclose(ratio[:, 1], ratio[:, 5])
    assert np.array_equal(loud.chain.c.gain, plain.chain.c.gain)


@pytest.mark.parametrize("stage", ["gain_spread", "offset_spread", "drift", "noise", "climate"])
def test_a_stage_switched_off_leaves_nothing_of_it(kit, stage):
    suite, out = gas(kit, imperfections={stage: (0.0, 0.0)})
    hidden = out[0].hidden
    if stage == "gain_spread":
        assert (suite.chain.c.gain == 1.0).all()
    elif stage == "offset_spread":
        assert (suite.chain.c.offset == 0.0).all()
    elif stage == "noise":
        assert (hidden["noise"] == 0.0).all()
    elif stage == "drift":
        assert np.array_equal(hidden["gain"][:, 7], suite.chain.c.gain[:, 7])
        assert suite.chain.m["span"].std() > 0.1
    else:
        cells = slice(0, 4)
        drift = suite.chain.m["zero"][:, cells]
        assert hidden["offset"][:, cells] == pytest.approx(suite.chain.c.offset[:, cells] + drift)


def test_a_calibrated_response_bends_the_reading(kit):
    table = ((-1000.0, -1000.0), (100.0, 100.0), (300.0, 100.0), (10000.0, 9800.0))
    _, plain = gas(kit)
    _, bent = gas(kit, response={"CO": table})
    assert np.median(plain[0].reading[:, 0]) > 250
    assert np.median(bent[0].reading[:, 0]) == pytest.approx(np.median(plain[0].reading[:, 0]) - 200, abs=40)
    assert np.array_equal(plain[0].reading[:, 1], bent[0].reading[:, 1])


def test_photo_ionisation_bends_towards_its_range(kit):
    world = kit.state(kit.geometry(), N, 30.0, air={"BTEX": 15000.0})
    suite, out = gas(kit, steps=20, dt=30.0, world=world)
    lagged, gain = out[-1].hidden["lagged"][:, 5], out[-1].hidden["gain"][:, 5]
    linear = lagged * gain
    raw, _, _ = suite.sense(world, 30.0, 3, 99)
    loss = 1.0 - (raw[:, 5] - out[-1].hidden["offset"][:, 5]) / linear
    assert np.median(loss) == pytest.approx(0.03 * np.median(linear) / 40000.0, rel=0.25)


def test_silicone_kills_all_but_hydrogen_after_a_small_rise(kit):
    suite, _ = gas(kit)
    array = suite.sensor("voc")
    sound = array.unit["matrix"]
    changes = {p: array._poisoned(sound, np.full(N, p)) / np.where(sound == 0, 1, sound) for p in (0.1, 0.9)}
    alcohol, hydrogen = INDEX["ALC"], INDEX["H2"]
    assert np.allclose(changes[0.1][:, alcohol, OXIDES], 1.2, atol=0.01)
    assert (changes[0.9][:, alcohol, OXIDES] < 0.15).all() and (changes[0.9][:, hydrogen, OXIDES] > 0.8).all()


def test_poison_and_exhausted_scrubber_come_with_age_and_dose(kit):
    young, old = (kit.suite(("voc",), N, age=a).sensor("voc") for a in (0.1, 6.0))
    assert np.median(young.unit["poison"]) < 0.01 < np.median(old.unit["poison"])
    ozone = INDEX["O3"]
    assert np.median(young.unit["matrix"][:, ozone, 1]) < 0.1 < 0.5 < np.median(old.unit["matrix"][:, ozone, 1])
    suite, world = kit.suite(("voc",), 2, age=0.0), kit.state(kit.geometry(), 2, 3600.0, air={"O3": 1000.0})
    before = suite.sensor("voc").unit["matrix"][:, ozone, 1].copy()
    kit.record(suite, world, 600, dt=3600.0)
    assert (suite.sensor("voc").unit["matrix"][:, ozone, 1] > before + 0.5).all()


def test_the_box_s_own_temperature_is_used_where_physics_gives_it(kit):
    suite, world = kit.suite(("voc",), 2), kit.state(kit.geometry(), 2)
    world.memory["enclosure.air"] = np.array([300.0, 330.0])
    kit.record(suite, world, 1)
    assert suite.m["body"] == pytest.approx([26.85, 56.85])


# Faults --------------------------------------------------------------------------------------------


def injected(kit, kind, sensor="voc", size=1.0, n=8, steps=6, onset=3, names=("t_rh", "voc", "wind"), **values):
    """Readings with a fault injected at ``onset`` and of the null twin; suites."""
    runs = []
    for cause in (True, False):
        suite = kit.suite(
            names,
            n,
            changes={
                "voc": {"parameters": kit.sound},
                "t_rh": {"parameters": {"fault_stuck": 0.0, "fault_dropout": 0.0}},
                "wind": {"parameters": {"fault_stuck": 0.0, "fault_dropout": 0.0}},
            },
        )
        world = kit.state(kit.geometry(), n, **values)
        suite.start(world, 3, 0)
        out = []
        for i in range(steps):
            if cause and i == onset:
                configs = [suite.sensor(k).config for k in names]
                for key, value in FaultInjection(kind, sensor, size).causes(configs).items():
                    world.causes[key][:] = value
            out.append(suite.read(world, 10.0, 3, i + 1))
        runs.append((suite, out))
    return runs


@pytest.mark.parametrize(
    ("kind", "sensor"),
    [("stuck", "voc"), ("dropout", "t_rh"), ("spike", "voc"), ("offset", "voc"), ("fouling", "voc"),
     ("ingress", "t_rh"), ("lamp", "voc"), ("poisoning", "voc"), ("scrubber", "voc"), ("web", "wind"),
     ("icing", "wind"), ("clock", "wind")],
)  # fmt: skip
def test_before_its_onset_a_fault_is_its_null_twin_and_touches_one_instrument(kit, kind, sensor):
    (suite, out), (_, null) = injected(kit, kind, sensor, 3.0)
    part = suite.slices[sensor]
    for i, (a, b) in enumerate(zip(out, null, strict=True)):
        assert np.array_equal(a.ideal, b.ideal)
        if i < 3:
            assert np.array_equal(a.reading, b.reading) and np.array_equal(a.status, b.status)
        elif sensor != "t_rh":
            assert np.array_equal(a.reading[:, : part.start], b.reading[:, : part.start])
    i = suite.instruments.index(sensor)
    codes = np.array([r.hidden["fault"][:, part.start] for r in out[3:]])
    assert (codes == CODES[kind]).all() if kind != "spike" else (codes == CODES[kind]).any()
    raised = np.array([(a.status[:, i] != b.status[:, i]).any() for a, b in zip(out[3:], null[3:], strict=True)])
    flagged = kind in ("dropout", "web", "icing")
    assert raised.any() == flagged or kind in ("offset", "ingress")


def test_effects_of_faults(kit):
    index = {k: i for i, k in enumerate(NAMES)}
    rich = {"air": {"BTEX": 500.0, "O3": 300.0}}
    (suite, out), (_, null) = injected(kit, "lamp", **rich)
    part = suite.slices["voc"].start
    assert (out[-1].reading[:, part + index["VOC106"]] < 0.2 * null[-1].reading[:, part + index["VOC106"]]).all()
    assert np.array_equal(out[-1].reading[:, part + index["AROM100"]], null[-1].reading[:, part + index["AROM100"]])
    assert np.array_equal(out[-1].status, null[-1].status)
    (_, out), (_, null) = injected(kit, "offset", size=2.0)
    gap = out[-1].reading[:, part + index["CO"]] - null[-1].reading[:, part + index["CO"]]
    assert np.median(gap) == pytest.approx(2.0 * SIZES.offset * 100.0, rel=0.25)
    (_, out), (_, null) = injected(kit, "scrubber", steps=30, **rich)
    gap = out[-1].reading[:, part + index["NO2"]] - null[-1].reading[:, part + index["NO2"]]
    assert np.median(gap) > 150
    (_, out), _ = injected(kit, "ingress", "t_rh", steps=20)
    assert (out[-1].reading[:, 1] == 100.0).all()


def test_lasting_faults_come_and_go_at_their_rates(kit):
    n = 4000
    rates = {"fouling": 4.0, "ingress": 0.0, "clock": 0.0}
    suite = kit.suite(
        ("t_rh",), n, changes={"t_rh": {"parameters": {"fault_stuck": 0.0, "fault_dropout": 0.0}, "faults": rates}}
    )
    faults, length = suite.faults, CATALOGUE["fouling"].length
    suite.start(kit.state(kit.geometry(), n), 3, 0)
    share = 4.0 / (4.0 + YEAR / length)
    column = faults.kinds.index("fouling")
    assert faults.on[:, column].mean() == pytest.approx(share, abs=0.03)
    draws = suite._streams.draw(phase=3, index=1)
    before, changes = faults.on[:, column].copy(), 0.0
    for _ in range(20):
        faults.step(0.05 * YEAR, np.zeros(n, bool), draws)
        changes += np.abs(faults.on[:, column] - before).mean()
        before = faults.on[:, column].copy()
    assert faults.on[:, column].mean() == pytest.approx(share, abs=0.03)
    # a year of a chain sampled every 18 days: expected changes per sample of the two-state chain
    rate = 4.0 + YEAR / length
    assert changes / 20 == pytest.approx(2 * share * (1 - share) * -np.expm1(-0.05 * rate), rel=0.1)


def test_about_half_of_the_catalogue_is_silent():
    silent = [k for k, v in CATALOGUE.items() if not v.flag]
    assert len(silent) >= len(CATALOGUE) / 2


@pytest.mark.parametrize(
    ("kind", "sensor", "size", "message"),
    [("gremlin", "voc", 1.0, "unknown kind"), ("lamp", "nose", 1.0, "unknown instrument"),
     ("lamp", "wind", 1.0, "does not apply"), ("lamp", "voc", -1.0, r"0 \.\. 10")],
)  # fmt: skip
def test_a_wrong_injection_is_refused(kit, kind, sensor, size, message):
    with pytest.raises(InputError, match=message):
        FaultInjection(kind, sensor, size).causes(kit.configs("t_rh", "voc", "wind"))


def test_faults_are_causes_with_neutral_values():
    assert NEUTRAL["fault_kind"] == 0.0 and NEUTRAL["fault_size"] == 1.0


# Reconfiguration and confidence ----------------------------------------------------------------------


def test_reconfiguring_one_instrument_leaves_the_others_and_its_states_alone(kit):
    n = 4
    a, b = kit.suite((), n), kit.suite((), n)
    world = kit.state(kit.geometry(), n)
    for suite in (a, b):
        kit.record(suite, world, 3, frame=True)
    a.reconfigure("voc", rate=0.5, imperfections={"noise": (0.0, 0.0)})
    x, y = (s.read(world, 10.0, 3, 4, frame=True) for s in (a, b))
    others = [i for i, c in enumerate(b.channels) if c.instrument != "voc"]
    assert np.array_equal(x.reading[:, others], y.reading[:, others]) and np.array_equal(x.frame, y.frame)
    assert np.allclose(x.hidden["lagged"], y.hidden["lagged"], rtol=1e-6)
    assert np.array_equal(x.hidden["gain"], y.hidden["gain"])
    part = a.slices["voc"]
    assert (x.hidden["noise"][:, part] == 0.0).all() and a.sensor("voc").config.rate == 0.5


def test_moving_by_reconfiguration_moves_the_place(kit):
    suite, world = kit.suite(("t_rh", "wind"), 2), kit.state(kit.geometry(), 2)
    kit.record(suite, world, 2)
    suite.reconfigure("wind", position=(0.0, -1.0, 2.0))
    slow = suite.read(world, 10.0, 3, 3).ideal[0, suite.slices["wind"].start]
    assert slow < kit.record(kit.suite(("wind",), 2), world, 1)[0].ideal[0, 0]
    with pytest.raises(InputError, match="cannot change"):
        suite.reconfigure("wind", key="sht45")
    with pytest.raises(InputError, match="unknown instrument"):
        suite.reconfigure("nose", rate=1.0)


def test_confidence_comes_from_the_reading_side(kit):
    (suite, out), (_, null) = injected(kit, "dropout", "t_rh")
    assert (out[-1].confidence[:, 0] == 0.0).all() and (null[-1].confidence[:, 0] > 0.9).all()
    (_, out), _ = injected(kit, "stuck", "voc", steps=40)
    i = suite.instruments.index("voc")
    # a stuck value is silent: only its exact repetition tells
    assert (out[4].confidence[:, i] > 0.8).all() and (out[-1].confidence[:, i] < 0.5).all()
    assert not (out[-1].status[:, i] & Status.COMM).any()


def test_confidence_falls_when_a_reading_jumps(kit):
    suite, world = kit.suite(("t_rh",), 4), kit.state(kit.geometry(), 4)
    kit.record(suite, world, 2)
    suite.chain.c.offset[:, 0] += 60.0
    jump = suite.read(world, 10.0, 3, 9)
    calm = suite.read(world, 10.0, 3, 10)
    assert (jump.confidence < 0.4).all() and (calm.confidence > 0.9).all()
