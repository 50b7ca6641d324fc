"""Calls, their recordings, uploads and imports."""
