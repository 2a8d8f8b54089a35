"""How people reach yuebao: the command line and HTTP."""
