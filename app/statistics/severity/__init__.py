"""The severity of verifiers: how many points lower one scores than the average verifier of the group.

Scores are an additive mixed model, agent + call mix + call − severity + chance. The sign is that of strictness: a
positive severity means stricter, and a score plus the severity of its verifier is the score by the average verifier.

* The variance components are restricted maximum likelihood estimates with agents, verifiers and calls as random effects
  (`likelihood`). Only sums of products are kept of the evaluations (`products`), and agents are eliminated first, so
  that the equations have one row for each verifier.
* Severities are compared within the scores of the same agent, and within a call that was scored twice: agents are fixed
  effects there. If good agents are scored by some verifiers more than by others, random ones would pass for leniency.
  With ten evaluations of an agent this costs a few percent of the width.
* Severities are shrunken, and averaged over the variance between verifiers, which few verifiers hardly show
  (`posterior`). The average of a group is that of its verifiers with enough evaluations; those who share no agents,
  directly or through others, are in different groups, and nothing says how the averages of two groups differ
  (`groups`).
* Agents' means are shrunken predictions, by the average verifier on the average call.

What holds (docs/validation.md): 95 % intervals cover the true severity in 94 to 96 % of simulations for 4 to 40
verifiers, whether severities are normal, heavy-tailed or of two kinds, pairs uneven, good agents scored by some
verifiers more than by others, or a quarter of the scores 100; the severity is then that of the mean score. With two or
three verifiers and about 15 double scorings, whose correlation is taken as known, they cover about 93 %, and as much if
two thirds of the scores are 100. If verifiers do not differ at all, intervals are too long.
"""

from app.statistics.severity.estimates import MIN_EVALUATIONS, Severities, estimate_severities
from app.statistics.severity.types import NoSeverityReason, ScoredEvaluations, VarianceComponents, VerifierSeverity

__all__ = [
    "MIN_EVALUATIONS",
    "NoSeverityReason",
    "ScoredEvaluations",
    "Severities",
    "VarianceComponents",
    "VerifierSeverity",
    "estimate_severities",
]
