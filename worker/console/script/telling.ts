/** Tells what goes on, what came of it, and problems as the API words them. */
export const telling = `
var say = document.getElementById("say"), seconds = document.getElementById("seconds");
var problem = document.getElementById("problem"), news = document.getElementById("news");
var began = 0, ticking = 0;
function tell(text) { if (say.textContent !== text) say.textContent = text; }
/** Seconds go on beside what is told; a screen reader is not told each of them. */
function tick(on) {
  clearInterval(ticking);
  seconds.textContent = "";
  if (!on) return;
  began = Date.now();
  ticking = setInterval(function () { seconds.textContent = " " + Math.round((Date.now() - began) / 1000) + " s"; }, 1000);
}
/** What stands between two backticks is something to type. */
function withCode(element, text) {
  element.textContent = "";
  String(text || "").split("\`").forEach(function (piece, n) {
    var node = document.createElement(n % 2 ? "code" : "span");
    node.textContent = piece;
    if (piece) element.appendChild(node);
  });
}
function tellProblem(message, next) {
  withCode(problem.children[0], message);
  withCode(problem.children[1], next);
  problem.hidden = false;
}
function forgetProblem() { problem.hidden = true; }
document.getElementById("dismiss").addEventListener("click", function () {
  forgetProblem();
  document.querySelector("#controls button").focus();
});
/** A line above everything, about the page itself; empty: none. */
function tellNews(text, link, where) {
  if (news.firstElementChild.textContent !== text) news.firstElementChild.textContent = text;
  var anchor = news.querySelector("a");
  anchor.textContent = link || "";
  anchor.setAttribute("href", where || "/console");
  anchor.hidden = !link;
  news.hidden = !text;
}
`;
