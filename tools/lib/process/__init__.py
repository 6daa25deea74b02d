"""Processes, their ends, and the small parts that every tool shares."""
