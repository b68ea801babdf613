"""What does not work is said once, and once that it works again."""

from dataclasses import replace

import pytest

from pi_coach.adapters.trouble_voice import TroubleVoice
from pi_coach.core.events import Phase, Stage, StageEntered
from pi_coach.core.step import Step
from pi_coach.testing.fakes import FakeSpeaker, ManualClock

QUIET = Step(0.0, "rdl", Phase.TALL, None, None, (), None, 0, 5)


class Story:
    def __init__(self, **more):
        self.clock = ManualClock()
        self.speaker = FakeSpeaker(self.clock)
        self.wrong = None
        self.voice = TroubleVoice(lambda: self.wrong, self.speaker, "I cannot see", "I can see again", **more)

    def goes_on(self, for_s=5.0):
        for _ in range(10):
            self.clock.advance_to(self.clock.now() + for_s / 10)
            self.voice.show(QUIET)
        return self.speaker.said


def test_while_all_is_well_nothing_is_said():
    assert Story().goes_on() == []


def test_a_lost_camera_is_told_once_and_its_return_once():
    story = Story()
    story.wrong = "The camera stopped."
    assert story.goes_on() == ["I cannot see"]
    story.wrong = "No camera was found."
    assert story.goes_on() == ["I cannot see"]
    story.wrong = None
    assert story.goes_on() == ["I cannot see", "I can see again"]


def test_a_sentence_that_is_being_said_is_not_cut():
    story = Story()
    story.speaker.say("Two reps, all clean. Good hip reach.")
    story.wrong = "The camera stopped."
    assert story.goes_on(1.0) == ["Two reps, all clean. Good hip reach."]
    assert story.goes_on()[-1] == "I cannot see"


def entered(stage):
    return replace(QUIET, events=(StageEntered(0.0, stage),))


@pytest.mark.parametrize(("after_hours", "said"), [(True, ["I cannot see"]), (False, [])])
def test_after_a_session_only_that_is_told_which_still_matters_then(after_hours, said):
    story = Story(after_hours=after_hours)
    story.voice.show(entered(Stage.DONE))
    story.wrong = "The picture is black."
    assert story.goes_on() == said


def test_what_broke_between_two_sessions_and_is_well_again_is_no_news_in_the_next():
    story = Story(after_hours=False)
    story.voice.show(entered(Stage.DONE))
    story.wrong = "The picture is black."
    story.goes_on()
    story.wrong = None
    story.goes_on()
    story.voice.show(entered(Stage.GREETING))
    assert story.goes_on() == []
    story.wrong = "The camera stopped."
    assert story.goes_on() == ["I cannot see"]
