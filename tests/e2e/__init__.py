"""Tests that use the service from outside, as its users do: by command, over HTTP, and by pulling the plug."""
