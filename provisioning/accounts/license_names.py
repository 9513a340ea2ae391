"""Google's products that can be given to people, as product/sku, for people to choose from.

From "Google Product and SKU IDs" of the Enterprise License Manager API; not all of them, and others can be typed.
"""

import re

KNOWN_LICENSES = (
    ("101031/1010310005", "Education Standard"),
    ("101031/1010310006", "Education Standard (Staff)"),
    ("101031/1010310008", "Education Plus"),
    ("101031/1010310009", "Education Plus (Staff)"),
    ("101037/1010370001", "Education: Teaching and Learning"),
    ("Google-Apps/1010020027", "Business Starter"),
    ("Google-Apps/1010020028", "Business Standard"),
    ("Google-Apps/1010020025", "Business Plus"),
    ("Google-Apps/1010020029", "Enterprise Starter"),
    ("Google-Apps/1010020026", "Enterprise Standard"),
    ("Google-Apps/1010020020", "Enterprise Plus"),
    ("Google-Apps/1010020030", "Frontline Starter"),
    ("Google-Apps/1010020031", "Frontline Standard"),
)
LONGEST_LICENSE = 100
_LICENSE = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")


def license_fault(text: str) -> str:
    """What is wrong with a license, as a sentence; empty when nothing is. Whether it is sold, Google knows."""
    if len(text) <= LONGEST_LICENSE and _LICENSE.fullmatch(text):
        return ""
    return "A license is written as product/sku, like Google-Apps/1010020027."
