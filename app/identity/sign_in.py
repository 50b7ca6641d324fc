"""Signing in with a password.

The number of attempts is limited for each account: after some attempts within a window there is a pause until the
window ends. A name without an account is limited in the same way.

* An attempt is counted, and committed, before its password is verified. A hundred attempts at once get no further than
  a hundred one after the other.
* A success resets the count of the account that was signed in to, and of no other. The owner of an account of the same
  name in another tenant cannot erase the traces of guessing.
* Attempts during the pause do not lengthen it, and tokens and API keys go on working. So a stranger can keep a user
  from signing in only for as long as the stranger goes on trying.
"""

import hashlib
from datetime import timedelta
from uuid import UUID

from app import events
from app.identity import repository, secrets
from app.identity.errors import SignInRefused
from app.identity.events import UserSignedIn
from app.identity.types import AccessToken
from app.identity.users import canonical_email
from app.platform.actor import Actor
from app.platform.database import Row, Session, TransactionFactory
from app.platform.database.session import act_as
from app.platform.errors import TooManyRequests
from app.platform.settings import Settings
from app.platform.threads import PASSWORDS


async def sign_in(
    begin: TransactionFactory, settings: Settings, *, email: str, password: str, tenant_slug: str | None
) -> AccessToken:
    """An access token for the user with that e-mail address and password.

    `begin` begins a transaction in the system scope, because the tenant is not known yet. None is open while the
    password is verified, which is slow by design.
    """
    address = canonical_email(email)
    async with begin() as session:
        accounts = await repository.accounts_by_email(session, address, tenant_slug)
        accounts = await _count_attempt(session, settings, address, accounts)
    matching = await PASSWORDS.run(_matching, accounts, password)
    if len(matching) != 1:
        # The same words in every case: that a password fits in two tenants is also a secret.
        raise SignInRefused(
            "the name or the password is wrong; where a name is used in several tenants, give the tenant's slug as "
            "client_id"
        )
    async with begin() as session:
        await repository.reset_attempts(session, _counter(matching[0].id))
        return await _issue_token(session, settings, matching[0])


async def _count_attempt(session: Session, settings: Settings, address: str, accounts: list[Row]) -> list[Row]:
    """Count the attempt against every account of the address; return the accounts that are not in a pause.

    TooManyRequests where all of them are.
    """
    most, window_s = settings.sign_in_attempts, settings.sign_in_window_s
    # A name without an account gets a counter too: otherwise the pauses would tell which names exist.
    counters = [_counter(account.id) for account in accounts] or [_counter(address)]
    counts = [await repository.count_attempt(session, counter, window_s) for counter in counters]
    pauses = [left_s for attempts, left_s in counts if attempts > most]
    if len(pauses) == len(counts):
        raise TooManyRequests(
            f"{most} attempts failed; the next is possible in {min(pauses):.0f} s", retry_after_s=int(min(pauses)) + 1
        )
    return [account for account, (attempts, _) in zip(accounts, counts, strict=False) if attempts <= most]


def _counter(account: UUID | str) -> str:
    return hashlib.sha256(str(account).encode()).hexdigest()


def _matching(accounts: list[Row], password: str) -> list[Row]:
    if not accounts:
        secrets.password_matches(password, None)
    return [account for account in accounts if secrets.password_matches(password, account.password_hash)]


async def _issue_token(session: Session, settings: Settings, user: Row) -> AccessToken:
    lifetime = timedelta(minutes=settings.access_token_minutes)
    token = secrets.make_token(user.tenant_id, user.id, key=settings.signing_key, lifetime=lifetime)
    act_as(session, Actor("user", user.id))
    await events.record(session, UserSignedIn(subject_id=user.id), tenant_id=user.tenant_id)
    return AccessToken(token, int(lifetime.total_seconds()), user.tenant_id, user.id)
