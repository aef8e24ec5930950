import io
import json
import math
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import fastavro
import numpy as np
import pytest
from backports import zstd

from gg_gym.errors import DamagedFileError, InputError
from gg_gym.records import DatasetReader, DatasetWriter, RunData, blocks, manifest, schema
from gg_gym.records.validation import validate

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("codec", blocks.CODECS)
def test_datasets_round_trip_bit_by_bit(written, synthetic, codec):
    runs = [synthetic.make_run(i, samples=(64, 130, 7)[i % 3]) for i in range(6)]
    kept_not = synthetic.make_run(99).header
    folder = written([*runs, kept_not], codec=codec, shard_bytes=100_000)
    reader = DatasetReader(folder)
    assert len(reader.manifest["shards"]) > 1
    assert reader.run_ids == tuple(r.header.run_id for r in [*runs, RunData(kept_not)])
    for run in runs:
        assert reader.read(run.header.run_id).equals(run)
    assert not reader.read(kept_not.run_id).has_samples
    assert set(reader.read(runs[0].header.run_id, groups=("readings",)).truth) == set()


def test_stock_readers_accept_the_files(written, synthetic):
    runs = [synthetic.make_run(i) for i in range(3)]
    folder = written(runs)
    for kind, field in (("runs", "site"), ("chunks", "samples")):
        with (folder / f"{kind}-00000.avro").open("rb") as file:
            records: list[Any] = list(fastavro.reader(file))
        assert [r["run_id"] for r in records] == [r.header.run_id for r in runs]
        assert all(field in r for r in records)


def test_the_null_codec_is_mapped_and_not_copied(written, synthetic):
    run = synthetic.make_run(0)
    reader = DatasetReader(written([run], codec="null"))
    values = reader.read(run.header.run_id).readings["voc"]
    assert not values.flags.owndata
    assert not values.flags.writeable
    mapped = np.frombuffer(reader._maps[0].data, np.uint8)
    assert np.shares_memory(values, mapped)


