"""What is wrong with an uploaded file, or pasted text, as a whole. Pure."""

from runtime.problems import BadRequest


class FileProblem(BadRequest):
    """The file cannot be read as rows.

    code: one for each fault: too_large, too_many_lines, too_many_rows, too_many_columns, cell_too_long, row_too_long,
    too_much_text, unclosed_quote, stray_quote, not_text, other_kind, encoding, no_header, no_rows. line, column: from
    1, 0 for none.
    """

    title = "That file cannot be read"
    code = "file"
    default_advice = "Correct the file and upload it again. Nothing was changed."

    def __init__(self, code: str, what: str, *, advice: str = "", line: int = 0, column: int = 0) -> None:
        """advice: what to do about this fault."""
        super().__init__(what, advice=advice)
        self.code = code  # type: ignore[misc] # the tree has one for each class; a file has many faults of one kind
        self.line = line
        self.column = column
