/** Looks every five seconds, sooner while something goes on, never while hidden; renews the parts that are others. */
export const renewing = `
var restMs = 5000, busyMs = 1500, longestMs = 15000;
var next = 0, missed = 0, acts = 0, looking = false, waiting = {};
function renew() {
  clearTimeout(next);
  if (looking || over || document.hidden) return;
  looking = true;
  var has = [].map.call(document.querySelectorAll("[data-mark]"), function (part) { return part.id + "." + part.dataset.mark; });
  ask("/console/live?has=" + encodeURIComponent(has.join(","))).then(function (seen) {
    missed = 0;
    Object.keys(seen.parts).forEach(function (id) { replace(id, seen.parts[id]); });
    document.body.dataset.rests = String(seen.rests);
    document.querySelector("#fresh time").textContent = new Date().toLocaleTimeString([], { hourCycle: "h23" });
    if (seen.version !== document.body.dataset.version)
      tellNews("The Worker is another one since this page was opened.", "Load it anew");
    else tellNews("");
    return seen.underWay || acts > 0 ? busyMs : restMs;
  }).catch(function (problem) {
    if (problem instanceof Error) throw problem; // a defect: the console of the browser has it
    missed += 1;
    if (!over && missed > 2) tellNews("The Worker has not answered for " + age(missed * restMs) + ". It is asked again.", "");
    return Math.min(longestMs, busyMs * (missed + 1));
  }).then(function (ms) {
    looking = false;
    if (!over) next = setTimeout(renew, ms);
  });
}
/** What is open stays open, and what has the focus keeps it. Text that is being selected is left alone for now. */
function replace(id, part) {
  var section = document.getElementById(id);
  if (!section || section.dataset.mark === part.mark) return;
  var selection = window.getSelection();
  if (selection && !selection.isCollapsed && section.contains(selection.anchorNode)) return;
  var open = [].map.call(section.querySelectorAll("details[open]"), function (one) { return one.dataset.key; });
  var focused = section.contains(document.activeElement) ? document.activeElement : null;
  var key = focused && (focused.dataset.key || (focused.parentNode.dataset && focused.parentNode.dataset.key));
  var isSummary = focused && focused.tagName === "SUMMARY";
  section.innerHTML = part.html;
  section.dataset.mark = part.mark;
  open.forEach(function (name) {
    var one = section.querySelector('details[data-key="' + name + '"]');
    if (one) one.open = true;
  });
  writeTimes(section);
  if (!focused) return;
  var again = key && section.querySelector((isSummary ? "details" : "") + '[data-key="' + key + '"]');
  var target = again ? (isSummary ? again.querySelector("summary") : again) : section.querySelector("h2");
  if (target) target.focus({ preventScroll: true });
}
document.addEventListener("visibilitychange", function () { if (!document.hidden) renew(); });
`;
