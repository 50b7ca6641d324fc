"""Sampling: plans, draws that anyone can check, and the selections verifiers score."""

from app.sampling.assignments import check_evaluation
from app.sampling.commitments import keep_committed
from app.sampling.plans import create_plan, get_plan
from app.sampling.records import Draw, Plan

__all__ = ["Draw", "Plan", "check_evaluation", "create_plan", "get_plan", "keep_committed"]
