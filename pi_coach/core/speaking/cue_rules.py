"""How much is said, and when: the numbers of the cue policy; their reasons stand in config/coaching.toml."""

from __future__ import annotations

from dataclasses import dataclass, field

from pi_coach.core.errors import DrillError


@dataclass(frozen=True, slots=True)
class SlotRules:
    """When the athlete can listen."""

    after_lockout_s: float = 0.2
    """A correction waits this long after the lockout: the athlete listens once the work is done."""
    settled_s: float = 0.6
    """Praise and counts wait this long: by then leaning back at the top has shown."""
    apart_s: float = 1.5
    """Any two sentences are this far apart, from the beginning of one to the beginning of the next."""
    framing_again_s: float = 8.0
    """What cannot be seen is repeated this often while it lasts."""
    keep_reps: int = 1
    """A fault that found no slot is forgotten once this many more reps are over."""


@dataclass(frozen=True, slots=True)
class InRepRules:
    """When something may be said within a rep: in holds and slow descents only."""

    longest_words: int = 2
    spare_s: float = 0.4
    """The phase must last this much longer than the sentence."""
    rep_from_s: float = 2.5
    """Quicker reps leave no room."""


@dataclass(frozen=True, slots=True)
class SilenceRules:
    """When nothing is corrected."""

    first_reps: int = 1
    """The athlete finds in."""
    last_reps: int = 1
    """The sentence at the end of the set follows at once."""


@dataclass(frozen=True, slots=True)
class BudgetRules:
    """How many corrections a set bears; a severe back is exempt."""

    every_rep_until: int = 3
    """Up to this rep each may be corrected."""
    then_every_reps: int = 2
    """After it only each so many."""
    most: int = 4
    """At most so many corrections ..."""
    most_in_reps: int = 10
    """... in so many reps."""
    cooldown_reps: int = 2
    """The same fault is not named again before this many reps."""
    cooldown_s: float = 6.0
    """Nor sooner than this."""


@dataclass(frozen=True, slots=True)
class StageRules:
    """How feedback fades with the quality reps that the athlete has ever done of the drill."""

    practise_from: int = 50
    """Fewer are learning."""
    own_from: int = 200
    mastered_from: int = 500
    """From here nothing but safety is said within a set."""
    learn_share: float = 1.0
    """At most this share of the reps with a fault is corrected while learning."""
    practise_share: float = 0.5
    own_share: float = 0.25
    own_wider: float = 0.15
    """The limits widen by up to this share between `own_from` and `mastered_from`."""


@dataclass(frozen=True, slots=True)
class GoalRules:
    """What is worked on first."""

    always_priority: int = 20
    """Faults up to this priority are named whatever the set's goal is."""
    severe_priority: int = 10
    """The priority of a severely rounded back."""
    top_fault: str = "overextension"
    """A fault of the lockout, which comes earlier while the athlete is still there."""
    top_priority: int = 39
    """Its priority there."""
    slow_down_share: float = 1.0
    """A rep that takes less than this share of the drill's limit of `too_fast` from standing tall to its deepest point
    leaves no room for coaching: "Slow down" comes before any other correction."""


@dataclass(frozen=True, slots=True)
class PraiseRules:
    """When something good is said."""

    apart_reps: int = 3
    """At most one praise in so many reps."""
    apart_s: float = 12.0
    """And no sooner than this."""
    corrections: int = 2
    """A praise is owed for each so many corrections."""
    streaks: tuple[int, ...] = (5, 10)
    """So many clean reps in a row are worth a word."""
    best_from: int = 5
    """A best streak shorter than this is not."""


@dataclass(frozen=True, slots=True)
class EscalationRules:
    """What happens when a fault stays."""

    action_within_reps: int = 5
    """A third naming within so many reps tells what to change."""
    end_in_a_row: int = 3
    """Shown in so many reps in a row after that, the fault ends the set ..."""
    end_share: float = 0.4
    """... or in at least this share of its reps ..."""
    end_from_rep: int = 5
    """... once so many are done."""


@dataclass(frozen=True, slots=True)
class TalkRules:
    """Counting and asking."""

    count_aloud: bool = False
    """Whether every number is spoken; the last two reps are always announced."""
    ask_every_reps: int = 0
    """How often the athlete is asked "How was that one?"; 0 is never."""


