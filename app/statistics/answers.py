"""What was evaluated of a sample, by domain."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.statistics.response import response_probabilities
from app.statistics.sample import BoolArray, FloatArray, IntArray, Sample, counts, factorize, sums


@dataclass(frozen=True, eq=False)
class Answers:
    """The evaluated selections with their probabilities of being drawn and evaluated.

    `codes` are the domains that these belong to, ascending, `members` each one's place among them.
    `n` and `selected` are, by domain, the numbers of evaluated and of all selections.
    """

    values: FloatArray
    probabilities: FloatArray
    strata: IntArray
    members: IntArray
    codes: IntArray
    n: IntArray
    selected: IntArray

    @cached_property
    def weights(self) -> FloatArray:
        return 1 / self.probabilities

    @cached_property
    def populations(self) -> FloatArray:
        """By domain the number of calls that its evaluated selections stand for."""
        return sums(self.members, self.weights)

    @property
    def telling(self) -> BoolArray:
        """Domains that tell how much calls differ: heard more than once, or their only call was certain.

        One selection does not tell it, whatever its own residual says.
        """
        return (self.n > 1) | self.certain

    @property
    def certain(self) -> BoolArray:
        """Domains of which every call was evaluated."""
        return self.populations <= self.n


def answers_by_domain(sample: Sample, domains: IntArray) -> Answers:
    """`domains` has one code for each selection, as in the estimators; ValueError where it has not."""
    if domains.size != sample.values.size:
        raise ValueError("domains have one code for each selection")
    probabilities = response_probabilities(sample)
    evaluated = probabilities > 0
    codes, members = factorize(domains[evaluated])
    drawn_codes, drawn_members = factorize(domains)
    return Answers(
        values=sample.values[evaluated],
        probabilities=probabilities[evaluated],
        strata=sample.strata[evaluated],
        members=members,
        codes=codes,
        n=counts(members, codes.size),
        selected=counts(drawn_members)[np.searchsorted(drawn_codes, codes)],
    )


def only_where(known: BoolArray, figures: FloatArray) -> list[float | None]:
    """The figures of domains, None for those of which it is not known."""
    return [figure if is_known else None for is_known, figure in zip(known.tolist(), figures.tolist(), strict=True)]
