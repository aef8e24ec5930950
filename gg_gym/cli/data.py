"""Commands on datasets: validate, reproduce, export, transcode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from gg_gym.cli.output import BAD_INPUT, FAILED, Progress, complain, emit, facts, guarded, say
from gg_gym.errors import InputError

Folder = typer.Argument(..., help="Dataset folder, or a file in it.", show_default=False)
Json = typer.Option(False, "--json", help="Print JSON.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
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
    to: str = typer.Option("parquet", "--to", help="parquet, avro, json; wav, comtrade; png, tiff."),
    truth: bool = typer.Option(False, help="Also ideal readings and physical truth."),
    run: str = typer.Option("", "--run", help="Run whose waveforms or frames are written; by default the first."),
    sample: int = typer.Option(-1, "--sample", min=-1, help="Its sample; -1: the last, or all frames."),
    kind: list[str] = typer.Option([], "--kind", help="Kinds of waveforms; by default all."),
    bits: int = typer.Option(24, "--bits", help="Bits a sample of a WAV file: 16 or 24."),
) -> None:
    """Write a dataset as Parquet or exchange forms, or one run's waveforms or thermal frames into a folder."""
    from gg_gym.records.export import FORMS, to_exchange, to_parquet
    from gg_gym.records.signals import IMAGES, WAVES, export_signals

    if to not in ("parquet", *FORMS, *WAVES, *IMAGES):
        raise InputError("--to", repr(to), ", ".join(("parquet", *FORMS, *WAVES, *IMAGES)))
    folder = dataset_folder(dataset)
    if to in (*WAVES, *IMAGES):
        files = export_signals(folder, out, to, run, None if sample < 0 else sample, kind, bits)
        say(f"wrote {len(files)} files to {out}")
        return
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
