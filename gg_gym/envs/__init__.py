"""gg_gym.envs (the root folder ``envs`` is a link to it)."""

if __name__ != "gg_gym.envs":
    raise ImportError("import gg_gym.envs, not the link envs at the root of the repository")
