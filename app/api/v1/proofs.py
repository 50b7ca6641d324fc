"""The route of proofs. It streams, and holds no transaction open meanwhile."""

from uuid import UUID

from fastapi.responses import StreamingResponse

from app.api.deps import TransactionFactoryDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.platform.errors import NotFound
from app.sampling import DrawNotMade, ProofDocument, open_proof

router = private_router("/draws", "sampling", streaming=True)


@router.get(
    "/{draw_id}/proof",
    operation_id="getDrawProof",
    response_model=ProofDocument,
    responses=problem_responses(NotFound, DrawNotMade),
    openapi_extra=requires_permission("sampling:read"),
)
async def get_draw_proof(draw_id: UUID, begin: TransactionFactoryDep) -> StreamingResponse:
    """All that is needed to do the draw again and see that it gives the same calls.

    `qmt verify-draw` checks it offline.

    Sizes, multipliers (in millionths), probabilities and expected counts (in trillionths) are strings of digits,
    because they may exceed what a floating-point number holds exactly.
    """
    headers = {"Content-Disposition": f'attachment; filename="draw-{draw_id}-proof.json"'}
    return StreamingResponse(await open_proof(begin, draw_id), media_type="application/json", headers=headers)
