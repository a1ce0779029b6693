"""The wire: what Go's connect client needs, byte by byte."""

from __future__ import annotations

import asyncio
import gzip
import json
import struct
from urllib.parse import urlsplit

import pytest

from runyard.protocol.generated import ping_pb2
from runyard.protocol.generated import runner_pb2 as pb
from tests.support.fleet import Yard

PING = "/api/actions/ping.v1.PingService/Ping"
REGISTER = "/api/actions/runner.v1.RunnerService/Register"
DECLARE = "/api/actions/runner.v1.RunnerService/Declare"
PROTO = {"Content-Type": "application/proto"}


async def raw(yard: Yard, path: str, body: bytes, headers: dict[str, str], method: str = "POST") -> tuple[str, bytes]:
    """One request over a bare socket: the head and the body of the answer."""
    url = urlsplit(yard.base)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {url.netloc}", "Connection: close", f"Content-Length: {len(body)}"]
    writer.write("\r\n".join([*lines, *(f"{key}: {value}" for key, value in headers.items()), "", ""]).encode() + body)
    head, _, content = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return head.decode(), content


async def test_ping_speaks_the_published_bytes(yard: Yard) -> None:
    head, body = await raw(yard, PING, bytes.fromhex("0a027231"), PROTO)
    assert body.hex() == "0a0a48656c6c6f2c20723121"
    status, *lines = head.split("\r\n")
    assert status == "HTTP/1.1 200 OK"
    assert {line.lower() for line in lines} == {
        "content-type: application/proto",
        "accept-encoding: gzip",
        "content-length: 12",
        "connection: close",
    }


async def test_an_empty_body_is_an_empty_message(yard: Yard) -> None:
    _, body = await raw(yard, PING, b"", PROTO)
    assert ping_pb2.PingResponse.FromString(body).data == "Hello, !"


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8"])
async def test_json_is_spoken_too(yard: Yard, kind: str) -> None:
    head, body = await raw(yard, PING, b'{"data": "r1", "unknown": 1}', {"Content-Type": kind})
    assert f"content-type: {kind}" in head
    assert json.loads(body) == {"data": "Hello, r1!"}


@pytest.mark.parametrize("kind", ["application/grpc", "text/plain", "application/proto; charset=utf-8", ""])
async def test_other_content_types_are_refused_with_a_list(yard: Yard, kind: str) -> None:
    head, _ = await raw(yard, PING, b"", {"Content-Type": kind})
    assert head.startswith("HTTP/1.1 415")
    assert "accept-post: application/json, application/json; charset=utf-8, application/proto" in head


async def test_unknown_procedures_are_not_found(yard: Yard) -> None:
    head, _ = await raw(yard, "/api/actions/runner.v1.RunnerService/Dance", b"", PROTO)
    assert head.startswith("HTTP/1.1 404")
    assert "application/json" not in head


async def test_only_post(yard: Yard) -> None:
    head, _ = await raw(yard, PING, b"", PROTO, method="GET")
    assert head.startswith("HTTP/1.1 405")
    assert "allow: POST" in head


async def test_chunked_requests_are_accepted(yard: Yard) -> None:
    async def chunks() -> object:
        yield b"\x0a\x02"
        yield b"r1"

    async with yard.session.post(yard.base + PING, data=chunks(), headers=PROTO) as answer:
        assert ping_pb2.PingResponse.FromString(await answer.read()).data == "Hello, r1!"


