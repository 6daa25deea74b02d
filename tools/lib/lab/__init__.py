"""What tools/lab and tools/quickstart are made of, and what other tools share. Python 3.11 and python3-yaml, as Debian 12 has them."""
