/** Writes points in time as the reader's clock, or as an age that goes on. */
export const times = `
function age(ms) {
  var s = Math.max(0, Math.round(ms / 1000)), m = Math.floor(s / 60), h = Math.floor(m / 60);
  if (s < 60) return s + " s";
  if (m < 60) return m + " min";
  if (h < 48) return h + " h" + (m % 60 && h < 10 ? " " + (m % 60) + " min" : "");
  return Math.round(h / 24) + " days";
}
function inForm(at, form) {
  var now = Date.now(), away = at - now;
  if (form === "for") return age(-away);
  if (form === "ago") return away > 999 ? "in " + age(away) : -away < 5000 ? "just now" : age(-away) + " ago";
  var time = new Date(at), today = new Date(now).toDateString() === time.toDateString();
  var clock = time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: form === "short" ? "2-digit" : undefined, hourCycle: "h23" });
  if (form === "short" && today) return clock;
  return time.toLocaleDateString([], { day: "numeric", month: "short" }) + ", " + clock;
}
function writeTimes(within) {
  var all = (within && within.querySelectorAll ? within : document).querySelectorAll("time[data-as]");
  for (var n = 0; n < all.length; n++) {
    var form = all[n].dataset.as, settled = form === "clock" || form === "short";
    if (settled && all[n].title) continue;
    var text = inForm(Date.parse(all[n].dateTime), form);
    if (!all[n].title) all[n].title = new Date(all[n].dateTime).toLocaleString();
    if (all[n].textContent !== text) all[n].textContent = text;
  }
}
`;
