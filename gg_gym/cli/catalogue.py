"""``gg-gym scenarios`` and ``gg-gym products``: what there is to choose from."""

from __future__ import annotations

from typing import Any

import typer

from gg_gym.cli.output import emit, facts, guarded, say, table
from gg_gym.errors import InputError

scenarios = typer.Typer(help="Scenario families and their parameters.", no_args_is_help=True)
products = typer.Typer(help="Products.", no_args_is_help=True)

Json = typer.Option(False, "--json", help="Print JSON.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(scenarios, name="scenarios")
    app.add_typer(products, name="products")


def _family(key: str) -> dict[str, Any]:
    """What a scenario family is, as plain data."""
    from gg_gym.scenarios import SCENARIOS, slots_of

    cls = SCENARIOS[key]
    slots = [
        {
            "parameter": slot.name,
            "low": slot.low,
            "high": slot.high,
            "unit": slot.unit,
            "scale": slot.scale,
            "steerable": slot.steerable,
            "meaning": cls.Parameters.model_fields[slot.name].description,
        }
        for slot in slots_of(cls.Parameters)
    ]
    about = {name: getattr(cls, name) for name in ("title", "category", "event", "difficulty", "description")}
    return {"family": key, **about, "requires": list(cls.requires), "parameters": slots}


@scenarios.command("list")
@guarded()
def list_scenarios(
    product: str = typer.Option("", help="Only the families of this product (key or YAML file)."),
    stored: bool = typer.Option(False, "--stored", help="List stored definitions instead; the options below choose."),
    category: str = typer.Option("", help="Category of the family."),
    label: str = typer.Option("", help="Event class that it can produce."),
    family: str = typer.Option("", help="Registry key of the family."),
    tag: list[str] = typer.Option([], help="A tag; repeatable."),
    text: str = typer.Option("", help="Words of name, description, tags and family."),
    where: list[str] = typer.Option([], help="Condition on a parameter, such as 'severity>0.5'; repeatable."),
    archived: bool = typer.Option(False, "--archived", help="Also archived ones."),
    limit: int = typer.Option(50, help="Definitions on a page, 1 to 1000."),
    after: str = typer.Option("", help="Go on where an earlier page ended."),
    store: str = typer.Option("", help="URL or SQLite file; else GG_GYM_STORE, else mlruns/scenarios.db."),
    as_json: bool = Json,
) -> None:
    """List the scenario families, or the definitions in a store."""
    from gg_gym.cli.store import list_stored, query

    wanted = query(category, label, family, tag, text, where, archived)
    if stored:
        list_stored(store, wanted, limit, after, as_json)
        return
    if store or after or any((category, label, family, tag, text, where, archived)):
        raise InputError("scenarios list", "a condition on definitions without --stored", "--stored")
    from gg_gym.products import load_product
    from gg_gym.scenarios import SCENARIOS

    keys = load_product(product).families if product else tuple(SCENARIOS)
    found = [_family(key) for key in keys]
    if as_json:
        emit(found)
        return
    head = ["family", "category", "event", "difficulty", "description"]
    table(head, [[family[name] for name in head] for family in found])


@scenarios.command("show")
@guarded()
def show_scenario(family: str, as_json: bool = Json) -> None:
    """Show a family's parameters with bounds and units."""
    found = _family(family)
    if as_json:
        emit(found)
        return
    say(f"{found['title']}: {found['description']}")
    head = ["parameter", "low", "high", "unit", "scale", "meaning"]
    table(head, [[slot[name] for name in head] for slot in found["parameters"]])


@products.command("list")
@guarded()
def list_products(as_json: bool = Json) -> None:
    """List the products that come with the package."""
    from gg_gym.products import load_product, shipped_products

    found = [(key, load_product(key)) for key in shipped_products()]
    if as_json:
        emit([{"product": key, "title": product.title, "digest": product.digest} for key, product in found])
        return
    table(["product", "title"], [[key, product.title] for key, product in found])


@products.command("show")
@guarded()
def show_product(product: str, as_json: bool = Json) -> None:
    """Show a product: sites, sensors, physics and scenario families. PRODUCT is a key or a YAML file."""
    from gg_gym.products import load_product

    found = load_product(product)
    if as_json:
        emit(found.model_dump(mode="json"))
        return
    facts(
        {
            "title": found.title,
            "digest": found.digest,
            "sites": [{"site": s.key, "latitude": s.latitude, "weather": s.weather} for s in found.sites],
            "sensors": [
                {"name": s.name, "type": s.key, "rate [Hz]": s.rate, "needs": list(s.needs)} for s in found.sensors
            ],
            "physics": list(found.physics),
            "families": list(found.families),
            "samples": found.operation.samples,
            "dt [s]": found.operation.dt,
        }
    )
