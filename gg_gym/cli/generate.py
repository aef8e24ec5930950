"""The command that makes a dataset from a manifest, without an agent."""

from __future__ import annotations

import time
from pathlib import Path

import typer

from gg_gym.cli.output import Progress, emit, guarded, say

Json = typer.Option(False, "--json", help="Print JSON.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(generate)


@guarded("the same command goes on where this one stopped")
def generate(
    manifest: Path = typer.Argument(..., help="Manifest in YAML.", show_default=False),
    out: Path = typer.Option(Path("mlruns/datasets"), help="Folder in which the dataset's folder is made."),
    workers: int | None = typer.Option(None, min=1, max=256, help="Processes; by default as the manifest says."),
    as_json: bool = Json,
) -> None:
    """Simulate runs without an agent, or go on with an interrupted generation, into a dataset."""
    from gg_gym.datasets.generation import MLDataGenerator, load_manifest

    checked = load_manifest(manifest)
    if workers is not None:
        checked = checked.model_copy(update={"workers": workers})
    started = time.monotonic()
    with Progress(quiet=as_json) as progress:
        generator = MLDataGenerator(out=out, progress=lambda done, total: progress("generate", done, total))
        made = generator.generate_dataset(checked)
    seconds = time.monotonic() - started
    if as_json:
        emit({"dataset": str(made.folder), "records": made.records, "resumed": made.resumed, "seconds": seconds})
        return
    kept = f" ({made.resumed} were there)" if made.resumed else ""
    say(f"{made.records} records{kept} in {made.folder}, {seconds:.1f} s")
    say(f"next: gg-gym inspect {made.folder}")
