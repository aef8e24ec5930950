import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gg_gym.detection.ensemble import Ensemble, torch_threads
from gg_gym.detection.metrics import macro_auprc, negative_log_likelihood
from gg_gym.detection.networks import LIMIT, prepare_frames, squash
from gg_gym.detection.spec import ChannelSpec, DetectorSpec
from gg_gym.detection.training import TrainingOptions, fit_temperature, train, train_reference, train_small
from gg_gym.errors import InputError


def equal(a, b):
    return all(
        np.array_equal(getattr(a, k), getattr(b, k)) for k in ("probabilities", "severity", "anomaly", "features")
    )


def test_learns_ramp_step_and_hot_pixel(trained, windows):
    ensemble, report, _ = trained
    fresh = windows(200, 11)
    prediction = ensemble.predict(fresh)
    assert prediction.probabilities.shape == (2, 200, 4)
    np.testing.assert_allclose(prediction.probabilities.sum(-1), 1)
    assert macro_auprc(prediction.mean, fresh["event_class"]) > 0.9
    assert report.loss[-1][1] < 0.5 * report.loss[0][1]
    anomaly = prediction.anomaly.mean(0) > 0.5
    assert (anomaly == (fresh["event_class"].numpy() > 0)).mean() > 0.9
    events = fresh["event_class"].numpy() > 0
    assert np.corrcoef(prediction.severity.mean(0)[events], fresh["severity"].numpy()[events])[0, 1] > 0.7


def test_without_a_camera_scalars_still_work_and_hot_pixels_are_missed(trained, windows):
    ensemble, _, _ = trained
    fresh = windows(200, 12)
    blind = {k: v for k, v in fresh.items() if k not in ("thermal", "tmask")}
    masked = fresh | {"tmask": torch.zeros(200, 8)}
    assert equal(ensemble.predict(blind), ensemble.predict(masked))
    p, y = ensemble.predict(blind).mean, fresh["event_class"].numpy()
    assert (p.argmax(1) == y)[np.isin(y, (1, 3))].mean() > 0.8
    assert (p.argmax(1) == y)[y == 2].mean() < 0.8
    mixed = fresh | {"tmask": (torch.arange(200) % 2)[:, None].repeat(1, 8).float()}
    np.testing.assert_allclose(ensemble.predict(mixed).mean[::2], p[::2], atol=1e-6)


@pytest.mark.parametrize("poison", [1e30, float("nan"), float("inf"), -1e30])
def test_values_under_mask_0_change_nothing(trained, windows, poison):
    ensemble, _, _ = trained
    clean = windows(8, 13)
    clean["tmask"][::2, 3] = 0
    dirty = {k: v.clone() for k, v in clean.items()}
    dirty["x"][dirty["mask"] == 0] = poison
    dirty["thermal"][dirty["tmask"] == 0] = poison
    assert equal(ensemble.predict(clean), ensemble.predict(dirty))


def test_values_that_are_not_finite_count_as_masked(trained, windows):
    ensemble, _, _ = trained
    clean = windows(8, 14)
    clean["mask"][:, 2, 10] = clean["tmask"][:, 1] = 0
    dirty = {k: v.clone() for k, v in clean.items()}
    dirty["mask"][:, 2, 10], dirty["x"][:, 2, 10] = 1, float("nan")
    dirty["tmask"][:, 1], dirty["thermal"][:, 1, 5, 5] = 1, float("nan")
    assert equal(ensemble.predict(clean), ensemble.predict(dirty))


def test_batch_and_single_predictions_agree(trained, windows):
    ensemble, _, _ = trained
    batch = windows(70, 15)
    whole = ensemble.predict(batch)
    for row in (0, 33, 69):
        one = ensemble.predict({k: v[row : row + 1] for k, v in batch.items()})
        np.testing.assert_allclose(one.probabilities[:, 0], whole.probabilities[:, row], atol=1e-5)
        np.testing.assert_allclose(one.anomaly[:, 0], whole.anomaly[:, row], atol=1e-5)
    arrays = {k: v.numpy() for k, v in batch.items()}
    assert equal(ensemble.predict(arrays), whole)
    assert ensemble.predict({k: v[:0] for k, v in batch.items()}).probabilities.shape == (2, 0, 4)


