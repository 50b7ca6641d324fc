"""The steps of a bonus to test with."""

from typing import Any

from tests.people import Centre

STEPS = [{"from_score": 0, "percent": 0}, {"from_score": 75, "percent": 50}, {"from_score": 90, "percent": 100}]
RULE = {"steps": STEPS, "min_evaluations": 3, "too_few_percent": 50}


def rule_url(centre: Centre) -> str:
    return f"/v1/projects/{centre.project_id}/bonus"


async def set_rule(centre: Centre, **changes: Any) -> Any:
    answer = await centre.admin.put(rule_url(centre), json=RULE | changes)
    assert answer.status_code == 200, answer.text
    return answer.json()
