"""Tables in the documents that are derived from the code: the label grades and the sizes of the spaces.

``python -m gg_gym.studies.tables`` writes them anew between their marks; a test requires them to be current.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from gg_gym.errors import InputError


def grades() -> str:
    """Every magnitude that makes an event, in the order of the sub-class codes."""
    from gg_gym.scenarios.labels import ANOMALIES, GRADES

    rows = [
        [
            str(code), f"`{g.event}`", f"`{g.sub_class}`", g.unit, f"{g.low:g}", f"{g.high:g}",
            f"{g.memory:g}" if g.memory else "-", "yes" if g.event in ANOMALIES else "",
        ]
        for code, g in enumerate(GRADES, 1)
    ]  # fmt: skip
    head = ("code", "class", "sub-class", "unit", "labelled from", "severity 1 at", "memory [s]", "anomaly")
    return _table(head, rows)


def observations() -> str:
    """Instruments of grid_guardian, their channels with unit and bounds, and the size of every space."""
    from gg_gym.envs.spaces import context_width
    from gg_gym.scenarios import ScenarioSpace
    from gg_gym.twin import Twin

    twin = Twin("grid_guardian")
    rows = []
    for key, part in twin.slices.items():
        channels = twin.channels[part]
        alike = groupby(channels, key=lambda c: (c.unit, c.low, c.high))
        for i, ((unit, low, high), same) in enumerate(alike):
            names, size = _shortened([c.name for c in same]), f"({len(channels)},) float32"
            rows.append(["" if i else f"`{key}`", "" if i else size, names, unit, f"{low:.6g}", f"{high:.6g}"])
    space = ScenarioSpace(twin.product.families)
    k, d, width = space.n_families, space.n_slots, context_width(space)
    total = sum(part.stop - part.start for part in twin.slices.values())
    rows += [
        ["`thermal`", "(1, 60, 80) uint8", '`thermal="image"`: 253.15 to 423.15 K in 255 levels', "", "0", "255"],
        ["", "(60, 80) float32", '`thermal="kelvin"`', "K", "0", "655.35"],
        ["`valid`", f"({len(twin.instruments)},) float32", "1 where the sensor gave a value", "1", "0", "1"],
        ["`context`", f"({width},) float32", "see below", "1", "-1", "1"],
    ]
    table = _table(("key", "shape, type", "channels", "unit", "low", "high"), rows)
    return f"{table}\nScalar channels: {total}. Families K = {k}, slots D = {d}: actions have {k + d} numbers.\n"


def _shortened(names: Sequence[str]) -> str:
    """All names of a few channels; the first, the last and the count of many."""
    return ", ".join(names) if len(names) < 7 else f"{names[0]} to {names[-1]} ({len(names)})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(row) + " |\n" for row in lines)


#: Mark -> (document, what stands there).
TABLES: dict[str, tuple[str, Callable[[], str]]] = {
    "grades": ("docs/models/scenarios.md", grades),
    "observations": ("docs/environments.md", observations),
}


def renewed(text: str, mark: str, table: str) -> str:
    """A document with the table between its marks ``<!-- mark -->`` and ``<!-- end mark -->``.

    Raises:
        InputError: the document lacks the marks.
    """
    begin, end = f"<!-- {mark} -->\n", f"<!-- end {mark} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise InputError(f"table {mark}", "its marks are not in the document", f"{begin.strip()} and {end}, once each")
    head, rest = text.split(begin)
    return f"{head}{begin}\n{table}\n{end}{rest.split(end)[1]}"


def write(root: Path) -> None:
    """Write all tables into the documents below ``root``.

    Raises:
        InputError: a document lacks the marks of its table.
    """
    for mark, (name, make) in TABLES.items():
        path = root / name
        path.write_text(renewed(path.read_text(encoding="utf-8"), mark, make()), encoding="utf-8")


if __name__ == "__main__":
    write(Path())
