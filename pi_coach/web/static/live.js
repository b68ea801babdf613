// The live page: what the coach sees, counts and says, ten times a second.

import { Skeleton, follow, tell, whatIsMissing } from "./skeleton.js";

const part = Object.fromEntries([...document.querySelectorAll("main [id]")].map((element) => [element.id, element]));
const skeleton = new Skeleton(part.skeleton);

const PHASES = {
  setup: "Get into position", tall: "Standing tall", descent: "Going down",
  bottom: "At the bottom", ascent: "Coming up", lockout: "Locked out",
};
const STAGES = {
  greeting: "Welcome", framing: "Finding you", calibration: "Measuring you", prompt: "Get ready", countdown: "Starting",
  set: "In the set", paused: "Paused", summary: "Set done", rest: "Rest", done: "Session done", stopped: "Stopped",
};
const WAITING = ["countdown", "rest"];

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const clock = (s) => `${Math.floor(s / 60)}:${String(Math.ceil(s) % 60).padStart(2, "0")}`;

let shown = "";

function show(moment) {
  part.away.hidden = true;
  part.live.hidden = false;
  tell(part.drill, capital(moment.drill_name));
  tell(part.stage, STAGES[moment.stage] ?? "Ready");
  part.stage.className = `chip ${{ stopped: "stop", paused: "warn" }[moment.stage] ?? ""}`;
  showCount(moment);
  skeleton.show(moment.pose, moment.view);
  tell(part.sight, whatIsMissing(moment));
  tell(part.cue, moment.cue ? moment.cue.text : "Nothing said yet");
  showScores(moment.last);
}

function showCount(moment) {
  const waits = WAITING.includes(moment.stage) && moment.rest_left_s !== null;
  tell(part.count, waits ? clock(moment.rest_left_s) : String(moment.reps));
  tell(part.target, waits ? "" : ` of ${moment.target_reps}`);
  tell(part.phase, waits ? "until the next set" : PHASES[moment.phase]);
  tell(part.spoken, waits ? "" : `Rep ${moment.reps} of ${moment.target_reps}`);
}

function showScores(last) {
  const key = JSON.stringify(last);
  if (key === shown) return;
  shown = key;
  part.scores.replaceChildren(...last.map(scoreBar));
  const newest = last.at(-1);
  tell(part.why, !newest ? "The first rep is still to come."
    : newest.faults.length ? `Rep ${newest.number}: ${newest.faults.join(", ").toLowerCase()}` : `Rep ${newest.number}: clean`);
}

function scoreBar(rep) {
  const item = document.createElement("li");
  item.className = rep.quality ? "clean" : "flawed";
  const bar = document.createElement("span");
  bar.className = "bar";
  bar.style.height = `${Math.max(rep.score ?? 0, 6)}%`;
  const well = document.createElement("span");
  well.className = "well";
  well.append(bar);
  const value = document.createElement("strong");
  value.textContent = rep.score ?? "–";
  const number = document.createElement("span");
  number.className = "soft small";
  number.textContent = rep.number;
  number.setAttribute("aria-label", `rep ${rep.number}, ${rep.quality ? "clean" : "with faults"}`);
  item.append(value, well, number);
  return item;
}

function away() {
  part.away.hidden = false;
  part.live.hidden = true;
}

follow(show, away);
