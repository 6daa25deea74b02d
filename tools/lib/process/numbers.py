"""Number types for argparse."""

import argparse


def positive(kind):
    """An argparse type: an int or float above 0."""

    def read(text: str):
        try:
            number = kind(text)
        except ValueError:
            number = 0
        if not 0 < number < float("inf"):
            raise argparse.ArgumentTypeError(f"{text!r} is not a {'whole ' if kind is int else ''}number above 0")
        return number

    return read
