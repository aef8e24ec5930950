"""Figures: one page of a run, learning curves, choices and reliability. Matplotlib is imported inside functions."""

from gg_gym.plots.run import plot_run
from gg_gym.plots.study import learning_curves, reliability, scenario_choices

__all__ = ["learning_curves", "plot_run", "reliability", "scenario_choices"]
