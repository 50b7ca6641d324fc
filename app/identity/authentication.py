"""From a credential to a principal, inside the tenant that the credential names."""

from app.identity import repository, secrets
from app.identity.policies import permissions_of, permissions_of_key
from app.identity.types import Principal, PrincipalKind, Role
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import Unauthenticated


async def authenticate(session: Session, claim: secrets.Claim) -> Principal:
    """The principal of a claim, if its user or key is still good at this moment."""
    if claim.kind is PrincipalKind.USER:
        return await _user(session, claim)
    return await _key(session, claim)


async def _user(session: Session, claim: secrets.Claim) -> Principal:
    user = await repository.active_user(session, claim.id)
    if user is None:
        raise Unauthenticated("the user of this token is no longer active")
    role = Role(user.role)
    return Principal(
        kind=PrincipalKind.USER,
        tenant_id=claim.tenant_id,
        id=claim.id,
        name=user.full_name,
        role=role,
        permissions=permissions_of(role),
        user_id=claim.id,
    )


async def _key(session: Session, claim: secrets.Claim) -> Principal:
    key = await repository.api_key(session, claim.id)
    if key is None or not secrets.same_hash(bytes(key.key_hash), claim.secret_hash or b""):
        raise Unauthenticated("there is no such API key")
    if key.revoked_at is not None:
        raise Unauthenticated("the API key has been revoked")
    if key.expires_at is not None and key.expires_at <= clock.now():
        raise Unauthenticated("the API key has expired")
    if not key.active:
        raise Unauthenticated("the user whom the API key acts for is no longer active")
    role = Role(key.role)
    return Principal(
        kind=PrincipalKind.API_KEY,
        tenant_id=claim.tenant_id,
        id=claim.id,
        name=key.name,
        role=role,
        permissions=permissions_of_key(key.scopes, role),
        user_id=key.user_id,
    )
