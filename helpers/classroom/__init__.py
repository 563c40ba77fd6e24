"""For instructors and authors; no lesson imports it."""
