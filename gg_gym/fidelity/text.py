"""The table of reference cases as people read it: lines for a terminal, Markdown for the documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gg_gym.fidelity.case import HEADLINE, Case, Result
from gg_gym.fidelity.table import AREAS, summary


def number(value: float) -> str:
    """A number with up to six digits."""
    return f"{value:.6g}"


def listing(values: Any, most: int = 4) -> str:
    """Numbers in a row; of more than ``most``, the first ones and how many there are."""
    if not isinstance(values, (tuple, list)):
        return number(values) if isinstance(values, float) else str(values)
    shown = [listing(v) if not isinstance(v, (tuple, list)) else " to ".join(map(number, v)) for v in values[:most]]
    return ", ".join(shown) + (f", ... ({len(values)})" if len(values) > most else "")


def inputs(case: Case) -> str:
    """Arguments of a case in a row."""
    return "; ".join(f"{name} = {listing(value)}" for name, value in case.inputs.items())


def verdict(result: Result) -> str:
    """``pass``, ``FAIL`` or ``FAIL (explained)``."""
    return "pass" if result.passed else "FAIL (explained)" if result.excused else "FAIL"


def lines(result: Result) -> list[str]:
    """A case in a few lines."""
    case = result.case
    head = f"{case.id}  {verdict(result)}  [{case.evidence}]  {case.title}"
    rows = {
        "source": case.source,
        "input": inputs(case),
        "computed": f"{listing(result.computed)} {case.unit}",
        "published": f"{listing(case.published)} {case.unit}",
        "tolerance": f"{case.tolerance}; {result.worst:.2g} of it used",
    }
    if result.excused:
        rows["because"] = case.explanation
    return [head, *(f"    {name:<10} {text}" for name, text in rows.items())]


def closing(results: Sequence[Result]) -> list[str]:
    """What the table comes to."""
    total = summary(results)
    head = total["headline"]
    out = [
        f"standards and measurements: {head['passed']} of {head['cases']} inside the tolerance",
        f"all classes: {total['passed']} of {total['cases']}, of them "
        + ", ".join(f"{name} {n['passed']}/{n['cases']}" for name, n in total["evidence"].items()),
    ]
    if total["failed_explained"]:
        out.append(f"failed, explained in docs/fidelity.md: {', '.join(total['failed_explained'])}")
    if total["failed_unexplained"]:
        out.append(f"failed, unexplained: {', '.join(total['failed_unexplained'])}")
    return [*out, *(f"not compared: {name}: {reason}" for name, reason in total["left_out"].items())]


def markdown(results: Sequence[Result]) -> str:
    """The table in Markdown: standards and measurements first, then everything else by area."""
    found = {result.case.id: result for result in results}
    head = [result for result in results if result.case.evidence in HEADLINE]
    out = [
        "# Reference cases", "",
        "Written by `gg-gym fidelity --write docs/results`; how to read it: [fidelity](../fidelity.md).", "",
        *(f"- {line}" for line in closing(results)), "", "## Standards and measurements", "", *_rows(head),
    ]  # fmt: skip
    for area, cases in AREAS.items():
        rest = [found[c.id] for c in cases if c.id in found and c.evidence not in HEADLINE]
        if rest:
            out += ["", f"## Other evidence: {area}", "", *_rows(rest)]
    return "\n".join(out) + "\n"


def _rows(results: Sequence[Result]) -> list[str]:
    names = ("id", "what", "evidence", "source", "input", "computed", "published", "unit", "tolerance", "")
    out = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    for result in results:
        case = result.case
        cells = (
            case.id, case.title, case.evidence, case.source, inputs(case), listing(result.computed),
            listing(case.published), case.unit, str(case.tolerance), verdict(result),
        )  # fmt: skip
        out.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return out
