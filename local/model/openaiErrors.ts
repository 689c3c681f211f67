/** Failures as OpenAI and OpenRouter write them. */
import type { Failure, Refusal } from "./dialect.ts";

/** OpenAI's error object for a failure. A used-up credit is OpenRouter's 402. */
export function openaiRefusal(failure: Failure): Refusal {
  switch (failure.kind) {
    case "badRequest":
      return error(400, failure.message, "invalid_request_error", null);
    case "refusedKey":
      return error(401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key");
    case "noCredit":
      return error(402, "Insufficient credits. Add more to continue.", "insufficient_quota", "insufficient_credits");
    case "unknownModel":
      return error(
        404,
        `The model \`${failure.model}\` does not exist or you do not have access to it.`,
        "invalid_request_error",
        "model_not_found",
      );
    case "rateLimited":
      return error(429, "Rate limit reached. Please try again in 1s.", "requests", "rate_limit_exceeded");
    case "broken":
      return error(500, "The server had an error while processing your request.", "server_error", null);
  }
}

function error(status: number, message: string, type: string, code: string | null): Refusal {
  return { status, body: { error: { message, type, param: null, code } } };
}
