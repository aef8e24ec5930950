"""gg_gym."""
