"""Wire models of precedents."""

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.common import UtcOut
from app.calibration import CheckSource, Verdict


class PrecedentOut(BaseModel):
    """What was decided about the item of another call. It names nobody."""

    model_config = ConfigDict(from_attributes=True)

    decided_at: UtcOut
    source: CheckSource = Field(description="`double_score`: a third person decided. `calibration`: a session agreed.")
    value: str | int | None = Field(description="The answer that was decided.")
    verdict: Verdict = Field(description="Whose error it was, or `no_error`.")
    comment: str | None = Field(description="Without names, ids, addresses and long numbers.")
    scorecard_version: int
