"""Tenants, people, keys, and what each of them may do."""

from app.identity.authentication import authenticate
from app.identity.policies import GRANTS, PERMISSIONS, SCOPES
from app.identity.secrets import Claim, read_credential
from app.identity.sign_in import AccessToken, sign_in
from app.identity.types import Principal, PrincipalKind, Role

__all__ = [
    "GRANTS",
    "PERMISSIONS",
    "SCOPES",
    "AccessToken",
    "Claim",
    "Principal",
    "PrincipalKind",
    "Role",
    "authenticate",
    "read_credential",
    "sign_in",
]
