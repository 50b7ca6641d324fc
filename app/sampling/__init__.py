"""Sampling: plans, draws that anyone can check, and the selections verifiers score."""

from app.sampling.assignments import check_evaluation
from app.sampling.plans.commitments import keep_committed
from app.sampling.plans.service import create_plan, get_plan
from app.sampling.plans.types import Plan
from app.sampling.types import Draw

__all__ = ["Draw", "Plan", "check_evaluation", "create_plan", "get_plan", "keep_committed"]
