"""Generation from a manifest: resumable, the same bytes for any number of workers, shares and bounds as asked."""

import hashlib
from typing import Any

import numpy as np
import pytest

from gg_gym import InputError, load_product
from gg_gym.datasets import generation
from gg_gym.datasets.generation import GenerationManifest, MLDataGenerator, RunPlan, load_manifest, within
from gg_gym.executors import SerialExecutor
from gg_gym.records.avro import DatasetReader
from gg_gym.records.exchange import from_package, to_package
from gg_gym.records.reproduce import reproduce
from gg_gym.records.validation import validate
from gg_gym.scenarios.parameters import Slot

BASE = {"name": "set", "runs": 10, "seed": 3, "frames": False, "truth": False, "null_twins": True}


@pytest.fixture(scope="module")
def quick():
    """The product with a short past and a camera, and families of three kinds."""
    product = load_product("grid_guardian")
    operation = {**product.operation.model_dump(), "spin_up_hours": 1, "lead_in": 60.0}
    return product.replace(operation=operation, families=("baseline_operation", "arcing_event", "early_combustion"))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Several tasks and commits in a few runs; the time of generation fixed, as for archives."""
    monkeypatch.setattr(generation, "TASK", 5)
    monkeypatch.setattr(generation, "COMMIT", 8)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


def make(product, out, progress=None, executor=None, **changes):
    return MLDataGenerator(product, out, progress=progress, executor=executor).generate_dataset({**BASE, **changes})


def content(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def undisturbed(quick, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "TASK", 5)
        patch.setattr(generation, "COMMIT", 8)
        patch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        return make(quick, tmp_path_factory.mktemp("undisturbed")).folder


class StopHere(Exception):
    """What stands for a kill."""


@pytest.mark.parametrize("at", [1, 9, 20])
def test_a_killed_generation_resumes_to_the_same_bytes(quick, undisturbed, tmp_path, at):
    def stop(done, total):
        if done == at:
            raise StopHere

    with pytest.raises(StopHere):
        make(quick, tmp_path, stop)
    seen = []
    made = make(quick, tmp_path, lambda done, total: seen.append((done, total)))
    assert made.resumed == at // 8 * 8 and seen[0] == (made.resumed, 20) and seen[-1] == (20, 20)
    assert content(made.folder) == content(undisturbed)


def test_a_finished_generation_stays_as_it_is(quick, tmp_path, undisturbed):
    make(quick, tmp_path)
    again = make(quick, tmp_path)
    assert again.resumed == again.records == 20
    assert content(again.folder) == content(undisturbed)


def test_workers_and_block_size_change_no_byte(quick, tmp_path, undisturbed, monkeypatch):
    monkeypatch.setattr(generation, "TASK", 7)
    made = make(quick, tmp_path, workers=2)
    assert content(made.folder) == content(undisturbed)


def test_records_verify_and_reproduce_bit_for_bit(undisturbed, quick, tmp_path):
    assert validate(undisturbed).ok
    framed = make(quick, tmp_path, runs=2, frames=True, truth=True, null_twins=False)
    results = reproduce(framed.folder)
    assert len(results) == 2 and all(r.equal for r in results), results
    run = DatasetReader(framed.folder).read(DatasetReader(framed.folder).run_ids[0])
    assert run.readings["thermal"].shape == (8, 60, 80) and set(run.truth) >= {"voc", "emf"}
    bare = DatasetReader(undisturbed)
    assert not bare.read(bare.run_ids[0]).truth and "thermal" not in bare.read(bare.run_ids[0]).readings


def test_ideal_frames_and_masks_of_hot_spots_are_recorded_when_asked_for(quick, tmp_path):
    families = {"early_combustion": 1.0}
    asked = {"frames": True, "truth": True, "truth_frames": True, "null_twins": False, "families": families}
    made = make(quick, tmp_path, runs=3, severity=(0.8, 1.0), **asked)
    assert validate(made.folder).ok and all(r.equal for r in reproduce(made.folder))
    reader = DatasetReader(made.folder)
    runs = [reader.read(run_id) for run_id in reader.run_ids]
    for run in runs:
        assert run.truth["hot_spots"].dtype == np.uint8 and run.truth["hot_spots"].shape == (8, 60, 80)
        assert run.truth["thermal"].dtype == np.uint16 and set(np.unique(run.truth["hot_spots"])) <= {0, 1}
        back = from_package(to_package(run, reader.channels))
        assert all(np.array_equal(run.truth[k], back.truth[k]) for k in ("hot_spots", "thermal"))
    assert any(run.truth["hot_spots"].any() for run in runs)
    with pytest.raises(InputError, match="truth_frames"):
        make(quick, tmp_path / "refused", runs=1, truth_frames=True)


def test_a_null_twin_follows_its_run_and_differs_only_in_the_cause(undisturbed):
    headers = DatasetReader(undisturbed).runs()
    for event, null in zip(headers[::2], headers[1::2], strict=True):
        assert (event.seed, event.hour, event.unit) == (null.seed, null.hour, null.unit)
        assert dict(null.definition) == {**event.definition, "cause": False}
        assert null.event_class == 0 and null.onset_s == np.inf
    assert len({h.seed for h in headers}) == len(headers) // 2
    assert {h.split for h in headers} == {"train"} and {h.agent for h in headers} == {"generator"}


def plan(product, **changes):
    return RunPlan(load_manifest({**BASE, **changes}), product)


def test_shares_of_families_follow_the_weights_in_any_stretch(quick):
    weights = {"baseline_operation": 5.0, "arcing_event": 2.0, "early_combustion": 1.0}
    made = plan(quick, runs=100_000, families=weights)
    want = np.array(list(weights.values())) / 8.0
    for start in (0, 1234, 77_777):
        share = np.bincount(made.families(np.arange(start, start + 400)), minlength=3) / 400
        assert np.abs(share - want).max() < 0.03  # a stretch cuts a block of 64 at each end
    block = made.families(np.arange(640, 640 + 64))
    assert np.abs(np.bincount(block, minlength=3) / 64 - want).max() < 1.5 / 64


def test_the_place_in_a_dataset_does_not_tell_the_family(quick):
    """Law: over many blocks, each place has the shares of the whole, and neighbours are as if drawn."""
    made = plan(quick, runs=100_000, families={"baseline_operation": 1.0, "arcing_event": 1.0})
    family = made.families(np.arange(64 * 400)).reshape(400, 64)
    assert np.abs(family.mean(axis=0) - 0.5).max() < 5 * 0.5 / 20  # five standard errors
    flat = family.reshape(-1) - 0.5
    assert abs((flat[1:] * flat[:-1]).mean() / 0.25 + 1 / 63) < 0.03


def test_severity_is_the_prior_cut_to_its_range(quick):
    _, definitions = plan(quick, runs=300, severity=[0.6, 0.9], null_twins=False).records(0, 300)
    values = np.array([d.parameters["severity"] for d in definitions])
    assert values.min() >= 0.6 - 1e-6 and values.max() <= 0.9 + 1e-6 and np.ptp(values) > 0.25
    whole = Slot("s", 0.0, 1.0, "1", "linear", (2.0, 2.0), False)
    assert within(whole, 0.3, (0.0, 1.0)) == pytest.approx(0.3)
    assert whole.quantile(within(whole, 0.0, (0.25, 0.75))) == pytest.approx(0.25)
    assert whole.quantile(within(whole, 1.0, (0.25, 0.75))) == pytest.approx(0.75)


def test_records_are_a_function_of_their_number(quick):
    made = plan(quick, runs=40)
    seeds, definitions = made.records(0, 80)
    for start in (0, 7, 33):
        part, some = made.records(start, start + 5)
        assert np.array_equal(part, seeds[start : start + 5]) and some == definitions[start : start + 5]
    assert not np.intersect1d(seeds, plan(quick, runs=40, seed=4).records(0, 80)[0]).size
    assert not np.intersect1d(seeds, plan(quick, runs=40, partition="validation").records(0, 80)[0]).size


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"runs": 0}, "runs"),
        ({"colour": 1}, "colour"),
        ({"severity": [0.9, 0.1]}, "severity"),
        ({"severity": [0.1, 1.1]}, "severity"),
        ({"codec": "zip"}, "codec"),
        ({"families": {}}, "families"),
        ({"families": {"arcing_event": 0}}, "arcing_event"),
        ({"families": {"earthquake": 1}}, "earthquake"),
        ({"partition": "moon"}, "moon"),
        ({"samples": 100}, "samples"),
        ({"dt": 0.001}, "dt"),
        ({"name": "../up"}, "name"),
        ({"workers": 0}, "workers"),
    ],
)
def test_a_bad_manifest_is_one_error_and_nothing_is_written(quick, tmp_path, changes, words):
    with pytest.raises(InputError, match=words):
        make(quick, tmp_path, **changes)
    assert not list(tmp_path.iterdir())


def test_a_family_the_product_cannot_show_is_refused(quick, tmp_path):
    bare = quick.replace(physics=("weather", "airflow", "line"))
    with pytest.raises(InputError, match="needs physics modules"):
        make(bare, tmp_path, families={"early_combustion": 1})


def test_another_manifest_does_not_go_on_in_the_folder(quick, tmp_path):
    make(quick, tmp_path, runs=2)
    with pytest.raises(InputError, match="another config"):
        make(quick, tmp_path, runs=3)
    assert make(quick, tmp_path, runs=2, workers=1).resumed == 4


def test_an_executor_of_the_caller_is_used_and_left_open(quick, tmp_path, undisturbed):
    class Counting(SerialExecutor):
        tasks = 0
        closed = False

        def map(self, function, tasks):
            for task in tasks:
                self.tasks += 1
                yield function(task)

        def close(self, now=False):
            self.closed = True

    executor = Counting()
    assert content(make(quick, tmp_path, executor=executor).folder) == content(undisturbed)
    assert executor.tasks == 4 and not executor.closed


def test_the_example_manifest_holds(tmp_path):
    from pathlib import Path

    example = load_manifest(Path(__file__).resolve().parents[2] / "experiments" / "manifest.yaml")
    assert isinstance(example, GenerationManifest) and len(RunPlan(example, load_product(example.product))) == 512


def test_the_pipeline_leaves_a_detector_and_its_metrics(quick, tmp_path):
    from gg_gym.detection.ensemble import Ensemble
    from gg_gym.detection.pipeline import MLTrainingPipeline

    made = make(quick, tmp_path, runs=20, null_twins=False)
    how: dict[str, Any] = {"members": 2, "steps": 4, "small": True, "frames": False}
    told = []
    first = MLTrainingPipeline(made.folder, tmp_path / "detector", **how)
    worlds = [{h.world for h in part.headers} for part in (first.train_set, first.evaluation_set)]
    assert worlds[0] and worlds[1] and not worlds[0] & worlds[1]
    result = first.run(lambda what, done, total: told.append((what, done, total)))
    assert result.windows["train"] + result.windows["evaluation"] == 20 and told[-1] == ("train", 8, 8)
    assert 0.0 <= result.metrics["ece"] <= 1.0 and all(map(np.isfinite, result.metrics.values()))
    assert Ensemble.load(result.folder).card["evaluation"] == result.metrics
    again = MLTrainingPipeline([made.folder], tmp_path / "again", **how).run()
    assert (
        again.metrics == result.metrics
        and Ensemble.load(again.folder).digest() == Ensemble.load(result.folder).digest()
    )
    apart = MLTrainingPipeline(made.folder, tmp_path / "apart", evaluation=made.folder, validation=made.folder, **how)
    assert apart.run().windows == {"train": 20, "validation": 20, "evaluation": 20}


def test_a_pipeline_without_data_is_refused(tmp_path):
    from gg_gym.detection.pipeline import MLTrainingPipeline

    with pytest.raises(InputError, match="datasets"):
        MLTrainingPipeline([], tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        MLTrainingPipeline(tmp_path / "none", tmp_path)
    with pytest.raises(InputError, match="share"):
        MLTrainingPipeline(tmp_path, tmp_path, share=1.0)
