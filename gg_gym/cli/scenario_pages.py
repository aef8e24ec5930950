"""``gg-gym scenarios plot`` and ``gg-gym scenarios pages``: a run on one page, and a page a family."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gg_gym.cli.catalogue import scenarios
from gg_gym.cli.output import Progress, emit, guarded, say
from gg_gym.errors import InputError

if TYPE_CHECKING:
    from gg_gym.records.run import RunData
    from gg_gym.scenarios import ScenarioDefinition
    from gg_gym.twin import Twin


#: Families whose runs are simulated together.
TOGETHER = 12


def register(app: typer.Typer) -> None:
    """Add the commands to ``scenarios``."""
    scenarios.command("plot")(plot)
    scenarios.command("pages")(pages)


@guarded()
def plot(
    scenario: str = typer.Argument(..., help="Family, superposition a+b, or id of a stored scenario."),
    out: Path = typer.Option(Path("scenario.png"), help="PNG to write."),
    settings: list[str] = typer.Option([], "--set", help="Parameter: NAME=VALUE; may be repeated."),
    seed: int = typer.Option(0, min=0, help="Seed of the run."),
    product: str = typer.Option("grid_guardian", help="Product key or YAML file."),
    partition: str = typer.Option("train", help="Partition of sites, units, weather and worlds."),
    where: str = typer.Option("", help="Conditions the run must meet, such as 'fog' or 'windy and night'."),
    margin: float = typer.Option(5.0, help="Departure that counts as detectable, in units of a channel's noise."),
    store: str = typer.Option("", help="Store in which an id is looked up (URL)."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Simulate one run and its null twin, and draw sensors, truth and labels on one page."""
    import numpy as np

    from gg_gym.plots import plot_run
    from gg_gym.products import load_product
    from gg_gym.records.outcomes import outcome
    from gg_gym.records.simulated import channel_table
    from gg_gym.scenarios.templates import ScenarioTemplate
    from gg_gym.twin import Twin

    found = load_product(product)
    base = _named(scenario, store)
    definition = ScenarioTemplate(base.family, base.parameters, base.name).definition(found, _values(settings))
    seed = _seed_where(seed, definition, found, partition, where) if where else seed
    twin = Twin(found)
    run, null = twins(twin, [definition], np.array([seed], np.uint64), partition)[0]
    channels = channel_table(twin)
    times = outcome(run, null, channels, margin)
    marks = {k: v for k, v in vars(times).items() if k in ("ignition", "detectability")}
    path = plot_run(run, null, out, channels, marks)
    told = {"family": definition.family, "seed": seed, "file": str(path), **_finite(vars(times))}
    if as_json:
        emit({**told, "parameters": definition.parameters})
        return
    say(f"drew {definition.family} (seed {seed}) to {path}")
    say(", ".join(f"{k} {'never' if told[k] is None else f'{told[k]:.0f} s'}" for k in ("onset", *marks)))


def _finite(times: dict[str, Any]) -> dict[str, Any]:
    return {k: None if v == float("inf") else v for k, v in times.items()}


def _named(scenario: str, store: str) -> ScenarioDefinition:
    """The definition of a family's defaults, or of a stored scenario.

    Raises:
        InputError: neither a family nor the id of a stored scenario.
    """
    from gg_gym.scenarios import SCENARIOS, ScenarioDefinition

    if scenario in SCENARIOS:
        return ScenarioDefinition(family=scenario)
    if scenario.count("-") != 4 and not store:
        known = ", ".join(sorted(SCENARIOS))
        raise InputError("scenario", f"{scenario!r} is no family and no id", f"{known}, or the id of a stored scenario")
    from gg_gym.repository import SQLScenarioRepository

    with SQLScenarioRepository(store or None, create=False) as repository:
        return repository.get_scenario_by_id(scenario).definition


def _values(settings: Sequence[str]) -> dict[str, float]:
    """Parameters of ``--set`` options.

    Raises:
        InputError: not NAME=NUMBER.
    """
    out = {}
    for text in settings:
        name, _, value = text.partition("=")
        try:
            out[name] = float(value)
        except ValueError:
            raise InputError("--set", repr(text), "NAME=NUMBER") from None
    return out


def _seed_where(seed: int, definition: ScenarioDefinition, product: Any, partition: str, where: str) -> int:
    """The first seed from ``seed`` on whose circumstances meet a condition under this definition.

    Raises:
        InputError: none of 20,000 does.
    """
    import numpy as np

    from gg_gym.scenarios import BaseScenario
    from gg_gym.scenarios.circumstances import circumstances
    from gg_gym.scenarios.where import Candidates, Expression

    expression, scenario = Expression(where, product), BaseScenario.from_definition(definition)
    seeds = np.arange(seed, seed + 20_000, dtype=np.uint64)
    around = circumstances(product, product.draw(seeds, partition))
    holds = np.flatnonzero(expression.holds(Candidates(product, [scenario] * len(seeds), around)))
    if not len(holds):
        raise InputError("where", f"{where!r} is met by none of 20000 seeds from {seed}", f"partition {partition}")
    return int(seeds[holds[0]])


def twins(
    twin: Twin, definitions: Sequence[ScenarioDefinition], seeds: Any, partition: str
) -> list[tuple[RunData, RunData]]:
    """(run, null twin) of each definition (n) with its seed (n,); all simulated together."""
    import numpy as np

    from gg_gym.records.simulated import run_data

    n = len(seeds)
    runs = twin.run(twin.draw(np.tile(seeds, 2), partition), [*definitions, *(d.null() for d in definitions)])
    return [(run_data(twin, runs, i), run_data(twin, runs, n + i)) for i in range(n)]


@guarded()
def pages(
    write: Path = typer.Option(Path("docs/scenarios"), help="Folder that gets a page and a picture a family."),
    families: list[str] = typer.Option([], "--family", help="Only this family; may be repeated."),
    product: str = typer.Option("grid_guardian", help="Product whose sensors are shown."),
    measure: bool = typer.Option(True, help="Also simulate; else only the text above what was measured is renewed."),
) -> None:
    """Write a page for every family: parameters, causes, labels, corners, and what each sensor shows."""
    from gg_gym.cli.scenario_text import index, registered, write_pages

    keys = tuple(families) or registered()
    with Progress() as progress:
        for start in range(0, len(keys), TOGETHER):
            write_pages(write, keys[start : start + TOGETHER], product, measure)
            progress("pages", min(start + TOGETHER, len(keys)), len(keys))
    (write / "README.md").write_text(index(registered()), encoding="utf-8")
    say(f"wrote {len(keys)} pages to {write}")
