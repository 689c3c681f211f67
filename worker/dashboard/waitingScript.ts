/** What the waiting page does. It runs in a browser, so it is text here, and as old as any browser's JavaScript. */
export const waitingScript = `
(function () {
  var root = document.documentElement.dataset.root;
  var say = document.getElementById("say");
  var problem = document.getElementById("problem");
  var button = document.getElementById("start");
  var steps = [].slice.call(document.querySelectorAll("#steps li"));
  var began = Date.now();
  var orders = 0, misses = 0, timer = 0;
  var at = { absent: 0, stopped: 0, failed: 0, fresh: 1, restored: 2, starting: 2, ready: 3 };

  function show(index) {
    steps.forEach(function (step, n) {
      step.className = n < index ? "done" : n === index ? "now" : "";
      if (n === index) step.setAttribute("aria-current", "step"); else step.removeAttribute("aria-current");
    });
    var text = steps[index] ? steps[index].textContent : "Opening the dashboard";
    if (say.textContent !== text) say.textContent = text;
  }
  function stop(message, next, label) {
    clearTimeout(timer);
    problem.hidden = !message;
    problem.querySelector("strong").textContent = message || "";
    problem.querySelector("span").textContent = next || "";
    button.textContent = label;
    button.hidden = false;
    document.body.className = "waits";
  }
  function ask(path, init) {
    init.headers = { accept: "application/json" };
    init.credentials = "same-origin";
    init.cache = "no-store";
    return fetch(root + path, init).then(function (answer) {
      if (answer.status === 401 || answer.type === "opaqueredirect") { location.reload(); return new Promise(function () {}); }
      return answer.json().then(function (body) {
        if (!answer.ok && answer.status < 500) throw body.error;
        if (!answer.ok) throw new Error(answer.status);
        return body;
      });
    });
  }
  function open() {
    button.hidden = true;
    problem.hidden = true;
    document.body.className = "goes";
    orders += 1;
    ask("/.talaria/open", { method: "POST" }).then(later, missed);
  }
  function later() { timer = setTimeout(look, 1000); }
  function missed(error) {
    if (error && error.code) return stop(error.message, error.next, "Try again");
    misses += 1;
    if (misses > 20) return stop("The bot's Worker does not answer.", "Look at its state with ./talaria status.", "Try again");
    later();
  }
  function look() {
    ask("/.talaria/progress", {}).then(function (seen) {
      misses = 0;
      if (seen.dashboard === "up") { show(steps.length); location.reload(); return; }
      if (seen.problem) return stop(seen.problem.message, seen.problem.next, "Try again");
      if (!seen.underWay) {
        if (seen.desired === "stopped" && orders === 0) return stop("This bot was stopped on purpose.", "Starting it ends the stop.", "Start it");
        if (orders > 2) return stop("The dashboard did not stay.", "Look at ./talaria logs, then try again.", "Try again");
        return open();
      }
      show(at[seen.state] === undefined ? 0 : at[seen.state]);
      later();
    }, missed);
  }
  function begin() {
    setInterval(function () {
      document.getElementById("seconds").textContent = Math.round((Date.now() - began) / 1000) + " s";
    }, 1000);
    look();
  }
  button.addEventListener("click", function () { orders = 0; began = Date.now(); open(); });
  // A page that a browser shows to nobody yet does nothing.
  if (document.prerendering) document.addEventListener("prerenderingchange", begin, { once: true });
  else begin();
})();
`;
