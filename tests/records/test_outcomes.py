"""Times of a run: onset, ignition, and the first departure from its null twin."""

from dataclasses import replace

import numpy as np
import pytest

from gg_gym.errors import InputError
from gg_gym.records.outcomes import IGNITION, departure, detectability, frame_departure, ignition, outcome
from gg_gym.records.run import RunData, RunHeader

T, DT = 64, 10.0
CHANNELS = [{"name": "CO", "instrument": "voc", "scale": 100.0}, {"name": "H2", "instrument": "voc", "scale": 50.0}]


def header(**changes):
    about = {
        "product": "p", "product_config": "{}", "weather": "w", "site": "s", "hour": 1.0, "load": 0.5, "unit": 1,
        "age": 1.0, "world": 1, "definition": {"family": "arcing_event"}, "seed": 3, "dt": DT, "samples": T,
        "engine_version": "0", "onset_s": 205.0,
    }  # fmt: skip
    return RunHeader(**{**about, **changes})


def run(step=0.0, at=25, frame=0, **changes):
    noise = np.random.Generator(np.random.Philox(5)).standard_normal((T, 2))
    values = noise * [2.0, 1.0] + [300.0, 500.0]
    values[at:, 0] += step
    frames = np.full((8, 6, 8), 29500, np.uint16)
    frames[4:] += np.uint16(frame)
    hot = np.linspace(290.0, 600.0, T)
    data = {
        "header": header(), "readings": {"voc": values.astype(np.float32), "thermal": frames},
        "status": {"voc": np.zeros(T, np.uint32), "thermal": np.zeros(T, np.uint32)},
        "labels": {"event_class": np.zeros(T, np.uint8)}, "frame_samples": np.arange(7, 64, 8, dtype=np.int32),
        "physics": {"hot_spot": hot.astype(np.float32), "mass_rate": np.ones(T, np.float32)},
    }  # fmt: skip
    return RunData(**{**data, **changes})


def test_a_step_is_found_when_it_comes_and_by_its_size():
    null = run()
    assert detectability(null, null, channels=CHANNELS) == (np.inf, "")
    assert detectability(run(step=30.0), null, channels=CHANNELS) == (26 * DT, "voc")
    assert detectability(run(step=30.0), null, margin=50.0, channels=CHANNELS) == (np.inf, "")
    units = departure(run(step=30.0), null, CHANNELS)["voc"]
    assert units[:25].max() == 0.0 and 10.0 < units[30, 0] < 22.0 and not units[:, 1].any()


def test_one_odd_sample_does_not_count_but_one_frame_does():
    blip = run().readings["voc"].copy()
    blip[10, 0] += 500.0
    assert detectability(run(readings={**run().readings, "voc": blip}), run(), channels=CHANNELS)[1] == ""
    warm = run(frame=60)
    assert frame_departure(warm, run()).tolist() == [0.0] * 4 + [12.0] * 4
    assert detectability(warm, run(), channels=CHANNELS) == ((7 + 4 * 8 + 1) * DT, "thermal")


def test_what_is_missing_is_no_departure():
    gone = np.zeros(T, np.uint32)
    gone[20:] = 1 << 6
    lost = run(step=30.0, status={"voc": gone, "thermal": np.zeros(T, np.uint32)})
    assert detectability(lost, run(), channels=CHANNELS) == (np.inf, "")


def test_ignition_needs_heat_and_lost_mass():
    hot = run()
    first = int(np.flatnonzero(hot.physics["hot_spot"] >= IGNITION)[0])
    assert ignition(hot) == (first + 1) * DT
    still = run(physics={"hot_spot": hot.physics["hot_spot"], "mass_rate": np.zeros(T, np.float32)})
    assert ignition(still) == np.inf and ignition(run(physics={})) == np.inf
    assert outcome(hot, run(), CHANNELS).onset == 205.0


@pytest.mark.parametrize(("margin", "hold"), [(0.0, 2), (np.nan, 2), (5.0, 0)])
def test_a_margin_must_be_positive(margin, hold):
    with pytest.raises(InputError, match="margin"):
        detectability(run(), run(), margin, hold=hold)


def test_runs_of_other_seeds_are_no_twins():
    with pytest.raises(InputError, match="seed"):
        detectability(run(), replace(run(), header=header(seed=4)))