def test_the_same_seed_gives_the_same_weights_and_members_do_not_depend_on_their_number(specification, windows):
    digests = []
    for members in (2, 2, 1):
        ensemble = Ensemble(specification(), members, seed=5)
        train(ensemble, windows(40, 1), 4, 6, options=TrainingOptions(batch=8), threads=1)
        digests.append(ensemble)
    assert digests[0].digest() == digests[1].digest() != digests[2].digest()
    p = [e.predict(windows(9, 2)).probabilities for e in digests]
    np.testing.assert_allclose(p[0][:1], p[2], atol=1e-6)
    assert np.abs(p[0][0] - p[0][1]).max() > 1e-3
    other = Ensemble(specification(), 2, seed=5)
    train(other, windows(40, 1), 4, 7, options=TrainingOptions(batch=8), threads=1)
    assert other.digest() != digests[0].digest()


def test_calibration_lowers_the_loss_and_is_fitted_on_the_average(trained):
    ensemble, report, held = trained
    assert report.validation_nll_after < report.validation_nll_before
    assert ensemble.temperature == report.temperature != 1.0
    loss = negative_log_likelihood(ensemble.predict(held).mean, held["event_class"])
    assert loss == pytest.approx(report.validation_nll_after, rel=1e-4)


def test_the_temperature_of_known_logits_is_found(specification):
    """Labels drawn from softmax(logits / 2): one member, or two equal ones, ask for 2."""
    rng = np.random.default_rng(0)
    ensemble, logits = Ensemble(specification(), 1), 4.0 * rng.standard_normal((1, 20_000, 4))
    labels = (logits[0] / 2 + rng.gumbel(size=(20_000, 4))).argmax(1).astype(np.int64)
    for stacked in (logits, np.repeat(logits, 2, axis=0)):
        assert fit_temperature(ensemble, stacked, labels)[0] == pytest.approx(2.0, rel=0.04)


def test_threads_and_global_randomness_are_left_alone(specification, windows):
    before, state = torch.get_num_threads(), torch.get_rng_state()
    Ensemble(specification(), 1).predict(windows(3, 1))
    train(Ensemble(specification(), 1), windows(20, 1), 1, threads=1, options=TrainingOptions(batch=4))
    assert torch.get_num_threads() == before and torch.equal(torch.get_rng_state(), state)
    with pytest.raises(InputError), torch_threads(0):
        pass


def test_a_loader_and_a_dataset_train_as_a_dict_does(specification, windows):
    data = windows(50, 1)

    def data_of(rows):
        return {k: v[rows] for k, v in data.items()}

    class Windows:
        def __len__(self):
            return 50

        def __getitems__(self, rows):
            return data_of(rows)

    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.arange(50)),
        batch_size=16,
        collate_fn=lambda r: data_of([int(v) for (v,) in r]),
    )
    digests = set()
    for source in (data, Windows(), loader):
        ensemble = Ensemble(specification(), 1)
        train(ensemble, source, 3, options=TrainingOptions(batch=8), threads=1)
        digests.add(ensemble.digest())
    assert len(digests) == 1


def test_early_stopping_keeps_the_best_weights(specification, windows):
    ensemble, calls = Ensemble(specification(), 1, 1), []
    options = TrainingOptions(batch=8, learning_rate=3e-2, check_every=2, patience=1)
    report = train(
        ensemble, windows(24, 1), 40, validation=windows(24, 9, noise=4.0), options=options, threads=1,
        progress=lambda done, of: calls.append((done, of)),
    )  # fmt: skip
    assert report.best_steps[0] <= report.steps and calls[-1] == (report.steps, 40)


def test_the_reference_is_one_member_and_keeps_windows_back(specification, windows):
    reference, report = train_reference(specification(), windows(50, 1), 3, threads=1)
    assert reference.members == 1 and report.held_out == 10 and report.windows == 40


