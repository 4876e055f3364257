"""What clients are told that they may call."""

from typing import Any

import orjson
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from envoy.problems import problems
from ext_proc.described.edge import ELSEWHERE
from ext_proc.described.openapi import openapi
from ext_proc.registry import BUILT_IN
from ext_proc.reply import PROBLEM, PROBLEM_TYPES
from runtime.settings.load import load
from tests.fixtures.settings import ENVIRON, ROOT, changed, declared

FILES = ("gateway.yaml", "demo/zilla.yaml")


def of(file: str) -> Any:
    """The document, as it is read."""
    made = openapi(load(ROOT / file, environ=ENVIRON), plugins=BUILT_IN)
    return orjson.loads(orjson.dumps(made))


@pytest.fixture(scope="module")
def document() -> Any:
    """That of gateway.yaml."""
    return of("gateway.yaml")


@pytest.mark.parametrize("file", FILES)
def test_it_is_valid(file: str) -> None:
    """By the official schema of OpenAPI 3.1, every reference included."""
    assert [error.message for error in OpenAPIV31SpecValidator(of(file)).iter_errors()] == []


@pytest.mark.parametrize("file", FILES)
def test_every_route_is_there(file: str) -> None:
    """Under its path and method, by its name, with a line for people."""
    gateway, described = load(ROOT / file, environ=ENVIRON), of(file)
    for route in gateway.routes:
        operation = described["paths"][route.path][route.method.lower()]
        assert (operation["operationId"], operation["summary"]) == (route.name, route.summary)
        assert [each["name"] for each in operation.get("parameters", []) if each["in"] == "path"] == list(
            route.parameters()
        )


def test_it_names_no_address() -> None:
    """Whoever reads it learns nothing of brokers, sockets, ports or models."""
    text = orjson.dumps(of("gateway.yaml")).decode()
    assert not any(word in text for word in ("127.0.0.1", ".sock", "9092", "claude", "i" * 32, "r" * 32))


def test_a_token_and_its_scope_are_asked_for(document: Any) -> None:
    """And a ticket or its cookie may stand for it where the route says so."""
    assert document["paths"]["/queries"]["post"]["security"] == [{"token": ["proxy:publish"]}]
    stream = document["paths"]["/results/{query_id}"]["get"]["security"]
    assert stream == [{"token": ["proxy:stream"]}, {"ticket": []}, {"cookie": []}]
    assert set(document["components"]["securitySchemes"]) == {"token", "ticket", "cookie"}


def test_a_query_leads_to_its_answer(document: Any) -> None:
    """The answer links to whatever takes its id."""
    links = document["paths"]["/queries"]["post"]["responses"]["202"]["links"]
    assert set(links) == {"results", "cancel", "renew", "query"}
    assert links["query"]["parameters"] == {"query_id": "$response.body#/query_id"}


def test_an_answer_says_what_the_route_says(document: Any) -> None:
    """A template is any text, and what is no template is itself."""
    accepted = document["paths"]["/queries"]["post"]["responses"]["202"]
    body = accepted["content"]["application/json"]["schema"]
    assert body["required"] == ["query_id", "status", "results_url", "stream_url", "record"]
    assert (body["properties"]["status"], body["properties"]["query_id"]) == ({"const": "queued"}, {"type": "string"})
    assert accepted["headers"]["Location"]["required"] is True


def test_a_refusal_names_its_problems(document: Any) -> None:
    """By their types, with what each of them adds."""
    refused = document["paths"]["/chunks"]["post"]["responses"]["403"]["content"][PROBLEM]["schema"]["allOf"][1]
    assert refused["properties"]["type"] == {
        "enum": [PROBLEM_TYPES + "insufficient-scope", PROBLEM_TYPES + "label-above-tier"]
    }
    assert refused["properties"]["required_tier"] == {"enum": ["free", "standard", "enterprise"]}


def test_an_upload_and_an_array_are_bodies_too(document: Any) -> None:
    """A route that takes bulk says so of its body and of its answers."""
    chunks = document["paths"]["/chunks"]["post"]
    assert set(chunks["requestBody"]["content"]) == {"application/json", "application/x-ndjson"}
    assert {"200", "202", "207", "408"} <= chunks["responses"].keys()
    assert {"200", "207"}.isdisjoint(document["paths"]["/queries"]["post"]["responses"])


def test_a_bare_route_answers_errors_without_a_body() -> None:
    """As the contract of Zilla's demo has it."""
    responses = of("demo/zilla.yaml")["paths"]["/chunks"]["post"]["responses"]
    assert {status for status, response in responses.items() if "content" in response} == set()


def test_envoys_own_problems_are_all_there(document: Any) -> None:
    """What Envoy answers on a declared route is described on each."""
    own = {PROBLEM_TYPES + row.reason for row in problems(realm="r", retry_after=1) if row.reason not in ELSEWHERE}
    for path in document["paths"].values():
        for operation in path.values():
            assert own <= set(_types(operation))


def _types(operation: Any) -> list[str]:
    contents = [response.get("content", {}).get(PROBLEM) for response in operation["responses"].values()]
    return [
        type_
        for content in contents
        if content
        for type_ in content["schema"]["allOf"][1]["properties"]["type"]["enum"]
    ]


def test_a_path_of_a_description_cannot_be_a_route() -> None:
    """The start says which route stands in the way, unless descriptions are off."""
    text = changed("path: /chunks\n", "path: /openapi.json\n")
    with pytest.raises(ValueError, match=r"'chunks' has a path that edge\.described answers"):
        declared(text)
    assert declared(text.replace("edge:\n", "edge:\n  described: false\n"))[0].edge.described is False


def test_a_plugin_that_says_nothing_is_passed_over() -> None:
    """A route is described by what the others say."""
    silent = type("Silent", (), {"name": "require", "Settings": BUILT_IN["require"].Settings})
    made = openapi(declared()[0], plugins={**BUILT_IN, "require": silent})
    assert made["paths"]["/queries"]["post"]["security"] == [{"token": []}]
