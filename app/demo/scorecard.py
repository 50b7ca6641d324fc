"""The demo scorecard: thirty items in five sections, as the body of `POST /v1/scorecards`."""

from typing import Any

Json = dict[str, Any]

PASSING_SCORE = 80


def scorecard_body(project_id: str | None = None) -> Json:
    """A fresh JSON body on every call, so that a caller may change its copy."""
    return {
        "name": "Inbound support",
        "project_id": project_id,
        "passing_score": PASSING_SCORE,
        "sections": [
            _section("greeting", "Greeting", _greeting()),
            _section("understanding", "Understanding the need", _understanding()),
            _section("resolution", "Resolution", _resolution()),
            _section("compliance", "Compliance", _compliance()),
            _section("closing", "Closing", _closing()),
        ],
    }


def _greeting() -> list[Json]:
    return [
        _item(
            "answered_ready",
            "Ready at the first word",
            weight=2,
            good="Spoke at once when the call came in and was ready to listen",
            bad="Silence, side talk or typing noise before the first word",
            reasons=[_agent("distracted", "Busy with something else"), _process("late_screen", "Screen came up late")],
        ),
        _item(
            "introduced",
            "Introduced themselves",
            weight=3,
            good="Said the company's name and their own name clearly",
            bad="Left out either name, or said it so fast that it could not be heard",
            reasons=[_agent("forgot", "Forgot"), _agent("mumbled", "Too fast or unclear"), _NOT_IN_SCRIPT],
        ),
        _item(
            "customer_name",
            "Used the customer's name",
            weight=2,
            scale_max=2,
            good="Asked for the name and used it at least once more",
            bad="Never asked how to address the customer",
            reasons=[_agent("forgot", "Forgot"), _process("name_not_shown", "Name not shown in the CRM")],
        ),
        _item(
            "offered_help",
            "Offered help",
            weight=2,
            good="Invited the customer to say what the call is about",
            bad="Left the customer to begin alone",
            reasons=[_agent("forgot", "Forgot"), _NOT_IN_SCRIPT],
        ),
        _item(
            "tone",
            "Friendly, calm tone",
            weight=3,
            scale_max=5,
            good="Warm and attentive voice from beginning to end",
            bad="Bored, sharp or mocking voice",
            reasons=[_agent("flat", "Flat, uninterested"), _agent("sharp", "Sharp or impatient"), _PROVOKED],
        ),
    ]


def _understanding() -> list[Json]:
    return [
        _item(
            "listened",
            "Let the customer finish",
            weight=3,
            good="Heard the customer out and acknowledged what was said",
            bad="Interrupted, or answered a question that was not asked",
            reasons=[_agent("interrupted", "Interrupted"), _agent("assumed", "Assumed the question"), _PROVOKED],
        ),
        _item(
            "need_clarified",
            "Clarified the need",
            weight=4,
            scale_max=3,
            criticality="customer",
            good="Asked the questions that were needed, and no others",
            bad="Went to work without knowing what the customer wanted",
            reasons=[
                _agent("no_questions", "Asked no questions"),
                _agent("wrong_questions", "Asked beside the point"),
                _process("no_guide", "No question guide for this topic"),
                _customer("unclear_request", "Customer could not say what was wanted"),
            ],
        ),
        _item(
            "history_checked",
            "Looked at earlier contacts",
            weight=3,
            allow_na=True,
            criticality="business",
            good="Opened the customer's history and built on it",
            bad="Made the customer repeat what was already on record",
            reasons=[_agent("skipped", "Did not look"), _process("history_unavailable", "History not available")],
        ),
        _item(
            "request_restated",
            "Restated the request",
            weight=3,
            good="Repeated the request in own words and had it confirmed",
            bad="Left it open whether the request was understood",
            reasons=[_agent("skipped", "Skipped"), _agent("hurried", "In a hurry"), _NOT_IN_SCRIPT],
        ),
        _item(
            "topic_classified",
            "Classified the topic",
            weight=3,
            criticality="business",
            options=[
                _option("right", "Right topic", 1),
                _option("near", "Neighbouring topic", 0.5),
                _option("wrong", "Wrong topic or none", 0),
            ],
            good="The topic in the CRM is what the call was about",
            bad="The topic is missing, or points to another matter",
            reasons=[_agent("careless", "Careless choice"), _process("no_such_topic", "No fitting topic in the list")],
        ),
        _item(
            "empathy",
            "Showed understanding",
            weight=4,
            allow_na=True,
            scale_max=2,
            good="Acknowledged the trouble before going to work on it",
            bad="Passed over the customer's worry or anger",
            reasons=[_agent("indifferent", "Indifferent"), _agent("defensive", "Defended the company"), _PROVOKED],
        ),
    ]


