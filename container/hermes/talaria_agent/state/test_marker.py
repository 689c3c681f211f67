"""The record that lets a gateway start, or not."""

import json
from pathlib import Path

import pytest

from talaria_agent.problem import NOT_RESTORED, Problem
from talaria_agent.state.marker import marker_path, read_marker, record_first_boot, require_final


def write_phase(run: Path, phase: str) -> None:
    marker_path(run).write_text(json.dumps({"boot": "b", "phase": phase, "at": "2026-01-01T00:00:00Z", "snapshot": "s"}))


def test_a_first_boot_is_recorded_and_lets_the_gateway_start(tmp_path: Path) -> None:
    record_first_boot(tmp_path, "boot-1")
    marker = require_final(tmp_path)
    assert (marker.boot, marker.phase, marker.snapshot) == ("boot-1", "first-boot", None)


def test_recording_a_first_boot_again_keeps_the_record(tmp_path: Path) -> None:
    first = record_first_boot(tmp_path, "boot-1")
    assert record_first_boot(tmp_path, "boot-2") == first


@pytest.mark.parametrize("phase", ["restoring", "restored"])
def test_a_home_with_another_phase_is_no_first_boot(tmp_path: Path, phase: str) -> None:
    write_phase(tmp_path, phase)
    with pytest.raises(Problem) as refused:
        record_first_boot(tmp_path, "boot-1")
    assert refused.value.code == "marker_exists"
    assert read_marker(tmp_path).phase == phase


def test_a_restored_home_lets_the_gateway_start(tmp_path: Path) -> None:
    write_phase(tmp_path, "restored")
    assert require_final(tmp_path).snapshot == "s"


def test_without_a_record_the_gateway_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem) as refused:
        require_final(tmp_path)
    assert (refused.value.code, refused.value.exit_code) == ("not_restored", NOT_RESTORED)


def test_a_home_in_the_middle_of_a_restore_is_refused(tmp_path: Path) -> None:
    write_phase(tmp_path, "restoring")
    with pytest.raises(Problem, match="not whole"):
        require_final(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"phase":"first-boot"}', '{"boot":"b","phase":"done","at":"x"}'])
def test_an_unreadable_record_never_passes_for_none(tmp_path: Path, text: str) -> None:
    marker_path(tmp_path).write_text(text)
    with pytest.raises(Problem) as refused:
        read_marker(tmp_path)
    assert refused.value.code == "marker_unreadable"
