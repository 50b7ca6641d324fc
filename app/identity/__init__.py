"""Tenants, users, teams, projects, agents and API keys; and what each principal may do."""

from app.identity.agents import change_agent, create_agent, get_agent, list_agents, put_agent
from app.identity.api_keys import create_api_key, list_api_keys, revoke_api_key
from app.identity.authentication import authenticate, read_credential
from app.identity.directory import (
    change_project,
    change_team,
    create_project,
    create_team,
    get_project,
    get_team,
    list_projects,
    list_teams,
)
from app.identity.errors import (
    AgentExists,
    EmailTaken,
    LastAdmin,
    ProjectNameTaken,
    RoleInUse,
    SignInRefused,
    TeamNameTaken,
    TenantExists,
    UserLinked,
)
from app.identity.policies import GRANTS, PERMISSIONS, SCOPES, VisibilityScope, visibility_of
from app.identity.repository import remove_sign_in_failures
from app.identity.secrets import make_token
from app.identity.sign_in import sign_in
from app.identity.tenants import create_tenant, tenant_slugs
from app.identity.types import (
    MIN_PASSWORD_LENGTH,
    AccessToken,
    Agent,
    AgentFilter,
    ApiKey,
    Credential,
    NewTenant,
    Principal,
    PrincipalKind,
    Project,
    Role,
    Team,
    User,
)
from app.identity.users import change_user, create_user, get_user, list_users

__all__ = [
    "GRANTS",
    "MIN_PASSWORD_LENGTH",
    "PERMISSIONS",
    "SCOPES",
    "AccessToken",
    "Agent",
    "AgentExists",
    "AgentFilter",
    "ApiKey",
    "Credential",
    "EmailTaken",
    "LastAdmin",
    "NewTenant",
    "Principal",
    "PrincipalKind",
    "Project",
    "ProjectNameTaken",
    "Role",
    "RoleInUse",
    "SignInRefused",
    "Team",
    "TeamNameTaken",
    "TenantExists",
    "User",
    "UserLinked",
    "VisibilityScope",
    "authenticate",
    "change_agent",
    "change_project",
    "change_team",
    "change_user",
    "create_agent",
    "create_api_key",
    "create_project",
    "create_team",
    "create_tenant",
    "create_user",
    "get_agent",
    "get_project",
    "get_team",
    "get_user",
    "list_agents",
    "list_api_keys",
    "list_projects",
    "list_teams",
    "list_users",
    "make_token",
    "put_agent",
    "read_credential",
    "remove_sign_in_failures",
    "revoke_api_key",
    "sign_in",
    "tenant_slugs",
    "visibility_of",
]
