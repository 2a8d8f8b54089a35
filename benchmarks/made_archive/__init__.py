"""A made archive: the synthetic corpus as any number of bulletin files, with the truth about each of them."""
