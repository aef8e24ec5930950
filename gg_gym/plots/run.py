"""One page that shows a run: every instrument, its truth, the thermal frames, the physics, the labels and the status.

The null twin (the same run without its cause) is drawn in grey: what differs from grey is what the cause did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from gg_gym.plots import style
from gg_gym.records.run import MISSING
from gg_gym.scenarios.base import EVENT_CLASSES

#: Channels of wide instruments that are shown; others show their first ones.
SHOWN = ("B_y", "E_z", "thd_B", "thd_E", "interharmonic", "burst_rate", "speed")
#: Physical truth: key, title, unit, factor.
PHYSICS = (
    ("arc_power", "arc power", "W", 1.0),
    ("arc_energy", "arc energy a sample", "J", 1.0),
    ("mass_rate", "wood mass rate", "mg/s", 1e6),
    ("hot_spot", "hot spot", "Cel", None),
)


class PlottableRun(Protocol):
    """What :func:`plot_run` reads of a run (``gg_gym.records.run.RunData`` has it)."""

    @property
    def header(self) -> Any:
        """Run id, definition, dt, onset."""

    @property
    def readings(self) -> Mapping[str, Any]:
        """Instrument -> (T, width)."""

    @property
    def truth(self) -> Mapping[str, Any]:
        """Instrument -> (T, width)."""

    @property
    def status(self) -> Mapping[str, Any]:
        """Instrument -> (T,)."""

    @property
    def labels(self) -> Mapping[str, Any]:
        """Name -> (T,)."""

    @property
    def physics(self) -> Mapping[str, Any]:
        """Name -> (T,)."""


def plot_run(
    run: PlottableRun,
    null: PlottableRun | None,
    path: Path | str,
    channels: Sequence[Mapping[str, Any]] = (),
    marks: Mapping[str, float] | None = None,
) -> Path:
    """Draw a run on one page.

    Args:
        run: the run.
        null: its null twin, or None.
        path: PNG to write.
        channels: name, instrument and unit of the scalar channels in order (a dataset's manifest has them).
        marks: name -> time [s] of moments that the timeline shows; those outside the record are left out.

    Raises:
        InputError: ``path`` cannot be written.
    """
    minutes = np.arange(_samples(run)) * float(run.header.dt) / 60.0
    panels = _panels(run, channels)
    rows = -(-len(panels) // 4)
    frames = run.readings.get("thermal")
    strips = 0 if frames is None or not len(frames) else (1 if null is None else 2)
    ratios = [1.3 * (rows + 1)] + [0.95] * strips + [0.7 + 0.14 * len(run.status)]
    height = sum(ratios) + 0.9
    with style.page(path, 11.0, height, fitted=False) as figure:
        edges = {"left": 0.055, "right": 0.955, "top": 1 - 0.6 / height, "bottom": 0.45 / height}
        grid = figure.add_gridspec(len(ratios), 1, height_ratios=ratios, hspace=0.2, **edges)
        _title(figure, run, height)
        inner = grid[0].subgridspec(rows + 1, 4, hspace=0.62, wspace=0.24)
        for i, (instrument, column, title) in enumerate(panels):
            axis = figure.add_subplot(inner[i // 4, i % 4])
            _channel(axis, minutes, run, null, instrument, column, title)
        for i, entry in enumerate(PHYSICS):
            _physics(figure.add_subplot(inner[rows, i]), minutes, run, null, entry)
        if strips:
            span = _span(run)
            _frames(figure, grid[1], run, "run", span)
            if null is not None:
                _frames(figure, grid[2], null, "null twin", span)
        timeline = figure.add_subplot(grid[len(ratios) - 1])
        _timeline(timeline, minutes, run)
        _moments(timeline, minutes, marks or {})
    return Path(path)


def _samples(run: PlottableRun) -> int:
    return len(next(iter(run.labels.values())))


def _onset(run: PlottableRun) -> float:
    return float(getattr(run.header, "onset_s", np.inf)) / 60.0


def _title(figure: Any, run: PlottableRun, height: float) -> None:
    """Say which run it is."""
    header = run.header
    definition = getattr(header, "definition", {}) or {}
    place = f"site {getattr(header, 'site', '?')}, hour {float(getattr(header, 'hour', 0)):.1f} of the year"
    ids = f"run {str(getattr(header, 'run_id', ''))[:16]}, seed {getattr(header, 'seed', '?')}"
    figure.suptitle(
        f"{definition.get('family', 'run')} at {place}   ({ids})", x=0.01, y=1 - 0.12 / height, ha="left", fontsize=10
    )


def _panels(run: PlottableRun, channels: Sequence[Mapping[str, Any]]) -> list[tuple[str, int, str]]:
    """The (instrument, column, title) shown: all channels of narrow instruments, a choice of wide ones."""
    names: dict[str, list[tuple[str, str]]] = {}
    for channel in channels:
        names.setdefault(channel["instrument"], []).append((channel["name"], channel.get("unit", "")))
    panels = []
    for instrument, values in run.readings.items():
        if instrument == "thermal":
            continue
        width = np.shape(values)[1]
        known = names.get(instrument) or [(f"{instrument} {i}", "") for i in range(width)]
        short = [_short(name, instrument) for name, _ in known]
        columns = list(range(width)) if width <= 8 else [i for i in range(width) if short[i] in SHOWN] or list(range(4))
        panels += [(instrument, i, style.label(short[i], known[i][1])) for i in columns]
    return panels


def _short(name: str, instrument: str) -> str:
    """A channel's name without its instrument."""
    for separator in (".", "/", "_"):
        name = name.removeprefix(instrument + separator)
    return name


def _channel(
    axis: Any,
    minutes: Any,
    run: PlottableRun,
    null: PlottableRun | None,
    instrument: str,
    column: int,
    title: str,
) -> None:
    """A channel: the null twin's reading in grey, the truth dashed, the reading with gaps where it is missing."""
    if null is not None and instrument in null.readings:
        axis.plot(minutes, _present(null, instrument, column), color=style.NULL, lw=2.2, alpha=0.7)
    if instrument in run.truth:
        axis.plot(minutes, np.asarray(run.truth[instrument])[:, column], color=style.TRUTH, ls="--", lw=0.8)
    axis.plot(minutes, _present(run, instrument, column), color=style.COLOURS[0])
    _mark(axis, minutes, run)
    axis.set_title(title)


def _present(run: PlottableRun, instrument: str, column: int) -> Any:
    """A channel's readings, NaN where the status says that they are missing."""
    values = np.array(run.readings[instrument], dtype=np.float64)[:, column]
    status = run.status.get(instrument)
    if status is not None:
        values[(np.asarray(status) & MISSING) != 0] = np.nan
    return values


def _mark(axis: Any, minutes: Any, run: PlottableRun) -> None:
    """A line at the onset and the same time axis everywhere."""
    axis.set_xlim(minutes[0], minutes[-1] if len(minutes) > 1 else minutes[0] + 1)
    if minutes[0] <= _onset(run) <= minutes[-1]:
        axis.axvline(_onset(run), color=style.COLOURS[1], lw=0.8, ls=":")


def _physics(
    axis: Any,
    minutes: Any,
    run: PlottableRun,
    null: PlottableRun | None,
    entry: tuple[str, str, str, float | None],
) -> None:
    """A physical truth."""
    key, title, unit, factor = entry
    for source, colour, width in ((null, style.NULL, 2.2), (run, style.COLOURS[2], 1.2)):
        if source is not None and key in source.physics:
            values = np.asarray(source.physics[key], dtype=np.float64)
            axis.plot(minutes, values - 273.15 if factor is None else values * factor, color=colour, lw=width)
    _mark(axis, minutes, run)
    axis.set_title("truth: " + style.label(title, unit))


def _celsius(run: PlottableRun) -> Any:
    """(F, 60, 80) frames in degrees Celsius, NaN where a frame is missing."""
    frames = np.asarray(run.readings["thermal"], dtype=np.float64)
    return np.where(frames == 0, np.nan, frames / 100.0 - 273.15)


def _span(run: PlottableRun) -> tuple[float, float]:
    """The colour scale of a run's frames, which its null twin shares."""
    celsius = _celsius(run)
    seen = celsius[np.isfinite(celsius)]
    low, high = np.percentile(seen, [1, 99.9]) if seen.size else (0.0, 1.0)
    return float(low), float(max(high, low + 0.5))


def _frames(figure: Any, spec: Any, run: PlottableRun, name: str, span: tuple[float, float]) -> None:
    """A strip of at most eight thermal frames with one colour scale."""
    frames = _celsius(run)
    every = max(1, _samples(run) // len(frames))
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(8, len(frames))).astype(int))
    strip = spec.subgridspec(1, len(chosen) + 1, width_ratios=[1.0] * len(chosen) + [0.06], wspace=0.06)
    for i, index in enumerate(chosen):
        axis = figure.add_subplot(strip[0, i])
        image = axis.imshow(frames[index], cmap="inferno", vmin=span[0], vmax=span[1], interpolation="nearest")
        minute = ((index + 1) * every - 1) * float(run.header.dt) / 60.0
        axis.set_title(f"{name}, {minute:.1f} min" if i == 0 else f"{minute:.1f} min")
        axis.set_axis_off()
    figure.colorbar(image, cax=figure.add_subplot(strip[0, len(chosen)]), label="°C")


