"""What the service keeps: digests, what people corrected in them, trainings and jobs, in one SQL database."""
