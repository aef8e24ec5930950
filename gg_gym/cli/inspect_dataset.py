"""``gg-gym inspect DATASET``: statistics, and a run on one page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gg_gym.cli.data import dataset_folder
from gg_gym.cli.output import emit, facts, say
from gg_gym.errors import InputError

if TYPE_CHECKING:
    from gg_gym.records.avro import DatasetReader


def show_dataset(dataset: Path, run: str, out: Path, plot: bool, null: bool, as_json: bool) -> None:
    """Statistics of a dataset, and a run on one page: sensors, truth, status, labels, null twin.

    Raises:
        InputError: no such dataset, or a run without samples.
    """
    from gg_gym.records.avro import DatasetReader
    from gg_gym.records.statistics import dataset_card

    reader = DatasetReader(dataset_folder(dataset))
    card = dataset_card(reader.folder)
    page = _draw(reader, run, out, null) if plot and len(reader) else None
    if as_json:
        emit({**card, "plot": page})
        return
    facts(card)
    if page:
        say(f"drew run {page['run']} to {page['file']}")


def _draw(reader: DatasetReader, run_id: str, out: Path, with_null: bool) -> dict[str, str] | None:
    """Draw a run of a dataset; None if no run has samples."""
    from gg_gym.plots import plot_run
    from gg_gym.studies.findings import null_twin, sample_ids

    chosen = run_id or next(iter(sample_ids(reader, 1)), "")
    if not chosen:
        return None
    run = reader.read(chosen)
    if not run.has_samples:
        raise InputError(f"run {chosen}", "was simulated but its samples were not kept", "a run with samples")
    path = plot_run(run, null_twin(run) if with_null else None, out, reader.channels)
    return {"run": chosen, "file": str(path)}
