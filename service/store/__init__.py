"""What the service keeps: digests and what people corrected in them, in one SQL database."""
