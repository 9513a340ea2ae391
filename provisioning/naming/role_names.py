"""Usernames that are taken for the domain's own word: only an administrator who types the whole of one gives it. Pure.

Whoever reads mail to one of the first five can have certificates made out for the domain (CA/Browser Forum, Baseline
Requirements 3.2.2.4.4). RFC 2142 names the next twelve; the last four are ours.
"""

ROLE_NAMES = frozenset({
    "admin", "administrator", "webmaster", "hostmaster", "postmaster",
    "abuse", "noc", "security", "info", "marketing", "sales", "support", "usenet", "news", "www", "uucp", "ftp",
    "root", "mailer-daemon", "noreply", "no-reply",
})  # fmt: skip
