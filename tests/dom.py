"""Just enough of a document tree to read our own pages: elements with attributes, text, and a search."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "code", "em", "i", "kbd", "mark", "small", "span", "strong", "time", "wbr"}
)
SIBLINGS = {"option": {"option"}, "li": {"li"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}, "tr": {"tr"}}
"""Elements whose end may be left out before the next of these."""
UNSEEN = frozenset({"script", "style", "template", "head", "noscript"})


@dataclass(eq=False)
class Element:
    """One element; `attributes` have "" for those without a value."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    parent: "Element | None" = None
    children: list["Element | str"] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        """The attribute, "" when it is missing."""
        return self.attributes.get(name, "")

    def get(self, name: str, default: str) -> str:
        """The attribute, or the default when it is missing."""
        return self.attributes.get(name, default)

    def __contains__(self, name: str) -> bool:
        """Whether the attribute is there."""
        return name in self.attributes

    @cached_property
    def below(self) -> list["Element"]:
        """Every element below this one, in document order, once the document is read."""
        found: list[Element] = []
        for child in self.children:
            if isinstance(child, Element):
                found.append(child)
                found += child.below
        return found

    def all(self, *tags: str, where: Callable[["Element"], bool] = lambda _: True) -> list["Element"]:
        """The elements below with one of these tags."""
        return [element for element in self.below if element.tag in tags and where(element)]

    def closest(self, tag: str) -> "Element | None":
        """The nearest element around this one with the tag."""
        around = self.parent
        while around is not None and around.tag != tag:
            around = around.parent
        return around

    @property
    def text(self) -> str:
        """What a person reads here, white space collapsed; nothing of scripts, styles and the head."""
        return " ".join("".join(self._pieces()).split())

    @property
    def raw_text(self) -> str:
        """All text below as it was written, as in a textarea."""
        return "".join(child if isinstance(child, str) else child.raw_text for child in self.children)

    def _pieces(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in UNSEEN and "hidden" not in child:
                # Inline elements do not separate words; every other one does.
                edge = "" if child.tag in INLINE else " "
                yield edge
                yield from child._pieces()
                yield edge


def parse(html: str) -> Element:
    """The document of a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.current = Element("#document")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.current.tag in SIBLINGS.get(tag, ()):
            self.handle_endtag(self.current.tag)
        element = Element(tag, {name: value or "" for name, value in attrs}, self.current)
        self.current.children.append(element)
        if tag not in VOID:
            self.current = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<path/>` inside drawings."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        open_element: Element | None = self.current
        while open_element is not None and open_element.tag != tag:
            open_element = open_element.parent
        if open_element is not None and open_element.parent is not None:
            self.current = open_element.parent

    def handle_data(self, data: str) -> None:
        self.current.children.append(data)
