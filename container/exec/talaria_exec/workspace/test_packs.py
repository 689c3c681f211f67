import gzip
import hashlib
import io
import json
import os
import stat
import tarfile

import pytest

from talaria_exec.testing.box import Box


@pytest.fixture
def boxes():
    made = [Box(), Box()]
    yield made
    for box in made:
        box.close()


def pack(box, since=None, limit=1 << 30):
    reply = box.ask("POST", "/workspace/pack", json.dumps({"sinceMark": since, "limitBytes": limit}).encode())
    assert reply.status == 200, reply.body
    made = reply.fields
    content = box.ask("GET", f"/packs/{made['pack']}").body
    assert (len(content), hashlib.sha256(content).hexdigest()) == (made["bytes"], made["sha256"])
    assert box.ask("DELETE", f"/packs/{made['pack']}").status == 200
    return made, content


def unpack(box, content, replace=False, sha256=None):
    headers = {"x-sha256": sha256 or hashlib.sha256(content).hexdigest()}
    return box.ask("POST", f"/workspace/unpack{'?replace=1' if replace else ''}", content, headers)


def tree(folder):
    """Everything below a folder: kind, mode, time (links have their own), content."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = os.path.join(parent, name)
            state = os.lstat(path)
            content = os.readlink(path) if os.path.islink(path) else None
            if stat.S_ISREG(state.st_mode):
                content = open(path, "rb").read()
            found[os.path.relpath(path, folder)] = (state.st_mode, round(state.st_mtime, 3), content)
    return found


FILL = """
mkdir -p a/b closed empty .local/bin; head -c 300000 /dev/urandom >a/b/data; printf '\\377x' >"a/$(printf 'n\\377me')"
echo 'echo tool' >.local/bin/tool; chmod 755 .local/bin/tool; ln -s b/data a/link; ln -s /nowhere outside; ln a/b/data a/hard
echo secret >closed/file; chmod 400 closed/file; chmod 500 closed; mkfifo fifo; touch -d 2001-01-01 a/b/data; touch -d 2002-02-02 empty
"""
CHANGE = """
rm -r a/link outside; echo more >>a/hard; mv empty full; echo in >full/file; rm a/b/data; mkdir a/b/data; echo deep >a/b/data/file
chmod 700 closed; rm closed/file; echo new >closed/other; chmod 500 closed; touch -d 2003-03-03 .local/bin/tool; chmod 700 .local
echo same-size >x; touch -d 2000-01-01 x
"""


def test_a_workspace_travels_whole_and_then_by_its_changes(boxes):
    here, there = boxes
    here.run(FILL)
    there.run("echo stale >stale; mkdir a; ln -s /tmp a/b")
    _, content = pack(here)
    mark = unpack(there, content, replace=True).fields["mark"]
    whole = tree(here.workspace)
    assert whole.pop("fifo")
    assert tree(there.workspace) == whole

    assert there.run(CHANGE).exit == 0
    changes, delta = pack(there, since=mark)
    assert changes["deleted"] == 4
    assert unpack(here, delta).fields["deleted"] == 4
    changed = tree(here.workspace)
    assert changed.pop("fifo")
    assert changed == tree(there.workspace)


def test_nothing_changed_is_an_empty_pack(boxes):
    here, _ = boxes
    here.run(FILL)
    first, _ = pack(here)
    second, _ = pack(here, since=first["mark"])
    assert (second["files"], second["deleted"]) == (0, 0)
    assert here.ask("POST", "/workspace/pack", b'{"sinceMark": "other", "limitBytes": 9}').fields["code"] == "markUnknown"


def test_a_pack_is_sent_with_its_answer_if_that_is_asked_for(boxes):
    here, there = boxes
    here.run("echo one >file")
    reply = here.ask("POST", "/workspace/pack?send=1", b'{"sinceMark": null, "limitBytes": 1000000}')
    about = json.loads(reply.headers["x-pack"])
    assert (len(reply.body), hashlib.sha256(reply.body).hexdigest()) == (about["bytes"], about["sha256"])
    assert unpack(there, reply.body).fields["files"] == about["files"]
    assert here.ask("POST", "/workspace/pack?send=1", b'{"sinceMark": null, "limitBytes": 1}').fields["code"] == "workspaceTooLarge"


def test_a_pack_of_everything_is_made_once_while_nothing_changes(boxes):
    here, _ = boxes

    def whole():
        return here.ask("POST", "/workspace/pack", b'{"sinceMark": null, "limitBytes": 1000000}').fields

    here.run("echo one >file")
    first = whole()
    for _ in range(9):
        assert whole() == first
    assert pack(here, since=first["mark"])[0]["files"] == 0
    here.run("echo two >file")
    second = whole()
    assert second["pack"] != first["pack"] and second["sha256"] != first["sha256"]
    assert here.ask("DELETE", f"/packs/{second['pack']}").status == 200
    third = whole()
    assert (third["pack"] != second["pack"], third["sha256"]) == (True, second["sha256"])


def test_a_change_is_seen_also_when_size_and_time_are_put_back(boxes):
    here, _ = boxes
    here.run("echo one >file; touch -d 2001-01-01 file; echo stays >stays")
    first, _ = pack(here)
    here.run("echo two >file; touch -d 2001-01-01 file")
    assert pack(here, since=first["mark"])[0]["files"] == 1


def test_too_much_is_not_packed(boxes):
    here, _ = boxes
    here.run("truncate -s 100M sparse")
    reply = here.ask("POST", "/workspace/pack", b'{"sinceMark": null, "limitBytes": 1000000}')
    assert (reply.status, reply.fields["code"], reply.fields["bytes"]) == (413, "workspaceTooLarge", 100 << 20)
    assert here.ask("GET", f"/packs/{'0' * 32}").fields["code"] == "packUnknown"


def tar_of(*members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, kind, link in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, link
            member.size = 3 if kind == tarfile.REGTYPE else 0
            tar.addfile(member, io.BytesIO(b"bad"))
    return buffer.getvalue()


def deleting(name):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo(".talaria-deleted")
        member.size = len(name) + 1
        tar.addfile(member, io.BytesIO(name + b"\0"))
    return buffer.getvalue()


FILE, LINK, HARD = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
HOSTILE = {
    "an absolute name": tar_of(("fine", FILE, ""), ("/tmp/talaria-bad", FILE, "")),
    "a name that climbs": tar_of(("fine", FILE, ""), ("a/../../bad", FILE, "")),
    "a file through a link": tar_of(("fine", FILE, ""), ("way", LINK, ".."), ("way/bad", FILE, "")),
    "a hard link to elsewhere": tar_of(("fine", FILE, ""), ("passwd", HARD, "/etc/passwd")),
    "a hard link that climbs": tar_of(("fine", FILE, ""), ("passwd", HARD, "../bad")),
    "a hard link to what was there": tar_of(("fine", FILE, ""), ("passwd", HARD, "keep")),
    "a device": tar_of(("fine", FILE, ""), ("null", tarfile.CHRTYPE, "")),
    "a deletion outside": deleting(b"../victim"),
    "a name twice, as link and folder": tar_of(("way", LINK, ".."), ("way", tarfile.DIRTYPE, "")),
    "no tar": gzip.compress(b"not a tar" * 1000),
    "no gzip": b"not a pack",
    "half a tar": tar_of(("fine", FILE, ""))[:-20],
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_refuses_and_changes_nothing(boxes, content):
    here, _ = boxes
    here.run("echo keep >keep")
    (here.folder / "victim").touch()
    before = [tree(here.workspace), sorted(os.listdir(here.folder))]
    reply = unpack(here, content, replace=True)
    assert (reply.status, reply.fields["code"]) == (400, "packRefused")
    assert [tree(here.workspace), sorted(os.listdir(here.folder))] == before


def test_does_not_write_through_a_link_that_was_there(boxes):
    here, _ = boxes
    here.run(f"ln -s {here.folder} way; ln -s {here.folder}/victim file")
    (here.folder / "victim").write_text("safe")
    assert unpack(here, tar_of(("way/bad", FILE, ""), ("file", FILE, ""))).status == 200
    assert (here.folder / "victim").read_text() == "safe" and not (here.folder / "bad").exists()
    assert (here.workspace / "way" / "bad").read_text() == (here.workspace / "file").read_text() == "bad"


def test_refuses_a_pack_that_changed_on_its_way(boxes):
    here, _ = boxes
    content = tar_of(("fine", FILE, ""))
    assert unpack(here, content, sha256="0" * 64).fields["code"] == "packDamaged"
    assert not (here.workspace / "fine").exists()


def test_a_pack_that_the_disk_has_no_room_for_changes_nothing(boxes):
    here, _ = boxes
    here.run("echo keep >keep")
    member = tarfile.TarInfo("huge")
    member.size = 1 << 60
    reply = unpack(here, gzip.compress(member.tobuf(tarfile.PAX_FORMAT)), replace=True)
    assert (reply.fields["code"], (here.workspace / "keep").exists()) == ("diskFull", True)
