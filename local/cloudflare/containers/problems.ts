/** Refusals of the containers API: JSON text in the message, as its clients parse it. */
import { ApiProblem } from "../core/problems.ts";

/** `{"error":"VALIDATE_INPUT","details":{…}}` with code 1000. */
export function containerProblem(error: string, details: Record<string, string>): ApiProblem {
  return new ApiProblem("applicationInvalid", { json: JSON.stringify({ error, details }) });
}

/** `{"error":"DURABLE_OBJECT_ALREADY_HAS_APPLICATION","details":{name,id}}` with code 1608. */
export function alreadyHasApplication(application: { name: string; id: string }): ApiProblem {
  const details = { name: application.name, id: application.id };
  return new ApiProblem("objectHasApplication", {
    json: JSON.stringify({ error: "DURABLE_OBJECT_ALREADY_HAS_APPLICATION", details }),
  });
}
