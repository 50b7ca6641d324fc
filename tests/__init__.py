"""Tests, beside the names of the domains they are about."""
