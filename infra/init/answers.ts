/** What was answered, as a draft. */
import { z } from "zod";
import { emptyDraft, type StackDraft } from "./draft.ts";
import { environmentNames, environments } from "./environments.ts";

/** Answers; what is undefined was not asked, because the stack, or the home it comes from, has it. */
export const answersSchema = z.object({
  environment: z.enum(environmentNames as readonly ["dev", "prod"]).optional(),
  accountId: z.string().optional(),
  /** As provider/model. */
  model: z.string().optional(),
  baseUrl: z.string().optional(),
  /** Platform → fields of its key. */
  chat: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  secrets: z.record(z.string(), z.string()).default({}),
});
export type Answers = z.infer<typeof answersSchema>;

export function draftOf({ environment, accountId, model, baseUrl, chat, secrets }: Answers): StackDraft {
  const ofModel = { ...(model === undefined ? {} : { default: model }), ...(baseUrl === undefined ? {} : { baseUrl }) };
  return {
    ...emptyDraft,
    config: {
      ...(accountId === undefined ? {} : { accountId }),
      ...(Object.keys(ofModel).length > 0 ? { model: ofModel } : {}),
      ...(environment === undefined ? {} : environments[environment]),
      ...chat,
    },
    secrets,
  };
}
