"""Tests of control charts, run rules, EWMA, change points and funnels."""
