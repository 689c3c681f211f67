/** The buttons: asks where something can be lost, sends, follows a run to its end, tells what came of it. */
export const acting = `
var known = JSON.parse(document.currentScript.dataset.acts);
var chosen = null;
function actOf(id) { return known.filter(function (act) { return act.id === id; })[0]; }
document.addEventListener("click", function (event) {
  var button = event.target.closest && event.target.closest("[data-act]");
  if (!button) return;
  chosen = { act: actOf(button.dataset.act), body: {}, button: button };
  if (button.dataset.id) chosen.body.id = button.dataset.id;
  var dialog = document.getElementById("ask-" + chosen.act.id);
  if (!dialog) return send(chosen);
  var which = dialog.querySelector(".which");
  which.hidden = !button.dataset.id;
  if (button.dataset.id) {
    which.textContent = button.dataset.id.slice(0, 8) + ", of " + new Date(button.dataset.at).toLocaleString();
    if (button.dataset.verdict !== "promoted") which.textContent += ". It was never its memory: " + button.dataset.verdict + ".";
  }
  var force = dialog.querySelector("[name=force]");
  if (force) force.checked = false;
  dialog.returnValue = "";
  dialog.showModal();
});
[].forEach.call(document.querySelectorAll("dialog"), function (dialog) {
  dialog.addEventListener("close", function () {
    var wanted = chosen, force = dialog.querySelector("[name=force]");
    if (dialog.returnValue !== "go" || !wanted) return;
    if (force && force.checked) wanted.body.force = true;
    send(wanted);
  });
});
function send(wanted) {
  var act = wanted.act;
  if (acts > 0) return tellProblem("Something goes on already: " + say.textContent, "Wait for its end.");
  acts += 1;
  forgetProblem();
  document.body.dataset.busy = act.id;
  tell(act.doing + " …");
  tick(true);
  var sent = Date.now();
  ask(act.path, wanted.body).then(function (answer) {
    return answer.run ? followRun(act, answer.run) : answer;
  }).then(function (answer) { return words(act.id, answer, age(Date.now() - sent)); }).then(tell, function (problem) {
    if (problem instanceof Error) throw problem;
    tell("");
    if (problem.cut) tellProblem("The connection broke while this went on: " + act.doing + ".", "It may have been done. The state above tells; then try again.");
    else tellProblem(problem.message, problem.next);
  }).then(function () {
    acts -= 1;
    delete document.body.dataset.busy;
    tick(false);
    renew();
  });
  setTimeout(renew, 300);
}
/** Asks for a run until it has ended. An upload of the Worker in between is waited out. */
function followRun(act, run) {
  var misses = 0;
  function look() {
    return ask("/api/runs/" + encodeURIComponent(run)).then(function (seen) {
      misses = 0;
      if (seen.state === "ended") return seen;
      var step = seen.progress && seen.progress.step;
      tell(act.doing + " … " + (step ? step + " " : ""));
    }, function (problem) {
      misses += 1;
      if (!problem.cut || misses > 20) throw problem;
    }).then(function (seen) {
      return seen || new Promise(function (done) { setTimeout(done, 1000); }).then(look);
    });
  }
  return look();
}
function failed(run, what) {
  var told = run.result && run.result.problem;
  var why = told && told.message || told || run.died || (run.result && run.result.outcome) || "nobody knows why";
  throw { message: what + ": " + why, next: told && told.next || "See why: \`./talaria logs\`" };
}
function unsavedOf(answer) { return answer.unsaved ? " What came last is not saved: " + answer.unsaved : " Its memory is saved."; }
/** What came of an act, in a sentence; a problem where it was not done. */
function words(id, answer, took) {
  var result = answer.result || {};
  if (id === "wake") return "It is ready, after " + took + ".";
  if (id === "restart-gateway") return "A new gateway is ready, after " + took + ".";
  if (id === "restart") return "It is ready in a new container, after " + took + "." + unsavedOf(answer);
  if (id === "stop") return "It is stopped." + unsavedOf(answer);
  if (id === "drill") {
    if (result.outcome !== "passed") failed(answer, "The drill failed");
    return "The drill passed after " + took + ": the memory restores.";
  }
  if (id === "restore") {
    if (result.outcome !== "done") failed(answer, "It was not restored");
    return "Restored after " + took + "." + unsavedOf(result);
  }
  if (result.outcome === "unchanged") return "Nothing has changed since the last snapshot.";
  if (result.outcome !== "made") failed(answer, "Its memory was not saved");
  return ask("/api/snapshots").then(function (books) {
    var made = books.snapshots.filter(function (one) { return one.id === result.snapshot; })[0];
    if (made && made.verdict === "promoted") return "Saved as " + made.id.slice(0, 8) + ", after " + took + ".";
    throw { message: "Saved, but not promoted: " + (made ? made.verdict + ", " + made.problem : "its books do not know it") + ".",
      next: made && made.verdict === "shrunk" ? "If that is right: \`./talaria snapshot --trust-shrunk\`" : "The memory is still the one before." };
  });
}
`;
