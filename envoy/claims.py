"""Claims of the verified token, as CEL expressions: who calls, and of which tier.

They read what the processor's `identity` plugin reads, and in the same way.
"""

from collections.abc import Mapping, Sequence

from envoy.names import JWT, JWT_METADATA
from runtime.settings.identity import ClaimNames, TierSettings

PAYLOAD = f"metadata.filter_metadata['{JWT}']['{JWT_METADATA}']"


def by_issuer(expressions: Mapping[str, str]) -> str:
    """Chooses an expression by the token's issuer."""
    *others, (_, last) = expressions.items()
    chosen = last
    for issuer, expression in reversed(others):
        chosen = f"{PAYLOAD}['iss'] == {quoted(issuer)} ? ({expression}) : ({chosen})"
    return chosen


def tier_of(claims: ClaimNames, tiers: Sequence[TierSettings]) -> str:
    """The name of the caller's tier: the highest that the claim names, the lowest where it is missing or names none."""
    chosen = quoted(tiers[0].name)
    for tier in tiers[1:]:
        chosen = f"{_is(claims.tier, tier.name)} ? {quoted(tier.name)} : {chosen}"
    return chosen


def subject_of(claims: ClaimNames) -> str:
    """The caller; no value where the token has none."""
    whole, nested = _at([claims.subject]), _at(claims.subject.split("."))
    return whole if whole == nested else f"{_there([claims.subject])} ? {whole} : {nested}"


def quoted(text: str) -> str:
    """A CEL string."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _is(claim: str, value: str) -> str:
    """Whether a claim has a value: one of the whole name if there is one, else a dot reaches into an object."""
    whole, nested = [claim], claim.split(".")
    if whole == nested:
        return f"({_there(whole)} && {_has(whole, value)})"
    return f"({_there(whole)} ? {_has(whole, value)} : {_there(nested)} && {_has(nested, value)})"


def _has(path: Sequence[str], value: str) -> str:
    """Whether what is at a path is a value, or a list that holds it."""
    return f"({_at(path)} == {quoted(value)} || type({_at(path)}) == list && {quoted(value)} in {_at(path)})"


def _there(path: Sequence[str]) -> str:
    """Whether there is a value at a path; a step that is missing, or no object, would be an error and not a no."""
    steps = []
    for number, step in enumerate(path):
        parent = _at(path[:number])
        steps += [f"type({parent}) == map"] if number else []
        steps.append(f"{quoted(step)} in {parent}")
    return " && ".join(steps)


def _at(path: Sequence[str]) -> str:
    return PAYLOAD + "".join(f"[{quoted(step)}]" for step in path)
