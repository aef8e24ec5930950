"""``gg-gym fidelity``: published numbers beside what this package computes."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from gg_gym.cli.output import FAILED, emit, guarded, say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(fidelity)


@guarded()
def fidelity(
    cases: list[str] = typer.Argument(None, help="Ids or their beginnings, such as ATM or EM-1; all by default."),
    write: Path | None = typer.Option(None, help="Folder that gets fidelity.json and fidelity.md."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Compute the reference cases. Exit status 1 if one fails without an explanation."""
    from gg_gym.fidelity.table import choose, report, run
    from gg_gym.fidelity.text import closing, lines, markdown

    results = run(choose(cases or ()))
    if write is not None:
        write.mkdir(parents=True, exist_ok=True)
        (write / "fidelity.json").write_text(json.dumps(report(results), indent=1) + "\n", encoding="utf-8")
        (write / "fidelity.md").write_text(markdown(results), encoding="utf-8")
    if as_json:
        emit(report(results))
    else:
        for result in results:
            say("\n".join([*lines(result), ""]))
        say("\n".join(closing(results)))
    if any(not (result.passed or result.excused) for result in results):
        raise typer.Exit(FAILED)
