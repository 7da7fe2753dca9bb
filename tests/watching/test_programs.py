"""Which Prometheus is used: the one that is named before the one on PATH, under either of the names it has."""

from pathlib import Path

import pytest

from tests.watching.programs import NoProgram, find_program


def program(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_folder_that_is_named_comes_before_the_path(tmp_path: Path) -> None:
    named, on_path = program(tmp_path / "named", "promtool"), program(tmp_path / "path", "promtool")
    told = {"PATH": str(on_path.parent)}
    assert find_program("promtool", told, tmp_path / "cache") == on_path
    assert find_program("promtool", told | {"SPIS_PROMETHEUS": str(named.parent)}, tmp_path / "cache") == named


def test_a_folder_without_the_program_is_told_of_and_nothing_else_is_taken(tmp_path: Path) -> None:
    on_path = program(tmp_path / "path", "promtool")
    told = {"PATH": str(on_path.parent), "SPIS_PROMETHEUS": str(tmp_path)}
    with pytest.raises(NoProgram, match="there is no promtool in it"):
        find_program("promtool", told, tmp_path / "cache")


def test_debians_name_of_a_program_is_known(tmp_path: Path) -> None:
    debians = program(tmp_path / "path", "prometheus-alertmanager")
    assert find_program("alertmanager", {"PATH": str(debians.parent)}, tmp_path / "cache") == debians


def test_a_package_that_was_unpacked_before_is_used_again(tmp_path: Path) -> None:
    unpacked = tmp_path / "cache" / "prometheus" / "usr" / "bin"
    unpacked.mkdir(parents=True)
    kept = program(unpacked, "prometheus")
    assert find_program("prometheus", {"PATH": str(tmp_path)}, tmp_path / "cache") == kept
