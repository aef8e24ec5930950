import dataclasses
import json

import fastavro
import numpy as np
import pytest

from gg_gym.errors import DamagedFileError, InputError
from gg_gym.records import exchange, export, schema
from gg_gym.records.exchange import FORMS, from_package, header_from_json, header_to_json, to_package, to_universal
from gg_gym.records.run import same_headers


def small(synthetic, number, samples=10, frame_every=4):
    """A run with small frames, so that rows stay quick."""
    run = synthetic.make_run(number, samples=samples, frame_every=frame_every)
    crop = {
        g: {**getattr(run, g), "thermal": getattr(run, g)["thermal"][:, :3, :4].copy()} for g in ("readings", "truth")
    }
    return dataclasses.replace(run, **crop)


@pytest.mark.parametrize("form", export.FORMS)
def test_packages_convert_back_bit_by_bit(written, synthetic, tmp_path, form):
    runs = [small(synthetic, i) for i in range(3)]
    folder = written(runs)
    path = tmp_path / "packages"
    assert export.to_exchange(folder, path, form, truth=True) == 3
    found = export.from_exchange(path, form)
    assert all(a.equals(b) for a, b in zip(found, runs, strict=True))


def test_full_frames_convert_back(synthetic):
    """Every 16-bit count of both resolutions survives degrees Celsius in single precision."""
    run = synthetic.make_run(0, samples=2, frame_every=1)
    counts = np.arange(2 * 4800, dtype=np.uint16).reshape(2, 60, 80) * np.uint16(6)
    run = dataclasses.replace(
        run,
        readings={"thermal": counts},
        truth={"thermal": counts},
        status={},
        frame_samples=np.arange(2, dtype=np.int32),
    )
    package = next(export.parse("ScenarioRunPackage", export.dump("ScenarioRunPackage", [to_package(run)])))
    assert from_package(package).equals(run)


def test_without_truth_nothing_hidden_is_in_the_package(synthetic):
    run = small(synthetic, 1)
    package = to_package(run, truth=False)
    again = from_package(package)
    assert not again.truth
    assert not again.physics
    text = json.dumps(package)
    assert "arc_power" not in text
    assert again.readings["voc"].tobytes() == run.readings["voc"].tobytes()


def test_unknown_instruments_have_a_form(synthetic):
    run = small(synthetic, 1)
    run = dataclasses.replace(
        run, readings={"novel": run.readings["voc"]}, truth={}, status={"novel": run.status["voc"]}
    )
    package = to_package(run)
    kind, _ = package["ml_data_samples_embedded"][0]["sensor_readings_map"]["readings"]["novel"]
    assert kind.endswith("GenericReading")
    assert from_package(package).equals(run)


def test_status_flags_are_names(synthetic):
    run = small(synthetic, 1)
    status = {**run.status, "voc": np.full(10, 1 << 6 | 1 << 2, np.uint32)}
    sample = exchange.to_samples(dataclasses.replace(run, status=status))[0]
    base = sample["sensor_readings_map"]["readings"]["voc"][1]["base"]
    assert base["status_flags"] == ["SAT_HIGH", "COMM"]


def test_headers_convert_to_json_and_back(synthetic):
    header = dataclasses.replace(synthetic.make_run(0).header, onset_s=np.inf, actions=np.eye(2))
    assert same_headers(header_from_json(header_to_json(header)), header)
    with pytest.raises(InputError):
        header_to_json(dataclasses.replace(header, reward=float("nan")))
    with pytest.raises(InputError, match=r"run_metadata\.header"):
        header_from_json('{"seed": 1}')


def test_universal_readings_conform_and_hide_truth_unless_asked(synthetic):
    run = small(synthetic, 2)
    for truth in (False, True):
        rows = to_universal(run, synthetic.channels(), {"voc": ["t_rh"]}, truth)
        (first, *_) = export.parse("UniversalSensorReading", export.dump("UniversalSensorReading", rows))
        assert len(first["readings"]) == sum(synthetic.WIDTHS.values())
        assert first["readings"][0]["compensations_applied"] == ["t_rh"]
        assert (first["ground_truth"] is not None) == truth


def test_every_form_is_a_schema():
    assert {name for name, _ in FORMS.values()} | {"GenericReading", "ThermalReading"} <= set(schema.names())


def test_arrays_without_a_form_are_refused(synthetic):
    run = small(synthetic, 1)
    with pytest.raises(InputError, match=r"readings\.voc"):
        to_package(dataclasses.replace(run, readings={"voc": run.readings["voc"].astype(np.float64)}))


def test_bad_exchange_files_are_refused(tmp_path, written, synthetic):
    path = tmp_path / "x.avro"
    with pytest.raises(InputError, match="No such file"):
        export.from_exchange(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(DamagedFileError):
        export.from_exchange(path)
    with path.open("wb") as file:
        fastavro.writer(file, schema.load("RunRecord"), [])
    with pytest.raises(InputError, match="schema"):
        export.from_exchange(path)
    with pytest.raises(InputError, match="form"):
        export.to_exchange(written([]), path, "xml")
