import dataclasses
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.datasets import ResumableSampler, WindowDataset, WindowStream, split_by
from gg_gym.datasets.streaming import as_iterable, loader
from gg_gym.errors import DamagedFileError, InputError
from gg_gym.records import DatasetWriter, assemble
from gg_gym.records.transcode import transcode


def same(a, b):
    return set(a) == set(b) and all(torch.equal(a[k], b[k]) for k in a)


@pytest.fixture(scope="module")
def synthetic():
    path = Path(__file__).resolve().parents[2] / "experiments" / "benchmarks" / "synthetic_run.py"
    spec = importlib.util.spec_from_file_location("gg_synthetic_windows", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def written(tmp_path, synthetic):
    def write(runs, folder="data", **options):
        with DatasetWriter(tmp_path / folder, "test", channels=synthetic.channels(), **options) as writer:
            for run in runs:
                writer.write(run)
        return tmp_path / folder

    return write


@pytest.fixture
def runs(synthetic):
    return [synthetic.make_run(i, samples=(64, 128)[i % 2]) for i in range(4)]


@pytest.mark.parametrize("end", [1, 5, 8, 30, 63, 64])
def test_windows_equal_those_of_the_environment(written, runs, synthetic, end):
    batch = WindowDataset(written(runs), ends=(end,)).tensors()
    for row, run in enumerate(runs):
        one = {g: {k: v[None] for k, v in getattr(run, g).items()} for g in ("readings", "status", "labels")}
        expected = assemble.windows(one["readings"], one["status"], list(synthetic.WIDTHS), end=end)
        expected |= assemble.window_labels(one["labels"], end)
        for key, value in expected.items():
            assert batch[key][row].numpy().tobytes() == value[0].tobytes(), key


def test_windows_cross_chunks(written, runs):
    data = WindowDataset(written(runs), ends=(64, 100, 128))
    assert len(data) == 4 + 2 + 2
    run = runs[1]
    row = next(i for i in range(len(data)) if data[i]["end"] == 100)
    window = data[row]
    there = window["mask"][0].numpy() > 0
    np.testing.assert_array_equal(window["x"][0].numpy()[there], run.readings["voc"][36:100, 0][there])
    at = run.frame_samples[(run.frame_samples >= 36) & (run.frame_samples < 100)]
    frames = run.readings["thermal"][np.searchsorted(run.frame_samples, at)] * np.float32(0.01)
    np.testing.assert_array_equal(window["thermal"].numpy()[(at - 36) // 8], frames)


def test_missing_frames_and_values_are_masked(written, synthetic):
    run = synthetic.make_run(0)
    frames = run.readings["thermal"].copy()
    frames[3] = 0
    status = {**run.status, "wind": np.full(64, 1 << 8, np.uint32)}
    run = dataclasses.replace(run, readings={**run.readings, "thermal": frames}, status=status)
    window = WindowDataset(written([run]))[0]
    assert window["tmask"].tolist() == [1, 1, 1, 0, 1, 1, 1, 1]
    assert window["mask"][10:13].sum() == 0
    assert window["x"][10:13].abs().sum() == 0
    other = synthetic.make_run(1)
    nothing = dataclasses.replace(
        other,
        readings={k: v for k, v in other.readings.items() if k != "thermal"},
        truth={},
        frame_samples=np.zeros(0, np.int32),
    )
    folder = written([nothing], "none")
    blind = WindowDataset(folder)[0]
    assert blind["thermal"].shape == (8, 60, 80)
    assert blind["tmask"].sum() == 0
    assert WindowDataset(folder, frames=False)[0].keys() == {
        "x",
        "mask",
        "event_class",
        "severity",
        "anomaly",
        "run",
        "end",
    }


def test_truth_is_handed_out_only_when_asked(written, runs):
    folder = written(runs)
    hidden = WindowDataset(folder)[0]
    assert not {"truth", "physics"} & set(hidden)
    data = WindowDataset(folder, truth=True)
    shown = data[1]
    np.testing.assert_array_equal(shown["truth"][8].numpy(), runs[1].truth["t_rh"][:64, 0])
    names = data.physics
    np.testing.assert_array_equal(shown["physics"][names.index("hot_spot")].numpy(), runs[1].physics["hot_spot"][:64])


def test_the_mapped_copy_gives_the_same_batches(written, runs, tmp_path):
    folder = written(runs)
    transcode(folder, tmp_path / "hot")
    ends = (20, 64, 128)
    assert same(WindowDataset(folder, ends=ends).tensors(), WindowDataset(tmp_path / "hot", ends=ends).tensors())


def test_damage_in_the_mapped_copy_is_found_at_the_first_read(written, synthetic):
    run = synthetic.make_run(0)
    folder = written([run], codec="null")
    path = folder / "chunks-00000.avro"
    data = bytearray(path.read_bytes())
    data[data.index(run.readings["emf"].tobytes()) + 5] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedFileError, match="readings/emf"):
        WindowDataset(folder)[0]


def test_several_folders_and_chosen_runs(written, runs):
    a, b = written(runs[:2], "a"), written(runs[2:], "b")
    both = WindowDataset([a, b])
    assert [h.run_id for h in both.headers] == [r.header.run_id for r in runs]
    chosen = WindowDataset([a, b], runs=[runs[3].header.run_id])
    assert same(chosen[0] | {"run": torch.tensor(3)}, both[3])


def test_bad_requests_are_refused(written, runs, synthetic):
    folder = written(runs)
    with pytest.raises(InputError, match="ids without samples"):
        WindowDataset(folder, runs=["nope"])
    with pytest.raises(InputError, match="no window"):
        WindowDataset(folder, ends=(1000,))
    with pytest.raises(InputError, match="none given"):
        WindowDataset([])
    with pytest.raises(InputError, match="no window"):
        WindowDataset(written([synthetic.make_run(7).header], "screened"))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 9), st.integers(0, 2**32), st.integers(0, 5), st.booleans(), st.data())
