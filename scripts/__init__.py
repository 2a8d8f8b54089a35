"""Steps that run outside the package: the container build and its health check."""
