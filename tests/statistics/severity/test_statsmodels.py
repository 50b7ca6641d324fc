"""Variances and predictions equal those of statsmodels' MixedLM, with agents and verifiers crossed."""

import warnings

import numpy as np
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

from app.statistics import FloatArray, IntArray
from app.statistics.severity.likelihood import fit
from app.statistics.severity.products import evaluation_products
from validation.scorings import Setting, simulate

AGENTS, VERIFIERS = 12, 5


def indicators(codes: IntArray) -> FloatArray:
    return np.asarray(np.eye(int(codes.max()) + 1)[codes])


def test_variances_and_predictions_equal_those_of_statsmodels() -> None:
    setting = Setting(verifiers=VERIFIERS, agents=AGENTS, calls=150, doubled=0)
    evaluations = simulate(np.random.default_rng(13), setting).evaluations
    components = VCSpec(
        ["agent", "verifier"],
        [[[f"a{code}" for code in range(AGENTS)]], [[f"v{code}" for code in range(VERIFIERS)]]],
        [[indicators(evaluations.agents)], [indicators(evaluations.verifiers)]],
    )
    fixed = np.column_stack((np.ones(evaluations.scores.size), evaluations.call_mix[0]))
    with warnings.catch_warnings():
        # It warns of parameters near the edge while it searches.
        warnings.simplefilter("ignore")
        model = MixedLM(evaluations.scores, fixed, np.zeros(evaluations.scores.size), exog_vc=components)
        theirs = model.fit(reml=True)
    ours = fit(evaluation_products(evaluations))
    found = ours.within_agents * np.array([ours.agent_ratio**2, ours.verifier_ratio**2, 1])
    assert found.tolist() == pytest.approx([*theirs.vcomp, theirs.scale], rel=5e-3)
    reduced, ratio = ours.reduced, ours.verifier_ratio**2
    severities = reduced.vectors @ (reduced.rotated * ratio / (1 + ratio * reduced.information))
    assert severities.tolist() == pytest.approx((-theirs.random_effects[0].to_numpy()[-VERIFIERS:]).tolist(), abs=0.01)
