"""Sites beside the routes."""

from typing import Any

import pytest
from pydantic import ValidationError

from runtime.settings.routes import RouteSettings
from runtime.settings.sites import SiteSettings, consistent

PAGE: dict[str, Any] = {"name": "page", "prefix": "/demo/", "address": "127.0.0.1:9220"}


def site(**changes: Any) -> SiteSettings:
    return SiteSettings.model_validate({**PAGE, **changes})


def route(path: str) -> RouteSettings:
    return RouteSettings.model_validate({"name": "r", "method": "GET", "path": path, "plugins": ["identity"]})


def test_an_address_is_a_host_and_a_port() -> None:
    """A name serves as well as a number."""
    found = site(address="page.internal:80")

    assert (found.host, found.port) == ("page.internal", 80)


@pytest.mark.parametrize("address", ["9220", "http://page:80", "page:", "page:0", "page:65536", "page:80/x"])
def test_what_is_no_address_is_refused(address: str) -> None:
    """It is told at start, not by the first request."""
    with pytest.raises(ValidationError):
        site(address=address)


@pytest.mark.parametrize("prefix", ["/", "demo/", "/demo", "/{x}/", "/de mo/", "//"])
def test_what_is_no_prefix_is_refused(prefix: str) -> None:
    """A site has a place of its own, and never all paths."""
    with pytest.raises(ValidationError):
        site(prefix=prefix)


@pytest.mark.parametrize("path", ["/demo", "/demo/x", "/{name}", "/{name}/x", "/demo/{name}"])
def test_a_site_does_not_shadow_a_route(path: str) -> None:
    """No request for a declared route could end at a site, with whatever values of its parameters."""
    with pytest.raises(ValueError, match="shadows the route 'r'"):
        consistent([site()], [route(path)])


@pytest.mark.parametrize("path", ["/demos", "/x/demo", "/", "/x/{name}"])
def test_other_routes_stand_beside_it(path: str) -> None:
    """Paths that only look alike are no matter."""
    consistent([site()], [route(path)])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"prefix": "/other/"}, "declared twice"),
        ({"name": "other"}, "paths in common"),
        ({"name": "other", "prefix": "/demo/inner/"}, "paths in common"),
    ],
)
def test_sites_keep_apart(changes: dict[str, Any], said: str) -> None:
    """A path belongs to one of them."""
    with pytest.raises(ValueError, match=said):
        consistent([site(), site(**changes)], [])


def test_there_is_one_home() -> None:
    """And none where a route is there already."""
    home = site(home=True)
    consistent([home], [route("/x")])
    with pytest.raises(ValueError, match="cannot be the home"):
        consistent([home], [route("/")])
    with pytest.raises(ValueError, match="cannot be the home"):
        consistent([home, site(name="other", prefix="/other/", home=True)], [])
