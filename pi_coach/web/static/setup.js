// Set-up: how the athlete stands in the picture, and a line that is dragged to the wall.

import { Skeleton, follow, tell, whatIsMissing } from "./skeleton.js";

const part = Object.fromEntries([...document.querySelectorAll("main [id]")].map((element) => [element.id, element]));
const skeleton = new Skeleton(part.skeleton);
const wall = part.wall_x;

function placeLine() {
  for (const end of ["x1", "x2"]) part.line.setAttribute(end, Number(wall.value) * 1000);
}

function reveal(live) {
  part.absent.hidden = live;
  for (const name of ["through", "checks", "wall-form"]) part[name].hidden = !live;
}

function check(item, good) {
  item.className = good === null ? "" : good ? "yes" : "no";
  item.setAttribute("aria-label", `${item.textContent}: ${good === null ? "not known yet" : good ? "good" : "not good"}`);
}

function show(moment) {
  reveal(true);
  skeleton.show(moment.pose, moment.view);
  tell(part.sight, whatIsMissing(moment));
  const sight = moment.sight ?? { head: null, feet: null, side: null, far: null, near: null };
  check(part["check-head"], sight.head);
  check(part["check-feet"], sight.feet);
  check(part["check-side"], sight.side);
  check(part["check-distance"], moment.sight ? !sight.far && !sight.near : null);
  if (moment.pose) wall.max = moment.pose.aspect.toFixed(3);
}

function away() {
  reveal(false);
  skeleton.show(null);
  tell(part.sight, "No coach to look through");
}

// The line follows a finger anywhere on the figure; the slider below it does the same for keys.
function drag(event) {
  if (event.type === "pointerdown") part.skeleton.setPointerCapture(event.pointerId);
  else if (!part.skeleton.hasPointerCapture(event.pointerId)) return;
  const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(part.skeleton.getScreenCTM().inverse());
  wall.value = place.x / 1000;
  placeLine();
}

part.skeleton.addEventListener("pointerdown", drag);
part.skeleton.addEventListener("pointermove", drag);
wall.addEventListener("input", placeLine);
placeLine();
follow(show, away);
