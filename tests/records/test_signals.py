"""Signals as files: WAV and COMTRADE that read back, frames that keep their counts, runs brought to a sample."""

import io
import json
import wave
from datetime import datetime

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from gg_gym import ScenarioDefinition, Twin, load_product
from gg_gym.cli import app
from gg_gym.errors import InputError
from gg_gym.records import DatasetWriter
from gg_gym.records.signals import comtrade, export_signals, image_bytes, session_at, wav_bytes, waveforms_of
from gg_gym.records.simulated import channel_table, run_data
from gg_gym.sensors.waveforms import Waveform

START = datetime(2001, 7, 1, 12, 0, 0, 250000)


def form(channels=3, count=205, kind="current"):
    time = np.arange(count) / 10240.0
    values = np.stack([100.0 * (c + 1) * np.sin(2 * np.pi * 60 * time + c) for c in range(channels)])
    return Waveform(kind, 10240.0, values, tuple(f"I{c + 1}" for c in range(channels)), "A", 60.0)


def read_comtrade(config, data):
    """A reader of its own, from the standard's description."""
    lines = config.decode("ascii").split("\r\n")
    _, _, revision = lines[0].split(",")
    total = int(lines[1].split(",")[0])
    channels = [line.split(",") for line in lines[2 : 2 + total]]
    scale = np.array([float(c[5]) for c in channels])
    offset = np.array([float(c[6]) for c in channels])
    frequency, rates = float(lines[2 + total]), int(lines[3 + total])
    rate, count = lines[4 + total].split(",")
    kind = lines[4 + total + rates + 2]
    if kind == "BINARY":
        rows = np.frombuffer(data, np.dtype([("n", "<u4"), ("t", "<u4"), ("v", "<i2", (total,))]))
        numbers, times, counts = rows["n"], rows["t"], rows["v"].astype(float)
    else:
        table = np.array([[float(x) for x in row.split(",")] for row in data.decode().split()])
        numbers, times, counts = table[:, 0], table[:, 1], table[:, 2:]
    assert revision == "1999" and len(numbers) == int(count)
    return {"values": (counts * scale + offset).T, "rate": float(rate), "frequency": frequency, "time": times,
            "start": lines[4 + total + rates], "units": [c[4] for c in channels]}  # fmt: skip


@pytest.mark.parametrize("binary", [True, False])
def test_comtrade_reads_back(binary):
    given = form()
    found = read_comtrade(*comtrade(given, "a,b", "unit 3", START, binary))
    assert found["rate"] == 10240.0 and found["frequency"] == 60.0 and found["units"] == ["A"] * 3
    assert found["values"] == pytest.approx(given.values, abs=300.0 / 32000)
    assert np.diff(found["time"]) == pytest.approx(1e6 / 10240, abs=1.0)
    assert found["start"] == "01/07/2001,12:00:00.250000"


