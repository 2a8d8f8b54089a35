"""What the service keeps: digests, what people corrected in them, and trainings, in one SQL database."""
