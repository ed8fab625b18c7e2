"""Recordings that sound the same: whose they are, and what is never sold."""
