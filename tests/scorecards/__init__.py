"""Tests of scorecards: definition, publishing rules, scoring."""
