"""The bootstrap as a document."""

import json
from pathlib import Path
from typing import Any

from envoy.bootstrap import render
from ext_proc.registry import discover
from tests.fixtures.envoy import Keys, gateway_of


def _rendered(tmp_path: Path, keys: dict[str, Keys], **changes: Any) -> Any:
    return json.loads(render(gateway_of(tmp_path, keys, **changes), plugins=discover()))


def test_it_is_the_same_each_time(tmp_path: Path, issuer_keys: dict[str, Keys]) -> None:
    """Rendering twice makes one text, so that a change can be reviewed as a difference."""
    assert _rendered(tmp_path, issuer_keys) == _rendered(tmp_path, issuer_keys)


def test_each_process_is_an_endpoint(tmp_path: Path, issuer_keys: dict[str, Keys]) -> None:
    """One endpoint for each processor and each results server, on the sockets that they listen on."""
    document = _rendered(tmp_path, issuer_keys, processor={"processes": 3}, results={"processes": 2})
    clusters = {cluster["name"]: cluster for cluster in document["static_resources"]["clusters"]}
    sockets = {
        name: [
            endpoint["endpoint"]["address"]["pipe"]["path"]
            for group in clusters[name]["load_assignment"]["endpoints"]
            for endpoint in group["lb_endpoints"]
        ]
        for name in ("processor", "results")
    }
    assert [f"{tmp_path}/processor-{number}.sock" for number in range(3)] == sockets["processor"]
    assert [f"{tmp_path}/results-{number}.sock" for number in range(2)] == sockets["results"]


def test_no_secret_is_in_it(tmp_path: Path, issuer_keys: dict[str, Keys]) -> None:
    """Neither the gateway's keys nor the path of a key is copied; a certificate's key is named and not read."""
    assert "k" * 32 not in json.dumps(_rendered(tmp_path, issuer_keys))


def test_the_filters_stand_in_order(tmp_path: Path, issuer_keys: dict[str, Keys]) -> None:
    """What a request meets first is cheap, and the guard is last before the router."""
    listener = _rendered(tmp_path, issuer_keys)["static_resources"]["listeners"][0]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    names = [one["name"].removeprefix("envoy.filters.http.") for one in manager["http_filters"]]
    assert names == [
        "rate_headers",
        "cors",
        "jwt_authn",
        "local_ratelimit",
        "body_length",
        "buffer",
        "lua",
        "header_to_metadata",
        "ext_proc",
        "rbac",
        "router",
    ]
