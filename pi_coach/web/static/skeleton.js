// Draws a pose as lines: no picture leaves the coach. Points are BlazePose's 33, in image heights.

const SIZE = 1000;
const SVG = "http://www.w3.org/2000/svg";
const EARS = [7, 8], SHOULDERS = [11, 12], HIPS = [23, 24], NOSE = 0;
const LIMBS = [[11, 13, 15], [23, 25, 27, 29, 31, 27]];
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
const STEP_MS = 110; // a little more than the time between two moments, so that movement never halts

const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
const between = (a, b, share) => a.map((point, i) => [0, 1].map((k) => point[k] + (b[i][k] - point[k]) * share));

export class Skeleton {
  constructor(svg) {
    this.svg = svg;
    this.parts = {};
    for (const name of ["far arm", "far leg", "trunk", "near leg", "near arm"]) this.parts[name] = this.add("path", name);
    this.head = this.add("circle", "head");
    this.points = null;
    this.goal = null;
  }

  add(kind, name) {
    const part = document.createElementNS(SVG, kind);
    part.setAttribute("class", name);
    this.svg.append(part);
    return part;
  }

  // Move to a pose, or vanish where nobody is seen.
  show(pose, view) {
    this.svg.classList.toggle("empty", !pose);
    if (!pose) {
      this.points = this.goal = null;
      return;
    }
    this.svg.setAttribute("viewBox", `0 0 ${Math.round(pose.aspect * SIZE)} ${SIZE}`);
    this.near = view === "left" ? 0 : 1;
    this.from = this.points ?? pose.points;
    this.goal = pose.points;
    this.began = performance.now();
    if (STILL.matches) this.draw(pose.points);
    else if (!this.moving) this.move();
  }

  move() {
    this.moving = true;
    requestAnimationFrame((now) => {
      this.moving = false;
      if (!this.goal) return;
      const share = Math.min((now - this.began) / STEP_MS, 1);
      this.draw(between(this.from, this.goal, share));
      if (share < 1) this.move();
    });
  }

  draw(points) {
    this.points = points;
    const at = (i) => points[i];
    const line = (list) => "M" + list.map(([x, y]) => `${(x * SIZE).toFixed(1)} ${(y * SIZE).toFixed(1)}`).join("L");
    for (const side of [0, 1]) {
      const name = side === this.near ? "near" : "far";
      const [arm, leg] = LIMBS.map((limb) => limb.map((i) => at(i + side)));
      this.parts[`${name} arm`].setAttribute("d", line(arm));
      this.parts[`${name} leg`].setAttribute("d", line(leg));
    }
    const neck = middle(...SHOULDERS.map(at)), hip = middle(...HIPS.map(at));
    const head = middle(middle(...EARS.map(at)), at(NOSE));
    this.parts.trunk.setAttribute("d", line([...HIPS.map(at), hip, neck, ...SHOULDERS.map(at), neck, head]));
    const trunk = Math.hypot(neck[0] - hip[0], neck[1] - hip[1]);
    this.head.setAttribute("cx", (head[0] * SIZE).toFixed(1));
    this.head.setAttribute("cy", (head[1] * SIZE).toFixed(1));
    this.head.setAttribute("r", (Math.max(trunk, 0.1) * SIZE * 0.19).toFixed(1));
  }
}

// Follow the coach: `onMoment` gets each moment, `onAway` is told when nobody trains.
export function follow(onMoment, onAway) {
  const source = new EventSource("/live");
  source.addEventListener("moment", (event) => onMoment(JSON.parse(event.data)));
  source.addEventListener("away", onAway);
  source.addEventListener("error", () => {
    onAway();
    // A browser gives up where it was refused: the PIN has changed, or too many look on.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  });
}

export function tell(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function whatIsMissing(moment) {
  if (!moment.pose) return "Nobody is in sight";
  if (moment.missing) return `Cannot see ${moment.missing}`;
  if (moment.sight.far) return "A little far: come nearer";
  if (moment.sight.near) return "A little near: step back";
  return "All in sight";
}