@pytest.mark.parametrize("bits", [16, 24])
def test_wav_reads_back(bits):
    given = form()
    data, scale = wav_bytes(given, bits)
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (3, bits // 8, 10240)
        raw = np.frombuffer(file.readframes(file.getnframes()), "u1").reshape(-1, 3, bits // 8)
    counts = sum(raw[..., i].astype(int) << (8 * i) for i in range(bits // 8))
    counts = np.where(counts >= 2 ** (bits - 1), counts - 2**bits, counts)
    assert counts.T / (2 ** (bits - 1) - 1) * scale == pytest.approx(given.values, abs=scale / 2 ** (bits - 1))
    assert scale == 1000.0
    with pytest.raises(InputError, match="bits"):
        wav_bytes(given, 8)


@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_images_keep_every_count(kind):
    frame = (np.arange(4800) * 13).astype(np.uint16).reshape(60, 80)
    with Image.open(io.BytesIO(image_bytes(frame, kind))) as image:
        assert np.array_equal(np.asarray(image).astype(np.uint16), frame)
    with pytest.raises(InputError, match="form"):
        image_bytes(frame, "gif")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """One recorded run of a product with all four instruments, and its twin."""
    product = load_product("grid_guardian")
    more = [
        {"key": "spu0410", "name": "acoustic", "position": (0.0, -0.7, 7.05), "rate": 1.0},
        {"key": "adxl355_iis3dwb", "name": "vibration", "position": (0.0, -0.65, 7.2), "rate": 1.0},
    ]
    kept = [s for s in product.model_dump()["sensors"] if s["name"] in ("t_rh", "emf", "thermal")]
    modules = ("weather", "airflow", "line", "arcs", "traffic", "heat", "vibration", "acoustics")
    operation = {"dt": 10.0, "samples": 64, "frame_every": 8, "spin_up_hours": 2, "lead_in": 300.0}
    families = ("baseline_operation", "arcing_event")
    product = product.replace(sensors=[*kept, *more], physics=modules, operation=operation, families=families)
    twin = Twin(product)
    event = ScenarioDefinition(family="arcing_event", parameters={"severity": 0.8, "phase": 0.05})
    runs = twin.run(twin.draw([11]), [event])
    folder = tmp_path_factory.mktemp("signals") / "data"
    with DatasetWriter(folder, "test", channels=channel_table(twin)) as writer:
        writer.write(run_data(twin, runs, 0))
    return folder, twin, runs


def test_waveforms_of_a_record_have_the_readings_of_the_sample(recorded):
    _, twin, runs = recorded
    header = run_data(twin, runs, 0).header
    found = {w.kind: w for w in waveforms_of(header, 40)}
    assert set(found) == {"current", "electric", "magnetic", "sound", "vibration"}
    emf, sound = runs.readings["emf"][0, 40], runs.readings["acoustic"][0, 40]
    rms = np.sqrt((found["electric"].values ** 2).mean(axis=1))
    assert rms[0] == pytest.approx(emf[3], rel=0.2)  # 20 ms are no whole number of periods
    energy = 10 * np.log10((found["sound"].values ** 2).mean() / (20e-6) ** 2)
    # the file is what the capsule hears; its sensitivity (1 dB grade) and age are the chain's
    assert energy == pytest.approx(10 * np.log10((10 ** (0.1 * sound[:8])).sum()), abs=4.0)
    again = {w.kind: w for w in waveforms_of(header, 40, ("sound",))}
    assert np.array_equal(again["sound"].values, found["sound"].values)


def test_the_state_is_that_of_the_run(recorded):
    _, twin, runs = recorded
    session = session_at(run_data(twin, runs, 0).header, 12)
    assert session.index == 13
    assert np.float32(session.state.hot_spot[0]) == runs.physics["hot_spot"][0, 12]
    with pytest.raises(InputError, match="sample"):
        session_at(run_data(twin, runs, 0).header, 64)


def test_the_command_writes_every_form(recorded, tmp_path):
    folder, _, runs = recorded
    for to, suffixes in (("wav", {".wav", ".json"}), ("comtrade", {".cfg", ".dat"}), ("png", {".png"})):
        out = tmp_path / to
        arguments = ["export", str(folder), str(out), "--to", to, "--sample", "7", "--kind", "current"]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        assert {p.suffix for p in out.iterdir()} == suffixes
    about = json.loads(next((tmp_path / "wav").glob("*.json")).read_text())
    assert about["unit"] == "A" and about["sample"] == 7
    (image,) = (tmp_path / "png").iterdir()
    with Image.open(image) as opened:
        assert np.array_equal(np.asarray(opened), runs.readings["thermal"][0, 0])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--to", "ogg"], "--to"), (["--to", "wav", "--run", "nobody"], "no run"),
        (["--to", "wav", "--sample", "64"], "0 to 63"), (["--to", "wav", "--kind", "smell"], "kind of waveform"),
        (["--to", "png", "--sample", "3"], "has no frame"),
        (["--to", "wav", "--kind", "current", "--bits", "8"], "bits"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_status_2(recorded, tmp_path, more, message):
    result = CliRunner().invoke(app, ["export", str(recorded[0]), str(tmp_path / "x"), *more])
    assert result.exit_code == 2 and message in result.output
    assert not (tmp_path / "x").exists()


def test_unknown_forms_are_refused(recorded, tmp_path):
    with pytest.raises(InputError, match="form of signals"):
        export_signals(recorded[0], tmp_path, "ogg")
