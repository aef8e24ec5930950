"""The page of the command line names every command and every option."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from gg_gym.cli import app

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, part in getattr(command, "commands", {}).items():
        yield from commands(part, f"{path} {name}")


def test_the_page_of_the_command_line_is_complete() -> None:
    for path, command in commands(typer.main.get_command(app), "gg-gym"):
        usage = f"$ {path} "
        assert usage in PAGE, f"{path} is missing: run make docs"
        section = PAGE.split(usage)[1].split("$ gg-gym")[0]
        for parameter in command.params:
            for option in parameter.opts if parameter.param_type_name == "option" else ():
                assert f"`{option}" in section or option == "--help", f"{path} {option} is missing: run make docs"
