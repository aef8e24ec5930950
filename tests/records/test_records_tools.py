import dataclasses

import numpy as np
import pyarrow.parquet as pq
import pytest

from gg_gym.errors import InputError
from gg_gym.records import DatasetReader, export
from gg_gym.records.run import MISSING
from gg_gym.records.statistics import channel_statistics, class_counts, dataset_card
from gg_gym.records.transcode import transcode
from gg_gym.records.validation import validate


def test_transcoding_keeps_every_run_and_names_its_parent(written, synthetic, tmp_path):
    runs = [synthetic.make_run(i, samples=(64, 128)[i % 2]) for i in range(4)]
    folder = written(runs)
    assert transcode(folder, tmp_path / "hot") == 4
    copy, source = DatasetReader(tmp_path / "hot"), DatasetReader(folder)
    assert copy.manifest["codec"] == "null"
    assert copy.manifest["parent"] == source.digest
    assert all(copy.read(run.header.run_id).equals(run) for run in runs)
    assert transcode(folder, tmp_path / "hot") == 4
    transcode(tmp_path / "hot", tmp_path / "cold", "zstandard")
    assert (tmp_path / "cold" / "chunks-00000.avro").stat().st_size == (folder / "chunks-00000.avro").stat().st_size
    with pytest.raises(InputError, match="is the source"):
        transcode(folder, folder)


def test_validation_reports_what_is_wrong(written, synthetic):
    run = synthetic.make_run(0)
    good = written([run], "good")
    report = validate(good)
    assert report.ok
    assert (report.runs, report.chunks) == (1, 1)
    assert not report.warnings
    bad = dataclasses.replace(run, labels={**run.labels, "severity": np.full(64, 1.5, np.float32)})
    hot = {**run.readings, "t_rh": np.full((64, 2), 5000.0, np.float32)}
    folder = written([dataclasses.replace(bad, readings=hot)], "bad")
    (folder / "notes.txt").write_text("x")
    report = validate(folder)
    assert any("severity outside" in line for line in report.errors)
    assert any("t_rh_1" in line and "5000" not in line for line in report.warnings)
    assert any("notes.txt" in line for line in report.warnings)
    with pytest.raises(InputError):
        validate(folder / "none")


def test_statistics_agree_with_the_arrays(written, synthetic):
    runs = [synthetic.make_run(i) for i in range(5)]
    rows = channel_statistics(written(runs))
    assert [r["name"] for r in rows] == [c["name"] for c in synthetic.channels()]
    valid = np.concatenate([(r.status["wind"] & MISSING) == 0 for r in runs])
    values = np.concatenate([r.readings["wind"][:, 1] for r in runs])[valid].astype(np.float64)
    row = next(r for r in rows if r["name"] == "wind_1")
    assert row["count"] == valid.sum()
    expected = [values.mean(), values.std(), values.min(), values.max(), 1 - valid.mean()]
    np.testing.assert_allclose(
        [row[k] for k in ("mean", "std", "min", "max", "missing")], expected, rtol=1e-9, atol=1e-12
    )


def test_the_card_counts(written, synthetic):
    runs = [synthetic.make_run(i) for i in range(5)]
    folder = written([*runs, synthetic.make_run(9).header])
    card = dataset_card(folder)
    assert (card["runs"], card["runs_with_samples"], card["samples"]) == (6, 5, 320)
    assert sum(card["counts"]["event_class"].values()) == 6
    assert class_counts(folder)["family"] == {"arcing_event": 6}


def test_parquet_holds_the_scalars_with_units(written, synthetic, tmp_path):
    runs = [synthetic.make_run(i) for i in range(2)]
    folder = written(runs)
    assert export.to_parquet(folder, tmp_path / "t.parquet") == 128
    table = pq.read_table(tmp_path / "t.parquet")
    assert table.column("emf_3").to_numpy()[64:].tobytes() == runs[1].readings["emf"][:, 3].tobytes()
    assert table.schema.field("t_rh_1").metadata == {b"unit": b"%"}
    assert not [n for n in table.column_names if n.startswith(("truth", "physics"))]
    export.to_parquet(folder, tmp_path / "t.parquet", truth=True)
    assert "physics.arc_power" in pq.read_schema(tmp_path / "t.parquet").names
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "t.parquet"]


def test_parquet_needs_samples_and_a_place(written, synthetic, tmp_path):
    folder = written([synthetic.make_run(0).header])
    with pytest.raises(InputError, match="no run with samples"):
        export.to_parquet(folder, tmp_path / "t.parquet")
    with pytest.raises(InputError, match="no"):
        export.to_parquet(written([synthetic.make_run(0)], "b"), tmp_path / "no" / "t.parquet")
    assert not (tmp_path / "t.parquet").exists()