def test_a_resumed_shuffle_goes_on_exactly(size, batch, seed, epoch, drop, data):
    def sampler(**state):
        return ResumableSampler(size, batch, seed, drop_last=drop, **state)

    whole = list(sampler(epoch=epoch))
    flat = [i for b in whole for i in b]
    assert len(set(flat)) == len(flat)
    assert drop or sorted(flat) == list(range(size))
    cut = data.draw(st.integers(0, len(whole)))
    first = sampler(epoch=epoch)
    iterator = iter(first)
    begun = [next(iterator) for _ in range(cut)]
    second = sampler()
    second.load_state_dict(first.state_dict())
    assert begun + list(second) == whole
    assert second.state_dict() == {"seed": seed, "epoch": epoch + 1, "cursor": 0}


def test_epochs_differ_and_the_order_is_a_known_one():
    sampler = ResumableSampler(6, 6, seed=1)
    first, second = next(iter(sampler)), next(iter(ResumableSampler(6, 6, seed=1, epoch=1)))
    assert sorted(first) == sorted(second) == list(range(6))
    assert first != second
    assert ResumableSampler(6, 4, shuffle=False).order().tolist() == list(range(6))
    with pytest.raises(InputError, match="cursor"):
        ResumableSampler(6, 6, cursor=2)


def test_streams_resume_and_loaders_agree(written, runs):
    data = WindowDataset(written(runs), ends=(32, 64))
    stream = WindowStream(data, 3, seed=5, epochs=2)
    whole = list(stream)
    again = WindowStream(data, 3, seed=5, epochs=2)
    iterator = iter(again)
    for _ in range(2):
        next(iterator)
    rest = WindowStream(data, 3, epochs=2)
    rest.load_state_dict(again.state_dict())
    assert all(same(a, b) for a, b in zip(list(rest), whole[2:], strict=True))
    loaded = list(loader(data, ResumableSampler(len(data), 3, seed=5)))
    assert all(same(a, b) for a, b in zip(loaded, whole[: len(loaded)], strict=True))
    wrapped = torch.utils.data.DataLoader(as_iterable(WindowStream(data, 3, seed=5, epochs=1)), batch_size=None)
    assert all(same(a, b) for a, b in zip(wrapped, loaded, strict=True))


@pytest.mark.parametrize("key", ["site", "unit", "world", "weather_block"])
def test_splits_never_part_a_group(synthetic, key):
    headers = [synthetic.make_run(i).header for i in range(40)]
    fractions = {"train": 0.5, "validation": 0.25, "heldout": 0.25}
    splits = split_by(headers, key, fractions)
    assert sorted(i for ids in splits.values() for i in ids) == sorted(h.run_id for h in headers)
    value = {
        h.run_id: f"{h.weather}/{int(h.hour // 168)}" if key == "weather_block" else getattr(h, key) for h in headers
    }
    groups = [{value[i] for i in ids} for ids in splits.values()]
    assert all(groups)
    assert not groups[0] & groups[1]
    assert not groups[0] & groups[2]
    assert not groups[1] & groups[2]
    assert split_by(headers, key, fractions) == splits


def test_splits_that_cannot_be(synthetic):
    headers = [synthetic.make_run(i).header for i in range(4)]
    with pytest.raises(InputError, match="groups"):
        split_by(headers, "site", {str(i): 0.25 for i in range(4)})
    with pytest.raises(InputError, match="fractions"):
        split_by(headers, "site", {"a": 0.5})
    with pytest.raises(InputError, match="row"):
        split_by(headers, "row", {"a": 1.0})
