"""How the code is laid out: who imports what, how long things are, and that every route has somebody at its door."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

import main
from runtime.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = [
    ROOT / "main.py",
    *(path for room in ("runtime", "marketplace", "provisioning") for path in (ROOT / room).rglob("*.py")),
]
SANDBOX = list((ROOT / "sandbox").rglob("*.py"))
TESTS = list((ROOT / "tests").rglob("*.py"))
ADAPTERS = {
    "provisioning.directory.google",
    "provisioning.directory.google_licensing",
    "provisioning.directory.google_listing",
    "marketplace.license_api",
    "runtime.cloud_tasks",
}
PUBLIC = {
    "static",
    "healthz",
    "pages.support",
    "pages.privacy",
    "pages.terms",
    "pages.data_deletion",
    "sign_in.front",
    "sign_in.login",
    "sign_in.launch",
    "sign_in.again",
    "sign_in.come_back",
    "sign_in.signed_out",
    "sign_in.logout",
    "sign_in.switch",
    "join.show",
    "join.open",
    "join.account",
    "join.submit",
    "join.leave",
}
"""Endpoints for everybody. Those that change something need the session's token all the same."""
BY_KEY = {"rest", "compatible"}
"""Blueprints whose callers show an API key; tests/provisioning/api sees to them."""
GUARDS = {"member", "fresh_member", "administrator", "operator", "visitor", "require_visitor", "internal"}
WRITES_ON_GET = {"sign_in.login", "sign_in.launch", "sign_in.again", "sign_in.come_back", "sign_in.front"}
"""OpenID Connect makes them: a begun sign-in, and the session it ends in. `front` passes on to `login`."""


def name_of(path: Path) -> str:
    """The module's dotted name."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


RECORDS = {name_of(path) for path in PRODUCT if path.stem.endswith("records")}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def trees(paths: list[Path]) -> Iterator[tuple[Path, ast.Module]]:
    return ((path, tree_of(path)) for path in paths)


def attributes(tree: ast.AST, names: set[str]) -> set[str]:
    """Expressions like `time.sleep`, of those whose last word is one of these."""
    return {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in names}


@cache
def imported(tree: ast.AST) -> set[str]:
    """Modules, and `module.name` for what is imported from them."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_there_is_something_to_look_at() -> None:
    assert len(PRODUCT) > 60
    assert len(SANDBOX) > 60
    assert len(TESTS) > 30
    assert len(RECORDS) >= 8


# Imports


def test_contracts_about_imports_are_kept() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout
    assert "0 broken" in answer.stdout


def test_only_main_imports_adapters() -> None:
    importers = {name_of(path) for path, tree in trees(PRODUCT) if imported(tree) & ADAPTERS}
    assert importers == {"main"}


def test_only_services_import_records() -> None:
    for path, tree in trees(PRODUCT):
        if imported(tree) & RECORDS:
            assert not path.stem.endswith("web"), path
            assert path.stem not in {"main", "rest", "gate", "frame", "cli"}, path
            assert not imported(tree) & {"flask", "googleapiclient.discovery"}, path


def test_product_and_sandbox_meet_in_main_only() -> None:
    rooms = ("runtime", "marketplace", "provisioning")
    for path, tree in trees(PRODUCT):
        assert not [name for name in imported(tree) if name.split(".")[0] in {"sandbox", "tests", "bench"}], path
    for path, tree in trees(SANDBOX):
        assert not [name for name in imported(tree) if name.split(".")[0] in {*rooms, "tests", "bench"}], path


def test_services_know_no_request() -> None:
    """Every need of theirs is an argument."""
    web = {"cli", "frame", "gate", "rest", "main", "guards", "internal", "room"}
    for path, tree in trees(PRODUCT):
        if path.stem.endswith("web") or path.stem in web:
            continue
        assert "flask" not in imported(tree), path


# Words that have one place, or none


def _reads_environment(tree: ast.AST) -> bool:
    words = {"os.environ", "os.environb", "os.getenv", "os.putenv"}
    return bool((attributes(tree, {"environ", "environb", "getenv", "putenv"}) | imported(tree)) & words)


def test_environment_is_read_by_settings_only() -> None:
    assert [name_of(path) for path, tree in trees(PRODUCT) if _reads_environment(tree)] == []


def test_default_credentials_are_never_searched_for() -> None:
    """google.auth.default() looks at files and the network."""
    for path, tree in trees(PRODUCT):
        assert "google.auth.default" not in attributes(tree, {"default"}) | imported(tree), path


