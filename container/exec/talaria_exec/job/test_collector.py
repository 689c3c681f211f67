import json
import os
import socket
import threading
from types import SimpleNamespace

from talaria_exec.job.collector import Collector
from talaria_exec.job.job import Job
from talaria_exec.job.output import Output
from talaria_exec.testing.box import eventually


def test_hears_the_last_words_of_a_reaper_that_ended_with_a_cancel_unread(tmp_path):
    heard, _spawner = socket.socketpair()
    collector = Collector(SimpleNamespace(socket=heard, prepared=True), broken=lambda: None)
    ours, reaper = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for words in ({"exit": 124, "by": "deadline", "survivors": 0}, {"dead": 0}):
        reaper.send(json.dumps(words).encode())
    ours.send(b'{"end": "cancel", "grace": 2}')
    reaper.close()  # the kernel says ECONNRESET before it hands over what was told
    source, output = os.pipe()
    os.close(output)
    job = Job("job", Output(tmp_path, 1000), None, deadline=60)
    collector.add(job, source, "reaper-1", ours)
    threading.Thread(target=collector.run, daemon=True).start()
    eventually(lambda: job.done)
    assert (job.exit, job.ended_by, job.survivors) == (124, "deadline", 0)
