"""The report of a study: one HTML page that needs nothing beside it, and its figures as PNG files."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from gg_gym import plots
from gg_gym.errors import InputError
from gg_gym.plots.run import PlottableRun
from gg_gym.plots.study import TITLES

#: Columns of the table of metrics that come first, if the cells have them; others follow in alphabetical order.
FIRST = ("auprc", "macro_auprc", "ece", "nll", "mean_reward")
#: Arms the others are compared with, the first one present.
BASELINES = ("stratified", "random", "sobol")


@dataclass(frozen=True)
class SampleRun:
    """A run that the report shows, beside the same run without its cause."""

    title: str
    run: PlottableRun
    null: PlottableRun | None = None


@dataclass(frozen=True)
class StudyResults:
    """What a report is made of.

    Attributes:
        name: the study's name.
        cells: one mapping per finished (arm, seed, round): arm, seed, round, n_train, n_sim, metrics (name -> number or
            name -> class -> number), families (name -> runs), and optionally choices (family, severity, phase).
        samples: runs to show.
        channels: name, instrument and unit of the scalar channels.
        card: the dataset card, nested mappings of plain values.
        leaks: rows of the leak audit, all with the same keys.
        versions: versions, thread counts and whatever else fixes the numbers.
        times: seconds by name; "install" and "compute" make the split.
        reliability: arm -> bins with confidence, accuracy and count.
        main_metric: the metric of the curves and of the reading.
        higher_is_better: its direction.
        next_steps: commands to try next.
    """

    name: str
    cells: Sequence[Mapping[str, Any]]
    samples: Sequence[SampleRun] = ()
    channels: Sequence[Mapping[str, Any]] = ()
    card: Mapping[str, Any] = field(default_factory=dict)
    leaks: Sequence[Mapping[str, Any]] = ()
    versions: Mapping[str, Any] = field(default_factory=dict)
    times: Mapping[str, float] = field(default_factory=dict)
    reliability: Mapping[str, Sequence[Mapping[str, float]]] = field(default_factory=dict)
    main_metric: str = "macro_auprc"
    higher_is_better: bool = True
    next_steps: Sequence[str] = ()

    @property
    def arms(self) -> list[str]:
        """The arms in order of appearance."""
        return list(dict.fromkeys(str(cell["arm"]) for cell in self.cells))

    @property
    def seeds(self) -> list[int]:
        """The seeds."""
        return sorted({int(cell["seed"]) for cell in self.cells})

    def last(self, arm: str) -> list[Mapping[str, Any]]:
        """The cells of an arm's last round that all its seeds have finished."""
        own = [cell for cell in self.cells if cell["arm"] == arm]
        rounds = [{c["round"] for c in own if c["seed"] == seed} for seed in {c["seed"] for c in own}]
        common = set.intersection(*rounds) if rounds else set()
        return [cell for cell in own if common and cell["round"] == max(common)]


def caveat(results: StudyResults) -> str:
    """How far the numbers reach."""
    n = len(results.seeds)
    seeds = f"{n} seed{'' if n == 1 else 's'}"
    return f"Demonstration, {seeds}, not evidence: differences of this size come and go with the seed."


def reading(results: StudyResults) -> str:
    """One paragraph in words: where each arm ended, and what that cost in runs."""
    if not results.cells:
        return "No round has finished yet."
    metric, title = results.main_metric, TITLES.get(results.main_metric, results.main_metric)
    ends = {arm: end for arm in results.arms if (end := _end(results.last(arm), metric)) is not None}
    if not ends:
        return f"No finished round has the metric {title}."
    parts = [
        f"{arm} ends at {e[0]:.3f} from {e[1]:,.0f} runs trained on and {e[2]:,.0f} simulated"
        for arm, e in ends.items()
    ]
    text = f"On the frozen held-out runs, {title} after the last round: " + "; ".join(parts) + "."
    base = next((name for name in BASELINES if name in ends), None)
    if base is None or len(ends) < 2:
        return text
    sign = 1.0 if results.higher_is_better else -1.0
    best = max((arm for arm in ends if arm != base), key=lambda arm: sign * ends[arm][0])
    difference = ends[best][0] - ends[base][0]
    verdict = "ahead of" if sign * difference > 0 else "level with" if difference == 0 else "behind"
    return f"{text} The best other arm, {best}, is {verdict} {base} by {abs(difference):.3f}."


def _end(cells: Sequence[Mapping[str, Any]], metric: str) -> tuple[float, float, float] | None:
    """Mean metric, runs trained on and runs simulated of some cells."""
    kept = [c for c in cells if isinstance(c["metrics"].get(metric), (int, float))]
    if not kept:
        return None
    n = len(kept)
    return (
        sum(c["metrics"][metric] for c in kept) / n,
        sum(c["n_train"] for c in kept) / n,
        sum(c["n_sim"] for c in kept) / n,
    )


