"""What can happen in a session, as verbs: a set begins, is paused and ends, a rest, another drill, the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_coach.core.events import SetCutShort, Side, Slot, Stage, StageEntered
from pi_coach.core.sessions.announcer import Announcer
from pi_coach.core.sessions.approach import Approach
from pi_coach.core.sessions.training import Training
from pi_coach.core.sight.attendance import Attendance

if TYPE_CHECKING:
    from pi_coach.core.planning.fatigue import Sign
    from pi_coach.core.sessions.bout import Course
    from pi_coach.core.sessions.session_plan import SessionPlan

OVER = (Stage.DONE, Stage.STOPPED)


class Proceedings:
    """One session's stage, and the way to the next; mutable because it goes on."""

    def __init__(self, plan: SessionPlan, wall_x: float | None) -> None:
        self._times = plan.settings
        self._phrases = plan.phrases
        self.announcer = Announcer(plan.phrases)
        self.training = Training(plan, plan.trainees[0], wall_x)
        self.approach = Approach(plan, self.training, self.announcer)
        self.there = Attendance()
        self.stage: Stage | None = None
        """None before the first frame."""
        self.since_s = 0.0
        """When the stage began."""
        self.until_s = 0.0
        """When the set begins, in a rest and in a countdown."""
        self.unsafe = False
        """Whether the set was stopped for safety, and its rest has not begun."""
        self._rest_told = False

    @property
    def over(self) -> bool:
        """Tell whether nothing more comes."""
        return self.stage in OVER and not self.unsafe

    @property
    def begins_s(self) -> float | None:
        """When the set begins; None outside a rest and a countdown."""
        return self.until_s if self.stage in (Stage.REST, Stage.COUNTDOWN) else None

    def enter(self, t: float, stage: Stage) -> None:
        """Go on to a stage."""
        if stage is not self.stage:
            self.stage, self.since_s = stage, t
            self.training.note(StageEntered(t, stage))

    def begin(self, t: float) -> None:
        """Begin the session."""
        self.enter(t, Stage.GREETING)
        self.approach.greet(t)
        self.training.coach.get_ready(from_tall=False)
        self.there = self.there.expect(t)

    def get_ready(self, t: float, *, expect: bool = True) -> None:
        """Let the next set come: from here its first rep begins it. With `expect` the athlete is missed from now on."""
        if expect:
            self.there = self.there.expect(t)
        self.training.get_ready()
        self.enter(t, Stage.FRAMING)

    def count_down(self, t: float) -> None:
        """Count down to the set."""
        self.until_s = t + self._times.countdown_s
        turn = self.training.course.now
        if turn.number == 1:
            self.announcer.say(t, "session.ready")
        elif turn.side is not Side.SECOND:
            self.announcer.say(t, "session.next_set", number=turn.number, sets=turn.bout.sets)
        self.enter(t, Stage.COUNTDOWN)

    def start_set(self, t: float) -> None:
        """Begin the set that was counted down to."""
        self.enter(t, Stage.SET)
        self.training.coach.go(t)
        self.announcer.say(t, "session.go", fresh_s=2.0)

    def resume(self, t: float) -> None:
        """Go on with a set after a pause."""
        self.training.coach.go(t)
        self.there = self.there.expect(t)
        self.enter(t, Stage.SET)
        self.announcer.say(t, "session.resumed")

    def sum_up(self, t: float) -> None:
        """End the set before its time, and say how it was."""
        text = self.training.end_set(t)
        if text is not None:
            self.announcer.say_text(t, text, Slot.SUMMARY)

    def rest_here(self, t: float, sign: Sign) -> None:
        """End a set that is long enough; how many were clean stands for its summary."""
        self.training.note(SetCutShort(t, None, sign.kind.value))
        text = self.training.rest_here()
        self.training.end_set(t)
        self.announcer.say_text(t, text, Slot.SUMMARY)
        self.enter(t, Stage.SUMMARY)

    def stop_unsafe(self, t: float) -> None:
        """Stop the set for safety; nothing is summed up, the athlete has other cares."""
        self.training.end_set(t)
        self.unsafe = True
        self.enter(t, Stage.STOPPED)

    def after_set(self, t: float) -> None:
        """Rest before the next set, or end the session."""
        last, after = self.training.course.now, self.training.course.after_set()
        unsafe, self.unsafe = self.unsafe, False
        if after is None:
            self.done(t)
            return
        sides = after.now.side is Side.SECOND
        rest_s = self._times.side_s if sides else last.bout.rest_s
        if unsafe:
            rest_s = max(rest_s, self._times.stop_rest_s)
            after = after.lightened() if after.now.bout is last.bout else after
        self.training.go_to(after)
        self.until_s, self._rest_told = t + rest_s, rest_s < 2 * self._times.rest_told_s
        self.enter(t, Stage.REST)
        self._announce_rest(t, rest_s, unsafe=unsafe)

    def _announce_rest(self, t: float, rest_s: float, *, unsafe: bool) -> None:
        turn = self.training.course.now
        if unsafe:
            self.announcer.say(t, "coaching.rest_longer")
        elif turn.side is not Side.SECOND and rest_s > 0:
            self.announcer.say(t, "session.rest", seconds=round(rest_s))
        if turn.side is Side.SECOND:
            self.announcer.say(t, "session.switch_sides")
        if turn.opens:
            self.announcer.say(t, "session.next_drill", drill=self.training.drill.name)
        self.approach.warn(t)

    def rest(self, t: float) -> None:
        """Let the rest go on; its last part is the countdown."""
        left_s = self.until_s - t
        if left_s <= self._times.countdown_s:
            self.get_ready(t)
        elif not self._rest_told and left_s <= self._times.rest_told_s:
            self._rest_told = True
            self.announcer.say(t, "session.rest_left", seconds=round(left_s), fresh_s=2.0)

    def leave_set(self, t: float) -> None:
        """End the set of an athlete who has walked away: what was done is kept."""
        self.training.end_set(t)
        self.announcer.say(t, "session.gone")
        after = self.training.course.after_set()
        if after is None:
            self.enter(t, Stage.DONE)
        else:
            self.training.go_to(after)
            self.get_ready(t, expect=False)

    def leave(self, t: float) -> None:
        """End the session of an athlete who has left; nobody is there to be told."""
        self.training.end_set(t)
        self.training.coach.look_on(t)
        self.announcer.drop()
        self.enter(t, Stage.DONE)

    def change_drill(self, t: float, course: Course) -> None:
        """End what is under way and go on to another drill."""
        self.announcer.drop()
        self.sum_up(t)
        self.unsafe = False
        self.training.go_to(course)
        self.approach.start_over()
        self.announcer.say(t, "session.next_drill", drill=self.training.drill.name)
        self.get_ready(t)

    def done(self, t: float) -> None:
        """End the session with its last sentence."""
        self.announcer.say_text(t, self.farewell())
        self.enter(t, Stage.DONE)

    def farewell(self) -> str:
        """Return the sentence about the whole session."""
        tally = self.training.tally
        if tally.reps == 0:
            return self._phrases.say("session.end_none")
        return self._phrases.say("session.end", reps=tally.reps, clean=tally.clean)
