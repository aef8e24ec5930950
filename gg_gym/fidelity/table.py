"""The table of reference cases: all of them, what is left out and why, and how the table is written down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gg_gym.errors import InputError
from gg_gym.fidelity import (
    acoustics,
    atmosphere,
    discharges,
    dispersion,
    electromagnetics,
    insulators,
    lightning,
    power,
    pyrolysis,
    radiometry,
    sun,
    thermal,
    vibration,
)
from gg_gym.fidelity.case import EVIDENCE, HEADLINE, Case, Result

#: Areas in the order of the table.
AREAS: dict[str, tuple[Case, ...]] = {
    "atmosphere": atmosphere.CASES,
    "dispersion": dispersion.CASES,
    "wood": pyrolysis.CASES,
    "fields of the line": electromagnetics.CASES,
    "corona and arcs": discharges.CASES,
    "insulators": insulators.CASES,
    "heat": thermal.CASES,
    "radiometry": radiometry.CASES,
    "sound": acoustics.CASES,
    "vibration": vibration.CASES,
    "lightning": lightning.CASES,
    "sun": sun.CASES,
    "supply and enclosure": power.CASES,
}
#: References that are known and not compared: id -> reason.
LEFT_OUT: dict[str, str] = {
    "TH-2.sun": "CIGRE TB 601 adds diffuse and reflected light (27.2 W/m in example A); IEEE 738, which the twin uses, "
    "has the direct beam and 22.4 W/m",
    "TH-1.B.sun": "the solar gain IEEE 738 prints in annex B (13.738 W/m) leaves the line's direction unread: "
    "the law gives 13.54 W/m for a north-south and 12.43 W/m for an east-west line",
    "PYR-6.count": "the CRECK mechanism is not shipped: its 35 reactions cannot be counted, its peak not computed; "
    "what entered the twin, its volatiles, is compared in PYR-6.gas",
}


def all_cases() -> tuple[Case, ...]:
    """Every case, area by area.

    Raises:
        InputError: two cases share an id.
    """
    cases = tuple(case for area in AREAS.values() for case in area)
    ids = [case.id for case in cases]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise InputError("reference cases", ", ".join(twice), "ids that are used once")
    return cases


def choose(prefixes: Sequence[str]) -> tuple[Case, ...]:
    """Cases whose id is one of the prefixes or goes on from one with a dash, dot or letter; all for none.

    Raises:
        InputError: a prefix that fits no case.
    """
    cases = all_cases()
    for prefix in prefixes:
        if not any(_fits(case.id, prefix) for case in cases):
            kinds = sorted({case.id.partition("-")[0] for case in cases})
            raise InputError("case", prefix, f"an id or its beginning: {', '.join(kinds)}")
    return tuple(case for case in cases if not prefixes or any(_fits(case.id, prefix) for prefix in prefixes))


def _fits(name: str, prefix: str) -> bool:
    rest = name.removeprefix(prefix)
    return rest != name and not rest[:1].isdigit()


def run(cases: Iterable[Case]) -> list[Result]:
    """Compute cases."""
    return [case.run() for case in cases]


def summary(results: Sequence[Result]) -> dict[str, Any]:
    """Counts: how many cases, how many passed, by evidence class, and those that failed, with and without a reason."""
    by_class = {
        name: {
            "cases": sum(r.case.evidence == name for r in results),
            "passed": sum(r.case.evidence == name and r.passed for r in results),
        }
        for name in EVIDENCE
    }
    return {
        "cases": len(results),
        "passed": sum(r.passed for r in results),
        "headline": {
            key: sum(by_class[name][key] for name in HEADLINE) for key in ("cases", "passed")
        },
        "evidence": by_class,
        "failed_explained": [r.case.id for r in results if r.excused],
        "failed_unexplained": [r.case.id for r in results if not r.passed and not r.excused],
        "left_out": LEFT_OUT,
    }  # fmt: skip


def rounded(value: Any, digits: int = 6) -> Any:
    """Numbers to so many significant digits, nested as they are."""
    if isinstance(value, (tuple, list)):
        return [rounded(v, digits) for v in value]
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value


def as_data(result: Result) -> dict[str, Any]:
    """A result as plain data."""
    case = result.case
    return {
        "id": case.id,
        "title": case.title,
        "source": case.source,
        "evidence": case.evidence,
        "law": case.law,
        "inputs": {name: rounded(value) for name, value in case.inputs.items()},
        "computed": rounded(result.computed),
        "published": rounded(case.published, 9),
        "tolerance": {"kind": case.tolerance.kind, "value": rounded(case.tolerance.value)},
        "unit": case.unit,
        "deviation_over_tolerance": None if result.worst == float("inf") else rounded(result.worst, 3),
        "pass": result.passed,
        "explanation": case.explanation if result.excused else "",
    }


def report(results: Sequence[Result]) -> dict[str, Any]:
    """The whole table as plain data: summary and cases."""
    return {"summary": summary(results), "cases": [as_data(result) for result in results]}
