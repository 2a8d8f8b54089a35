"""Who may ask the server for what, how often, and from which pages."""
