"""The file: read, understood and written, one row after another. Pure."""
