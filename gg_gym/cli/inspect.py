"""``gg-gym inspect``: one command, several things to look at; each section is in a file of its own.

A dataset is :mod:`gg_gym.cli.inspect_dataset`, ``--field`` :mod:`gg_gym.cli.inspect_field`, ``--priors``
:mod:`gg_gym.cli.inspect_priors`, ``--sensor`` :mod:`gg_gym.cli.ablation`, ``--leaks`` :mod:`gg_gym.cli.leaks`. A new
section is an option here that names it, a word in :func:`_asked`, and a branch in :func:`inspect`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from gg_gym.cli.output import guarded
from gg_gym.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(inspect)


def _asked(**sections: Any) -> str:
    """The one section that was asked for: "dataset", "field", "priors", "sensor" or "leaks".

    Raises:
        InputError: none, or more than one.
    """
    found = [name for name, value in sections.items() if value]
    if len(found) != 1:
        what = "nothing to look at" if not found else f"got {' and '.join(found)}"
        raise InputError("inspect", what, "one of: a dataset, --field, --priors, --sensor, --leaks")
    return found[0]


@guarded()
def inspect(
    dataset: Path | None = typer.Argument(None, help="Dataset folder, or a file in it.", show_default=False),
    run: str = typer.Option("", help="Run to draw; by default the first whose event begins in view."),
    out: Path | None = typer.Option(None, help="PNG of the run (run.png), or file of the field (field.nc; .npz)."),
    plot: bool = typer.Option(True, help="Draw a run on one page, or a field beside its file."),
    null: bool = typer.Option(True, help="Simulate its null twin and draw it in grey."),
    field: str = typer.Option("", help="Sample quantities on a grid in a run: wind,added.CO,... (list names them)."),
    grid: str = typer.Option("-3:3:49,-3:3:49,0:12:49", help="Grid x,y,z [m]: FROM:TO:COUNT or one number each."),
    product: str = typer.Option("grid_guardian", help="Product key or YAML file."),
    scenario: str = typer.Option("baseline_operation", help="Scenario family."),
    settings: list[str] = typer.Option([], "--set", help="Scenario parameter: NAME=VALUE; may be repeated."),
    seed: int = typer.Option(0, min=0, help="Seed of the run."),
    partition: str = typer.Option("train", help="Partition of sites, units, weather and worlds."),
    at: float | None = typer.Option(None, help="Time from the record's start [s]; by default its end."),
    priors: bool = typer.Option(False, help="Table of every uncertain number of physics and sensors."),
    write: Path | None = typer.Option(None, help="File that gets the table of priors (Markdown)."),
    sensor: str = typer.Option("", help="Instrument (name or key) whose imperfections to switch on in turn."),
    imperfections: bool = typer.Option(True, help="With --sensor: the table of its imperfections."),
    leaks: bool = typer.Option(False, help="Can a classifier tell runs apart by what should not tell? (--out, --seed)"),
    runs: int = typer.Option(600, min=60, max=100000, help="With --leaks: runs to simulate."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Look at a dataset and a run of it, at fields around the pole, at the priors, or for leaks."""
    section = _asked(dataset=dataset, field=field, priors=priors, sensor=sensor and imperfections, leaks=leaks)
    if section == "priors":
        from gg_gym.cli.inspect_priors import show_priors

        show_priors(write, as_json)
    elif section == "leaks":
        from gg_gym.cli.leaks import show_leaks

        show_leaks(product, runs, seed, partition, out, as_json)
    elif section == "field":
        from gg_gym.cli.inspect_field import Request, show_field

        request = Request(product, scenario, tuple(settings), seed, partition, at)
        show_field(field, grid, request, out or Path("field.nc"), plot, as_json)
    elif section == "sensor":
        from gg_gym.cli.ablation import show_ablation

        show_ablation(sensor, product, out or Path("imperfections.png"), plot, as_json)
    elif dataset is not None:
        from gg_gym.cli.inspect_dataset import show_dataset

        show_dataset(dataset, run, out or Path("run.png"), plot, null, as_json)
