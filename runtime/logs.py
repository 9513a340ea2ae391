"""Logs as JSON lines on stdout, in the shape that Cloud Logging reads. Never a body, a query or a header."""

import json
import logging
import sys


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
        return json.dumps(line)


def log_to_stdout() -> None:
    """Called once, by the process's entry."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