def test_the_small_preset_fits_two_detectors(specification, windows):
    ensemble, reference = train_small(specification(), windows(160, 1), 2)
    fresh = windows(80, 5)
    assert (ensemble.members, reference.members) == (3, 1)
    assert macro_auprc(ensemble.predict(fresh).mean, fresh["event_class"]) > 0.6


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda d: d.pop("event_class"), "event_class"),
        (lambda d: d.update(event_class=torch.full((20,), 9)), "event_class"),
        (lambda d: d.update(x=d["x"][:, :3]), "shape"),
        (lambda d: d.update(severity=d["severity"][:3]), "severity"),
        (lambda d: [d.update({k: v[:0]}) for k, v in list(d.items())], "no window"),
    ],
)
def test_malformed_training_data_is_refused(specification, windows, change, word):
    data = windows(20, 1)
    change(data)
    with pytest.raises(InputError, match=word):
        train(Ensemble(specification(), 1), data, 1)
    with pytest.raises(InputError, match="steps"):
        train(Ensemble(specification(), 1), windows(20, 1), 0)


def test_save_and_load_give_equal_outputs(trained, windows, tmp_path):
    ensemble, _, _ = trained
    ensemble.save(tmp_path / "detector")
    again = Ensemble.load(tmp_path / "detector")
    assert (
        again.digest() == ensemble.digest()
        and again.spec == ensemble.spec
        and again.card == json.loads(json.dumps(ensemble.card))
    )
    assert equal(again.predict(windows(9, 3)), ensemble.predict(windows(9, 3)))
    Ensemble(ensemble.spec, 1, 9).save(tmp_path / "detector")
    assert Ensemble.load(tmp_path / "detector").members == 1
    assert sorted(p.suffix for p in (tmp_path / "detector").iterdir()) == [".json", ".safetensors"]
    again.save(tmp_path / "copy"), ensemble.save(tmp_path / "copy2")
    names = [p.name for p in (tmp_path / "copy").iterdir()]
    assert all((tmp_path / "copy" / n).read_bytes() == (tmp_path / "copy2" / n).read_bytes() for n in names)


def _flip(path):
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(bytes(data))


def _edit(**changes):
    def edit(folder):
        record = json.loads((folder / "detector.json").read_text())
        for key, value in changes.items():
            (record["description"] if key in record["description"] else record)[key] = value
        (folder / "detector.json").write_text(json.dumps(record))

    return edit


