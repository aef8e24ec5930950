"""``gg-gym inspect --sensor NAME --imperfections``: an instrument's readings with each stage switched on in turn."""

from __future__ import annotations

from pathlib import Path

from gg_gym.cli.output import emit, say, table
from gg_gym.errors import InputError

#: Most channels that a table on a terminal shows.
_MOST = 8


def show_ablation(sensor: str, product: str, out: Path, plot: bool, as_json: bool, units: int = 32) -> None:
    """Switch the stages on in turn; print the table and draw the plot.

    Args:
        sensor: an instrument's name or registry key.
        product: product key or YAML file.
        out: PNG of the plot.
        plot: whether to draw it.
        as_json: print JSON.
        units: how many units are compared.

    Raises:
        InputError: unknown product or instrument, or one without scalar channels.
    """
    from gg_gym.products import load_product
    from gg_gym.sensors.ablation import ablation

    made = load_product(product)
    found = [s.name for s in made.sensors if sensor in (s.name, s.key)]
    if not found:
        known = ", ".join(f"{s.name} ({s.key})" for s in made.sensors)
        raise InputError("--sensor", f"unknown instrument {sensor!r} in product {made.name}", known)
    result = ablation(made.sensors, found[0], made.geometry, units=units)
    if plot:
        from gg_gym.plots.ablation import plot_ablation

        plot_ablation(result, out)
    names = [f"{c.name} [{c.unit}]" for c in result.channels]
    if as_json:
        stages = [
            {"stage": s, **{k: dict(zip(names, getattr(result, k)[i].tolist(), strict=True)) for k in _KINDS}}
            for i, s in enumerate(result.stages)
        ]
        emit({"instrument": result.instrument, "units": units, "stages": stages, "plot": str(out) if plot else None})
        return
    say(f"{result.instrument}: root mean square error of {units} units, stages switched on in turn")
    rows = [[s, *map(float, result.error[i, :_MOST])] for i, s in enumerate(result.stages)]
    table(["stage", *names[:_MOST]], rows)
    if plot:
        say(f"drew {out}")


_KINDS = ("error", "spread", "noise")
