"""Everything before a set: greeting, who, safety, what must be in sight, calibration and the set-up prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_coach.core.events import Phase, Stage
from pi_coach.core.session_events import AthleteChosen, BackCalibrated
from pi_coach.core.sessions.back_range import FAULT, BackGuide, watch_back

if TYPE_CHECKING:
    from pi_coach.core.sessions.announcer import Announcer
    from pi_coach.core.sessions.bout import Bout
    from pi_coach.core.sessions.session_plan import SessionPlan
    from pi_coach.core.sessions.training import Training
    from pi_coach.core.step import Step

SAFETY = "session.safety"

STAND_TALL_S = 3.0
"""An athlete whose stance is not known after this long is asked to stand still."""

PROMPT_S = 15.0
"""The prompt takes no longer than this, whatever the voice does."""


@dataclass(frozen=True, slots=True)
class Glance:
    """One frame, as the session sees it."""

    t: float
    step: Step
    present: bool
    """Whether somebody is in sight."""
    quiet: bool
    """Whether nobody speaks and nothing waits to be said."""


class Approach:
    """Leads up to a set; mutable because it remembers what was said and answered."""

    def __init__(self, plan: SessionPlan, training: Training, announcer: Announcer) -> None:
        self._plan = plan
        self._training = training
        self._announcer = announcer
        self._place = 0
        self._chosen = len(plan.trainees) == 1
        self._asked = False
        self._still_s: float | None = None
        self._warned = False
        self._welcomed = False
        self._unknown_s: float | None = None
        self._guide: BackGuide | None = None
        self._prompted: Bout | None = None
        self._prompt_s: float | None = None
        self._opened = False

    @property
    def asks_who(self) -> bool:
        """Tell whether it is not known yet who trains."""
        return not self._chosen

    @property
    def measures_back(self) -> bool:
        """Tell whether the back's own range is being measured: what the athlete does now is no rep."""
        return self._guide is not None and not self._guide.over

    def due(self, now: Glance) -> Stage:
        """Return what has to happen next; a countdown where all is done."""
        if not now.present or self._training.coach.missing is not None:
            return Stage.FRAMING
        if not self._welcomed and not self._welcome(now):
            return Stage.GREETING
        if self._calibrates(now):
            return Stage.CALIBRATION
        return Stage.PROMPT if self._prompts(now) else Stage.COUNTDOWN

    def greet(self, t: float) -> None:
        """Say hello to the one it must be."""
        if self._chosen:
            self._announcer.say(t, "session.greeting", athlete=self._training.trainee.name)

    def say_yes(self, t: float) -> None:
        """Take the athlete that was asked for."""
        if not self._chosen:
            self._chosen = True
            self._training.note(AthleteChosen(t, self._training.trainee.name))
            self._announcer.drop()
            self.greet(t)

    def say_no(self, t: float) -> None:
        """Ask for the next athlete."""
        self._place = (self._place + 1) % len(self._plan.trainees)
        self._training.change(self._plan.trainees[self._place])
        self._training.get_ready()
        self._announcer.drop()
        self._ask_who(t)

    def overtaken(self, t: float) -> None:
        """Give up what was still to be said, for a first rep began the set; the safety sentence comes in a pause."""
        dropped = self._announcer.drop()
        if not self._chosen:
            self.say_yes(t)
            self._announcer.drop()
        self._welcomed = True
        self._warned = self._warned and SAFETY not in dropped
        self._prompted, self._prompt_s, self._opened = self._training.course.now.bout, None, True

    def warn(self, t: float) -> None:
        """Say the safety sentence, once in a session."""
        if not self._warned:
            self._warned = True
            self._announcer.say(t, SAFETY)

    def start_over(self) -> None:
        """Prompt again: another drill was asked for."""
        self._prompted = None

    def _welcome(self, now: Glance) -> bool:
        if not self._chosen:
            self._who(now)
            return False
        if not self._warned:
            self.warn(now.t)
            return False
        self._welcomed = now.quiet
        return self._welcomed

    def _who(self, now: Glance) -> None:
        """Ask, and take standing still for a yes."""
        if not self._asked:
            self._ask_who(now.t)
            return
        tall = now.step.phase in (Phase.SETUP, Phase.TALL) and self._training.coach.knows_stance
        if not (tall and now.quiet):
            self._still_s = None
            return
        self._still_s = now.t if self._still_s is None else self._still_s
        if now.t - self._still_s >= self._plan.settings.tall_yes_s:
            self.say_yes(now.t)

    def _ask_who(self, t: float) -> None:
        self._asked, self._still_s = True, None
        self._announcer.say(t, "session.who", athlete=self._training.trainee.name)

    def _calibrates(self, now: Glance) -> bool:
        coach = self._training.coach
        if not coach.knows_stance:
            self._unknown_s = now.t if self._unknown_s is None else self._unknown_s
            if now.t - self._unknown_s >= STAND_TALL_S:
                self._announcer.say(now.t, "session.stand_tall")
                self._unknown_s = float("inf")
            return True
        return coach.needs_wall or self._measures_back(now)

    def _measures_back(self, now: Glance) -> bool:
        if self._guide is None:
            if not self._wants_back:
                return False
            self._guide = BackGuide()
            self._training.coach.look_on(now.t)
            self._announcer.say(now.t, self._guide.asks)
            return True
        if self._guide.over:
            return False
        before, measures = self._guide, now.step.measures
        curve_pct = None if measures is None else measures.back_curve_pct
        self._guide = watch_back(before, now.t, curve_pct, speaking=not now.quiet)
        if self._guide.over:
            self._conclude(now.t, self._guide)
        elif self._guide.asks != before.asks:
            self._announcer.say(now.t, self._guide.asks)
        return True

    @property
    def _wants_back(self) -> bool:
        """Never under load: whoever rounds the back on purpose holds nothing."""
        drill, who = self._training.drill, self._training.trainee
        judged = any(fault.id == FAULT for fault in drill.faults)
        return who.calibrate_back and judged and not drill.loaded

    def _conclude(self, t: float, guide: BackGuide) -> None:
        found = guide.found
        if found is None:
            self._announcer.say(t, "session.back_unknown")
        else:
            self._training.use_back(found)
            self._training.note(BackCalibrated(t, found.flat_pct, found.round_pct))
            self._announcer.say(t, "session.back_known")
        self._training.get_ready()

    def _prompts(self, now: Glance) -> bool:
        turn = self._training.course.now
        if not turn.opens:
            return False
        if self._prompted is turn.bout:
            if self._prompt_s is not None and (now.quiet or now.t - self._prompt_s >= PROMPT_S):
                self._prompt_s = None
            return self._prompt_s is not None
        self._prompted, self._prompt_s = turn.bout, now.t
        if not self._opened:
            self._opened = True
            self._announcer.say(now.t, "session.today", drill=turn.bout.drill.name)
        self._announcer.say_text(now.t, turn.bout.drill.setup_prompt)
        if turn.silent:
            self._announcer.say(now.t, "session.silent_set")
        return True
