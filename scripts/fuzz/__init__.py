"""Tens of thousands of requests to a `yuebao serve` of its own: no 5xx, and no answer that its description lacks."""
