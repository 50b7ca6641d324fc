"""Errors of the HTTP layer itself."""

from app.platform.errors import Conflict, Invalid, TooManyRequests, Unavailable

STREAM_RETRY_S = 10
COMPUTATION_RETRY_S = 2


class NotReady(Unavailable):
    code = "not_ready"
    title = "This instance cannot serve yet"


class KeyReused(Invalid):
    code = "idempotency_key_reused"
    title = "The Idempotency-Key was used for another request"


class KeyInUse(Conflict):
    code = "idempotency_key_in_use"
    title = "Another request with this Idempotency-Key is being served: send it again after the pause"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "1"})


class SecretShownOnce(Conflict):
    code = "secret_shown_once"
    title = "The request was done, and the secret in its answer is not shown again"


class TooManyAtOnce(TooManyRequests):
    code = "too_many_at_once"
    title = "Too many requests of this credential are being served at once"


class TooManyComputations(TooManyRequests):
    code = "too_many_computations"
    title = "Too many results are being computed at once"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after_s=COMPUTATION_RETRY_S)


class TooManyStreams(TooManyRequests):
    code = "too_many_streams"
    title = "This credential has too many event streams open"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after_s=STREAM_RETRY_S)


class NoStreamFree(Unavailable):
    code = "no_stream_free"
    title = "This instance has as many event streams open as it may, in all or of one tenant"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": str(STREAM_RETRY_S)})
