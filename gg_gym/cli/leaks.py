"""``gg-gym inspect --leaks``: what should not tell an event run from an ordinary one, and whether it does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gg_gym.cli.output import Progress, emit, say, table
from gg_gym.cli.scenario_text import grid, registered
from gg_gym.errors import InputError

if TYPE_CHECKING:
    from gg_gym.studies.leaks import Audit

_HEAD = ("question", "classifier", "runs", "AUROC", "95 %", "verdict")
_INTRODUCTION = """# Leak audit

`gg-gym inspect --leaks --runs {runs} --seed {seed} --out docs/results/leaks.md`: {runs} runs of {families} families
(all that are registered, in equal shares) as a dataset has them, each with its null twin. Boosted trees and a
regularised logistic regression learn on one half of the runs and are asked about the other, both ways; intervals are
DeLong's. Where a classifier should fail, 0.5 must lie in its interval. One interval in twenty misses by chance: a
question that does is asked again of fresh runs (seed {again}), and only what misses twice on the same side is called
a leak.
"""


_PLACES = """A run's place tells something of its family because families follow a golden-ratio sequence, which gives
any stretch of a dataset the shares of the whole. The place is no input of a detector; whoever adds it, or takes runs
out by their place (every second one), must shuffle first.
"""


def show_leaks(product: str, runs: int, seed: int, partition: str, out: Path | None, as_json: bool) -> None:
    """Simulate, ask, print, and write a page where ``out`` says.

    Raises:
        InputError: too few runs, an unknown product or partition, a file that cannot be written.
    """
    from gg_gym.products import load_product
    from gg_gym.scenarios.templates import with_needs
    from gg_gym.studies.leaks import audit, differences_before_onset, separability, simulate

    keys = registered()
    found = with_needs(load_product(product), keys).replace(families=keys)
    with Progress(quiet=as_json) as progress:
        progress("leaks", 0, 3)
        sample = simulate(found, runs, seed, partition)
        progress("leaks", 1, 3)
        audits = audit(sample)
        again = audit(simulate(found, runs, seed + 1, partition)) if any(a.leaks for a in audits) else []
        progress("leaks", 2, 3)
        apart, differing = separability(sample), differences_before_onset(sample)
        progress("leaks", 3, 3)
    rows = [_row(a, again) for a in audits]
    text = page(rows, apart, differing, {"runs": runs, "seed": seed, "families": len(found.families)})
    if out is not None:
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(str(out), f"cannot be written: {error.strerror}", "a writable file") from None
    if as_json:
        told = [{**vars(a), "verdict": row[-1]} for a, row in zip(audits, rows, strict=True)]
        emit({"audits": told, "separability": [vars(a) for a in apart], "before_onset": list(differing)})
        return
    table(_HEAD, rows)
    say(f"{differing[0]} of {differing[1]} values before the onset differ from the null twin's")
    leaks = [row[0] for row in rows if row[-1] == "LEAK"]
    say(f"leaks: {'; '.join(dict.fromkeys(leaks)) if leaks else 'none found'}")
    if out is not None:
        say(f"wrote {out}")


def verdict(one: Audit, again: list[Audit]) -> str:
    """What is to say: "LEAK" where a classifier that should be blind sees, twice on the same side."""
    if not one.blind:
        return "as it is"
    if not one.leaks:
        return "blind"
    same = [a for a in again if (a.name, a.classifier) == (one.name, one.classifier)]
    if same and same[0].leaks and (same[0].auroc > 0.5) == (one.auroc > 0.5):
        return "LEAK"
    return f"missed once; again {same[0].auroc:.3f} ({same[0].low:.3f} to {same[0].high:.3f})" if same else "missed"


def _row(one: Audit, again: list[Audit]) -> list[str]:
    span = f"{one.low:.3f} to {one.high:.3f}"
    return [one.name, one.classifier, str(one.runs), f"{one.auroc:.3f}", span, verdict(one, again)]


def page(rows: list[list[str]], apart: list[Audit], differing: tuple[int, int], about: dict[str, Any]) -> str:
    """The Markdown page."""
    from gg_gym.studies.leaks import POSITION

    families = sorted({a.name.split(", ")[0] for a in apart})
    cells = {a.name: f"{a.auroc:.2f} ({a.low:.2f} to {a.high:.2f}; {a.runs})" for a in apart}
    grades = ("all", "weak", "medium", "strong")
    told = [_PLACES] if any(row[0] == POSITION and row[-1] == "LEAK" for row in rows) else []
    lines = [
        _INTRODUCTION.format(**about, again=about["seed"] + 1), *grid(_HEAD, rows), "", *told,
        f"Of {differing[1]:,} readings and status words before an onset, {differing[0]:,} differ from the null twin's.",
        "",
        "## Separability, as it is", "",
        "AUROC of whole runs (mean, spread, least, largest of every scalar channel; no camera) against other runs'",
        "null twins, boosted trees, by severity: below 1/3, below 2/3, above; interval and runs in brackets; cells of",
        "fewer than eight runs are left out. Nothing is tuned to these numbers; half a family's runs teach, so few",
        "runs say little. Normal families differ from their null twins too.", "",
        *grid(["family", *grades], [[f"`{f}`", *(cells.get(f"{f}, {g}", "") for g in grades)] for f in families]), "",
    ]  # fmt: skip
    return "\n".join(lines)
