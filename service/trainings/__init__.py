"""Trainings that were asked for over HTTP: one at a time, each in a process of its own."""
