"""Plans, frames and ids for the tests of sampling."""

from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from app.sampling.draws.design import design_frame
from app.sampling.draws.types import FrameDesign, SizedCall
from app.sampling.plans.types import PlanDesign, SamplingMode
from app.sampling.windows import WindowKind
from app.statistics.fixed_point import MILLION


def an_id(*parts: object) -> UUID:
    """The same id for the same parts, in no order."""
    return UUID(bytes=sha256(repr(parts).encode()).digest()[:16])


def a_seed(number: int) -> bytes:
    return sha256(f"seed {number}".encode()).digest()


def rate_plan(
    rate: str = "0.03", floor: int = 1, window: WindowKind = WindowKind.DAY, *, supplementary: bool = False
) -> PlanDesign:
    return PlanDesign(
        SamplingMode.RATE,
        window,
        "Europe/Moscow",
        rate=Decimal(rate),
        floor_per_agent=floor,
        supplementary=supplementary,
    )


def quota_plan(quota: int = 10) -> PlanDesign:
    return PlanDesign(SamplingMode.QUOTA, WindowKind.MONTH, "Europe/Moscow", quota_per_agent=quota)


def sized_calls(sizes: Sequence[Sequence[int]]) -> list[SizedCall]:
    """One agent for each row, one call for each size, given in whole units."""
    return [
        SizedCall(an_id("call", agent, number), an_id("agent", agent), size * MILLION)
        for agent, row in enumerate(sizes)
        for number, size in enumerate(row)
    ]


def a_frame(plan: PlanDesign, sizes: Sequence[Sequence[int]]) -> FrameDesign:
    return design_frame(plan, sized_calls(sizes))
