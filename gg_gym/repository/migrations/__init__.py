"""Alembic's scripts: one module a version of the tables."""
