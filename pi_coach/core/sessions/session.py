"""A whole session, hands-free: who, what is in sight, set by set with their rests, and the end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pi_coach.core import events as ev
from pi_coach.core.events import Cue, Slot, Stage
from pi_coach.core.sessions.approach import Glance
from pi_coach.core.sessions.proceedings import Proceedings
from pi_coach.core.sight.gesture import Hands, watch_hands
from pi_coach.core.signals.presses import Press

if TYPE_CHECKING:
    from collections.abc import Callable

    from pi_coach.core.sessions.session_plan import SessionPlan
    from pi_coach.core.step import Step
    from pi_coach.core.types import Pose

BEFORE_SET = (Stage.GREETING, Stage.FRAMING, Stage.CALIBRATION, Stage.PROMPT, Stage.COUNTDOWN)

GREETING_S = 3.0
"""Nobody is asked to come into the picture sooner than this."""

SUMMARY_S = 12.0
"""A summary takes no longer than this; a voice that hangs holds nobody up."""

STOP_SHOWN_S = 5.0
"""How long a set that was stopped for safety is shown as stopped, before its rest begins."""

STEP_IN_S = 1.5
"""Somebody who is in sight for this long has come to train."""

CALL_S = 30.0
"""After calling for this long the coach waits in silence: nobody is there to hear it."""


class Session:
    """Leads one athlete through a session; mutable because it remembers, pure because it only knows what it is told."""

    def __init__(self, plan: SessionPlan, plan_anew: Callable[[], SessionPlan] | None = None) -> None:
        """Lead through a plan; with `plan_anew` another session begins when somebody steps in after the end."""
        self._plan = plan
        self._plan_anew = plan_anew
        self._now = Proceedings(plan, plan.wall_x)
        self._hands = Hands()
        self._vacant = False
        self._cue: Cue | None = None
        self.shutdown = False
        """Whether the button asked to shut the computer down."""

    def forget_wall(self) -> None:
        """Give up the wall: the camera moved, and it has to be found again."""
        self._now.training.coach.forget_wall()

    def see(self, t: float, pose: Pose | None, *, speaking: bool) -> Step:
        """Take in one frame; `speaking` tells whether a sentence is being said just now."""
        self._begin(t)
        now = self._now
        now.there = now.there.after(t, seen=pose is not None)
        quiet = not speaking and not now.announcer.waits
        step = now.training.see(t, pose, speaking=self._hushed(t, speaking=speaking))
        self._heed(t, step)
        self._watch_hands(t, pose)
        self._miss(t)
        self._go_on(Glance(t, step, now.there.present, quiet))
        return self._told(t, step, speaking=speaking)

    def press(self, t: float, press: Press) -> Step:
        """Do what the button asks for."""
        self._begin(t)
        self.shutdown = self.shutdown or press is Press.SHUTDOWN
        match press:
            case Press.NEXT:
                self._next(t)
            case Press.BACK:
                self._back(t)
            case Press.END | Press.SHUTDOWN:
                self._stop(t)
        return self._told(t, None, speaking=True)

    def finish(self, t: float) -> Step:
        """End the session: what was counted is judged and summed up."""
        self._begin(t)
        now = self._now
        if not now.over:
            summary = now.training.end_set(t)
            texts = (summary, None if summary and now.training.tally.sets == 1 else now.farewell())
            now.announcer.drop()
            now.enter(t, Stage.DONE)
            self._cue = Cue(t, " ".join(text for text in texts if text), None, Slot.SUMMARY)
        return self._told(t, None, speaking=True)

    def _begin(self, t: float) -> None:
        if self._now.stage is None:
            self._now.begin(t)

    def _hushed(self, t: float, *, speaking: bool) -> bool:
        """Tell whether the coach has to be silent: it calls and corrects, but not while the session speaks."""
        now = self._now
        talks = now.stage in (Stage.SET, Stage.FRAMING, Stage.CALIBRATION)
        return speaking or not talks or now.announcer.waits or now.there.missed_s(t) > CALL_S

    def _heed(self, t: float, step: Step) -> None:
        """Follow what the coach told."""
        now = self._now
        for event in step.events:
            match event:
                case ev.SetStarted() if now.stage is not Stage.SET:
                    now.approach.overtaken(t)
                    now.enter(t, Stage.SET)
                case ev.SafetyStopped():
                    now.stop_unsafe(t)
                case ev.RepCompleted():
                    self._spare(t)
                case ev.SetCutShort():
                    now.sum_up(t)
                    now.enter(t, Stage.SUMMARY)
                case ev.SetCompleted():
                    now.enter(t, Stage.SUMMARY)
                case _:
                    pass

    def _spare(self, t: float) -> None:
        """End a set in which fatigue shows."""
        sign = self._now.training.exhausted()
        if sign is not None:
            self._now.rest_here(t, sign)

    def _watch_hands(self, t: float, pose: Pose | None) -> None:
        """Follow the hands overhead: they pause and go on, end a rest, and say yes."""
        now, times = self._now, self._plan.settings
        self._hands, signed = watch_hands(self._hands, t, pose, times.hands_s)
        if not signed or not times.hands_pause or now.training.drill.arms_rise:
            return
        if now.stage is Stage.SET:
            self._pause(t)
        elif now.stage is Stage.PAUSED:
            now.resume(t)
        elif now.stage is Stage.REST:
            now.get_ready(t)
        elif now.approach.asks_who:
            now.approach.say_yes(t)

    def _pause(self, t: float) -> None:
        now = self._now
        now.training.coach.look_on(t)
        report = now.training.report(t)
        self._heed(t, report)
        self._cue = report.cue
        if now.training.coach.in_set:
            now.enter(t, Stage.PAUSED)
            now.announcer.say(t, "session.paused")

    def _miss(self, t: float) -> None:
        """Notice that the athlete has left the set, or the session."""
        now, times = self._now, self._plan.settings
        missed_s = now.there.missed_s(t)
        if now.there.present or now.there.last_s is None or now.over or now.stage is Stage.REST:
            return
        if missed_s >= times.leave_s:
            now.leave(t)
        elif missed_s >= times.away_s and now.stage is Stage.SET and now.training.tally.open:
            now.leave_set(t)

    def _go_on(self, glance: Glance) -> None:
        """Let the stage take its course."""
        now, t = self._now, glance.t
        lasted_s = t - now.since_s
        if now.stage in BEFORE_SET:
            self._prepare(glance)
        elif self._is_summed_up(glance, lasted_s):
            now.after_set(t)
        elif now.stage is Stage.REST:
            now.rest(t)
        elif now.stage is Stage.DONE:
            self._wait(t)

    def _is_summed_up(self, glance: Glance, lasted_s: float) -> bool:
        """Tell whether all was said and shown about the set that is over."""
        if self._now.stage is Stage.SUMMARY:
            return lasted_s >= SUMMARY_S or (glance.quiet and lasted_s > 0)
        return self._now.stage is Stage.STOPPED and self._now.unsafe and lasted_s >= STOP_SHOWN_S

    def _prepare(self, glance: Glance) -> None:
        now, t = self._now, glance.t
        due = now.approach.due(glance)
        if now.stage is Stage.GREETING and due is Stage.FRAMING and t - now.since_s < GREETING_S:
            return
        if due is not Stage.COUNTDOWN:
            now.enter(t, due)
        elif now.stage is not Stage.COUNTDOWN:
            now.count_down(t)
        elif t >= now.until_s:
            now.start_set(t)

    def _next(self, t: float) -> None:
        now = self._now
        if now.stage is Stage.DONE:
            self._renew(t)
        elif now.over:
            return
        elif now.approach.asks_who:
            now.approach.say_no(t)
        elif now.stage is Stage.REST:
            now.get_ready(t)
        else:
            now.change_drill(t, now.training.course.next_drill())

    def _back(self, t: float) -> None:
        now = self._now
        if now.over:
            return
        if now.approach.asks_who:
            now.approach.say_yes(t)
        elif now.stage is Stage.PAUSED:
            now.resume(t)
        elif now.stage is Stage.SET and now.training.tally.open:
            self._pause(t)
        else:
            now.change_drill(t, now.training.course.drill_before())

    def _stop(self, t: float) -> None:
        """End the session at once, whatever is under way."""
        now = self._now
        if now.over:
            return
        now.training.end_set(t)
        now.training.coach.look_on(t)
        now.announcer.drop()
        now.unsafe = False
        now.enter(t, Stage.STOPPED)
        told = () if now.training.tally.reps == 0 else (now.farewell(),)
        self._cue = Cue(t, " ".join((self._plan.phrases.say("session.stopped"), *told)), None, Slot.SAFETY)

    def _wait(self, t: float) -> None:
        """After the end, begin anew once the place was empty and somebody steps in."""
        there = self._now.there
        self._vacant = self._vacant or there.missed_s(t) >= self._plan.settings.away_s
        if self._vacant and there.here_s is not None and t - there.here_s >= STEP_IN_S:
            self._renew(t)

    def _renew(self, t: float) -> None:
        if self._plan_anew is None:
            return
        self._vacant = False
        self._plan = self._plan_anew()
        found = self._now.training.coach.wall_x
        self._now = Proceedings(self._plan, found if self._plan.wall_x is None else self._plan.wall_x)
        self._begin(t)

    def _told(self, t: float, step: Step | None, *, speaking: bool) -> Step:
        """Put together what the coach and the session have to tell."""
        now = self._now
        late = now.training.report(t)
        cue = self._cue or (step.cue if step is not None else None) or late.cue
        self._cue = None
        if cue is None and not speaking:
            line = now.announcer.next(t)
            cue = None if line is None else Cue(t, line.text, None, line.slot)
        begins_s = now.begins_s
        return replace(
            late if step is None else replace(step, drill=late.drill, reps=late.reps, target_reps=late.target_reps),
            events=now.training.told(),
            cue=cue,
            rest_left_s=None if begins_s is None else max(begins_s - t, 0.0),
        )
