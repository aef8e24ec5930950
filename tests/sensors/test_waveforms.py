"""Waveforms have the features of the channels: phasors, distortion, bands, pulses; and their draws are addressed."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from gg_gym.equations.spectrum import harmonic_phasors
from gg_gym.errors import InputError
from gg_gym.parameters.sound import BANDS
from gg_gym.physics.state import HARMONICS
from gg_gym.physics.vibration import BANDS as SHAKES
from gg_gym.physics.vibration import MODES, features
from gg_gym.sensors import SENSORS, SensorConfiguration, synthesise
from gg_gym.sensors.acoustic import LEVEL
from gg_gym.sensors.emf import HE, THD_E, E
from gg_gym.sensors.waveforms import KINDS

ORDERS = np.array(HARMONICS, dtype=float)


def built(kit, key, name, n=3):
    config = SensorConfiguration(key=key, name=name, rate=1.0, position=kit.place, parameters=kit.sound)
    return SENSORS[key](config, kit.geometry(), kit.conditions(n, age=1.0), {})


def world(kit, n=3):
    state = kit.state(kit.geometry(), n, interharmonic=1e-3, wind=(6.0, 3.0, 0.0))
    state.ambient_e[:, :, 1] = 0.05j * state.ambient_e[:, :, 0]
    state.ambient_e[:, :, 2] = 0.03 * state.ambient_e[:, :, 0]
    phase = np.exp(-2j * np.pi / 3 * np.arange(3))
    state.current = np.zeros((n, 3, 9), complex)
    state.current[:, :, 0] = 100.0 * phase * (1.0 + np.arange(n)[:, None])
    state.current[:, :, 1] = 8.0
    state.voltage = 7200.0 * np.ones((n, 3, 9)) * (ORDERS == 1)
    state.memory["acoustics.background"] = np.tile(10.0 ** (0.1 * np.linspace(60, 25, 8)), (n, 1))
    state.memory["vibration.gust"] = np.ones((n, 2, MODES + 1, 2))
    state.memory["vibration.ring"], state.memory["vibration.high"] = np.zeros((n, 2, MODES, 2)), np.full((n, 2), 0.04)
    state.memory["vibration.blow_age"], state.memory["vibration.peak"] = np.zeros(n), np.zeros(n)
    return state


def fitted(wave):
    """Rms phasors (C, H) by least squares, so that a block need not hold whole periods."""
    time = (np.arange(wave.values.shape[1]) - (wave.values.shape[1] - 1)) / wave.rate
    angle = 2 * np.pi * wave.mains * time[:, None] * ORDERS
    basis = np.sqrt(2) * np.concatenate([np.cos(angle), -np.sin(angle)], axis=1)
    found = np.linalg.lstsq(basis, wave.values.T, rcond=None)[0]
    return (found[:9] + 1j * found[9:]).T


def bands(values, rate, edges):
    spectrum, frequency = np.abs(np.fft.rfft(values)) ** 2, np.fft.rfftfreq(values.shape[-1], 1 / rate)
    scale = 2.0 / values.shape[-1] ** 2
    return np.array([scale * spectrum[..., (frequency >= a) & (frequency < b)].sum(-1) for a, b in pairwise(edges)])


def test_twenty_milliseconds_of_current_have_the_phasors_of_the_state(kit):
    state = world(kit)
    wave = synthesise(state, "current", 1, seed=7, index=3)
    assert wave.values.shape == (3, 205) and wave.unit == "A"
    assert fitted(wave) == pytest.approx(state.current[1], abs=1.0)
    assert np.abs(fitted(wave)[:, 0]) == pytest.approx(200.0, rel=0.005)


def test_energy_between_harmonics_is_the_states(kit):
    state = world(kit)
    state.interharmonic[:] = 0.05
    for arc in (False, True):
        state.arc_on[:] = arc
        wave = synthesise(state, "current", 0, duration=0.2)
        assert np.sqrt(bands(wave.values[0], wave.rate, (2000.0, 5000.0))[0]) == pytest.approx(5.0, rel=0.02)


def test_the_field_a_probe_sees_agrees_with_its_channels(kit):
    state, suite = world(kit), kit.suite(("emf",), 3, age=1.0)
    out = kit.record(suite, state, 2)[-1]
    probe = suite.sensor("emf")
    wave = synthesise(state, "electric", 2, seed=1, sensor=probe)
    found = np.abs(fitted(wave))
    assert found[:, 0] == pytest.approx(out.reading[2, E], rel=0.02, abs=1.0)
    total = np.sqrt((found**2).sum(0))
    thd = np.sqrt((total[1:] ** 2).sum()) / total[0]
    assert thd == pytest.approx(out.reading[2, THD_E], abs=0.01)
    assert total[1] / total[0] == pytest.approx(out.reading[2, HE.start], abs=0.01)


def test_a_clipped_field_is_flat_and_has_odd_harmonics(kit):
    state = kit.state(kit.geometry(), 2, electric_field=(0.0, 0.0, 30e3))
    suite = kit.suite(("emf",), 2)
    out = kit.record(suite, state, 2)[-1]
    wave = synthesise(state, "electric", 0, sensor=suite.sensor("emf"), duration=0.1)
    assert np.abs(wave.values).max() == 20e3
    count = round(wave.rate * 0.1)
    phase = 2 * np.pi * 60.0 * np.arange(count) / wave.rate
    real, imag = harmonic_phasors(wave.values[2, :count], ORDERS, phase)
    third = np.hypot(real, imag)[1] / np.hypot(real, imag)[0]
    assert third == pytest.approx(out.reading[0, HE.start], rel=0.1)


def test_sound_has_the_levels_of_the_channels(kit):
    state, mic = world(kit), built(kit, "spu0410", "acoustic")
    wave = synthesise(state, "sound", 1, seed=5, sensor=mic)
    level = 10 * np.log10(bands(wave.values[0], wave.rate, BANDS) / (20e-6) ** 2)
    want = mic.ideal(state, SimpleNamespace(body=np.full(3, 25.0)))[1, -1, LEVEL]
    assert level == pytest.approx(want, abs=0.1)


def test_an_arc_sounds_in_pulses_and_a_calm_place_does_not(kit):
    state = world(kit)
    calm = synthesise(state, "sound").values[0]
    state.arc_on[:], state.arc_position[:] = True, (0.0, -0.5, 8.0)
    state.memory["arcs.sound_power"] = np.full((3, 8), 1e-4)
    loud = synthesise(state, "sound", points=np.array([kit.place])).values[0]
    kurtosis = []
    for x in (calm, loud):
        spectrum, frequency = np.fft.rfft(x), np.fft.rfftfreq(len(x), 1 / KINDS["sound"][0])
        spectrum[(frequency < 30e3) | (frequency >= 50e3)] = 0.0
        high = np.fft.irfft(spectrum, len(x))
        kurtosis.append(float((high**4).mean() / (high**2).mean() ** 2))
    assert kurtosis[0] == pytest.approx(3.0, abs=0.2) and kurtosis[1] > 15.0


def test_vibration_has_the_bands_of_the_channels_and_gravity(kit):
    state, part = world(kit), built(kit, "adxl355_iis3dwb", "vibration")
    for sensor in (None, part):
        wave = synthesise(state, "vibration", 2, seed=2, sensor=sensor, duration=10.0)
        found = np.sqrt(bands(wave.values, wave.rate, SHAKES)).T
        want = features(state)[2, :, :4] / 9.80665 if sensor is None else part.moved(state)[0][2]
        assert found == pytest.approx(want, rel=0.01, abs=1e-7)
        assert wave.values[2].mean() == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("kind", list(KINDS))
def test_draws_are_addressed_by_seed_kind_and_sample(kit, kind):
    state = world(kit)
    one = synthesise(state, kind, 1, seed=3, index=4)
    again = synthesise(state.take([2, 1]), kind, 1, seed=3, index=4)
    assert np.array_equal(one.values, again.values)
    assert not np.array_equal(one.values, synthesise(state, kind, 1, seed=3, index=5).values)
    assert not np.array_equal(one.values, synthesise(state, kind, 1, seed=4, index=4).values)


def test_asking_leaves_the_instrument_as_it_was(kit):
    state, mic = world(kit), built(kit, "spu0410", "acoustic")
    before = {k: v.copy() for k, v in mic.memory.items()}
    synthesise(state, "sound", 0, sensor=mic)
    assert all(np.array_equal(before[k], v) for k, v in mic.memory.items())


def test_bad_questions_are_refused(kit):
    state, mic = world(kit), built(kit, "spu0410", "acoustic")
    for arguments, match in (
        (("radar",), "kind of waveform"), (("sound", 9), "row"), (("current", -1), "row"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=match):
            synthesise(state, *arguments)
    with pytest.raises(InputError, match="duration of sound"):
        synthesise(state, "sound", duration=100.0)
    with pytest.raises(InputError, match="sensor of a waveform"):
        synthesise(state, "vibration", sensor=mic)
    with pytest.raises(InputError, match="sensor of a waveform"):
        synthesise(state, "current", sensor=mic)
