"""Forms of a page: what they offer, what is filled in already, and sending them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlencode, urljoin

from tests.dom import Element

if TYPE_CHECKING:
    from tests.web import Page

Value = str | bool | list[str]


class Form:
    """A form on a page, with the fields that belong to it by place or by `form=`."""

    def __init__(self, page: "Page", element: Element) -> None:
        self.page, self.element = page, element

    @property
    def action(self) -> str:
        """Where it is sent, absolute."""
        return urldefrag(urljoin(self.page.url, self.element["action"])).url

    @property
    def buttons(self) -> list[str]:
        """The labels of the buttons that send it."""
        return [_label(button) for button in self._buttons()]

    @property
    def values(self) -> dict[str, str]:
        """What is filled in already; of fields with the same name, the last."""
        return dict(self._successful({}))

    def submit(self, button: str = "", /, **fields: Value) -> "Page":
        """Fill in fields by name (True and False for a checkbox) and press the button, else the first one."""
        known = {control["name"] for control in self._controls()}
        unknown = fields.keys() - known
        assert not unknown, f"no fields {sorted(unknown)} in the form, only {sorted(known)}"
        data = self._successful(fields) + self._pressed(button)
        if self.element["method"].lower() == "post":
            return self.page.web.request("POST", self.action, data=data)
        return self.page.web.get(f"{self.action.partition('?')[0]}?{urlencode(data)}")

    def _controls(self) -> list[Element]:
        return [c for c in self.page.document.all("input", "select", "textarea", "button") if self._owns(c)]

    def _owns(self, control: Element) -> bool:
        return control["form"] == self.element["id"] if "form" in control else control.closest("form") is self.element

    def _buttons(self) -> list[Element]:
        return [control for control in self._controls() if _submits(control)]

    def _pressed(self, label: str) -> list[tuple[str, str]]:
        buttons = [button for button in self._buttons() if not label or _label(button) == label]
        assert buttons, f"no button {label!r} in the form, only {self.buttons}"
        assert "disabled" not in buttons[0], f"the button {label!r} is disabled"
        return [(buttons[0]["name"], buttons[0]["value"])] if buttons[0]["name"] else []

    def _successful(self, fields: Mapping[str, Value]) -> list[tuple[str, str]]:
        data: list[tuple[str, str]] = []
        for control in self._controls():
            name = control["name"]
            if name and "disabled" not in control and control.tag != "button" and not _submits(control):
                data += [(name, value) for value in _values(control, fields.get(name))]
        for name, value in fields.items():
            offered = not value or any(name == sent for sent, _ in data)
            assert offered, f"the form does not offer {value!r} for {name!r}"
        return data


def _values(control: Element, chosen: Value | None) -> list[str]:
    if control.tag == "select":
        return _options(control, chosen)
    if control["type"] in {"checkbox", "radio"}:
        return _ticks(control, chosen)
    if control.tag == "textarea":
        written = control.raw_text.removeprefix("\n") if chosen is None else str(chosen)
        return [written.replace("\r\n", "\n").replace("\n", "\r\n")]
    return [control["value"] if chosen is None else str(chosen)]


def _options(select: Element, chosen: Value | None) -> list[str]:
    options = select.all("option")
    if chosen is None:
        marked = [option for option in options if "selected" in option]
        return [_option_value(option) for option in (marked or options[: "multiple" not in select])]
    wanted = chosen if isinstance(chosen, list) else [str(chosen)]
    return [_option_value(option) for option in options if _option_value(option) in wanted or option.text in wanted]


def _option_value(option: Element) -> str:
    return option.get("value", option.text)


def _ticks(control: Element, chosen: Value | None) -> list[str]:
    value = control.get("value", "on")
    if chosen is None:
        return [value] if "checked" in control else []
    if isinstance(chosen, bool):
        return [value] if chosen else []
    return [value] if value in (chosen if isinstance(chosen, list) else [chosen]) else []


def _submits(control: Element) -> bool:
    if control.tag == "button":
        return control["type"] in {"", "submit"}
    return control.tag == "input" and control["type"] in {"submit", "image"}


def _label(button: Element) -> str:
    return button.text or button["aria-label"] or button["value"]
