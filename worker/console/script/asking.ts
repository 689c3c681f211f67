/** Asks the Worker. What it refuses comes as `{ code, message, next }`, an answer that never came as `{ cut: true }`. */
export const asking = `
var over = false;
function ask(path, body) {
  var init = { credentials: "same-origin", cache: "no-store", redirect: "manual", headers: { accept: "application/json" } };
  if (body !== undefined) {
    init.method = "POST";
    init.headers["content-type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  return fetch(path, init).then(function (answer) {
    if (answer.status === 401 || answer.type === "opaqueredirect") {
      sessionOver();
      throw { code: "sessionOver", message: "Your log-in is over.", next: "Log in again." };
    }
    return answer.json().then(function (told) {
      if (!answer.ok) throw told.error;
      return told;
    }, function () { throw { cut: true }; });
  }, function () { throw { cut: true }; });
}
function sessionOver() {
  over = true;
  tellNews("Your log-in is over, so this page shows what was.", "Log in again", "/login?next=/console");
}
`;
