"""Tenants, people, keys, and what each of them may do."""

from app.identity.authentication import authenticate
from app.identity.policies import GRANTS, PERMISSIONS, SCOPES
from app.identity.secrets import Claim, read_credential
from app.identity.sign_in import AccessToken, sign_in
from app.identity.tenants import NewTenant, create_tenant, tenant_slugs
from app.identity.types import MIN_PASSWORD_LENGTH, Principal, PrincipalKind, Role

__all__ = [
    "GRANTS",
    "MIN_PASSWORD_LENGTH",
    "PERMISSIONS",
    "SCOPES",
    "AccessToken",
    "Claim",
    "NewTenant",
    "Principal",
    "PrincipalKind",
    "Role",
    "authenticate",
    "create_tenant",
    "read_credential",
    "sign_in",
    "tenant_slugs",
]
