"""Funnel of agents: whose figures are further from the common one than their number of calls explains."""
