import http.client
import json

import pytest

from talaria_exec.testing.box import ADDRESS


def test_lists_reads_and_writes_files(box):
    content = bytes(range(256)) * 20_000
    assert box.ask("PUT", "/workspace/file?path=new/folder/file", content).fields == {"bytes": len(content)}
    assert box.ask("GET", "/workspace/file?path=new/folder/file").body == content
    box.run("cd new; chmod 755 folder/file; ln -s folder link; mkfifo fifo")
    box.ask("PUT", "/workspace/file?path=new/folder/file", b"#!")
    entries = box.ask("GET", "/workspace/list?path=new").fields["entries"]
    assert [(entry["name"], entry["type"]) for entry in entries] == [("fifo", "other"), ("folder", "directory"), ("link", "link")]
    (file,) = box.ask("GET", "/workspace/list?path=new/folder").fields["entries"]
    assert (file["bytes"], file["modified"] > 1e9) == (2, True)
    assert (box.workspace / "new/folder/file").stat().st_mode & 0o777 == 0o755
    assert "new" in [entry["name"] for entry in box.ask("GET", "/workspace/list?path=").fields["entries"]]


def test_takes_a_file_in_chunks_of_unknown_number(box):
    connection = http.client.HTTPConnection(ADDRESS, box.port)
    connection.request("PUT", "/workspace/file?path=chunks", iter([b"one ", b"two"]), encode_chunked=True)
    assert connection.getresponse().read() == b'{"bytes": 7}'
    connection.request("GET", "/workspace/file?path=chunks")
    assert connection.getresponse().read() == b"one two"
    connection.close()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../outside", "pathOutside"),
        ("/etc/passwd", "pathOutside"),
        ("way/passwd", "pathOutside"),
        ("nonesuch", "fileUnknown"),
        ("folder", "fileUnusable"),
    ],
)
def test_refuses(box, path, code):
    box.run("ln -sfn /etc way; mkdir -p folder")
    assert box.ask("GET", f"/workspace/file?path={path}").fields["code"] == code
    if code != "fileUnknown":
        assert box.ask("PUT", f"/workspace/file?path={path}", b"x").fields["code"] == code


def test_brings_declared_documents_and_says_what_became_of_each(box):
    asked = {"documents": {"declared/AGENTS.md": "Use tabs."}, "folder": "declared/app"}
    first = box.ask("PUT", "/workspace/documents", json.dumps(asked).encode()).fields
    assert [(one["path"], one["what"]) for one in first["outcomes"]] == [("declared/AGENTS.md", "written")]
    assert box.run("cat declared/AGENTS.md && ls -d declared/app").output == b"Use tabs.declared/app\n"
    packed = box.ask("POST", "/workspace/pack", json.dumps({"sinceMark": first["mark"], "limitBytes": 1_000_000}).encode())
    assert (packed.fields["files"], packed.fields["deleted"]) == (0, 0)
    for path in ("../out", "/etc/passwd", ".talaria/documents.json"):
        refused = box.ask("PUT", "/workspace/documents", json.dumps({"documents": {path: "x"}}).encode())
        assert refused.fields["code"] == "pathOutside"