def _resolution() -> list[Json]:
    return [
        _item(
            "information_correct",
            "Information is correct",
            weight=8,
            criticality="customer",
            good="Everything said agrees with the knowledge base and the tariffs in force",
            bad="At least one statement is wrong or out of date",
            reasons=[
                _process("not_in_knowledge_base", "Not in the knowledge base"),
                _process("outdated_article", "Article is out of date"),
                _agent("did_not_know", "Did not know the material"),
                _agent("guessed", "Guessed instead of looking"),
            ],
        ),
        _item(
            "information_complete",
            "Information is complete",
            weight=5,
            scale_max=3,
            criticality="customer",
            good="Told all that the customer needs in order to act",
            bad="Left out conditions, dates or limits that matter",
            reasons=[
                _agent("left_out", "Left something out"),
                _process("scattered", "Spread over several articles"),
                _customer("would_not_listen", "Customer would not listen further"),
            ],
        ),
        _item(
            "knowledge_base_used",
            "Worked with the knowledge base",
            weight=3,
            good="Found the right article without delay",
            bad="Answered from memory, or searched aloud for long",
            reasons=[
                _agent("from_memory", "Answered from memory"),
                _agent("searched_badly", "Searched badly"),
                _process("hard_to_search", "Article cannot be found by search"),
            ],
        ),
        _item(
            "resolution",
            "Resolved the request",
            weight=6,
            criticality="customer",
            options=[
                _option("resolved", "Resolved in this call", 1),
                _option("partly", "Partly resolved", 0.5),
                _option("not_resolved", "Not resolved", 0),
            ],
            good="The customer has what the call was for",
            bad="The customer will have to call again",
            reasons=[
                _agent("gave_up", "Gave up too early"),
                _process("no_authority", "Agents lack the authority"),
                _process("system_down", "System was down"),
                _customer("missing_papers", "Customer lacked the papers"),
            ],
        ),
        _item(
            "next_step_agreed",
            "Agreed the next step",
            weight=3,
            visible_if={"item": "resolution", "in": ["partly", "not_resolved"]},
            good="Said who will do what, and by when",
            bad="Left the customer without a next step",
            reasons=[
                _agent("forgot", "Forgot"),
                _agent("vague", "Too vague"),
                _process("no_deadline", "No deadline set"),
            ],
        ),
        _item(
            "hold_asked",
            "Asked before placing on hold",
            weight=3,
            allow_na=True,
            good="Asked for permission, said why and for how long",
            bad="Went silent or played music without a word",
            reasons=[_agent("not_asked", "Did not ask"), _agent("not_explained", "Did not say why")],
        ),
        _item(
            "hold_return",
            "Came back to the caller",
            weight=3,
            visible_if={"item": "hold_asked", "in": ["good", "bad"]},
            good="Came back within a minute, and offered a call-back from the third minute",
            bad="Left the customer waiting without a sign",
            reasons=[
                _agent("forgot", "Forgot the customer"),
                _process("slow_system", "System answered too slowly"),
                _process("second_line_busy", "Second line did not answer"),
            ],
        ),
        _item(
            "record_kept",
            "Kept the record",
            weight=3,
            criticality="business",
            options=[
                _option("full", "Full record", 1),
                _option("partial", "Partial record", 0.5),
                _option("none", "No record", 0),
            ],
            good="A colleague could go on from the note alone",
            bad="The note is missing or says nothing",
            reasons=[
                _agent("too_short", "Note too short"),
                _agent("forgot", "Forgot"),
                _process("no_time", "No time after call"),
            ],
        ),
    ]


