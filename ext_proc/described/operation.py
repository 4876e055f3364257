"""One route as an operation of OpenAPI."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from ext_proc.described.bulk import bulk_answers, with_many
from ext_proc.described.edge import edge_answers
from ext_proc.described.part import JSON, Answer, Header, Parameter
from ext_proc.described.parts import Told
from ext_proc.described.schemas import examples, reference
from ext_proc.described.security import security
from ext_proc.reply import PROBLEM, PROBLEM_TYPES
from runtime.settings.gateway import Gateway

REQUEST_ID = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}
_RATE = {name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit", "RateLimit-Policy")}


def operation(told: Told, gateway: Gateway, *, links: Mapping[str, Any]) -> dict[str, Any]:
    """The operation; its id is the route's name. `links` say where the answer of a success leads."""
    route = told.route
    parameters = [_parameter(each) for each in _parameters(told)]
    return {
        "operationId": route.name,
        **({"summary": route.summary} if route.summary else {}),
        "security": security(told),
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": _body(told)} if told.body else {}),
        "responses": _responses(told, gateway, links=links),
    }


def _parameters(told: Told) -> Iterator[Parameter]:
    named = {each.name: each for part in told.parts for each in part.parameters}
    for name in told.route.parameters():
        if name not in named:
            yield Parameter(name=name, where="path", says="One segment.", required=True)
    yield from named.values()


def _parameter(each: Parameter) -> dict[str, Any]:
    return {
        "name": each.name,
        "in": each.where,
        "description": each.says,
        "required": each.required,
        "schema": each.schema,
    }


def _body(told: Told) -> dict[str, Any]:
    one = {
        "schema": reference(told.body),
        "examples": {name: {"value": value} for name, value in examples(told.body).items()},
    }
    content = {JSON: one}
    return {"required": True, "content": with_many(content, told.route.bulk) if told.route.bulk else content}


def _responses(told: Told, gateway: Gateway, *, links: Mapping[str, Any]) -> dict[str, Any]:
    answers = [answer for part in told.parts for answer in part.answers]
    if told.route.bulk:
        answers += bulk_answers(told.route.bulk)
    answers += edge_answers(told, gateway)
    answers.sort(key=attrgetter("status"))  # sorting is stable: those of one status keep the order of the plugins
    found = {str(status): _response(list(same), told) for status, same in groupby(answers, attrgetter("status"))}
    first = next((status for status in found if status[0] == "2"), None)
    if links and first:
        found[first]["links"] = links
    return found


def _response(answers: Sequence[Answer], told: Told) -> dict[str, Any]:
    says = list(dict.fromkeys(answer.says for answer in answers))
    common = set.intersection(*(set(answer.headers) for answer in answers))
    headers = {
        name: _header(header, always=name in common) for answer in answers for name, header in answer.headers.items()
    }
    content = {} if _bare(answers, told) else _content(answers)
    return {
        "description": says[0] if len(says) == 1 else "\n".join(f"- {each}" for each in says),
        "headers": {**headers, **REQUEST_ID, **(_RATE if told.route.limited else {})},
        **({"content": content} if content else {}),
    }


def _header(header: Header, *, always: bool) -> dict[str, Any]:
    return {"description": header.says, "required": header.always and always, "schema": header.schema}


def _bare(answers: Sequence[Answer], told: Told) -> bool:
    return told.route.profile == "zilla" and answers[0].status >= 400


def _content(answers: Sequence[Answer]) -> dict[str, Any]:
    content: dict[str, Any] = {
        media: {"schema": schema} for answer in answers for media, schema in answer.content.items()
    }
    problems = [answer for answer in answers if answer.reason]
    if problems:
        content[PROBLEM] = {"schema": {"allOf": [reference("Problem"), _named(problems)]}}
    return content


def _named(problems: Sequence[Answer]) -> dict[str, Any]:
    """Which problems of that status there are, by their types."""
    types = list(dict.fromkeys(PROBLEM_TYPES + answer.reason for answer in problems))
    members = {name: schema for answer in problems for name, schema in answer.members.items()}
    return {"properties": {"type": {"enum": types}, "status": {"const": problems[0].status}, **members}}
