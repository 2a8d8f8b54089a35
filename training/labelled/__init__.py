"""Labelled months from outside: sheets and files in, checked against their bulletin, kept for training."""
