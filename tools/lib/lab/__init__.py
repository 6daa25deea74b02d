"""The library of tools/lab and tools/quickstart. It needs Python 3.11 and python3-yaml, as Debian 12 has them."""
