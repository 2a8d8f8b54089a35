"""Exits 0 when the yuebao server at the address given is ready, 1 with the reason when it is not."""

import sys
import urllib.error
import urllib.request

TIMEOUT_S = 3.0


def reason(base_url: str) -> str | None:
    """Why the server at `base_url` is not ready; None when it is."""
    try:
        with urllib.request.urlopen(f"{base_url}/readyz", timeout=TIMEOUT_S):
            return None
    except urllib.error.HTTPError as error:
        body: bytes = error.read()
        return body.decode(errors="replace")
    except OSError as error:
        return f"{base_url}: {error}"


def main(arguments: list[str]) -> int:
    """Check the server named by the first argument, http://127.0.0.1:8000 when none is given."""
    found = reason(arguments[0] if arguments else "http://127.0.0.1:8000")
    if found is not None:
        sys.stderr.write(found + "\n")
    return 0 if found is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
