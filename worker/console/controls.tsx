/** The buttons, and where it is told what comes of them. They stay in the page while its parts are renewed. */
import { acts } from "./acts.ts";

export function Controls() {
  return (
    <div id="controls">
      <noscript>
        <p class="note">
          These buttons need a script. Without one: <code>./talaria wake</code>, <code>stop</code>, <code>restart</code>
          , <code>snapshot</code>, <code>restore</code>. This page loads itself anew twice a minute.
        </p>
      </noscript>
      <div class="buttons">
        {acts.map(({ id, label, leads }) => (
          <button type="button" id={`act-${id}`} data-act={id} data-leads={leads ?? ""}>
            {label}
          </button>
        ))}
      </div>
      <div id="told">
        <p role="status">
          <span id="say" />
          <span id="seconds" aria-hidden="true" />
        </p>
        <div id="problem" role="alert" hidden>
          <b />
          <span />
          <button type="button" class="small" id="dismiss">
            Close<span class="unseen"> the message</span>
          </button>
        </div>
      </div>
    </div>
  );
}
