/** Asked before what can cut or lose something. */
import { type Act, acts, restore } from "./acts.ts";

export function Dialogs() {
  return (
    <>
      {[...acts, restore].map((act) => (
        <Ask {...act} />
      ))}
    </>
  );
}

function Ask({ id, asks }: Act) {
  if (asks === undefined) return null;
  const { title, does, force, goes } = asks;
  return (
    <dialog id={`ask-${id}`} aria-labelledby={`ask-${id}-title`} aria-describedby={`ask-${id}-does`}>
      <form method="dialog">
        <h2 id={`ask-${id}-title`}>{title}</h2>
        <p class="which" hidden />
        <div id={`ask-${id}-does`}>
          {does.map((sentence) => (
            <p>{sentence}</p>
          ))}
        </div>
        {force !== undefined && (
          <label class="choice">
            <input type="checkbox" name="force" /> <span>{force}</span>
          </label>
        )}
        <div class="buttons">
          <button type="submit" value="" autofocus>
            Cancel
          </button>
          <button type="submit" value="go" class="lead">
            {goes}
          </button>
        </div>
      </form>
    </dialog>
  );
}
