"""The command line. Exit status: 0 done, 1 failed, 2 bad input, 130 interrupted (with what resumes it).

Everything heavy is imported inside the commands, so that ``gg-gym --help`` answers at once.
"""

from __future__ import annotations

import os
import sys

import typer

from gg_gym.cli import catalogue, data, fidelity, generate, inspect, learn, scenario_pages, store, study

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

app = typer.Typer(
    name="gg-gym",
    help="A digital twin of a sensor unit, agents that choose what happens to it, and a detector that learns.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for module in (study, generate, inspect, data, learn, catalogue, scenario_pages, store, fidelity):
    module.register(app)


def _version(show: bool) -> None:
    if show:
        from gg_gym import __version__

        typer.echo(f"gg-gym {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Options that stand before a command."""


def main() -> None:
    """Entry point of ``gg-gym``."""
    try:
        app(prog_name="gg-gym")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