def test_errors_are_never_swallowed() -> None:
    for path, tree in trees([*PRODUCT, *SANDBOX]):
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, path
                assert ast.unparse(node.type) not in {"Exception", "BaseException"}, path
                assert not (len(node.body) == 1 and isinstance(node.body[0], ast.Pass)), path


def test_nothing_is_mocked() -> None:
    """Tests fake at the wire."""
    for path, tree in trees(TESTS):
        assert not [name for name in imported(tree) if name.startswith(("unittest.mock", "mock", "pytest_mock"))], path
        assert not attributes(tree, {"setattr", "MagicMock"}), path


def test_tests_do_not_sleep() -> None:
    for path, tree in trees(TESTS):
        assert "time.sleep" not in attributes(tree, {"sleep"}), path


def test_product_has_no_branch_for_tests() -> None:
    words = ("testing", "TESTING", "PYTEST", "is_test", "under_test")
    for path, tree in trees(PRODUCT):
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not names & set(words), path


# Sizes


@pytest.mark.parametrize("path", [*PRODUCT, *SANDBOX], ids=name_of)
def test_module_can_be_read_at_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
    assert [node.name for node in functions(tree_of(path)) if length(node) > 50] == []
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def test_most_functions_are_short() -> None:
    lengths = sorted(length(node) for _, tree in trees([*PRODUCT, *SANDBOX]) for node in functions(tree))
    assert lengths[len(lengths) // 2] <= 8
    assert lengths[len(lengths) * 9 // 10] < 25


# Routes


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    app = main.create_app(
        Settings(
            base_url="https://frontdesk.example.com",
            oidc_client_id="web",
            oidc_client_secret="secret",
            google_cloud_project="nowhere",
            application_id="1",
            service_account_email="frontdesk@example.com",
            service_account_client_id="1",
            support_email="support@example.com",
            tasks_location="europe-west1",
            data_keys="A" * 43 + "=",
            google_origins={},
        )
    )
    yield app
    main.close(app)


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] not in BY_KEY]


def is_internal(app: Flask, rule: Rule) -> bool:
    """Whether only the task queue or the scheduler may call; both change things, the scheduler by GET."""
    return getattr(app.view_functions[rule.endpoint], "guard", "") == "internal"


def test_every_route_has_somebody_at_its_door(app: Flask) -> None:
    for rule in rules(app):
        guard = getattr(app.view_functions[rule.endpoint], "guard", None)
        assert (guard in GUARDS) is (rule.endpoint not in PUBLIC), rule
    endpoints = {rule.endpoint for rule in rules(app)}
    assert endpoints >= PUBLIC


def test_rooms_are_guarded_as_their_addresses_say(app: Flask) -> None:
    for rule in rules(app):
        guard = getattr(app.view_functions[rule.endpoint], "guard", "")
        if rule.rule.startswith("/operators/") or rule.endpoint.startswith("operators."):
            assert guard == "operator", rule
        if rule.rule.startswith("/manage/"):
            assert guard == "administrator", rule
        assert is_internal(app, rule) is rule.rule.startswith(("/tasks/", "/cron/")), rule


def test_every_route_takes_reads_or_changes_never_both(app: Flask) -> None:
    for rule in rules(app):
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        assert methods in ({"GET"}, {"POST"}), rule


CHANGES = {
    "put", "put_async", "put_multi", "delete", "delete_multi", "enable", "turn_off", "act_as", "pin", "disable",
    "add_independent", "lift_disable", "disable_by_operator", "issue_setup_link", "redeem", "issue", "revoke", "change",
    "save_choice", "keep_setup_results", "check_all", "start", "end", "begin", "take", "open", "insert", "select",
    "follow_domain", "recheck", "record_sign_in", "add_notice", "bring_back", "accept", "discard", "step", "tend",
    "ask", "take_back",
}  # fmt: skip
"""Methods of services that change something."""


def test_reads_change_nothing(app: Flask) -> None:
    """By what the views call; tests of each page see to the rest."""
    for rule in rules(app):
        if "GET" not in (rule.methods or ()) or rule.endpoint in WRITES_ON_GET | {"static"} or is_internal(app, rule):
            continue
        view = app.view_functions[rule.endpoint]
        called = _methods_called(getattr(view, "__wrapped__", view))
        assert not called & CHANGES, (rule, called & CHANGES)


def _methods_called(view: object) -> set[str]:
    code = getattr(getattr(view, "__func__", view), "__code__", None)
    return set(code.co_names) if code else set()
