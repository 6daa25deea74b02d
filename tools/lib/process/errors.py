"""The one exception of the lab: its text is for the person at the terminal."""


class ToolError(Exception):
    """Says what failed, and what to do about it."""
