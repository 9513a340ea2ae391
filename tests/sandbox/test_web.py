"""The small browser that the tests use: what it sends, and what it refuses to do."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask, redirect, request
from werkzeug.serving import make_server

from tests.dom import parse
from tests.serving import QuietHandler
from tests.web import Web, fetch_site

FORM = """<!doctype html><title>A form</title><p role="status">Saved</p>
<form id="one" method="post" action="/echo?kept=1">
  <input type="hidden" name="token" value="t&amp;1"><label>Name <input name="name" value="Ada"></label>
  <input type="checkbox" name="tick" value="yes" checked><input type="checkbox" name="other">
  <input type="radio" name="size" value="s"><input type="radio" name="size" value="m" checked>
  <select name="unit"><option value="/a">A<option value="/b" selected>B</select>
  <textarea name="text">
two
lines</textarea><input name="off" value="x" disabled>
  <button name="do" value="save">Save it</button><button name="do" value="drop">Drop it</button>
  <button disabled>Never</button>
</form><input name="far" value="away" form="one"><a href="../b?x=1#part">To <b>b</b></a>
<form action="/echo"><input name="q"><button>Find</button></form>"""


@pytest.fixture
def web(serve: str) -> Iterator[Web]:
    with Web(serve) as browser:
        yield browser


def test_a_form_sends_what_is_filled_in_and_the_pressed_button(web: Web) -> None:
    sent = web.get("/form").press("Drop it").answer.json()
    assert sent["form"] == [
        ["token", "t&1"],
        ["name", "Ada"],
        ["tick", "yes"],
        ["size", "m"],
        ["unit", "/b"],
        ["text", "two\r\nlines"],
        ["far", "away"],
        ["do", "drop"],
    ]
    assert sent["query"] == "kept=1"


def test_a_form_takes_values(web: Web) -> None:
    fields = {"name": "Ærø", "tick": False, "other": True, "size": "s", "unit": "A", "text": ""}
    sent = web.get("/form").form("one").submit("Save it", **fields).answer.json()
    values = dict(sent["form"])
    assert (values["name"], values["other"], values["size"], values["unit"], values["text"]) == (
        "Ærø",
        "on",
        "s",
        "/a",
        "",
    )
    assert "tick" not in values


@pytest.mark.parametrize("fields", [{"nmae": "x"}, {"size": "xl"}, {"unit": "/c"}, {"off": "y"}])
def test_a_form_refuses_what_a_person_could_not_do(web: Web, fields: dict[str, str]) -> None:
    with pytest.raises(AssertionError):
        web.get("/form").form("one").submit("Save it", **fields)


def test_a_disabled_button_cannot_be_pressed(web: Web) -> None:
    with pytest.raises(AssertionError, match="disabled"):
        web.get("/form").press("Never")


def test_a_get_form_replaces_the_query(web: Web) -> None:
    page = web.get("/form?old=1").press("Find", q="a b&c")
    assert page.url.endswith("/echo?q=a+b%26c")


def test_links_are_absolute_and_read_as_a_person_does(web: Web) -> None:
    link = web.get("/form").link("To b")
    assert link.url == f"{web.start}/b?x=1#part"
    assert web.get("/form").notices == ["Saved"]
    with pytest.raises(AssertionError, match="no link"):
        web.get("/form").link("Nowhere")


def test_redirects_are_followed_with_the_right_method(web: Web) -> None:
    page = web.post("/go/303", {"a": "b"})
    assert (page.answer.json()["method"], page.hops) == ("GET", [f"{web.start}/go/303", f"{web.start}/echo"])
    kept = web.post("/go/307", {"a": "b"}).answer.json()
    assert (kept["method"], kept["form"]) == ("POST", [["a", "b"]])
    with pytest.raises(AssertionError, match="redirected 20 times"):
        web.get("/loop")


def test_headers_that_servers_check_are_sent(web: Web) -> None:
    first = web.get("/echo").answer.json()["headers"]
    assert (first["Sec-Fetch-Site"], first.get("Referer"), first.get("Origin")) == ("none", None, None)
    second = web.get("/form").press("Save it").answer.json()["headers"]
    assert (second["Sec-Fetch-Site"], second["Origin"]) == ("same-origin", web.start)
    assert second["Referer"] == f"{web.start}/form"


@pytest.mark.parametrize(
    ("there", "site"),
    [("http://a:1/x", "same-origin"), ("http://a:2/", "same-site"), ("http://b:1/", "cross-site")],
)
def test_fetch_site_compares_hosts_as_browsers_do(there: str, site: str) -> None:
    assert fetch_site("http://a:1/", there) == site


def test_text_separates_blocks_and_not_words() -> None:
    html = "<head><title>no</title></head><p>a<b>b</b>@<wbr>c</p><p>d</p><script>no</script><p hidden>no</p><i>e</i>"
    assert parse(html).text == "ab@c d e"


@pytest.fixture
def serve() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, _echo(), threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _echo() -> Flask:
    app = Flask("echo")
    app.add_url_rule("/form", view_func=lambda: FORM)
    app.add_url_rule("/loop", view_func=lambda: redirect("/loop"), endpoint="loop")
    app.add_url_rule("/go/<int:code>", view_func=lambda code: redirect("/echo", code), methods=["POST"], endpoint="go")

    @app.route("/echo", methods=["GET", "POST"])
    def echo() -> dict[str, object]:
        form = [[name, value] for name, value in request.form.items(multi=True)]
        query = request.query_string.decode()
        return {"method": request.method, "form": form, "query": query, "headers": dict(request.headers)}

    return app
