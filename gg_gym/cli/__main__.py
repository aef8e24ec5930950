"""``python -m gg_gym.cli``."""

from gg_gym.cli import main

main()
