"""Calibration sessions of the call of a world: in every state that an operation of the contract needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.calibration.sessions.factories import CLIENT, Held, create, invite, soon
from tests.people import Centre

REVEALED = ("open", "score", "reveal")
# An operation that ends a session, opens it, or closes a guest's way into it has a session of its own, which has gone
# through these actions. The others share one that is being arranged, or one that is revealed.
OWN: Mapping[str, Sequence[str]] = {
    "withdrawCalibrationParticipant": (),
    "openCalibrationSession": (),
    "cancelCalibrationSession": (),
    "revokeGuestLink": (),
    "putOwnScore": ("open",),
    "revealCalibrationSession": ("open", "score"),
    "reopenCalibrationSession": REVEALED,
    "closeCalibrationSession": REVEALED,
}
WHILE_ARRANGING = {
    "changeCalibrationSession",
    "addCalibrationParticipant",
    "proposeTimes",
    "voteForTime",
    "scheduleCalibrationSession",
    "inviteToCalibration",
    "renewGuestLink",
}
# What a participant does for oneself; the administrator is none.
OF_ONESELF = {"voteForTime", "getOwnScore", "putOwnScore"}
ANSWERS = [{"item": "introduced", "value": "good"}, {"item": "solved", "value": "bad", "fault": "process"}]


@dataclass(frozen=True)
class Sessions:
    """`revealed`: the ids of a session that is revealed. `special`: operation → the ids that it needs instead."""

    revealed: dict[str, str]
    special: dict[str, dict[str, str]]


async def hold_sessions(centre: Centre, subject: dict[str, str]) -> Sessions:
    """Sessions of a call, by a scorecard, each with both verifiers, a guest with a link and a proposed time."""
    verifier_id, leader_id = (str(centre.user_ids[name]) for name in ("verifier", "leader"))
    revealed = (await hold(centre, subject, *REVEALED)).ids
    arranging = (await hold(centre, subject)).ids
    special = dict.fromkeys(WHILE_ARRANGING, arranging)
    # Users who may score, and who are not in the session yet.
    special["addCalibrationParticipant"] = arranging | {"user_id": leader_id}
    special["createCalibrationSession"] = {"user_id": verifier_id}
    special["createSuggestedSession"] = {"user_id": verifier_id}
    for operation_id, actions in OWN.items():
        special[operation_id] = (await hold(centre, subject, *actions)).ids
    return Sessions(revealed, special)


@dataclass(frozen=True)
class HeldSession:
    """A session, its guest, the token of the guest's link, and a proposed time."""

    held: Held
    participant_id: str
    token: str
    option_id: str

    @property
    def ids(self) -> dict[str, str]:
        return {"session_id": self.held.id, "participant_id": self.participant_id, "option_id": self.option_id}


async def hold(centre: Centre, subject: dict[str, str], *actions: str) -> HeldSession:
    """A session of a call, by a scorecard, that has gone through the actions."""
    people = [{"user_id": str(centre.user_ids[name])} for name in ("verifier", "second_verifier")]
    body = {
        "name": "December",
        "scorecard_id": subject["scorecard_id"],
        "call_ids": [subject["call_id"]],
        "participants": [*people, CLIENT],
        "scheduled_at": soon(),
    }
    held = await create(centre, body)
    proposed = await held.post("time-options", {"options": [{"starts_at": soon(48)}]})
    (token,) = (await invite(held)).values()
    guest = await held.participant(str(CLIENT["name"]))
    for action in actions:
        await (score(held) if action == "score" else held.move(action))
    return HeldSession(held, guest["id"], token, proposed.json()["items"][0]["id"])


async def score(held: Held) -> None:
    for person in held.people:
        saved = await held.score(person, ANSWERS)
        assert saved.status_code == 200, saved.text
