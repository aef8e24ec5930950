"""Files of signals: waveforms as WAV and COMTRADE, thermal frames as 16-bit PNG and TIFF.

A waveform is not stored with a run: the run is simulated again from its record up to the sample, and the waveform is
made from the state there.
"""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.errors import InputError
from gg_gym.records.manifest import write_atomically
from gg_gym.records.reader import DatasetReader
from gg_gym.records.run import RunData, RunHeader
from gg_gym.records.simulated import conditions_of, definition_of, product_of, steered_of
from gg_gym.scenarios.steering import moved
from gg_gym.sensors.waveforms import KINDS, Waveform, synthesise
from gg_gym.twin import Session, Twin

WAVES, IMAGES = ("wav", "comtrade"), ("png", "tiff")
#: Kinds that power-system tools read.
ELECTRICAL = ("current", "electric", "magnetic")
#: Instrument that hears a kind, by its class's key.
_HEARS = {"electric": "emf_probe", "magnetic": "emf_probe", "sound": "spu0410", "vibration": "adxl355_iis3dwb"}
_YEAR = datetime(2001, 1, 1)


def session_at(header: RunHeader, sample: int) -> Session:
    """Simulate a recorded run again up to and with a sample; frames are not rendered.

    Raises:
        InputError: a sample out of range, or a record that this version cannot simulate.
    """
    if not 0 <= sample < header.samples:
        raise InputError(f"run {header.run_id}: sample", f"got {sample}", f"0 to {header.samples - 1}")
    product, steered = product_of(header), steered_of(header)
    length = header.samples if steered is None else steered.horizon
    twin = Twin(product, dt=header.dt, samples=length, thermal=False)
    session = twin.begin(conditions_of(header, product))
    definition = definition_of(header)
    session.set_scenarios([definition])
    session.lead_in()
    for i in range(sample + 1):
        if steered is not None:
            j, at = divmod(i - 1, steered.interval)
            if at == 0 and 0 <= j < len(steered.actions):
                definition = moved(definition, steered.actions[j])
                session.steer(0, definition)
        session.sample(frame=False, truth=False)
    return session


def waveforms_of(header: RunHeader, sample: int, kinds: Sequence[str] = ()) -> list[Waveform]:
    """The waveforms of a recorded run at a sample, as its instruments have them; all that the product has by default.

    Raises:
        InputError: as :func:`session_at`; a kind that is unknown or that the product has no source of.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise InputError("kind of waveform", repr(kind), ", ".join(KINDS))
    session = session_at(header, sample)
    assert session.suite is not None
    found = {s.key: s for s in session.suite.all}
    wanted = kinds or [k for k in KINDS if k not in ELECTRICAL or session.state.geometry.line is not None]
    return [
        synthesise(
            session.state,
            kind,
            0,
            seed=header.seed,
            index=sample,
            sensor=found.get(_HEARS.get(kind, "")),
        )
        for kind in wanted
    ]


def wav_bytes(form: Waveform, bits: int = 24) -> tuple[bytes, float]:
    """A waveform as a WAV file, and the value of its full scale.

    Args:
        form: the waveform; its channels are the file's.
        bits: 16 or 24 a sample.

    Raises:
        InputError: other bits.
    """
    if bits not in (16, 24):
        raise InputError("bits of a WAV file", f"got {bits}", "16 or 24")
    scale = full_scale(form)
    top = 2 ** (bits - 1) - 1
    counts = np.round(form.values.T / scale * top).astype("<i4")
    packed = counts.astype("<i2").tobytes() if bits == 16 else counts[..., None].view("u1")[..., :3].tobytes()
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(len(form.values))
        file.setsampwidth(bits // 8)
        file.setframerate(round(form.rate))
        file.writeframes(packed)
    return buffer.getvalue(), scale


def full_scale(form: Waveform) -> float:
    """The power of ten above the largest value, so that files of one run can be compared by ear and by eye."""
    largest = float(np.abs(form.values).max())
    return float(10.0 ** np.ceil(np.log10(max(largest, 1e-12) * 1.0000001)))


def comtrade(form: Waveform, station: str, device: str, start: datetime, binary: bool = True) -> tuple[bytes, bytes]:
    """A waveform as the configuration and data of IEEE C37.111-1999 (COMTRADE).

    Args:
        form: the waveform.
        station: name of the place.
        device: name of the recorder.
        start: time of the first sample.
        binary: 16-bit data, else ASCII.
    """
    channels, count = form.values.shape
    scale = np.maximum(np.abs(form.values).max(axis=1), 1e-12) / 32000.0
    unit = form.unit.strip("[]")
    trigger = start + timedelta(seconds=(count - 1) / form.rate)
    lines = [f"{_plain(station)},{_plain(device)},1999", f"{channels},{channels}A,0D"]
    for i, name in enumerate(form.names):
        phase = name[-1] if form.kind != "current" else "ABC"[i] if channels == 3 else ""
        lines.append(f"{i + 1},{name},{phase},,{unit},{scale[i]:.9E},0,0,-32767,32767,1,1,P")
    lines += [f"{form.mains:g}", "1", f"{form.rate:g},{count}", _stamp(start), _stamp(trigger)]
    lines += ["BINARY" if binary else "ASCII", "1"]
    config = ("\r\n".join(lines) + "\r\n").encode("ascii")
    number = np.arange(1, count + 1)
    micro = np.round((number - 1) * 1e6 / form.rate).astype(np.int64)
    values = np.round(form.values / scale[:, None]).astype(np.int64)
    if binary:
        row = np.dtype([("number", "<u4"), ("time", "<u4"), ("value", "<i2", (channels,))])
        table = np.zeros(count, row)
        table["number"], table["time"], table["value"] = number, micro, values.T
        return config, table.tobytes()
    text = "\r\n".join(",".join(map(str, (n, t, *v))) for n, t, v in zip(number, micro, values.T, strict=True))
    return config, (text + "\r\n").encode("ascii")


def _plain(text: str) -> str:
    """A name without the commas and letters that the format does not allow."""
    return "".join(c if c.isascii() and c.isprintable() and c != "," else "_" for c in text)[:64]


def _stamp(when: datetime) -> str:
    """A time in the format's form."""
    return when.strftime("%d/%m/%Y,%H:%M:%S.%f")


