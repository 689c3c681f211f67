/** Fields of an answer, or of an event of one, whose text the model said, in OpenAI's and Anthropic's forms; for a regular expression. */
export const saidFields = "(?:content|text|thinking|partial_json|arguments|reasoning|reasoning_content|refusal|delta)";
