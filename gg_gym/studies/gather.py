"""From a finished study's folder to what its report shows."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gg_gym.records.avro import DatasetReader
from gg_gym.records.run import cpu_features
from gg_gym.records.statistics import dataset_card
from gg_gym.scenarios import EVENT_CLASSES
from gg_gym.studies.cells import read_json
from gg_gym.studies.chain import Layout
from gg_gym.studies.configuration import StudyConfiguration, check_configuration
from gg_gym.studies.findings import before_onset, leak_audit, null_twin, sample_ids
from gg_gym.studies.report import SampleRun, StudyResults
from gg_gym.studies.results import load_cells

#: Distributions whose versions decide numbers.
DISTRIBUTIONS = ("gg-gym", "numpy", "scipy", "torch", "gymnasium", "stable-baselines3", "fastavro", "mlflow", "pvlib")
#: Parts of a dataset card that a report shows.
CARD = ("runs", "runs_with_samples", "runs_with_onset", "samples", "bytes", "codec", "digest", "counts")

Progress = Callable[[int, int, str], None]


def gather(
    folder: Path | str,
    times: Mapping[str, float] | None = None,
    next_steps: Sequence[str] = (),
    progress: Progress | None = None,
) -> StudyResults:
    """Collect a study's results for :func:`gg_gym.studies.report.write_report`.

    Args:
        folder: study folder with at least one finished cell.
        times: seconds by name.
        next_steps: commands to try next.
        progress: told (pieces done, pieces in all, a few words).

    Raises:
        InputError: no study there, or a damaged file.
        DamagedFileError: a dataset that does not verify.
    """
    folder, tell = Path(folder), progress or (lambda done, total, text: None)
    config = check_configuration(read_json(folder / "study.json")["config"], str(folder / "study.json"))
    layout, cells = Layout(folder, config), load_cells(folder)
    reader = DatasetReader(layout.heldout / "runs")
    parts: dict[str, Any] = {}
    pieces: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("samples", lambda: [_sample(reader, run_id) for run_id in sample_ids(reader)]),
        ("card", lambda: _cards(layout)),
        ("leaks", lambda: leak_audit(_trained(layout, cells), layout.heldout / "runs")),
        ("reliability", lambda: _reliability(layout, cells)),
    )
    for i, (name, make) in enumerate(pieces):
        parts[name] = make()
        tell(i + 1, len(pieces), name)
    pairs = [(s.run, s.null) for s in parts["samples"]]
    parts["leaks"].append(before_onset(pairs))
    return StudyResults(
        config.name, cells, channels=reader.channels, versions=versions(config), times=dict(times or {}),
        next_steps=list(next_steps), **parts,
    )  # fmt: skip


def _sample(reader: DatasetReader, run_id: str) -> SampleRun:
    """A held-out run beside its null twin."""
    run = reader.read(run_id)
    severity = run.header.definition.get("parameters", {}).get("severity")
    asked = "" if severity is None else f", severity asked for {severity:.2f}"
    onset = "no onset in the record" if run.header.onset_s > run.header.dt * run.header.samples else (
        f"onset {run.header.onset_s / 60:+.1f} min after the record began"
    )  # fmt: skip
    return SampleRun(f"Held-out run of {run.header.family}{asked}, {onset}", run, null_twin(run))


def _cards(layout: Layout) -> dict[str, Any]:
    """Cards of the held-out runs and of the first seed's initial runs; channels of the latter."""
    held = dataset_card(layout.heldout / "runs")
    initial = dataset_card(layout.base(layout.config.seeds[0]) / "runs")
    return {
        "held-out runs": _card(held),
        "initial training runs": _card(initial),
        "weather files": [digest[:16] for digest in initial["weather"]],
        "channels of the initial training runs": initial["channels"],
    }


def _card(card: Mapping[str, Any]) -> dict[str, Any]:
    """The shown parts of a dataset card, classes by name."""
    classes = {EVENT_CLASSES[int(k)]: n for k, n in card["counts"]["event_class"].items()}
    return {**{key: card[key] for key in CARD}, "counts": {**card["counts"], "event_class": classes}}


def _last(cells: Sequence[Mapping[str, Any]], arm: str, seed: int) -> int:
    """The last finished round of an arm and seed."""
    return max((int(c["round"]) for c in cells if c["arm"] == arm and c["seed"] == seed), default=0)


def _trained(layout: Layout, cells: Sequence[Mapping[str, Any]]) -> list[Path]:
    """All folders that any detector of the study was trained on."""
    pairs = {(str(c["arm"]), int(c["seed"])) for c in cells}
    folders = {f for arm, seed in pairs for f in layout.training(arm, seed, _last(cells, arm, seed))}
    return sorted(folders)


def _reliability(layout: Layout, cells: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, float]]]:
    """Stated against observed on the held-out runs, for each arm's last detector under the first seed."""
    from gg_gym.datasets.windows import WindowDataset
    from gg_gym.detection.ensemble import Ensemble, torch_threads
    from gg_gym.detection.metrics import calibration_bins

    seed, samples = layout.config.seeds[0], layout.config.samples
    data = WindowDataset(layout.heldout / "runs", frames=layout.config.detector.frames, ends=(samples,))
    batch, out = data.tensors(), {}
    labels = batch["event_class"].numpy()
    with torch_threads(layout.config.threads):
        for arm in dict.fromkeys(str(c["arm"]) for c in cells):
            last = _last(cells, arm, seed)
            if last:
                mean = Ensemble.load(layout.round(arm, seed, last) / "detector").predict(batch).mean
                bins = calibration_bins(mean.max(1), mean.argmax(1) == labels, 8)
                columns = zip(*bins, strict=True)
                out[arm] = [
                    {"confidence": float(c), "accuracy": float(a), "count": m * len(labels)} for c, a, m in columns
                ]
    return out


def versions(config: StudyConfiguration) -> dict[str, Any]:
    """Versions, threads and processor: what the numbers depend on beside the study."""
    found: dict[str, Any] = {"python": platform.python_version()}
    for name in DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    found |= {"torch threads": config.threads, "workers": config.workers, "cores": os.cpu_count()}
    found |= {"seeds": list(config.seeds), "study digest": config.digest()[:16]}
    found["CPU features"] = " ".join(name for name in cpu_features() if name.startswith(("AVX", "FMA", "NEON", "SVE")))
    return found