def image_bytes(frame: np.ndarray, form: str) -> bytes:
    """A frame (60, 80) uint16 as a 16-bit grey PNG or TIFF; the counts are kept as they are.

    Raises:
        InputError: another form.
    """
    from PIL import Image

    if form not in IMAGES:
        raise InputError("form of an image", repr(form), ", ".join(IMAGES))
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(frame, np.uint16)).save(buffer, format=form.upper())
    return buffer.getvalue()


def export_signals(
    folder: str | Path, out: str | Path, form: str, run: str = "", sample: int | None = None, kinds: Sequence[str] = (),
    bits: int = 24,
) -> list[Path]:  # fmt: skip
    """Write waveforms or frames of one run of a dataset into a folder; returns the files.

    Args:
        folder: dataset folder.
        out: folder to write into; made if it is not there.
        form: "wav", "comtrade", "png" or "tiff".
        run: id of the run, the first with samples by default.
        sample: number of the sample; the last (waveforms), or all frames, by default.
        kinds: kinds of waveforms, all by default.
        bits: 16 or 24 bits a sample of a WAV file.

    Raises:
        InputError: unknown form, run, sample or kind; a run without frames; a place that cannot be written.
        DamagedFileError: the dataset does not verify.
    """
    if form not in (*WAVES, *IMAGES):
        raise InputError("form of signals", repr(form), ", ".join((*WAVES, *IMAGES)))
    reader, target = DatasetReader(folder), Path(out)
    chosen = run or next((i for i in reader.run_ids if reader.place(i).count), "")
    if not chosen:
        raise InputError(str(folder), "no run with samples", "a dataset with samples")
    header = reader.header(chosen)
    if form in IMAGES:
        files = _images(reader.read(chosen), form, sample)
    else:
        at = header.samples - 1 if sample is None else sample
        files = _waves(header, waveforms_of(header, at, kinds), form, at, bits)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(str(target), str(error), "a folder that can be written") from None
    for name, data in files.items():
        write_atomically(target / name, data)
    return [target / name for name in files]


def _images(data: RunData, form: str, sample: int | None) -> dict[str, bytes]:
    """File names and contents of the frames of a run."""
    if "thermal" not in data.readings:
        raise InputError(f"run {data.header.run_id}", "has no thermal frames", "a run recorded with its camera")
    there = data.frame_samples.tolist()
    if sample is not None and sample not in there:
        raise InputError("sample", f"{sample} has no frame", ", ".join(map(str, there)))
    frames = zip(there, data.readings["thermal"], strict=True)
    return {
        f"{data.header.run_id}-{k:05d}.{form}": image_bytes(frame, form)
        for k, frame in frames if sample is None or k == sample
    }  # fmt: skip


def _waves(header: RunHeader, forms: Sequence[Waveform], form: str, sample: int, bits: int) -> dict[str, bytes]:
    """File names and contents of waveforms; a WAV file's scale stands in a JSON file beside it."""
    files: dict[str, bytes] = {}
    end = _YEAR + timedelta(hours=header.hour, seconds=sample * header.dt)
    for one in forms:
        stem = f"{header.run_id}-{sample:05d}-{one.kind}"
        if form == "comtrade":
            start = end - timedelta(seconds=(one.values.shape[1] - 1) / one.rate)
            files[f"{stem}.cfg"], files[f"{stem}.dat"] = comtrade(one, header.site, f"unit {header.unit}", start)
            continue
        files[f"{stem}.wav"], scale = wav_bytes(one, bits)
        about: dict[str, Any] = {
            "run_id": header.run_id, "sample": sample, "kind": one.kind, "rate_hz": one.rate, "unit": one.unit,
            "channels": list(one.names), "full_scale": scale, "mains_hz": one.mains, "bits": bits,
        }  # fmt: skip
        files[f"{stem}.json"] = (json.dumps(about, indent=1, sort_keys=True) + "\n").encode()
    return files
