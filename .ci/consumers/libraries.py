"""The consumers that are Python libraries. Each raises, or gives complaints `kind: text`."""

import ast
import base64
import configparser
import importlib
import json
import netrc
import re
import tomllib
import warnings
from io import StringIO
from threading import Lock

import javaproperties
import kubernetes_validate
import yaml
from dotenv.parser import parse_stream
from packaging.requirements import Requirement
from poetry.core.factory import Factory
from tree_sitter import Language, Parser
from yamllint import linter
from yamllint.config import YamlLintConfig

# The syntax, and what most consumers refuse; nothing of style.
YAMLLINT = YamlLintConfig("rules: {key-duplicates: enable}")


def yamllint(file):
    found = linter.run(file.text, YAMLLINT)
    return [f"{at.rule or 'syntax'}: {at}" for at in found if at.level == "error"]


def documents(text):
    """The documents of a YAML file, tags of other programs left out; none if it is broken."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("", lambda loader, suffix, node: None)
    try:
        return list(yaml.load_all(text, Loader=Loader))
    except (yaml.YAMLError, ValueError):
        return []


def playbook(text):
    return any(
        isinstance(play, dict) and "hosts" in play
        for document in documents(text)
        if isinstance(document, list)
        for play in document
    )


def manifests(text):
    return [
        document
        for document in documents(text)
        if isinstance(document, dict) and {"apiVersion", "kind"} <= document.keys()
    ]


def custom_resources(text):
    """Those of Argo CD and Flux."""
    return [
        manifest
        for manifest in manifests(text)
        if str(manifest["apiVersion"]).startswith("argoproj.io/")
        or ".toolkit.fluxcd.io/" in str(manifest["apiVersion"])
    ]


def kubernetes(file):
    complaints = []
    for document in manifests(file.text):
        kind = document["kind"]
        try:
            kubernetes_validate.validate(document, "1.31", strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            pass  # A custom resource.
        except kubernetes_validate.ValidationError as error:
            complaints.append(f"{kind} schema: {error.message}")
        for name, value in (document.get("data") or {}).items() if kind == "Secret" else ():
            try:
                base64.b64decode(value, validate=True)
            except ValueError as error:
                complaints.append(f"{kind} data {name}: {error}")
    return complaints


def ini(file):
    configparser.RawConfigParser(strict=False, allow_no_value=True).read_string(file.text)


def toml(file):
    tomllib.loads(file.text)


def pyproject(file):
    data = tomllib.loads(file.text)
    project = data.get("project", {})
    groups = [project.get("dependencies", []), *project.get("optional-dependencies", {}).values()]
    groups += data.get("dependency-groups", {}).values()
    for requirement in (one for group in groups for one in group if isinstance(one, str)):
        Requirement(requirement)
    if "poetry" in data.get("tool", {}):
        return [f"poetry: {error}" for error in Factory.validate(data)["errors"]]


def properties(file):
    javaproperties.loads(file.text)


def strict_json(file):
    json.loads(file.text)


def dotenv(file):
    return [
        f"line: {binding.original.string.strip()}"
        for binding in parse_stream(StringIO(file.text))
        if binding.error
    ]


def python(file):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ast.parse(file.full.read_bytes())


def read_netrc(file):
    netrc.netrc(file.full)


# `username System.getenv("X")` is Groovy; the grammar knows such a call only with parentheses.
COMMAND = re.compile(rb'(?m)^(\s*\w+) (System\.getenv\("\w+"\))$')


def grammar(language):
    """A check by the tree-sitter grammar of `language`, for want of its compiler."""
    module = importlib.import_module(f"tree_sitter_{language}")
    lock = Lock()
    parser = Parser(Language(module.language()))

    def check(file):
        text = file.full.read_bytes()
        if language == "groovy":
            text = COMMAND.sub(rb"\1(\2)", text)
        with lock:
            tree = parser.parse(text)
        return errors(tree.root_node)

    return check


def errors(node):
    if not node.has_error:
        return []
    if node.is_error or node.is_missing:
        return [f"does not parse: line {node.start_point.row + 1}"]
    return [error for child in node.children for error in errors(child)]