def write_report(results: StudyResults, out_html: Path | str) -> Path:
    """Write the page and, beside it, its figures.

    Args:
        results: what to report.
        out_html: the page; figures go to the same folder.

    Returns:
        The page's path.

    Raises:
        InputError: the folder cannot be written.
    """
    out = Path(out_html)
    folder = out.parent
    pages = {
        "title": escape(f"Study {results.name}"),
        "caveat": escape(caveat(results)),
        "reading": escape(reading(results)),
        "curves": _curves(results, folder),
        "metrics": _metrics(results),
        "choices": _choices(results, folder),
        "samples": _samples(results, folder),
        "card": _nested(results.card) or _none("no dataset card"),
        "leaks": _leaks(results.leaks),
        "versions": _times(results.times) + (_nested(results.versions) or ""),
        "next": escape("\n".join(results.next_steps)),
    }
    template = resources.files("gg_gym").joinpath("studies/templates/report.html").read_text(encoding="utf-8")
    partial = out.with_name(out.name + ".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_text(Template(template).substitute(pages), encoding="utf-8")
        os.replace(partial, out)
    except OSError as error:
        raise InputError(str(out), f"cannot be written: {error.strerror}", "a writable folder") from None
    return out


def _none(what: str) -> str:
    return f'<p class="note">There is {escape(what)} in this study.</p>'


def _figure(path: Path, caption: str) -> str:
    """A PNG inside the page."""
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    text = escape(caption)
    return f'<figure><img alt="{text}" src="data:image/png;base64,{data}"><figcaption>{text}</figcaption></figure>'


def _number(value: Any) -> str:
    """A value as a table shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else "" if value is None else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """An HTML table."""
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(_number(v))}</td>" for v in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _curves(results: StudyResults, folder: Path) -> str:
    """The learning curves and, if there are bins, the reliability."""
    if not results.cells:
        return _none("no finished round")
    path = plots.learning_curves(results.cells, folder / "learning_curves.png", results.main_metric)
    html = _figure(
        path, "Held-out runs never change; thin lines are seeds. Left: what the detector saw. Right: what it cost."
    )
    if results.reliability:
        path = plots.reliability(results.reliability, folder / "reliability.png")
        html += _figure(
            path, "Stated probability against observed frequency on the held-out runs; dots grow with the count."
        )
    return html


def _metrics(results: StudyResults) -> str:
    """One row per arm: means over seeds of the last round's scalar metrics, then the metrics by class."""
    rows = {arm: results.last(arm) for arm in results.arms}
    cells = [cell for own in rows.values() for cell in own]
    if not cells:
        return _none("no finished round")
    flat = [_flatten(cell["metrics"]) for cell in cells]
    names = {name for metrics in flat for name in metrics}
    order = [name for name in FIRST if name in names] + sorted(names - set(FIRST))
    head = ["metric", *rows]
    table = [["runs trained on", *(_mean([c["n_train"] for c in own]) for own in rows.values())]]
    table += [["runs simulated", *(_mean([c["n_sim"] for c in own]) for own in rows.values())]]
    for name in order:
        values = [_mean([_flatten(c["metrics"]).get(name) for c in own]) for own in rows.values()]
        table.append([TITLES.get(name, name.replace("_", " ")), *values])
    return _table(head, table)


def _flatten(metrics: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Numbers of nested mappings: "recall" -> "arcing" becomes "recall: arcing"."""
    out: dict[str, float] = {}
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            out |= _flatten(value, f"{prefix}{name}: ")
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            out[f"{prefix}{name}"] = value
    return out


def _mean(values: Sequence[float | None]) -> float | int | None:
    kept = [value for value in values if value is not None]
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else sum(kept) / len(kept)


def _choices(results: StudyResults, folder: Path) -> str:
    """Shares of families by round, and places in the scenario space."""
    chosen = [cell for cell in results.cells if cell.get("families")]
    if not chosen:
        return _none("no record of choices")
    path = plots.scenario_choices(chosen, folder / "scenario_choices.png")
    return _figure(
        path, "Families by round; below, severity and phase of the runs that were added to the training data."
    )


def _samples(results: StudyResults, folder: Path) -> str:
    """The sample runs, each on a page of its own."""
    html = ""
    for i, sample in enumerate(results.samples):
        path = plots.plot_run(sample.run, sample.null, folder / f"run_{i}.png", results.channels)
        grey = "; its null twin (the same run without the cause) in grey" if sample.null is not None else ""
        html += _figure(path, sample.title + grey + ".")
    return html or _none("no sample run")


def _nested(values: Mapping[str, Any]) -> str:
    """Nested mappings and lists of mappings as tables."""
    plain = [(key.replace("_", " "), _plain(value)) for key, value in values.items() if not _is_table(value)]
    html = _table(["", "value"], plain) if plain else ""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            html += f"<p>{escape(key.replace('_', ' '))}</p>" + _nested(value)
        elif _is_table(value) and value:
            head = list(dict.fromkeys(k for row in value for k in row))
            html += f"<p>{escape(key.replace('_', ' '))}</p>" + _table(
                head, [[row.get(k) for k in head] for row in value]
            )
    return html


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, (list, tuple)) and any(isinstance(x, Mapping) for x in value)
    )


def _plain(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def _leaks(rows: Sequence[Mapping[str, Any]]) -> str:
    """The leak audit."""
    if not rows:
        return _none("no leak audit")
    head = list(dict.fromkeys(key for row in rows for key in row))
    note = "What could tell a model the answer without physics; each line is a check that was run on this study's data."
    return f'<p class="note">{note}</p>' + _table(
        [h.replace("_", " ") for h in head], [[r.get(h) for h in head] for r in rows]
    )


def _times(times: Mapping[str, float]) -> str:
    """The install and compute split, then the rest."""
    return (
        _table(["time", "seconds"], [(name, round(float(value), 1)) for name, value in times.items()]) if times else ""
    )