def test_equal_input_gives_equal_bytes(written, synthetic, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    runs = [synthetic.make_run(i) for i in range(3)]
    a, b = written(runs, "a"), written(runs, "b")
    assert contents(a) == contents(b)


def contents(folder):
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def test_what_was_not_committed_is_forgotten_after_an_error(tmp_path, synthetic):
    with pytest.raises(RuntimeError), DatasetWriter(tmp_path, "t", channels=synthetic.channels()) as writer:
        writer.write(synthetic.make_run(0))
        assert writer.commit() == 1
        writer.write(synthetic.make_run(1))
        raise RuntimeError
    assert sorted(p.name for p in tmp_path.iterdir()) == ["chunks-00000.avro", "manifest.json", "runs-00000.avro"]
    assert len(DatasetReader(tmp_path)) == 1


def test_an_opened_dataset_goes_on_and_skips_what_is_there(tmp_path, synthetic):
    for count in (2, 4):
        with DatasetWriter(tmp_path, "t", channels=synthetic.channels()) as writer:
            assert [writer.write(synthetic.make_run(i)) for i in range(count)] == [i >= count - 2 for i in range(count)]
            with pytest.raises(InputError, match="in the dataset already"):
                writer.write(synthetic.make_run(0))
    assert len(DatasetReader(tmp_path)) == 4
    with pytest.raises(InputError, match="another channels"):
        DatasetWriter(tmp_path, "t", channels=synthetic.channels()[1:])


def test_one_writer_at_a_time(tmp_path):
    with DatasetWriter(tmp_path, "t"), pytest.raises(InputError, match="another process"):
        DatasetWriter(tmp_path, "t")
    DatasetWriter(tmp_path, "t").close()


WRITER = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("s", {path!r})
s = importlib.util.module_from_spec(spec); sys.modules["s"] = s; spec.loader.exec_module(s)
from gg_gym.records import DatasetWriter
with DatasetWriter(sys.argv[1], "kill", channels=s.channels(), shard_bytes=400_000) as writer:
    for i in range(int(sys.argv[2])):
        writer.write(s.make_run(i))
        if i % 4 == 3:
            print(writer.commit(), flush=True)
"""


def test_what_was_reported_survives_kill_9_and_the_end_is_byte_identical(tmp_path, synthetic):
    code = WRITER.format(path=str(ROOT / "experiments" / "benchmarks" / "synthetic_run.py"))
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000", "OMP_NUM_THREADS": "1"}

    def command(folder, count):
        return [sys.executable, "-c", code, str(tmp_path / folder), str(count)]

    with subprocess.Popen(command("a", 100_000), stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        reported = [int(process.stdout.readline()) for _ in range(4)][-1]
        os.kill(process.pid, signal.SIGKILL)
    reader = DatasetReader(tmp_path / "a")
    assert len(reader) >= reported
    for i, run_id in enumerate(reader.run_ids):
        assert reader.read(run_id).equals(synthetic.make_run(i))
    count = len(reader) + 9
    for folder, hash_seed in (("a", "1"), ("b", "2")):
        other = {**environment, "PYTHONHASHSEED": hash_seed}
        subprocess.run(command(folder, count), check=True, env=other, stdout=subprocess.DEVNULL)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.parametrize("codec", blocks.CODECS)
def test_a_flipped_byte_is_never_silent(written, synthetic, tmp_path, codec):
    runs = [synthetic.make_run(i) for i in range(3)]
    folder = written(runs, codec=codec)
    draw = random.Random(0)
    for name in ("chunks-00000.avro", "runs-00000.avro", "manifest.json"):
        good = (folder / name).read_bytes()
        for _ in range(20):
            bad = bytearray(good)
            bad[draw.randrange(len(bad))] ^= draw.randrange(1, 256)
            (folder / name).write_bytes(bad)
            assert not checked(folder)
            try:
                reader = DatasetReader(folder)
                found = [reader.read(run_id) for run_id in reader.run_ids]
            except (DamagedFileError, InputError) as error:
                assert name in str(error)
                continue
            assert all(a.equals(b) for a, b in zip(found, runs, strict=True))
        (folder / name).write_bytes(good)
    assert checked(folder)


def checked(folder):
    try:
        return validate(folder).ok
    except InputError:
        return False


def test_damage_names_file_block_and_field(written, synthetic):
    runs = [synthetic.make_run(i) for i in range(3)]
    folder = written(runs, codec="null")
    path = folder / "chunks-00000.avro"
    data = bytearray(path.read_bytes())
    data[data.index(runs[1].readings["thermal"].tobytes()) + 500] ^= 1
    path.write_bytes(data)
    reader = DatasetReader(folder)
    reader.read(runs[0].header.run_id)
    with pytest.raises(DamagedFileError, match=r"chunks-00000\.avro: block 1 at byte \d+: field readings/thermal"):
        reader.read(runs[1].header.run_id)


@pytest.mark.parametrize("name", ["chunks-00000.avro", "runs-00000.avro"])
def test_a_truncated_file_is_one_clear_error(written, synthetic, name):
    folder = written([synthetic.make_run(i) for i in range(3)])
    good = (folder / name).read_bytes()
    draw = random.Random(1)
    for size in [0, 1, len(good) - 1, *(draw.randrange(len(good)) for _ in range(8))]:
        (folder / name).write_bytes(good[:size])
        with pytest.raises(DamagedFileError, match=f"{name}: byte {size}: {size} bytes, {len(good)} expected"):
            DatasetReader(folder)
    (folder / name).unlink()
    with pytest.raises(DamagedFileError, match="missing"):
        DatasetReader(folder)


def seal(folder, name, data):
    """Put forged bytes into a dataset and let its manifest vouch for them."""
    (folder / name).write_bytes(data)
    body = manifest.read_manifest(folder)
    entry = body["shards"][0][name.split("-")[0]]
    entry |= {"bytes": len(data), "sha256": manifest.file_sha256(folder / name)}
    manifest.write_manifest(folder, body)


def forge(folder, payload, size=None, records=1):
    """Replace the first block of the chunks by raw bytes."""
    path = folder / "chunks-00000.avro"
    header = blocks.read_header(path.read_bytes(), str(path), "RunChunk")
    length = blocks.put_long(len(payload) if size is None else size)
    data = path.read_bytes()[: header.size] + blocks.put_long(records) + length + payload + header.sync
    seal(folder, path.name, data)


def test_bombs_are_refused_before_they_are_unpacked(written, synthetic):
    run = synthetic.make_run(0)
    folder = written([run])
    frame = zstd.compress(bytes(1 << 28))
    bomb = b"".join(zstd.compress(bytes(1 << 28)) for _ in range(1))
    assert len(bomb) < 40_000
    for payload in (bomb, frame + frame, lying(1 << 28), b"", b"garbage", zstd.compress(b"short"), unsized(1 << 27)):
        forge(folder, payload)
        with pytest.raises(DamagedFileError, match="block 0"):
            DatasetReader(folder).read(run.header.run_id)


def lying(size):
    """A frame whose header declares less than it holds."""
    data = bytearray(zstd.compress(bytes(size)))
    declared = data.index((size).to_bytes(4, "little"))
    data[declared : declared + 4] = (1000).to_bytes(4, "little")
    return bytes(data)


def unsized(size):
    return zstd.compress(bytes(size), options={zstd.CompressionParameter.content_size_flag: 0})


@pytest.mark.parametrize("records", [0, 2, 1 << 40, -1])
def test_blocks_with_another_number_of_records_are_refused(written, synthetic, records):
    run = synthetic.make_run(0)
    folder = written([run])
    forge(folder, b"", records=records)
    with pytest.raises(DamagedFileError, match="block 0"):
        DatasetReader(folder).read(run.header.run_id)


def test_lengths_inside_a_record_are_bounded():
    with pytest.raises(blocks.Malformed):
        blocks.get_bytes(blocks.put_long(1 << 44) + b"x", 0)
    with pytest.raises(blocks.Malformed):
        blocks.get_long(b"\xff" * 20, 0)


def test_foreign_schemas_and_codecs_are_refused(written, synthetic):
    folder = written([synthetic.make_run(0)])
    source = json.loads((schema.FOLDER / "RunRecord.avsc").read_text())
    source["fields"][6]["unit"] = "min"
    parsed: Any = fastavro.parse_schema(source)
    seal(folder, "runs-00000.avro", blocks.make_header(parsed, "null", {})[0])
    with pytest.raises(DamagedFileError, match="schema is not RunRecord"):
        DatasetReader(folder)
    buffer = io.BytesIO()
    fastavro.writer(buffer, schema.load("RunRecord"), [], codec="deflate")
    seal(folder, "runs-00000.avro", buffer.getvalue())
    with pytest.raises(DamagedFileError, match="header"):
        DatasetReader(folder)


def test_a_manifest_cannot_point_outside_its_folder(written, synthetic):
    folder = written([synthetic.make_run(0)])
    body = manifest.read_manifest(folder)
    body["shards"][0]["runs"]["file"] = "../runs-00000.avro"
    manifest.write_manifest(folder, body)
    with pytest.raises(DamagedFileError, match="outside the folder"):
        DatasetReader(folder)


def test_places_that_are_not_there_or_cannot_be_written(tmp_path, synthetic, monkeypatch):
    with pytest.raises(InputError, match="no such folder"):
        DatasetReader(tmp_path / "none")
    with pytest.raises(InputError, match=r"no manifest\.json"):
        DatasetReader(tmp_path)
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match="file"):
            DatasetWriter(folder, "t")
    with pytest.raises(InputError, match="codec"):
        DatasetWriter(tmp_path / "c", "t", codec="snappy")
    assert not (tmp_path / "c").exists()
    writer = DatasetWriter(tmp_path / "d", "t", channels=synthetic.channels())
    writer.write(synthetic.make_run(0))
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(InputError, match="No space left"):
            writer.commit()
    writer.discard()
    writer.close()
    assert len(DatasetReader(tmp_path / "d")) == 0


def full(*_):
    raise OSError(28, "No space left on device")


def test_readings_must_fit_the_channels(tmp_path, synthetic):
    with (
        DatasetWriter(tmp_path, "t", channels=synthetic.channels()[1:]) as writer,
        pytest.raises(InputError, match="voc"),
    ):
        writer.write(synthetic.make_run(0))
    bad = synthetic.channels()
    bad[3]["scale"] = 0.0
    with pytest.raises(InputError, match=r"channels\[3\]\.scale"):
        DatasetWriter(tmp_path / "x", "t", channels=bad)


def test_a_reader_travels_to_workers(written, synthetic):
    import pickle

    run = synthetic.make_run(0)
    reader = DatasetReader(written([run], codec="null"))
    assert reader.read(run.header.run_id).equals(run)
    assert pickle.loads(pickle.dumps(reader)).read(run.header.run_id).equals(run)


def test_unknown_runs_and_chunks_are_refused(written, synthetic):
    run = synthetic.make_run(0)
    reader = DatasetReader(written([run]))
    with pytest.raises(InputError, match="no run"):
        reader.read("nope")
    with pytest.raises(InputError, match="no chunk"):
        reader.chunk(run.header.run_id, 1)
    assert math.isfinite(reader.manifest["created"])
    shutil.rmtree(reader.folder)
