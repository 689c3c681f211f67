/** The log as it comes, by server-sent events. Scrolled up, it stays where the reader is; paused, it keeps what comes. */
export const following = `
var box = document.getElementById("log-lines"), level = document.getElementById("log-level");
var pause = document.getElementById("log-pause"), logState = document.getElementById("log-state");
var since = Number(box.dataset.next), stream = null, lastKey = "", kept = [], paused = false, retry = 0;
var mostLines = 600;
function follow() {
  clearTimeout(retry);
  if (stream) stream.close();
  stream = null;
  if (over || document.hidden) return;
  var query = "follow=true&level=" + level.value + (since > 0 ? "&since=" + since : "") + "&tail=200";
  stream = new EventSource("/api/logs?" + query);
  stream.addEventListener("open", showState);
  stream.addEventListener("line", function (event) {
    if (event.lastEventId) since = Number(event.lastEventId);
    var line = JSON.parse(event.data);
    if (paused) kept.push(line);
    else add([line]);
    showState();
  });
  stream.addEventListener("error", function () {
    showState();
    // Refused, or no stream: the browser does not come again by itself.
    if (stream && stream.readyState === EventSource.CLOSED) retry = setTimeout(follow, 5000);
  });
}
function add(lines) {
  var atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 30;
  lines.forEach(function (line) { box.appendChild(lineOf(line)); });
  while (box.childElementCount > mostLines) box.removeChild(box.firstElementChild);
  writeTimes(box);
  if (atEnd) box.scrollTop = box.scrollHeight;
}
function lineOf(line) {
  var row = document.createElement("p"), time = document.createElement("time");
  var key = line.at + line.source + line.level, goesOn = key === lastKey;
  lastKey = key;
  row.className = "line " + (goesOn ? "more " : "") + line.level;
  time.dateTime = line.at;
  time.dataset.as = "short";
  if (!goesOn) row.appendChild(time);
  [["span", "who", goesOn ? "" : line.source === "worker" ? "worker" : "hermes"], ["b", "", goesOn || line.level === "info" ? "" : line.level + " "], ["span", "text", line.text]].forEach(function (piece) {
    if (!piece[2]) return;
    var part = document.createElement(piece[0]);
    if (piece[1]) part.className = piece[1];
    part.textContent = piece[2];
    if (row.firstChild) row.appendChild(document.createTextNode(" "));
    row.appendChild(part);
  });
  return row;
}
function showState() {
  var text = paused ? "paused" + (kept.length ? ", " + kept.length + " more" : "") : stream && stream.readyState === 1 ? "live" : "connecting";
  if (logState.textContent !== text) logState.textContent = text;
}
level.addEventListener("change", function () {
  box.textContent = "";
  lastKey = "";
  kept = [];
  since = 0;
  follow();
});
pause.addEventListener("click", function () {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  if (!paused) { add(kept); kept = []; box.scrollTop = box.scrollHeight; }
  showState();
});
document.addEventListener("visibilitychange", follow);
box.scrollTop = box.scrollHeight;
`;
