"""Jobs: many files that are uploaded in one go and answered one after another, beside the requests."""
