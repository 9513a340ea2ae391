"""Logs as JSON lines on stdout, in the shape that Cloud Logging reads. Never a body, query, header or API key."""

import json
import logging
import re
import sys

_KEY = re.compile(r"(fdk?_[0-9a-f]{16})_[A-Za-z0-9_-]{43}")


def without_keys(text: str) -> str:
    """The text with the ids of API keys, but not their secrets."""
    return _KEY.sub(r"\1_...", text)


class KeysLeftOut(logging.Filter):
    """For handlers of others, such as gunicorn's, which names the address of a request that it failed with."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets everything pass, changed."""
        record.msg, record.args = without_keys(record.getMessage()), None
        return True


class JsonLines(logging.Formatter):
    """severity, message, logger, request_id, ms, and the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of ASCII; whatever anybody takes for a newline is escaped, so that nobody can forge an entry."""
        line = {"severity": record.levelname, "logger": record.name, "message": record.getMessage()}
        for name in ("request_id", "ms"):
            if (value := getattr(record, name, None)) is not None:
                line[name] = value
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return without_keys(json.dumps(line))


def log_to_stderr_instead() -> None:
    """For commands, whose output is for programs; of a process that has called log_to_stdout."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(sys.stderr)


def log_to_stdout() -> None:
    """Called once, by the process's entry."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for foreign in logging.getLogger("gunicorn.error").handlers:
        foreign.addFilter(KeysLeftOut())
