"""Libraries of the tools (Python)."""