def _compliance() -> list[Json]:
    return [
        _item(
            "identity_check",
            "Checked the identity",
            weight=6,
            criticality="compliance",
            fatal="scorecard",
            options=[
                _option("complete", "All required questions", 1),
                _option("partial", "Some of the questions", 0.4),
                _option("none", "Not checked", 0),
            ],
            good="Asked every question that the procedure requires",
            bad="Left questions out, or checked nothing",
            reasons=[
                _agent("skipped", "Skipped questions"),
                _process("procedure_unclear", "Procedure is unclear"),
                _customer("refused", "Customer refused to answer"),
            ],
        ),
        _item(
            "identity_before_data",
            "Identity before data",
            weight=4,
            criticality="compliance",
            visible_if={"item": "identity_check", "in": ["complete", "partial"]},
            good="Told nothing about the account before the check was over",
            bad="Gave account data away before the check",
            reasons=[
                _agent("too_early", "Spoke too early"),
                _process("order_in_script", "Script asks in the wrong order"),
            ],
        ),
        _item(
            "recording_notice",
            "Gave notice of recording",
            weight=3,
            criticality="compliance",
            good="Said that the call is recorded",
            bad="Did not say it",
            reasons=[_agent("forgot", "Forgot"), _NOT_IN_SCRIPT],
        ),
        _item(
            "card_data_protected",
            "Protected card data",
            weight=4,
            allow_na=True,
            criticality="compliance",
            fatal="section",
            good="Never asked for, repeated or wrote down full card data",
            bad="Had the customer read out the number, the code or a password from a message",
            reasons=[
                _agent("asked_for_number", "Asked for the number"),
                _agent("repeated_aloud", "Repeated it aloud"),
                _process("no_payment_link", "No other way to pay"),
            ],
        ),
        _item(
            "terms_disclosed",
            "Disclosed fees and terms",
            weight=3,
            allow_na=True,
            criticality="compliance",
            good="Named price, term and conditions before the customer decided",
            bad="The customer decided without knowing the terms",
            reasons=[_agent("left_out", "Left out"), _process("terms_not_in_script", "Terms are not in the script")],
        ),
        _item(
            "consent_given",
            "Asked for consent",
            weight=2,
            allow_na=True,
            criticality="compliance",
            good="Heard a clear yes before changing anything",
            bad="Made a change without asking",
            reasons=[_agent("assumed", "Took it for granted"), _NOT_IN_SCRIPT],
        ),
    ]


def _closing() -> list[Json]:
    return [
        _item(
            "summary",
            "Summed up",
            weight=3,
            scale_max=2,
            good="Repeated the result and the dates in a sentence or two",
            bad="Ended without saying what was agreed",
            reasons=[_agent("hurried", "In a hurry"), _agent("forgot", "Forgot")],
        ),
        _item(
            "further_help",
            "Offered further help",
            weight=2,
            good="Asked whether there was anything else",
            bad="Ended the call without asking",
            reasons=[_agent("forgot", "Forgot"), _customer("hung_up", "Customer hung up")],
        ),
        _item(
            "rating_invited",
            "Invited a rating",
            weight=2,
            criticality="business",
            good="Asked the customer to rate the call",
            bad="Did not mention the rating",
            reasons=[_agent("forgot", "Forgot"), _NOT_IN_SCRIPT, _customer("hung_up", "Customer hung up")],
        ),
        _item(
            "goodbye",
            "Said goodbye",
            weight=2,
            good="Thanked the customer and let them hang up first",
            bad="Broke the call off",
            reasons=[_agent("abrupt", "Abrupt"), _customer("hung_up", "Customer hung up")],
        ),
        _item(
            "promise_recorded",
            "Recorded the promise",
            weight=3,
            allow_na=True,
            criticality="business",
            good="What was promised is a task with a date and an owner",
            bad="The promise exists in the conversation only",
            reasons=[_agent("forgot", "Forgot"), _process("no_task_form", "CRM has no form for it")],
        ),
    ]


def _section(key: str, title: str, items: list[Json]) -> Json:
    return {"key": key, "title": title, "items": items}


def _item(
    key: str,
    title: str,
    *,
    weight: float,
    good: str,
    bad: str,
    reasons: list[Json],
    scale_max: int | None = None,
    options: list[Json] | None = None,
    allow_na: bool = False,
    criticality: str = "none",
    fatal: str = "none",
    visible_if: Json | None = None,
) -> Json:
    """The answer type follows from what is given: a scale's maximum, a list of options, or neither."""
    answer_type = "scale" if scale_max else "choice" if options else "binary"
    return {
        "key": key,
        "title": title,
        "good": good,
        "bad": bad,
        "weight": weight,
        "answer_type": answer_type,
        "scale_max": scale_max,
        "options": options,
        "allow_na": allow_na,
        "criticality": criticality,
        "fatal": fatal,
        "visible_if": visible_if,
        "error_reasons": [dict(reason) for reason in reasons],
    }


def _option(key: str, label: str, credit: float) -> Json:
    return {"key": key, "label": label, "credit": credit}


def _reason(key: str, label: str, fault: str) -> Json:
    return {"key": key, "label": label, "default_fault": fault}


def _agent(key: str, label: str) -> Json:
    return _reason(key, label, "agent")


def _process(key: str, label: str) -> Json:
    return _reason(key, label, "process")


def _customer(key: str, label: str) -> Json:
    return _reason(key, label, "customer")


_NOT_IN_SCRIPT = _process("not_in_script", "Not in the script")
_PROVOKED = _customer("provoked", "Provoked by the customer")
