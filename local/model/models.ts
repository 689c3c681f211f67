/** `GET …/models`: the models that the canned provider lists. Any other id is answered too, but for `unknown…`. */

const listed = ["canned", "canned-large"] as const;

/** One entry, with the fields of OpenAI, OpenRouter (`context_length`) and Anthropic (`display_name`). */
function entry(id: string) {
  return {
    id,
    object: "model",
    type: "model",
    created: 1_700_000_000,
    created_at: "2023-11-14T22:13:20Z",
    owned_by: "talaria",
    display_name: id,
    context_length: 200_000,
  };
}

/** The whole list. */
export function modelList() {
  return { object: "list", data: listed.map(entry), has_more: false, first_id: listed[0], last_id: listed[1] };
}

/** One model by id; undefined when it is not listed. */
export function modelById(id: string) {
  return listed.some((candidate) => candidate === id) ? entry(id) : undefined;
}
