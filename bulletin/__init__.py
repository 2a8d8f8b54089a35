"""What a bulletin is: reading, themes, facts and the digest. No model, no web, no I/O at import."""
