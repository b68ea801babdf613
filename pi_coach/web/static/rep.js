// Plays one rep as a stick figure: scrubber, steps, speed, a cursor on the curves, and the best rep as a ghost.
// Without it the page shows the bottom of the rep and the curves.

const WIDE = 360;
const SVG = "http://www.w3.org/2000/svg";
const element = (id) => document.getElementById(id);
const player = document.querySelector(".player");

const make = (name, kind) => {
  const node = document.createElementNS(SVG, name);
  node.setAttribute("class", kind);
  return node;
};

// The parts of a figure, in the order in which the server sends them.
class Figure {
  constructor(group, movement) {
    this.movement = movement;
    this.group = group;
    this.lines = ["far", "far", "near", "near", "near"].map((kind) => make("polyline", kind));
    this.head = make("circle", "near");
    group.replaceChildren(...this.lines, this.head);
  }

  // Shows the moment t, seconds from the bottom on, between two samples where need be.
  show(t) {
    const [before, after, share] = place(this.movement.t, t);
    const parts = between(this.movement.figures[before], this.movement.figures[after], share);
    this.group.toggleAttribute("hidden", parts === null);
    if (parts === null) return;
    this.lines.forEach((line, i) => line.setAttribute("points", parts[i].join(" ")));
    ["cx", "cy", "r"].forEach((name, i) => this.head.setAttribute(name, parts[parts.length - 1][i]));
  }
}

// Returns the samples around a moment, and how far it is from the one to the other.
function place(times, t) {
  const after = times.findIndex((time) => time >= t);
  if (after === -1) return [times.length - 1, times.length - 1, 0];
  if (after === 0) return [0, 0, 0];
  return [after - 1, after, (t - times[after - 1]) / (times[after] - times[after - 1])];
}

function between(one, other, share) {
  if (one === null || other === null) return share < 0.5 ? one : other;
  return one.map((line, i) => line.map((value, j) => Math.round(value + (other[i][j] - value) * share)));
}

class Player {
  constructor({ athlete, ghost }) {
    this.athlete = athlete;
    this.figures = [new Figure(element("figure"), athlete)];
    if (ghost) this.figures.push(new Figure(element("ghost"), ghost));
    this.from = athlete.t[0];
    this.to = athlete.t[athlete.t.length - 1];
    this.playing = false;
    this.listen();
    this.show(0);
  }

  listen() {
    const scrub = element("scrub");
    Object.assign(scrub, { min: this.from, max: this.to });
    scrub.addEventListener("input", () => { this.pause(); this.show(Number(scrub.value)); });
    element("play").addEventListener("click", () => this.toggle());
    element("back").addEventListener("click", () => this.step(-1));
    element("on").addEventListener("click", () => this.step(1));
    element("ghosted")?.addEventListener("change", (event) => document.body.classList.toggle("alone", !event.target.checked));
    document.addEventListener("keydown", (event) => this.key(event));
  }

  // Keys that a control of its own needs are left to it.
  key(event) {
    const at = event.target;
    if (event.altKey || event.ctrlKey || event.metaKey || at.matches("select, input:not([type=range])")) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) this.step(step);
    else if (event.key === " " && !at.matches("button, a, summary")) this.toggle();
    else return;
    event.preventDefault();
  }

  show(t) {
    this.t = Math.min(Math.max(t, this.from), this.to);
    this.figures.forEach((figure) => figure.show(this.t));
    element("scrub").value = this.t;
    element("scrub").setAttribute("aria-valuetext", `${this.t.toFixed(1)} seconds from the bottom`);
    const cursor = element("cursor");
    const [from, to] = [Number(cursor.dataset.from), Number(cursor.dataset.to)];
    const x = ((this.t - from) / (to - from)) * WIDE;
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    const [sample] = place(this.athlete.t, this.t - 1e-6).slice(1);
    ["hip", "knee", "trunk"].forEach((name, i) => {
      const angle = this.athlete.angles[sample][i];
      element(`${name}-now`).textContent = angle === null ? "-" : `${Math.round(angle)}°`;
    });
  }

  // One sample on or back.
  step(by) {
    this.pause();
    const times = this.athlete.t;
    const near = times.reduce((best, time, i) => (Math.abs(time - this.t) < Math.abs(times[best] - this.t) ? i : best), 0);
    this.show(times[Math.min(Math.max(near + by, 0), times.length - 1)]);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (this.t >= this.to) this.show(this.from);
    this.playing = true;
    this.label("❚❚", "Pause");
    let last = null;
    const frame = (now) => {
      if (!this.playing) return;
      const passed = last === null ? 0 : ((now - last) / 1000) * Number(element("speed").value);
      last = now;
      this.show(this.t + passed);
      if (this.t >= this.to) this.pause();
      else requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  pause() {
    this.playing = false;
    this.label("▶", "Play");
  }

  label(sign, text) {
    element("play").textContent = sign;
    element("play").setAttribute("aria-label", text);
  }
}

const answer = await fetch(player.dataset.movement);
if (answer.ok) {
  new Player(await answer.json());
  document.querySelector(".controls").hidden = false;
}
