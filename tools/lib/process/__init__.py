"""Starts and ends processes, and holds small parts that all tools share."""
