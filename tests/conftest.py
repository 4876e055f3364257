"""Fixtures that several folders of tests share, each defined where its plugin says."""

pytest_plugins = [
    "tests.fixtures.garbage",
    "tests.fixtures.groups",
    "tests.fixtures.kafka",
    "tests.fixtures.settings",
    "tests.fixtures.processor",
    "tests.fixtures.envoy",
    "tests.fixtures.collector",
    "tests.fixtures.system",
    "tests.fixtures.fleet",
    "tests.fixtures.paged",
]
