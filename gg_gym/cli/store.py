"""``gg-gym scenarios`` on a store: save, history, diff, export, import, and ``list --stored``."""

from __future__ import annotations

import dataclasses
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gg_gym.cli.catalogue import scenarios
from gg_gym.cli.output import emit, guarded, say, table
from gg_gym.errors import InputError

if TYPE_CHECKING:
    from gg_gym.repository import Draft, Origin, Query, SQLScenarioRepository, StoredScenario

Json = typer.Option(False, "--json", help="Print JSON.")
Store = typer.Option("", "--store", help="URL or SQLite file; else GG_GYM_STORE, else mlruns/scenarios.db.")
Why = typer.Option("", "--reason", help="Why, for the history.")
WeakSpots = typer.Option([], "--weak-spot", help="Id of a weak spot it comes from; repeatable.")
Category = typer.Option("", "--category", help="Category of the family.")
Label = typer.Option("", "--label", help="Event class that it can produce.")
Family = typer.Option("", "--family", help="Registry key of the family.")
Tags = typer.Option([], "--tag", help="A tag; repeatable.")
Text = typer.Option("", "--text", help="Words of name, description, tags and family.")
Conditions = typer.Option([], "--where", help="Condition on a parameter, such as 'severity>0.5'; repeatable.")
Archived = typer.Option(False, "--archived", help="Also archived ones.")
Limit = typer.Option(50, "--limit", help="Definitions on a page, 1 to 1000.")
After = typer.Option("", "--after", help="Go on where an earlier page ended.")


def register(app: typer.Typer) -> None:
    """Add the commands to ``gg-gym scenarios``, which ``app`` holds already."""
    for name, command in (
        ("save", save), ("history", history), ("diff", diff), ("export", export), ("import", import_file),
    ):  # fmt: skip
        scenarios.command(name)(guarded()(command))


def _open(store: str, create: bool = False) -> SQLScenarioRepository:
    from gg_gym.repository import SQLScenarioRepository

    return SQLScenarioRepository(store or None, create=create)


def _origin(reason: str, weak_spots: list[str]) -> Origin:
    from gg_gym.repository import Origin

    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    return Origin(user, reason, tuple(weak_spots))


def query(
    category: str, label: str, family: str, tags: list[str], text: str, where: list[str], archived: bool
) -> Query:
    """A query from options."""
    from gg_gym.repository import Query, Where

    conditions = tuple(Where.parse(condition) for condition in where)
    return Query(category, label, family, tuple(tags), text, conditions, archived=archived)


def _row(stored: StoredScenario) -> dict[str, Any]:
    row = {field.name: getattr(stored, field.name) for field in dataclasses.fields(stored)}
    return {**row, "definition": stored.definition.model_dump(), "created_at": stored.created_at.isoformat(),
            "updated_at": stored.updated_at.isoformat()}  # fmt: skip


def list_stored(store: str, wanted: Query, limit: int, after: str, as_json: bool) -> None:
    """Print a page of stored definitions."""
    with _open(store) as repository:
        page = repository.find(wanted, limit=limit, after=after or None)
    if as_json:
        emit({"scenarios": [_row(stored) for stored in page.items], "after": page.after})
        return
    head = ["id", "version", "family", "category", "severity", "name", "tags"]
    rows = [
        [s.scenario_id, s.version, s.definition.family, s.category, s.definition.parameters.get("severity"), s.name,
         " ".join(s.tags)]
        for s in page.items
    ]  # fmt: skip
    table(head, rows)
    if page.after:
        say(f"more: --after {page.after}")


def _number(setting: str) -> tuple[str, float]:
    name, _, value = setting.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise InputError("--set", repr(setting), "NAME=NUMBER") from None


def _drafts(file: Path | None, family: str, settings: list[str], told: dict[str, Any], null: bool) -> list[Draft]:
    """What is to be saved: from a file, or from options."""
    from gg_gym.repository import Draft
    from gg_gym.repository.files import read_file
    from gg_gym.scenarios import ScenarioDefinition

    if (file is None) == (not family):
        raise InputError("save", "a file and a family" if family else "neither file nor family", "FILE or --family")
    if file is not None:
        if settings or null or told["name"] or told["description"]:
            raise InputError("save", "options of --family with a file", "FILE with --tag alone")
        drafts = read_file(file)
        return [dataclasses.replace(d, tags=(*d.tags, *told["tags"]), scenario_id=None) for d in drafts]
    parameters = dict(_number(setting) for setting in settings)
    definition = ScenarioDefinition(family=family, parameters=parameters, cause=not null, name=told["name"])
    return [Draft(definition, description=told["description"], tags=told["tags"])]


