"""What numbers on a command line may be."""

import argparse


def positive(kind):
    """An int or float above zero, as argparse's type."""

    def read(text: str):
        try:
            number = kind(text)
        except ValueError:
            number = 0
        if not 0 < number < float("inf"):
            raise argparse.ArgumentTypeError(f"{text!r} is no {'whole ' if kind is int else ''}number above 0")
        return number

    return read
