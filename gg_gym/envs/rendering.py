"""Pictures of a run: thermal frame, traces, the pole and what the detector believes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gg_gym.scenarios.base import EVENT_CLASSES

if TYPE_CHECKING:
    from gg_gym.envs.selection import ScenarioSelectionVectorEnv
    from gg_gym.envs.steering import ScenarioSteeringVectorEnv

TRACES = (("voc", 0, "CO"), ("voc", 2, "OX"), ("t_rh", 0, "T"), ("emf", 25, "inter-\nharmonic"))


def _picture(
    frame: np.ndarray | None, traces: list[tuple[str, np.ndarray]], twin: Any, belief: np.ndarray | None, title: str
) -> np.ndarray:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 4.5), dpi=80, layout="constrained")
    canvas: Any = FigureCanvasAgg(figure)
    grid = figure.add_gridspec(max(len(traces), 2), 3, width_ratios=[1.2, 1.6, 0.8])
    figure.suptitle(title, fontsize=9)
    half = max(len(traces), 2) // 2
    _thermal(figure.add_subplot(grid[:half, 0]), frame)
    _pole(figure.add_subplot(grid[:, 2]), twin)
    _belief(figure.add_subplot(grid[half:, 0]), belief)
    for i, (name, values) in enumerate(traces):
        axis = figure.add_subplot(grid[i, 1])
        axis.plot(values, lw=0.9, color="C0")
        axis.set_ylabel(name, fontsize=7, rotation=0, ha="right", va="center")
        axis.tick_params(labelsize=6)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _thermal(axis: Any, frame: np.ndarray | None) -> None:
    axis.set_title("thermal [Cel]", fontsize=7)
    axis.set_axis_off()
    if frame is not None and frame.any():
        image = axis.imshow(frame * 0.01 - 273.15, cmap="inferno")
        axis.figure.colorbar(image, ax=axis, shrink=0.8).ax.tick_params(labelsize=6)


def _pole(axis: Any, twin: Any) -> None:
    g = twin.product.geometry
    for box in g.boxes:
        axis.add_patch(_rectangle(box))
    for c in g.components:
        axis.plot(c.position[0], c.position[2], "o", ms=3, color="C1")
    axis.plot(g.mount.position[0], g.mount.position[2], "s", ms=6, color="C2")
    axis.margins(0.15)
    axis.set_aspect("equal")
    axis.set_title("pole (square: unit)", fontsize=7)
    axis.tick_params(labelsize=6)


def _rectangle(box: Any) -> Any:
    from matplotlib.patches import Rectangle

    corner = (box.low[0], box.low[2])
    return Rectangle(corner, box.high[0] - box.low[0], box.high[2] - box.low[2], color="0.7")


def _belief(axis: Any, belief: np.ndarray | None) -> None:
    shown = np.full(len(EVENT_CLASSES), np.nan) if belief is None else belief
    axis.barh(range(len(EVENT_CLASSES)), np.nan_to_num(shown), color="C3")
    axis.set_yticks(range(len(EVENT_CLASSES)), EVENT_CLASSES, fontsize=6)
    axis.set_xlim(0, 1)
    axis.tick_params(labelsize=6)
    axis.set_title("detector's belief" if belief is not None else "no detector", fontsize=7)


def _traces(readings: dict[str, np.ndarray], row: int, stop: int) -> list[tuple[str, np.ndarray]]:
    scalars = {k: v for k, v in readings.items() if v.ndim == 3}
    shown = [(k, c, name) for k, c, name in TRACES if k in scalars and c < scalars[k].shape[2]]
    shown += [(k, 0, k) for k in scalars if k not in {key for key, *_ in TRACES}][: len(TRACES) - len(shown)]
    return [(name, scalars[k][row, :stop, c]) for k, c, name in shown]


def render_rows(env: ScenarioSelectionVectorEnv) -> tuple[np.ndarray, ...]:
    """One picture (360, 640, 3) a row of the last runs, or of the quiet reading before the first."""
    pictures = []
    for row in range(env.num_envs):
        runs = env.last_runs
        if runs is None:
            frame = None if env._quiet.frame is None else env._quiet.frame[row]
            pictures.append(_picture(frame, [], env.twin, None, "before the first run"))
            continue
        frames = runs.readings.get("thermal")
        belief = env.last_belief[row] if env.judge.paying else None
        title = f"{runs.definitions[row].family}, onset {runs.onset[row]:.0f} s"
        traces = _traces(runs.readings, row, env.twin.samples)
        pictures.append(_picture(None if frames is None else frames[row, -1], traces, env.twin, belief, title))
    return tuple(pictures)


def render_steering(env: ScenarioSteeringVectorEnv) -> tuple[np.ndarray, ...]:
    """One picture (360, 640, 3) a row of the runs so far."""
    pictures: list[np.ndarray] = [np.zeros((360, 640, 3), np.uint8)] * env.num_envs
    for group in env._groups:
        stop = group.session.index
        for i, row in enumerate(group.rows):
            every = env.twin.product.operation.frame_every
            latest = stop // every - 1
            frame = group.frames[i, latest] if group.frames is not None and latest >= 0 else None
            title = f"{env.family}, step {env._step[row]}"
            pictures[row] = _picture(frame, _traces(group.readings, i, stop), env.twin, None, title)
    return tuple(pictures)
