"""Commands on datasets: inspect, validate, reproduce, export, transcode."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gg_gym.cli.output import BAD_INPUT, FAILED, Progress, complain, emit, facts, guarded, say
from gg_gym.errors import InputError

if TYPE_CHECKING:
    from gg_gym.records.avro import DatasetReader

Folder = typer.Argument(..., help="Dataset folder, or a file in it.", show_default=False)
Json = typer.Option(False, "--json", help="Print JSON.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(inspect)
    app.command()(validate)
    app.command()(reproduce)
    app.command()(export)
    app.command()(transcode)


def dataset_folder(path: Path) -> Path:
    """The dataset a path means: a folder, or a file in one.

    Raises:
        InputError: nothing is there.
    """
    if not path.exists():
        raise InputError(str(path), "no such file or folder", "a dataset folder or a file in it")
    return path if path.is_dir() else path.parent


@guarded()
def inspect(
    dataset: Path = Folder,
    run: str = typer.Option("", help="Run to draw; by default the first whose event begins in view."),
    out: Path = typer.Option(Path("run.png"), help="PNG of the run."),
    plot: bool = typer.Option(True, help="Draw a run on one page."),
    null: bool = typer.Option(True, help="Simulate its null twin and draw it in grey."),
    as_json: bool = Json,
) -> None:
    """Statistics of a dataset, and a run on one page: sensors, truth, status, labels, null twin."""
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


@guarded()
def validate(dataset: Path = Folder, as_json: bool = Json) -> None:
    """Check every byte of a dataset: manifest, checksums, blocks, schemas and values."""
    from gg_gym.records.validation import validate as check

    report = check(dataset_folder(dataset))
    if as_json:
        emit({**vars(report), "ok": report.ok})
    else:
        facts({k: v for k, v in vars(report).items() if k not in ("errors", "warnings")})
        for text in report.warnings:
            say(f"warning: {text}")
    if not report.ok:
        first, *rest = report.errors
        complain(first + (f" (and {len(rest)} more: see --json)" if rest else ""))
        raise typer.Exit(BAD_INPUT)


@guarded()
def reproduce(
    dataset: Path = Folder,
    run: str = typer.Option("", help="One run; by default all with samples."),
    limit: int = typer.Option(0, min=0, help="At most so many runs; 0 is all."),
    as_json: bool = Json,
) -> None:
    """Simulate logged runs again from their own records and compare bit for bit. Exit status 1 if one differs."""
    from gg_gym.records.avro import DatasetReader
    from gg_gym.records.reproduce import compare, regenerate

    reader = DatasetReader(dataset_folder(dataset))
    ids = [run] if run else [i for i in reader.run_ids if reader.place(i).count][: limit or None]
    results = []
    with Progress(quiet=as_json) as progress:
        for i, name in enumerate(ids):
            recorded = reader.read(name)
            if not recorded.has_samples:
                raise InputError(f"run {name}", "was simulated but its samples were not kept", "a run with samples")
            results.append(compare(recorded, regenerate(recorded)))
            progress("reproduce", i + 1, len(ids))
    different = [r for r in results if not r.equal]
    if as_json:
        emit([{**vars(r), "differences": [vars(d) for d in r.differences], "equal": r.equal} for r in results])
    else:
        for result in different:
            _tell(result)
        say(f"{len(results) - len(different)} of {len(results)} runs are bit-equal")
    if different:
        raise typer.Exit(FAILED)


def _tell(result: Any) -> None:
    """Say how a run differs."""
    say(f"run {result.run_id}: largest difference {result.largest_difference:g}")
    for d in sorted(result.differences, key=lambda d: d.first):
        say(f"  {d.array}: {d.largest:g}, first at {d.first}")
    for text in (*(f"only on one side: {name}" for name in result.missing), *result.notes):
        say(f"  {text}")


@guarded()
def export(
    dataset: Path = Folder,
    out: Path = typer.Argument(..., help="File or folder to write.", show_default=False),
    to: str = typer.Option("parquet", "--to", help="parquet (scalars), or avro and json (exchange forms)."),
    truth: bool = typer.Option(False, help="Also ideal readings and physical truth."),
) -> None:
    """Write a dataset in another format: Parquet, or the exchange forms as Avro or JSON lines."""
    from gg_gym.records.export import FORMS, to_exchange, to_parquet

    if to not in ("parquet", *FORMS):
        raise InputError("--to", repr(to), ", ".join(("parquet", *FORMS)))
    folder = dataset_folder(dataset)
    if to == "parquet":
        say(f"wrote {to_parquet(folder, out, truth)} rows to {out}")
    else:
        say(f"wrote {to_exchange(folder, out, to, truth)} runs to {out}")


@guarded("run the same command again")
def transcode(
    dataset: Path = Folder,
    out: Path = typer.Argument(..., help="Folder of the copy.", show_default=False),
    codec: str = typer.Option("null", help="null (memory-mapped training copy) or zstandard."),
) -> None:
    """Copy a dataset with another codec; every array is verified once."""
    from gg_gym.records.transcode import transcode as copy

    say(f"wrote {copy(dataset_folder(dataset), out, codec)} runs to {out}")
