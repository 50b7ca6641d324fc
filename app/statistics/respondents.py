"""The respondents of a sample, that is its evaluated selections, by domain."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.statistics.nonresponse import responses_of
from app.statistics.sample import BoolArray, FloatArray, IntArray, Sample, counts, factorize, sums
from app.statistics.variance import VarianceCells, variance_cells


@dataclass(frozen=True, eq=False)
class RespondentData:
    """The respondents of a sample as parallel arrays, and the counts of each domain.

    values: those of the sample.
    probabilities: the probability of being drawn and evaluated.
    weights: the number of calls that each respondent stands for.
    domains: the index of each respondent's domain in `codes`.
    codes: the codes of the domains with a respondent, ascending.
    n, selected: for each domain the number of respondents, and of all selections.
    variance_cells: what the variances of all variables of these respondents share.
    """

    values: FloatArray
    probabilities: FloatArray
    weights: FloatArray
    domains: IntArray
    codes: IntArray
    n: IntArray
    selected: IntArray
    variance_cells: VarianceCells

    @cached_property
    def population_sizes(self) -> FloatArray:
        """The estimated number of calls in each domain, Σw."""
        return sums(self.domains, self.weights)

    @property
    def has_variance(self) -> BoolArray:
        """Domains whose variance can be estimated: two or more respondents, or a census.

        The residual of a single respondent says nothing about the variance.
        """
        return (self.n > 1) | self.is_census

    @property
    def is_census(self) -> BoolArray:
        """Domains in which every call was evaluated."""
        return np.asarray(counts(self.domains[self.probabilities < 1], self.codes.size) == 0)


def respondents_by_domain(sample: Sample, domains: IntArray) -> RespondentData:
    """The respondents of the sample. `domains` has one code for each selection; raises ValueError if it has not."""
    if domains.size != sample.values.size:
        raise ValueError("domains must have one code for each selection")
    responses = responses_of(sample)
    probabilities = responses.probabilities
    responded = probabilities > 0
    codes, index = factorize(domains[responded])
    selected_codes, selected_index = factorize(domains)
    return RespondentData(
        values=sample.values[responded],
        probabilities=probabilities[responded],
        weights=responses.weights[responded],
        domains=index,
        codes=codes,
        n=counts(index, codes.size),
        selected=counts(selected_index)[np.searchsorted(selected_codes, codes)],
        variance_cells=variance_cells(probabilities[responded], sample.strata[responded], index, codes.size),
    )


def none_unless(known: BoolArray, values: FloatArray) -> list[float | None]:
    """The values as a list, with None where `known` is false."""
    return [value if is_known else None for is_known, value in zip(known.tolist(), values.tolist(), strict=True)]