def save(
    file: Path | None = typer.Argument(None, help="YAML or Avro file; its definitions get new ids."),
    family: str = Family,
    settings: list[str] = typer.Option([], "--set", help="Parameter, NAME=NUMBER; repeatable."),
    tag: list[str] = Tags,
    name: str = typer.Option("", "--name", help="Title."),
    description: str = typer.Option("", "--description", help="What it is for; else the family's."),
    null: bool = typer.Option(False, "--null", help="The null twin: its cause switched off."),
    reason: str = Why,
    weak_spot: list[str] = WeakSpots,
    store: str = Store,
    as_json: bool = Json,
) -> None:
    """Save new definitions, from FILE or from --family and --set."""
    drafts = _drafts(file, family, settings, {"tags": tag, "name": name, "description": description}, null)
    with _open(store, create=True) as repository:
        saved = repository.save_many(drafts, origin=_origin(reason, weak_spot))
    if as_json:
        emit([_row(stored) for stored in saved])
        return
    for stored in saved:
        say(f"{stored.scenario_id}  version {stored.version}  {stored.definition.family}")


def history(
    scenario_id: str = typer.Argument(help="Id of a stored definition."), store: str = Store, as_json: bool = Json
) -> None:
    """Show all versions of a definition: when, who, why, from which weak spots."""
    with _open(store) as repository:
        revisions = repository.history(scenario_id)
    rows = [{**dataclasses.asdict(r), "at": r.at.isoformat(timespec="seconds")} for r in revisions]
    if as_json:
        emit(rows)
        return
    head = ["version", "at", "action", "author", "reason", "weak_spot_ids", "content_sha256"]
    table(head, [[*(r[h] for h in head[:5]), " ".join(r[head[5]]), r[head[6]][:12]] for r in rows])


def flat(content: dict[str, Any]) -> dict[str, Any]:
    """What a version says, without nesting."""
    parameters = {f"parameters.{name}": value for name, value in content["parameters"].items()}
    return {key: value for key, value in content.items() if key not in ("parameters", "form")} | parameters


def diff(
    scenario_id: str = typer.Argument(help="Id of a stored definition."),
    first: int = typer.Option(0, "--from", help="Version; by default the one before the last."),
    second: int = typer.Option(0, "--to", help="Version; by default the newest."),
    store: str = Store,
    as_json: bool = Json,
) -> None:
    """Show what two versions of a definition say differently."""
    with _open(store) as repository:
        versions = {r.version: flat(r.content) for r in repository.history(scenario_id)}
    newest = max(versions)
    second = second or newest
    first = first or max(1, second - 1)
    for number in (first, second):
        if number not in versions:
            raise InputError("version", f"got {number}", f"1 to {newest}")
    one, two = versions[first], versions[second]
    keys = [key for key in {**one, **two} if one.get(key) != two.get(key)]
    if as_json:
        changes = {key: [one.get(key), two.get(key)] for key in keys}
        emit({"scenario_id": scenario_id, "from": first, "to": second, "changes": changes})
        return
    if not keys:
        say(f"versions {first} and {second} say the same")
        return
    table(
        ["field", f"version {first}", f"version {second}"], [[key, _exact(one, key), _exact(two, key)] for key in keys]
    )


def _exact(content: dict[str, Any], key: str) -> str:
    value = content.get(key)
    return "-" if value is None else str(value)


def export(
    out: Path = typer.Argument(help="File to write."),
    to: str = typer.Option("yaml", "--to", help="yaml or avro."),
    category: str = Category,
    label: str = Label,
    family: str = Family,
    tag: list[str] = Tags,
    text: str = Text,
    where: list[str] = Conditions,
    archived: bool = Archived,
    store: str = Store,
    as_json: bool = Json,
) -> None:
    """Write stored definitions to a file: YAML for people, Avro for programs."""
    from gg_gym.repository.files import write_avro, write_yaml

    writers = {"yaml": write_yaml, "avro": write_avro}
    if to not in writers:
        raise InputError("--to", repr(to), ", ".join(writers))
    wanted = query(category, label, family, tag, text, where, archived)
    with _open(store) as repository:
        count = writers[to](out, repository.iterate(wanted))
    if as_json:
        emit({"file": str(out), "scenarios": count})
        return
    say(f"{count} definitions in {out}")


def import_file(
    file: Path = typer.Argument(help="YAML or Avro file."),
    tag: list[str] = Tags,
    reason: str = Why,
    store: str = Store,
    as_json: bool = Json,
) -> None:
    """Bring the definitions of a file into the store: unknown ids are saved, known ones updated where they differ."""
    from gg_gym.repository.files import import_drafts, read_file

    drafts = [dataclasses.replace(draft, tags=(*draft.tags, *tag)) for draft in read_file(file)]
    with _open(store, create=True) as repository:
        done = import_drafts(repository, drafts, _origin(reason or f"import of {file.name}", []))
    if as_json:
        emit(dataclasses.asdict(done))
        return
    say(f"{len(done.new)} new, {len(done.changed)} changed, {len(done.same)} unchanged")
