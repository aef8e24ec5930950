"""gg_gym.agents (the root folder ``agents`` is a link to it)."""

if __name__ != "gg_gym.agents":
    raise ImportError("import gg_gym.agents, not the link agents at the root of the repository")
