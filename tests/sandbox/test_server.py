"""The life of the tenant's process."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from mcconsole.sandbox import arguments, child, demo
from mcconsole.sandbox.arguments import Options
from tests.tenant import Tenant

COMMAND = [sys.executable, "-m", "mcconsole.sandbox"]
posix_only = pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")


def parse(*words: str) -> Options:
    parser = argparse.ArgumentParser()
    arguments.add_arguments(parser)
    return arguments.options(parser.parse_args(words))


def test_options_have_the_promised_names_and_defaults(tmp_path: Path) -> None:
    assert parse() == Options()
    words = f"--host ::1 --port 8080 --data {tmp_path} --seed empty --token-life 5 --events silent --entry-delay 0"
    assert parse(*words.split(), "--delivery-delay", "0.5", "--control") == Options(
        "::1", 8080, tmp_path, "empty", 5, "silent", 0.0, 0.5, control=True
    )


@pytest.mark.parametrize(
    "words", ["--port 70000", "--token-life 0", "--entry-delay -1", "--entry-delay nan", "--seed x", "--events loud"]
)
def test_bad_options_are_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(*words.split())
    assert "error" in capsys.readouterr().err


def test_the_arguments_are_cheap_to_import() -> None:
    code = "import sys, mcconsole.sandbox.arguments, mcconsole.sandbox.child; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"starlette", "uvicorn", "lxml", "sqlite3", "orjson"} & set(loaded)


@posix_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0_and_nothing_is_left(number: signal.Signals, tmp_path: Path) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        COMMAND, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert set(ready) == {"auth_url", "rest_url", "soap_url", "client_id", "client_secret", "account_id"}
        assert all(ready[name].endswith("/") for name in ("auth_url", "rest_url", "soap_url"))
        with requests.Session() as session:
            assert session.get(ready["rest_url"] + "platform/v1/tokenContext").status_code == 401
            # Without --control there is nothing to control, and the end of stdin means nothing.
            assert session.get(ready["rest_url"] + "_sandbox/journal").status_code == 404
            process.send_signal(number)
            output, errors = process.communicate(timeout=10)
        assert (process.returncode, output) == (0, b"")
        assert ready["client_secret"].encode() not in errors
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_the_parent_ends_it(tmp_path: Path) -> None:
    running = child.start(log=tmp_path / "log")
    alive = [running.alive]
    assert running.tenant.account_id == demo.ENTERPRISE
    begin = time.monotonic()
    assert running.stop() == 0
    assert time.monotonic() - begin < 4
    alive.append(running.alive)
    assert alive == [True, False]
    assert running.stop() == 0
    assert (tmp_path / "log").read_text().startswith(f"Sandbox tenant {running.tenant.rest_url}, ")


@posix_only
def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import time; from pathlib import Path; from mcconsole.sandbox import child; "
        f"c = child.start(log=Path({str(tmp_path / 'log')!r})); "
        "print(c.tenant.rest_url, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        parent.kill()
    port = int(url.rstrip("/").rpartition(":")[2])
    limit = time.monotonic() + 10
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        assert time.monotonic() < limit, "the tenant outlived its parent"


def test_a_tenant_that_cannot_start_says_why(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeError, match="cannot listen"):
            child.start("--port", str(port), log=tmp_path / "log")
    with pytest.raises(RuntimeError, match="unrecognized arguments"):
        child.start("--nonsense", log=tmp_path / "log")


def test_an_end_with_a_call_in_progress_is_quick(start_tenant: Callable[..., Tenant]) -> None:
    tenant = start_tenant()
    tenant.token()
    tenant.fail("/platform", "delay", seconds=60)
    host, port = tenant.url.removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"GET /platform/v1/tokenContext HTTP/1.1\r\nHost: a\r\n\r\n")
        while not tenant.control("GET", "faults")["faults"][0]["struck"]:
            pass
        begin = time.monotonic()
        assert tenant.child.stop(timeout=8) == 0
        assert time.monotonic() - begin < 6


def test_state_in_a_folder_outlives_the_process(start_tenant: Callable[..., Tenant], tmp_path: Path) -> None:
    folder = tmp_path / "state"
    tenant = start_tenant("--data", str(folder), "--seed", "empty")
    key = {"name": "Id", "type": "Text", "length": 10, "isPrimaryKey": True}
    tenant.create_de("kept", [key, {"name": "V", "type": "Text", "length": 10}])
    row = [{"keys": {"Id": "1"}, "values": {"V": "x"}}]
    assert tenant.call("POST", "hub/v1/dataevents/key:kept/rowset", row).status_code == 200
    token = tenant.token()
    tenant.restart()
    assert tenant.rows("kept") == [{"id": "1", "v": "x"}]
    answer = requests.get(tenant.url + "platform/v1/tokenContext", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    if os.name == "posix":
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "tenant.sqlite").stat().st_mode & 0o777 == 0o600


def test_bodies_come_chunked_too(tenant: Tenant) -> None:
    body = json.dumps([{"keys": {"Id": "1"}, "values": {"Column2": "x" * 90}}]).encode()
    answer = tenant.call(
        "POST",
        "hub/v1/dataevents/key:twelve-texts/rowset",
        data=(body[at : at + 10] for at in range(0, len(body), 10)),
        headers={"Content-Type": "application/json"},
    )
    assert answer.json() == json.loads(body)
    assert tenant.journal("/hub")[0]["headers"]["transfer-encoding"] == "chunked"


def test_what_is_no_http_does_not_stop_it(tenant: Tenant) -> None:
    host, port = tenant.url.removeprefix("http://").rstrip("/").split(":")
    for data in (b"\x16\x03\x01\x00\xff\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(data)
    assert tenant.call("GET", "platform/v1/tokenContext").status_code == 200
    assert "Traceback" not in tenant.log
