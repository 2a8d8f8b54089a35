"""The archive: years of bulletins in one queryable dataset, and what can be asked of it."""