def _moments(axis: Any, minutes: Any, marks: Mapping[str, float]) -> None:
    """Named moments on the timeline."""
    top = axis.get_ylim()[1]
    for name, seconds in marks.items():
        if minutes[0] <= seconds / 60.0 <= minutes[-1]:
            axis.axvline(seconds / 60.0, color="black", lw=1.0, ls="--")
            axis.text(seconds / 60.0, top, f" {name}", va="top", ha="left", fontsize=7)


def _timeline(axis: Any, minutes: Any, run: PlottableRun) -> None:
    """Labels and status as bars over time."""
    from matplotlib.colors import ListedColormap

    edges = np.append(minutes, minutes[-1] + (minutes[1] - minutes[0] if len(minutes) > 1 else 1.0))
    names = list(run.status)
    classes = np.asarray(run.labels["event_class"])[None]
    top = len(names)
    axis.pcolormesh(
        edges,
        [top, top + 1],
        classes,
        cmap=ListedColormap(style.CLASS_COLOURS),
        vmin=-0.5,
        vmax=len(EVENT_CLASSES) - 0.5,
    )
    for row, name in enumerate(names):
        status = np.asarray(run.status[name])
        state = np.where((status & MISSING) != 0, 2, np.where(status != 0, 1, 0))[None]
        axis.pcolormesh(
            edges, [row, row + 1], state, cmap=ListedColormap(["#e7f2ea", "#f3d9a4", "#333333"]), vmin=0, vmax=2
        )
    axis.plot(minutes, top + np.asarray(run.labels["severity"]), color="black", lw=1.0)
    axis.set_yticks(np.arange(top + 1) + 0.5, [*names, "class"])
    axis.set_xlabel(
        "minutes since the record began   (black line: severity; status: green fine, sand flagged, black missing)"
    )
    axis.grid(False)
    present = sorted({int(c) for c in classes.ravel()})
    for c in present:
        axis.plot([], [], lw=6, color=style.CLASS_COLOURS[c], label=EVENT_CLASSES[c])
    for name, colour, line in (
        ("reading", style.COLOURS[0], "-"),
        ("truth", style.TRUTH, "--"),
        ("null twin", style.NULL, "-"),
    ):
        axis.plot([], [], color=colour, ls=line, label=name)
    axis.legend(ncols=7, loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0.1)
    axis.set_xlim(edges[0], edges[-1])
