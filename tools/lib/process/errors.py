"""The exception that a tool reports to its user."""


class ToolError(Exception):
    """Its text says what failed and what to do."""