DAMAGE = {
    "weights flipped": lambda f: _flip(next(f.glob("*.safetensors"))),
    "weights missing": lambda f: next(f.glob("*.safetensors")).unlink(),
    "weights truncated": lambda f: next(f.glob("*.safetensors")).write_bytes(b"short"),
    "description missing": lambda f: (f / "detector.json").unlink(),
    "description no json": lambda f: (f / "detector.json").write_text("{"),
    "description a list": lambda f: (f / "detector.json").write_text("[]"),
    "description nested": lambda f: (f / "detector.json").write_text("[" * 100_000),
    "description pickled": lambda f: (f / "detector.json").write_bytes(pickle.dumps({"a": 1})),
    "other format": _edit(format="else"),
    "path as hash": _edit(weights_sha256="../" * 20),
    "members": _edit(members=3),
    "members huge": _edit(members=10**9),
    "members text": _edit(members="2"),
    "temperature": _edit(temperature=0.0),
    "bias": _edit(class_bias=[0.0]),
    "bias text": _edit(class_bias=["a"] * 4),
    "spec": _edit(spec={"channels": []}),
    "extra": _edit(extra=1),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_and_foreign_files_are_refused(specification, tmp_path, damage):
    Ensemble(specification(), 2, 0).save(tmp_path / "d")
    damage(tmp_path / "d")
    with pytest.raises(InputError):
        Ensemble.load(tmp_path / "d")


def test_weights_that_are_valid_but_wrong_are_refused(specification, tmp_path):
    """Right hash, wrong content: NaN, other shapes, no safetensors file at all."""
    import hashlib

    for data in (
        safetensors.torch.save({"a": torch.zeros(3)}),
        safetensors.torch.save({k: v * float("nan") for k, v in Ensemble(specification(), 1).copy_weights().items()}),
        pickle.dumps({"a": 1}),
    ):
        Ensemble(specification(), 1).save(tmp_path)
        digest = hashlib.sha256(data).hexdigest()
        (tmp_path / f"weights-{digest[:16]}.safetensors").write_bytes(data)
        _edit(weights_sha256=digest)(tmp_path)
        with pytest.raises(InputError, match="weights"):
            Ensemble.load(tmp_path)


def test_an_unwritable_place_is_refused(specification, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        Ensemble(specification(), 1).save(tmp_path / "file" / "detector")
    ensemble = Ensemble(specification(), 1)
    ensemble.card["loss"] = float("nan")
    with pytest.raises(InputError, match="card"):
        ensemble.save(tmp_path / "detector")


def test_the_exported_module_agrees_and_takes_any_batch(trained, windows):
    ensemble, _, _ = trained
    batch = windows(7, 21)
    inputs = tuple(batch[k] for k in ("x", "mask", "thermal", "tmask"))
    want = ensemble.predict(batch)
    with torch.no_grad():
        p, severity, anomaly = ensemble.export_module()(*inputs)
    np.testing.assert_allclose(p.numpy(), want.probabilities.swapaxes(0, 1), atol=1e-6)
    np.testing.assert_allclose(severity.numpy().T, want.severity, atol=1e-6)
    np.testing.assert_allclose(anomaly.numpy().T, want.anomaly, atol=1e-6)


def test_the_exported_program_has_a_free_batch_size(specification, windows):
    ensemble = Ensemble(specification(blocks=0), 1, seed=2)
    batch = windows(5, 21)
    p, _, _ = ensemble.export().module()(*(batch[k] for k in ("x", "mask", "thermal", "tmask")))
    np.testing.assert_allclose(p.detach().numpy()[:, 0], ensemble.predict(batch).probabilities[0], atol=1e-6)


def test_a_few_windows_that_are_all_right_do_not_ask_for_certainty(specification):
    ensemble = Ensemble(specification(), 1)
    logits, labels = 4.0 * np.eye(4)[None, np.arange(8) % 4], np.arange(8, dtype=np.int64) % 4
    temperature, before, after = fit_temperature(ensemble, logits, labels)
    assert 0.5 < temperature < 1 and after < before


def test_spec_round_trips_and_refuses(specification):
    spec = specification()
    assert DetectorSpec.from_json(spec.to_json()) == spec
    assert spec.groups == ((0, 1), (2, 3), (4, 5)) and spec.small().channels == spec.channels
    for sizes in ({"patch": 5}, {"frames": 3}, {"frame_patch": 7}, {"width": 10**9}, {"width": 8.0}, {"blocks": True}):
        with pytest.raises(InputError):
            specification(**sizes)
    for text in ("", "[]", '{"width": 3}', spec.to_json().replace('"width":24', '"width":"24"')):
        with pytest.raises(InputError):
            DetectorSpec.from_json(text)
    with pytest.raises(InputError, match="scale"):
        ChannelSpec.of({**vars(spec.channels[0]), "scale": 0})
    with pytest.raises(InputError, match="no unit"):
        ChannelSpec.of({"name": "a", "instrument": "b", "low": 0, "high": 1, "centre": 0, "scale": 1})
    with pytest.raises(InputError):
        DetectorSpec.of([])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=2, max_size=20))
def test_squash_is_bounded_odd_and_monotone(values):
    z = torch.tensor(sorted(values))
    y = squash(z)
    assert bool((y.abs() <= LIMIT).all()) and bool((y.diff() >= 0).all()) and torch.equal(squash(-z), -y)


def test_one_hot_pixel_reaches_the_patches():
    frames = torch.full((1, 1, 60, 80), 290.0)
    frames[0, 0, 37, 51] = 320.0
    patches, gauge, there = prepare_frames(frames, torch.ones(1, 1), 10)
    hot = patches[0, 0, :, :25].amax(-1)
    assert int(hot.argmax()) == (37 // 10) * 8 + 51 // 10 and int((hot > 1).sum()) == 1
    assert gauge[0, 0, 1] > 1 and there.item() == 1


def test_the_past_alone_moves_a_causal_token(specification):
    """A change in the last token leaves earlier tokens of the blocks alone."""
    network = Ensemble(specification(), 1).network
    h = torch.randn(1, 2, 16, 24)
    changed = h.clone()
    changed[:, :, 10] += 1
    with torch.no_grad():
        for block in network.blocks:
            assert torch.equal(block(h)[:, :, :10], block(changed)[:, :, :10])
            assert not torch.equal(block(h)[:, :, 10:], block(changed)[:, :, 10:])


def test_importing_the_package_costs_no_torch():
    code = "import sys, gg_gym.detection as d, gg_gym.feedback; d.DetectorSpec; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
