"""What a bulletin is: reading, themes, facts and the digest. No model, no web, no I/O at import."""

__version__ = "0.1.0"
