"""The console file stays small."""

from pathlib import Path

from talaria_agent.gateway.console import KEPT, LARGEST, rotate


def test_a_small_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "console.log").write_text("small")
    rotate(tmp_path / "console.log")
    assert [path.name for path in tmp_path.iterdir()] == ["console.log"]


def test_only_the_last_few_large_files_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "console.log"
    for number in range(KEPT + 3):
        path.write_text(f"{number}" + "x" * LARGEST)
        rotate(path)
    kept = sorted(file.name for file in tmp_path.iterdir())
    assert kept == [f"console.log.{number}" for number in range(1, KEPT + 1)]
    assert (tmp_path / "console.log.1").read_text()[0] == str(KEPT + 2)
