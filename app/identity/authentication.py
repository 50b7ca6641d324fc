"""From a credential to a principal, inside the tenant that the credential names."""

from uuid import UUID

from app.identity import repository, secrets
from app.identity.policies import permissions_of, permissions_of_key
from app.identity.types import Credential, Principal, PrincipalKind, Role
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import Unauthenticated


def read_credential(text: str, *, key: str) -> Credential:
    """The credential behind `Bearer`: a signed access token, or a well-formed API key or guest token."""
    if text.startswith(secrets.GUEST_PREFIX):
        tenant_id, guest_id, secret_hash = secrets.read_guest_token(text)
        return Credential(PrincipalKind.GUEST, tenant_id, guest_id, secret_hash)
    if text.startswith(secrets.KEY_PREFIX):
        tenant_id, key_id, secret_hash = secrets.read_key(text)
        return Credential(PrincipalKind.API_KEY, tenant_id, key_id, secret_hash)
    tenant_id, user_id = secrets.read_token(text, key=key)
    return Credential(PrincipalKind.USER, tenant_id, user_id)


async def authenticate(session: Session, credential: Credential) -> Principal:
    """The principal of a credential, if its user and its key are valid at this moment."""
    if credential.kind is PrincipalKind.USER:
        return await principal_of_user(session, credential.tenant_id, credential.id)
    if credential.kind is PrincipalKind.GUEST:
        return await _guest(session, credential)
    return await _api_key(session, credential)


async def principal_of_user(session: Session, tenant_id: UUID, user_id: UUID) -> Principal:
    """What a user may do and see. Raises Unauthenticated if there is no such user, or no active one."""
    user = await repository.active_user(session, user_id)
    if user is None:
        raise Unauthenticated("the user of this token is no longer active")
    role = Role(user.role)
    return Principal(
        kind=PrincipalKind.USER,
        tenant_id=tenant_id,
        id=user_id,
        name=user.full_name,
        role=role,
        permissions=permissions_of(role),
        user_id=user_id,
    )


async def _api_key(session: Session, credential: Credential) -> Principal:
    key = await repository.api_key_with_user(session, credential.id)
    if key is None or not secrets.same_hash(bytes(key.key_hash), credential.secret_hash or b""):
        raise Unauthenticated("there is no such API key")
    if key.revoked_at is not None:
        raise Unauthenticated("the API key has been revoked")
    if key.expires_at is not None and key.expires_at <= clock.now():
        raise Unauthenticated("the API key has expired")
    if not key.active:
        raise Unauthenticated("the user that the API key acts for is no longer active")
    role = Role(key.role)
    return Principal(
        kind=PrincipalKind.API_KEY,
        tenant_id=credential.tenant_id,
        id=credential.id,
        name=key.name,
        role=role,
        permissions=permissions_of_key(key.scopes, role),
        user_id=key.user_id,
    )


async def _guest(session: Session, credential: Credential) -> Principal:
    guest = await repository.guest_with_hash(session, credential.id)
    if guest is None or not secrets.same_hash(bytes(guest.token_hash), credential.secret_hash or b""):
        # A link that was renewed is not told from one that never existed.
        raise Unauthenticated("there is no such link: ask for a new one")
    if guest.revoked_at is not None:
        raise Unauthenticated("the link has been revoked: ask for a new one")
    if guest.expires_at <= clock.now():
        raise Unauthenticated("the link has expired: ask for a new one")
    return Principal(
        kind=PrincipalKind.GUEST,
        tenant_id=credential.tenant_id,
        id=credential.id,
        name=guest.name,
        role=Role.CLIENT,
        permissions=permissions_of(Role.CLIENT),
        user_id=credential.id,
        invited_to=guest.invited_to,
    )
