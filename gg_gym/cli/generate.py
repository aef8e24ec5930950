"""The command that makes a dataset from a manifest, without an agent."""

from __future__ import annotations

import time
from pathlib import Path

import typer

from gg_gym.cli.output import Progress, emit, guarded, say
from gg_gym.errors import InputError

Json = typer.Option(False, "--json", help="Print JSON.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(generate)


@guarded("the same command goes on where this one stopped")
def generate(
    manifest: Path = typer.Argument(..., help="Manifest in YAML.", show_default=False),
    out: Path = typer.Option(Path("mlruns/datasets"), help="Folder in which the dataset's folder is made."),
    workers: int | None = typer.Option(None, min=1, max=256, help="Processes; by default as the manifest says."),
    outcomes: bool = typer.Option(False, help="Also write onset, ignition and detectability (needs null_twins)."),
    as_json: bool = Json,
) -> None:
    """Simulate runs without an agent, or go on with an interrupted generation, into a dataset."""
    from gg_gym.datasets.generation import MLDataGenerator, load_manifest
    from gg_gym.records.outcomes import write_outcomes

    checked = load_manifest(manifest)
    if outcomes and not checked.null_twins:
        raise InputError(f"{manifest}: null_twins", "false, but --outcomes compares runs with their null twins", "true")
    if workers is not None:
        checked = checked.model_copy(update={"workers": workers})
    started = time.monotonic()
    with Progress(quiet=as_json) as progress:
        generator = MLDataGenerator(out=out, progress=lambda done, total: progress("generate", done, total))
        made = generator.generate_dataset(checked)
        written = write_outcomes(made.folder) if outcomes else None
    seconds = time.monotonic() - started
    if as_json:
        told = {"dataset": str(made.folder), "records": made.records, "resumed": made.resumed, "seconds": seconds}
        emit(told if written is None else {**told, "outcomes": str(written)})
        return
    kept = f" ({made.resumed} were there)" if made.resumed else ""
    say(f"{made.records} records{kept} in {made.folder}, {seconds:.1f} s")
    if written is not None:
        say(f"onset, ignition and detectability in {written}")
    say(f"next: gg-gym inspect {made.folder}")
