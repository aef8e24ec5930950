"""Reference cases: published numbers beside what this package computes.

Each case (:class:`~gg_gym.fidelity.case.Case`) calls the public laws that the twin is made of, with the inputs as
arguments. :func:`~gg_gym.fidelity.table.all_cases` lists them; ``gg-gym fidelity`` prints them.
"""
