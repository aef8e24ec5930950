"""The exchange forms: a run as rows of readings, with its definition; and back, without loss.

Rows are for people and for other tools. They are some hundred times slower than the columns of the storage form.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gg_gym.errors import InputError
from gg_gym.records.run import GROUPS, STATUS_BITS, Array, RunData, RunHeader, canonical_json, is_frames
from gg_gym.scenarios.base import EVENT_CLASSES

NAMESPACE = "io.gridguardian.exchange"
PACKAGE_VERSION = 1
#: Instruments with a form of their own: name of the form, and its fields in the order of the columns.
FORMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "t_rh": ("TemperatureHumidityReading", ("temperature", "relative_humidity")),
    "wind": ("WindReading", ("speed", "direction_sin", "direction_cos")),
    "pm": (
        "PMReading",
        ("pm1", "pm2_5", "pm4", "pm10", *(f"number_{x}" for x in ("0_5", "1", "2_5", "4", "10")), "typical_size"),
    ),
    "baro": ("PressureReading", ("pressure",)),
    "battery": ("BatteryReading", ("charge", "voltage", "current", "temperature")),
    "solar": ("SolarReading", ("voltage", "current", "state")),
    "t_int": ("InternalTemperatureReading", ("temperature",)),
    "lightning": (
        "LightningReading",
        ("distance", "energy", "interrupt", "strikes", "disturbers", "noise_floor", "watchdog"),
    ),
    "voc": ("VOCReading", ()),
    "emf": ("EMFReading", ()),
    "acoustic": ("AcousticReading", ()),
    "vibration": ("VibrationReading", ()),
}
#: Field that holds the values of a form whose channels are a list.
LISTS = {
    "VOCReading": "concentrations", "EMFReading": "features", "AcousticReading": "features",
    "VibrationReading": "features", "GenericReading": "channels",
}  # fmt: skip
#: Type of masks: a stack of images of 0 and 1. Their form lists the pixels that are 1, counted row by row.
MASK = np.dtype(np.uint8)
_RESOLUTION = {"readings": 0.01, "truth": 0.1}
_ZERO = 273.15

Form = dict[str, Any]


def header_to_json(header: RunHeader) -> str:
    """A header as JSON text.

    Raises:
        InputError: a reward or an action that is not finite.
    """
    body = {item.name: getattr(header, item.name) for item in dataclasses.fields(RunHeader)}
    body["onset_s"] = header.onset_s if math.isfinite(header.onset_s) else None
    body["history"] = {name: _pack(array) for name, array in header.history.items()}
    body["actions"] = None if header.actions is None else _pack(header.actions)
    return canonical_json(body, "header")


def header_from_json(text: str) -> RunHeader:
    """Inverse of :func:`header_to_json`.

    Raises:
        InputError: the text is not a header.
    """
    try:
        body = json.loads(text)
        body["onset_s"] = math.inf if body["onset_s"] is None else body["onset_s"]
        body["history"] = {name: _unpack(array) for name, array in body["history"].items()}
        body["actions"] = None if body["actions"] is None else _unpack(body["actions"])
        body["reward_terms"] = tuple((name, value) for name, value in body["reward_terms"])
        body |= {key: tuple(body[key]) for key in ("action", "weak_spot_ids", "cpu_features")}
        return RunHeader(**body)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError("run_metadata.header", str(error), "a header written by this package") from None


def _pack(array: Array) -> Form:
    return {"dtype": array.dtype.str, "shape": list(array.shape), "base64": base64.b64encode(array.tobytes()).decode()}


def _unpack(body: Form) -> Array:
    return np.frombuffer(base64.b64decode(body["base64"]), body["dtype"]).reshape(body["shape"])


def to_definition(header: RunHeader) -> Form:
    """The scenario of a run as a ``ScenarioDefinition``."""
    parameters = header.definition.get("parameters", {})
    severity = float(parameters.get("severity", 0.5)) if isinstance(parameters.get("severity"), float | int) else 0.5
    return {
        "scenario_class_module": "gg_gym.scenarios",
        "scenario_class_name": header.family,
        "scenario_id": header.content_id,
        "name": header.family,
        "description": f"{header.family} version {header.definition.get('version')}",
        "category": _event(header.event_class),
        "difficulty_level": ("HIGH", "MEDIUM", "LOW")[min(2, max(0, int(severity * 3)))],
        "expected_duration_seconds": header.dt * header.samples,
        "specific_params": {key: canonical_json(value, key) for key, value in parameters.items()},
    }


def _event(number: int) -> str:
    return EVENT_CLASSES[number] if 0 <= number < len(EVENT_CLASSES) else f"class_{number}"


def _base(instrument: str, kind: str, milliseconds: int, mask: int) -> Form:
    flags = [name for bit, name in enumerate(STATUS_BITS) if mask >> bit & 1]
    ids = {"sensor_id": instrument, "sensor_type": kind, "timestamp_sensor_local": milliseconds}
    return {**ids, "status_flags": flags, "status_mask": mask}


def _reading(
    group: str, instrument: str, data: RunData, sample: int, units: Mapping[str, list[str]]
) -> tuple[str, Form] | None:
    """One instrument at one sample as (type name, record)."""
    values = getattr(data, group).get(instrument)
    if values is None and (group == "truth" or instrument not in data.status):
        return None
    mask = int(data.status[instrument][sample]) if group == "readings" and instrument in data.status else 0
    base = _base(instrument, instrument, round(sample * data.header.dt * 1000), mask)
    if values is not None and values.dtype == MASK:
        at = np.flatnonzero(data.frame_samples == sample)
        hot = [] if not at.size else np.flatnonzero(values[at[0]]).astype(float).tolist()
        return f"{NAMESPACE}.GenericReading", {"base": base, LISTS["GenericReading"]: hot, "units": []}
    if values is not None and is_frames(values):
        body: Form = {"thermal_image_celsius": _image(values, data, sample, group), "resolution": _RESOLUTION[group]}
        return f"{NAMESPACE}.ThermalReading", {"base": base, **body}
    row = [] if values is None else [float(v) for v in values[sample]]
    name, columns = FORMS.get(instrument, ("GenericReading", ()))
    if columns and len(columns) == len(row):
        return f"{NAMESPACE}.{name}", {"base": base, **dict(zip(columns, row, strict=True))}
    name = "GenericReading" if columns else name
    return f"{NAMESPACE}.{name}", {"base": base, LISTS[name]: row, "units": units.get(instrument, [])}


def _image(frames: Array, data: RunData, sample: int, group: str) -> list[list[float]]:
    """The frame that belongs to a sample, in degrees Celsius; empty between frames."""
    at = np.flatnonzero(data.frame_samples == sample)
    if not at.size:
        return []
    image: list[list[float]] = (frames[at[0]] * _RESOLUTION[group] - _ZERO).tolist()
    return image


def _map(group: str, data: RunData, sample: int, units: Mapping[str, list[str]]) -> Form:
    names = [*getattr(data, group), *(k for k in data.status if group == "readings" and k not in data.readings)]
    found = {name: _reading(group, name, data, sample, units) for name in names}
    return {"readings": {name: value for name, value in found.items() if value is not None}}


def to_labels(data: RunData, sample: int, truth: bool, units: Mapping[str, list[str]]) -> Form:
    """Labels of one sample as ``GroundTruthLabels``."""
    row = {name: values[sample].item() for name, values in data.labels.items()}
    event, severity = int(row.pop("event_class", 0)), float(row.pop("severity", 0.0))
    anomaly = bool(row.pop("anomaly", 0))
    details: Form = {f"labels.{name}": value for name, value in row.items()}
    if truth:
        details |= {f"physics.{name}": values[sample].item() for name, values in data.physics.items()}
    return {
        "event_type": _event(event),
        "event_class": event,
        "is_anomaly": anomaly,
        "severity": severity,
        "fault_severity": None if severity <= 0 else ("low", "medium", "high")[min(2, int(severity * 3))],
        "scenario_specific_details": details,
        "sensor_specific_ground_truth": _map("truth", data, sample, units) if truth else None,
    }


def to_samples(data: RunData, channels: Sequence[Mapping[str, Any]] = (), truth: bool = True) -> list[Form]:
    """A run as ``MLDataSample`` rows.

    Args:
        data: a run with samples.
        channels: channel list, for units.
        truth: include ideal readings and physical truth.

    Raises:
        InputError: an array that no exchange form can carry.
    """
    _check(data)
    units = _units(channels)
    out = []
    for sample in range(data.header.samples):
        labels = to_labels(data, sample, truth, units)
        out.append(
            {
                "timestamp_scenario_seconds": sample * data.header.dt,
                "scenario_id": data.header.run_id,
                "sensor_readings_map": _map("readings", data, sample, units),
                "ground_truth_labels": labels,
                "extracted_class_label": labels["event_type"],
            }
        )
    return out


def _units(channels: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    units: dict[str, list[str]] = {}
    for channel in channels:
        units.setdefault(channel["instrument"], []).append(channel["unit"])
    return units


def _check(data: RunData) -> None:
    """Refuse what the forms cannot carry."""
    for group in GROUPS:
        for name, a in getattr(data, group).items():
            image = is_frames(a) and a.dtype in (np.dtype(np.uint16), MASK)
            scalar = a.dtype == np.float32 and a.ndim == 2
            plain = a.ndim == 1 and a.dtype.kind in "fiub" and a.dtype != np.uint64
            if not ((image or scalar) if group in ("readings", "truth") else plain):
                allowed = "(T, width) float32, images of uint16 or masks of uint8; labels, status and physics (T,)"
                raise InputError(f"{group}.{name}", f"{a.dtype} with shape {a.shape}", allowed)


def to_package(data: RunData, channels: Sequence[Mapping[str, Any]] = (), truth: bool = True) -> Form:
    """A run as a ``ScenarioRunPackage`` with its samples inside; ``truth=False`` leaves out what is hidden."""
    groups = GROUPS if truth else ("readings", "status", "labels")
    layout = {g: {k: [a.dtype.str, list(a.shape)] for k, a in getattr(data, g).items()} for g in groups}
    header = data.header
    return {
        "package_id": header.run_id,
        "package_version": PACKAGE_VERSION,
        "generation_timestamp_utc": header.created,
        "scenario_definition": to_definition(header),
        "simulation_engine_version": header.engine_version,
        "data_generator_version": header.engine_version,
        "ml_data_samples_file_reference": None,
        "ml_data_samples_embedded": to_samples(data, channels, truth) if data.has_samples else None,
        "run_metadata": {
            "header": header_to_json(header),
            "layout": canonical_json(layout),
            "frame_samples": canonical_json(data.frame_samples),
        },
    }


def from_package(package: Form) -> RunData:
    """Inverse of :func:`to_package`, bit by bit.

    Raises:
        InputError: the package was not written by this package, or is incomplete.
    """
    try:
        meta = package["run_metadata"]
        header, layout = header_from_json(meta["header"]), json.loads(meta["layout"])
        frame_samples = np.array(json.loads(meta["frame_samples"]), np.int32)
        samples = package["ml_data_samples_embedded"] or []
        groups: dict[str, dict[str, Array]] = {group: {} for group in GROUPS}
        for group, arrays in layout.items():
            for name, (dtype, shape) in arrays.items():
                rows = _column(samples, group, name, frame_samples if len(shape) == 3 else None)
                if len(shape) == 3 and np.dtype(dtype) == MASK:
                    rows = [np.isin(np.arange(shape[1] * shape[2]), row) for row in rows]
                groups[group][name] = np.array(rows, dtype).reshape(shape)
        return RunData(header, **groups, frame_samples=frame_samples)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise InputError("package", f"{type(error).__name__}: {error}", "a package written by this package") from None


def _column(samples: Sequence[Form], group: str, name: str, frames: Array | None) -> list[Any]:
    """Values of one array over the samples of a package."""
    if group in ("labels", "physics"):
        keys = {"event_class": "event_class", "severity": "severity", "anomaly": "is_anomaly"}
        rows = [sample["ground_truth_labels"] for sample in samples]
        if group == "labels" and name in keys:
            return [row[keys[name]] for row in rows]
        return [row["scenario_specific_details"][f"{group}.{name}"] for row in rows]
    at = range(len(samples)) if frames is None else frames.tolist()
    records = [_record(samples[int(i)], group, name) for i in at]
    if group == "status":
        return [record["base"]["status_mask"] for record in records]
    if frames is not None and all("thermal_image_celsius" in r for r in records):
        kelvin = [np.array(r["thermal_image_celsius"], np.float32).astype(np.float64) + _ZERO for r in records]
        return [np.rint(k / _RESOLUTION[group]) for k in kelvin]
    return [_row(record, FORMS.get(name, ("", ()))[1]) for record in records]


def _row(record: Form, columns: tuple[str, ...]) -> list[float]:
    """Values of one reading."""
    listed = [record[key] for key in LISTS.values() if key in record]
    return listed[0] if listed else [record[key] for key in columns]


def _record(sample: Form, group: str, name: str) -> Form:
    """The reading of one instrument in a sample."""
    labels = sample["ground_truth_labels"]
    source = labels["sensor_specific_ground_truth"] if group == "truth" else sample["sensor_readings_map"]
    value = source["readings"][name]
    record: Form = value[1] if isinstance(value, tuple) else value
    return record


def to_universal(
    data: RunData,
    channels: Sequence[Mapping[str, Any]],
    compensations: Mapping[str, Sequence[str]] | None = None,
    truth: bool = False,
) -> list[Form]:
    """A run as ``UniversalSensorReading`` rows: one entry per scalar channel, whatever the product.

    Args:
        data: a run with samples.
        channels: channel list of the dataset.
        compensations: instrument to the instruments that correct it.
        truth: include labels.
    """
    units, table = _units(channels), dict(compensations or {})
    rows = []
    for sample in range(data.header.samples):
        seen: dict[str, int] = {}
        readings = []
        for channel in channels:
            key = channel["instrument"]
            column = seen.get(key, 0)
            seen[key] = column + 1
            body = {"sensor_id": key, "capability": channel["name"], "unit": channel["unit"]}
            body |= {"value": float(data.readings[key][sample, column]), "status_mask": int(data.status[key][sample])}
            readings.append({**body, "compensations_applied": list(table.get(key, ()))})
        rows.append(
            {
                "reading_id": f"{data.header.run_id}/{sample}",
                "device_id": str(data.header.unit),
                "product_type": data.header.product,
                "timestamp_scenario_seconds": sample * data.header.dt,
                "readings": readings,
                "ground_truth": to_labels(data, sample, True, units) if truth else None,
            }
        )
    return rows