async def test_gzip_requests_are_understood(yard: Yard) -> None:
    body = gzip.compress(bytes.fromhex("0a027231"))
    head, answer = await raw(yard, PING, body, PROTO | {"Content-Encoding": "gzip"})
    assert head.startswith("HTTP/1.1 200")
    assert ping_pb2.PingResponse.FromString(answer).data == "Hello, r1!"


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"Content-Encoding": "br"}, b"x", 501, "unimplemented"),
        ({"Content-Encoding": "gzip"}, b"not gzip", 400, "invalid_argument"),
        ({"Content-Encoding": "gzip"}, gzip.compress(b"\x0a\x02r1", mtime=0)[:-9], 400, "invalid_argument"),
        ({"Connect-Timeout-Ms": "soon"}, b"", 400, "invalid_argument"),
        ({"Connect-Timeout-Ms": "12345678901"}, b"", 400, "invalid_argument"),
        ({"Connect-Protocol-Version": "2"}, b"", 400, "invalid_argument"),
        ({}, b"\xff\xff\xff", 400, "invalid_argument"),
    ],
)
async def test_bad_requests_have_a_code(
    yard: Yard, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    head, answer = await raw(yard, PING, body, PROTO | headers)
    assert head.startswith(f"HTTP/1.1 {status}")
    assert "content-type: application/json" in head
    assert json.loads(answer)["code"] == code


async def test_broken_json_has_a_code(yard: Yard) -> None:
    _, answer = await raw(yard, PING, b"{", {"Content-Type": "application/json"})
    assert json.loads(answer)["code"] == "invalid_argument"


async def test_a_body_beyond_the_limit_is_refused_also_when_it_is_small_on_the_wire(yard: Yard) -> None:
    limit = yard.services.settings.max_body_bytes
    bomb = gzip.compress(bytes(limit + 1), 9)
    _, answer = await raw(yard, PING, bomb, PROTO | {"Content-Encoding": "gzip"})
    assert json.loads(answer)["code"] == "resource_exhausted"


async def test_a_wrong_identity_is_told_in_the_words_that_runners_look_for(yard: Yard) -> None:
    for headers in ({}, {"x-runner-uuid": "nobody", "x-runner-token": "x"}):
        head, body = await raw(yard, DECLARE, bytes.fromhex("0a0276311204686f7374"), PROTO | headers)
        assert head.startswith("HTTP/1.1 401")
        assert json.loads(body) == {"code": "unauthenticated", "message": "unregistered runner"}


async def test_registering_speaks_the_published_bytes(yard: Yard) -> None:
    token = await yard.registration_token()
    vector = bytes.fromhex("0a0272311203746f6b1a04686f73742a0276313204686f7374")
    head, body = await raw(yard, REGISTER, vector, PROTO)
    assert head.startswith("HTTP/1.1 400")
    assert json.loads(body) == {"code": "invalid_argument", "message": "runner registration token not found"}
    body = vector.replace(b"\x12\x03tok", b"\x12\x28" + token.encode())
    head, body = await raw(yard, REGISTER, body, PROTO)
    runner = pb.RegisterResponse.FromString(body).runner
    assert (runner.name, runner.version, list(runner.labels)) == ("r1", "v1", ["host"])
    assert len(runner.token) == 40


async def test_long_answers_are_compressed_for_those_who_accept_it(yard: Yard) -> None:
    runner = await yard.runner("host")
    labels = [f"a-label-with-a-long-name-{number}" for number in range(100)]
    request = pb.DeclareRequest(version="v1", labels=labels).SerializeToString()
    head, body = await raw(yard, DECLARE, request, PROTO | runner.headers | {"Accept-Encoding": "gzip"})
    assert "content-encoding: gzip" in head
    assert list(pb.DeclareResponse.FromString(gzip.decompress(body)).runner.labels) == labels
    assert struct.unpack("<I", body[-4:])[0] >= 1024
    head, body = await raw(yard, DECLARE, request, PROTO | runner.headers)
    assert "content-encoding" not in head
    assert list(pb.DeclareResponse.FromString(body).runner.labels) == labels


async def test_ping_is_never_compressed(yard: Yard) -> None:
    request = ping_pb2.PingRequest(data="x" * 5000).SerializeToString()
    head, _ = await raw(yard, PING, request, PROTO | {"Accept-Encoding": "gzip"})
    assert "content-encoding" not in head
