"""What sampling refuses."""

from app.platform.errors import Conflict, FieldError, Invalid
from app.sampling.plans.types import Feasibility


class WindowOpen(Conflict):
    code = "window_open"
    title = "The window is not over yet"


class WindowDrawn(Conflict):
    code = "window_drawn"
    title = "The window, or a part of it, has been drawn already"


class WindowNotDrawn(Conflict):
    code = "window_not_drawn"
    title = "The window has not been drawn yet"


class NoLateCalls(Conflict):
    code = "no_late_calls"
    title = "No eligible call came after the window was drawn"


class DrawNotMade(Conflict):
    code = "draw_not_made"
    title = "The draw has only been committed to"


class NoVerifiers(Conflict):
    code = "no_verifiers"
    title = "The plan has no active verifier left"


class FloorExceedsRate(Invalid):
    code = "floor_exceeds_rate"
    title = "The floor of every agent does not fit into the rate"

    def __init__(self, numbers: Feasibility) -> None:
        window = numbers.smallest_window or "none, not even a month"
        needed = f"{numbers.agents} agents need {numbers.needed_sample_size} calls"
        rate = f"the rate allows {numbers.sample_size} of {numbers.frame_size}"
        super().__init__(
            f"the floors of {needed}, {rate}; at a rate of {numbers.needed_rate} they would fit, "
            f"the smallest window that would fit, with as many calls every working day, is {window}",
            field_errors=(
                FieldError("/floor_per_agent", f"{needed}, {numbers.calls_per_agent} calls an agent"),
                FieldError("/rate", f"{rate}; at {numbers.needed_rate} they would fit"),
                FieldError("/window", f"the smallest that would fit: {window}"),
            ),
        )
