"""What a report needs beyond the cells: null twins of sample runs, and the leak audit of a study's data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gg_gym.records.avro import DatasetReader
from gg_gym.records.run import RunData, RunHeader
from gg_gym.records.simulated import conditions_of, definition_of, product_of, run_data
from gg_gym.scenarios import SCENARIOS
from gg_gym.units import Float

#: Samples before the onset that the audit of quiet readings looks at.
QUIET = 16
#: Runs that the audit of quiet readings reads at most.
MOST_RUNS = 256


def null_twin(run: RunData) -> RunData:
    """Simulate the same run again with only its cause switched off.

    Raises:
        InputError: the record does not describe a run that this version can simulate.
    """
    from gg_gym.twin import Twin

    header = run.header
    product = product_of(header)
    twin = Twin(product, dt=header.dt, samples=header.samples, thermal="thermal" in run.readings)
    runs = twin.run(conditions_of(header, product), [definition_of(header).null()], truth=bool(run.truth))
    return run_data(twin, runs, 0)


def sample_ids(reader: DatasetReader, count: int = 3) -> list[str]:
    """Ids of runs worth showing: for each event class that occurs, most serious first, one whose onset is in view."""
    chosen: list[str] = []
    kept = [h for h in reader.runs() if reader.place(h.run_id).count]
    for kind in (2, 1, 3, 0):
        of_kind = [h for h in kept if h.event_class == kind]
        seen = [h for h in of_kind if 0 < h.onset_s < 0.6 * h.dt * h.samples] or of_kind
        chosen += [h.run_id for h in sorted(seen, key=_severity, reverse=True)[:1]]
    return chosen[:count]


def _severity(header: RunHeader) -> float:
    """How strong a cause was asked for."""
    return float(header.definition.get("parameters", {}).get("severity", 0.0))


def before_onset(pairs: Sequence[tuple[RunData, RunData]]) -> dict[str, Any]:
    """Count samples before the onset, in runs and their null twins, of which any reading, truth or label differs."""
    compared = different = 0
    for run, null in pairs:
        quiet = min(run.header.samples, int(max(0.0, run.header.onset_s) // run.header.dt))
        for group in ("readings", "truth", "labels"):
            for key, values in getattr(run, group).items():
                end = quiet if len(values) == run.header.samples else int((run.frame_samples < quiet).sum())
                a, b = np.asarray(values[:end]), np.asarray(getattr(null, group)[key][:end])
                different += int((a != b).reshape(end, -1).any(axis=1).sum()) if end else 0
                compared += end
    name = f"differences from the null twin before onset, in {compared:,} samples of {len(pairs)} runs"
    return {"check": name, "value": different, "bound": 0, "passed": different == 0}


def leak_audit(train: Sequence[Path], heldout: Path) -> list[dict[str, Any]]:
    """Checks of what could tell a model the answer without physics.

    Args:
        train: folders that detectors were trained on.
        heldout: folder that they were judged on.

    Returns:
        rows with check, value, bound and passed.
    """
    held, trained = DatasetReader(heldout), [h for folder in train for h in DatasetReader(folder).runs()]
    rows = [_overlap(name, trained, held.runs(), key) for name, key in _SPLITS.items()]
    rows += [_auc_row("conditions alone (site, hour, load, unit, age)", *_conditions(held.runs()))]
    rows += [_auc_row(f"quiet readings, {QUIET} samples before onset", *_quiet(held))]
    return [row for row in rows if row]


_SPLITS: dict[str, Any] = {
    "equal runs in training and held-out": lambda h: h.content_id,
    "shared run seeds": lambda h: h.seed,
    "shared unit serials": lambda h: (h.product, h.unit),
    "shared worlds": lambda h: (h.product, h.world),
    "shared weeks of a site": lambda h: (h.site, int(h.hour // 168)),
}


def _overlap(name: str, train: Sequence[RunHeader], held: Sequence[RunHeader], key: Any) -> dict[str, Any]:
    """How many values of a key both sides have."""
    shared = {key(h) for h in train} & {key(h) for h in held}
    return {"check": name, "value": len(shared), "bound": 0, "passed": not shared}


def _auc_row(name: str, features: Float, event: Float) -> dict[str, Any]:
    """Whether a cross-validated linear classifier tells event runs from others better than chance."""
    positive = int(event.sum())
    if min(positive, len(event) - positive) < 8:
        return {}
    auc = cross_validated_auc(features, event)
    spread = 2.6 * np.sqrt((len(event) + 1) / (12.0 * positive * (len(event) - positive)))
    return {
        "check": f"AUC from {name}",
        "value": round(auc, 3),
        "bound": f"0.5 ± {spread:.2f}",
        "passed": bool(auc < 0.5 + spread),
    }


def _conditions(headers: Sequence[RunHeader]) -> tuple[Float, Float]:
    """(n, F) conditions and (n,) whether the run's family can end in an event."""
    sites = sorted({h.site for h in headers})
    rows = [
        [sites.index(h.site), np.sin(h.hour / 24 * 2 * np.pi), h.hour, h.load, h.unit % 997, h.age] for h in headers
    ]
    return np.array(rows, np.float64), np.array([_can_end_in_event(h) for h in headers])


def _can_end_in_event(header: RunHeader) -> float:
    """Whether a run's family has an event class of its own: 1 or 0."""
    return float(SCENARIOS[header.family].event != "normal")


def _late(reader: DatasetReader) -> Iterator[RunHeader]:
    """Headers of runs with samples whose first ``QUIET`` samples lie before any onset."""
    for header in reader.runs()[:MOST_RUNS]:
        if reader.place(header.run_id).count and header.onset_s > QUIET * header.dt:
            yield header


def _quiet(reader: DatasetReader) -> tuple[Float, Float]:
    """(n, F) mean and spread of each channel before onset, and (n,) whether the run's family can end in an event."""
    features, event = [], []
    for header in _late(reader):
        readings = reader.read(header.run_id, ("readings",)).readings
        quiet = np.concatenate([np.asarray(v[:QUIET], np.float64) for v in readings.values() if v.ndim == 2], axis=1)
        features.append(np.concatenate([quiet.mean(0), np.log1p(quiet.std(0))]))
        event.append(_can_end_in_event(header))
    return np.array(features), np.array(event)


def cross_validated_auc(features: Float, event: Float, folds: int = 5, ridge: float = 10.0) -> float:
    """AUC of a ridge regression on standardised features (n, F) for labels (n,) in {0, 1}, scored out of fold."""
    scale = features.std(0)
    x = (features - features.mean(0)) / np.where(scale > 0, scale, 1.0)
    fold = np.argsort(np.argsort(event, kind="stable"), kind="stable") % folds
    score = np.zeros(len(event))
    for k in range(folds):
        a, b = x[fold != k], event[fold != k]
        weights = np.linalg.solve(a.T @ a + ridge * np.eye(x.shape[1]), a.T @ (b - b.mean()))
        score[fold == k] = x[fold == k] @ weights
    return auc(score, event > 0.5)


def auc(score: Float, positive: np.ndarray) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative, ties counting half."""
    above = (score[positive][:, None] > score[~positive][None]).mean()
    ties = (score[positive][:, None] == score[~positive][None]).mean()
    return float(above + 0.5 * ties)
