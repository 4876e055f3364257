"""YAML text with its environment filled in, and where each value stands in it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from runtime.errors import ConfigError, Problem

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


class Source:
    """A parsed YAML document: `data` is plain Python, `line` finds a path again for an error message."""

    def __init__(self, text: str, *, file: str, environ: Mapping[str, str]) -> None:
        self.file = file
        self._environ = environ
        self._missing: list[Problem] = []
        try:
            self._root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else None
            problem = Problem(path="", line=line, message=f"not YAML: {error.problem}")
            raise ConfigError(file=file, problems=(problem,)) from error
        except yaml.YAMLError as error:
            problem = Problem(path="", line=None, message="not YAML: it holds a character that no text has")
            raise ConfigError(file=file, problems=(problem,)) from error
        self.data = self._value(self._root, "") if self._root is not None else None
        if self._missing:
            raise ConfigError(file=file, problems=tuple(self._missing))

    def line(self, path: Sequence[str | int]) -> int | None:
        """The line (from 1) of the value at `path`, or of the nearest parent that exists."""
        node = self._root
        for step in path:
            child = _child(node, step)
            if child is None:
                break
            node = child
        return node.start_mark.line + 1 if node is not None else None

    def _value(self, node: yaml.Node, path: str) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, f"{path}.{i}") for i, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and _VARIABLE.search(node.value):
            return self._expanded(node, path) or None
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: str) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node)
            here = f"{path}.{key}".lstrip(".")
            if key in result:
                self._missing.append(Problem(path=here, line=key_node.start_mark.line + 1, message="is there twice"))
            result[key] = self._value(value_node, here)
        return result

    def _expanded(self, node: yaml.ScalarNode, path: str) -> str:
        def fill(match: re.Match[str]) -> str:
            name, default = match.group(1), match.group(2)
            value = self._environ.get(name) or default
            if value is None:
                line = node.start_mark.line + 1
                self._missing.append(Problem(path=path, line=line, message=f"the environment has no {name}"))
            return value or ""

        return _VARIABLE.sub(fill, node.value)


def _scalar(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    finally:
        loader.dispose()


def _child(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]  # type: ignore[no-any-return]  # the stubs leave children untyped
    return None
