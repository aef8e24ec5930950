"""Commands on studies: run, compare, report, ui."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import typer

from gg_gym.cli.output import Progress, emit, guarded, say, table

Json = typer.Option(False, "--json", help="Print JSON.")
Root = typer.Option(Path("mlruns"), help="Folder of the local MLflow store.")
#: Where studies lie below the store's folder, if no folder is named.
STUDIES = "studies"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(run)
    app.command()(compare)
    app.command()(report)
    app.command()(ui)


@guarded("the same command goes on from the last finished round")
def run(
    study: Path = typer.Argument(..., help="Study in YAML.", show_default=False),
    out: Path | None = typer.Option(None, help="Folder of the study; by default mlruns/studies/NAME."),
    mlruns: Path = Root,
    track: bool = typer.Option(True, help="Log to MLflow."),
    as_json: bool = Json,
) -> None:
    """Run a study, or go on with an interrupted one: agents choose, the twin simulates, the detector learns."""
    from gg_gym.studies.configuration import load_configuration

    config = load_configuration(study)
    folder = out or mlruns / STUDIES / config.name
    started = time.monotonic()
    with Progress(quiet=as_json) as progress:
        outcome = _run(config, folder, mlruns, track, progress)
    seconds = time.monotonic() - started
    page = folder / "report.html"
    if as_json:
        emit({**outcome.comparison, "folder": str(folder), "report": str(page), "seconds": seconds})
        return
    _standings(outcome.comparison)
    say()
    say(_split(seconds))
    say(f"report: {page}")
    say(f"champion: {outcome.champion}")
    say("next:")
    for line in _next_steps(folder, mlruns):
        say(f"  {line}")


def _run(config: Any, folder: Path, mlruns: Path, track: bool, progress: Progress) -> Any:
    """Run the study, then write its report and keep it with the tracker."""
    from gg_gym.cli.wiring import install_seconds, make_tracker
    from gg_gym.studies.gather import gather
    from gg_gym.studies.report import write_report
    from gg_gym.studies.runner import run_study

    tracker = make_tracker(mlruns) if track else None
    outcome = run_study(config, folder, tracker, lambda done, total, text: progress("runs", done, total, text))
    times = {"install": install_seconds(), "compute": outcome.seconds}
    known = {name: value for name, value in times.items() if value is not None}
    steps = _next_steps(folder, mlruns)
    results = gather(folder, known, steps, lambda done, total, text: progress("report", done, total, text))
    page = write_report(results, folder / "report.html")
    if tracker is not None:
        tracker.keep(page)
    return outcome


def _split(seconds: float) -> str:
    """The times of installation and computation."""
    from gg_gym.cli.wiring import install_seconds

    installed = install_seconds()
    before = "" if installed is None else f"installation {installed:.0f} s (once), "
    return f"{before}this run {seconds:.0f} s"


def _next_steps(folder: Path, mlruns: Path) -> list[str]:
    """Commands worth trying after a study."""
    held = folder / "sets" / "heldout" / "runs"
    store = "" if mlruns == Path("mlruns") else f" --mlruns {mlruns}"
    steps = {
        f"gg-gym ui{store}": "all arms, rounds and detectors in MLflow's pages",
        f"gg-gym inspect {held}": "statistics, and a run on one page",
        f"gg-gym reproduce {held} --limit 3": "simulate logged runs again, bit for bit",
        f"gg-gym compare {folder}": "where the arms ended",
        "experiments/quickstart.yaml": "copy and edit it: more seeds (repeats), rounds or arms",
    }
    width = max(map(len, steps))
    return [f"{command.ljust(width)}   # {meaning}" for command, meaning in steps.items()]


def _standings(comparison: dict[str, Any]) -> None:
    """Print where the arms ended, and how far that reaches."""
    head = ["rank", "arm", "value", "difference", "low", "high", "n_train", "n_sim"]
    table(["rank", "arm", comparison["metric"], *head[3:]], [[row[k] for k in head] for row in comparison["standings"]])
    say(comparison["wording"])


@guarded()
def compare(
    studies: list[Path] = typer.Argument(..., help="Study folders.", show_default=False),
    metric: str = typer.Option("macro_auprc", help="What to rank by."),
    baseline: str = typer.Option("", help="Arm to difference against; by default stratified, random or sobol."),
    as_json: bool = Json,
) -> None:
    """Compare the arms of studies on the held-out runs, after the last round they share."""
    from gg_gym.studies.results import compare as rank

    found = rank([*studies] if len(studies) > 1 else studies[0], metric, baseline or None)
    if as_json:
        emit(found)
    else:
        _standings(found)


@guarded()
def report(
    study: Path = typer.Argument(..., help="Study folder.", show_default=False),
    out: Path | None = typer.Option(None, help="The page; by default report.html in the study's folder."),
) -> None:
    """Write the report of a study again."""
    from gg_gym.studies.gather import gather
    from gg_gym.studies.report import write_report

    with Progress() as progress:
        results = gather(study, progress=lambda done, total, text: progress("report", done, total, text))
    say(f"wrote {write_report(results, out or study / 'report.html')}")


@guarded()
def ui(
    mlruns: Path = Root,
    port: int = typer.Option(5000, min=1024, max=65535, help="Port on this machine."),
) -> None:
    """Open MLflow's pages on the local store."""
    import os

    from gg_gym.errors import InputError
    from gg_gym.tracking import store_uri, ui_command

    uri = store_uri(mlruns)
    if uri.startswith("sqlite:///") and not Path(uri.removeprefix("sqlite:///")).is_file():
        raise InputError(str(mlruns), "no MLflow store there", "a folder that a study has logged to")
    say(f"MLflow on http://127.0.0.1:{port} (Ctrl-C closes it)")
    command, environment = ui_command(mlruns, port)
    os.execve(command[0], command, environment)
