import { acting } from "./acting.ts";
import { asking } from "./asking.ts";
import { following } from "./following.ts";
import { renewing } from "./renewing.ts";
import { telling } from "./telling.ts";
import { times } from "./times.ts";

/** What the page does. It runs in a browser, so it is text here, and as old as any browser's JavaScript. */
export const script = `
(function () {
"use strict";
${[times, telling, asking, renewing, acting, following].join("")}
function begin() {
  writeTimes();
  setInterval(writeTimes, 1000);
  renew();
  follow();
}
// A page that a browser shows to nobody yet does nothing.
if (document.prerendering) document.addEventListener("prerenderingchange", begin, { once: true });
else begin();
})();
`;