@dataclass(frozen=True, slots=True)
class SafetyRules:
    """When a severely rounded back under load stops the set."""

    window_s: float = 0.25
    """The back is judged by its median over windows of this length."""
    votes: int = 2
    """So many ..."""
    windows: int = 3
    """... of so many windows in a row must be severe."""
    again_s: float = 0.5
    """Still severe this long after the warning, or again by the next rep: stop."""
    heavy_share: float = 0.8
    """A load from this share of the athlete's best on is heavy ..."""
    heavy_reps: int = 5
    """... and so is one that is lifted for so many reps or fewer: no warning in the first rep, but a stop at once."""


RANGES = {
    "slots.after_lockout_s": (0.0, 2.0),
    "slots.settled_s": (0.3, 3.0),
    "slots.apart_s": (0.5, 10.0),
    "slots.framing_again_s": (2.0, 60.0),
    "slots.keep_reps": (0, 3),
    "in_rep.longest_words": (0, 4),
    "in_rep.spare_s": (0.2, 3.0),
    "in_rep.rep_from_s": (1.0, 30.0),
    "silence.first_reps": (0, 5),
    "silence.last_reps": (0, 5),
    "budget.every_rep_until": (0, 50),
    "budget.then_every_reps": (1, 10),
    "budget.most": (0, 50),
    "budget.most_in_reps": (1, 50),
    "budget.cooldown_reps": (1, 10),
    "budget.cooldown_s": (0.0, 60.0),
    "stages.practise_from": (0, 10_000),
    "stages.mastered_from": (1, 100_000),
    "stages.learn_share": (0.0, 1.0),
    "stages.practise_share": (0.0, 1.0),
    "stages.own_share": (0.0, 1.0),
    "stages.own_wider": (0.0, 0.5),
    "goal.slow_down_share": (0.0, 3.0),
    "praise.apart_reps": (1, 50),
    "praise.apart_s": (0.0, 300.0),
    "praise.corrections": (1, 50),
    "praise.best_from": (2, 50),
    "escalation.action_within_reps": (0, 50),
    "escalation.end_in_a_row": (2, 50),
    "escalation.end_share": (0.1, 1.0),
    "escalation.end_from_rep": (2, 50),
    "talk.ask_every_reps": (0, 50),
    "safety.window_s": (0.1, 1.0),
    "safety.votes": (1, 10),
    "safety.windows": (1, 10),
    "safety.again_s": (0.25, 5.0),
    "safety.heavy_share": (0.3, 1.0),
    "safety.heavy_reps": (0, 20),
}
"""The allowed range of every number that has one, both ends included."""


@dataclass(frozen=True, slots=True)
class CueRules:
    """All of them."""

    slots: SlotRules = field(default_factory=SlotRules)
    in_rep: InRepRules = field(default_factory=InRepRules)
    silence: SilenceRules = field(default_factory=SilenceRules)
    budget: BudgetRules = field(default_factory=BudgetRules)
    stages: StageRules = field(default_factory=StageRules)
    goal: GoalRules = field(default_factory=GoalRules)
    praise: PraiseRules = field(default_factory=PraiseRules)
    escalation: EscalationRules = field(default_factory=EscalationRules)
    talk: TalkRules = field(default_factory=TalkRules)
    safety: SafetyRules = field(default_factory=SafetyRules)

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        for key, (low, high) in RANGES.items():
            section, name = key.split(".")
            value = getattr(getattr(self, section), name)
            if not low <= value <= high:
                raise DrillError(f"{key} is {value:g}; allowed are {low:g} to {high:g}")
        stages = self.stages
        if not stages.practise_from <= stages.own_from < stages.mastered_from:
            raise DrillError("stages.practise_from, own_from and mastered_from must rise")
        if self.safety.votes > self.safety.windows:
            raise DrillError(f"safety.votes is {self.safety.votes}; allowed are 1 to safety.windows")


@dataclass(frozen=True, slots=True)
class Learner:
    """What earlier sessions tell about the athlete and the drill."""

    quality_reps: int = 0
    """Ever done of this drill."""
    best_streak: int | None = None
    """The most quality reps in a row, ever, of this drill; None where there is no earlier session."""
    best_load_kg: float | None = None
    """The most ever lifted in this drill; None where it was not told."""
    goal: str | None = None
    """The fault that the last set before this session left to work on."""


@dataclass(frozen=True, slots=True)
class CuePolicy:
    """The rules, and whom they are for."""

    rules: CueRules = field(default_factory=CueRules)
    learner: Learner = field(default_factory=Learner)
