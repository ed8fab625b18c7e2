"""The open catalog API: JSON for programs, described by OpenAPI."""
